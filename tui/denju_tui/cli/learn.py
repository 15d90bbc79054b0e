"""``denju learn``: the teacher coaches the student in a long run, and a gate says whether it helped."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.learn_results import evaluate, judge, report
from denju_tui.cli.learn_telling import (
    Budget,
    CardFile,
    Gate,
    Newest,
    NoTeacher,
    Practice,
    Rounds,
    RunId,
    Sealed,
    Seed,
    Tickets,
    Topics,
    Train,
    Turns,
    Yes,
    plan_as_text,
    record_of,
)
from denju_tui.cli.options import AsJson
from denju_tui.cli.session import session, stopped_by_ctrl_c
from denju_tui.cli.teaching import says_yes

if TYPE_CHECKING:
    from denju.events import Learning
    from denju.workbench import Plan, RunStatus, Workbench
    from denju_tui.locale import Texts

WATCH = 2.0
"""Seconds between two looks at a run in another process."""
EVERY = 25
"""Steps between two lines of progress where there is no terminal."""

commands = group()


@commands.command()
def plan(
    card: CardFile = None,
    tickets: Tickets = None,
    history: Newest = 0,
    drafts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Strategies to put to the gate too (an export).")
    ] = None,
    topics: Topics = 8,
    train: Train = 3,
    gate: Gate = 12,
    sealed: Sealed = 4,
    rounds: Rounds = 2,
    turns: Turns = 1,
    seed: Seed = 0,
    budget: Budget = 0.0,
    no_teacher: NoTeacher = False,
    practice_anyway: Practice = False,
    as_json: AsJson = False,
) -> None:
    """Plan a run and say what it costs; nothing leaves yet. Situations to learn from, for the gate, and sealed ones
    are counted per topic; tickets and history are divided in the proportion of these numbers.
    """
    sizes = {"topics": topics, "train": train, "gate": gate, "sealed": sealed, "rounds": rounds, "turns": turns}
    with session() as (workbench, t):
        made = workbench.plan_of_learning(
            card=card, tickets=tickets, history=history, drafts=drafts, sizes=sizes, seed=seed, budget=budget,
            teacher_arm=not no_teacher, practice=practice_anyway,
        )  # fmt: skip
        if as_json:
            output.json_line(made.to_dict())
            return
        output.line(made.id)
        diagnostics.note(plan_as_text(made, workbench, t))
        diagnostics.note(t("learn.next", id=made.id))


@commands.command()
def run(
    run_id: RunId = "",
    yes: Yes = None,
    as_json: AsJson = False,
) -> None:
    """Run a plan after a person's yes. It goes on when the terminal closes; Ctrl-C pauses it."""
    with session() as (workbench, t):
        status = workbench.learn.status(run_id)
        if status.state == "planned":
            workbench.learn.agree(status.plan.id, _agreed(workbench, status.plan, t, yes, f"run {status.plan.id}"))
        _work(workbench, t, status.plan.id, send_again=False, as_json=as_json)


@commands.command()
def resume(
    run_id: RunId = "",
    send_again: Annotated[
        bool, typer.Option("--send-again", help="Send a call once more that may have arrived, and may be paid for.")
    ] = False,
    budget: Annotated[
        float | None,
        typer.Option(min=0, metavar="USD", help="Most money of the whole run from now on; needs a new yes."),
    ] = None,
    yes: Yes = None,
    as_json: AsJson = False,
) -> None:
    """Go on where a run stopped; nothing that is done is done again."""
    with session() as (workbench, t):
        plan = workbench.learn.status(run_id).plan
        if budget is not None:
            by = _agreed(workbench, replace(plan, budget=budget), t, yes, f"resume {plan.id} --budget {budget:g}")
            workbench.learn.agree(plan.id, by, budget=budget)
        _work(workbench, t, plan.id, send_again=send_again, as_json=as_json)


