"""Options and arguments that several commands take."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Status = Literal["draft", "approved", "rejected", "retired"]
Scope = Literal["scenario", "general", "policy"]
Language = Literal["ja", "en"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, a record a line.")]
StrategyId = Annotated[str, typer.Argument(metavar="ID", help="An id, or the start of one.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="In a sentence; it is kept.")]
Reviewer = Annotated[
    str | None, typer.Option("--reviewer", metavar="NAME", help="Else the setting person.name, or the login name.")
]
