"""What the Review pane says about a draft: rows of the queue, where it came from, the checks, the difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from denju.values import Strategy
from denju_tui.locale import Texts
from denju_tui.moments import moment
from denju_tui.widgets.comparison import compared
from denju_tui.widgets.ink import HEADING, MUTED, TITLE, WARNING
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph
from denju_tui.widgets.strategy_text import summary, whole

if TYPE_CHECKING:
    from denju.workbench import Difference, Finding, Waiting

_WEIGHTS = {"warning": WARNING, "violation": WARNING, "ok": MUTED}


def head(waiting: Sequence[Waiting], t: Texts, *, checked: bool, key: str) -> list[Paragraph]:
    """How many wait, and how far the checks are; ``key`` approves all that nothing speaks against."""
    if not waiting:
        return [Paragraph(t("queue.empty"), TITLE), Paragraph(t("queue.empty_next"), MUTED)]
    lines = [Paragraph(t("queue.count", count=len(waiting)), TITLE)]
    if not checked:
        done = sum(bool(each.findings) for each in waiting)
        lines.append(Paragraph(t("queue.progress", done=done, all=len(waiting)), MUTED))
    elif clean := sum(each.clean for each in waiting):
        lines.append(Paragraph(t("queue.clean", count=clean, key=key), MUTED))
    return lines


def queue_rows(waiting: Sequence[Waiting], t: Texts) -> list[Row]:
    """The queue: how weighty what speaks against it, and what it is."""
    return [
        Row(
            each.draft.id,
            (
                t(f"review.{each.severity}").strip() if each.findings else t("queue.unchecked"),
                each.draft.language,
                each.draft.title,
            ),
            quiet=each.clean,
        )
        for each in waiting
    ]


def draft(waiting: Waiting, differences: Iterable[Difference], t: Texts) -> list[Paragraph]:
    """A draft with all that its reviewer has to know, the weightiest first."""
    strategy = waiting.draft
    title, _, *rest = whole(strategy, t)
    paragraphs = [title, Paragraph(summary(strategy, t), MUTED), *came_from(strategy, t)]
    if strategy.scope != "scenario":
        paragraphs.append(Paragraph(t("queue.in_every_prompt"), WARNING))
    paragraphs += findings(waiting.findings, t) if waiting.findings else [Paragraph(t("queue.checking"), MUTED)]
    if waiting.serving is not None:
        changed = t("review.changed", revision=waiting.serving.revision)
        paragraphs += [Paragraph(changed, TITLE, gap=True), *compared(differences, t)]
        paragraphs.append(Paragraph(t("queue.whole"), TITLE, gap=True))
    return [*paragraphs, *rest]


def findings(found: Sequence[Finding], t: Texts) -> list[Paragraph]:
    """A line a check, what speaks against the draft first."""
    weighty = sorted(found, key=lambda each: each.severity == "ok")
    return [Paragraph(t("review.checks"), HEADING, gap=True), *(_finding(each, t) for each in weighty)]


def _finding(finding: Finding, t: Texts) -> Paragraph:
    values = dict(finding.values)
    if "field" in values:
        values["field"] = t(f"strategy.{values['field']}")
    said = t(f"review.{finding.check}_{finding.said}", **values)
    style = _WEIGHTS.get(finding.severity, "")
    return Paragraph(said, style, lead=f" {t(f'review.{finding.severity}')} ", lead_style=style or TITLE)


def came_from(strategy: Strategy, t: Texts) -> list[Paragraph]:
    """Who or what made it, when, and why."""
    origin = strategy.origin
    values = {
        "by": origin.by or t("origin.somebody"),
        "model": origin.model or "",
        "at": moment(strategy.created),
    }
    lines = [Paragraph(t(f"origin.{origin.kind}", **values))]
    if proof := origin.request or origin.file:
        lines.append(Paragraph(proof, MUTED))
    if reason := strategy.extra.get("reason"):
        lines += [Paragraph(t("tutor.reason"), HEADING, gap=True), Paragraph(str(reason))]
    rounds = strategy.extra.get("rounds", ())
    for each in rounds if isinstance(rounds, list) else ():
        if isinstance(each, dict):
            said = t("tutor.round", by=each.get("by", ""), remark=each.get("remark", ""))
            lines.append(Paragraph(said, MUTED, gap=True))
    return lines
