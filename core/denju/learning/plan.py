"""The plan of a run: what it will do, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from denju.egress.prices import Price
from denju.learning.card import Card
from denju.learning.errands import MESSAGES_A_CALL, USUAL_TOKENS, Errand, ErrandName
from denju.learning.situations import Situation

SCHEMA = 1
Kind = Literal["learn", "evaluate"]
_TEXTS: dict[ErrandName, int] = {
    "topics": 0, "customers": 40, "customer": 250, "agent": 250, "contrast": 700, "judge": 700,
}  # fmt: skip
"""Tokens of the texts that usually stand in a question, beside its prompt and the card."""
MOST_GENERAL = 1
"""General drafts of the run's own that are put to the gate: each is tried on every situation."""
_TRIES = 2
"""An answer that cannot be used is asked for once more."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything. Situations are per topic where the teacher plays customers."""

    topics: int = 8
    """Asked for where the card names none."""
    train: int = 3
    gate: int = 12
    sealed: int = 4
    rounds: int = 2
    """Most contrasts of one situation."""
    turns: int = 1
    """Most customer turns before the answer that is looked at."""

    def per_topic(self) -> int:
        """Situations of one topic."""
        return self.train + self.gate + self.sealed


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run takes at most, but for ``tokens_out`` and ``money``, which are what is usual."""

    calls: dict[str, int]
    """Calls of the teacher by the name of their prompt."""
    tokens_in: int
    tokens_out: int
    money: float | None
    """USD; None: no price is known."""
    answers: int
    """Of the student."""
    hours: float
    """That the student needs on this machine; the teacher's time comes on top."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, before it begins. It never changes: another plan is another run."""

    id: str
    kind: Kind
    seed: int
    created: str
    language: str
    """Of the strategies that are written."""
    languages: tuple[str, ...]
    """Of their cues."""
    provider: str
    model: str
    host: str
    student: dict[str, Any]
    """Kind, model, sha256, practice."""
    card: Card | None
    sizes: Sizes
    given: int
    """Situations from history and tickets, or to evaluate on."""
    planted: int
    """Drafts of a person's that are put to the gate too."""
    teacher_arm: bool
    """Whether the teacher answers the sealed situations too."""
    budget: float
    """Most money of the run, in USD; 0: only the settings' limits."""
    cost: Cost

    @property
    def calls(self) -> int:
        """Most calls, with those that ask once more."""
        return _TRIES * sum(self.cost.calls.values())

    @property
    def steps(self) -> int:
        """About so many steps lie ahead at the start."""
        return sum(self.cost.calls.values()) + self.cost.answers

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"schema": SCHEMA, **asdict(self), "card": self.card.to_dict() if self.card else None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """Read the JSON form."""
        fields = {name: value for name, value in data.items() if name != "schema"}
        return cls(**{
            **fields, "languages": tuple(data["languages"]), "sizes": Sizes(**data["sizes"]),
            "cost": Cost(**data["cost"]), "card": Card.from_dict(data["card"]) if data["card"] else None,
        })  # fmt: skip


def cost_of(
    *,
    card: Card | None,
    language: str,
    languages: tuple[str, ...],
    sizes: Sizes,
    given: Sequence[Situation],
    general: int,
    teacher_arm: bool,
    price: Price | None,
    seconds: float,
) -> Cost:
    """What a run takes; ``general`` counts a person's general drafts, and ``seconds`` is what one answer of the student
    takes here.
    """
    topics = (len(card.topics) or sizes.topics) if card else 0
    made = topics * sizes.per_topic()
    train, gate, sealed = (
        topics * each + sum(one.purpose == purpose for one in given)
        for each, purpose in ((sizes.train, "train"), (sizes.gate, "gate"), (sizes.sealed, "sealed"))
    )
    turns = (sizes.turns - 1) * made
    arms = 4 if teacher_arm else 3
    tried = gate * (1 + MOST_GENERAL + general)
    calls: dict[ErrandName, int] = {
        "topics": int(bool(topics) and not (card and card.topics)),
        "customers": topics * -(-sizes.per_topic() // MESSAGES_A_CALL),
        "customer": turns,
        "agent": turns + sealed * teacher_arm,
        "contrast": train * sizes.rounds,
        # A draft is seen better in training by one look, at the gate and at the end only by two with the order swapped.
        "judge": train * sizes.rounds + 2 * tried + 2 * arms * sealed,
    }
    told = card.told() if card else {}
    asked = {
        name: Errand(name, language, {"card": told}, languages).told().tokens + _TEXTS[name]
        for name, count in calls.items()
        if count
    }
    tokens_in = sum(calls[name] * tokens for name, tokens in asked.items())
    tokens_out = sum(count * USUAL_TOKENS[name] for name, count in calls.items())
    answers = train * (1 + sizes.rounds) + gate + tried + 4 * sealed + turns
    return Cost(
        {name: count for name, count in calls.items() if count}, tokens_in, tokens_out,
        price.of(tokens_in, tokens_out) if price else None, answers, round(answers * seconds / 3600, 2),
    )  # fmt: skip
