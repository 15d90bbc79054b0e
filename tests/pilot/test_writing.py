"""The message box: what sends and what never does; what was typed is kept."""

from __future__ import annotations

import contextlib
import json
import threading

import pytest
from textual import events

from denju.errors import Interrupted
from denju_tui import drafts
from denju_tui.screens.edit import EditScreen
from denju_tui.widgets.message_box import BURST, MessageBox

MAIL = "Dear Sir,\r\nthe parts are late.\n\nOur line has stopped.\nSincerely"


async def test_a_paste_with_newlines_stays_whole_and_does_not_send(opened):
    async with opened() as app:
        app.pane.message_box.post_message(events.Paste(MAIL))
        await app.until(lambda: app.pane.message_box.text)
        assert app.pane.message_box.text == MAIL.replace("\r\n", "\n")
        assert app.pane.current is None


async def test_ten_kilobytes_are_pasted_whole(opened):
    text = "\n".join(f"行{number}：部品に傷があります。" for number in range(500))
    async with opened() as app:
        app.pane.message_box.post_message(events.Paste(text))
        await app.until(lambda: app.pane.message_box.text == text)
        await app.pilot.press("enter")
        await app.until(lambda: app.pane.current is not None)
        assert app.pane.current.message == text


async def test_an_endless_paste_is_refused_and_said(opened):
    async with opened() as app:
        app.pane.message_box.insert("kept")
        app.pane.message_box.post_message(events.Paste("x" * 1_000_000))
        await app.until(lambda: "1,000,004" in app.notice)
        assert app.pane.message_box.text == "kept"


def come(app, keys, *, at):
    """Keys that reach the app all at once, at ``at`` seconds of its clock."""
    for key in keys:
        event = events.Key("enter", "\r") if key == "\r" else events.Key("unknown", key)
        event.time = at
        app.app.post_message(event)


KEYS = {"\r": "enter", "\x7f": "backspace", "<": "left", ">": "end"}


@pytest.mark.parametrize("field", ["message", "filter"])
async def test_keys_that_come_all_at_once_do_their_work_in_their_order(opened, field):
    """As a slow line delivers them."""
    async with opened() as app:
        box = app.pane.message_box
        if field == "filter":
            await app.pilot.press("f3")
            await app.until(lambda: app.app.library_pane.loaded)
            box = app.app.library_pane.query_one("#filter")
        await app.until(lambda: app.app.focused is box)
        for key in "abc\x7f\x7fd<e>f":
            app.app.post_message(events.Key(KEYS.get(key, key), None if key in KEYS else key))
        text = (lambda: box.text) if field == "message" else (lambda: box.value)
        await app.until(lambda: len(text()) >= 4)
        assert text() == "aedf"


async def test_an_enter_right_behind_text_does_not_send(opened):
    async with opened() as app:
        come(app, "はい\r", at=10.0)
        await app.until(lambda: app.notice)
        assert app.pane.message_box.text == "はい"
        assert app.pane.current is None
        come(app, "\r", at=10.0 + BURST * 1.1)
        await app.until(lambda: app.pane.current is not None)
        assert app.pane.current.message == "はい"


async def test_an_enter_that_came_later_sends_though_the_app_was_too_busy_to_look(opened):
    async with opened() as app:
        come(app, "はい", at=10.0)
        come(app, "\r", at=10.0 + BURST * 1.1)
        await app.until(lambda: app.pane.current is not None)
        assert app.pane.current.message == "はい"


async def test_lines_that_arrive_as_keys_stay_lines(opened):
    async with opened() as app:
        come(app, "ab\rcd\r", at=10.0)
        await app.until(lambda: app.pane.message_box.text == "ab\ncd")
        assert app.pane.current is None


async def test_control_j_begins_a_line(opened):
    async with opened() as app:
        await app.pilot.press("a", "ctrl+j", "b")
        assert app.pane.message_box.text == "a\nb"


async def test_an_empty_message_is_not_sent(opened):
    async with opened() as app:
        await app.pilot.press("enter")
        assert "no message" in app.notice
        assert app.pane.current is None


