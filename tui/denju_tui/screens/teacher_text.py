"""What the Teacher pane says about a request, a draft and the ledger, as paragraphs and rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from denju.values import Strategy
from denju_tui.cli.teaching import costs
from denju_tui.locale import Texts
from denju_tui.moments import moment
from denju_tui.widgets.ink import HEADING, MARKED, MUTED, TITLE, WARNING
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Mark, Paragraph
from denju_tui.widgets.strategy_text import whole

if TYPE_CHECKING:
    from denju.workbench import Finding, Found, Preview, Request

_WEIGHTS = {"warning": WARNING, "violation": WARNING}


def head(preview: Preview, t: Texts, *, rows_key: str, limited: bool) -> list[Paragraph]:
    """Where it goes and what it costs; ``rows_key`` leads to what is hidden, ``limited``: see ``costs``."""
    request = preview.request
    count = sum(each.count for each in preview.found if each.hidden)
    hidden = t("tutor.hidden", count=count, key=rows_key)
    paragraphs = [
        Paragraph(t("teacher.to", host=request.host, model=request.model, provider=request.provider), TITLE),
        cost(request.tokens, request.most_tokens, preview.money, t, limited=limited),
        Paragraph(hidden),
    ]
    return paragraphs if preview.exact else [*paragraphs, Paragraph(t("teacher.not_exact"), WARNING)]


def cost(tokens: int, most_tokens: int, money: float | None, t: Texts, *, limited: bool) -> Paragraph:
    """See ``costs``."""
    said = costs(tokens, most_tokens, money, t, limited=limited)
    return Paragraph(said, WARNING if limited and money is None else "")


def body(text: str, found: Sequence[Found]) -> Paragraph:
    """``text`` with every placeholder marked, and what was found and may leave as it is."""
    marks: list[Mark] = []
    for each in found:
        wanted, style = (each.placeholder, MARKED) if each.hidden else (_as_json(each.text), WARNING)
        start = text.find(wanted) if wanted else -1
        while start >= 0:
            marks.append((start, start + len(wanted), style))
            start = text.find(wanted, start + len(wanted))
    return Paragraph(text, marks=tuple(marks))


def _as_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def found_rows(found: Sequence[Found], t: Texts) -> list[Row]:
    """A switch for each value that was found."""
    return [
        Row(
            each.text,
            (
                "[x]" if each.hidden else "[ ]",
                t(f"kind.{each.kind}"),
                each.placeholder if each.fixed else " ".join(each.text.split()),
                f"x{each.count}",
            ),
            quiet=not each.hidden,
        )
        for each in found
    ]


def request_rows(requests: Sequence[Request], gist: Callable[[Request], str], t: Texts) -> list[Row]:
    """The outbox, newest first, each with what it is about."""
    return [
        Row(
            each.id,
            (moment(each.created), t(f"outbox.{each.stands}"), gist(each) or each.host),
            quiet=each.over,
        )
        for each in reversed(requests)
    ]


def ledger_rows(attempts: Sequence[dict[str, Any]], t: Texts) -> list[Row]:
    """What left, newest first."""
    return [
        Row(
            str(each["attempt"]),
            (
                moment(str(each["at"])),
                t(f"result.{each['result']}"),
                str(each["approved_by"]),
                t("tutor.used", count=f"{each['tokens_in'] + each['tokens_out'] + each.get('tokens_thinking', 0):,}"),
                f"{each['money']:.4f} USD",
                str(each["host"]),
            ),
        )
        for each in reversed(attempts)
    ]


def kept(request: Request, t: Texts) -> list[Paragraph]:
    """A request of the outbox: its state, who said yes, what is hidden, what stopped it."""
    hidden = t("common.comma").join(f"{t(f'kind.{kind}')} x{count}" for kind, count in request.hidden.items())
    lines = [
        Paragraph(f"{request.id}  {t(f'outbox.{request.stands}')}", TITLE),
        Paragraph(t("teacher.to", host=request.host, model=request.model, provider=request.provider)),
        Paragraph(f"{t('teacher.hidden', count=sum(request.hidden.values()))}  {hidden}", MUTED),
    ]
    if request.approval is not None:
        lines.append(Paragraph(t("teacher.yes_of", name=request.approval.by, at=moment(request.approval.at)), MUTED))
    if request.error is not None:
        lines += [Paragraph(t.said(request.error["message"]), WARNING), Paragraph(t.said(request.error["hint"]))]
    return lines


def draft(strategy: Strategy, findings: Sequence[Finding] | None, t: Texts) -> list[Paragraph]:
    """A draft with what the teacher gave as its reason, and what every check says; ``None``: they still run."""
    paragraphs = []
    if reason := strategy.extra.get("reason"):
        paragraphs += [Paragraph(t("tutor.reason"), HEADING, gap=True), Paragraph(str(reason))]
    for each in strategy.extra.get("rounds", ()):
        paragraphs.append(Paragraph(t("tutor.round", by=each.get("by", ""), remark=each["remark"]), MUTED, gap=True))
    if findings is None:
        paragraphs.append(Paragraph(t("queue.checking"), MUTED, gap=True))
    elif findings:
        paragraphs.append(Paragraph(t("review.checks"), HEADING, gap=True))
    for each in findings or ():
        values = dict(each.values)
        if "field" in values:
            values["field"] = t(f"strategy.{values['field']}")
        said = t(f"review.{each.check}_{each.said}", **values)
        style = _WEIGHTS.get(each.severity, MUTED if each.severity == "ok" else "")
        paragraphs.append(Paragraph(said, style, lead=t(f"review.{each.severity}") + " "))
    title, summary, *rest = whole(strategy, t)
    return [title, summary, *paragraphs, *rest]
