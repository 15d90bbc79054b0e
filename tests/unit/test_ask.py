"""The ask use case: what is reported in which order, and what the record says."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from denju.answering.ask import Ask, Question
from denju.errors import NotFound, StorageError, StudentDied
from denju.events import Event, Failed, Finished, Progress, PromptReady, Retrieved, Token
from denju.student.port import Generated, Piece, Sampling, StudentCard
from denju.testing import FakeStudent
from denju.values import Answer, Candidate, Check, Match, Source, Status, Strategy, Turn

LATE_JA = Strategy(
    id="late-ja", title="納入遅れ", situation="遅れた", language="ja", status="approved", steps=("遅れをお詫びする",)
)
LATE_EN = replace(LATE_JA, id="late-en", language="en", translation_of="late-ja", title="Late", steps=("Apologise",))
DRAFT = replace(LATE_EN, id="draft-en", status="draft")
FALLBACK = Strategy(
    id="fb-en",
    title="Fallback",
    situation="None fits",
    scope="general",
    status="approved",
    tags=("fallback",),
    steps=("Take the details",),
)
GENERAL = replace(FALLBACK, id="g-en", title="Short", tags=(), steps=("Keep it short",))
POLICY_EN = Strategy(
    id="p-en",
    title="No refunds",
    situation="Always",
    scope="policy",
    status="approved",
    translation_of="p-ja",
    steps=("Promise no refund",),
    check=Check(never=("refund",)),
)
POLICY_JA = replace(POLICY_EN, id="p-ja", language="ja", translation_of=None, steps=("返金を約束しない",))


@dataclass
class Shelf:
    """A library of the strategies above."""

    def serving(self) -> tuple[Strategy, ...]:
        return (LATE_JA, LATE_EN, FALLBACK, GENERAL, POLICY_JA, POLICY_EN)

    def get(self, reference: str, revision: int | None = None) -> Strategy:
        for each in (*self.serving(), DRAFT):
            if each.id == reference:
                return each
        raise NotFound(f"No strategy {reference}.", "denju library list")


@dataclass
class Found:
    """A search that finds what it is told to."""

    match: Match

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5, why: bool = True) -> Match:
        return self.match


@dataclass
class Kept:
    """A history in memory."""

    records: list[tuple[Answer, Sequence[Turn], str]] = field(default_factory=list)

    def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
        self.records.append((answer, messages, source))


def matched(strategy: Strategy) -> Match:
    return Match("matched", best=Candidate(strategy, score=2.0, confidence=0.9), threshold=0.3)


def bench(student: FakeStudent, match: Match, **options: Any) -> Ask:
    return Ask(library=Shelf(), search=Found(match), student=student, history=Kept(), sampling=Sampling(), **options)


def question(text: str, **options: Any) -> Question:
    return Question(turns=(Turn("customer", text),), **options)


def run(ask: Ask, asked: Question) -> list[Event]:
    return list(ask(asked, threading.Event()))


def finished(events: list[Event]) -> Answer:
    assert isinstance(events[-1], Finished)
    return events[-1].answer


def test_events_come_in_their_order() -> None:
    events = run(bench(FakeStudent(["Sorry for that."]), matched(LATE_EN)), question("It is late."))
    kinds = [type(event) for event in events if isinstance(event, (Retrieved, PromptReady, Token, Finished))]
    assert kinds == [Retrieved, PromptReady, Token, Token, Token, Finished]


def test_the_record_names_what_led_to_the_answer() -> None:
    ask = bench(FakeStudent(["Sorry, Ms Tanaka, a refund of 30."]), matched(LATE_EN))
    answer = finished(run(ask, question("It is late.", facts=("delivery date: 3 May",))))
    assert answer.match == "matched"
    assert answer.strategy is not None
    assert answer.strategy.strategy == LATE_EN
    assert [used.id for used in answer.general] == ["g-en"]
    assert answer.facts == ("delivery date: 3 May",)
    assert answer.unsupported == ("30", "Tanaka")
    assert [(result.id, result.ok) for result in answer.policies] == [("p-en", False)]
    assert answer.finish == "stop"


def test_the_prompt_holds_rules_strategy_facts_and_message() -> None:
    student = FakeStudent()
    run(bench(student, matched(LATE_JA)), question("部品が遅れています。", facts=("納期: 12月3日",)))
    (prompt,) = student.prompts
    for text in (
        "返金を約束しない",
        "1. 遅れをお詫びする",
        "- 納期: 12月3日",
        "<|customer|>部品が遅れています。<|agent|>",
    ):
        assert text in prompt
    assert "Promise no refund" not in prompt


@pytest.mark.parametrize(
    ("turns", "hint"),
    [
        ((), "Give the customer's message as text."),
        ((Turn("customer", " "),), "Give the customer's message as text."),
        (
            (Turn("customer", "Late"), Turn("agent", "Sorry")),
            "The last message must be the customer's, with some text.",
        ),
        ((Turn("agent", "Hello"), Turn("customer", "")), "The last message must be the customer's, with some text."),
    ],
)
def test_without_a_message_it_says_which_is_missing(turns: tuple[Turn, ...], hint: str) -> None:
    [failed] = run(bench(FakeStudent(), matched(LATE_EN)), Question(turns))
    assert isinstance(failed, Failed)
    assert (failed.error.what, failed.error.hint) == ("There is no message to answer.", hint)


def test_every_answer_is_kept_with_its_messages() -> None:
    ask = bench(FakeStudent(), matched(LATE_EN))
    answer = finished(run(ask, question("It is late.")))
    assert isinstance(ask.history, Kept)
    assert ask.history.records == [(answer, (Turn("customer", "It is late."),), "ask")]


@pytest.mark.parametrize(
    ("setting", "steps", "general"),
    [("fallback", "Take the details", ["g-en", "fb-en"]), ("free", "Keep it short", ["g-en"])],
)
def test_no_match_is_served_as_the_setting_says(setting: str, steps: str, general: list[str]) -> None:
    student = FakeStudent()
    answer = finished(run(bench(student, Match("none"), no_match=setting), question("Nice weather.")))
    assert (answer.match, answer.strategy) == ("none", None)
    assert [used.id for used in answer.general] == general
    assert steps in student.prompts[0]
    assert ("Take the details" in student.prompts[0]) == (setting == "fallback")


def test_no_match_may_stay_without_an_answer() -> None:
    student = FakeStudent()
    answer = finished(run(bench(student, Match("none"), no_match="none"), question("Nice weather.")))
    assert (answer.answer, answer.match, student.prompts) == ("", "none", [])


def test_strict_makes_no_match_an_error() -> None:
    student = FakeStudent()
    events = run(bench(student, Match("none")), question("Nice weather.", strict=True))
    assert isinstance(events[-1], Failed)
    assert events[-1].error.exit_code == 4
    assert student.prompts == []


def test_a_forced_strategy_is_followed() -> None:
    answer = finished(run(bench(FakeStudent(), Match("none")), question("Hello.", strategy="late-ja")))
    assert answer.match == "forced"
    assert answer.strategy is not None
    assert answer.strategy.strategy.id == "late-ja"


@pytest.mark.parametrize(("strategy", "code"), [("draft-en", 2), ("nowhere", 1)])
def test_what_is_not_approved_or_not_there_never_reaches_the_student(strategy: str, code: int) -> None:
    student = FakeStudent()
    events = run(bench(student, Match("none")), question("Hello.", strategy=strategy))
    assert isinstance(events[-1], Failed)
    assert events[-1].error.exit_code == code
    assert student.prompts == []


@pytest.mark.parametrize("status", ["draft", "rejected"])
def test_a_strategy_that_serves_is_followed_whatever_was_written_since(status: Status) -> None:
    newer = replace(LATE_EN, revision=2, status=status, steps=("Say nothing",))

    class Rewritten(Shelf):
        def get(self, reference: str, revision: int | None = None) -> Strategy:
            return newer

    student = FakeStudent()
    ask = replace(bench(student, Match("none")), library=Rewritten())
    answer = finished(run(ask, question("Hello.", strategy="late-en")))
    assert answer.strategy is not None
    assert answer.strategy.strategy == LATE_EN
    assert "Apologise" in student.prompts[0]


def test_without_a_strategy_nothing_is_searched() -> None:
    student = FakeStudent()
    answer = finished(run(bench(student, matched(LATE_EN)), question("It is late.", use_strategy=False)))
    assert (answer.match, answer.strategy) == ("off", None)
    assert "Apologise" not in student.prompts[0]


def test_a_stop_keeps_what_was_said() -> None:
    cancel = threading.Event()
    student = FakeStudent(["one two three four"])
    ask = bench(student, matched(LATE_EN))
    events = []
    for event in ask(question("It is late."), cancel):
        events.append(event)
        if isinstance(event, Token) and event.text == " two":
            cancel.set()
    answer = finished(events)
    assert (answer.answer, answer.finish) == ("one two", "cancelled")


class SlowToLoad(FakeStudent):
    """Loads until it is told to stop."""

    def load(self, cancel: threading.Event) -> Iterator[Progress]:
        yield Progress("loading", 0, 1)
        assert cancel.wait(60)

    def card(self) -> StudentCard:
        raise AssertionError("it is not loaded")


def test_a_stop_while_the_model_loads_ends_the_answer() -> None:
    cancel, events = threading.Event(), []
    ask = bench(SlowToLoad(), matched(LATE_EN))
    for event in ask(question("It is late."), cancel):
        events.append(event)
        if isinstance(event, Progress):
            cancel.set()
    answer = finished(events)
    assert (answer.match, answer.finish, answer.answer) == ("matched", "cancelled", "")
    assert isinstance(ask.history, Kept)
    assert [record[0] for record in ask.history.records] == [answer]


def test_a_dead_student_leaves_what_was_said() -> None:
    ask = bench(FakeStudent([StudentDied("It ended.", "Ask again."), "Fine."]), matched(LATE_EN))
    failed = run(ask, question("It is late."))[-1]
    assert isinstance(failed, Failed)
    assert failed.answer is not None
    assert (failed.answer.answer, failed.answer.finish) == ("I am", "error")
    assert failed.answer.error == {"kind": "student_died", "message": "It ended.", "hint": "Ask again."}
    assert isinstance(ask.history, Kept)
    assert [record[0] for record in ask.history.records] == [failed.answer]
    assert finished(run(ask, question("It is late."))).answer == "Fine."


def test_half_an_answer_is_checked_as_a_whole_one_is() -> None:
    class Dying(FakeStudent):
        def generate(
            self, pieces: Sequence[Piece], sampling: Sampling, cancel: threading.Event
        ) -> Iterator[Progress | Token | Generated]:
            *events, _ = super().generate(pieces, sampling, cancel)
            yield from (event for event in events if not isinstance(event, Generated))
            raise StudentDied("It ended.", "Ask again.")

    failed = run(bench(Dying(["A refund for Ms Tanaka"]), matched(LATE_EN)), question("It is late."))[-1]
    assert isinstance(failed, Failed)
    assert failed.answer is not None
    assert (failed.answer.answer, failed.answer.finish) == ("A refund for Ms Tanaka", "error")
    assert [(result.id, result.ok) for result in failed.answer.policies] == [("p-en", False)]
    assert failed.answer.unsupported == ("Tanaka",)


def test_an_answer_that_cannot_be_kept_is_told_all_the_same() -> None:
    class Full(Kept):
        def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
            raise StorageError("The disk is full.", "Free some space.")

    ask = replace(bench(FakeStudent(["I am sorry."]), matched(LATE_EN)), history=Full())
    failed = run(ask, question("It is late."))[-1]
    assert isinstance(failed, Failed)
    assert failed.error.what == "The disk is full."
    assert failed.answer is not None
    assert (failed.answer.answer, failed.answer.finish) == ("I am sorry.", "stop")
    assert failed.answer.error == failed.error.to_dict()


@pytest.mark.parametrize("text", ["", "  \n", "\x1b[31m\x00"])
def test_an_empty_message_is_a_usage_error(text: str) -> None:
    events = run(bench(FakeStudent(), matched(LATE_EN)), question(text))
    assert isinstance(events[-1], Failed)
    assert events[-1].error.exit_code == 2


def test_what_the_student_says_is_cleaned() -> None:
    answer = finished(run(bench(FakeStudent(["a\x1b[31mb\x07"]), matched(LATE_EN)), question("It is late.")))
    assert answer.answer == "ab"


@pytest.mark.parametrize(
    ("turns", "language", "expected"),
    [
        (["部品に傷"], None, "ja"),
        (["Late."], None, "en"),
        (["部品に傷", "12345"], None, "ja"),
        (["Late."], "ja", "ja"),
        (["部品が届きません。\n\n> Dear Mr. Tanaka,\n> Thank you for your order of last week."], None, "ja"),
        (["これです https://example.com/orders/4711/photographs"], None, "ja"),
        (["こんにちは"], None, "ja"),
        (["お世話になっております。\nPO-12345\nよろしくお願いいたします。"], None, "ja"),
        (["こんにちは。12345"], None, "ja"),
        (["お世話になっております。\nInvoice no. 4711\n\n以上、よろしくお願いいたします。"], None, "ja"),
        (["傷です。よろしくお願いします。\n\nTaro Tanaka\nPurchasing, Acme Manufacturing Ltd."], None, "ja"),
        (["お願いします。\n\nOn 3 May 2026 at 10:00, Support wrote:\nYour order is late."], None, "ja"),
        (["部品に傷", "https://example.com/orders/4711"], None, "ja"),
        (["部品に傷", "A-7741"], None, "ja"),
        (["部品に傷", "LOT A-7741"], None, "ja"),
        (["部品に傷", "SUS304-M8"], None, "ja"),
        (["部品に傷", "The lot is A-7741."], None, "en"),
        (["Late.", "LOT A-7741"], None, "en"),
        (["納期はいつですか。", "Lot A-7741"], None, "ja"),
        (["納期はいつですか。", "Thanks"], None, "ja"),
        (["納期はいつですか。", "Many thanks"], None, "en"),
        (["Lot A-7741"], None, "en"),
        (["When will it come?", "Lot A-7741"], None, "en"),
    ],
)
def test_the_language_of_the_answer(turns: list[str], language: str | None, expected: str) -> None:
    asked = Question(turns=tuple(Turn("customer", text) for text in turns), language=language)
    assert finished(run(bench(FakeStudent(), Match("waiting")), asked)).language == expected


def test_the_oldest_turns_are_cut_first_and_it_is_said() -> None:
    student = FakeStudent(context=120)
    turns = tuple(Turn("customer", f"turn{n} " + "word " * 20) for n in range(6))
    answer = finished(run(bench(student, matched(LATE_EN)), Question(turns=turns)))
    assert answer.cut_turns > 0
    assert "turn0" not in student.prompts[0]
    assert "turn5" in student.prompts[0]
    assert "Apologise" in student.prompts[0]


def test_a_message_past_the_context_says_how_much_fits() -> None:
    events = run(bench(FakeStudent(context=120), matched(LATE_EN)), question("word " * 1200))
    assert isinstance(events[-1], Failed)
    assert events[-1].error.kind == "too_long"
    assert "1,201 tokens" in events[-1].error.hint
