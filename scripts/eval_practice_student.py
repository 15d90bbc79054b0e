"""Evaluate the practice student through the app's own prompt and student process, greedily.

    python scripts/eval_practice_student.py --cases 400

Cues, moods, names and numbers are none that the training saw. A case is right when every act of its plan is heard in
the reply, in order, and what its row asks for besides holds. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import re
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "core")]

from denju.events import Token  # noqa: E402
from denju.student.ctransformers_student import CtransformersStudent  # noqa: E402
from denju.student.models import ModelFile  # noqa: E402
from denju.student.port import Sampling  # noqa: E402
from denju.student.prompt import Guidance, build  # noqa: E402
from denju.values import Turn  # noqa: E402
from practice import acts  # noqa: E402
from practice.generator import Generator, Message, Taught  # noqa: E402

PRACTICE = ROOT / "core" / "denju" / "data" / "practice.gguf"
MAX_TOKENS = 320


@dataclass(frozen=True)
class Case:
    """One prompt, and what its reply has to do."""

    guidance: Guidance
    turns: tuple[Turn, ...]
    plan: tuple[str, ...]
    address: str = ""
    """First line of the reply; nothing is asked when empty."""
    values: tuple[str, ...] = ()
    """What the reply has to copy."""
    done: tuple[str, ...] = ()
    """Acts that must not be said again."""


@dataclass
class Tally:
    """Results of one row in one language."""

    right: int = 0
    total: int = 0
    failed: list[tuple[Case, str]] = field(default_factory=list)

    def count(self, case: Case, reply: str, good: bool) -> None:
        self.total += 1
        self.right += good
        if not good:
            self.failed.append((case, reply))

    def __str__(self) -> str:
        low, high = wilson(self.right, self.total)
        return f"{self.right} of {self.total} ({low:.0%} to {high:.0%})" if self.total else "–"


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    z, share = 1.96, right / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, (middle - spread) / (1 + z * z / total)), min(1.0, (middle + spread) / (1 + z * z / total))


def in_order(plan: Sequence[str], heard: Sequence[str]) -> bool:
    """Whether every act of ``plan`` is among ``heard``, in order."""
    rest = iter(heard)
    return all(act in rest for act in plan)


def right(case: Case, reply: str) -> bool:
    """Whether the reply does all that the case asks for."""
    heard = acts.acts_in(reply, case.guidance.language)
    return (
        in_order(case.plan, heard)
        and all(value in reply for value in case.values)
        and (not case.address or reply.splitlines()[:1] == [case.address])
        and not set(case.done) & set(heard)
    )


def numbers_known(case: Case, reply: str) -> bool:
    """Whether every number of the reply stands in the prompt."""
    said = "\n".join([case.guidance.text(), *(turn.text for turn in case.turns)])
    return set(re.findall(r"\d+", reply)) <= set(re.findall(r"\d+", said))


class Cases:
    """Draws cases, by row."""

    def __init__(self, seed: int) -> None:
        self.draw = Generator(seed, held_out=True)
        self.rows: dict[str, Callable[[str], Case]] = {
            "starter strategies": self.starter,
            "… steps shuffled": self.shuffled,
            "… messages of another situation": self.wrong,
            "any acts, held-out wordings of steps": self.held_out,
            "rule followed (angry, urgent, new, number)": self.decided,
            "facts given, copied": self.facts_given,
            "facts missing, marked": self.facts_missing,
            "name and numbers copied": self.copied,
            "second turn, nothing said twice": self.second,
            "fallback": self.fallback,
            "no strategy": self.none,
            "strategy in the other language": self.crossed,
        }

    def case(self, language: str, taught: Taught | None, *, facts: dict[str, str] | None = None) -> Case:
        """A first message under ``taught``."""
        return self._case(language, taught, self.draw.message(language, taught), facts or {})

    def _case(self, language: str, taught: Taught | None, message: Message, facts: dict[str, str]) -> Case:
        plan = taught.plan(message) if taught else self.draw.general_plan(message)
        guidance = self.draw.guidance(language, taught, self.draw.fact_lines(language, facts))
        return Case(guidance, (Turn("customer", message.text),), tuple(plan))

    def _with(self, language: str, wanted: Callable[[Taught], object]) -> Taught:
        return self.draw.rng.choice([taught for taught in self.draw.desks[language].starter if wanted(taught)])

    def starter(self, language: str) -> Case:
        return self.case(language, self.draw.starter(language))

    def shuffled(self, language: str) -> Case:
        taught = self.draw.starter(language)
        pairs = list(zip(taught.strategy.steps, taught.acts, strict=True))
        self.draw.rng.shuffle(pairs)
        steps, done = zip(*pairs, strict=True)
        return self.case(language, Taught(replace(taught.strategy, steps=steps), done, taught.rule))

    def wrong(self, language: str) -> Case:
        taught = replace(self.draw.starter(language), rule=None)
        taught = replace(taught, strategy=replace(taught.strategy, decide=()))
        return self._case(language, taught, self.draw.message(language, self.draw.starter(language)), {})

    def held_out(self, language: str) -> Case:
        desk, rng = self.draw.desks[language], self.draw.rng
        names = rng.sample(list(desk.acts), rng.choice((3, 4, 5)))
        steps = tuple(rng.choice(desk.acts[name].steps_held_out) for name in names)
        taught = self.draw.starter(language)
        return self.case(language, Taught(replace(taught.strategy, steps=steps, decide=()), tuple(names)))

    def decided(self, language: str) -> Case:
        return self.case(language, self._with(language, lambda taught: taught.rule))

    def facts_given(self, language: str) -> Case:
        desk = self.draw.desks[language]
        taught = self._with(language, lambda taught: any(desk.acts[act].fact for act in taught.acts))
        facts = {act: self.draw.pools[language].value(act) for act in desk.acts if desk.acts[act].fact}
        case = self.case(language, taught, facts=facts)
        return replace(case, values=tuple(facts[act] for act in case.plan if act in facts))

    def facts_missing(self, language: str) -> Case:
        desk = self.draw.desks[language]
        case = self.case(language, self._with(language, lambda taught: any(desk.acts[act].fact for act in taught.acts)))
        form = "［要確認：{}］" if language == "ja" else "[to confirm: {}]"
        return replace(case, values=tuple(form.format(desk.acts[act].fact) for act in case.plan if desk.acts[act].fact))

    def copied(self, language: str) -> Case:
        while True:
            taught = self.draw.starter(language)
            message = self.draw.message(language, taught)
            if message.name and message.slots:
                case = self._case(language, taught, message, {})
                return replace(case, address=self.draw.address(language, message.name))

    def second(self, language: str) -> Case:
        taught = self.draw.starter(language)
        message = self.draw.message(language, taught)
        plan = taught.plan(message)
        done = plan[: self.draw.rng.randint(1, len(plan))]
        reply = self.draw.reply(language, done, message, message.slots, {})
        later, _ = self.draw.follow_up(language)
        rest = [act for act in taught.acts if act not in done] or self.draw.closing_plan(done)
        turns = (Turn("customer", message.text), Turn("agent", reply), Turn("customer", later.text))
        return Case(self.draw.guidance(language, taught), turns, tuple(rest), done=tuple(done))

    def fallback(self, language: str) -> Case:
        return self.case(language, self.draw.desks[language].fallback)

    def none(self, language: str) -> Case:
        return self.case(language, None)

    def crossed(self, language: str) -> Case:
        other = next(each for each in acts.LANGUAGES if each != language)
        return self.case(language, self.draw.starter(other))


def answers(student: CtransformersStudent, case: Case) -> str:
    """The student's reply, taking the likeliest token each time."""
    card = student.card()
    prompt = build(
        case.guidance, case.turns, template=card.template, count_tokens=student.count_tokens,
        context=card.context, max_tokens=MAX_TOKENS,
    )  # fmt: skip
    sampling = Sampling(max_tokens=MAX_TOKENS, stop=prompt.stop)
    events = student.generate(prompt.pieces, sampling, threading.Event())
    return "".join(event.text for event in events if isinstance(event, Token)).strip()


