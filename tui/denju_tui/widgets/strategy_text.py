"""A strategy as paragraphs, in the order in which a person follows it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from denju.text import clean
from denju.values import Strategy
from denju_tui.locale import Texts
from denju_tui.moments import moment
from denju_tui.widgets.ink import HEADING, MUTED, TITLE
from denju_tui.widgets.sheet import Paragraph


def followed(strategy: Strategy, t: Texts) -> list[Paragraph]:
    """What the student was told: situation, priorities, decide, steps."""
    return [
        *section(t("strategy.situation"), [strategy.situation]),
        *section(t("strategy.priorities"), strategy.priorities, bullet="-"),
        *section(t("strategy.decide"), strategy.decide, bullet="-"),
        *section(t("strategy.steps"), strategy.steps, numbered=True),
    ]


def whole(strategy: Strategy, t: Texts) -> list[Paragraph]:
    """Every field."""
    origin = strategy.origin
    made = [
        origin.kind,
        origin.by,
        origin.model or "",
        origin.request or "",
        origin.file or "",
        moment(strategy.created),
    ]
    reviews = [
        "  ".join(filter(None, (t(f"status.{review.verdict}"), review.by, moment(review.at), review.why)))
        for review in strategy.reviews
    ]
    return [
        Paragraph(strategy.title, TITLE),
        Paragraph(summary(strategy, t), MUTED),
        *section(t("strategy.situation"), [strategy.situation]),
        *section(t("strategy.avoid_when"), strategy.avoid_when, bullet="-"),
        *section(t("strategy.priorities"), strategy.priorities, bullet="-"),
        *section(t("strategy.decide"), strategy.decide, bullet="-"),
        *section(t("strategy.steps"), strategy.steps, numbered=True),
        *section(t("strategy.why"), [strategy.why] if strategy.why else []),
        *section(t("strategy.cues"), strategy.cues, bullet="-"),
        *section(t("strategy.never"), strategy.check.never, bullet="-"),
        *section(t("strategy.always"), strategy.check.always, bullet="-"),
        *section(t("strategy.tags"), ["  ".join(strategy.tags)] if strategy.tags else []),
        *section(t("strategy.translation_of"), [strategy.translation_of] if strategy.translation_of else []),
        *section(t("strategy.reviews"), reviews),
        *section(t("strategy.origin"), ["  ".join(filter(None, made))]),
        *section(
            t("strategy.extra"),
            [clean(json.dumps(strategy.extra, ensure_ascii=False))[:2_000]] if strategy.extra else [],
        ),
    ]


def summary(strategy: Strategy, t: Texts) -> str:
    """Language, kind, status, revision and id on one line."""
    words = [
        strategy.language,
        t(f"scope.{strategy.scope}"),
        t(f"status.{strategy.status}"),
        t("guide.revision", number=strategy.revision),
        strategy.id,
    ]
    return "  ".join(words)


def section(heading: str, items: Sequence[str], *, bullet: str = "", numbered: bool = False) -> list[Paragraph]:
    """A heading and its items below; nothing where there are none."""
    if not items:
        return []
    leads = [f"{number:>2} " if numbered else f" {bullet} " if bullet else "" for number in range(1, len(items) + 1)]
    return [
        Paragraph(heading, HEADING, gap=True),
        *(Paragraph(item, lead=lead) for item, lead in zip(items, leads, strict=True)),
    ]
