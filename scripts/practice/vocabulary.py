"""The practice student's vocabulary: SentencePiece BPE with byte fallback, and control tokens behind it.

Text can never be parsed into a control token: SentencePiece does not know them, and llama.cpp does not look for
them. What is to be copied is cut alike wherever it stands: digits stay single, no piece holds the space before a
capital, a digit or Japanese, none the 様 after a name, and none a particle behind 日, which ends most dates; names and
codes themselves are kept out of what the pieces are learnt from, so they fall into small parts that many share.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import sentencepiece

from denju.student.port import Control, Piece

CONTROLS = ("guidance", "customer", "agent")
MARK = "※"
_CUTS = re.compile(r"\n|(?=様)|(?<=様)|(?<=日)(?=[をはにのが])| (?=[A-Z0-9\[]|[^\x00-\x7f])")
SIZE = 6144
"""Pieces, bytes and control tokens together."""


def segments(text: str, values: Sequence[str] = ()) -> list[str]:
    """Stretches of ``text`` that pieces may be learnt from: lines without ``values``, cut where no piece shall reach over."""
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "\n")
    # The mark before each keeps it from beginning with the space that SentencePiece puts before a text.
    return [f"{MARK}{part}" for part in _CUTS.split(text) if part.strip()]


def train(lines: Iterable[str], prefix: Path, characters: str) -> None:
    """Learn the pieces from ``lines`` and write ``prefix``.model and ``prefix``.vocab; each of ``characters`` gets one."""
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_prefix=str(prefix),
        model_type="bpe",
        vocab_size=SIZE - len(CONTROLS),
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=True,
        split_digits=True,
        max_sentencepiece_length=12,
        character_coverage=0.9995,
        required_chars=characters,
        num_threads=1,
        minloglevel=2,
    )


class Vocabulary:
    """Texts and control tokens to ids, as llama.cpp maps them, and back."""

    def __init__(self, model: bytes) -> None:
        self.model = model
        self.pieces = sentencepiece.SentencePieceProcessor(model_proto=model)
        self.newline = self.pieces.encode("a\n")[-1]
        self.sizes = [self._size(each) for each in range(len(self.pieces))]
        self.controls = {"bos": 1, "eos": 2} | {name: len(self.pieces) + at for at, name in enumerate(CONTROLS)}

    def __len__(self) -> int:
        return len(self.pieces) + len(CONTROLS)

    def text(self, text: str) -> list[int]:
        """Ids of ``text``, tokenised by itself."""
        return list(self.pieces.encode(text))

    def any(self, rng: random.Random) -> int:
        """Any piece."""
        return rng.randrange(3, len(self.pieces))

    def ranges(self, ids: Sequence[int]) -> list[tuple[int, int]]:
        """From, to, in bytes: where each of a text's ``ids`` stands; the first begins at -1, before the text."""
        ends = [*itertools.accumulate((self.sizes[each] for each in ids), initial=-1)]
        return [*itertools.pairwise(ends)]

    def _size(self, piece: int) -> int:
        """Bytes of a piece."""
        return 1 if self.pieces.is_byte(piece) else len(self.pieces.id_to_piece(piece).replace("▁", " ").encode())

    def ids(self, prompt: Sequence[Piece]) -> list[int]:
        """Ids of a prompt's pieces, one after the other."""
        found: list[int] = []
        for piece in prompt:
            found += [self.controls[piece.name]] if isinstance(piece, Control) else self.text(piece)
        return found
