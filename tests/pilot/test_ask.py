"""A message in, an answer out, with what led to it."""

from __future__ import annotations

import errno
import os
import threading
import time
from dataclasses import replace

import pytest

from denju.errors import StudentDied
from denju.testing import FakeStudent
from denju_tui.app import DenjuApp
from denju_tui.screens.again import AgainScreen
from denju_tui.screens.compare import CompareScreen
from denju_tui.screens.edit import EditScreen
from denju_tui.screens.prompt import PromptScreen
from denju_tui.widgets.guide_view import GuideView
from denju_tui.widgets.message_box import WritingBox
from denju_tui.widgets.row_list import RowList

JAPANESE = "部品に傷がありました。検査はどうなっているのですか。"
ENGLISH = "The parts arrived two days late and our line has stopped."
OFF_TOPIC = "How do I bake a chocolate cake?"


class Held:
    """Called before each token: from the token ``first`` on, it waits until ``go`` is set."""

    def __init__(self, first: int) -> None:
        self.go, self.begun, self._first = threading.Event(), 0, first

    def __call__(self) -> None:
        self.begun += 1
        if self.begun >= self._first:
            assert self.go.wait(60)


@pytest.mark.parametrize(
    ("language", "message", "title"),
    [("ja", JAPANESE, "部品に傷・打痕がある"), ("en", ENGLISH, "Late delivery, line stopped")],
    ids=["ja", "en"],
)
async def test_answer_and_strategy_stand_side_by_side(opened, language, message, title):
    answer = "申し訳ございません。ロット番号をお知らせください。" if language == "ja" else "We are sorry for the delay."
    async with opened(FakeStudent([answer]), language=language) as app:
        await app.ask(message)
        assert app.shows(answer)
        assert app.shows(title)
        candidate = app.pane.current.match.best
        assert candidate.strategy.title == title
        for step in candidate.strategy.steps:
            assert app.shows(step, within=GuideView)
        assert app.shows(f"{round(candidate.confidence * 100)} %", within=GuideView)


async def test_matched_terms_are_marked_in_the_customers_words(opened):
    async with opened() as app:
        await app.ask(ENGLISH)
        marks = app.pane.view.query_one(".customer").paragraphs[0].marks
        assert "stopped" in [ENGLISH[start:end] for start, end, _ in marks]


async def test_no_match_is_in_plain_sight_with_what_served(opened):
    async with opened() as app:
        await app.ask(OFF_TOPIC)
        assert app.pane.current.answer.match == "none"
        assert app.shows("No match", within=GuideView)
        served = app.app.desk.workbench.fallback_of(app.pane.current.answer)
        assert app.shows(f"Served instead: {served.title}", within=GuideView)


async def test_no_match_without_fallback_writes_no_answer_and_says_so(opened):
    async with opened(answering__no_match="none") as app:
        await app.ask(OFF_TOPIC)
        assert app.shows("No match")
        assert app.shows("no answer was written", within="Conversation")
        assert not app.shows("answered without a strategy", within=GuideView)
        assert app.student.prompts == []


async def test_stopped_before_the_student_answers_nothing_is_said_to_have_served(opened):
    class Loading(FakeStudent):
        def load(self, cancel):
            assert cancel.wait(60)
            yield from super().load(cancel)

    async with opened(Loading()) as app:
        await app.send(OFF_TOPIC)
        await app.until(lambda: app.pane.current.match)
        await app.pilot.press("escape")
        await app.until(lambda: not app.pane.current.running)
        assert app.shows("No match", within=GuideView)
        assert not app.shows("Served instead", within=GuideView)
        assert not app.shows("answered without a strategy", within=GuideView)


async def test_the_conversation_goes_into_the_next_prompt(opened):
    async with opened(FakeStudent(["First answer.", "Second answer."])) as app:
        await app.ask(ENGLISH)
        await app.ask("When will the rest come?")
        assert "First answer." in app.student.prompts[1]
        assert ENGLISH in app.student.prompts[1]
        await app.pilot.press("ctrl+n")
        await app.ask("Hello, one more question about the parts.")
        assert ENGLISH not in app.student.prompts[2]


async def test_facts_reach_the_student_and_stand_with_the_message(opened):
    async with opened() as app:
        await app.pilot.press("ctrl+f")
        app.pane.facts_box.insert("due date: 3 December\n\nstock: 40")
        app.pane.message_box.focus()
        await app.ask(ENGLISH)
        assert "due date: 3 December" in app.student.prompts[0]
        assert app.pane.current.answer.facts == ("due date: 3 December", "stock: 40")


