"""What came of a run of learning: in short, draft by draft, and answers beside one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from denju.text import clean, one_line
from denju.values import Strategy
from denju_tui.locale import Texts
from denju_tui.widgets.abreast import Abreast
from denju_tui.widgets.ink import HEADING, MUTED, TITLE, WARNING
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph
from denju_tui.widgets.strategy_text import followed, whole
from denju_tui.widgets.wrapping import pad

Facts = Mapping[str, Any]
"""All that is known of a finished run, as the report has it."""
VERDICTS = ("better", "not_better", "cannot_tell")
ARMS = ("general", "retrieved", "wrong", "teacher")
_INKS = {"better": HEADING, "not_better": WARNING, "cannot_tell": TITLE}
_OUTCOMES = {1: "won", 0: "even", -1: "lost"}
_CONTRASTS = {1: "better", 0: "even", -1: "worse", None: "unjudged"}


def rows(facts: Facts, t: Texts) -> list[Row]:
    """In short; the drafts with their verdicts; the teacher's contrasts; the pairs that were judged."""
    drafts = [
        Row(f"draft/{number}", (t(f"coach.{each['verdict']}"), one_line(each["strategy"]["title"])))
        for number, each in enumerate(facts["drafts"])
    ]
    contrasts = [
        Row(f"contrast/{number}", (t("coach.is_contrast"), _asked(each["situation"])))
        for number, each in enumerate(facts.get("contrasts", ()))
        if each["rounds"]
    ]
    pairs = [
        Row(f"pair/{number}", (t(f"coach.{_OUTCOMES[each['outcome']]}"), _asked(each["situation"])), quiet=True)
        for number, each in enumerate(facts["pairs"])
    ]
    return [Row("summary", (t("coach.summary"), "")), *drafts, *contrasts, *pairs]


def read(facts: Facts, key: str, t: Texts, *, review: str, judge: str) -> list[Paragraph]:
    """What a row stands for; ``review`` and ``judge`` are the keys to these."""
    kind, _, number = key.partition("/")
    match kind:
        case "draft":
            return draft(facts["drafts"][int(number)], t)
        case "contrast":
            return contrast(facts, facts["contrasts"][int(number)], t)
        case "pair":
            return pair(facts["pairs"][int(number)], t)
    return summary(facts, t, review=review, judge=judge)


def summary(facts: Facts, t: Texts, *, review: str, judge: str) -> list[Paragraph]:
    """How many drafts are better, what they do on sealed situations, what it cost, what could not be told."""
    counts = {name: sum(each["verdict"] == name for each in facts["drafts"]) for name in VERDICTS}
    said = t("coach.counts", **counts) if facts["drafts"] else t("coach.nothing_learnt")
    body = [Paragraph(said, TITLE)]
    if counts["better"]:
        body.append(Paragraph(t("coach.waits", key=review)))
    body.append(Paragraph(t("coach.sealed"), HEADING, gap=True))
    arms = facts["sealed"]["arms"]
    body += _arms(arms, t) if arms else [Paragraph(t("coach.sealed_still"), MUTED)]
    agreed = facts["agreement"]
    body.append(Paragraph(t("coach.agreement"), HEADING, gap=True))
    body.append(Paragraph(_agreement(agreed, t) if agreed else t("coach.nobody", key=judge)))
    spent = facts["spent"]
    took = t(
        "coach.took", calls=f"{spent['calls']:,}", asked=f"{spent['tokens_in']:,}", answered=f"{spent['tokens_out']:,}",
        money=f"{spent['money']:.4f}", minutes=round(facts["seconds"] / 60),
    )  # fmt: skip
    body += [Paragraph(t("coach.cost"), HEADING, gap=True), Paragraph(took)]
    if facts["dropped"]:
        body.append(Paragraph(t("coach.dropped", count=len(facts["dropped"])), MUTED))
    if unjudged := facts.get("unjudged"):
        body.append(Paragraph(t("coach.unjudged", count=unjudged), WARNING))
    body += [
        Paragraph(t("coach.failure", count=count, reason=one_line(reason)), WARNING)
        for reason, count in facts["failures"].items()
    ]
    return body


