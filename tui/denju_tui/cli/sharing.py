"""``denju init``: a library that several users of this machine work on."""

from __future__ import annotations

from typing import Annotated

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.session import session


def init(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Where it shall lie; made where it is missing.")],
    group: Annotated[str, typer.Option("--shared", metavar="GROUP", help="The Unix group of those who work on it.")],
) -> None:
    """Make a library for a group. Keys, unsent drafts and history stay with each of its members."""
    from pathlib import Path

    with session() as (workbench, t):
        own = workbench.paths.library
        shared = workbench.share_library(Path(folder), group)
        output.line(str(shared.library))
        diagnostics.note(t("sharing.shared", group=group))
        diagnostics.note(t("sharing.colleagues", file=shared.library))
        if shared.closed:
            diagnostics.note(t("sharing.closed", folder=shared.closed))
        if own.exists():
            diagnostics.note(t("sharing.own", file=own))
        if workbench.settings.sourced()["library.path"].source == "environment":
            diagnostics.note(t("config.environment_wins", variable="DENJU_LIBRARY_PATH"))
