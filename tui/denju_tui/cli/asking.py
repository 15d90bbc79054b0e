"""What is to be learnt from, and how it is asked: the options of every command that builds a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from denju_tui.cli.reading import json_of, text_of

if TYPE_CHECKING:
    from denju.values import Strategy
    from denju.workbench import Case, Hiding, Preview, TeachAsk, Workbench

Provider = Annotated[
    Literal["gemini", "openai", "google-generativeai"] | None,
    typer.Option(help="Else the setting teacher.provider."),
]


@dataclass(frozen=True)
class About:
    """The case."""

    text: Annotated[
        str | None,
        typer.Argument(metavar="TEXT", help="The situation; with the two below, what was wrong. - reads stdin."),
    ] = None
    conversation: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help='A conversation: [{"role": "customer"|"agent", "text": "…"}, …]; - reads stdin.'
        ),
    ] = None
    answer: Annotated[
        str | None, typer.Option("--answer", metavar="ID", help="An answer of the history (denju history list).")
    ] = None

    def case(self, workbench: Workbench) -> Case:
        """What the teacher is to be asked about.

        Raises:
            UsageError: nothing was given, or two things that exclude each other.
            DenjuError: what was given cannot be read.
        """
        from denju.errors import UsageError

        if self.conversation is not None and self.answer is not None:
            raise UsageError("--conversation and --answer exclude each other.", "Give one of them.")
        if self.text is None and self.conversation is None and self.answer is None:
            raise UsageError("There is nothing to ask about.", 'denju teacher preview "Customers ask for a discount."')
        said = text_of(self.text) if self.text == "-" else self.text or ""
        turns = json_of(self.conversation) if self.conversation is not None else None
        return workbench.case(said, conversation=turns, answer=self.answer or "")


@dataclass(frozen=True)
class How:
    """Who is asked, and what may leave."""

    provider: Provider = None
    model: Annotated[str | None, typer.Option(metavar="ID", help="Else the setting teacher.model.")] = None
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="TEXT", help="Found, but may leave as it is. Repeatable.")
    ] = None
    hide: Annotated[list[str] | None, typer.Option("--hide", metavar="TEXT", help="Hide this too. Repeatable.")] = None

    def hiding(self, workbench: Workbench, draft: Strategy | None) -> Hiding:
        """What is hidden beside what is found, and what is found and leaves all the same."""
        kept = self.keep or ()
        before = workbench.teach.hiding_of(draft).marked if draft else ()
        marked = dict.fromkeys((*(each for each in before if each not in kept), *(self.hide or ())))
        return workbench.hiding(kept=kept, marked=marked)

    def preview(self, workbench: Workbench, ask: TeachAsk, draft: Strategy | None = None) -> Preview:
        """Exactly what would leave; what was hidden by hand when ``draft`` was asked for stays hidden.

        Raises:
            UsageError: what is to be hidden stands nowhere, so it may well stand there otherwise.
            DenjuError: no request can be built.
        """
        from denju.errors import UsageError

        preview = workbench.teach.preview(
            ask, self.hiding(workbench, draft), provider=self.provider or "", model=self.model or ""
        )
        for each in self.hide or ():
            if each in preview.hidden.nowhere:
                raise UsageError(f"{each!r} stands nowhere in the request.", "Give it as it stands there.")
        return preview
