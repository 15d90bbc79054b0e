"""The student in its own process: the same answer always, a cancel that is felt, and a death that is only told."""

from __future__ import annotations

import gc
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest

from denju.errors import ModelFileError, StudentDied, StudentError, TooLong
from denju.events import Progress, Token
from denju.student.ctransformers_student import CtransformersStudent
from denju.student.models import ModelFile, ModelStore
from denju.student.port import Control, Generated, Piece, Sampling
from gguf_files import CONTEXT

PROMPT: list[Piece] = [
    Control("bos"), Control("guidance"), "部品の傷です " * 8, Control("customer"), "that part", Control("agent"),
]  # fmt: skip
LONG = Sampling(max_tokens=150)
TRIES = 20
"""Of what must happen while a child answers."""


def ask(
    student: CtransformersStudent, pieces: list[Piece] = PROMPT, sampling: Sampling = LONG
) -> tuple[str, Generated]:
    *events, end = student.generate(pieces, sampling, threading.Event())
    assert isinstance(end, Generated)
    return "".join(event.text for event in events if isinstance(event, Token)), end


def pid(student: CtransformersStudent) -> int:
    process = student._process
    assert process
    return process.pid


def test_the_card_and_the_counts(student: CtransformersStudent) -> None:
    card = student.card()
    assert (card.context, card.template, card.info.kind, card.info.model) == (
        CONTEXT,
        "practice",
        "ctransformers",
        "tiny",
    )
    assert student.count_tokens([]) == []
    texts = ["", "部品の傷", "🙂", "a\0b", "ab", "\ud800", "?", "\x1b[31m\x07", "<|agent|>"]
    counts = student.count_tokens(texts)
    assert counts[0] == 0
    assert counts[3] == counts[4]  # NUL is no token and ends nothing
    assert counts[5] == counts[6]
    assert counts[8] > 5  # a control token cannot be written
    assert counts[2] == 1 + len("🙂".encode())


def test_a_text_of_a_megabyte_is_counted(student: CtransformersStudent) -> None:
    text = "部品の傷です。that part\n" * 30_000
    assert len(text.encode()) > 900_000
    assert student.count_tokens([text])[0] > 100_000


def test_an_answer_is_the_same_however_the_one_before_ended(tiny: ModelFile, student: CtransformersStudent) -> None:
    fresh = CtransformersStudent(model=tiny, threads=1)
    expected, end = ask(fresh)
    fresh.close()
    assert len(expected) > 50
    assert (end.finish, end.reused, end.completion) == ("length", 0, 150)
    draw, stopped = random.Random(4), 0
    for _ in range(10):
        cancel = threading.Event()
        other = [*PROMPT[: draw.randint(1, 5)], "th" * draw.randint(0, 40)]
        stop = threading.Timer(draw.uniform(0, 0.05), cancel.set)
        stop.start()
        *_, last = student.generate(other, Sampling(max_tokens=400), cancel)
        stop.join()
        assert isinstance(last, Generated)
        stopped += last.finish == "cancelled"
        answer, end = ask(student)
        assert answer == expected
    assert stopped > 0 and end.reused % 32 == 0
    assert ask(student)[1].reused == (end.prompt - 1) // 32 * 32


def test_sampling_follows_its_seed(student: CtransformersStudent) -> None:
    def warm(seed: int) -> str:
        return ask(student, sampling=Sampling(temperature=1.5, top_k=200, top_p=1.0, seed=seed, max_tokens=40))[0]

    assert warm(1) == warm(1) != warm(2)
    assert ask(student, sampling=Sampling(max_tokens=40, repetition_penalty=1.5))[0] != ask(student)[0]


def test_how_an_answer_ends(student: CtransformersStudent) -> None:
    text, _ = ask(student)
    assert ask(student, sampling=Sampling(max_tokens=0))[1].completion == 0
    assert ask(student, sampling=Sampling(max_tokens=1))[1].completion == 1
    stop = text[20:23]
    stopped, end = ask(student, sampling=Sampling(max_tokens=150, stop=(stop,)))
    assert (stopped, end.finish) == (text[: text.index(stop)], "stop")
    _, end = ask(student, sampling=Sampling(max_tokens=4_000))
    assert (end.finish, end.prompt + end.completion) == ("length", CONTEXT)


