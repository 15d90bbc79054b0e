"""One way to make a group of commands: plain help, ``-h`` too, nothing that writes to the shell's own files."""

from __future__ import annotations

import typer


def group(help_text: str = "") -> typer.Typer:
    """A group of commands without Rich, which help does not need, and without completion to install."""
    return typer.Typer(
        help=help_text,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
