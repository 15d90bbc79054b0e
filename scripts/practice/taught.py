"""What a sample of the practice student's craft is made of: strategies with the acts they mean, messages, conversations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from denju.student.prompt import Guidance
from denju.values import Strategy, Turn

NUMBERS = {
    "ask_order": "order",
    "ask_part": "product",
    "ask_lot": "lot",
    "ask_phone": "phone",
    "ask_invoice": "invoice",
}
"""The number whose absence is meant by a rule ``number_missing``, by the act that asks for it."""
SHOWN = ("angry", "urgent", "new", "order", "product", "lot", "phone", "invoice")
"""What of a message rules ask for: its mood, and which numbers it names."""

_HALVES = re.compile(r"(?<=。)|(?<=\.) (?=When|If|Otherwise)")
"""Between what a rule asks for when it holds and when it does not."""


@dataclass(frozen=True)
class Rule:
    """When something holds, one act comes first; otherwise another."""

    when: str
    """angry, urgent, new or number_missing."""
    first: str
    otherwise: str


@dataclass(frozen=True)
class Taught:
    """A strategy beside the acts that its steps and its rule mean."""

    strategy: Strategy
    acts: tuple[str, ...]
    rule: Rule | None = None

    def plan(self, message: Message) -> list[str]:
        """The acts of the reply to ``message``, in order."""
        first = [self.rule.first if message.holds(self.rule) else self.rule.otherwise] if self.rule else []
        return [*dict.fromkeys((*first, *self.acts))]

    def source(self, act: str) -> str | None:
        """Where the guidance asks for ``act``: the line of a step, or the part of the rule."""
        meant = {name: text for text, name in reversed(self.meant())}
        return meant.get(act)

    def sources(self, plan: Sequence[str]) -> list[str | None]:
        """Where the guidance asks for each act of a first reply: for what comes first by the rule, in its half."""
        ruled = {act: text for text, act in self.meant()[-2:]} if self.rule else {}
        return [ruled.get(act, self.source(act)) for act in plan[:1]] + [self.source(act) for act in plan[1:]]

    def meant(self) -> list[tuple[str, str]]:
        """Each line of a step and each half of the rule, as the guidance has it, beside the act that it means."""
        steps = ((f"{n}. {' '.join(step.split())}", act) for n, (step, act) in enumerate(self._steps(), 1))
        if self.rule is None:
            return [*steps]
        first, otherwise = _HALVES.split(" ".join(self.strategy.decide[0].split()), maxsplit=1)
        return [*steps, (first, self.rule.first), (otherwise, self.rule.otherwise)]

    def _steps(self) -> Iterator[tuple[str, str]]:
        return zip(self.strategy.steps, self.acts, strict=True)


@dataclass(frozen=True)
class Message:
    """A customer's message beside what it names."""

    text: str
    name: str | None = None
    slots: dict[str, str] = field(default_factory=dict)
    """order, product, quantity, lot, phone, invoice: what the message names, by kind."""
    traits: frozenset[str] = frozenset()
    """angry, urgent, new: what shows in the message."""
    moods: tuple[tuple[str, str], ...] = ()
    """Sentences that show a mood, and which."""

    def holds(self, rule: Rule) -> bool:
        if rule.when == "number_missing":
            return NUMBERS.get(rule.first, "order") not in self.slots
        return rule.when in self.traits


@dataclass(frozen=True)
class Conversation:
    """Turns of which some replies are learnt."""

    turns: tuple[Turn, ...]
    learnt: frozenset[int]
    """Places of the replies that the loss is taken of."""
    sources: Mapping[int, tuple[str | None, ...]] = field(default_factory=dict)
    """By the place of a reply: for each of its lines the step or the rule that it carries out, if any."""
    values: tuple[str, ...] = ()
    """Names, numbers and facts, which replies copy exactly."""
    shown: frozenset[str] = frozenset()
    """Those of ``SHOWN`` that hold of the first message."""
    named: bool = False
    """Whether the first reply begins with an address."""
    moods: tuple[tuple[str, str], ...] = ()
    """Sentences of the first message that show a mood, and which."""


@dataclass(frozen=True)
class Sample:
    """One guidance with several conversations under it."""

    guidance: Guidance
    taught: Taught | None
    conversations: tuple[Conversation, ...]
