"""Writes docs/commands.md: the help of every command, as the commands print it.

python scripts/generate_command_help.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from denju_tui.cli.commands import COMMANDS, tree

TARGET = Path(__file__).parents[1] / "docs" / "commands.md"
WIDTH = 100

_HEAD = """# Commands

Written by `scripts/generate_command_help.py` from the commands themselves; a test keeps them the same.

Exit codes: 0 ok, 1 error, 2 usage or settings, 3 needs the network or a person's yes, 4 no match (`--strict`),
5 some rows failed, 130 interrupted, 141 the reader of a pipe left.
"""


def document() -> str:
    """The whole file."""
    command = typer.main.get_command(tree(COMMANDS))
    return _HEAD + "".join(f"\n{'#' * level} {path}\n\n```text\n{text}\n```\n" for level, path, text in _help(command))


def _help(command: Any, parent: Any = None) -> Iterator[tuple[int, str, str]]:
    """Heading level, path and help of ``command`` and of all below it."""
    context = command.context_class(
        command, info_name="denju" if parent is None else command.name, parent=parent, terminal_width=WIDTH,
        **command.context_settings,
    )  # fmt: skip
    yield 2 if parent is None or parent.parent is None else 3, context.command_path, command.get_help(context).rstrip()
    for each in getattr(command, "commands", {}).values():
        yield from _help(each, context)


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")
