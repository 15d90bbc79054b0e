"""What every student promises, the fake as well as the real one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from denju.events import Progress, Token
from denju.student.ctransformers_student import CtransformersStudent
from denju.student.models import ModelFile
from denju.student.port import Control, Generated, Sampling, Student
from denju.student.prompt import Guidance, build
from denju.testing import FakeStudent
from denju.values import Strategy, Turn
from gguf_files import write

GUIDANCE = Guidance(
    language="en", strategy=Strategy(title="Scratch", situation="A part is scratched", steps=("Thank",))
)
TURNS = [Turn("customer", "the part"), Turn("agent", "thanks"), Turn("customer", "that")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(params=["fake", "ctransformers"])
def student(
    request: pytest.FixtureRequest, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Student]:
    monkeypatch.setenv("DENJU_SLOT", str(tmp_path / "slot"))
    made: Student = FakeStudent(["word " * 30])
    if request.param == "ctransformers":
        made = CtransformersStudent(model=ModelFile(tiny, "0" * 64))
    yield made
    made.close()


def test_what_the_prompt_counts_is_what_the_student_reads(student: Student) -> None:
    card = student.card()
    prompt = build(
        GUIDANCE, TURNS, template="practice", count_tokens=student.count_tokens, context=card.context, max_tokens=8
    )
    *_, end = student.generate(prompt.pieces, Sampling(max_tokens=4), threading.Event())
    assert isinstance(end, Generated)
    assert end.prompt == prompt.tokens


def test_an_answer_is_tokens_and_then_its_end(student: Student) -> None:
    pieces = [Control("bos"), "the part", Control("agent")]
    for most in (0, 1, 5):
        *events, end = student.generate(pieces, Sampling(max_tokens=most), threading.Event())
        assert isinstance(end, Generated)
        assert (end.finish, end.completion) == ("length", most)
        assert all(isinstance(event, (Progress, Token)) for event in events)
        assert sum(isinstance(event, Token) for event in events) <= most


def test_a_cancelled_answer_says_so_and_the_next_one_comes(student: Student) -> None:
    cancel, said = threading.Event(), 0
    for event in student.generate([Control("bos"), "the part"], Sampling(max_tokens=25), cancel):
        if isinstance(event, Token):
            assert not cancel.is_set()
            said += 1
        if said == 2:
            cancel.set()
    assert isinstance(event, Generated)
    assert event.finish == "cancelled"
    *_, end = student.generate([Control("bos"), "the part"], Sampling(max_tokens=25), threading.Event())
    assert isinstance(end, Generated)
    assert end.finish == "length"


def test_texts_are_counted_each_by_itself(student: Student) -> None:
    assert student.count_tokens([]) == []
    assert student.count_tokens(["", "the part"])[0] == 0
    one, two = student.count_tokens(["the part"]) + student.count_tokens(["that"])
    assert student.count_tokens(["the part", "that"]) == [one, two]


def test_it_may_be_used_after_close(student: Student) -> None:
    before = student.card()
    student.close()
    student.close()
    assert student.card() == before
