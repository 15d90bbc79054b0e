"""Writes docs/keys.md: every action of the app with its id and its keys, from the registry.

python scripts/generate_key_page.py
"""

from __future__ import annotations

from pathlib import Path

from denju_tui.actions import ACTIONS
from denju_tui.locale import texts

TARGET = Path(__file__).parents[1] / "docs" / "keys.md"

_HEAD = """# Keys

Written by `scripts/generate_key_page.py` from the registry; a test keeps them the same. F1 shows the same in the app.

Other keys go by id into one setting; the rest stays as it is:

```sh
denju config set screen.keys "ask.copy=f11 ask.new=ctrl+b,f13"
```

Keys are `f1` to `f24`, `escape`, `insert` and `ctrl+` with most letters; for `ask.stop`, `teacher.drop` and what
ends in `.back` only the first three without `f6` and `f7`, since a text field could take the others. Enter stays where
it is. A key that would do two things in one pane is refused, and both are named; `denju config set screen.keys ""`
takes all back.

| id | key | outside text fields | does |
| --- | --- | --- | --- |
"""


def document() -> str:
    """The whole file."""
    t = texts("en")
    rows = []
    for each in ACTIONS:
        keys = each.keys.replace(",", ", ")
        rows.append(f"| `{each.id}` | {keys} | {each.shown_bare} | {t(f'tip.{each.name}')} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")
