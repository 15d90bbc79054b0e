"""What the practice student is evaluated with: prompts, and what their replies have to do.

What customers want and how they say it (cues, moods, greetings, follow-ups) and names are none that the training saw;
numbers and codes are drawn anew; mail frames and the sentences around a number are the training's. A kind of case is
always the same for one seed, whatever other kinds are drawn, and no prompt is asked twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from denju.student.prompt import Guidance
from denju.values import Strategy, Turn
from practice import acts, material
from practice.generator import ANGRY_CUE, Generator
from practice.taught import Message, Taught
from practice.unseen import UnseenPools

BY_HAND = Path(__file__).parent / "handwritten.json"
DRAWS = 40
"""Sentences drawn to learn which values every wording of an act says."""


@dataclass(frozen=True)
class Asked:
    """One prompt, and what its reply has to do."""

    guidance: Guidance
    turns: tuple[Turn, ...]
    plan: tuple[str, ...]
    """Acts, in order."""
    ruled: bool = False
    """Whether the first act of the plan is there by the rule alone, and no step."""
    instead: str = ""
    """The act that the rule asks for in the other case, where no step asks for it too."""
    address: str = ""
    """First line."""
    values: tuple[str, ...] = ()
    """What has to be copied."""
    marks: tuple[tuple[str, str], ...] = ()
    """An act, and the mark that stands in place of the fact that it states."""
    done: tuple[str, ...] = ()
    """Acts that must not be said again."""

    def given(self) -> str:
        """All that the student was told."""
        return "\n".join([self.guidance.text(), *(turn.text for turn in self.turns)])


Case = tuple[Asked, ...]
"""One prompt, or two that count as one: right only when both are."""


@dataclass(frozen=True)
class ByHand:
    """A strategy that a person wrote, and messages to it."""

    taught: Taught
    messages: tuple[tuple[str, str], ...]
    """A text, and the act that the rule puts first for it; empty without a rule."""
    rule: frozenset[str] = field(default=frozenset())
    """Acts that the rule may put first."""


def by_hand() -> list[ByHand]:
    """The strategies written by hand, in the order of the file."""
    found = []
    for each in json.loads(BY_HAND.read_text("utf-8")):
        strategy = Strategy(
            title=each["title"],
            situation=each["situation"],
            language=each["language"],
            priorities=tuple(each["priorities"]),
            decide=tuple(each["decide"]),
            steps=tuple(step["step"] for step in each["steps"]),
        )
        messages = tuple((message["text"], message.get("first", "")) for message in each["messages"])
        rule = frozenset(first for _, first in messages if first)
        found.append(ByHand(Taught(strategy, tuple(step["act"] for step in each["steps"])), messages, rule))
    return found


class Cases:
    """Draws cases, by kind."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.draw = Generator(seed, held_out=True)
        self.rng = self.draw.rng
        self.draw.pools = {language: UnseenPools(language, self.rng) for language in acts.LANGUAGES}
        self.kinds: dict[str, Callable[[str], Case]] = {
            "starter": self.starter,
            "shuffled": self.shuffled,
            "held out": self.held_out,
            "copied": self.copied,
            "none": self.none,
            "bare": self.bare,
            "wrong": self.wrong,
            "moods": self.moods,
            "second": self.second,
            "missing": self.missing,
            "fallback": self.fallback,
            "finished": self.finished,
            "decided": self.decided,
            "given": self.given,
            "crossed": self.crossed,
        }

    def of(self, kind: str, language: str, count: int) -> list[Case]:
        """``count`` cases of a kind; of those by hand as many as there are, at most."""
        self.rng.seed(f"{self.seed}:{kind}:{language}")
        if kind == "by hand":
            return [*self.by_hand(language)][:count]
        found: dict[str, Case] = {}
        while len(found) < count:
            case = self.kinds[kind](language)
            found.setdefault("\0".join(each.given() for each in case), case)
        return [*found.values()]

    def asked(
        self, language: str, taught: Taught | None, message: Message, facts: dict[str, str] | None = None
    ) -> Asked:
        """A first message under ``taught``."""
        guidance = self.draw.guidance(language, taught, self.draw.fact_lines(language, facts or {}))
        plan = taught.plan(message) if taught else []
        ruled = bool(taught and plan and plan[0] not in taught.acts)
        return Asked(guidance, (Turn("customer", message.text),), tuple(plan), ruled, _other(taught, message))

    def first(self, language: str, taught: Taught | None) -> Asked:
        return self.asked(language, taught, self.draw.message(language, taught))

    def library(self, language: str, wanted: Callable[[Taught], object]) -> Taught:
        """One of the starter strategies that are ``wanted``."""
        return self.rng.choice([taught for taught in self.draw.desks[language].starter if wanted(taught)])

    # Steps

    def starter(self, language: str) -> Case:
        return (self.first(language, self.draw.starter(language)),)

    def shuffled(self, language: str) -> Case:
        """The starter library's strategies, their steps in an order that they do not stand in."""
        taught = self.draw.starter(language)
        pairs = list(zip(taught.strategy.steps, taught.acts, strict=True))
        while tuple(act for _, act in pairs) == taught.acts:
            self.rng.shuffle(pairs)
        steps, said = zip(*pairs, strict=True)
        return (self.first(language, Taught(replace(taught.strategy, steps=steps), said, taught.rule)),)

    def held_out(self, language: str) -> Case:
        desk = self.draw.desks[language]
        names = self.rng.sample(list(desk.acts), self.rng.choice((3, 4, 5)))
        steps = tuple(self.rng.choice(desk.acts[name].steps_held_out) for name in names)
        strategy = replace(self.draw.starter(language).strategy, steps=steps, decide=())
        return (self.first(language, Taught(strategy, tuple(names))),)

    def by_hand(self, language: str) -> list[Case]:
        found: list[Case] = []
        for each in by_hand():
            if each.taught.strategy.language != language:
                continue
            for text, first in each.messages:
                asked = self.asked(language, each.taught, Message(text))
                plan = tuple(dict.fromkeys([*([first] if first else []), *each.taught.acts]))
                instead = next(iter(each.rule - {first, *each.taught.acts}), "")
                ruled = bool(first) and first not in each.taught.acts
                found.append((replace(asked, plan=plan, ruled=ruled, instead=instead),))
        return found

    def crossed(self, language: str) -> Case:
        other = next(each for each in acts.LANGUAGES if each != language)
        return (self.first(language, self.draw.starter(other)),)

    def wrong(self, language: str) -> Case:
        """A message of one scenario under another one's strategy with as many steps; no rule, for it would be unclear."""
        meant = self.draw.starter(language)
        taught = self.library(language, lambda each: len(each.acts) == len(meant.acts) and each.acts != meant.acts)
        taught = Taught(replace(taught.strategy, decide=()), taught.acts)
        return (self.asked(language, taught, self.draw.message(language, meant)),)

    # Rules

    def decided(self, language: str) -> Case:
        return (self.first(language, self.library(language, lambda taught: taught.rule)),)

    def moods(self, language: str) -> Case:
        """The same message twice, but for one sentence: calm, angry."""
        taught = self.library(language, lambda taught: taught.rule and taught.rule.when == "angry")
        angry = material.UNSEEN["angry"][language]
        while True:
            message = self.draw.message(language, taught)
            said = [sentence for sentence, mood in message.moods if mood == "calm"]
            # A matter that is told in anger is not calm, whatever stands beside it.
            if said and "angry" not in message.traits and not ANGRY_CUE.search(message.text.replace(said[0], "")):
                text = message.text.replace(said[0], self.rng.choice(angry))
                other = replace(message, text=text, traits=message.traits | {"angry"})
                return tuple(self.asked(language, taught, each) for each in (message, other))

    # Names, numbers, facts

    def copied(self, language: str) -> Case:
        """A signed message; the reply is bound to say something that it names."""
        while True:
            taught = self.draw.starter(language)
            message = self.draw.message(language, taught)
            values = self.bound(language, taught.plan(message), message.slots)
            if message.name and values:
                asked = self.asked(language, taught, message)
                return (replace(asked, address=self.draw.address(language, message.name), values=values),)

    def bound(self, language: str, plan: Sequence[str], slots: dict[str, str]) -> tuple[str, ...]:
        """Those of ``slots`` that a reply says whichever wording it takes."""
        drawn = [{self.draw.sentence(language, act, slots, {}) for _ in range(DRAWS)} for act in plan]
        return tuple(value for value in slots.values() if any(all(value in text for text in said) for said in drawn))

    def given(self, language: str) -> Case:
        desk = self.draw.desks[language]
        taught = self.library(language, lambda taught: any(desk.acts[act].fact for act in taught.acts))
        facts = {act: self.draw.pools[language].value(act) for act in desk.acts if desk.acts[act].fact}
        asked = self.asked(language, taught, self.draw.message(language, taught), facts)
        return (replace(asked, values=tuple(facts[act] for act in asked.plan if act in facts)),)

    def missing(self, language: str) -> Case:
        desk = self.draw.desks[language]
        asked = self.first(
            language, self.library(language, lambda taught: any(desk.acts[act].fact for act in taught.acts))
        )
        form = "［要確認：{}］" if language == "ja" else "[to confirm: {}]"
        marks = tuple((act, form.format(desk.acts[act].fact)) for act in asked.plan if desk.acts[act].fact)
        return (replace(asked, marks=marks),)

    # Later turns

    def second(self, language: str) -> Case:
        """Some steps are done, at least one is left."""
        while True:
            taught = self.draw.starter(language)
            message = self.draw.message(language, taught)
            plan = taught.plan(message)
            done = plan[: self.rng.randint(1, len(plan) - 1)]
            if left := [act for act in taught.acts if act not in done]:
                return (self._later(language, taught, message, done, left),)

    def finished(self, language: str) -> Case:
        """All steps are done."""
        taught = self.draw.starter(language)
        message = self.draw.message(language, taught)
        done = taught.plan(message)
        return (self._later(language, taught, message, done, self.draw.closing_plan(done)),)

    def _later(
        self, language: str, taught: Taught, message: Message, done: Sequence[str], left: Sequence[str]
    ) -> Asked:
        reply = self.draw.reply(language, done, message, message.slots, {})
        later, _ = self.draw.follow_up(language)
        turns = (Turn("customer", message.text), Turn("agent", reply), Turn("customer", later.text))
        return Asked(self.draw.guidance(language, taught), turns, tuple(left), done=tuple(done))

    # Without a strategy

    def fallback(self, language: str) -> Case:
        return (self.first(language, self.draw.desks[language].fallback),)

    def none(self, language: str) -> Case:
        return (self.first(language, None),)

    def bare(self, language: str) -> Case:
        """A message of a scenario without its strategy; the plan is what the strategy would ask for."""
        taught = self.draw.starter(language)
        message = self.draw.message(language, taught)
        return (replace(self.asked(language, None, message), plan=tuple(taught.plan(message))),)


def _other(taught: Taught | None, message: Message) -> str:
    """The act that the rule of ``taught`` does not ask for here, unless a step does."""
    if taught is None or taught.rule is None:
        return ""
    other = taught.rule.otherwise if message.holds(taught.rule) else taught.rule.first
    return "" if other in taught.acts else other