async def test_unsent_text_is_there_again(opened):
    async with opened() as app:
        app.pane.message_box.insert("書きかけの\n文面")
        await app.pilot.press("ctrl+f")
        app.pane.facts_box.insert("納期: 12月3日")
        file = app.app.desk.workbench.paths.drafts / "draft.json"
        await app.until(lambda: drafts.load(file).facts)
    async with opened(language="ja") as app:
        assert app.pane.message_box.text == "書きかけの\n文面"
        assert app.shows("納期: 12月3日")
        assert "戻しました" in app.notice


async def test_what_was_typed_before_the_app_was_there_begins_the_message(opened):
    async with opened(typed="早く [red") as app:
        await app.until(lambda: app.pane.message_box.text == "早く [red")


async def test_what_is_typed_for_the_teacher_is_there_again(opened):
    async with opened() as app:
        await app.pilot.press("f5")
        await app.until(lambda: app.app.screen is app.app.teacher_pane)
        box = app.app.teacher_pane.lists.query_one(MessageBox)
        box.insert("Somebody lost an umbrella.")
        await app.pilot.press("ctrl+q")
    async with opened() as app:
        await app.pilot.press("f5")
        await app.until(lambda: app.app.screen is app.app.teacher_pane)
        assert app.app.teacher_pane.lists.query_one(MessageBox).text == "Somebody lost an umbrella."
        assert app.pane.message_box.text == ""


