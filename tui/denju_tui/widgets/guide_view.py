"""Beside the answer: the strategy it follows and why that one, or in plain sight that none fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from denju.values import Candidate, Match, MatchedTerm, Strategy
from denju_tui.locale import Texts
from denju_tui.widgets.ink import HEADING, METER, MUTED, TITLE, WARNING
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.strategy_text import followed
from denju_tui.widgets.wrapping import pad

METER_CELLS = 16
LONGEST_TERM = 12
MOST_TERMS = 6
LEAST_SHARE = 0.05
"""Terms that say less than this are not worth the reader's eyes."""


@dataclass(frozen=True, slots=True)
class Guide:
    """What is known about the guidance of one answer so far."""

    match: Match | None = None
    served: Strategy | None = None
    """The fallback, where nothing matched and it served."""
    answered: bool = False
    """Whether a student answered, so that what served is known."""


class GuideView(VerticalScroll):
    """The guidance in full."""

    DEFAULT_CSS = """
    GuideView { scrollbar-size-vertical: 1; & Sheet { padding-right: 1; } }
    """

    def compose(self) -> ComposeResult:
        yield Sheet()

    def show(self, guide: Guide, t: Texts) -> None:
        """Show this one, from its top."""
        sheet = self.query_one(Sheet)
        before = sheet.paragraphs
        sheet.show(_paragraphs(guide, t))
        if sheet.paragraphs != before:
            self.scroll_home(animate=False)


def telling(terms: Sequence[MatchedTerm]) -> tuple[MatchedTerm, ...]:
    """The terms that are listed, and marked in the customer's words."""
    return tuple(term for term in terms if term.share >= LEAST_SHARE)[:MOST_TERMS]


def line(guide: Guide, t: Texts) -> tuple[str, str]:
    """The guidance in one line, for narrow screens: what it is, and how sure."""
    match = guide.match
    if match is None:
        return "", ""
    if match.best is not None:
        sure = t("guide.forced") if match.kind == "forced" else _percent(match.best.confidence, t)
        return match.best.strategy.title, sure
    if match.kind == "none":
        return t("guide.none"), guide.served.title if guide.served else ""
    return t(f"guide.{match.kind}"), ""


def _paragraphs(guide: Guide, t: Texts) -> list[Paragraph]:
    match = guide.match
    if match is None:
        return [Paragraph(t("guide.title"), HEADING), Paragraph(t("guide.idle"), MUTED)]
    if match.best is not None:
        return _found(match, match.best, t)
    if match.kind == "none":
        return _nothing(guide, match, t)
    return [Paragraph(t("guide.title"), HEADING), Paragraph(t(f"guide.{match.kind}"))]


def _found(match: Match, best: Candidate, t: Texts) -> list[Paragraph]:
    kind = t("guide.forced") if match.kind == "forced" else f"{t('guide.matched')} {_percent(best.confidence, t)}"
    revision = t("guide.revision", number=best.strategy.revision)
    return [
        Paragraph(best.strategy.title, TITLE),
        Paragraph(f"{kind}  {revision}", marks=((0, len(kind), HEADING),), style=MUTED),
        *_terms(best.terms, t),
        *followed(best.strategy, t),
        *_others(t("guide.runners_up"), match.runners_up),
        Paragraph(best.strategy.id, MUTED, gap=True),
    ]


def _nothing(guide: Guide, match: Match, t: Texts) -> list[Paragraph]:
    paragraphs = [Paragraph(t("guide.none"), WARNING)]
    if guide.served is not None:
        paragraphs.append(Paragraph(t("guide.none_served", title=guide.served.title)))
    elif guide.answered:
        paragraphs.append(Paragraph(t("guide.none_free")))
    paragraphs.append(Paragraph(t("guide.none_next"), MUTED))
    if guide.served is not None:
        paragraphs += followed(guide.served, t)
    below = t("guide.below", percent=round(match.threshold * 100))
    return [*paragraphs, *_others(below, match.runners_up)]


def _terms(terms: Sequence[MatchedTerm], t: Texts) -> list[Paragraph]:
    """A term a line: its share as a number and a bar."""
    shown = telling(terms)
    if not shown:
        return []
    width = min(max(cell_len(term.term) for term in shown), LONGEST_TERM)
    paragraphs = [Paragraph(t("guide.terms"), HEADING, gap=True)]
    for term in shown:
        filled = max(1, round(term.share * METER_CELLS))
        percent = f"{round(term.share * 100):>3} %  "
        bar = ((len(percent), len(percent) + filled, METER),)
        lead = f" {pad(term.term, width)}  "
        paragraphs.append(Paragraph(percent + " " * filled, lead=lead, lead_style="", marks=bar))
    return paragraphs


def _others(heading: str, candidates: Sequence[Candidate]) -> list[Paragraph]:
    if not candidates:
        return []
    return [
        Paragraph(heading, HEADING, gap=True),
        *(Paragraph(each.strategy.title, lead=f"{round(each.confidence * 100):>3} %  ") for each in candidates),
    ]


def _percent(confidence: float, t: Texts) -> str:
    return t("guide.confidence", percent=round(confidence * 100))