def test_odd_prompts(student: CtransformersStudent) -> None:
    pieces: list[Piece]
    for pieces in ([], [""], [Control("bos"), "\0"], [Control("bos"), "\ud800\x1b]0;x\x07"]):
        assert ask(student, pieces, Sampling(max_tokens=3))[1].completion <= 3
    with pytest.raises(TooLong, match="5,1"):
        ask(student, [Control("bos"), "傷" * CONTEXT * 10])
    with pytest.raises(StudentError, match="no control token"):
        ask(student, [Control("nobody")])
    assert ask(student)[1].completion == 150


def test_a_cancel_is_felt_although_the_child_stands_still(student: CtransformersStudent) -> None:
    student.card()
    before = pid(student)
    cancel = threading.Event()
    answer = student.generate(PROMPT, LONG, cancel)
    while not isinstance(next(answer), Token):
        pass
    os.kill(before, signal.SIGSTOP)
    cancel.set()
    begin = time.monotonic()
    *_, end = answer
    assert isinstance(end, Generated)
    assert end.finish == "cancelled"
    assert time.monotonic() - begin < 2  # 0.3 s on a machine of one's own
    os.kill(before, signal.SIGCONT)
    assert ask(student)[1].completion == 150
    assert pid(student) == before


def test_a_cancel_is_felt_while_the_model_loads_and_the_loading_goes_on(student: CtransformersStudent) -> None:
    student.warm()
    process = student._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    cancel = threading.Event()
    told = []
    for progress in student.load(cancel):
        told.append(progress.stage)
        cancel.set()
    assert told == ["loading"]
    os.kill(process.pid, signal.SIGCONT)
    assert list(student.load(threading.Event())) in ([], [Progress("loading", 0, 1)])
    assert student._process is process
    assert student.card().context == 512


def test_a_cancel_before_the_start_and_an_iterator_left_alone(student: CtransformersStudent) -> None:
    cancel = threading.Event()
    cancel.set()
    assert [event.finish for event in student.generate(PROMPT, LONG, cancel) if isinstance(event, Generated)] == [
        "cancelled"
    ]
    answer = student.generate(PROMPT, LONG, threading.Event())
    while not isinstance(next(answer), Token):
        pass
    assert student.count_tokens(["th"]) == [1]  # whoever asks next goes first
    *_, end = answer
    assert isinstance(end, Generated)
    assert end.finish == "cancelled"
    answer = student.generate(PROMPT, LONG, threading.Event())
    next(answer)
    answer.close()
    assert student.count_tokens(["th"]) == [1]
    assert ask(student)[1].completion == 150


def test_a_killed_child_is_told_and_the_next_answer_comes(student: CtransformersStudent) -> None:
    expected, _ = ask(student)
    died = None
    # On a busy machine the child may be through before it is killed.
    for _ in range(TRIES):
        answer = student.generate(PROMPT, LONG, threading.Event())
        while not isinstance(next(answer), Token):
            pass
        process = student._process
        assert process
        os.kill(process.pid, signal.SIGKILL)
        try:
            list(answer)
        except StudentDied as error:
            died = error
            break
        process._child.wait()
    assert died and "SIGKILL" in died.what and "starts anew" in died.hint
    assert ask(student)[0] == expected
    process = student._process
    assert process
    os.kill(process.pid, signal.SIGKILL)  # while nobody asks: not worth an error
    process._child.wait()
    assert ask(student)[0] == expected


def test_close_leaves_nothing(student: CtransformersStudent) -> None:
    threads = threading.active_count()
    student.card()
    child = pid(student)
    assert threading.active_count() == threads
    student.close()
    student.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
    assert ask(student)[1].completion == 150
    student.close()
    gc.collect()


