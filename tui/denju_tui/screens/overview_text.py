"""What the Overview says: its figures, and the rows behind each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from denju.text import clean
from denju.values import Strategy
from denju_tui.locale import Texts
from denju_tui.moments import moment
from denju_tui.widgets.ink import HEADING, MUTED, TITLE, WARNING
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph

if TYPE_CHECKING:
    from denju.workbench import Audit, Entry, Overview

METER = 10
"""Characters of a whole bar."""
FIGURES = ("unmatched", "answers", "bad", "used", "unused", "serving", "drafts", "expected", "speed", "money")
"""The figures in their order: what to act on first."""
_BY_STRATEGY = frozenset({"used", "unused", "serving", "drafts", "expected"})
MOST_ROWS = 2_000


def opens_strategy(figure: str) -> bool:
    """Whether the rows of a figure are strategies; else they are answers, or what was sent."""
    return figure in _BY_STRATEGY


def figures(view: Overview[Entry], audit: Audit | None, t: Texts) -> list[Row]:
    """Every figure: its name, its value, and where it is a share, a bar."""
    share, speed, expected = view.unmatched_share, view.tokens_a_second, audit.expected if audit else None
    tokens = t("glance.tokens_a_second", count=f"{speed:.0f}") if speed is not None else "-"
    values = {
        "unmatched": (_percent(share), meter(share)),
        "answers": (f"{len(view.answers):,}", ""),
        "bad": (f"{len(view.bad):,}", ""),
        "used": (f"{len(view.used):,}", ""),
        "unused": (f"{len(view.unused):,}", ""),
        "serving": (f"{len(view.serving):,}", _languages(view.serving)),
        "drafts": (f"{len(view.drafts):,}", ""),
        "expected": (".." if audit is None else _percent(expected), meter(expected)),
        "speed": (tokens, t("glance.seconds", count=f"{view.seconds:.1f}") if view.seconds is not None else ""),
        "money": (t("glance.money_value", money=f"{view.money:.2f}"), ""),
    }
    wide = max(cell_len(value) for value, _ in values.values())
    return [
        Row(name, (t(f"glance.{name}"), " " * (wide - cell_len(values[name][0])) + values[name][0], values[name][1]))
        for name in FIGURES
    ]


def rows(figure: str, view: Overview[Entry], audit: Audit | None, t: Texts) -> list[Row]:
    """The rows behind a figure, at most ``MOST_ROWS``."""
    match figure:
        case "used":
            found = [
                Row(each.strategy.id, (f"{each.times:>5,}", _bad(each.bad, t), each.strategy.title))
                for each in view.used
            ]
        case "unused" | "serving" | "drafts":
            found = [_strategy_row(each, t) for each in getattr(view, figure)]
        case "expected":
            found = [
                Row(each.strategy.id, (_ratio(each.right, each.tried), each.strategy.title))
                for each in (audit.found if audit else ())
            ]
        case "money":
            found = [_attempt_row(each, t) for each in view.attempts]
        case "speed":
            slow = sorted(view.answers, key=lambda each: -float(each.record.get("seconds") or 0))
            found = [_answer_row(each, f"{float(each.record.get('seconds') or 0):>5.1f} s", t) for each in slow]
        case _:
            entries = {"answers": view.answers, "unmatched": view.unmatched, "bad": view.bad}[figure]
            found = [_answer_row(each, moment(each.at)[5:], t) for each in entries]
    return found[:MOST_ROWS]


def answer(entry: Entry, t: Texts) -> list[Paragraph]:
    """One answer of the history: the conversation, what was followed, what a person thought of it."""
    record = entry.record
    paragraphs = [Paragraph(f"{moment(entry.at)}  {entry.id}", MUTED)]
    followed = record.get("strategy") or {}
    title = str(followed.get("title") or "")
    none = record.get("match") == "none"
    paragraphs.append(Paragraph(title or t("guide.none" if none else "guide.off"), WARNING if none else TITLE))
    for turn in entry.messages:
        name = t("talk.customer" if turn.role == "customer" else "talk.agent")
        paragraphs += [Paragraph(name, HEADING, gap=True), Paragraph(turn.text)]
    paragraphs += [Paragraph(t("talk.agent"), HEADING, gap=True), Paragraph(clean(str(record.get("answer", ""))))]
    if entry.edited is not None:
        paragraphs += [Paragraph(t("glance.edited"), HEADING, gap=True), Paragraph(clean(entry.edited))]
    if entry.rated is not None:
        said = f"{t(f'history.{entry.rated.rating}')}  {entry.rated.why}".rstrip()
        paragraphs.append(Paragraph(said, TITLE, gap=True))
    return paragraphs


def meter(share: float | None) -> str:
    """A share as a bar of plain characters."""
    return "" if share is None else ("#" * round(METER * share)).ljust(METER, ".")


def _ratio(right: int, tried: int) -> str:
    return f"{meter(right / tried)}  {right}/{tried}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{round(share * 100)} %"


def _languages(strategies: Sequence[Strategy]) -> str:
    counts: dict[str, int] = {}
    for each in strategies:
        counts[each.language] = counts.get(each.language, 0) + 1
    return "  ".join(f"{language} {count:,}" for language, count in sorted(counts.items()))


def _bad(count: int, t: Texts) -> str:
    return f"{count} {t('history.bad')}" if count else ""


def _strategy_row(strategy: Strategy, t: Texts) -> Row:
    return Row(strategy.id, (strategy.language, t(f"scope.{strategy.scope}"), strategy.title))


def _answer_row(entry: Entry, lead: str, t: Texts) -> Row:
    message = next((turn.text for turn in reversed(entry.messages) if turn.role == "customer"), "")
    match = entry.record.get("match")
    title = str((entry.record.get("strategy") or {}).get("title") or "")
    followed = title or (t("guide.none") if match == "none" else "-")
    return Row(entry.id, (lead, followed[:24], " ".join(clean(message).split())), quiet=match != "none")


def _attempt_row(attempt: Mapping[str, Any], t: Texts) -> Row:
    tokens = attempt["tokens_in"] + attempt["tokens_out"] + attempt.get("tokens_thinking", 0)
    result = t(f"result.{attempt['result']}")
    cells = (
        moment(attempt["at"])[5:],
        f"{attempt['money']:.4f} USD",
        f"{tokens:,}",
        result,
        str(attempt.get("model", "")),
    )
    return Row(str(attempt["attempt"]), cells)


def days_ends(days: Iterable[Any]) -> tuple[str, str]:
    """The first and the last day, to stand below a plot."""
    first, *_, last = [each.day for each in days]
    return f"{first:%m-%d}", f"{last:%m-%d}"
