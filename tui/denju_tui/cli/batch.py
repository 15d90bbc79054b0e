"""``denju batch``: many rows in, one answer record a row out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from denju_tui.cli import diagnostics
from denju_tui.cli.group import group
from denju_tui.cli.session import session, stopped_by_ctrl_c

if TYPE_CHECKING:
    from denju.events import Progress
    from denju_tui.locale import Texts

EVERY = 100
"""Rows between two lines of progress where there is no terminal."""


commands = group()


@commands.command()
def run(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='A row is {"id", "text" | "messages", "facts"}.')],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="Gets an answer record a row.")],
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed gives the same answers.")] = 0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, max=4096, metavar="N", help="Longest answer, in tokens.")
    ] = None,
) -> None:
    """Answer every row of a file; the same command goes on where a stopped run ended.

    Exit code 5 when some rows failed: their records say why.
    """
    from denju.errors import SomeRowsFailed
    from denju.events import Progress
    from denju.values import Answer

    with session() as (workbench, t), stopped_by_ctrl_c() as cancel:
        workbench.warm()
        rows, practice, failed = _Rows(t), False, 0
        try:
            for event in workbench.batch(source, target, cancel, seed=seed, max_tokens=max_tokens):
                if isinstance(event, Progress):
                    rows.at(event)
                elif isinstance(event, Answer):
                    practice = practice or (event.student is not None and event.student.practice)
                else:
                    rows.clear()
                    failed = event.failed
                    counts = {"answered": event.answered, "failed": failed, "skipped": event.skipped}
                    diagnostics.note(t("batch.summary", **counts, target=target))
        finally:
            rows.clear()
            if practice:
                diagnostics.note(t("common.practice_warning"))
        if failed:
            raise SomeRowsFailed(t("batch.some_failed", failed=failed), t("batch.some_failed_hint"))


class _Rows:
    """How far the rows are: a live line on a terminal, else a line every ``EVERY`` rows."""

    def __init__(self, t: Texts) -> None:
        self._t = t
        self._status = diagnostics.Status()
        self._began: tuple[float, int] | None = None

    def at(self, progress: Progress) -> None:
        if self._began is None:
            self._began = time.monotonic(), progress.done
        text = self._t("batch.progress", done=progress.done, total=progress.total) + self._left(progress)
        if self._status.live:
            self._status.show(text)
        elif progress.done and progress.done % EVERY == 0 and progress.done < progress.total:
            diagnostics.note(text)

    def clear(self) -> None:
        self._status.clear()

    def _left(self, progress: Progress) -> str:
        assert self._began is not None
        since, first = self._began
        answered = progress.done - first
        if not answered:
            return ""
        seconds = (time.monotonic() - since) / answered * (progress.total - progress.done)
        return self._t("batch.left", time=f"{int(seconds) // 60}:{int(seconds) % 60:02d}")
