"""What the Learning pane says about a plan and a run."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from denju.text import clean, one_line
from denju_tui.cli.batch_telling import clock
from denju_tui.locale import Texts
from denju_tui.moments import moment
from denju_tui.screens.batch_text import Key, labelled
from denju_tui.screens.learning_runs import Run
from denju_tui.widgets.ink import HEADING, MUTED, TITLE, WARNING
from denju_tui.widgets.meter import bar
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph

if TYPE_CHECKING:
    from denju.workbench import Plan


def run_rows(runs: Sequence[Run], t: Texts) -> list[Row]:
    """The runs: state, how much is done, when they were planned, what they are."""
    return [
        Row(
            each.id,
            (
                t(f"coach.{each.state}"),
                _percent(each),
                moment(each.status.plan.created)[5:],
                _kind(each, t),
            ),
            quiet=not each.active and each.state != "planned",
        )
        for each in runs
    ]


def run(shown: Run, t: Texts, key: Key, *, limited: bool) -> list[Paragraph]:
    """One run: what matters most in its state first; ``limited`` in money, a run without a price cannot begin."""
    if shown.state == "planned":
        return plan(shown.status.plan, t, key, limited=limited)
    status, planned = shown.status, shown.status.plan
    warns = shown.state == "refused" or (shown.state == "paused" and status.stopped is not None)
    body = [Paragraph(planned.id, TITLE), Paragraph(t(f"coach.{shown.state}"), WARNING if warns else HEADING)]
    if shown.said:
        body.append(Paragraph(shown.said, gap=True))
    if status.stopped is not None and shown.state == "paused":
        told = [status.stopped.get(name, "") for name in ("message", "hint")]
        body += [Paragraph(t.said(clean(told[0])), WARNING, gap=True), Paragraph(t.said(clean(told[1])))]
    if shown.state in ("running", "paused", "starting"):
        body += [Paragraph(""), bar(shown.share), Paragraph("")]
    else:
        body.append(Paragraph(""))
    left = status.seconds_left
    live = shown.state in ("running", "paused")
    done = t("coach.step_of", done=f"{status.done:,}", total=f"{planned.steps:,}") if live else f"{status.done:,}"
    body += labelled(
        [
            (t("coach.stage"), t(f"learn.stage_{status.stage}") if status.stage and live else "", TITLE),
            (t("coach.left"), t("coach.left_value", time=clock(left)) if left is not None else "", TITLE),
            (t("coach.step"), done, ""),
            (t("coach.spent"), t("coach.spent_value", calls=f"{status.calls:,}", money=f"{status.money:.4f}"), ""),
            *_what(planned, t),
        ]
    )
    return [*body, *_next(shown, t, key)]


def plan(planned: Plan, t: Texts, key: Key, *, limited: bool) -> list[Paragraph]:
    """What a person says yes to: what it costs first, then what leaves."""
    cost = planned.cost
    stopped = cost.money is None and (limited or planned.budget > 0)
    if cost.money is None:
        money = t("teacher.needs_price" if stopped else "coach.no_price")
    else:
        money = t("coach.money_value", money=f"{cost.money:.2f}")
        if planned.budget:
            money = t("coach.money_most", money=money, most=f"{planned.budget:.2f}")
    calls = {"count": f"{planned.calls:,}", "planned": f"{sum(cost.calls.values()):,}"}
    long = cost.hours >= 1
    time = t("coach.hours" if long else "coach.minutes", count=f"{cost.hours:.1f}" if long else ceil(cost.hours * 60))
    here = {"answers": f"{cost.answers:,}", "time": time}
    tokens = {"asked": f"{cost.tokens_in:,}", "answered": f"{cost.tokens_out:,}"}
    leaves = [
        *([t("coach.leaves_card")] if planned.card else []),
        *([t("coach.leaves_given", count=f"{planned.given:,}", key=key("learning.given"))] if planned.given else []),
        t("coach.leaves_answers"),
    ]
    return [
        Paragraph(t("coach.nothing_left"), TITLE),
        Paragraph(t("coach.yes_how", key=key("learning.yes"))),
        Paragraph(""),
        *labelled(
            [
                (t("coach.asks_money"), money, WARNING if stopped else TITLE),
                (t("coach.asks_calls"), t("coach.calls_value", **calls), ""),
                (t("coach.asks_tokens"), t("coach.tokens_value", **tokens), ""),
                (t("coach.asks_here"), t("coach.here_value", **here), ""),
                (t("coach.language"), t(f"learn.in_{planned.language}"), ""),
                *_what(planned, t),
            ]
        ),
        Paragraph(t("coach.leaves"), HEADING, gap=True),
        *(Paragraph(each, lead="- ") for each in leaves),
        Paragraph(t("coach.calls"), HEADING, gap=True),
        *labelled([(t(f"learn.call_{name}"), f"{count:>5,}", "") for name, count in cost.calls.items()]),
    ]  # fmt: skip


def _what(planned: Plan, t: Texts) -> list[tuple[str, str, str]]:
    """Where to, with which student, from when."""
    practice = planned.student["practice"]
    student = t("pane.practice") if practice else one_line(str(planned.student["model"]))
    return [
        (t("coach.to"), f"{one_line(planned.host)}  {one_line(planned.model)}", ""),
        (t("coach.student"), student, WARNING if practice else ""),
        (t("coach.begun"), moment(planned.created), MUTED),
    ]


def _next(shown: Run, t: Texts, key: Key) -> list[Paragraph]:
    """What a person can do now."""
    text, action = {
        "starting": ("outlives", ""), "running": ("outlives", ""), "refused": ("goes_on", "learning.resume"),
        "paused": ("send_again", "learning.again") if shown.unsure else ("goes_on", "learning.resume"),
        "finished": ("open_how", "learning.open"), "planned": ("yes_how", "learning.yes"),
    }[shown.state]  # fmt: skip
    return [Paragraph(t(f"coach.{text}", key=key(action) if action else ""), gap=True)]


def _kind(run_: Run, t: Texts) -> str:
    planned = run_.status.plan
    what = one_line(planned.card.firm) if planned.card else one_line(planned.model)
    return f"{t(f'coach.{planned.kind}')}  {what}"


def _percent(run_: Run) -> str:
    return f"{int(min(1.0, run_.share) * 100):>3} %" if run_.state in ("running", "paused", "starting") else ""
