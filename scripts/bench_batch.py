"""Batch answering against a bare loop, in one run: ``python scripts/bench_batch.py [--rows 1000] [PART …]``.

speed     rows a second against a bare ctransformers loop over the same prompts: as they come, with what rows share
          evaluated once, and with two workers; and whether all four give the same answers. The rows are answered in
          four blocks, each in all four ways one after another; a ratio is the median over the blocks
memory    what a second worker takes of a file shaped like a model of 1.1 billion parameters (random weights)
search    a dry run of 100,000 rows: rows a second, and memory from row 1,000 to row 100,000

Every part prints a table and whether it reached its aim; exit code 1 when one did not.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import re
import statistics
import struct
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from denju.answering.batch.batches import Batches, Crew
from denju.answering.batch.forecast import Forecast
from denju.answering.batch.job import Tally
from denju.answering.batch.snapshot import Snapshot
from denju.events import Progress, Token
from denju.paths import Paths
from denju.student.ctransformers_student import CtransformersStudent
from denju.student.models import ModelFile, ModelStore, practice_model
from denju.student.native import CHUNK, NativeModel
from denju.student.port import Control, Generated, Piece, Sampling, StudentCard
from denju.student.slot import VARIABLE
from denju.student.speech import Speech
from denju.values import Strategy, Turn
from denju.workbench import Workbench

STRATEGIES, LONGEST = 20, 64
"""Strategies that the rows are about, and tokens of an answer."""
BLOCKS = 4
"""Every way answers a block of the rows, in turns: what else the machine does meets them alike."""


@dataclass
class Watched:
    """A student whose prompts are kept, by the customer's message; a ``forgetful`` one uses nothing again."""

    student: CtransformersStudent
    forgetful: bool = False
    prompts: dict[str, Sequence[Piece]] = field(default_factory=dict)
    forgetting: float = 0.0
    """Seconds that it took to forget."""

    def warm(self) -> None:
        self.student.warm()

    def load(self, cancel: threading.Event) -> Iterator[Progress]:
        return self.student.load(cancel)

    def card(self) -> StudentCard:
        return self.student.card()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.student.count_tokens(texts)

    def generate(
        self, pieces: Sequence[Piece], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | Token | Generated]:
        if self.forgetful:
            began = time.monotonic()
            for _ in self.student.generate([Control("eos")], Sampling(max_tokens=0), cancel):
                pass
            self.forgetting += time.monotonic() - began
        self.prompts[[each for each in pieces if isinstance(each, str)][-1]] = pieces
        return self.student.generate(pieces, sampling, cancel)

    def close(self) -> None:
        self.student.close()


class Bare:
    """The library's own calls, one prompt after another."""

    def __init__(self) -> None:
        model, header = practice_model(), practice_model().header
        self._native = NativeModel(model.path, context=header.context, threads=1, mapped=False)
        self._special = {"bos": header.bos, "eos": header.eos, **header.control}
        self._ends = {*self._special.values()} - {header.bos}
        self.seconds: list[float] = []
        """Of each block."""

    def block(self, prompts: Sequence[Sequence[Piece]]) -> list[str]:
        """The answers to these."""
        began = time.monotonic()
        answers = [self._answer(each) for each in prompts]
        self.seconds.append(time.monotonic() - began)
        return answers

    def _answer(self, pieces: Sequence[Piece]) -> str:
        native, llm = self._native, self._native._model
        prompt = list[int]()
        for piece in pieces:
            prompt += native.tokenize(piece) if isinstance(piece, str) else [self._special[piece.name]]
        llm.reset()
        llm.eval(prompt, batch_size=CHUNK, threads=1)
        speech, said = Speech(()), ""
        for count in itertools.count(1):
            token = llm.sample(top_k=1, temperature=1.0, repetition_penalty=1.0)
            if token in self._ends:
                break
            said += speech.feed(native.bytes_of(token))
            if count == LONGEST:
                break
            llm.eval([token], batch_size=CHUNK, threads=1)
        return said + speech.rest()


def table(title: str, rows: dict[str, str]) -> None:
    print(f"\n| {title} | |\n| --- | ---: |")
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    sys.stdout.flush()


@dataclass
class Way:
    """One way to answer rows, and what it took so far."""

    students: Sequence[Watched]
    seconds: list[float] = field(default_factory=list)
    """Of each block."""
    students_processor: float = 0.0
    """Seconds of all students …"""
    run_processor: float = 0.0
    """… and of this process."""
    prompt: int = 0
    reused: int = 0
    completion: int = 0


