"""Train the practice student and write it as a GGUF file.

    python scripts/train_practice_student.py --out train

A stopped run goes on with ``--resume``. Needs torch, sentencepiece, gguf and ctransformers.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import string
import sys
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from threading import BrokenBarrierError

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "core")]

import torch  # noqa: E402
from torch import Tensor  # noqa: E402
from torch.nn import functional  # noqa: E402

from practice import material  # noqa: E402
from practice import vocabulary as vocabularies  # noqa: E402
from practice.acts import LANGUAGES  # noqa: E402
from practice.acts import load as load_acts  # noqa: E402
from practice.batches import Batch, batch  # noqa: E402
from practice.generator import LATER, Generator  # noqa: E402
from practice.listening import Reader  # noqa: E402
from practice.machine import machine  # noqa: E402
from practice.model import Aids, Llama, Shape, as_dict, causal, write_gguf  # noqa: E402
from practice.muon import FAST, Muon  # noqa: E402
from practice.parts import Parts  # noqa: E402
from practice.rows import IGNORED, MEANINGS, drill, fill, lesson  # noqa: E402
from practice.sharing import Gradients  # noqa: E402
from practice.taught import SHOWN  # noqa: E402
from practice.vocabulary import Vocabulary  # noqa: E402
from practice.wordings import worded  # noqa: E402

BUDGET = 42_000_000
"""Tokens to read in all, unless told otherwise."""
WORDINGS = 800
"""Of each act and language, that the vocabulary is learnt from."""
LESSON_ROW, FIRST_ROW, ROW, LONG_ROW = 256, 512, 1024, 1536
"""Tokens of a row: of lessons, of short samples, of whole ones, and of ones that reach through the context."""
LESSONS, FEW, FIRST = 3_000_000, 3_500_000, 5_500_000
"""Tokens until which nothing but meanings is learnt, samples have few steps, and all are short."""
OFTEN = 11_250_000
"""Tokens from which on reading is learnt more: saying comes first."""
GOING_ON = 17_000_000
"""Tokens from which on half of the whole samples go on from steps that are done: saying all of them comes first."""
FAINT = 0.15
"""Dropout within texts of a prompt whose meaning is learnt; none in lessons, for there exactly what is told is to be
learnt."""
WARM_UP, DECAY, LAST, POLISH = 100_000, 10_000_000, 2_000_000, 2_000_000
"""Tokens in which the rate rises; ones in which it falls, and copying is learnt more and reading less, for lessons
bring together what means the same and copying must tell it apart; the last of these, in which more samples are of the
starter library as it is, or nearly: what people try first; and ones behind them all, in which there are no lessons and
the rate falls once more, from a fifth. So two runs of one seed are the same until the shorter one's rate falls."""
FEW_STEPS, MORE_STEPS = (1, 1, 2, 2, 3), (1, 2, 3, 4, 5, 5, 6, 6)
SHARES, TOKENS = 2, 1024
"""Of how many shares a batch is, and tokens of one; a longer row is one by itself. Each is a process's own work
where there are cores: in work as small as this two threads of one process wait for each other most of the time."""
RATE = 1.2e-3
LOOK, UNDERSTAND = 0.5, 0.4
"""Weights in the loss: of the guided heads' looks, and of what the aids read."""
SAVE_EVERY, PATIENCE = 150.0, 600.0
"""Seconds between two checkpoints, and for which a process waits for the others."""


def learn_vocabulary(seed: int, folder: Path) -> Vocabulary:
    """Pieces out of the generator's own texts."""
    generator = Generator(seed)

    def lines() -> Iterator[str]:
        for _ in range(3000):
            sample = generator.sample(3)
            values = [value for each in sample.conversations for value in each.values]
            yield from vocabularies.segments(sample.guidance.text(), values)
            for conversation in sample.conversations:
                for turn in conversation.turns:
                    yield from vocabularies.segments(turn.text, values)
        for language in LANGUAGES:
            for act in load_acts(language):
                for _ in range(WORDINGS):
                    yield from vocabularies.segments(worded(generator.rng, language, act))

    characters = "".join(dict.fromkeys(f"{string.ascii_letters}−{material.CHARACTERS_JA}{''.join(material.KATAKANA)}"))
    vocabularies.train(lines(), folder / "pieces", characters)
    return Vocabulary((folder / "pieces.model").read_bytes())


