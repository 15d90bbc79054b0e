"""Drafts from contrasts: the student's answer beside the teacher's, what would close the gap, and whether it did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

from denju.learning.errands import Contrast, Errand, conversation, read_contrast
from denju.learning.plan import Plan
from denju.learning.shelf import Attempt, Shelf
from denju.learning.situations import Situation
from denju.review.resemblance import NEARLY_THE_SAME, Neighbours
from denju.teacher.marks import marks
from denju.teacher.prompts import shown
from denju.values import Strategy, Turn

IDLE = 2
"""Rounds that bring nothing, after which a situation is left."""
MOST_NEAR = 3


class Work(Protocol):
    """What the drafter has done for it, each a step of the run's journal."""

    def contrasted(self, name: str, errand: Errand, read: Callable[[Any], dict[str, Any]]) -> dict[str, Any] | None: ...

    def tried(
        self, name: str, strategies: Sequence[Strategy], turns: Sequence[Turn], strategy: str | None = None
    ) -> Attempt: ...

    def glanced(self, name: str, situation: Situation, one: Attempt, other: Attempt) -> int: ...


class Drafter:
    """Learns from one situation after the other; what it made so far serves in the next, though in no library yet."""

    def __init__(self, plan: Plan, by: str, base: Sequence[Strategy], policies: Sequence[str], work: Work) -> None:
        self._plan, self._by, self._base, self._policies, self._work = plan, by, tuple(base), tuple(policies), work
        self.made: list[Strategy] = []
        self.dropped: list[Strategy] = []
        """Drafts that did not help where they came from, or that say again what another says."""

    def learn(self, situation: Situation) -> None:
        """Rounds of contrast and new attempt, until the teacher sees no gap, two rounds bring nothing, or the cap."""
        shelf = (*self._base, *self.made)
        best = self._work.tried(f"try/{situation.id}/0", shelf, situation.turns)
        kept: tuple[Strategy, ...] = ()
        idle = 0
        for number in range(self._plan.sizes.rounds):
            contrast = self._contrast(f"contrast/{situation.id}/{number}", situation, best, shelf, kept)
            if contrast is None or not contrast.gap or not contrast.strategies:
                break
            drafts = self._named(contrast, situation, number)
            forced = next((each.id for each in drafts if each.scope == "scenario"), None)
            attempt = self._work.tried(
                f"try/{situation.id}/{number + 1}", (*shelf, *drafts), situation.turns, strategy=forced
            )
            if self._work.glanced(f"judge/train/{situation.id}/{number}", situation, best, attempt) > 0:
                self.dropped += kept
                best, kept, idle = attempt, drafts, 0
                continue
            self.dropped += drafts
            idle += 1
            if idle == IDLE:
                break
        for draft in kept:
            (self.dropped if self._is_known(draft) else self.made).append(draft)

    def _contrast(
        self, name: str, situation: Situation, attempt: Attempt, shelf: Sequence[Strategy], drafted: Sequence[Strategy]
    ) -> Contrast | None:
        match = Shelf(shelf).search(situation.turns, language=situation.language)
        near = [each.strategy for each in (match.best, *match.runners_up) if each is not None][:MOST_NEAR]
        data = {
            "card": self._plan.card.told() if self._plan.card else {},
            "policies": list(self._policies),
            "conversation": conversation(situation.turns),
            "answer": attempt.text,
            "near": [shown(each) for each in near],
            "drafted": [shown(each) for each in drafted],
        }
        errand = Errand("contrast", self._plan.language, data, self._plan.languages)
        found = self._work.contrasted(name, errand, lambda data: _listed(read_contrast(data)))
        if found is None:
            return None
        drafts = tuple(
            replace(each, origin=replace(each.origin, by=self._by, model=self._plan.model, request=found["request"]))
            for each in map(Strategy.from_dict, found["strategies"])
        )
        return Contrast(found["answer"], found["gap"], drafts)

    def _named(self, contrast: Contrast, situation: Situation, number: int) -> tuple[Strategy, ...]:
        """The drafts with an id that follows from the run and the place, so that a resumed run gives it again."""
        named = []
        for index, each in enumerate(contrast.strategies):
            text = f"{self._plan.id} {self._plan.seed} {situation.id} {number} {index}"
            odd = marks(each, self._plan.language, self._plan.languages)
            extra = {**each.extra, "learnt": {"run": self._plan.id, "situation": situation.id}}
            if odd:
                extra["marks"] = [
                    {key: value for key, value in asdict(mark).items() if value is not None} for mark in odd
                ]
            named.append(
                replace(
                    each, id=f"st_{hashlib.sha256(text.encode()).hexdigest()[:12]}", created=self._plan.created,
                    extra=extra,
                )
            )  # fmt: skip
        return tuple(named)

    def _is_known(self, draft: Strategy) -> bool:
        """Whether one that is there, or was made before, says nearly the same."""
        like = Neighbours((*self._base, *self.made), ()).like(replace(draft, translation_of=None))
        return bool(like) and like[0][0] >= NEARLY_THE_SAME


def _listed(contrast: Contrast) -> dict[str, Any]:
    drafts = [each.to_dict() for each in contrast.strategies]
    return {"answer": contrast.answer, "gap": contrast.gap, "strategies": drafts}
