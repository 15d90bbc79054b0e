"""``denju batch``: many rows in, one answer record a row out."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer

from denju_tui.batch_list import remember
from denju_tui.cli import output
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson
from denju_tui.cli.session import session, stopped_by_ctrl_c

if TYPE_CHECKING:
    from denju.workbench import Order, Workbench
    from denju_tui.locale import Texts

Target = Annotated[Path, typer.Argument(metavar="OUT", help="What the run writes its answers to.")]
Workers = Annotated[
    int, typer.Option(min=0, max=64, metavar="N", help="Students at once; 0 takes as many as suit this machine.")
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Answer rows again whose record has an error.")]
DespiteChanges = Annotated[
    bool,
    typer.Option(
        "--despite-changes", help="Go on although input, library, student or settings are not what they were."
    ),
]
Cluster = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Answer on the workers of this Dask scheduler (denju[cluster]).")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first row that fails.")]

commands = group()


@commands.command()
def run(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="JSON lines, a table (.csv), or a message a line (.txt); - reads stdin.")
    ],
    target: Annotated[
        str | None, typer.Argument(metavar="[OUT]", help="Gets an answer record a row (.csv: a table); - is stdout.")
    ] = None,
    form: Annotated[
        Literal["jsonl", "csv", "lines"] | None, typer.Option("--from", help="Form of IN; else its name tells.")
    ] = None,
    to: Annotated[
        Literal["jsonl", "csv"] | None, typer.Option("--to", help="Form of OUT; else its name tells.")
    ] = None,
    text: Annotated[str, typer.Option(metavar="COLUMN", help="Column or key of the message.")] = "text",
    row_id: Annotated[str, typer.Option("--id", metavar="COLUMN", help="Column or key of the row's id.")] = "id",
    where: Annotated[
        Literal["no-match"] | None, typer.Option(help="Answer only rows that nothing in the library fits.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N rows.")] = None,
    unordered: Annotated[
        bool, typer.Option("--unordered", help="Write each record when it is ready, not in the order of the rows.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed gives the same answers.")] = 0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, max=4096, metavar="N", help="Longest answer, in tokens.")
    ] = None,
    workers: Workers = 0,
    cluster: Cluster = None,
    retry_failed: RetryFailed = False,
    despite_changes: DespiteChanges = False,
    fail_fast: FailFast = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Search only: which strategies fit how many rows, and how long it takes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON.")] = False,
) -> None:
    """Answer every row; the same command goes on where a stopped run ended.

    Exit code 5 when some rows failed: their records say why.
    """
    from denju.errors import UsageError

    if target is None and not dry_run:
        raise UsageError("Name a file for the answers, or - for stdout.", "denju batch run IN.jsonl OUT.jsonl")
    with session() as (workbench, t):
        named: Literal["jsonl", "csv"] = "csv" if str(target).lower().endswith(".csv") else "jsonl"
        order = workbench.batches.order(
            source, form=form, text=text, row_id=row_id, to=to or named, where=where, limit=limit,
            unordered=unordered, seed=seed, max_tokens=max_tokens,
        )  # fmt: skip
        if dry_run:
            _forecast(workbench, t, order, workers, as_json=as_json)
        else:
            assert target is not None
            _answer(
                workbench, t, order, target, workers=workers, cluster=cluster, retry_failed=retry_failed,
                despite_changes=despite_changes, fail_fast=fail_fast,
            )  # fmt: skip


@commands.command()
def resume(
    target: Target,
    workers: Workers = 0,
    cluster: Cluster = None,
    retry_failed: RetryFailed = False,
    despite_changes: DespiteChanges = False,
    fail_fast: FailFast = False,
) -> None:
    """Go on with a run that stopped, whatever stopped it: only what OUT does not hold yet is answered."""
    from denju.errors import UsageError

    with session() as (workbench, t):
        order = workbench.batches.order_of(target)
        if order.source.path is None and sys.stdin.isatty():
            raise UsageError(t("batch.from_stdin"), t("batch.from_stdin_hint", target=target))
        _answer(
            workbench, t, order, str(target), workers=workers, cluster=cluster, retry_failed=retry_failed,
            despite_changes=despite_changes, fail_fast=fail_fast,
        )  # fmt: skip


@commands.command()
def status(target: Target, as_json: AsJson = False) -> None:
    """How far a run is, from any terminal; on a terminal it is shown until the run ends."""
    from denju_tui.cli import batch_telling

    with session() as (workbench, t):
        if as_json:
            output.json_line(workbench.batches.status(target).to_dict())
            return
        with stopped_by_ctrl_c() as cancel:
            batch_telling.follow(lambda: workbench.batches.status(target), t, cancel)
        for line in batch_telling.job_text(target, workbench.batches.status(target), t):
            output.line(line)
        for record in workbench.batches.failures(target, batch_telling.FAILURES):
            output.line(t("batch.failure", id=record["id"], message=t.said(record["error"]["message"])))


@commands.command()
def stop(target: Target) -> None:
    """Stop a run that goes on somewhere else, as Ctrl-C does; denju batch resume goes on."""
    from denju_tui.cli import diagnostics

    with session() as (workbench, t):
        stopped = workbench.batches.stop(target)
        diagnostics.note(t("batch.stopping" if stopped else "batch.not_running", target=target))


def _answer(workbench: Workbench, t: Texts, order: Order, target: str, **wishes: Any) -> None:
    """``wishes`` are those of ``Batches.run``."""
    from denju.errors import SomeRowsFailed
    from denju_tui.cli import batch_telling

    to_stdout = output.binary("-", force=True) if target == "-" else contextlib.nullcontext()
    with _outliving_the_terminal() as cancel, to_stdout as stream:
        place = stream or Path(target).absolute()
        with contextlib.suppress(OSError):  # a place that cannot be looked at: the run says why
            if isinstance(place, Path) and place.name and not place.is_dir():
                # At once: whatever ends this process, the run can be found again.
                remember(workbench.paths.drafts, place)
        updates = workbench.batches.run(order, place, cancel, stdin=_stdin(), **wishes)
        tally = batch_telling.tell(updates, t, target)
    if failed := tally.failed + tally.failed_before:
        hint = "batch.some_failed_hint" if order.source.path else "batch.some_failed_stdin_hint"
        raise SomeRowsFailed(t("batch.some_failed", failed=failed), t(hint))


def _forecast(workbench: Workbench, t: Texts, order: Order, workers: int, *, as_json: bool) -> None:
    from denju_tui.cli import batch_telling

    with stopped_by_ctrl_c() as cancel:
        updates = workbench.batches.forecast(order, cancel, workers=workers, stdin=_stdin())
        found = batch_telling.forecast(updates, t)
    if as_json:
        output.json_line(found.to_dict())
        return
    output.table(
        [t("batch.strategy"), t("batch.rows"), t("batch.title")],
        [(id_, f"{rows:,}", title) for id_, title, rows in found.strategies],
    )
    for line in batch_telling.forecast_text(found, t):
        output.line(line)


def _stdin() -> IO[bytes]:
    """Standard input, for a thread that may still wait for a line when the command ends.

    The interpreter takes ``sys.stdin`` away in its last moments, and aborts where a thread is inside it.
    """
    return open(sys.stdin.fileno(), "rb", closefd=False)


@contextlib.contextmanager
def _outliving_the_terminal() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a kill sets; that the terminal is closed stops nothing."""
    with stopped_by_ctrl_c() as cancel:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.signal(signal.SIGTERM, lambda *_: cancel.set())
        try:
            yield cancel
        finally:
            signal.signal(signal.SIGHUP, before[0])
            signal.signal(signal.SIGTERM, before[1])
