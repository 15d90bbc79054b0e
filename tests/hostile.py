"""Texts from outside that mean harm: 200 of them, for every field that shows text."""

from __future__ import annotations

from itertools import product

_ESCAPES = (
    "\x1b[2J", "\x1b[31m", "\x1b]52;c;cXVpdA==\x07", "\x1b]0;title\x07", "\x1b]8;;https://e.org\x1b\\",
    "\x1bP1$r\x1b\\",
    "\x1b[?1049l", "\x1b[6n", "\x1bc", "\x9b2J", "\x9d0;t\x9c", "\x1b[200~", "\x1b(0", "\x1b", "\x1b[",
    "\x07", "\x00", "\x08\x08\x08", "\r", "\x7f",
)  # fmt: skip
_BIDI = ("\u202e", "\u202d", "\u2066", "\u2067", "\u200f", "\u061c", "\u2028", "\u2029", "\ufeff", "\U000e0041")
_MARKUP = (
    "[@click=app.quit]x[/]", "[red", "[/]", "[bold]b[/bold]", "\\[escaped]", "\\", "[[", "]]", "[]",
    "[link=https://e.org]l[/link]",
    "[on red]", "[@click='app.quit']", "[/@click]", "$ink-muted", "{0}", "{name}", "%s", "%(x)s",
    "[not a tag", "[b][i]",
)  # fmt: skip
_AROUND = ("{}late", "late{}", "la{}te", "{}", "部品{}傷")


def _all() -> tuple[str, ...]:
    parts = (*_ESCAPES, *_BIDI, *_MARKUP)
    whole = [around.replace("{}", part) for part, around in product(parts, _AROUND)]
    return tuple(dict.fromkeys(whole))[:200]


HOSTILE = _all()
