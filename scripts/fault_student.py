"""What can go wrong around the student, at length; prints a small table for each part, exits 1 when one fell short.

    python scripts/fault_student.py [--files 200] [--stops 100] [files stops sessions holders]

files      byte-flipped, truncated and foreign model files: one clear line for each (a crash of
           the parent would end this script)
stops      answers stopped at random moments: how long a stop takes to be felt, and whether the next answer is the same
sessions   two sessions at once against one: the student slot must keep their sum near one session's speed
holders    a killed holder of the slot: how long the next one waits
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from denju.errors import StudentDied, StudentError
from denju.events import Progress, Token
from denju.student.ctransformers_student import CtransformersStudent
from denju.student.models import ModelFile, practice_model
from denju.student.port import Control, Generated, Piece, Sampling
from denju.student.prompt import Guidance, build
from denju.student.slot import VARIABLE
from denju.values import Turn
from denju.workbench import Workbench

PROMPT: list[Piece] = [
    Control("bos"), Control("guidance"), "製造業の窓口として日本語で答える。手順の順に進める。\n1. お詫びする\n" * 8,
    Control("customer"), "部品に傷があります。田中です。注文番号は A-1023 です。", Control("agent"),
]  # fmt: skip
ANSWER = Sampling(max_tokens=120, temperature=1.0, seed=5)
FOREIGN = (b"", b"GGUF", b"%PDF-1.7\n" * 99, b"PK\3\4" * 99, b"tjgg" * 99, bytes(8) + b'{"__metadata__":{}}' * 99)


def said(student: CtransformersStudent, sampling: Sampling = ANSWER) -> str:
    """One whole answer."""
    events = student.generate(PROMPT, sampling, threading.Event())
    return "".join(event.text for event in events if isinstance(event, Token))


def table(title: str, rows: dict[str, object]) -> None:
    """A table of two columns."""
    print(f"\n| {title} | |\n| --- | ---: |")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


def files(count: int, _stops: int) -> bool:
    """Mutated model files, through the real child."""
    good, draw = practice_model().path.read_bytes(), random.Random(1)
    header = good.index(b"output.weight") + 64
    outcomes: Counter[str] = Counter()
    unclear = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutated.gguf"
        for number in range(count):
            changed = bytearray(good)
            if number % 10 == 9:
                changed = bytearray(FOREIGN[number // 10 % len(FOREIGN)])
            elif number % 10 > 6:
                del changed[draw.randrange(len(good)) :]
            else:
                for _ in range(draw.randint(1, 30)):
                    changed[draw.randrange(header if number % 2 else len(good))] = draw.randrange(256)
            path.write_bytes(changed)
            student = CtransformersStudent(model=ModelFile(path, "0" * 64, copied=number % 3 == 0))
            try:
                said(student, Sampling(max_tokens=5))
                outcomes["loaded and answered"] += 1
            except StudentError as error:
                crashed = "could not be loaded" in error.what or isinstance(error, StudentDied)
                outcomes["crashed the child" if crashed else "refused"] += 1
                unclear += not error.what or not error.hint or "\n" in error.what
            finally:
                student.close()
    table("model files", {"tried": count, **outcomes, "unclear messages": unclear})
    return not unclear


def stops(_files: int, count: int) -> bool:
    """Stops at random moments, each followed by an answer that must equal the undisturbed one."""
    student, draw = CtransformersStudent(model=practice_model()), random.Random(2)
    expected = said(student)
    begin = time.monotonic()
    said(student)
    whole = time.monotonic() - begin
    felt: list[float] = []
    different = 0
    for number in range(count):
        cancel, pieces = threading.Event(), [*PROMPT[:3], f"{number} 番目の話です。" * draw.randint(0, 40), *PROMPT[3:]]
        stopped_at: list[float] = []

        def stop(cancel: threading.Event = cancel, stopped_at: list[float] = stopped_at) -> None:
            stopped_at.append(time.monotonic())
            cancel.set()

        timer = threading.Timer(draw.uniform(0, whole), stop)
        timer.start()
        for _ in student.generate(pieces, ANSWER, cancel):
            pass
        if stopped_at:
            felt.append(time.monotonic() - stopped_at[0])
        timer.cancel()
        timer.join()
        different += said(student) != expected
    student.close()
    slowest = max(felt, default=0.0)
    rows = {
        "stops": count,
        "of these, while the student spoke": len(felt),
        "felt after, median": f"{statistics.median(felt) * 1000:.0f} ms",
        "felt after, slowest": f"{slowest * 1000:.0f} ms",
        "next answers that differ": different,
    }
    table("stops", rows)
    return not different and slowest < 0.3


def asked(student: CtransformersStudent) -> list[Sequence[Piece]]:
    """Prompts as the app makes them: a cue of the starter library each, with its strategy and all other guidance."""
    with tempfile.TemporaryDirectory() as home, Workbench(environ={"DENJU_HOME": home}) as bench:
        serving = bench.library.serving()
    card, prompts = student.card(), list[Sequence[Piece]]()
    for language in ("ja", "en"):
        own = [each for each in serving if each.language == language]
        policies, general = (tuple(each for each in own if each.scope == scope) for scope in ("policy", "general"))
        for strategy in [each for each in own if each.cues][::5]:
            guidance = Guidance(language, policies=policies, general=general, strategy=strategy)
            prompt = build(
                guidance, [Turn("customer", strategy.cues[0])], template="practice", count_tokens=student.count_tokens,
                context=card.context, max_tokens=256,
            )  # fmt: skip
            prompts.append(prompt.pieces)
    return prompts


def speed(student: CtransformersStudent, prompts: Sequence[Sequence[Piece]]) -> tuple[int, float]:
    """Tokens of the answers, and the seconds they took with all waiting."""
    begin, tokens = time.monotonic(), 0
    for prompt in prompts:
        for event in student.generate(prompt, Sampling(max_tokens=256), threading.Event()):
            if isinstance(event, Generated):
                tokens += event.completion
    return tokens, time.monotonic() - begin


def sessions(_files: int, _stops: int) -> bool:
    """Two sessions at once, with as many threads as there are cores: the worst case without a slot."""
    threads = len(os.sched_getaffinity(0))
    pair = [CtransformersStudent(model=practice_model(), threads=threads) for _ in range(2)]
    for student in pair:
        said(student)
    prompts = asked(pair[0])
    tokens, seconds = speed(pair[0], prompts)
    alone = tokens / seconds
    begin = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        tokens = sum(each for each, _ in pool.map(lambda student: speed(student, prompts), pair))
    together = tokens / (time.monotonic() - begin)
    for student in pair:
        student.close()
    table(
        f"sessions, {threads} threads each",
        {
            "answers each": f"{len(prompts)}",
            "one, tokens/s": f"{alone:,.0f}",
            "two, tokens/s together": f"{together:,.0f}",
            "ratio": f"{together / alone:.2f}",
        },
    )
    return together >= 0.9 * alone


def holders(_files: int, _stops: int) -> bool:
    """Kill the session that holds the slot, as often as 20 times."""
    waits: list[float] = []
    for _ in range(20):
        first, second = (CtransformersStudent(model=practice_model()) for _ in range(2))
        second.card()
        events = first.generate(PROMPT, Sampling(max_tokens=1_000), threading.Event())
        while not isinstance(next(events), Token):
            pass
        assert first._process
        os.kill(first._process.pid, signal.SIGSTOP)  # it holds the slot and goes on holding it
        waiting = second.generate(PROMPT, ANSWER, threading.Event())
        while not (isinstance(event := next(waiting), Progress) and event.stage == "waiting"):
            pass
        begin = time.monotonic()
        os.kill(first._process.pid, signal.SIGKILL)
        while not isinstance(next(waiting), Token):
            pass
        waits.append(time.monotonic() - begin)
        for student in (first, second):
            student.close()
    rows = {
        "killed holders": len(waits),
        "next session's first token, median": f"{statistics.median(waits) * 1000:.0f} ms",
        "slowest": f"{max(waits) * 1000:.0f} ms",
    }
    table("holders", rows)
    return max(waits) < 2


PARTS: dict[str, Callable[[int, int], bool]] = {
    "files": files, "stops": stops, "sessions": sessions, "holders": holders
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--stops", type=int, default=100)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = f"{folder}/slot"  # a person's own session goes on undisturbed
        held = [PARTS[part](wanted.files, wanted.stops) for part in wanted.parts or PARTS]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
