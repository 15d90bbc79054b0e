"""A run from its plan to its result: situations, drafts from contrasts, the gate, the sealed end.

Everything that costs or takes time is a step of the journal; what lies between the steps follows from them and from
the seed alone. So a run that was stopped anywhere goes on by being run again: done steps are read, not done.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from denju.events import LearnEvent, Learning, LearnStage
from denju.learning.calls import Calls
from denju.learning.card import Card
from denju.learning.comparing import Judge
from denju.learning.drafts import Drafter
from denju.learning.errands import MESSAGES_A_CALL, Errand, conversation, read_text, read_texts
from denju.learning.folder import Folder
from denju.learning.gate import Tally, Verdict, net_share, verdicts
from denju.learning.plan import MOST_GENERAL, Plan
from denju.learning.shelf import Attempt, Desk, Shelf, checked
from denju.learning.situations import Situation, divided, merged
from denju.learning.steps import Steps
from denju.values import FALLBACK_TAG, Strategy, Turn

ARMS = ("none", "general", "retrieved", "wrong", "teacher")
"""No strategy; general guidance only; what the search finds; another one of the same length; the teacher's answer."""


class Run:
    """One run at work."""

    def __init__(
        self, folder: Folder, plan: Plan, *, by: str, steps: Steps, calls: Calls, desk: Desk,
        tell: Callable[[LearnEvent], None],
    ) -> None:  # fmt: skip
        self._folder, self._plan, self._by, self._steps = folder, plan, by, steps
        self._calls, self._desk, self._tell = calls, desk, tell
        self._base = folder.base()
        policies = tuple(
            step for each in self._base if each.scope == "policy" and each.language == plan.language
            for step in each.steps
        )  # fmt: skip
        self._policies = policies or (plan.card.policies if plan.card else ())
        self._judge = Judge(calls, self._policies, plan.language, plan.seed)
        self._stage: LearnStage = "situations"
        self._failures: list[str] = []
        self._pairs: list[dict[str, Any]] = []

    def __call__(self) -> dict[str, Any]:
        """Run to the end; returns the result, which the folder then holds.

        Raises:
            DenjuError: the run pauses. What is done stays done.
        """
        plan = self._plan
        if plan.kind == "evaluate":
            situations, judged, kept = self._folder.given(), [], [*self._base, *self._folder.planted()]
        else:
            situations = self._situations()
            made, dropped = self._drafts([each for each in situations if each.purpose == "train"])
            candidates = [*made, *self._folder.planted()]
            judged = self._gate([each for each in situations if each.purpose == "gate"], candidates)
            kept = [*self._base, *(strategy for strategy, verdict in judged if verdict.name == "better")]
        sealed = self._sealed([each for each in situations if each.purpose == "sealed"], kept)
        result = {
            "drafts": [{"strategy": each.to_dict(), **verdict.to_dict()} for each, verdict in judged],
            "dropped": [each.to_dict() for each in dropped] if plan.kind == "learn" else [],
            "situations": {
                purpose: sum(each.purpose == purpose for each in situations) for purpose in ("train", "gate", "sealed")
            },
            "pairs": self._pairs,
            "sealed": sealed,
            "failures": {reason: self._failures.count(reason) for reason in dict.fromkeys(self._failures)},
            "spent": asdict(self._steps.spent),
            "seconds": round(self._steps.seconds),
        }
        self._folder.finish(result)
        return result

    # Situations

    def _situations(self) -> list[Situation]:
        """From history, tickets, and the teacher as customers; near-duplicates are merged before they are divided."""
        found = self._folder.given()
        if self._plan.card is not None:
            found += self._customers(self._plan.card)
        sizes = self._plan.sizes
        divided_ = divided(merged(found), (sizes.train, sizes.gate, sizes.sealed), self._plan.seed)
        return [self._talked(each, place / len(divided_)) for place, each in enumerate(divided_)]

    def _customers(self, card: Card) -> list[Situation]:
        topics = list(card.topics) or self._topics(card)
        found: list[Situation] = []
        for number, topic in enumerate(topics):
            left = self._plan.sizes.per_topic()
            for batch in range(-(-left // MESSAGES_A_CALL)):
                wanted = min(left, MESSAGES_A_CALL)
                left -= wanted
                name = f"customers/{number}/{batch}"
                data = {"card": card.told(), "topic": topic, "wanted": wanted, "batch": batch + 1}
                messages = self._called(name, Errand("customers", card.language, data), read_texts("messages", wanted))
                found += [
                    Situation(f"c{number:02}{batch:02}{index:02}", (Turn("customer", message),), topic,
                              {"kind": "teacher", "of": name})
                    for index, message in enumerate(messages or ())
                ]  # fmt: skip
        return found

    def _topics(self, card: Card) -> list[str]:
        wanted = self._plan.sizes.topics
        data = {"card": card.told(), "wanted": wanted}
        return self._called("topics", Errand("topics", card.language, data), read_texts("topics", wanted)) or []

    def _talked(self, situation: Situation, how_late: float) -> Situation:
        """With more turns: early ones talk mostly with the teacher, later ones with the student, as far as it gets."""
        rng = random.Random(f"{self._plan.seed} {situation.id} turns")
        turns = situation.turns
        if (situation.origin or {}).get("kind") != "teacher":
            return situation
        for number in range(rng.randrange(self._plan.sizes.turns)):
            name = f"turn/{situation.id}/{number}"
            if rng.random() >= how_late:
                answer = self._teachers(f"{name}/agent", turns).text
            else:
                answer = self._tried(f"{name}/student", Shelf(self._base), turns).text
            if not answer:
                break
            data = {"card": self._told_card(), "topic": situation.topic,
                    "conversation": conversation((*turns, Turn("agent", answer)))}  # fmt: skip
            said = self._called(f"{name}/customer", Errand("customer", situation.language, data), read_text("message"))
            if said is None:
                break
            turns = (*turns, Turn("agent", answer), Turn("customer", said))
        return replace(situation, turns=turns)

    # Drafts

    def _drafts(self, situations: Sequence[Situation]) -> tuple[list[Strategy], list[Strategy]]:
        """What the contrasts made, and what they made that did not even help where it came from."""
        self._stage = "drafts"
        drafter = Drafter(self._plan, self._by, self._base, self._policies, self)
        for situation in situations:
            drafter.learn(situation)
        general = [each for each in drafter.made if each.scope == "general"]
        beyond = general[MOST_GENERAL:]
        return [each for each in drafter.made if each not in beyond], [*drafter.dropped, *beyond]

    # The gate

    def _gate(self, situations: Sequence[Situation], drafts: Sequence[Strategy]) -> list[tuple[Strategy, Verdict]]:
        """Every draft on situations that it was not made from: those in which the search leads to it among all."""
        self._stage = "gate"
        tallies = {each.id: Tally() for each in drafts}
        scenario = [each for each in drafts if each.scope == "scenario"]
        before, after = Shelf(self._base), Shelf([*self._base, *scenario])
        general = {each.id: Shelf([*self._base, each]) for each in drafts if each.scope == "general"}
        for situation in situations:
            match = after.search(situation.turns, language=situation.language)
            served = match.best.strategy.id if match.best else None
            if served in tallies:
                self._pair(tallies, served, situation, before, after, "with")
            for draft, shelf in general.items():
                self._pair(tallies, draft, situation, before, shelf, f"general/{draft}")
        said = verdicts(tallies)
        return [(each, said[each.id]) for each in drafts]

    def _pair(
        self, tallies: dict[str, Tally], draft: str, situation: Situation, before: Shelf, after: Shelf, name: str
    ) -> None:
        without = self._tried(f"without/{situation.id}", before, situation.turns)
        having = self._tried(f"{name}/{situation.id}", after, situation.turns)
        told = self.step(
            f"judge/gate/{name}/{situation.id}",
            lambda: self._judge.compare(f"judge/gate/{name}/{situation.id}", situation, without, having),
        )
        tallies[draft] = tallies[draft].plus(told["outcome"], bool(told.get("broken")) and told["outcome"] < 0)
        self._note(f"judge/gate/{name}/{situation.id}", situation, without, having, told, draft=draft)

    def _note(
        self, name: str, situation: Situation, one: Attempt, other: Attempt, told: Mapping[str, Any], **about: str
    ) -> None:
        """Keep a pair for the report and for a person who judges it too."""
        self._pairs.append({
            "name": name, **about, "situation": situation.to_dict(), "one": one.to_dict(), "other": other.to_dict(),
            "outcome": told["outcome"], "why": told["why"], "wavers": told["wavers"],
        })  # fmt: skip

    # The sealed end

    def _sealed(self, situations: Sequence[Situation], strategies: Sequence[Strategy]) -> dict[str, Any]:
        """Every arm once on situations that nothing was chosen by. Where nothing was learnt they stay sealed."""
        self._stage = "sealed"
        if not situations or (len(strategies) == len(self._base) and self._plan.kind == "learn"):
            return {"arms": {}, "topics": {}}
        shelf = Shelf(strategies)
        tallies: dict[str, Tally] = {}
        topics: dict[str, Tally] = {}
        for situation in situations:
            arms = self._arms(situation, shelf)
            for arm, attempt in arms.items():
                if arm == "none":
                    continue
                name = f"judge/sealed/{arm}/{situation.id}"
                told = self.step(
                    name,
                    lambda: self._judge.compare(name, situation, arms["none"], attempt),  # noqa: B023
                )
                tallies[arm] = tallies.get(arm, Tally()).plus(told["outcome"], bool(told.get("broken")))
                if arm == "retrieved":
                    topics[situation.topic] = topics.get(situation.topic, Tally()).plus(told["outcome"])
                self._note(name, situation, arms["none"], attempt, told, arm=arm)
        return {"arms": _uplifts(tallies), "topics": _uplifts(topics)}

    def _arms(self, situation: Situation, shelf: Shelf) -> dict[str, Attempt]:
        policies = [each for each in shelf.serving() if each.scope == "policy"]
        general = [each for each in shelf.serving() if each.scope == "general" and FALLBACK_TAG not in each.tags]
        turns, name = situation.turns, f"sealed/{{}}/{situation.id}"
        arms = {
            "none": self._tried(name.format("none"), Shelf(policies), turns, use_strategy=False),
            "general": self._tried(name.format("general"), Shelf([*policies, *general]), turns, use_strategy=False),
            "retrieved": self._tried(name.format("retrieved"), shelf, turns),
        }
        if wrong := _wrong_one(shelf, situation):
            arms["wrong"] = self._tried(name.format("wrong"), shelf, turns, strategy=wrong)
        if self._plan.teacher_arm:
            arms["teacher"] = self._teachers(name.format("teacher"), turns)
        return arms

    # Steps

    def step(self, name: str, work: Callable[[], Mapping[str, Any]]) -> Any:
        """One step of the journal, and word of it."""
        new = self._steps.result(name) is None
        result = self._steps.do(name, work, self._calls.taken)
        if failure := result.get("failure"):
            self._failures.append(str(failure))
        if new:
            left = max(0, self._plan.steps - len(self._steps))
            seconds = self._steps.seconds / len(self._steps) * left
            self._tell(Learning(self._stage, len(self._steps), max(self._plan.steps, len(self._steps)), seconds))
        return result

    def contrasted(self, name: str, errand: Errand, read: Callable[[Any], dict[str, Any]]) -> dict[str, Any] | None:
        """A step that asks the teacher; with ``request``, the hash of what was asked."""

        def work() -> dict[str, Any]:
            called = self._calls(name, errand, read)
            return {"value": called.value, "request": called.request, "failure": called.failure}

        result = self.step(name, work)
        return {**result["value"], "request": result["request"]} if result["value"] is not None else None

    def tried(
        self, name: str, strategies: Sequence[Strategy], turns: Sequence[Turn], strategy: str | None = None
    ) -> Attempt:
        """A step in which the student answers."""
        return self._tried(name, Shelf(strategies), turns, strategy=strategy)

    def glanced(self, name: str, situation: Situation, one: Attempt, other: Attempt) -> int:
        """A step in which the judge looks once: 1 where ``other`` is better."""
        return int(self.step(name, lambda: self._judge.glance(name, situation, one, other))["outcome"])

    def _tried(
        self, name: str, shelf: Shelf, turns: Sequence[Turn], *, strategy: str | None = None, use_strategy: bool = True
    ) -> Attempt:
        def work() -> dict[str, Any]:
            return self._desk.answer(shelf, turns, strategy=strategy, use_strategy=use_strategy).to_dict()

        return Attempt.from_dict(self.step(name, work))

    def _teachers(self, name: str, turns: Sequence[Turn]) -> Attempt:
        data = {"card": self._told_card(), "policies": list(self._policies), "conversation": conversation(turns)}
        text = self._called(name, Errand("agent", self._plan.language, data), read_text("answer")) or ""
        return checked(text, Shelf(self._base))

    def _called(self, name: str, errand: Errand, read: Callable[[Any], Any]) -> Any:
        def work() -> dict[str, Any]:
            called = self._calls(name, errand, read)
            return {"value": called.value, "failure": called.failure}

        return self.step(name, work)["value"]

    def _told_card(self) -> dict[str, Any]:
        return self._plan.card.told() if self._plan.card else {}


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
            "wins": tally.wins, "losses": tally.losses, "even": tally.even, "broken": tally.broken,
            "uplift": round(uplift, 4), "low": round(low, 4), "high": round(high, 4),
        }  # fmt: skip
    return found
