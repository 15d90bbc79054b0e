"""What the commands of learning share: options, a plan as text, a run as a record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from denju.workbench import Plan, RunStatus, Workbench
    from denju_tui.locale import Texts

RunId = Annotated[str, typer.Argument(metavar="RUN", help="An id, or the start of one; else the newest run.")]
CardFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What the firm does (TOML); the teacher plays its customers.")
]
Newest = Annotated[
    int, typer.Option(min=0, metavar="N", help="Of the newest N answers those without a match or rated bad.")
]
Tickets = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Past messages: JSON Lines (text or messages, topic) or CSV (text, topic)."),
]


def _count(told: str) -> Any:
    return typer.Option(min=1, max=200, metavar="N", help=told)


Topics = Annotated[int, _count("So many topics are asked for where the card names none.")]
Train = Annotated[int, _count("Situations of each topic (of tickets and history: a share) that drafts are made from.")]
Gate = Annotated[
    int,
    _count(
        "Situations of each topic (of tickets and history: a share) that drafts are held against; fewer than 20 for a "
        "draft seldom tell."
    ),
]
Sealed = Annotated[
    int,
    _count(
        "Situations of each topic (of tickets and history: a share) that nothing is chosen by; scored once, at the end."
    ),
]
Measured = Annotated[
    int, _count("Situations of each topic that the teacher plays; tickets, history and those of a run are all used.")
]
Rounds = Annotated[int, _count("How often a draft for one situation is tried and bettered at most.")]
Turns = Annotated[int, _count("How often a customer writes at most before the answer that is looked at.")]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="The same seed draws the same.")]
Budget = Annotated[
    float, typer.Option(min=0, metavar="USD", help="Most money of the run; 0: only the limits of the settings.")
]
NoTeacher = Annotated[bool, typer.Option("--no-teacher-arm", help="Do not let the teacher answer sealed situations.")]
Practice = Annotated[
    bool, typer.Option("--practice-anyway", help="Let the practice student learn from a teacher that costs money.")
]


Yes = Annotated[
    str | None, typer.Option("--yes", metavar="NAME", help="This person has read the plan, and says yes once.")
]


def plan_as_text(plan: Plan, workbench: Workbench, t: Texts) -> str:
    """What a person says yes to: what will leave, in which shape, where to, how much, and what it costs."""
    cost, folder = plan.cost, workbench.learn.open(plan.id).path
    if cost.money is None:
        money = t("teacher.needs_price" if plan.budget or workbench.limited_in_money else "teacher.no_price")
    else:
        money = t("learn.about_money", money=f"{cost.money:.2f}")
        if plan.budget:
            money += t("learn.capped", money=f"{plan.budget:.2f}")
    lines = [
        t("learn.to", host=plan.host, model=plan.model, student=plan.student["model"]),
        t("learn.language", language=t(f"learn.in_{plan.language}")),
        t("learn.leaves_card") if plan.card else "",
        t("learn.leaves_given", count=plan.given, file=folder / "situations.json") if plan.given else "",
        t("learn.leaves_answers"),
        t("learn.at_most", count=f"{plan.calls:,}", planned=f"{sum(cost.calls.values()):,}"),
        *(f"  {t(f'learn.call_{name}')}: {count:,}" for name, count in cost.calls.items()),
        t("learn.tokens", asked=f"{cost.tokens_in:,}", answered=f"{cost.tokens_out:,}", money=money),
        t("learn.here", answers=f"{cost.answers:,}", hours=f"{cost.hours:.1f}"),
        t("common.practice_warning") if plan.student["practice"] else "",
    ]
    return "\n".join(filter(None, lines))


def record_of(status: RunStatus) -> dict[str, Any]:
    """A run for programs."""
    return {
        "run": status.plan.id, "kind": status.plan.kind, "state": status.state, "created": status.plan.created,
        "done": status.done, "total": status.plan.steps, "calls": status.calls, "money": round(status.money, 6),
        "pid": status.pid, "stopped": status.stopped,
    }  # fmt: skip
