"""Situations that no draft was made from: the gate, where drafts are chosen, and the sealed end, where they are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from denju.learning.gate import Tally, Verdict, net_share, verdicts
from denju.learning.shelf import Attempt, Shelf
from denju.learning.situations import Situation
from denju.learning.work import Work
from denju.values import FALLBACK_TAG, Strategy

ARMS = ("none", "general", "retrieved", "wrong", "teacher")
"""No strategy; general guidance only; what the search finds; another one of the same length; the teacher's answer."""


class HeldOut:
    """Answers with and without, side by side."""

    def __init__(self, work: Work, base: Sequence[Strategy]) -> None:
        self._work, self._base = work, tuple(base)
        self.pairs: list[dict[str, Any]] = []
        """Every pair with an outcome, for the report; a person judges too what the judge saw of them."""
        self.unjudged = 0
        """Pairs of which the judge said nothing that could be used: they count for nothing."""

    def gate(self, situations: Sequence[Situation], drafts: Sequence[Strategy]) -> list[tuple[Strategy, Verdict]]:
        """The verdict on every draft, on the situations in which the search leads to it among all of them."""
        tallies = {each.id: Tally() for each in drafts}
        scenario = [each for each in drafts if each.scope == "scenario"]
        before, after = Shelf(self._base), Shelf([*self._base, *scenario])
        general = {each.id: Shelf([*self._base, each]) for each in drafts if each.scope == "general"}
        for situation in situations:
            match = after.search(situation.turns, language=situation.language)
            served = match.best.strategy.id if match.best else None
            tried = {served: (after, "with")} if served in tallies else {}
            tried |= {draft: (shelf, f"general/{draft}") for draft, shelf in general.items()}
            for draft, (shelf, name) in tried.items():
                without = self._work.tried(f"without/{situation.id}", before, situation.turns)
                having = self._work.tried(f"{name}/{situation.id}", shelf, situation.turns)
                told = self._judged(f"gate/{name}/{situation.id}", situation, without, having, draft=draft)
                if told is None:
                    continue
                broke = bool(told.get("broken")) and told["outcome"] < 0
                tallies[draft] = tallies[draft].plus(told["outcome"], broke)
        said = verdicts(tallies)
        return [(each, said[each.id]) for each in drafts]

    def sealed(self, situations: Sequence[Situation], strategies: Sequence[Strategy]) -> dict[str, Any]:
        """Every arm once, against no strategy: ``arms`` and ``topics`` with their uplift, and ``broken``: of each
        arm, no strategy too, the answers that break a policy.
        """
        shelf = Shelf(strategies)
        tallies: dict[str, Tally] = {}
        topics: dict[str, Tally] = {}
        broken: dict[str, int] = {}
        for situation in situations:
            arms = self._arms(situation, shelf)
            for arm, attempt in arms.items():
                broken[arm] = broken.get(arm, 0) + bool(attempt.broken)
                if arm == "none":
                    continue
                tally = tallies.setdefault(arm, Tally())
                told = self._judged(f"sealed/{arm}/{situation.id}", situation, arms["none"], attempt, arm=arm)
                if told is None:
                    continue
                tallies[arm] = tally.plus(told["outcome"])
                if arm == "retrieved":
                    topics[situation.topic] = topics.get(situation.topic, Tally()).plus(told["outcome"])
        return {"arms": _uplifts(tallies), "topics": _uplifts(topics), "broken": broken}

    def _arms(self, situation: Situation, shelf: Shelf) -> dict[str, Attempt]:
        policies = [each for each in shelf.serving() if each.scope == "policy"]
        general = [each for each in shelf.serving() if each.scope == "general" and FALLBACK_TAG not in each.tags]
        work, turns, name = self._work, situation.turns, f"sealed/{{}}/{situation.id}"
        arms = {"none": work.tried(name.format("none"), Shelf(policies), turns, use_strategy=False)}
        # Without general guidance this arm is the one before: asked again, the student would say the same again.
        arms["general"] = arms["none"] if not general else work.tried(
            name.format("general"), Shelf([*policies, *general]), turns, use_strategy=False
        )  # fmt: skip
        arms["retrieved"] = work.tried(name.format("retrieved"), shelf, turns)
        if wrong := _wrong_one(shelf, situation):
            arms["wrong"] = work.tried(name.format("wrong"), shelf, turns, strategy=wrong)
        if work.plan.teacher_arm and (taught := work.taught(name.format("teacher"), turns)):
            arms["teacher"] = taught
        return arms

    def _judged(
        self, name: str, situation: Situation, one: Attempt, other: Attempt, **about: str
    ) -> Mapping[str, Any] | None:
        """What the judge says of a pair, which is kept; None where it says nothing."""
        told = self._work.judge.compare(situation, one, other)
        if told["outcome"] is None:
            self.unjudged += 1
            return None
        self.pairs.append({
            "name": name, **about, "situation": situation.to_dict(), "one": one.to_dict(), "other": other.to_dict(),
            "outcome": told["outcome"], "why": told["why"], "wavers": told["wavers"], "judged": told["judged"],
        })  # fmt: skip
        return told


def _wrong_one(shelf: Shelf, situation: Situation) -> str | None:
    """A strategy that does not fit, as long as the one that does; None where there is no such one."""
    match = shelf.search(situation.turns, language=situation.language)
    near = next((each.strategy.group() for each in (match.best, *match.runners_up) if each is not None), None)
    others = [
        each for each in shelf.serving()
        if each.scope == "scenario" and each.language == situation.language and each.group() != near
    ]  # fmt: skip
    wanted = _length(match.best.strategy) if match.best else 0
    return min(others, key=lambda each: (abs(_length(each) - wanted), each.id)).id if others else None


def _length(strategy: Strategy) -> int:
    """Characters that it takes in the prompt."""
    lines = (strategy.title, strategy.situation, *strategy.priorities, *strategy.decide, *strategy.steps)
    return sum(map(len, lines))


def _uplifts(tallies: Mapping[str, Tally]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, tally in tallies.items():
        uplift, low, high = net_share(tally)
        found[name] = {
            "wins": tally.wins, "losses": tally.losses, "even": tally.even,
            "uplift": round(uplift, 4), "low": round(low, 4), "high": round(high, 4),
        }  # fmt: skip
    return found
