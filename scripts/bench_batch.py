"""Batch answering against a bare loop, in one run: ``python scripts/bench_batch.py [--rows 1000] [PART …]``.

speed     rows a second against a bare ctransformers loop over the same prompts: as they come, with what rows share
          evaluated once, and with two workers; and whether all four give the same answers
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
import struct
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from denju.answering.batch.batches import Batches, Crew
from denju.answering.batch.job import Tally
from denju.events import Progress, Token
from denju.paths import Paths
from denju.student.ctransformers_student import CtransformersStudent
from denju.student.models import ModelFile, ModelStore, practice_model
from denju.student.native import CHUNK, NativeModel
from denju.student.port import Control, Generated, Piece, Sampling, Student, StudentCard
from denju.student.slot import VARIABLE
from denju.student.speech import Speech
from denju.values import Strategy
from denju.workbench import Workbench

STRATEGIES, LONGEST = 20, 64
"""Strategies that the rows are about, and tokens of an answer."""


@dataclass
class Watched:
    """A student whose prompts are kept; with ``forgetful`` nothing evaluated is used again."""

    student: Student
    forgetful: bool = False
    prompts: dict[str, Sequence[Piece]] = field(default_factory=dict)

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
            for _ in self.student.generate([Control("eos")], Sampling(max_tokens=0), cancel):
                pass
        self.prompts["".join(map(str, pieces))] = pieces
        return self.student.generate(pieces, sampling, cancel)

    def close(self) -> None:
        self.student.close()


def table(title: str, rows: dict[str, str]) -> None:
    print(f"\n| {title} | |\n| --- | ---: |")
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    sys.stdout.flush()


def speed(workbench: Workbench, folder: Path, count: int) -> bool:
    source = folder / "in.jsonl"
    _write_rows(source, [each for each in workbench.library.serving() if each.cues and each.scope == "scenario"], count)
    forgetful = Watched(CtransformersStudent(model=practice_model(), threads=1), forgetful=True)
    plain = _run(workbench, source, folder / "plain.jsonl", [forgetful])
    shared = _run(workbench, source, folder / "shared.jsonl", _students(1))
    two = _run(workbench, source, folder / "two.jsonl", _students(2))
    bare, answers = _bare(forgetful.prompts)
    texts = [_answers(folder / f"{name}.jsonl") for name in ("plain", "shared", "two")]
    equal = texts[0] == texts[1] == texts[2] and set(texts[0].values()) == {each.strip() for each in answers}
    rates = {name: each.done / each.seconds for name, each in (("plain", plain), ("shared", shared), ("two", two))}
    tokens = (plain.prompt - plain.reused + plain.completion) / plain.seconds
    bare_rate = len(forgetful.prompts) / bare
    bare_tokens = (plain.prompt + plain.completion) / plain.done * bare_rate
    rows = {
        "rows, strategies": f"{plain.done:,}, {STRATEGIES}",
        "bare loop": f"{bare_rate:.1f} rows/s, {bare_tokens:,.0f} tokens/s",
        "batch, nothing shared, of the bare loop's tokens/s (aim 97 %)": f"{tokens / bare_tokens:.1%}",
        "batch, prefixes shared, of the bare loop's rows/s (aim 1.8)": f"{rates['shared'] / bare_rate:.2f}",
        "… tokens of the prompts that were evaluated already": f"{shared.reused / shared.prompt:.0%}",
        "two workers, of one's rows/s (aim 1.8)": f"{rates['two'] / rates['shared']:.2f}",
        "identical answers": "yes" if equal else "NO",
    }
    table("speed", rows)
    reached = tokens >= 0.97 * bare_tokens, rates["shared"] >= 1.8 * bare_rate, rates["two"] >= 1.8 * rates["shared"]
    return equal and all(reached)


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
    _write_rows(source, [each for each in workbench.library.serving() if each.cues and each.scope == "scenario"], rows)
    order, sizes, last = workbench.batches.order(str(source)), list[tuple[int, int]](), None
    for last in workbench.batches.forecast(order, threading.Event(), workers=1):
        if isinstance(last, Tally) and last.done >= 1_000:
            sizes.append((last.done, _resident()))
    assert last is not None
    grown = max(size for _, size in sizes) - sizes[0][1]
    rate = rows / last.seconds
    table("search", {"rows/s (aim 2,000)": f"{rate:,.0f}", "memory grown (aim 50 MB)": f"{grown / 1e6:.0f} MB"})
    return rate >= 2_000 and grown <= 50e6


def _students(count: int, model: ModelFile | None = None) -> list[CtransformersStudent]:
    return [CtransformersStudent(model=model or practice_model(), threads=1, slot=False) for _ in range(count)]


def _run(workbench: Workbench, source: Path, target: Path, students: Sequence[Student]) -> Tally:
    @contextlib.contextmanager
    def crew(_count: int) -> Iterator[Crew]:
        yield Crew(students, lambda _cancel: contextlib.nullcontext())

    for student in students:
        student.card()
    batches: Batches = replace(workbench.batches, crew=crew)
    order = batches.order(str(source), max_tokens=LONGEST)
    *_, tally = batches.run(order, target, threading.Event())
    for student in students:
        student.close()
    assert isinstance(tally, Tally)
    return tally


def _bare(prompts: dict[str, Sequence[Piece]]) -> tuple[float, list[str]]:
    """Seconds and answers of the library's own calls, one prompt after another."""
    model, header = practice_model(), practice_model().header
    native = NativeModel(model.path, context=header.context, threads=1, mapped=False)
    special = {"bos": header.bos, "eos": header.eos, **header.control}

    def tokens_of(piece: Piece) -> list[int]:
        return native.tokenize(piece) if isinstance(piece, str) else [special[piece.name]]

    tokens = [[token for piece in pieces for token in tokens_of(piece)] for pieces in prompts.values()]
    llm, ends, answers = native._model, {*special.values()} - {header.bos}, list[str]()
    began = time.monotonic()
    for prompt in tokens:
        llm.reset()
        llm.eval(prompt, batch_size=CHUNK, threads=1)
        speech, said = Speech(()), ""
        for count in itertools.count(1):
            token = llm.sample(top_k=1, temperature=1.0, repetition_penalty=1.0)
            if token in ends:
                break
            said += speech.feed(native.bytes_of(token))
            if count == LONGEST:
                break
            llm.eval([token], batch_size=CHUNK, threads=1)
        answers.append(said + speech.rest())
    return time.monotonic() - began, answers


def _write_rows(path: Path, strategies: Sequence[Strategy], count: int) -> None:
    cues = [(each, number) for each in strategies[:STRATEGIES] for number in range(len(each.cues))]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            strategy, cue = cues[number * 7 % len(cues)]
            text = f"{strategy.cues[cue]} ({number})"
            row = {"id": str(number), "text": text, "strategy": strategy.id} if count < 10_000 else {"text": text}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _answers(path: Path) -> dict[str, str]:
    records = map(json.loads, path.read_text("utf-8").splitlines())
    return {each["id"]: each["answer"] for each in records}


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