async def test_what_was_just_typed_in_the_editor_outlives_the_app(opened):
    async with opened() as app:
        await app.pilot.press("f3", "ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        app.app.screen.box.insert("# unsent\n")
        app.app.leave()
        files = [*(app.app.desk.workbench.paths.drafts / "edits").glob("*.yaml")]
        assert ["# unsent" in each.read_text("utf-8") for each in files] == [True]


async def opened_editor(app, file, taken, take=str):
    """A text to edit, with the cursor behind it."""
    edit = EditScreen(desk=app.app.desk, heading="A text", text="before", file=file, take=take)
    await app.app.push_screen(edit, taken.append)
    await app.until(lambda: edit.box.text == "before")
    edit.box.move_cursor(edit.box.document.end)
    return edit


@pytest.mark.parametrize("come_as", ["keys", "paste"])
async def test_what_comes_together_with_the_key_that_keeps_it_is_kept(opened, tmp_path, come_as):
    taken = []
    async with opened() as app:
        await opened_editor(app, tmp_path / "text", taken)
        if come_as == "keys":
            for letter in " and after":
                app.app.post_message(events.Key("space" if letter == " " else letter, letter))
        else:
            app.app.post_message(events.Paste(" and after"))
        app.app.post_message(events.Key("f12", None))
        await app.until(lambda: taken)
        assert taken == ["before and after"]


@pytest.mark.parametrize("key", ["escape", "f4"])
async def test_what_is_taken_after_the_editor_was_left_is_not_there_again(opened, tmp_path, key):
    file, go = tmp_path / "text", threading.Event()
    async with opened() as app:
        edit = await opened_editor(app, file, [], take=lambda text: go.wait(10) and text)
        edit.box.insert(" and after")
        await app.pilot.press("f12")
        await app.until(lambda: edit.acting and file.exists())
        await app.pilot.press(key)
        await app.until(lambda: edit not in app.app.screen_stack)
        assert file.read_text("utf-8") == "before and after"
        go.set()
        await app.until(lambda: not file.exists())


async def test_what_an_editor_wrote_that_failed_then_is_in_the_box(opened, tmp_path, monkeypatch):
    file = tmp_path / "text"

    def failing(path, _text, _notes):
        path.write_text("written outside", "utf-8")
        raise Interrupted("vi ended with 1; nothing was changed.", f"The text is in {path}")

    monkeypatch.setattr("denju_tui.cli.editor.edited", failing)
    async with opened() as app:
        monkeypatch.setattr(app.app, "suspend", contextlib.nullcontext)
        edit = await opened_editor(app, file, [])
        await app.pilot.press("ctrl+o")
        await app.until(lambda: edit.box.text == "written outside")
        assert "The editor ended with an error; what it wrote is here." in app.text and str(file)[:20] in app.text
        assert "nothing was changed" not in app.text
        await app.pilot.press("escape")
        await app.until(lambda: app.app.screen is not edit)
        assert file.read_text("utf-8") == "written outside"


async def test_what_a_failed_editor_left_in_another_encoding_is_not_overwritten_with_the_old_text(
    opened, tmp_path, monkeypatch
):
    def failing(path, _text, _notes):
        path.write_bytes("written 外で".encode("cp932"))
        raise Interrupted("vi ended with 1; nothing was changed.", f"The text is in {path}")

    monkeypatch.setattr("denju_tui.cli.editor.edited", failing)
    async with opened() as app:
        monkeypatch.setattr(app.app, "suspend", contextlib.nullcontext)
        edit = await opened_editor(app, tmp_path / "text", [])
        await app.pilot.press("ctrl+o")
        await app.until(lambda: edit.box.text == "written 外で")


async def test_an_editor_that_failed_and_wrote_nothing_is_said_to_have_changed_nothing(opened, tmp_path, monkeypatch):
    def failing(path, _text, _notes):
        raise Interrupted("vi ended with 1; nothing was changed.", f"The text is in {path}")

    monkeypatch.setattr("denju_tui.cli.editor.edited", failing)
    async with opened() as app:
        monkeypatch.setattr(app.app, "suspend", contextlib.nullcontext)
        edit = await opened_editor(app, tmp_path / "text", [])
        await app.pilot.press("ctrl+o")
        await app.until(lambda: "nothing was changed" in app.text)
        assert edit.box.text == "before"


async def test_sent_text_is_no_draft(opened):
    async with opened() as app:
        await app.ask("The parts are late.")
        file = app.app.desk.workbench.paths.drafts / "draft.json"
    assert drafts.load(file).message == ""


async def test_two_apps_at_once_keep_their_texts_apart(opened):
    async with opened() as first:
        first.pane.message_box.insert("the first one's text")
        async with opened() as second:
            assert second.pane.message_box.text == ""
            second.pane.message_box.insert("the second one's text")
    async with opened() as one, opened() as other:
        texts = [one.pane.message_box.text, other.pane.message_box.text]
    assert sorted(texts) == ["the first one's text", "the second one's text"]


async def new_strategy(app):
    """The editor with a strategy that is to be written."""
    await app.pilot.press("f3", "ctrl+n")
    await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
    return app.app.screen


async def test_two_apps_at_once_keep_what_is_edited_in_them_apart(opened):
    async with opened() as first:
        edit = await new_strategy(first)
        edit.box.insert("# the first one's\n")
        await first.until(lambda: edit._file.exists())
        async with opened() as second:
            other = await new_strategy(second)
            assert "the first one's" not in other.box.text
            other.box.insert("# the second one's\n")
            await second.until(lambda: other._file.exists())
            await second.pilot.press("ctrl+r", "escape")
            await second.until(lambda: not isinstance(second.app.screen, EditScreen))
        assert "the first one's" in edit._file.read_text("utf-8") and not other._file.exists()
    async with opened() as app:
        assert "the first one's" in (await new_strategy(app)).box.text
        await app.pilot.press("escape")
        await app.until(lambda: not isinstance(app.app.screen, EditScreen))
        assert "the first one's" in (await new_strategy(app)).box.text, "what was left is free again"


async def test_a_damaged_draft_is_no_draft(opened, isolated):
    file = isolated / "denju" / "state" / "draft.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    for content in (b"", b"null", b'{"message": 1}', b"\xff\xfe", json.dumps(["x"]).encode()):
        file.write_bytes(content)
        assert drafts.load(file) == drafts.Draft()
    async with opened() as app:
        assert app.pane.message_box.text == ""