async def test_escape_stops_and_keeps_the_partial_answer(opened):
    held = Held(4)
    async with opened(FakeStudent(["one two three four five six seven"], before_token=held)) as app:
        await app.send(ENGLISH)
        await app.until(lambda: app.shows("one two three"))
        app.pane.message_box.insert("typing goes on")
        await app.pilot.press("escape")
        held.go.set()
        await app.until(lambda: not app.pane.current.running)
        assert app.pane.current.answer.finish == "cancelled"
        assert app.shows("one two three")
        assert not app.shows("one two three four five")
        assert app.shows("Stopped here.")
        assert app.pane.message_box.text == "typing goes on"


async def test_a_stopped_answer_is_not_part_of_the_conversation(opened):
    held = Held(3)
    async with opened(FakeStudent(["half an answer here", "whole"], before_token=held)) as app:
        await app.send(ENGLISH)
        await app.until(lambda: held.begun >= 3)
        await app.pilot.press("escape")
        held.go.set()
        await app.until(lambda: not app.pane.current.running)
        await app.ask("Are you there?")
        assert "half an" not in app.student.prompts[1]


async def test_the_teacher_reads_what_the_student_read_and_said_itself(opened, monkeypatch):
    held, wanted = Held(3), []
    async with opened(FakeStudent(["half an answer here", "Its own words."], before_token=held)) as app:
        await app.send(ENGLISH)
        await app.until(lambda: held.begun >= 3)
        await app.pilot.press("escape")
        held.go.set()
        await app.until(lambda: not app.pane.current.running)
        await app.ask("Are you there?")
        app.pane.current.edited = replace(app.pane.current.answer, answer="A person's words.")
        monkeypatch.setattr(DenjuApp, "on_teacher_wanted", lambda _, event: wanted.append(event))
        await app.pilot.press("ctrl+g")
        await app.until(lambda: wanted)
        case = wanted[0].case()
        assert [turn.text for turn in case.conversation] == [ENGLISH, "Are you there?"]
        assert case.answer == "Its own words."


async def test_a_stop_is_felt_while_something_else_is_asked_of_the_student(opened):
    async with opened() as app:
        with app.app.desk.workbench.student_turn:
            await app.send(ENGLISH)
            await app.pilot.press("escape")
            await app.until(lambda: not app.pane.current.running)
        assert app.shows("Stopped.", within="Conversation")
        assert app.student.prompts == []
        await app.ask(ENGLISH)
        assert app.pane.current.answer.finish == "stop"


async def test_sending_while_an_answer_is_written_keeps_the_text(opened):
    held = Held(1)
    async with opened(FakeStudent(["a b"], before_token=held)) as app:
        await app.send(ENGLISH)
        app.pane.message_box.insert("next")
        await app.pilot.press("enter")
        await app.until(lambda: "Esc stops" in app.notice)
        assert app.pane.message_box.text == "next"
        held.go.set()


async def test_a_dead_student_is_told_and_the_next_message_works(opened):
    died = StudentDied("The student's process ended (SIGKILL).", "Ask again: it starts anew.")
    student = FakeStudent([died, "Fine."])
    async with opened(student) as app:
        await app.ask(ENGLISH)
        assert app.shows("The student's process ended (SIGKILL).", within="Conversation")
        assert app.shows("Ask again: it starts anew.")
        await app.ask(ENGLISH)
        assert app.shows("Fine.")


