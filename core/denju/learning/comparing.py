"""Two answers side by side: which is better, judged blind and in both orders."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from denju.learning.calls import Calls
from denju.learning.errands import Errand, conversation, read_judgement
from denju.learning.shelf import Attempt
from denju.learning.situations import Situation


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges for one run. Rules come first: who breaks a policy that the other keeps has lost, whatever it says."""

    calls: Calls
    policies: tuple[str, ...]
    language: str
    seed: int

    def compare(self, name: str, situation: Situation, one: Attempt, other: Attempt) -> dict[str, Any]:
        """``outcome`` 1 where ``other`` is better, -1 where ``one`` is, 0 where they are even or the judge wavers.

        A judge that prefers whichever stands first contradicts itself when the order is swapped; that is even.
        """
        if told := _by_rule(one, other):
            return told
        forth, why, failure = self._asked(f"{name}/0", situation, one, other)
        back, why_back, failure_back = self._asked(f"{name}/1", situation, other, one)
        outcome = forth if forth == -back else 0
        return {
            "outcome": outcome,
            "why": why or why_back,
            "wavers": forth != -back,
            "failure": failure or failure_back,
        }

    def glance(self, name: str, situation: Situation, one: Attempt, other: Attempt) -> dict[str, Any]:
        """The same in one order, drawn from the seed: enough to go on with a draft, not to let one pass."""
        if told := _by_rule(one, other):
            return told
        swapped = random.Random(f"{self.seed} {name}").random() < 0.5
        first, second = (other, one) if swapped else (one, other)
        found, why, failure = self._asked(name, situation, first, second)
        return {"outcome": -found if swapped else found, "why": why, "wavers": False, "failure": failure}

    def _asked(self, name: str, situation: Situation, first: Attempt, second: Attempt) -> tuple[int, str, str]:
        data = {
            "policies": list(self.policies), "conversation": conversation(situation.turns),
            "first": first.text, "second": second.text,
        }  # fmt: skip
        called = self.calls(name, Errand("judge", self.language, data), read_judgement)
        found, why = called.value or (0, "")
        return found, why, called.failure


def _by_rule(one: Attempt, other: Attempt) -> dict[str, Any] | None:
    """What needs no judge."""
    if one.text == other.text:
        return {"outcome": 0, "why": "same", "wavers": False, "failure": ""}
    if bool(one.broken) != bool(other.broken):
        broken = one.broken or other.broken
        return {"outcome": -1 if other.broken else 1, "why": broken[0], "wavers": False, "failure": "", "broken": True}
    if bool(one.text) != bool(other.text):
        return {"outcome": 1 if other.text else -1, "why": "empty", "wavers": False, "failure": ""}
    return None