def ahead(read: int, budget: int) -> tuple[int, bool]:
    """Tokens until the rate has fallen, and whether it does so for the second time."""
    first = budget - POLISH - read
    return (first, False) if first > 0 else (budget - read, True)


def rate(read: int, left: int) -> float:
    """Learning rate after ``read`` tokens with ``left`` more until it has fallen: up, level, down to nearly nothing."""
    return RATE * max(0.02, min(1.0, read / WARM_UP, left / DECAY))


def draw(
    generator: Generator, vocabulary: Vocabulary, seed: int, step: int, share: int, read: int, budget: int
) -> Batch:
    """A share of the batch of ``step`` after ``read`` tokens of ``budget``: always the same for one seed and budget.

    All shares of a batch are of one size and kind.
    """
    generator.rng.seed(f"{seed}:{step}:{share}")
    left, polishing = ahead(read, budget)
    last = left < DECAY
    often = read >= OFTEN and not last
    lessons = read < LESSONS or step % 8 == 4 or (often and step % 8 in (0, 7)) or (last and step % 16 == 8)
    if lessons and not polishing:
        return batch([lesson(vocabulary, LESSON_ROW, generator) for _ in range(TOKENS // LESSON_ROW)])
    if step % 16 == 2 or (last and step % 16 in (7, 10)) or (polishing and step % 16 == 12):
        return batch([drill(vocabulary, FIRST_ROW, generator.rng) for _ in range(TOKENS // FIRST_ROW)])
    if left < LAST and step % 3:
        length, sample = ROW, lambda: generator.sample(4, starter=0.4, later=0.4 if read >= GOING_ON else LATER)
    elif step % 4 == 0 or read < (FEW if step % 4 == 2 else FIRST):
        sizes = FEW_STEPS if read < FEW else MORE_STEPS
        length, sample = FIRST_ROW, lambda: generator.first_sample(sizes)
    elif step % 8 == 6 or (often and step % 16 == 13):
        length, sample = ROW, lambda: generator.contrast_sample(3)
    elif step % 4 == 2:
        length, sample = ROW, generator.study_sample
    elif step % 16 == 1:
        length, sample = LONG_ROW, lambda: generator.sample(3, long=0.8)
    elif read >= GOING_ON and step % 8 == 3:
        length, sample = ROW, lambda: generator.sample(4, later=0.7)
    else:
        length, sample = ROW, lambda: generator.sample(4)
    return batch([fill(vocabulary, length, sample, generator.rng) for _ in range(max(1, TOKENS // length))])


class Run:
    """A training that can be stopped and continued."""

    def __init__(self, folder: Path, seed: int, vocabulary: Vocabulary, shape: Shape) -> None:
        torch.manual_seed(seed)
        self.folder, self.seed, self.vocabulary = folder, seed, vocabulary
        self.model = Llama(shape)
        self.aids = Aids(shape, len(MEANINGS), len(SHOWN))
        named = [*self.model.named_parameters(), *self.aids.named_parameters()]
        matrices = [weight for name, weight in named if name.startswith("blk") and weight.dim() == 2]
        others = [weight for name, weight in named if not name.startswith("blk") or weight.dim() != 2]
        self.weights = [weight for _, weight in named]
        # Each is one process's, the last the first's.
        self.optimizers: list[torch.optim.Optimizer] = [
            *(Muon(matrices[share::SHARES], lr=RATE, scale=0.2) for share in range(SHARES)),
            torch.optim.AdamW(others, lr=RATE, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
        ]
        self.step, self.tokens, self.seconds = 0, 0, 0.0

    def save(self) -> None:
        """Checkpoint, whole or not at all."""
        state = {
            "shape": as_dict(self.model.shape), "vocabulary": self.vocabulary.model,
            "model": self.model.state_dict(), "aids": self.aids.state_dict(),
            "optimizers": [each.state_dict() for each in self.optimizers], "seed": self.seed,
            "step": self.step, "tokens": self.tokens, "seconds": self.seconds,
        }  # fmt: skip
        new = self.folder / "checkpoint.new"
        torch.save(state, new)
        os.replace(new, self.folder / "checkpoint.pt")
        write_gguf(self.model, self.vocabulary, self.folder / "practice.new")
        os.replace(self.folder / "practice.new", self.folder / "practice.gguf")

    @classmethod
    def load(cls, folder: Path) -> Run:
        state = torch.load(folder / "checkpoint.pt", weights_only=True)
        run = cls(folder, state["seed"], Vocabulary(state["vocabulary"]), Shape(**state["shape"]))
        run.model.load_state_dict(state["model"])
        run.aids.load_state_dict(state["aids"])
        for optimizer, saved in zip(run.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        run.step, run.tokens, run.seconds = state["step"], state["tokens"], state["seconds"]
        return run

    def train(self, budget: int, threads: int) -> None:
        """Go on until ``budget`` tokens in all have been read; stages and rates follow the tokens, never the clock."""
        began = time.monotonic() - self.seconds
        assert self.parts, "learnt here, before the others begin"
        for weight in self.weights:
            weight.share_memory_()
        for optimizer in self.optimizers[:SHARES]:
            for state in optimizer.state.values():
                state["moving"].share_memory_()
        gradients = Gradients(self.weights, SHARES)
        workers = min(SHARES, threads)
        context = multiprocessing.get_context("fork")
        barrier = context.Barrier(workers, timeout=PATIENCE)

        def together() -> None:
            try:
                barrier.wait()
            except BrokenBarrierError:
                raise SystemExit("Another process of this training has ended; go on with --resume.") from None

        def work(worker: int) -> None:
            torch.set_num_threads(threads // workers)
            self._work(worker, workers, gradients, together, budget, began)

        others = [context.Process(target=work, args=[worker], daemon=True) for worker in range(1, workers)]
        for each in others:
            each.start()
        work(0)

    def _work(
        self, worker: int, workers: int, gradients: Gradients, together: Callable[[], None], budget: int, began: float
    ) -> None:
        """What one process does: its shares of each batch, and the step for its part of the weights."""
        generator = Generator(self.seed)
        if shutil.which("c++"):
            # A third faster; the first batch of each length waits for its code.
            for layer in self.model.blk:
                for part in ("ask", "go_on"):
                    setattr(layer, part, torch.compile(getattr(layer, part), dynamic=False))
        own = [each for place, each in enumerate(self.optimizers) if place % SHARES % workers == worker]
        saved = time.monotonic()
        while self.tokens < budget:
            learning_rate = rate(self.tokens, ahead(self.tokens, budget)[0])
            read = 0
            for share in range(worker, SHARES, workers):
                rows = draw(generator, self.vocabulary, self.seed, self.step, share, self.tokens, budget)
                losses = self._learn(rows, share)
                gradients.put(share)
                read = SHARES * rows.ids.numel()
            together()
            gradients.take()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            for optimizer in own:
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate
                optimizer.step()
            for optimizer in self.optimizers:
                optimizer.zero_grad(set_to_none=True)
            together()
            self.step += 1
            self.tokens += read
            self.seconds = time.monotonic() - began
            if worker == 0 and self.step % 23 == 0:
                at, speed = self.seconds / 60, self.tokens / self.seconds
                told = "  ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
                print(
                    f"{at:6.1f} min  {self.tokens / 1e6:6.2f}M  step {self.step:5}  {told}  {speed:,.0f} tokens/s",
                    flush=True,
                )
            if worker == 0 and time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        if worker == 0:
            self.save()

    def _learn(self, rows: Batch, share: int) -> dict[str, float]:
        """Losses of a share; its gradients are left in the weights."""
        # What is dropped is the same in a run that was stopped.
        torch.manual_seed((self.seed << 32 | self.step) * SHARES + share)
        with torch.autocast("cpu", FAST, enabled=FAST is not torch.float32):
            alone = not (rows.labels != IGNORED).any()
            self.model.faintness = 0.0 if alone else FAINT
            losses = self._lesson(rows) if alone else self._losses(rows)
        torch.stack([*losses.values()]).sum().backward()
        return {name: loss.item() for name, loss in losses.items()}

    def _losses(self, rows: Batch) -> dict[str, Tensor]:
        hidden, read, astray = self.model(rows.ids, rows.positions, rows.mask, rows.looks, rows.begins)
        learnt = rows.labels != IGNORED
        said = self.model.output(hidden[learnt])
        weights = rows.weights[learnt]
        losses = functional.cross_entropy(said.float(), rows.labels[learnt], reduction="none")
        loss = (losses * weights).sum() / weights.sum()
        understood = {name: UNDERSTAND * each for name, each in self._understood(rows, read).items()}
        return {"loss": loss, "looks": LOOK * astray, **understood}

    def _lesson(self, rows: Batch) -> dict[str, Tensor]:
        return self._understood(rows, self.model.read(rows.ids, rows.positions, rows.mask, rows.begins))

    def _understood(self, rows: Batch, read: list[Tensor]) -> dict[str, Tensor]:
        told = self.parts.told(rows.ids, rows.begins)
        losses: dict[str, Tensor] = self.aids(read, rows.begins, rows.meanings, rows.shown, told)
        return losses

    @cached_property
    def parts(self) -> Parts:
        return Parts.learnt(self.seed, self.vocabulary)


def check(run: Run, path: Path) -> tuple[int, int]:
    """Teacher-forced next tokens of the file in ctransformers against torch: how many agree, of how many."""
    generator = Generator(run.seed + 1)
    reader = Reader(path)
    agree = total = 0
    for _ in range(6):
        row = fill(run.vocabulary, 512, lambda: generator.sample(1), generator.rng)
        end = row.samples.index(2) if 2 in row.samples else len(row.ids)
        ids = row.ids[:end]
        with torch.no_grad(), torch.compiler.set_stance("force_eager"):
            one = torch.tensor([ids])
            hidden, _, _ = run.model(one, torch.arange(end)[None], causal(end))
            expected = run.model.output(hidden)[0].argmax(-1).tolist()
        learnt = [place for place in range(end) if row.labels[place] != IGNORED]
        found = reader.forced(ids, learnt[0])
        agree += sum(expected[place] == found[place - learnt[0]] for place in learnt)
        total += len(learnt)
    text = "製造業の窓口: 注文番号 PO-12345 ×20個 ― 骰 [to confirm: price]\nDear Ms Tanaka,"
    if reader.tokens(text) != run.vocabulary.text(text):
        raise SystemExit("The file's vocabulary does not cut text as SentencePiece does.")
    return agree, total


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the practice student.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=BUDGET, help="how many to read in all")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of both processes together")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint and practice.gguf")
    parser.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    options = parser.parse_args()
    began = time.monotonic()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.resume:
        run = Run.load(options.out)
    else:
        vocabulary = learn_vocabulary(options.seed, options.out)
        run = Run(options.out, options.seed, vocabulary, Shape(len(vocabulary)))
    parameters = sum(weight.numel() for weight in run.model.parameters())
    print(f"{parameters / 1e6:.2f}M parameters, {len(run.vocabulary):,} pieces, {options.threads} threads", flush=True)
    run.seconds += time.monotonic() - began
    run.train(options.tokens, options.threads)
    path = options.out / "practice.gguf"
    agree, total = check(run, path)
    print(
        f"{path}: {path.stat().st_size / 1e6:.2f} MB, {run.tokens / 1e6:.2f}M tokens in {run.seconds / 60:.0f} minutes "
        f"on {options.threads} threads, {machine()}; {agree} of {total} next tokens as in torch"
    )
    if agree < 0.99 * total:
        raise SystemExit("The file does not answer as the model does.")


if __name__ == "__main__":
    main()
