"""``denju learn judge``, ``report`` and ``evaluate``: what came of a run, and what it is worth elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal
from unicodedata import normalize

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.learn_telling import (
    Budget,
    CardFile,
    Measured,
    Newest,
    NoTeacher,
    Practice,
    RunId,
    Seed,
    Tickets,
    Topics,
    Turns,
    plan_as_text,
)
from denju_tui.cli.options import AsJson, Reviewer
from denju_tui.cli.session import session


def judge(run_id: RunId = "", reviewer: Reviewer = None) -> None:
    """Judge the pairs that the judge judged, blind: 1 the first is better, 2 the second, = even; q ends."""
    with session() as (workbench, t):
        by = reviewer or workbench.person
        sheet = workbench.learn.sheet(run_id)
        for pair in sheet.pairs(by):
            said = [f"{t(f'learn.{turn.role}')}\n{turn.text}" for turn in pair.turns]
            diagnostics.note("\n\n".join([*said, f"--- 1 ---\n{pair.first}", f"--- 2 ---\n{pair.second}"]) + "\n")
            diagnostics.note(t("learn.which"))
            choice = ""
            while choice not in ("1", "2", "=", "q"):
                line = sys.stdin.readline(100)
                choice = normalize("NFKC", line).strip().lower() if line else "q"  # １ of an input method is a 1
            if choice == "q":
                break
            sheet.judge(pair.name, choice, by)
        agreed = sheet.agreement()
        if agreed is not None:
            kappa = "-" if agreed["kappa"] is None else f"{agreed['kappa']:.2f}"
            diagnostics.note(t("learn.agreed", pairs=agreed["pairs"], same=agreed["same"], kappa=kappa))


def report(
    run_id: RunId = "",
    kind: Annotated[
        Literal["markdown", "html"], typer.Option("--format", help="A file named .html is HTML.")
    ] = "markdown",
    file: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")] = "-",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what came of a run: uplift with intervals, drafts with verdicts, answers side by side, what it cost."""
    with session() as (workbench, t):
        facts, markdown, html = workbench.learning_report(run_id, t.language)
        if as_json:
            output.json_line(facts)
            return
        text = html if kind == "html" or file.endswith((".html", ".htm")) else markdown
        with output.binary(file, force=force) as target:
            target.write(text.encode("utf-8", "replace"))


def evaluate(
    library: Annotated[Path, typer.Option(metavar="FILE", help="The strategies to measure (an export).")],
    card: CardFile = None,
    tickets: Tickets = None,
    history: Newest = 0,
    run_id: Annotated[str, typer.Option("--run", metavar="RUN", help="On the sealed situations of this run.")] = "",
    student: Annotated[
        str, typer.Option(metavar="MODEL", help="practice, or the sha256 of a copied model; else the setting's.")
    ] = "",
    topics: Topics = 8,
    sealed: Measured = 4,
    turns: Turns = 1,
    seed: Seed = 0,
    budget: Budget = 0.0,
    no_teacher: NoTeacher = False,
    practice_anyway: Practice = False,
    as_json: AsJson = False,
) -> None:
    """Plan to measure a library on another student or on other situations; denju learn run then does it."""
    with session() as (workbench, t):
        made = workbench.plan_of_learning(
            card=card, tickets=tickets, history=history, drafts=library, evaluate=True, run=run_id,
            sizes={"topics": topics, "sealed": sealed, "turns": turns}, seed=seed, budget=budget,
            teacher_arm=not no_teacher, practice=practice_anyway, student=student,
        )  # fmt: skip
        if as_json:
            output.json_line(made.to_dict())
            return
        output.line(made.id)
        diagnostics.note(plan_as_text(made, workbench, t))
        diagnostics.note(t("learn.next", id=made.id))
