"""Sizes, languages, help, palette, and the ways out."""

from __future__ import annotations

import pytest
from textual.events import Key

from denju.testing import FakeStudent
from denju_tui.actions import ACTIONS
from denju_tui.locale import texts
from denju_tui.screens.edit import EditScreen
from denju_tui.screens.palette import PaletteScreen
from denju_tui.terminal import Terminal
from denju_tui.widgets.guide_line import GuideLine
from denju_tui.widgets.guide_view import GuideView
from denju_tui.widgets.row_list import RowList

ENGLISH = "The parts arrived two days late and our line has stopped."


async def test_resizing_keeps_everything(opened):
    async with opened(FakeStudent(["We are sorry for the delay."]), size=(80, 24)) as app:
        await app.ask(ENGLISH)
        app.pane.message_box.insert("unsent")
        assert not app.pane.query_one(GuideView).display
        assert app.pane.query_one(GuideLine).display
        assert app.shows("Late delivery, line stopped")
        await app.pilot.resize_terminal(50, 12)
        await app.pilot.pause()
        assert app.shows("denju needs 60 columns and 15 lines; this is 50 x 12.")
        assert not app.shows("We are sorry")
        await app.pilot.resize_terminal(120, 40)
        await app.pilot.pause()
        assert app.pane.query_one(GuideView).display
        assert app.shows("We are sorry for the delay.")
        assert app.shows("unsent")
        await app.pilot.resize_terminal(80, 24)
        await app.pilot.pause()
        assert app.shows("We are sorry for the delay.")


async def test_at_eighty_columns_the_strategy_opens_and_closes(opened):
    async with opened(size=(80, 24)) as app:
        await app.ask(ENGLISH)
        assert not app.shows("Matched words")
        await app.pilot.press("ctrl+o")
        assert app.shows("Matched words")
        await app.pilot.press("escape")
        assert not app.shows("Matched words")
        assert app.app.focused is app.pane.message_box


async def test_the_language_changes_everywhere_at_once(opened):
    async with opened(FakeStudent(practice=True)) as app:
        await app.ask(ENGLISH)
        await app.pilot.press("f3")
        await app.until(lambda: app.app.library_pane.loaded)
        assert app.shows("scenario")
        await app.pilot.press("ctrl+t")
        await app.until(lambda: app.shows("場面"))
        assert not app.shows("scenario")
        await app.pilot.press("f2")
        await app.until(lambda: app.shows("決め手になった語"))
        for english in ("Matched words", "Customer", "Agent", "practice model", "Steps"):
            assert not app.shows(english)


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_help_lists_every_action(opened, language):
    async with opened(language=language, size=(120, 200)) as app:
        await app.pilot.press("f1")
        await app.pilot.pause()
        for action in ACTIONS:
            assert app.shows(texts(language)(f"tip.{action.name}")), action.id
            assert action.shown_key in app.text
        await app.pilot.press("escape")
        await app.pilot.pause()
        assert app.app.screen is app.pane


async def test_the_palette_runs_an_action_by_its_name(opened):
    async with opened() as app:
        await app.pilot.press("ctrl+p")
        await app.until(lambda: app.app.screen is not app.pane)
        await app.pilot.press(*"facts")
        await app.until(lambda: app.shows("due date, stock, price"))
        await app.pilot.press("enter")
        await app.until(lambda: app.pane.has_class("-facts"))


async def by_palette(app, command):
    """Choose a command in the palette, and do it."""
    await app.pilot.press("ctrl+p")
    await app.until(lambda: isinstance(app.app.screen, PaletteScreen))
    rows = app.app.screen.query_one(RowList)
    rows.chosen = [each.key for each in rows._rows].index(command)
    await app.pilot.press("enter")
    await app.until(lambda: not isinstance(app.app.screen, PaletteScreen))