def evaluate(student: CtransformersStudent, cases: int, seed: int) -> dict[str, dict[str, Tally]]:
    """Tallies by row and language; ``cases`` in all."""
    drawn = Cases(seed)
    each = max(1, cases // (len(drawn.rows) * len(acts.LANGUAGES)))
    numbers = {language: Tally() for language in acts.LANGUAGES}
    table: dict[str, dict[str, Tally]] = {}
    for row, draw in drawn.rows.items():
        table[row] = {language: Tally() for language in acts.LANGUAGES}
        # The starter library is what people try first: it is measured closest.
        for language in [*acts.LANGUAGES] * (each * 2 if row == "starter strategies" else each):
            case = draw(language)
            reply = answers(student, case)
            table[row][language].count(case, reply, right(case, reply))
            numbers[language].count(case, reply, numbers_known(case, reply))
    return {**table, "no number of the reply's own": numbers}


def report(table: dict[str, dict[str, Tally]], failures: int) -> str:
    """The table in Markdown, and some of the failures."""
    lines = ["| every step carried out, in order | Japanese | English |", "| --- | --- | --- |"]
    lines += [f"| {row} | {tallies['ja']} | {tallies['en']} |" for row, tallies in table.items()]
    shown = [failed for tallies in table.values() for tally in tallies.values() for failed in tally.failed[:1]]
    for case, reply in shown[:failures]:
        lines += ["", *_quoted(case.turns[-1].text), f"Asked: {', '.join([*case.plan, *case.values, case.address])}"]
        lines += ["Heard: " + ", ".join(acts.acts_in(reply, case.guidance.language)), *_quoted(reply)]
    return "\n".join(lines)


def _quoted(text: str) -> list[str]:
    return [f"> {line}" for line in text.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Evaluate the practice student.")
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--model", type=Path, default=PRACTICE)
    parser.add_argument("--failures", type=int, default=0, help="how many failed replies to show")
    options = parser.parse_args()
    digest = hashlib.sha256(options.model.read_bytes()).hexdigest()
    student = CtransformersStudent(model=ModelFile(options.model, digest), threads=1, template="practice")
    try:
        print(report(evaluate(student, options.cases, options.seed), options.failures))
    finally:
        student.close()


if __name__ == "__main__":
    main()