async def test_a_full_disk_is_told_and_loses_nothing_that_was_typed(opened, monkeypatch):
    """Every file that must last is synced; on this disk none can be."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with opened(FakeStudent(["First.", "Second."])) as app:
        await app.ask(ENGLISH)
        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            await app.ask("When will the rest come?")
            assert app.shows("no space left on device", within="Conversation")
            app.pane.message_box.insert("typing goes on")
            await app.pilot.pause()
        assert app.pane.message_box.text == "typing goes on"
        app.pane.message_box.clear()
        await app.ask("And the invoice?")
        assert app.pane.current.error is None
        messages = [entry.record["answer"] for entry in app.app.desk.workbench.history.list(9)]
        assert "First." in messages and len(messages) >= 2


async def test_a_mistake_in_the_engine_does_not_end_the_app(opened):
    def broken():
        raise RuntimeError("secret detail")

    async with opened(FakeStudent(before_token=broken)) as app:
        await app.ask(ENGLISH)
        assert app.shows("Unexpected: RuntimeError", within="Conversation")
        assert not app.shows("secret detail")


async def test_broken_rules_and_unsupported_items_stand_below_the_answer(opened):
    async with opened(FakeStudent(["Dear Mr. Tanaka, we will give you a full refund of 300 euros."])) as app:
        await app.ask(ENGLISH)
        assert app.shows("Breaks a rule:")
        assert app.shows("Given nowhere:")
        assert app.shows("Tanaka")


async def test_the_practice_model_is_named_under_its_answers_with_the_way_out(opened):
    async with opened(FakeStudent(practice=True), language="ja") as app:
        assert app.shows("練習用モデル（お客様には使わない）")
        await app.ask(JAPANESE)
        foot = " ".join(paragraph.text for paragraph in app.pane.view.query_one(".foot").paragraphs)
        assert "練習用モデル（お客様には使わない）" in foot
        assert "denju models use" in foot


async def test_ratings_reach_the_history(opened):
    async with opened(FakeStudent(["One.", "Two."])) as app:
        history = app.app.desk.workbench.history
        await app.ask(ENGLISH)
        await app.pilot.press("f9")
        await app.until(lambda: history.list(1)[0].rated is not None)
        assert history.list(1)[0].rated.rating == "good"
        await app.ask("And the second delivery is late too.")
        await app.pilot.press("f10", *"too short", "enter")
        await app.until(lambda: history.list(1)[0].rated is not None)
        rated = history.list(1)[0].rated
        assert (rated.rating, rated.why) == ("bad", "too short")
        await app.until(lambda: app.shows("Rated bad: too short"))


async def test_a_rating_that_is_not_kept_is_said_to_be_so_and_not_drawn(opened):
    async with opened(history__keep="off") as app:
        await app.ask(ENGLISH)
        await app.pilot.press("f9")
        await app.until(lambda: "Not rated" in app.notice)
        assert not app.shows("Rated good", within="Conversation")


async def test_a_reason_belongs_to_the_answer_that_it_was_begun_for(opened):
    async with opened(FakeStudent(["One.", "Two."])) as app:
        history = app.app.desk.workbench.history
        await app.ask(ENGLISH)
        await app.pilot.press("f10", *"too short")
        app.app.pane("ask")._ask_again(app.pane.current.match.best.strategy)
        await app.until(lambda: app.pane.current.text == "Two.")
        app.pane.query_one("#why").focus()
        await app.pilot.press("enter")
        await app.until(lambda: any(entry.rated for entry in history.list(2)))
        rated = {entry.record["answer"]: entry.rated and entry.rated.why for entry in history.list(2)}
        assert rated == {"One.": "too short", "Two.": None}


async def test_the_reason_of_a_bad_rating_can_be_left(opened):
    async with opened() as app:
        await app.ask(ENGLISH)
        await app.pilot.press("f10", "x", "escape")
        assert app.pane.current.rating == ""
        assert app.app.focused is app.pane.message_box


async def test_leaving_in_the_middle_of_an_answer_stops_and_keeps_it(opened):
    student = FakeStudent(["word " * 2_000], before_token=lambda: time.sleep(0.02))
    async with opened(student, student__max_tokens=2_000) as app:
        workbench = app.app.desk.workbench
        await app.send(ENGLISH)
        await app.until(lambda: app.pane.current.said)
        app.pane.message_box.insert("unsent")
        app.app.leave()
    assert student.closed
    assert workbench.history.list(1)[0].record["finish"] == "cancelled"


async def test_the_answer_is_edited_before_it_is_copied_and_the_edit_is_kept(opened):
    async with opened(FakeStudent(["We are sorry.", "Next."])) as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+e")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        assert app.app.screen.box.text == "We are sorry."
        app.app.screen.box.text = "We are very sorry [red]."
        await app.pilot.press("f12")
        await app.until(lambda: app.app.screen is app.pane)
        assert app.pane.current.text == "We are very sorry [red]."
        assert app.shows("We are very sorry [red].", within="Conversation")
        (entry,) = app.app.desk.workbench.history.list(1)
        assert (entry.record["answer"], entry.edited) == ("We are sorry.", "We are very sorry [red].")
        await app.ask("And when will it come?")
        assert "We are very sorry [red]." in app.student.prompts[-1]


async def edit(app, text):
    """Put ``text`` in the answer's place."""
    await app.pilot.press("ctrl+e")
    await app.until(lambda: isinstance(app.app.screen, EditScreen) and isinstance(app.app.focused, WritingBox))
    app.app.screen.box.text = text
    await app.pilot.press("f12")
    await app.until(lambda: app.app.screen is app.pane)


async def test_an_edited_answer_is_judged_by_its_own_words(opened):
    refund = "Dear Mr. Tanaka, we will give you a full refund of 300 euros."
    async with opened(FakeStudent([refund])) as app:
        await app.ask(ENGLISH)
        await edit(app, "We are very sorry.")
        assert not app.shows("Breaks a rule:") and not app.shows("Given nowhere:")
        await edit(app, refund)
        assert app.shows("Breaks a rule:") and app.shows("Given nowhere:")
        await app.pilot.press("ctrl+y")
        assert "breaks a rule" in app.notice


