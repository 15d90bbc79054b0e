"""The Review pane: the queue by risk, a draft beside what serves, verdicts, and taking them back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from denju.answering.room import ContextRoom
from denju.errors import Conflict
from denju.testing import FakeStudent
from denju.values import Strategy
from denju.workbench import Workbench
from denju_tui.screens.edit import EditScreen
from denju_tui.terminal import Terminal
from denju_tui.widgets.sheet import Sheet

ID = "start-delivery-late-linestop-en"
PATIENCE = 60.0
"""Seconds that an approval is held up at most."""
CLEAN = {
    "title": "Piano lessons move", "situation": "A pupil asks to move a piano lesson.", "language": "en",
    "cues": ["Can I move my piano lesson?", "The piano lesson on Friday does not suit me", "Another day for piano?",
             "I cannot come to my piano lesson", "Please move the piano lesson"],
    "steps": ["Ask for the new day", "Confirm the lesson by its day"],
}  # fmt: skip
WARNED = {
    "title": "A letter",
    "situation": "A reply.",
    "language": "en",
    "steps": ["Dear Sir, thank you for your mail."],
}


def drafts(workbench):
    """A draft that nothing speaks against, one that a check warns of, and a new revision of one that serves."""
    workbench.library.add(
        [Strategy.from_dict({"id": "st_clean", **CLEAN}), Strategy.from_dict({"id": "st_w", **WARNED})]
    )
    serving = workbench.library.get(ID)
    changed = Strategy.from_dict({**serving.to_dict(), "steps": [*serving.steps[1:], "Offer the express truck"]})
    workbench.library.revise(changed, base_revision=serving.revision)


async def opened_review(app):
    await app.pilot.press("f4")
    await app.until(lambda: getattr(app.app.screen, "checked", False))
    return app.app.screen


def body(pane):
    return " ".join(paragraph.text for paragraph in pane.query_one(".body", Sheet).paragraphs)


@pytest.mark.parametrize(("size", "language"), [((120, 40), "en"), ((80, 24), "ja")])
async def test_a_draft_is_read_approved_and_taken_back(opened, size, language):
    async with opened(size=size, language=language, prepare=drafts, person__name="sato") as app:
        pane = await opened_review(app)
        assert [each.draft.id for each in pane.waiting] == ["st_w", ID, "st_clean"]
        assert app.shows("A letter")
        await app.down_to(lambda: pane.chosen.draft.id == "st_clean")
        await app.pilot.press("enter")
        await app.until(lambda: app.shows("Confirm the lesson by its day"))
        await app.pilot.press("f9")
        await app.until(lambda: len(pane.waiting) == 2)
        library = app.app.desk.workbench.library
        assert library.get("st_clean").status == "approved"
        await app.pilot.press("ctrl+z")
        await app.until(lambda: len(pane.waiting) == 3 and pane.checked)
        assert library.get("st_clean").status == "draft"


async def test_a_draft_stands_beside_what_serves(opened):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        await app.down_to(lambda: pane.chosen.draft.id == ID)
        await app.pilot.press("enter")
        gone = app.app.desk.workbench.library.get(ID, revision=1).steps[0]
        assert app.shows("Changed since revision 1, which serves")
        assert app.shows("+ Offer the express truck") and f"- {gone[:20]}" in app.text


async def test_a_warning_wants_a_reason_and_a_rejection_too(opened):
    async with opened(prepare=drafts, person__name="sato") as app:
        pane = await opened_review(app)
        assert pane.chosen.draft.id == "st_w" and "reads like a reply" in body(pane)
        await app.pilot.press("a")
        await app.until(lambda: pane.has_class("-line"))
        await app.pilot.press("enter")
        assert pane.has_class("-line") and app.notice
        await app.pilot.press("escape")
        await app.pilot.press("r")
        pane.query_one("#line").value = "it is a letter"
        await app.pilot.press("enter")
        await app.until(lambda: len(pane.waiting) == 2)
        rejected = app.app.desk.workbench.library.get("st_w")
        assert (rejected.status, rejected.reviews[-1].why) == ("rejected", "it is a letter")


@pytest.mark.parametrize("opening", ["r", "enter"], ids=["box", "paper"])
async def test_a_draft_settled_elsewhere_does_not_leave_its_verdict_to_the_next(opened, opening):
    async with opened(prepare=drafts, person__name="sato") as app:
        pane = await opened_review(app)
        title = pane.chosen.draft.title
        await app.pilot.press(opening)
        await app.until(lambda: pane.has_class("-line") or pane.has_class("-reading"))
        if opening == "r":
            await app.pilot.press(*"mine")
        with Workbench(student=FakeStudent()) as colleague:
            colleague.reviewing.reject("st_w", by="tanaka", why="theirs")
        await app.until(lambda: len(pane.waiting) == 2)
        assert not pane.has_class("-line") and not pane.has_class("-reading")
        assert title in app.notice and pane.focused is pane.rows


async def test_the_box_keeps_to_its_draft_when_another_row_is_chosen(opened):
    async with opened(prepare=drafts, person__name="sato") as app:
        pane = await opened_review(app)
        await app.pilot.press("r")
        pane.query_one("#line").value = "it is a letter"
        pane.rows.chosen = 1
        await app.pilot.press("enter")
        await app.until(lambda: len(pane.waiting) == 2)
        assert [each.draft.id for each in pane.waiting] == [ID, "st_clean"]


async def test_one_s_own_change_does_not_close_the_paper(opened):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        await app.pilot.press("enter", "e")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        edit = app.app.screen
        edit.box.text = edit.box.text.replace("title: A letter", "title: A long letter")
        await app.pilot.press("f12")
        await app.until(lambda: pane.chosen is not None and pane.chosen.draft.title == "A long letter")
        assert pane.has_class("-reading")


async def test_all_that_nothing_speaks_against_is_approved_at_the_second_press(opened):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        clean = [each.draft.id for each in pane.waiting if each.clean]
        assert clean == [ID, "st_clean"]
        await app.pilot.press("ctrl+g")
        assert len(pane.waiting) == 3 and "again" in app.notice
        await app.pilot.press("ctrl+g")
        await app.until(lambda: len(pane.waiting) == 1)
        library = app.app.desk.workbench.library
        assert [library.get(each).status for each in (ID, "st_clean", "st_w")] == ["approved", "approved", "draft"]


async def test_approving_all_goes_on_while_the_queue_is_read_anew_and_says_how_many(opened, monkeypatch):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        reviewing = app.app.desk.workbench.reviewing
        approve = reviewing.approve

        def then_read(*arguments, **named):
            approved = approve(*arguments, **named)
            app.app.call_from_thread(pane.load)
            return approved

        monkeypatch.setattr(reviewing, "approve", then_read)
        await app.pilot.press("ctrl+g", "ctrl+g")
        await app.until(lambda: "2 of 2 drafts approved" in app.notice)
        assert [each.id for each in reviewing.pending()] == ["st_w"]


async def test_approving_all_ends_when_another_pane_is_opened(opened, monkeypatch):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        reviewing = app.app.desk.workbench.reviewing
        approve, gone = reviewing.approve, threading.Event()

        def then_go(*arguments, **named):
            approved = approve(*arguments, **named)
            app.app.call_from_thread(app.app.action_pane, "ask")
            assert gone.wait(PATIENCE)
            return approved

        monkeypatch.setattr(reviewing, "approve", then_go)
        await app.pilot.press("ctrl+g", "ctrl+g")
        await app.until(lambda: app.app.screen is app.pane)
        gone.set()
        await app.until(lambda: not pane.workers._workers)
        assert len(reviewing.pending()) == 2


def held_up(monkeypatch, reviewing, *ids):
    """Approvals of these drafts wait until the event that is given back is set."""
    approve, go = reviewing.approve, threading.Event()

    def approve_then(draft_id, **named):
        if draft_id in ids:
            assert go.wait(PATIENCE)
        return approve(draft_id, **named)

    monkeypatch.setattr(reviewing, "approve", approve_then)
    return go


async def test_approving_all_leaves_the_box_to_what_is_typed_there(opened, monkeypatch):
    async with opened(prepare=drafts, person__name="sato") as app:
        pane = await opened_review(app)
        go = held_up(monkeypatch, app.app.desk.workbench.reviewing, ID)
        await app.pilot.press("ctrl+g", "ctrl+g", "r", *"its")
        go.set()
        await app.until(lambda: "2 of 2 drafts approved" in app.notice)
        await app.pilot.press(*"ar")
        line = pane.query_one("#line")
        assert (pane.has_class("-line"), pane.focused, line.value) == (True, line, "itsar")
        await app.pilot.press("enter")
        await app.until(lambda: not pane.waiting)
        assert app.app.desk.workbench.library.get("st_w").reviews[-1].why == "itsar"


async def test_approving_all_moves_no_draft_under_the_one_that_is_read(opened, monkeypatch):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        go = held_up(monkeypatch, app.app.desk.workbench.reviewing, "st_clean")
        pane.rows.chosen = 2
        await app.pilot.press("enter", "ctrl+g", "ctrl+g")
        await app.until(lambda: len(pane.waiting) == 2)
        assert pane.chosen.draft.id == "st_clean" and pane.has_class("-reading")
        go.set()
        await app.until(lambda: len(pane.waiting) == 1)
        assert pane.chosen.draft.id == "st_w" and not pane.has_class("-reading")


async def test_a_warning_asks_for_no_reason_where_another_draft_is_chosen_by_then(opened, monkeypatch):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        go = held_up(monkeypatch, app.app.desk.workbench.reviewing, "st_w")
        await app.pilot.press("f9", "down")
        go.set()
        await app.until(lambda: "not approved" in app.notice)
        assert not pane.has_class("-line") and pane.chosen.draft.id == ID


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_the_box_says_what_to_do_in_front_of_a_long_title(opened, language):
    def long(workbench):
        workbench.library.add([Strategy.from_dict({"id": "st_w", **WARNED, "title": "A letter about letters " * 4})])

    async with opened(size=(80, 24), language=language, prepare=long) as app:
        pane = await opened_review(app)
        await app.pilot.press("f9")
        await app.until(lambda: pane.has_class("-line"))
        said = {"en": "A check warns. Write why it shall serve; Enter approves it: A letter",
                "ja": "検査の警告があります。使う理由を書き、Enter で承認します：A letter"}  # fmt: skip
        assert app.shows(said[language], within="#line")


async def test_approving_all_is_begun_once(opened, monkeypatch):
    async with opened(prepare=drafts) as app:
        await opened_review(app)
        reviewing = app.app.desk.workbench.reviewing
        go, begin, begun = held_up(monkeypatch, reviewing, ID), reviewing.approve_clean, []
        monkeypatch.setattr(reviewing, "approve_clean", lambda *all_, **named: begun.append(1) or begin(*all_, **named))
        await app.pilot.press("ctrl+g", "ctrl+g", "ctrl+g", "ctrl+g")
        assert "under way" in app.notice
        go.set()
        await app.until(lambda: "2 of 2 drafts approved" in app.notice)
        assert begun == [1]


async def test_approving_all_that_an_error_stops_says_how_many_and_can_be_begun_again(opened, monkeypatch):
    async with opened(prepare=drafts) as app:
        await opened_review(app)
        reviewing = app.app.desk.workbench.reviewing
        approve = reviewing.approve

        def fail(draft_id, **named):
            if draft_id == "st_clean":
                raise Conflict("The disk is full.", "Free some space.")
            return approve(draft_id, **named)

        monkeypatch.setattr(reviewing, "approve", fail)
        await app.pilot.press("ctrl+g", "ctrl+g")
        await app.until(lambda: "1 of 2 drafts approved" in app.notice)
        assert "The disk is full. Free some space." in app.notice
        await app.until(lambda: app.app.screen.checked)
        await app.pilot.press("ctrl+g")
        assert "under way" not in app.notice


@pytest.mark.parametrize("key", ["f1", "ctrl+p"])
async def test_approving_all_goes_on_below_what_is_opened_on_top(opened, monkeypatch, key):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        reviewing = app.app.desk.workbench.reviewing
        go = held_up(monkeypatch, reviewing, ID)
        await app.pilot.press("ctrl+g", "ctrl+g", key)
        assert app.app.screen is not pane
        go.set()
        await app.until(lambda: [each.id for each in reviewing.pending()] == ["st_w"])


async def test_one_verdict_is_under_way_at_a_time_and_it_is_said_what_it_waits_for(opened, monkeypatch):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        bench = app.app.desk.workbench
        go = held_up(monkeypatch, bench.reviewing, "st_clean")
        pane.rows.chosen = 2
        with bench.student_turn:
            for key in ("f9", "f9", "ctrl+g"):
                pane.say("")
                await app.pilot.press(key)
                assert "The student is busy" in app.notice
        await app.pilot.press("f9")
        assert "still under way" in app.notice
        await app.pilot.press("r")
        pane.query_one("#line").value = "wrong"
        await app.pilot.press("enter")
        assert pane.has_class("-line") and pane.query_one("#line").value == "wrong"
        await app.pilot.press("escape")
        go.set()
        await app.until(lambda: len(pane.waiting) == 2)
        assert bench.library.get("st_clean").status == "approved"
        await app.pilot.press("ctrl+z")
        await app.until(lambda: len(pane.waiting) == 3)


async def test_a_verdict_that_cannot_be_taken_back_does_not_stand_before_the_others(opened):
    async with opened(prepare=drafts, person__name="sato") as app:
        pane = await opened_review(app)
        library = app.app.desk.workbench.library
        for name, left in (("st_clean", 2), (ID, 1)):
            await app.down_to(lambda name=name: pane.chosen.draft.id == name)
            await app.pilot.press("f9")
            await app.until(lambda left=left: len(pane.waiting) == left)
        await asyncio.to_thread(
            library.review, ID, revision=library.get(ID).revision, verdict="retired", by="mori", why=""
        )
        await app.pilot.press("ctrl+z")
        await app.until(lambda: "to take back" in app.notice)
        await app.pilot.press("ctrl+z")
        await app.until(lambda: len(pane.waiting) == 2)
        assert library.get("st_clean").status == "draft" and library.get(ID).status == "retired"


async def test_a_draft_is_edited_here_and_what_is_not_taken_stays(opened):
    async with opened(prepare=drafts) as app:
        pane = await opened_review(app)
        await app.pilot.press("e")
        await app.until(lambda: isinstance(app.app.screen, EditScreen))
        edit = app.app.screen
        edit.box.text = edit.box.text.replace("title: A letter", "title: [broken")
        await app.pilot.press("f12")
        await app.until(lambda: edit.query_one(".error", Sheet).paragraphs)
        await app.pilot.press("escape")
        await app.until(lambda: app.app.screen is pane)
        await app.pilot.press("e")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        edit = app.app.screen
        assert "title: [broken" in edit.box.text
        edit.box.text = edit.box.text.replace("title: [broken", "title: Letters [red")
        await app.pilot.press("f12")
        await app.until(lambda: app.app.screen is pane)
        await app.until(lambda: pane.checked and any(each.draft.title == "Letters [red" for each in pane.waiting))
        assert app.app.desk.workbench.library.get("st_w").revision == 2
        assert app.shows("Letters [red")


class Alone(FakeStudent):
    """Knows whether something else was asked of it while it answered."""

    answering = disturbed = False

    def card(self):
        self.disturbed |= self.answering
        return super().card()

    def count_tokens(self, texts):
        self.disturbed |= self.answering
        return super().count_tokens(texts)

    def generate(self, pieces, sampling, cancel):
        self.answering = True
        yield from super().generate(pieces, sampling, cancel)
        self.answering = False


async def test_a_check_waits_for_the_answer_that_is_being_written(opened, monkeypatch):
    go, asked, context = threading.Event(), threading.Event(), ContextRoom.context

    def ask(room):
        asked.set()
        return context(room)

    def hold():
        assert go.wait(PATIENCE)

    monkeypatch.setattr(ContextRoom, "context", ask)
    student = Alone(["We are sorry."], before_token=hold)
    async with opened(student, prepare=drafts) as app:
        await app.send("The parts arrived two days late.")
        await app.until(lambda: student.answering)
        await app.pilot.press("f4")
        await app.until(asked.is_set)
        go.set()
        await app.until(lambda: app.app.screen.checked)
        assert not student.disturbed
        assert all("unknown" not in [each.severity for each in found.findings] for found in app.app.screen.waiting)
        assert app.pane.current.answer.finish == "stop"


async def test_a_library_that_is_not_there_is_told_with_what_to_do(opened, tmp_path):
    async with opened(library__path=str(tmp_path / "unmounted" / "library.json")) as app:
        await app.pilot.press("f4")
        await app.until(lambda: app.shows("its folder is not there", within=".head"))
        await app.pilot.press("f9")
        assert app.shows("denju init", within=".head")


async def test_nothing_waits(opened):
    async with opened(terminal=Terminal(ascii=True)) as app:
        await opened_review(app)
        assert app.shows("No draft waits.")
        for key in ("a", "r", "e", "u", "ctrl+g", "enter"):
            await app.pilot.press(key)
        assert not {*"".join(app.lines)} & {*"│─█▁▂▃▄▅▆▇"}
