"""What stands behind placeholders in one request: what the rules found, and what a person kept or marked besides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, Self, TypeVar

from denju.privacy.finding import find
from denju.privacy.spans import Kind, Span, joined
from denju.privacy.terms import Terms
from denju.privacy.vault import Vault, mask
from denju.teacher.port import Change

_SPREADS = frozenset({"name", "company", "address", "term", "email", "phone", "number"})
"""Kinds that are hidden wherever they stand once one of them was found: 田中様, then a bare 田中."""
_TWO_KANA = re.compile("[ぁ-ん]{2}")
"""A name where a title stands beside it, and a piece of any word elsewhere."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What a person decided about one request."""

    kept: frozenset[str] = frozenset()
    """Found, but may leave. A secret never may."""
    marked: tuple[str, ...] = ()
    """Not found, but shall not leave."""

    def to_dict(self) -> dict[str, Any]:
        return {"kept": sorted(self.kept), "marked": list(self.marked)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Hiding:
        return cls(frozenset(data.get("kept", ())), tuple(data.get("marked", ())))


@dataclass(frozen=True, slots=True)
class Found:
    """One value that was found, however often it stands in the request."""

    kind: Kind
    text: str = field(repr=False)
    certain: bool
    count: int
    placeholder: str
    """What stands, or would stand, in its place."""
    hidden: bool
    marks: tuple[str, ...] = ()
    """What a person marked by hand that hides it, or more of it than the rules found."""

    @property
    def fixed(self) -> bool:
        """Hidden whatever a person says."""
        return self.kind == "secret"


class Maskable(Protocol):
    """What a teacher can be asked: texts in one language."""

    @property
    def language(self) -> str: ...

    def mapped(self, change: Change) -> Self:
        """The same with ``change`` applied to every text that comes from outside."""
        ...


Asked = TypeVar("Asked", bound=Maskable)


@dataclass(frozen=True, slots=True)
class Hidden(Generic[Asked]):
    """An ask as it may leave."""

    ask: Asked
    found: tuple[Found, ...]
    """In the order of the request."""
    vault: Vault
    nowhere: tuple[str, ...] = ()
    """What a person marked by hand, and what stands in no text as it was marked."""

    @property
    def counts(self) -> dict[str, int]:
        """Kind → how many places of it are hidden."""
        counts: Counter[str] = Counter()
        for each in self.found:
            if each.hidden:
                counts[each.kind] += each.count
        return dict(counts)


def hide(ask: Asked, terms: Terms, hiding: Hiding) -> Hidden[Asked]:
    """``ask`` with placeholders, the same one for the same value in all of its texts."""
    marks = {each: Terms((each,)) for each in hiding.marked}
    texts = _texts(ask)
    spread = _spreading({span for text in texts for span in find(text, terms)})
    vault = Vault(ask.language)
    counts: Counter[tuple[Kind, str, bool]] = Counter()
    seen: dict[tuple[Kind, str, bool], Span] = {}
    marked: dict[tuple[Kind, str, bool], set[str]] = {}

    def change(text: str) -> str:
        # Overlapping finds leave as one; what a person sees, and may let leave, is that one.
        whole = joined(text, _spans(text, terms, spread))
        leaving = [each for each in whole if each.kind != "secret" and each.text in hiding.kept]
        staying = [each for each in whole if each not in leaving]
        by_hand = [
            (mark, Span(start, end, "term", text[start:end], True))
            for mark, rule in marks.items()
            for start, end in rule.find(text)
        ]
        # What was marked by hand joins only now: a find around it that may leave does not take it along.
        covered = joined(text, [*staying, *(place for _, place in by_hand)])
        let = [each for each in leaving if not any(_within(each, other) for other in covered)]
        wider = [each for each in by_hand if not any(_within(each[1], other) for other in staying)]
        for span in sorted((*covered, *let), key=lambda each: (each.start, -each.end)):
            key = (span.kind, span.text, span not in let)
            counts[key] += 1
            seen.setdefault(key, span)
            if span not in let:
                marked.setdefault(key, set()).update(mark for mark, place in wider if _within(place, span))
        return mask(text, covered, vault)

    changed = ask.mapped(change)
    spare = Vault.from_dict(vault.to_dict())
    found = tuple(
        Found(
            kind=kind, text=text, certain=span.certain, count=counts[kind, text, hidden],
            placeholder=spare.placeholder(kind, text), hidden=hidden,
            marks=tuple(each for each in marks if each in marked.get((kind, text, hidden), ())),
        )
        for (kind, text, hidden), span in seen.items()
    )  # fmt: skip
    nowhere = tuple(mark for mark, rule in marks.items() if not any(any(rule.find(text)) for text in texts))
    return Hidden(changed, found, vault, nowhere)


def masked(texts: Sequence[str], terms: Terms) -> list[str]:
    """All of ``texts`` with placeholders, the same one for the same value; what is found in one is hidden in all."""
    spread = _spreading({span for text in texts for span in find(text, terms)})
    vault = Vault()
    return [mask(text, _spans(text, terms, spread), vault) for text in texts]


def _spans(text: str, terms: Terms, spread: Callable[[str], list[Span]]) -> list[Span]:
    """What is found in ``text``, and what was found elsewhere, but for what reaches into a secret."""
    spans: list[Span] = []
    for span in (*find(text, terms), *spread(text)):
        if span.kind != "secret" and any(_overlap(span, other) for other in spans if other.kind == "secret"):
            continue
        spans.append(span)
    return spans


def _texts(ask: Maskable) -> list[str]:
    """Every text of ``ask`` that comes from outside."""
    texts: list[str] = []

    def note(text: str) -> str:
        texts.append(text)
        return text

    ask.mapped(note)
    return texts


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _within(one: Span, other: Span) -> bool:
    return other.start <= one.start and one.end <= other.end


def _spreading(spans: set[Span]) -> Callable[[str], list[Span]]:
    """A search for all values of ``spans`` that are long enough to mean the same thing elsewhere."""
    kinds: dict[str, Kind] = {}
    for span in sorted(spans, key=lambda each: (each.text, each.kind)):
        if span.kind in _SPREADS and len(span.text) >= 2 and not _TWO_KANA.fullmatch(span.text):
            kinds.setdefault(span.text, span.kind)
    rule = re.compile("|".join(_whole(each) for each in sorted(kinds, key=len, reverse=True)) or r"(?!)")

    def search(text: str) -> list[Span]:
        return [Span(found.start(), found.end(), kinds[found[0]], found[0], False) for found in rule.finditer(text)]

    return search


def _whole(value: str) -> str:
    before = r"(?<![0-9A-Za-z])" if value[0].isascii() and value[0].isalnum() else ""
    after = r"(?![0-9A-Za-z])" if value[-1].isascii() and value[-1].isalnum() else ""
    return before + re.escape(value) + after