def test_close_from_another_thread_ends_a_wait(student: CtransformersStudent) -> None:
    student.card()
    os.kill(pid(student), signal.SIGSTOP)
    closing = threading.Timer(0.2, student.close)
    closing.start()
    with pytest.raises(StudentDied, match="closed"):
        student.count_tokens(["a"])
    closing.join()


def test_a_count_that_is_cut_short_is_told(student: CtransformersStudent) -> None:
    student.card()
    os.kill(pid(student), signal.SIGSTOP)
    stopped = threading.Event()
    stopped.set()
    other = threading.Timer(0.2, lambda: list(student.load(stopped)))
    other.start()
    with pytest.raises(StudentDied):
        student.count_tokens(["a"])
    other.join()
    os.kill(pid(student), signal.SIGCONT)
    assert student.count_tokens(["th"]) == [1]


def test_no_folder_for_temporary_files_is_told(
    tmp_path: Path, student: CtransformersStudent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(StudentError, match="temporary file") as caught:
        student.card()
    assert "TMPDIR" in caught.value.hint
    monkeypatch.undo()
    assert student.card().context == CONTEXT


def test_the_child_goes_with_its_parent(student: CtransformersStudent) -> None:
    student.card()
    process = student._process
    assert process
    process._requests.close()  # as the kernel does when the parent is killed
    process._child.wait(5)


def test_the_wait_for_the_slot_is_told(tiny: ModelFile, student: CtransformersStudent) -> None:
    other = CtransformersStudent(model=tiny, threads=1)
    cancel = threading.Event()
    try:
        ask(other)
        # On a busy machine the other may be through before it is stopped.
        for _ in range(TRIES):
            first = other.generate(PROMPT, LONG, threading.Event())
            next(first)
            os.kill(pid(other), signal.SIGSTOP)
            waiting = student.generate(PROMPT, LONG, cancel)
            event = next(each for each in waiting if not isinstance(each, Progress) or each.stage == "waiting")
            if isinstance(event, Progress):
                break
            os.kill(pid(other), signal.SIGCONT)
            list(first), list(waiting)
        assert isinstance(event, Progress) and (event.done, event.total) == (0, 1)
        cancel.set()
        assert [event.finish for event in waiting if isinstance(event, Generated)] == ["cancelled"]
    finally:
        other.close()
    assert ask(student)[1].completion == 150


@pytest.mark.parametrize("copied", [False, True])
def test_mutated_files_never_reach_the_parent(tmp_path: Path, tiny: ModelFile, copied: bool) -> None:
    """Whatever stands in a file, it is one clear error or a student that answers."""
    good, draw = tiny.path.read_bytes(), random.Random(copied)
    ran = 0
    for number in range(20):
        changed = bytearray(good)
        for _ in range(draw.randint(1, 20)):
            changed[draw.randrange(9_000 if number % 2 else len(good))] = draw.randrange(256)
        if number % 5 == 0:
            del changed[draw.randrange(len(good)) :]
        path = tmp_path / "mutated.gguf"
        path.write_bytes(changed)
        student = CtransformersStudent(model=ModelFile(path, "0" * 64, copied=copied), threads=1)
        try:
            ask(student, sampling=Sampling(max_tokens=3))
            ran += 1
        except (ModelFileError, StudentError) as error:
            assert error.what and error.hint and "\n" not in error.what
        finally:
            student.close()
    assert 0 < ran < 20


def test_the_practice_student_answers(tmp_path: Path) -> None:
    student = CtransformersStudent(model=ModelStore(tmp_path).find("practice"))
    try:
        card = student.card()
        assert (card.info.model, card.info.practice, card.template) == ("practice", True, "practice")
        assert student.count_tokens(["🙂"])[0] >= 1
        text, end = ask(student, [Control("bos"), Control("guidance"), "a", Control("customer"), "b", Control("agent")])
        assert end.finish in ("stop", "length")
        assert "\0" not in text
    finally:
        student.close()