@commands.command()
def status(
    run_id: RunId = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay and watch while it runs.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the runs, or tell how far one is; it may run in another process."""
    with session() as (workbench, t):
        found = [workbench.learn.status(run_id)] if run_id or follow else workbench.learn.runs()
        if follow:
            found = [_followed(workbench, found[0], t)]
        if as_json:
            for each in found:
                output.json_line(record_of(each))
            return
        output.table(
            [t(f"learn.{name}") for name in ("run", "state", "steps", "calls", "money", "process")],
            (
                [each.plan.id, t(f"learn.{each.state}"), f"{each.done:,} / {each.plan.steps:,}", f"{each.calls:,}",
                 f"{each.money:.4f}", str(each.pid or "")]
                for each in found
            ),
        )  # fmt: skip
        for each in found:
            if each.stopped:
                message, hint = (t.said(each.stopped[name]) for name in ("message", "hint"))
                diagnostics.note(f"{each.plan.id}: {message}\n  {hint}")
        if not found:
            diagnostics.note(t("learn.no_runs"))


@commands.command()
def stop(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="An id, or the start of one; else whatever runs.")] = "",
) -> None:
    """Pause the run that goes on somewhere else, as Ctrl-C does; denju learn resume goes on."""
    with session() as (workbench, t):
        names = [run_id] if run_id else [each.plan.id for each in workbench.learn.runs() if each.state == "running"]
        if not names:
            diagnostics.note(t("learn.none_runs"))
        for name in names:
            stopped = workbench.learn.stop(name)
            diagnostics.note(t("learn.stopping" if stopped else "learn.not_running", run=name))


commands.command()(judge)
commands.command()(report)
commands.command()(evaluate)


def _work(workbench: Workbench, t: Texts, run_id: str, *, send_again: bool, as_json: bool) -> None:
    """Run it and tell of it; the terminal may go away meanwhile."""
    from denju.events import Learning

    shown = diagnostics.Status()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    result = None
    with stopped_by_ctrl_c() as cancel:
        try:
            for event in workbench.learn.run(run_id, cancel, send_again=send_again):
                if isinstance(event, Learning):
                    _tell(event, shown, t)
                else:
                    result = event.result
        finally:
            shown.clear()
            signal.signal(signal.SIGHUP, before)
    assert result is not None
    if as_json:
        output.json_line({"run": run_id, **result})
        return
    drafts = [(each["strategy"], each["verdict"]) for each in result["drafts"]]
    output.table(
        [t("library.id"), t("library.title"), t("learn.verdict")],
        ([strategy["id"], strategy["title"], t(f"learn.{verdict}")] for strategy, verdict in drafts),
    )
    better = sum(verdict == "better" for _, verdict in drafts)
    diagnostics.note(t("learn.done", count=better, id=run_id))


def _tell(event: Learning, shown: diagnostics.Status, t: Texts) -> None:
    hours, minutes = divmod(round(event.seconds_left / 60), 60)
    stage, left = t(f"learn.stage_{event.stage}"), f"{hours}:{minutes:02d}"
    text = t("learn.progress", stage=stage, done=event.done, total=event.total, time=left)
    if shown.live:
        shown.show(text)
    elif event.done % EVERY == 0:
        diagnostics.note(text)


def _followed(workbench: Workbench, status: RunStatus, t: Texts) -> RunStatus:
    """Watch until it stops."""
    shown = diagnostics.Status()
    try:
        while status.state == "running":
            shown.show(t("learn.watching", id=status.plan.id, done=status.done, total=status.plan.steps))
            time.sleep(WATCH)
            status = workbench.learn.status(status.plan.id)
    finally:
        shown.clear()
    return status


def _agreed(workbench: Workbench, plan: Plan, t: Texts, yes: str | None, command: str) -> str:
    """Who said yes to the plan: by name, or at the terminal after a look at it.

    Raises:
        NeedsConsent: nobody.
    """
    from denju.errors import NeedsConsent

    if yes:
        return yes
    if sys.stdin.isatty() and sys.stderr.isatty():
        diagnostics.note(plan_as_text(plan, workbench, t))
        diagnostics.note(t("learn.sure", name=workbench.person))
        if says_yes():
            return workbench.person
    raise NeedsConsent(
        f"{plan.id} has no yes; nothing was sent.", f"After a look at its plan: denju learn {command} --yes NAME"
    )
