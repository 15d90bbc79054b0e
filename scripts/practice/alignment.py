"""Where a reply comes from: the step that a line carries out, and the place that a name or number is copied from.

Some attention heads are told to look there while the student is trained (guided attention, as in Tachibana et al.,
arXiv 1710.08969); so it learns in minutes to go from step to step and to copy, which it would else learn last.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from practice.vocabulary import Vocabulary

Span = tuple[int, int]
"""From, to: places of tokens or bytes; an empty one says nothing."""
NOWHERE = (0, 0)


class Placed:
    """A text that stands in a row of tokens from ``start`` on."""

    def __init__(self, vocabulary: Vocabulary, text: str, ids: Sequence[int], start: int) -> None:
        self.raw, self.ids, self.start = text.encode(), ids, start
        self.ranges = vocabulary.ranges(ids)

    def tokens(self, begin: int, end: int) -> Span:
        """Places of the tokens that hold the bytes from ``begin`` to ``end``, and of the line's end after them."""
        end += self.raw[end : end + 1] == b"\n"
        first = bisect_right(self.ranges, begin, key=itemgetter(1))
        last = bisect_left(self.ranges, end, key=itemgetter(0))
        return (self.start + first, self.start + last) if first < last else NOWHERE

    def found(self, text: str) -> Span:
        """Places of the tokens that hold ``text``, where it stands last."""
        at = self.raw.rfind(text.encode())
        return self.tokens(at, at + len(text.encode())) if at >= 0 else NOWHERE


def step_spans(guidance: Placed, reply: Placed, sources: Sequence[str | None]) -> list[Span]:
    """For each token of the reply, the guidance line that its own line carries out; ``sources`` has one a line."""
    found = [guidance.found(source) if source else NOWHERE for source in sources]
    spans, line = [], 0
    for first, last in reply.ranges:
        spans.append(found[line] if line < len(found) else NOWHERE)
        line += reply.raw[max(first, 0) : last].count(b"\n")
    return spans


def copied_spans(before: Sequence[Placed], reply: Placed, values: Sequence[str]) -> list[Span]:
    """For each token of the reply that belongs to one of ``values``, the same token where it was said before."""
    spans = [NOWHERE] * len(reply.ids)
    for value in values:
        raw = value.encode()
        source = next((text for text in reversed(before) if raw in text.raw), None)
        target = reply.raw.find(raw)
        while source and target >= 0:
            shift = source.raw.find(raw) - target
            places = {span: place for place, span in enumerate(source.ranges)}
            for place, (first, last) in enumerate(reply.ranges):
                other = places.get((first + shift, last + shift))
                # A token may begin with the space before the value.
                inside = first >= target - 1 and target < last <= target + len(raw)
                if inside and other is not None and source.ids[other] == reply.ids[place]:
                    spans[place] = (source.start + other, source.start + other + 1)
            target = reply.raw.find(raw, target + 1)
    return spans
