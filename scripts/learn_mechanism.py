"""The mechanism test of learning: from an empty library and a card, with a scripted teacher, to drafts that help.

    .venv/bin/python scripts/learn_mechanism.py [--language ja] [--train 2] [--gate 10] [--sealed 5]

It shows that the loop and the gate work with the practice student, not that a given teacher helps a given student.
The teacher knows the right acts of its topics and is a public fake (``scripted_teacher``). Two drafts are planted for
topics that it keeps silent about: one that asks for nothing, one that asks for acts of other situations. An answer's
score is the share of the right acts heard in it, in order, less a half for each other one. Prints Markdown; exits 1
where the mechanism fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from denju.learning.card import Card
from denju.learning.plan import Sizes
from denju.learning.run import ARMS
from denju.library.store import Library
from denju.settings import Value
from denju.student.port import Student
from denju.values import Strategy
from denju.workbench import Workbench
from scripted_teacher import KEPT_CUES, MODEL, Domain, Scripted, Server

TAUGHT = (
    "start-defect-scratch", "start-desk-invoice-amount", "start-delivery-tracking", "start-desk-praise",
)  # fmt: skip
SILENT = ("start-sales-quote", "start-delivery-cancel")
NO_ACT = {"ja": ("お客様の連絡を読む",), "en": ("Read what the customer wrote",)}


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What came of one run."""

    result: Mapping[str, Any]
    scores: Mapping[str, Sequence[float]]
    """Arm → the score of each sealed situation's answer."""
    taught: frozenset[str]
    """Titles of what the teacher drafts."""
    seconds: float

    @property
    def verdicts(self) -> dict[str, str]:
        """Title → verdict."""
        return {each["strategy"]["title"]: each["verdict"] for each in self.result["drafts"]}

    @property
    def wrong(self) -> list[str]:
        """What does not hold; empty where the mechanism works."""
        better = {title for title, verdict in self.verdicts.items() if verdict == "better"}
        arms = self.result["sealed"]["arms"]
        faults = [f"accepted although planted: {title}" for title in sorted(better - self.taught)]
        faults += [] if better else ["nothing was learnt"]
        if better and fmean(self.scores["retrieved"]) <= fmean(self.scores["none"]):
            faults.append("the score did not rise")
        if "wrong" in arms and arms["wrong"]["low"] > 0:
            faults.append("a wrong strategy helped")
        return faults


def run(home: Path, language: str, sizes: Sizes, *, taught: Sequence[str] = TAUGHT, silent: Sequence[str] = SILENT,
        student: Student | None = None) -> Mechanism:  # fmt: skip
    """One run in the empty ``home``; ``student`` else is the practice student."""
    domain = Domain.of_starter(language, taught, silent)
    began = time.monotonic()
    with Server(Scripted(domain)) as server:
        settings: dict[str, Value] = {
            "teacher.provider": "openai", "teacher.model": MODEL, "teacher.base_url": server.url,
            "teacher.deadline": 600.0,
        }  # fmt: skip
        with Workbench(environ={"DENJU_HOME": str(home)}, overrides=settings, student=student) as workbench:
            Library(workbench.paths.library).begin([])
            plan = workbench.learn.plan(
                card=Card.from_dict(domain.card()), sizes=sizes, seed=1, drafts=planted(domain, language)
            )
            workbench.learn.agree(plan.id, "mechanism")
            *_, last = workbench.learn.run(plan.id, threading.Event())
            result = workbench.learn.open(plan.id).result()
    assert result is not None and last
    names = frozenset(each.name for each in domain.topics if each.name not in domain.silent)
    return Mechanism(result, _scores(result, domain), names, time.monotonic() - began)


def planted(domain: Domain, language: str) -> list[Strategy]:
    """A useless and a harmful draft for the topics that the teacher keeps silent about."""
    silent = [each for each in domain.topics if each.name in domain.silent]
    others = domain.topics[0].strategy.steps[1:]  # acts of another situation
    steps = (NO_ACT[language], others)
    return [
        replace(
            topic.strategy, title=f"{name}: {topic.name}", steps=wrong, decide=(), cues=topic.strategy.cues[:KEPT_CUES]
        )
        for topic, name, wrong in zip(silent, ("useless", "harmful"), steps, strict=False)
    ]


def _scores(result: Mapping[str, Any], domain: Domain) -> dict[str, list[float]]:
    topics = {each.name: each for each in domain.topics}
    scores: dict[str, list[float]] = {}
    for each in result["pairs"]:
        if "arm" not in each:
            continue
        topic = topics[each["situation"]["topic"]]
        scores.setdefault(each["arm"], []).append(domain.rubric(each["other"]["text"], topic))
        if each["arm"] == "retrieved":
            scores.setdefault("none", []).append(domain.rubric(each["one"]["text"], topic))
    return scores


def as_markdown(found: Mechanism) -> str:
    """Two tables."""
    lines = ["| arm | right acts (95 %) | won | lost | even |", "| --- | --- | --- | --- | --- |"]
    arms = found.result["sealed"]["arms"]
    for arm in ARMS:
        if scores := found.scores.get(arm):
            half = 1.96 * stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else 1.0
            tally = [str(arms[arm][name]) if arm in arms else "" for name in ("wins", "losses", "even")]
            lines.append(f"| {arm} | {fmean(scores):.0%} ± {half:.0%} | " + " | ".join(tally) + " |")
    lines += ["", "| draft | verdict | won | lost | even | p |", "| --- | --- | --- | --- | --- | --- |"]
    for each in found.result["drafts"]:
        counts = " | ".join(str(each[name]) for name in ("wins", "losses", "even"))
        lines.append(f"| {each['strategy']['title']} | {each['verdict']} | {counts} | {each['p']:.4f} |")
    counts = found.result["situations"]
    lines += ["", f"{counts['train']} + {counts['gate']} + {counts['sealed']} situations, "
                  f"{found.result['spent']['calls']} calls, {found.seconds / 60:.1f} minutes"]  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--language", choices=("ja", "en"), default="ja")
    for name, usual in (("train", 2), ("gate", 10), ("sealed", 5)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    options = parser.parse_args()
    sizes = Sizes(train=options.train, gate=options.gate, sealed=options.sealed)
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), options.language, sizes)
    print(as_markdown(found))
    for fault in found.wrong:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
