"""How the file in the package cuts text: what a reply copies is cut where its value ends."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest

from denju.student.models import practice_model
from denju.student.native import NativeModel
from practice.generator import Generator


@pytest.fixture(scope="module")
def model() -> NativeModel:
    return NativeModel(practice_model().path, context=64, threads=1, mapped=False)


def test_no_piece_of_a_reply_reaches_over_the_end_of_a_value(model: NativeModel) -> None:
    """No value is copied from such a piece: 「日を」 was said where 「（木）」 had to follow 「日」."""
    generator = Generator(5)
    seen, over = 0, set()
    for _ in range(400):
        for conversation in generator.sample(2).conversations:
            for turn in (turn for place, turn in enumerate(conversation.turns) if place in conversation.sources):
                tokens = [model.bytes_of(token) for token in model.tokenize(turn.text)]
                ranges = [*pairwise(accumulate(map(len, tokens), initial=-1))]  # the library puts a space in front
                raw = turn.text.encode()
                assert b"".join(tokens) == b" " + raw
                for value in filter(None, (each.encode() for each in conversation.values)):
                    end = raw.find(value) + len(value)
                    if end < len(value):
                        continue
                    seen += 1
                    over |= {token for token, (first, last) in zip(tokens, ranges, strict=True) if first < end < last}
    assert seen > 500
    assert not over