async def test_the_palette_does_what_enter_does(opened):
    async with opened() as app:
        app.pane.message_box.insert(ENGLISH)
        await by_palette(app, "send")
        await app.until(lambda: app.pane.current is not None and not app.pane.current.running)
        await app.pilot.press("f5")
        await app.until(lambda: app.app.screen is app.app.teacher_pane)
        await by_palette(app, "look")
        await app.until(lambda: app.notice == texts("en")("tutor.no_situation"))
        await app.pilot.press("f8")
        await app.until(lambda: app.app.screen is app.app.pane("overview") and app.app.screen.view)
        await by_palette(app, "open")
        await app.until(lambda: app.app.screen.has_class("-rows"))


async def test_the_palette_offers_what_can_be_done_in_a_form(opened):
    async with opened() as app:
        await app.pilot.press("f3")
        await app.until(lambda: app.app.library_pane.loaded)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        await by_palette(app, "back")
        await app.until(lambda: app.app.screen is app.app.library_pane)


async def test_bare_keys_work_outside_text_fields_only(opened):
    async with opened() as app:
        await app.ask(ENGLISH)
        await app.pilot.press("g")
        assert app.pane.message_box.text == "g"
        app.pane.query_one("Conversation").focus()
        await app.pilot.press("g")
        await app.until(lambda: app.pane.current.rating == "good")
        await app.pilot.press("2")
        await app.until(lambda: app.app.screen is app.app.library_pane)


async def test_two_enters_in_one_piece_close_the_palette_once(opened):
    async with opened() as app:
        await app.pilot.press("ctrl+p")
        await app.until(lambda: app.app.screen is not app.pane)
        await app.pilot.press(*"facts")
        await app.until(lambda: app.shows("due date, stock, price"))
        for _ in range(2):
            app.app.post_message(Key("enter", "\r"))
        await app.until(lambda: app.pane.has_class("-facts"))
        assert app.app.screen_stack == [app.pane]


async def test_control_c_leaves_at_the_second_press_within_two_seconds(opened):
    now = [100.0]
    async with opened() as app:
        app.app.clock = lambda: now[0]
        await app.pilot.press("ctrl+c")
        assert "Ctrl+C again" in app.notice
        assert not app.app._exit
        now[0] += 2.5
        await app.pilot.press("ctrl+c")
        assert not app.app._exit
        now[0] += 1.5
        await app.pilot.press("ctrl+c")
        assert app.app._exit


async def test_keys_that_are_on_their_way_when_the_app_is_left_are_no_mistake(opened):
    async with opened() as app:
        app.app.leave()
    await app.app.on_event(Key("f20", None))  # its screens are gone
    assert app.app.mistake is None


async def test_ascii_chrome_uses_nothing_wider(opened):
    async with opened(terminal=Terminal(ascii=True)) as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+f")
        await app.pilot.pause()
        foreign = {c for line in app.lines for c in line if not c.isascii()} - set("伝授日本語")
        assert foreign == set()


async def test_without_colour_no_colour_is_sent(opened, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(terminal=Terminal.from_environment()) as app:
        await app.ask(ENGLISH)
        filters = app.app.get_line_filters()
        for strip in app.app.screen._compositor.render_strips():
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, app.app.screen.styles.background)
            for _, style, _ in strip:
                assert style is None or style.color is None or style.color.is_default
                assert style is None or style.bgcolor is None or style.bgcolor.is_default


async def test_the_screen_follows_the_answer_only_at_its_end(opened):
    student = FakeStudent(["\n".join(f"line {n}" for n in range(80))])
    async with opened(student, size=(80, 24)) as app:
        await app.ask(ENGLISH)
        conversation = app.pane.query_one("Conversation")
        await app.until(lambda: conversation.scroll_y == conversation.max_scroll_y > 0)
        conversation.scroll_to(y=3, animate=False)
        await app.pilot.pause()
        app.pane.view.exchange.rating = "good"
        app.pane.view.draw()
        await app.pilot.pause()
        assert conversation.scroll_y == 3