def draft(judged: Mapping[str, Any], t: Texts) -> list[Paragraph]:
    """The verdict on a draft, what it rests on, and the draft."""
    strategy = Strategy.from_dict(judged["strategy"])
    verdict = judged["verdict"]
    title, about, *rest = whole(strategy, t)
    lines = [
        title,
        Paragraph(t(f"coach.{verdict}"), _INKS[verdict]),
        Paragraph(t("coach.tally", wins=judged["wins"], losses=judged["losses"], even=judged["even"]), gap=True),
        Paragraph(t("coach.net", net=_net(judged["uplift"]), low=_net(judged["low"]), high=_net(judged["high"]))),
        Paragraph(t("coach.chance", p=f"{judged['p']:.1%}")),
    ]  # fmt: skip
    if judged["broken"]:
        lines.append(Paragraph(t("coach.broken", count=judged["broken"]), WARNING))
    if verdict == "cannot_tell":
        more = judged["more"]
        lines.append(Paragraph(t("coach.more", count=more) if more else t("coach.many"), TITLE))
    return [*lines, Paragraph(""), about, *rest]


def contrast(facts: Facts, told: Mapping[str, Any], t: Texts) -> list[Paragraph]:
    """What the student said, what the teacher would say, and what would close the gap: the last round with a draft."""
    last = next((each for each in reversed(told["rounds"]) if each["drafts"]), told["rounds"][-1])
    written = {each["id"]: each for each in (*(one["strategy"] for one in facts["drafts"]), *facts["dropped"])}
    drafts = [Strategy.from_dict(written[name]) for name in last["drafts"] if name in written]
    strategies = [
        paragraph for each in drafts for paragraph in (Paragraph(each.title, TITLE, gap=True), *followed(each, t))
    ]
    nothing = t("coach.silent" if last["gap"] else "coach.no_gap")
    columns = (
        (Paragraph(t("coach.the_student"), HEADING), Paragraph(clean(last["attempt"]["text"]) or "-")),
        (Paragraph(t("coach.the_teacher"), HEADING), Paragraph(clean(last["answer"]) or "-")),
        (Paragraph(t("coach.the_strategy"), HEADING), *(strategies or [Paragraph(nothing, MUTED)])),
    )
    body = [*turns(told["situation"]["turns"], t), Abreast("", columns=columns)]
    if last["drafts"]:
        body.append(Paragraph(t(f"coach.outcome_{_CONTRASTS[last['outcome']]}"), TITLE, gap=True))
    return body


def pair(judged: Mapping[str, Any], t: Texts) -> list[Paragraph]:
    """A situation that no draft was made from: the answer without and with, and what the judge said."""
    verdict = t(f"coach.{_OUTCOMES[judged['outcome']]}")
    other = t(f"coach.arm_{judged['arm']}") if judged.get("arm") in ARMS else t("coach.with")
    columns = (
        (Paragraph(t("coach.without"), HEADING), Paragraph(clean(judged["one"]["text"]) or "-")),
        (Paragraph(other, HEADING), Paragraph(clean(judged["other"]["text"]) or "-")),
    )
    return [
        *turns(judged["situation"]["turns"], t),
        Abreast("", columns=columns),
        Paragraph(t("coach.judged", verdict=verdict), TITLE, gap=True),
        Paragraph(clean(judged["why"])),
    ]


def turns(spoken: Sequence[Mapping[str, str]], t: Texts) -> list[Paragraph]:
    """A conversation, oldest turn first."""
    wide = max(cell_len(t(f"coach.{role}")) for role in ("customer", "agent")) + 2
    return [
        Paragraph(clean(each["text"]), lead=pad(t(f"coach.{each['role']}"), wide), lead_style=HEADING)
        for each in spoken
        if each["role"] in ("customer", "agent")
    ]


def _arms(arms: Mapping[str, Mapping[str, Any]], t: Texts) -> list[Paragraph]:
    shown = [name for name in ARMS if name in arms]
    wide = max(cell_len(t(f"coach.arm_{name}")) for name in shown) + 2
    lines = []
    for name in shown:
        arm = arms[name]
        surely = f"({_net(arm['low'])} .. {_net(arm['high'])})"
        net = f"{_net(arm['uplift']):>6}  {surely:<18}"
        tally = t("coach.tally", wins=arm["wins"], losses=arm["losses"], even=arm["even"])
        style = TITLE if name == "retrieved" else ""
        lines.append(Paragraph(f"{net}  {tally}", style, lead=pad(t(f"coach.arm_{name}"), wide)))
    return [Paragraph(t("coach.against"), MUTED), *lines]


def _agreement(agreed: Mapping[str, Any], t: Texts) -> str:
    kappa = "-" if agreed["kappa"] is None else f"{agreed['kappa']:.2f}"
    people = t("common.comma").join(one_line(each) for each in agreed["people"])
    return t("coach.agreed", pairs=agreed["pairs"], same=agreed["same"], people=people, kappa=kappa)


def _net(share: float) -> str:
    return f"{share:+.0%}"


def _asked(situation: Mapping[str, Any]) -> str:
    return one_line(situation["turns"][-1]["text"])
