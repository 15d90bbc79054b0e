"""Export as Markdown, for reading and printing; it is not read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from denju.text import clean
from denju.values import Strategy

_WORDS = {
    "ja": {
        "situation": "状況", "avoid_when": "使わないとき", "priorities": "大切なこと", "decide": "判断",
        "steps": "手順", "why": "理由", "cues": "お客様の言い方", "tags": "タグ", "never": "答えに書かない形",
        "always": "答えに必ず書く形", "reviews": "審査",
    },
    "en": {
        "situation": "Situation", "avoid_when": "Not when", "priorities": "What matters", "decide": "Decide",
        "steps": "Steps", "why": "Why", "cues": "What customers say", "tags": "Tags", "never": "Never in an answer",
        "always": "Always in an answer", "reviews": "Reviews",
    },
}  # fmt: skip
_NUMBERED = ("priorities", "steps")
_INLINE = re.compile(r"[\\`*_\[\]<>#|~&!$]")
_AT_START = re.compile(r"^(\s*)(?:([-+=])|([0-9]{1,9})([.)]))")


def dump(strategies: Iterable[Strategy]) -> bytes:
    """A section a strategy, in its own language; what stands in a text is never read as Markdown."""
    return "\n".join(line for each in strategies for line in _section(each)).encode()


def _section(strategy: Strategy) -> Iterator[str]:
    words = _WORDS[strategy.language]
    yield f"## {_plain(strategy.title)}\n"
    facts = (strategy.id, f"revision {strategy.revision}", strategy.status, strategy.scope, strategy.language)
    yield _plain(" · ".join(facts)) + "\n"
    yield f"**{words['situation']}**\n\n{_plain(strategy.situation)}\n"
    for name in ("avoid_when", "priorities", "decide", "steps"):
        yield from _list(words[name], getattr(strategy, name), numbered=name in _NUMBERED)
    if strategy.why:
        yield f"**{words['why']}**\n\n{_plain(strategy.why)}\n"
    yield from _list(words["cues"], strategy.cues)
    yield from _list(words["tags"], strategy.tags)
    yield from _list(words["never"], strategy.check.never)
    yield from _list(words["always"], strategy.check.always)
    lines = [" ".join(filter(None, (each.at, each.verdict, each.by, each.why))) for each in strategy.reviews]
    yield from _list(words["reviews"], lines)


def _list(heading: str, items: Sequence[str], *, numbered: bool = False) -> Iterator[str]:
    if items:
        lines = (f"{number}." if numbered else "-" for number in range(1, len(items) + 1))
        yield f"**{heading}**\n"
        yield "\n".join(f"{mark} {_plain(item)}" for mark, item in zip(lines, items, strict=True)) + "\n"


def _plain(text: str) -> str:
    """One line in which nothing is markup."""
    line = _INLINE.sub(r"\\\g<0>", " ".join(clean(text).split()))
    return _AT_START.sub(lambda found: f"{found[1]}{found[3] or ''}\\{found[2] or found[4]}", line)
