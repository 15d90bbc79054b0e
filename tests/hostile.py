"""Texts from outside that mean harm, for every field that shows text; and what may never be shown raw."""

from __future__ import annotations

import re
from itertools import product

RAW = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi marks, overrides and isolates
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # separators, byte order mark, interlinear annotation
    "\ud800-\udfff"  # unpaired surrogates
    "\U000e0000-\U000e007f"  # invisible tags
    "]"
)
"""What a terminal acts on, or what hides in a text; spelled out anew, so that nothing can go missing unnoticed."""
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
HOSTILE = tuple(around.replace("{}", part) for part, around in product((*_ESCAPES, *_BIDI, *_MARKUP), _AROUND))
