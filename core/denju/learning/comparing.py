"""Two answers side by side: which is better, judged blind and in both orders."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from denju.learning.calls import Called
from denju.learning.errands import Errand, Reader, Value, conversation, read_judgement
from denju.learning.shelf import Attempt
from denju.learning.situations import Situation


class Ask(Protocol):
    """A step that asks the teacher; the same name is asked once."""

    def __call__(self, name: str, errand: Errand, read: Reader[Value]) -> Called[Value]: ...


_UNJUDGED: Mapping[str, Any] = {"outcome": None, "why": "", "wavers": False, "judged": False}


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges for one run. Rules come first: who breaks a policy that the other keeps has lost, whatever it says.

    A question is named by what is asked, so the same two answers to the same customer are judged, and paid for, once,
    in however many arms they stand.
    """

    ask: Ask
    policies: tuple[str, ...]
    language: str
    seed: int

    def compare(self, situation: Situation, one: Attempt, other: Attempt) -> dict[str, Any]:
        """``outcome`` 1 where ``other`` is better, -1 where ``one`` is, 0 where they are even or the judge wavers.

        A judge that prefers whichever stands first contradicts itself when the order is swapped; that is even. Where
        an answer of the judge cannot be used, ``outcome`` is None: nothing is known of the pair. ``judged`` is False
        where it was not needed.
        """
        if told := _by_rule(one, other):
            return told
        forth = self._asked(situation, one, other)
        # One answer alone is no judgement, so without the first the second is not paid for.
        back = forth and self._asked(situation, other, one)
        if forth is None or back is None:
            return dict(_UNJUDGED)
        (found, why), (found_back, why_back) = forth, back
        wavers = found != -found_back
        return {"outcome": 0 if wavers else found, "why": why or why_back, "wavers": wavers, "judged": True}

    def glance(self, situation: Situation, one: Attempt, other: Attempt) -> dict[str, Any]:
        """The same in one order, drawn from the seed: enough to go on with a draft, not to let one pass."""
        if told := _by_rule(one, other):
            return told
        swapped = random.Random(f"{self.seed} {_name(situation, one, other)}").random() < 0.5
        asked = self._asked(situation, *((other, one) if swapped else (one, other)))
        if asked is None:
            return dict(_UNJUDGED)
        found, why = asked
        return {"outcome": -found if swapped else found, "why": why, "wavers": False, "judged": True}

    def _asked(self, situation: Situation, first: Attempt, second: Attempt) -> tuple[int, str] | None:
        """What the judge says, None where its answer could not be used."""
        data = {
            "policies": list(self.policies), "conversation": conversation(situation.turns),
            "first": first.text, "second": second.text,
        }  # fmt: skip
        errand = Errand("judge", self.language, data)
        found = self.ask(_name(situation, first, second), errand, read_judgement).value
        return None if found is None else (found[0], found[1])  # a list where it comes from the journal


def _name(situation: Situation, first: Attempt, second: Attempt) -> str:
    """The same for the same question."""
    asked = json.dumps([first.text, second.text]).encode()
    return f"judge/{situation.id}/{hashlib.sha256(asked).hexdigest()[:16]}"


def _by_rule(one: Attempt, other: Attempt) -> dict[str, Any] | None:
    """What needs no judge."""
    told = {"wavers": False, "judged": False}
    if one.text == other.text:
        return {**told, "outcome": 0, "why": "same"}
    if bool(one.broken) != bool(other.broken):
        broken = one.broken or other.broken
        return {**told, "outcome": -1 if other.broken else 1, "why": broken[0], "broken": True}
    if bool(one.text) != bool(other.text):
        return {**told, "outcome": 1 if other.text else -1, "why": "empty"}
    return None
