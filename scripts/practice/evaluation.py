"""The table of the evaluation: its rows, what they count, how they are shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from practice import acts, judging
from practice.cases import Case
from practice.judging import Judge, Reply, all_good

ANY = ""
"""Kind of the rows that take the replies of all others."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    label: str
    kind: str
    """Of ``Cases``."""
    judge: Judge
    must: str = ""
    aim: str = ""
    wanted: bool = True
    """False where what is counted is a failure."""


ROWS = (
    Row("starter strategies as they stand: every step, in order", "starter", all_good(judging.every_step), "≥ 95 %", "99 %"),
    Row("starter strategies, steps shuffled: every step, in order", "shuffled", all_good(judging.every_step), "≥ 95 %", "99 %"),
    Row("known acts in wordings never trained on: every step, in order", "held out", all_good(judging.every_step), "≥ 60 %", "80 %"),
    Row("strategies written by hand: every step, in order", "by hand", all_good(judging.every_step), "reported", "60 %"),
    Row("names, numbers, units, codes of the message, exact: of the values", "copied", judging.each_value, "≥ 95 %", "99 %"),
    Row("names, numbers, units, codes of the message, exact: of the replies", "copied", all_good(judging.all_values), "≥ 95 %", "99 %"),
    Row("all replies: with an invented name or number", ANY, judging.inventing, "≤ 2 %", "0", wanted=False),
    Row("all replies: invented names and numbers that are flagged `unsupported`", ANY, judging.flagged, "all", "all"),
    Row("no strategy: polite and general, never empty", "none", all_good(judging.general)),
    Row("no strategy, message of a scenario: its steps carried out, of the steps", "bare", judging.each_step, "≤ 40 %", "≤ 20 %", wanted=False),
    Row("no strategy, message of a scenario: all its steps in order, of the replies", "bare", all_good(judging.every_step), "≤ 40 %", "≤ 20 %", wanted=False),
    Row("a wrong strategy of the same length: follows the wrong one", "wrong", all_good(judging.every_step), "≥ 80 %", "95 %"),
    Row("the same strategy, a calm and an angry customer: rule followed in both", "moods", all_good(judging.rule_followed), "≥ 80 %", "95 %"),
    Row("second turns: goes on with the next step, repeats none", "second", all_good(judging.goes_on), "≥ 85 %", "95 %"),
    Row("a fact that nobody gave: marked as to be confirmed", "missing", all_good(judging.marked), "≥ 90 %", "99 %"),
    Row("the fallback: every step, in order", "fallback", all_good(judging.every_step), "≥ 95 %", "99 %"),
)  # fmt: skip
EXTRA_ROWS = (
    Row("starter strategies as they stand: every step, and before them what the rule asks for", "starter", all_good(judging.every_step_and_rule)),
    Row("starter strategies, steps shuffled: the same", "shuffled", all_good(judging.every_step_and_rule)),
    Row("second turns: all that is left, in order, nothing twice", "second", all_good(judging.all_left)),
    Row("second turns with nothing left: closes, nothing twice", "finished", all_good(judging.all_left)),
    Row("all rules (angry, urgent, new, number missing): followed", "decided", all_good(judging.rule_followed)),
    Row("facts given: copied, every step, in order", "given", all_good(judging.facts_copied)),
    Row("strategy in the other language: every step, in order", "crossed", all_good(judging.every_step)),
)  # fmt: skip
KINDS = tuple(dict.fromkeys(row.kind for row in (*ROWS, *EXTRA_ROWS) if row.kind != ANY))


@dataclass
class Tally:
    """What one row counts in one language."""

    right: int = 0
    total: int = 0
    failed: list[tuple[Reply, ...]] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.total:
            return "–"
        low, high = wilson(self.right, self.total)
        share = 100 * self.right / self.total
        return f"{share:.1f} % ({100 * low:.1f}–{100 * high:.1f}), {self.right:,} of {self.total:,}"


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, from 0 to 1 (Wilson 1927)."""
    z, share = 1.96, right / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, (middle - spread) / (1 + z * z / total)), min(1.0, (middle + spread) / (1 + z * z / total))


def tally(row: Row, cases: Sequence[tuple[Reply, ...]]) -> Tally:
    """``row`` over the replies of its cases."""
    found = Tally()
    for replies in cases:
        right, total = row.judge(replies)
        found.right += right
        found.total += total
        if right < total if row.wanted else right:
            found.failed.append(replies)
    return found


class Replies:
    """All replies, by kind and language; a case's stand together."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], list[tuple[Reply, ...]]] = {}

    def add(self, kind: str, language: str, case: Case, texts: Sequence[str]) -> None:
        replies = tuple(Reply(asked, text) for asked, text in zip(case, texts, strict=True))
        self.found.setdefault((kind, language), []).append(replies)

    def of(self, kind: str, language: str) -> list[tuple[Reply, ...]]:
        kinds = KINDS if kind == ANY else (kind,)
        return [replies for each in kinds for replies in self.found.get((each, language), [])]

    def tallies(self, row: Row) -> dict[str, Tally]:
        """By language."""
        return {language: tally(row, self.of(row.kind, language)) for language in acts.LANGUAGES}


def table(replies: Replies) -> str:
    """Both tables in Markdown."""
    lines = ["| cases | Japanese | English | must | aim |", "| --- | --- | --- | --- | --- |"]
    for row in ROWS:
        found = replies.tallies(row)
        lines.append(f"| {row.label} | {found['ja']} | {found['en']} | {row.must or '–'} | {row.aim or '–'} |")
    lines += ["", "| besides | Japanese | English |", "| --- | --- | --- |"]
    for row in EXTRA_ROWS:
        found = replies.tallies(row)
        lines.append(f"| {row.label} | {found['ja']} | {found['en']} |")
    return "\n".join(lines)


def failures(replies: Replies, count: int) -> str:
    """The first ``count`` failures of each row and language, in Markdown."""
    lines: list[str] = []
    for row in (*ROWS, *EXTRA_ROWS):
        found: Mapping[str, Tally] = replies.tallies(row)
        for failed in [case for tally in found.values() for case in tally.failed[:count]]:
            lines += ["", f"**{row.label}**"]
            for reply in failed:
                lines += ["", *_failure(reply)]
    return "\n".join(lines)


def _failure(reply: Reply) -> list[str]:
    asked = reply.asked
    wanted = ", ".join([*asked.plan, *filter(None, [asked.address]), *asked.values, *(mark for _, mark in asked.marks)])
    lines = ["Steps: " + " / ".join(asked.guidance.strategy.steps if asked.guidance.strategy else ("none",))]
    lines += ["", *_quoted(asked.turns[-1].text), "", f"Asked: {wanted}; not again: {', '.join(asked.done) or '–'}"]
    lines += ["", f"Heard: {', '.join(reply.heard) or 'nothing'}; invented: {', '.join(reply.invented) or '–'}"]
    return [*lines, "", *_quoted(reply.text)]


def _quoted(text: str) -> list[str]:
    return [f"> {line}" for line in text.splitlines() or [""]]