def speed(workbench: Workbench, folder: Path, count: int) -> bool:
    snapshot = Snapshot(_few(workbench.library.serving()))
    # As in every run but the first one over a library, the index and its calibration lie on the disk already.
    workbench.batches.ask(snapshot, 0, None).search.search([Turn("customer", "?")], language="en")
    ways = {"plain": Way(_watched(1, forgetful=True)), "shared": Way(_watched(1)), "two": Way(_watched(2))}
    bare, equal, strategies = Bare(), True, set[str]()
    for block in range(BLOCKS):
        source, answers = folder / f"in-{block}.jsonl", list[list[str]]()
        numbers = range(block * count // BLOCKS, (block + 1) * count // BLOCKS)
        texts = _write_rows(source, snapshot.serving(), numbers)
        for name, way in ways.items():
            records = _run(workbench, snapshot, source, folder / f"{name}-{block}.jsonl", way)
            answers.append([each["answer"] for each in records])
            strategies |= {each["strategy"]["id"] for each in records if each["strategy"]}
            if name == "plain":
                prompts = way.students[0].prompts
                answers.append([each.strip() for each in bare.block([prompts[text] for text in texts])])
        equal = equal and all(each == answers[0] for each in answers)
    for student in (student for way in ways.values() for student in way.students):
        student.close()
    plain, shared, two = ways.values()
    tokens = plain.prompt + plain.completion
    of_bare, gain = _ratio(bare.seconds, plain.seconds), _ratio(bare.seconds, shared.seconds)
    twice = _ratio(shared.seconds, two.seconds)
    rows = {
        "rows, strategies": f"{count:,}, {len(strategies)}",
        "bare loop": f"{count / sum(bare.seconds):.1f} rows/s, {tokens / sum(bare.seconds):,.0f} tokens/s",
        "batch, nothing shared, of the bare loop's tokens/s (aim 97 %)": f"{of_bare:.1%}",
        "batch, prefixes shared, of the bare loop's rows/s (aim 1.8)": f"{gain:.2f}",
        "… tokens of the prompts that were evaluated already": f"{shared.reused / shared.prompt:.0%}",
        "two workers, of one's rows/s (aim 1.8)": f"{twice:.2f}",
        "milliseconds a row, bare": f"{sum(bare.seconds) / count * 1e3:.1f}",
        **{
            f"… {name}: by the clock, student's and run's processor time": f"{sum(way.seconds) / count * 1e3:.1f}, "
            f"{way.students_processor / count * 1e3:.1f}, {way.run_processor / count * 1e3:.1f}"
            for name, way in ways.items()
        },
        "identical answers": "yes" if equal else "NO",
    }
    table("speed", rows)
    return equal and of_bare >= 0.97 and gain >= 1.8 and twice >= 1.8


def memory(_workbench: Workbench, folder: Path, _count: int) -> bool:
    model = ModelStore(folder / "models").use(_large(folder / "large.gguf"))
    pieces: list[Piece] = [Control("bos"), "a" * 40]
    alone, students = 0, _students(2, model)
    for student in students:
        for _ in student.generate(pieces, Sampling(max_tokens=2), threading.Event()):
            pass
        alone = alone or _pss(students[:1])
    both, size = _pss(students), model.path.stat().st_size
    for student in students:
        student.close()
    rows = {
        "model": f"{size / 1e6:,.0f} MB",
        "one worker": f"{alone / 1e6:,.0f} MB",
        "the second one's own (aim 25 % of the model)": f"{(both - alone) / 1e6:,.0f} MB, {(both - alone) / size:.1%}",
    }
    table("memory", rows)
    return both - alone <= size / 4


def search(workbench: Workbench, folder: Path, _count: int) -> bool:
    source, rows = folder / "many.jsonl", 100_000
    _write_rows(source, workbench.library.serving(), range(rows))
    order, sizes, last = workbench.batches.order(str(source)), list[int](), None
    processor = time.process_time()
    for last in workbench.batches.forecast(order, threading.Event(), workers=1):
        if isinstance(last, Tally) and last.done >= 1_000:
            sizes.append(_resident())
    assert isinstance(last, Forecast)
    processor, grown = time.process_time() - processor, max(sizes) - sizes[0]
    found = {
        "rows, strategies": f"{last.rows:,}, {len(last.strategies)}",
        "rows/s (aim 2,000)": f"{rows / last.seconds:,.0f}",
        "rows a second of processor time": f"{rows / processor:,.0f}",
        "memory grown from row 1,000 on (aim 50 MB)": f"{grown / 1e6:.0f} MB",
    }
    table("search", found)
    return rows / last.seconds >= 2_000 and grown <= 50e6


def _students(count: int, model: ModelFile | None = None) -> list[CtransformersStudent]:
    return [CtransformersStudent(model=model or practice_model(), threads=1, slot=False) for _ in range(count)]


def _watched(count: int, *, forgetful: bool = False) -> list[Watched]:
    return [Watched(each, forgetful) for each in _students(count)]


def _few(serving: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """``STRATEGIES`` of the starter library, in both languages, with all that is not searched."""
    found = [each for each in serving if each.scope == "scenario" and each.cues]
    groups = dict.fromkeys(each.group() for each in found)
    few = [each for group in groups for each in found if each.group() == group][:STRATEGIES]
    return (*few, *(each for each in serving if each.scope != "scenario"))


def _run(workbench: Workbench, snapshot: Snapshot, source: Path, target: Path, way: Way) -> list[dict[str, Any]]:
    """Answer the rows of ``source``; returns the records."""

    @contextlib.contextmanager
    def crew(_count: int) -> Iterator[Crew]:
        yield Crew(way.students, lambda _cancel: contextlib.nullcontext())

    for student in way.students:
        student.card()
        student.forgetting = 0.0
    batches: Batches = replace(workbench.batches, crew=crew, snapshot=lambda: snapshot)
    students, run = sum(map(_processor, way.students)), time.process_time()
    *_, tally = batches.run(batches.order(str(source), max_tokens=LONGEST), target, threading.Event())
    assert isinstance(tally, Tally)
    way.seconds.append(tally.seconds - sum(each.forgetting for each in way.students))
    way.students_processor += sum(map(_processor, way.students)) - students
    way.run_processor += time.process_time() - run
    way.prompt, way.reused = way.prompt + tally.prompt, way.reused + tally.reused
    way.completion += tally.completion
    return [json.loads(line) for line in target.read_text("utf-8").splitlines()]


def _ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """How many times faster: the median over the blocks, for a busy moment of the machine meets only one."""
    return statistics.median(one / other for one, other in zip(slow, fast, strict=True))


def _write_rows(path: Path, strategies: Sequence[Strategy], numbers: range) -> list[str]:
    """Rows about these strategies, no two alike; returns the messages."""
    cues = [cue for each in strategies if each.scope == "scenario" for cue in each.cues]
    texts = [f"{cues[number * 7 % len(cues)]} ({number})" for number in numbers]
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    return texts


def _processor(student: Watched) -> float:
    """Seconds of processor time that a student's process has taken."""
    assert student.student._process
    fields = Path(f"/proc/{student.student._process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(students: Sequence[CtransformersStudent]) -> int:
    total = 0
    for each in students:
        assert each._process
        text = Path(f"/proc/{each._process.pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        assert found
        total += int(found[1]) * 1024
    return total


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _large(path: Path) -> Path:
    """The practice model's header over weights shaped like TinyLlama's: 22 layers of width 2048, Q4_0."""
    width, narrow, deep, layers = 2048, 256, 5632, 22
    data = practice_model().path.read_bytes()
    head = bytearray(data[: data.index(b"token_embd.weight") - 8])
    changes = {
        "embedding_length": width, "block_count": layers, "feed_forward_length": deep, "attention.head_count": 32,
        "attention.head_count_kv": 4, "rope.dimension_count": 64,
    }  # fmt: skip
    for name, value in changes.items():
        key = f"llama.{name}".encode()
        at = head.index(struct.pack("<Q", len(key)) + key) + 8 + len(key)
        head[at + 4 : at + 8] = struct.pack("<I", value)
    vocabulary = practice_model().header.vocabulary
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (width, vocabulary)}
    for layer in range(layers):
        blocks = {
            "attn_norm": (width,), "ffn_norm": (width,), "attn_q": (width, width), "attn_k": (width, narrow),
            "attn_v": (width, narrow), "attn_output": (width, width), "ffn_gate": (width, deep),
            "ffn_down": (deep, width), "ffn_up": (width, deep),
        }  # fmt: skip
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in blocks.items()}
    shapes |= {"output_norm.weight": (width,), "output.weight": (width, vocabulary)}
    head[8:16] = struct.pack("<Q", len(shapes))
    sizes = {
        name: shape[0] * 4 if len(shape) == 1 else shape[0] * shape[1] // 32 * 18 for name, shape in shapes.items()
    }
    offset = 0
    for name, shape in shapes.items():
        head += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", 0 if len(shape) == 1 else 2, offset)
        offset += -(-sizes[name] // 32) * 32
    block = struct.pack("<e", 0.01) + os.urandom(16)
    with path.open("wb") as file:
        file.write(bytes(head) + bytes(-len(head) % 32))
        for name, shape in shapes.items():
            size = sizes[name]
            file.write(struct.pack("<f", 1.0) * shape[0] if len(shape) == 1 else block * (size // 18))
            file.write(bytes(-size % 32))
    return path


PARTS: dict[str, Callable[[Workbench, Path, int], bool]] = {"speed": speed, "memory": memory, "search": search}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--rows", type=int, default=1_000)
    wanted = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*reset", category=UserWarning)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ[VARIABLE] = f"{name}/slot"
        with Workbench(paths=Paths(data=folder, config=folder), environ={}) as workbench:
            held = [PARTS[part](workbench, folder, wanted.rows) for part in wanted.parts or PARTS]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