async def test_what_a_person_writes_where_the_student_said_nothing_is_part_of_the_conversation(opened):
    held = Held(1)
    async with opened(FakeStudent(["never said", "Next."], before_token=held)) as app:
        await app.send(ENGLISH)
        await app.until(lambda: held.begun)
        await app.pilot.press("escape")
        held.go.set()
        await app.until(lambda: not app.pane.current.running)
        await edit(app, "We are very sorry.")
        await app.ask("When will the rest come?")
        assert "We are very sorry." in app.student.prompts[-1]


async def test_an_answer_that_failed_is_written_by_hand(opened):
    class Dead(FakeStudent):
        def load(self, cancel):
            raise StudentDied("The student's process ended.", "Ask again.")

    async with opened(Dead()) as app:
        await app.ask(ENGLISH)
        await edit(app, "We are very sorry.")
        assert app.shows("We are very sorry.", within="Conversation")
        await app.pilot.press("f9")
        await app.until(lambda: "Not rated" in app.notice)


async def test_an_answer_is_not_edited_into_nothing(opened):
    async with opened(FakeStudent(["We are sorry."])) as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+e")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        app.app.screen.box.text = " "
        await app.pilot.press("f12")
        await app.until(lambda: app.shows("empty"))
        assert isinstance(app.app.screen, EditScreen)
        (entry,) = app.app.desk.workbench.history.list(1)
        assert entry.edited is None


async def test_another_strategy_is_taken_and_the_first_answer_does_not_count(opened):
    async with opened(FakeStudent(["First.", "Second.", "Third."])) as app:
        await app.ask(ENGLISH)
        followed = app.pane.current.match.best.strategy.id
        await app.pilot.press("ctrl+r")
        await app.until(lambda: isinstance(app.app.screen, AgainScreen) and app.app.screen.chosen)
        assert app.app.screen.chosen.id == followed
        listed = [row.cells for row in app.app.screen.query_one(RowList)._rows]
        await app.pilot.press("down")
        other = app.app.screen.chosen
        await app.pilot.press("enter")
        await app.until(lambda: app.pane.current.answer is not None and app.pane.current.text == "Second.")
        assert app.pane.current.match.kind == "forced"
        assert app.pane.current.match.best.strategy.id == other.id != followed
        assert app.shows("Chosen by hand", within=GuideView)
        await app.pilot.press("ctrl+r")
        await app.until(lambda: isinstance(app.app.screen, AgainScreen) and app.app.screen.chosen)
        assert [row.cells for row in app.app.screen.query_one(RowList)._rows] == listed
        await app.pilot.press("escape")
        await app.until(lambda: app.app.screen is app.pane)
        await app.ask("And when will it come?")
        assert "First." not in app.student.prompts[-1] and "Second." in app.student.prompts[-1]


async def test_with_and_without_the_strategy_stand_beside_each_other(opened):
    async with opened(FakeStudent(["With it.", "Without it.", "Later."])) as app:
        await app.ask(ENGLISH)
        step = app.pane.current.match.best.strategy.steps[0]
        await app.pilot.press("ctrl+l")
        await app.until(lambda: isinstance(app.app.screen, CompareScreen) and app.app.screen.ended)
        assert app.shows("With it.") and app.shows("Without it.")
        assert step in app.student.prompts[0] and step not in app.student.prompts[1]
        await app.pilot.press("escape")
        await app.until(lambda: app.app.screen is app.pane)
        await app.ask("And when will it come?")
        assert "Without it." not in app.student.prompts[-1]


async def test_the_help_over_a_comparison_does_not_stop_it(opened):
    held = Held(4)
    async with opened(FakeStudent(["With it.", "All of it without."], before_token=held)) as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+l")
        await app.until(lambda: held.begun == 4)
        compare = app.app.screen
        await app.pilot.press("f1")
        await app.until(lambda: app.app.screen is not compare)
        await app.pilot.press("f1")
        await app.until(lambda: app.app.screen is compare)
        held.go.set()
        await app.until(lambda: compare.ended)
        assert app.shows("All of it without.")


async def test_the_exact_prompt_is_shown(opened):
    async with opened() as app:
        await app.ask(ENGLISH)
        await app.pilot.press("f12")
        await app.until(lambda: isinstance(app.app.screen, PromptScreen))
        assert app.shows(app.pane.current.prompt[:60])
        assert app.pane.current.prompt == app.student.prompts[0]
        await app.pilot.press("escape")
        await app.until(lambda: app.app.screen is app.pane)


async def test_before_an_answer_there_is_nothing_to_edit_compare_or_read(opened):
    async with opened() as app:
        for key in ("ctrl+e", "ctrl+r", "ctrl+l", "f12"):
            await app.pilot.press(key)
            assert app.app.screen is app.pane and "no answer" in app.notice
