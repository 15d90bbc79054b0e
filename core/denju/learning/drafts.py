"""Drafts from contrasts: the student's answer beside the teacher's, what would close the gap, and whether it did."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

from denju.learning.errands import Contrast, Errand, conversation, read_contrast
from denju.learning.plan import MOST_GENERAL
from denju.learning.shelf import Attempt, Shelf
from denju.learning.situations import Situation
from denju.learning.work import Work
from denju.review.resemblance import NEARLY_THE_SAME, Neighbours
from denju.teacher.marks import marks
from denju.teacher.prompts import shown
from denju.values import Strategy

IDLE = 2
"""Rounds that bring nothing, after which a situation is left."""
MOST_NEAR = 3
Stop = Literal["no_gap", "silent", "idle", "cap", "unread"]
"""Why a situation was left: the teacher saw no gap, or one and nothing to write; two rounds brought nothing; the most
rounds were made; what the teacher wrote could not be used.
"""


class Drafter:
    """Learns from one situation after the other; what it made so far serves in the next, though in no library yet."""

    def __init__(self, work: Work, by: str, base: Sequence[Strategy]) -> None:
        self._work, self._plan, self._by, self._base = work, work.plan, by, tuple(base)
        self._made: list[Strategy] = []
        self._dropped: list[Strategy] = []
        self.contrasts: list[dict[str, Any]] = []
        """A situation each, for the reader: ``{"situation", "stopped", "rounds": [{"attempt", "answer", "gap",
        "drafts", "again", "outcome"}]}``: the student's answer, the teacher's, the ids of the drafts that would close
        the gap, the student's answer with them, and whether it is better (1, 0, -1; None without
        drafts, or where the judge said nothing).
        """

    def chosen(self) -> tuple[list[Strategy], list[Strategy]]:
        """Drafts for the gate, and those that did not help or could not be judged where they came from, or that say
        again what another says.

        Of general ones, which would each be tried on every situation, the first ``MOST_GENERAL`` are for the gate.
        """
        beyond = [each for each in self._made if each.scope == "general"][MOST_GENERAL:]
        return [each for each in self._made if each not in beyond], [*self._dropped, *beyond]

    def learn(self, situation: Situation) -> None:
        """Rounds of contrast and new attempt, until the teacher sees no gap, two rounds bring nothing, or the cap."""
        shelf = (*self._base, *self._made)
        best = self._work.tried(f"try/{situation.id}/0", Shelf(shelf), situation.turns)
        kept: tuple[Strategy, ...] = ()
        rounds: list[dict[str, Any]] = []
        stopped: Stop = "cap"
        idle = 0
        for number in range(self._plan.sizes.rounds):
            contrast = self._contrast(f"contrast/{situation.id}/{number}", situation, best, shelf, kept)
            if contrast is None:
                stopped = "unread"
                break
            drafts = self._named(contrast, situation, number)
            told: dict[str, Any] = {
                "attempt": best.to_dict(), "answer": contrast.answer, "gap": contrast.gap,
                "drafts": [each.id for each in drafts], "again": None, "outcome": None,
            }  # fmt: skip
            rounds.append(told)
            if not contrast.gap or not drafts:
                stopped = "silent" if contrast.gap else "no_gap"
                break
            forced = next((each.id for each in drafts if each.scope == "scenario"), None)
            attempt = self._work.tried(
                f"try/{situation.id}/{number + 1}", Shelf((*shelf, *drafts)), situation.turns, strategy=forced
            )
            told["again"] = attempt.to_dict()
            told["outcome"] = self._work.judge.glance(situation, best, attempt)["outcome"]
            if told["outcome"] == 1:
                self._dropped += kept
                best, kept, idle = attempt, drafts, 0
                continue
            self._dropped += drafts
            idle += 1
            if idle == IDLE:
                stopped = "idle"
                break
        for draft in kept:
            (self._dropped if self._is_known(draft) else self._made).append(draft)
        self.contrasts.append({"situation": situation.to_dict(), "stopped": stopped, "rounds": rounds})

    def _contrast(
        self, name: str, situation: Situation, attempt: Attempt, shelf: Sequence[Strategy], drafted: Sequence[Strategy]
    ) -> Contrast | None:
        match = Shelf(shelf).search(situation.turns, language=situation.language)
        near = [each.strategy for each in (match.best, *match.runners_up) if each is not None][:MOST_NEAR]
        data = {
            "card": self._work.told_card(),
            "policies": list(self._work.policies),
            "conversation": conversation(situation.turns),
            "answer": attempt.text,
            "near": [shown(each) for each in near],
            "drafted": [shown(each) for each in drafted],
        }
        errand = Errand("contrast", self._plan.language, data, self._plan.languages)
        called = self._work.asked(name, errand, lambda data: _listed(read_contrast(data)))
        if called.value is None:
            return None
        drafts = tuple(
            replace(each, origin=replace(each.origin, by=self._by, model=self._plan.model, request=called.request))
            for each in map(Strategy.from_dict, called.value["strategies"])
        )
        return Contrast(called.value["answer"], called.value["gap"], drafts)

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
        like = Neighbours((*self._base, *self._made), ()).like(replace(draft, translation_of=None))
        return bool(like) and like[0][0] >= NEARLY_THE_SAME


def _listed(contrast: Contrast) -> dict[str, Any]:
    drafts = [each.to_dict() for each in contrast.strategies]
    return {"answer": contrast.answer, "gap": contrast.gap, "strategies": drafts}
