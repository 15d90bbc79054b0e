"""Train the practice student and write it as a GGUF file.

    python scripts/train_practice_student.py --out train

A stopped run goes on with ``--resume``. Needs torch, sentencepiece, gguf and ctransformers.
"""

from __future__ import annotations

import argparse
import os
import shutil
import string
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

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
from practice.model import Aids, Llama, Shape, as_dict, causal, write_gguf  # noqa: E402
from practice.muon import FAST, Muon  # noqa: E402
from practice.parts import Parts  # noqa: E402
from practice.rows import IGNORED, MEANINGS, drill, fill, lesson  # noqa: E402
from practice.taught import SHOWN  # noqa: E402
from practice.vocabulary import Vocabulary  # noqa: E402
from practice.wordings import worded  # noqa: E402

BUDGET = 39_000_000
"""Tokens to read in all, unless told otherwise."""
WORDINGS = 200
"""Of each act and language, that the vocabulary is learnt from."""
FIRST_ROW, ROW, LONG_ROW = 512, 1024, 1536
"""Tokens of a row: of short samples, of whole ones, and of ones that reach through the context."""
LESSONS, FEW, FIRST = 3_000_000, 3_500_000, 5_500_000
"""Tokens until which nothing but meanings is learnt, samples have few steps, and all are short."""
OFTEN = 11_250_000
"""Tokens from which on reading is learnt more: saying comes first."""
GOING_ON = 19_000_000
"""Tokens from which on half of the whole samples go on from steps that are done: saying all of them comes first."""
FAINT = 0.15
"""Dropout within texts of a prompt whose meaning is learnt; none in lessons, for there exactly what is told is to be
learnt."""
WARM_UP, DECAY, LAST = 100_000, 10_000_000, 2_000_000
"""Tokens in which the rate rises; last ones in which it falls, and copying is learnt more and reading less, for lessons
bring together what means the same and copying must tell it apart; last ones in which more samples are of the starter
library as it is, or nearly: what people try first. So two runs of one seed are the same until the shorter one's rate
falls."""
FEW_STEPS, MORE_STEPS = (1, 1, 2, 2, 3), (1, 2, 3, 4, 5, 5, 6, 6)
TOKENS = 2048
"""Tokens of a batch."""
RATE = 1.2e-3
LOOK, UNDERSTAND = 0.5, 0.4
"""Weights in the loss: of the guided heads' looks, and of what the aids read."""
SAVE_EVERY = 150.0
"""Seconds between two checkpoints."""


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
                yield from (vocabularies.segments(worded(generator.rng, language, act))[0] for _ in range(WORDINGS))

    characters = "".join(dict.fromkeys(string.ascii_letters + material.CHARACTERS_JA + "".join(material.KATAKANA)))
    vocabularies.train(lines(), folder / "pieces", characters)
    return Vocabulary((folder / "pieces.model").read_bytes())


def rate(read: int, left: int) -> float:
    """Learning rate after ``read`` tokens with ``left`` more to come: up, level, down to nearly nothing."""
    return RATE * max(0.02, min(1.0, read / WARM_UP, left / DECAY))


def draw(generator: Generator, vocabulary: Vocabulary, seed: int, step: int, read: int, left: int) -> Batch:
    """The batch of ``step`` after ``read`` tokens: always the same for one seed and budget."""
    generator.rng.seed(f"{seed}:{step}")
    last = left < DECAY
    often = read >= OFTEN and not last
    if read < LESSONS or step % 8 == 4 or (often and step % 8 in (0, 7)):
        return batch([lesson(vocabulary, FIRST_ROW, generator) for _ in range(TOKENS // FIRST_ROW)])
    if step % 16 == 2 or (last and step % 16 in (7, 10)):
        return batch([drill(vocabulary, FIRST_ROW, generator.rng) for _ in range(TOKENS // FIRST_ROW)])
    if left < LAST and step % 3:
        length, sample = ROW, lambda: generator.sample(4, starter=0.4, later=0.3 if read >= GOING_ON else LATER)
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
    return batch([fill(vocabulary, length, sample, generator.rng) for _ in range(TOKENS // length)])


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
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(matrices, lr=RATE, scale=0.2),
            torch.optim.AdamW(others, lr=RATE, betas=(0.9, 0.95), weight_decay=0.0),
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

    def train(self, budget: int) -> None:
        """Go on until ``budget`` tokens in all have been read; stages and rates follow the tokens, never the clock."""
        generator = Generator(self.seed)
        if shutil.which("c++"):
            # A third faster; the first batch of each length waits for its code.
            for layer in self.model.blk:
                layer.compile(dynamic=False)
        began, saved = time.monotonic() - self.seconds, time.monotonic()
        while self.tokens < budget:
            left = budget - self.tokens
            rows = draw(generator, self.vocabulary, self.seed, self.step, self.tokens, left)
            losses = self._advance(rows, rate(self.tokens, left))
            self.seconds = time.monotonic() - began
            if self.step % 23 == 0:
                at, speed = self.seconds / 60, self.tokens / self.seconds
                told = "  ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
                print(
                    f"{at:6.1f} min  {self.tokens / 1e6:6.2f}M  step {self.step:5}  {told}  {speed:,.0f} tokens/s",
                    flush=True,
                )
            if time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()

    def _advance(self, rows: Batch, learning_rate: float) -> dict[str, float]:
        # What is dropped is the same in a run that was stopped.
        torch.manual_seed(self.seed << 32 | self.step)
        with torch.autocast("cpu", FAST, enabled=FAST is not torch.float32):
            alone = not (rows.labels != IGNORED).any()
            self.model.faintness = 0.0 if alone else FAINT
            losses = self._lesson(rows) if alone else self._losses(rows)
        torch.stack([*losses.values()]).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += rows.ids.numel()
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
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint and practice.gguf")
    parser.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.resume:
        run = Run.load(options.out)
    else:
        vocabulary = learn_vocabulary(options.seed, options.out)
        run = Run(options.out, options.seed, vocabulary, Shape(len(vocabulary)))
    parameters = sum(weight.numel() for weight in run.model.parameters())
    print(f"{parameters / 1e6:.2f}M parameters, {len(run.vocabulary):,} pieces, {options.threads} threads", flush=True)
    run.train(options.tokens)
    path = options.out / "practice.gguf"
    agree, total = check(run, path)
    print(
        f"{path}: {path.stat().st_size / 1e6:.2f} MB, {run.tokens / 1e6:.2f}M tokens in {run.seconds / 60:.0f} minutes "
        f"on {options.threads} threads; {agree} of {total} next tokens as in torch"
    )
    if agree < 0.99 * total:
        raise SystemExit("The file does not answer as the model does.")


if __name__ == "__main__":
    main()
