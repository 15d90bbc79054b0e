"""The mechanism test of learning: from an empty library and a card, with a scripted teacher, to drafts that help.

    .venv/bin/python scripts/learn_mechanism.py [--language ja] [--teacher scripted] [--gate 24] [--sealed 8]

``denju learn plan``, ``run`` and ``report`` as a person types them. It shows that the loop and the gate work with the
practice student, not that a given teacher helps a given student. The teacher knows the right acts of its topics and is
a public fake (``scripted_teacher``). Two drafts are planted for topics that it keeps silent about: one that asks for
nothing, one that asks for acts of other situations. An answer's score is the share of the right acts heard in it, in
order, less a half for each wrong one. Prints Markdown; exits 1 where the mechanism fails.

``--teacher random`` answers all but the customers' messages with random text, ``shaped`` with random words in the form
that was asked for: then nothing may be learnt, and each draft must be marked.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Literal

from denju.learning.held_out import ARMS
from denju.learning.plan import Sizes
from denju.library.store import Library
from denju.values import Strategy
from denju.workbench import Workbench
from scripted_teacher import KEPT_CUES, MODEL, Domain, Nonsense, Request, Scripted, Server

TAUGHT = (
    "start-defect-scratch", "start-desk-invoice-amount", "start-delivery-tracking", "start-desk-praise",
    "start-sales-certificate", "start-delivery-address-change",
)  # fmt: skip
SILENT = ("start-sales-quote", "start-delivery-cancel")
NO_ACT = {"ja": ("確認してから回答すると伝える",), "en": ("Say that we will answer after checking",)}
"""What is said without a strategy too."""
TeacherName = Literal["scripted", "random", "shaped"]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What came of one run."""

    facts: Mapping[str, Any]
    """``denju learn report --json``."""
    scores: Mapping[str, Sequence[float]]
    """Arm → the score of each sealed situation's answer."""
    taught: frozenset[str]
    """Titles of what the scripted teacher drafts."""
    teacher: TeacherName
    approved: int
    """Strategies that serve after the run."""
    seconds: float
    cpu: float
    """Seconds that the commands and the student computed."""

    @property
    def verdicts(self) -> dict[str, str]:
        """Title → verdict."""
        return {each["strategy"]["title"]: each["verdict"] for each in self.facts["drafts"]}

    @property
    def wrong(self) -> list[str]:
        """What does not hold; empty where the mechanism works."""
        better = {title for title, verdict in self.verdicts.items() if verdict == "better"}
        faults = [f"accepted: {title}" for title in sorted(better - self.taught)]
        faults += ["something serves that nobody approved"] if self.approved else []
        return faults + (self._unlearnt(better) if self.teacher == "scripted" else self._unmarked())

    def _unlearnt(self, better: set[str]) -> list[str]:
        if not better:
            return ["nothing was learnt"]
        arms = self.facts["sealed"]["arms"]
        low = {name: fmean(scores) - _half(scores) for name, scores in self.scores.items()}
        faults = [] if low["retrieved"] > fmean(self.scores["none"]) else ["the score did not rise"]
        if "wrong" in arms and (arms["wrong"]["low"] > 0 or low["wrong"] > fmean(self.scores["none"])):
            faults.append("a wrong strategy helped")
        return faults

    def _unmarked(self) -> list[str]:
        """Drafts of nonsense that look like good ones."""
        drafts = [*(each["strategy"] for each in self.facts["drafts"]), *self.facts["dropped"]]
        plain = [each["title"] for each in drafts if each["origin"]["kind"] == "teacher" and not each["extra"]["marks"]]
        faults = [f"not marked: {title}" for title in plain]
        if not (self.facts["failures"] if self.teacher == "random" else drafts):
            faults.append("the nonsense left no trace")
        return faults


def run(
    home: Path, language: str, sizes: Sizes, *, teacher: TeacherName = "scripted", taught: Sequence[str] = TAUGHT,
    silent: Sequence[str] = SILENT,
) -> Mechanism:  # fmt: skip
    """One run in the empty folder ``home``, by the commands."""
    domain = Domain.of_starter(language, taught, silent)
    with Workbench(environ={"DENJU_HOME": str(home)}) as workbench:
        Library(workbench.paths.library).begin([])
    card, drafts = home / "card.toml", home / "planted.jsonl"
    card.write_text(
        "".join(f"{name} = {json.dumps(each, ensure_ascii=False)}\n" for name, each in domain.card().items()), "utf-8"
    )
    drafts.write_text(
        "".join(json.dumps(each.to_dict(), ensure_ascii=False) + "\n" for each in planted(domain, language)), "utf-8"
    )
    counts = [word for name in ("train", "gate", "sealed") for word in (f"--{name}", str(getattr(sizes, name)))]
    began, before = time.monotonic(), _computed()
    with Server(_answering(domain, teacher)) as server:
        environ = {
            **os.environ, "DENJU_HOME": str(home), "DENJU_TEACHER_PROVIDER": "openai", "DENJU_TEACHER_MODEL": MODEL,
            "DENJU_TEACHER_BASE_URL": server.url, "DENJU_TEACHER_DEADLINE": "600",
        }  # fmt: skip

        def denju(*words: str) -> str:
            command = [sys.executable, "-m", "denju_tui", "learn", *words]
            return subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout

        name = denju("plan", "--card", str(card), "--drafts", str(drafts), *counts, "--seed", "1").strip()
        denju("run", name, "--yes", "mechanism")
        facts = json.loads(denju("report", name, "--json"))
    with Workbench(environ={"DENJU_HOME": str(home)}) as workbench:
        approved = len(workbench.library.serving())
    names = frozenset(each.name for each in domain.topics if each.name not in domain.silent)
    return Mechanism(
        facts, _scores(facts, domain), names if teacher == "scripted" else frozenset(), teacher, approved,
        time.monotonic() - began, _computed() - before,
    )  # fmt: skip


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


def _answering(domain: Domain, teacher: TeacherName) -> Callable[[Request], str]:
    scripted, nonsense = Scripted(domain), Nonsense(shaped=teacher == "shaped")

    def answer(request: Request) -> str:
        """Customers make sense: without any situation there would be nothing to survive."""
        fields = request["response_format"]["json_schema"]["schema"]["properties"]
        return scripted(request) if teacher == "scripted" or "messages" in fields else nonsense(request)

    return answer


def _computed() -> float:
    """CPU seconds of all commands that ended, their students included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _scores(facts: Mapping[str, Any], domain: Domain) -> dict[str, list[float]]:
    topics = {each.name: each for each in domain.topics}
    scores: dict[str, list[float]] = {}
    for each in facts["pairs"]:
        if "arm" not in each:
            continue
        topic = topics[each["situation"]["topic"]]
        scores.setdefault(each["arm"], []).append(domain.rubric(each["other"]["text"], topic))
        if each["arm"] == "retrieved":
            scores.setdefault("none", []).append(domain.rubric(each["one"]["text"], topic))
    return scores


def _half(scores: Sequence[float]) -> float:
    """Half of the interval of 95 % around the mean."""
    return 1.96 * stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else 1.0


def as_markdown(found: Mechanism) -> str:
    """Three tables."""
    lines = ["| arm | right acts (95 %) | won | lost | even |", "| --- | --- | --- | --- | --- |"]
    arms = found.facts["sealed"]["arms"]
    for arm in ARMS:
        if scores := found.scores.get(arm):
            tally = [str(arms[arm][name]) if arm in arms else "" for name in ("wins", "losses", "even")]
            lines.append(f"| {arm} | {fmean(scores):.0%} ± {_half(scores):.0%} | " + " | ".join(tally) + " |")
    lines += ["", "| topic, what the search finds | won | lost | even |", "| --- | --- | --- | --- |"]
    for name, tally in found.facts["sealed"]["topics"].items():
        lines.append(f"| {name} | {tally['wins']} | {tally['losses']} | {tally['even']} |")
    lines += ["", "| draft | verdict | won | lost | even | p |", "| --- | --- | --- | --- | --- | --- |"]
    for each in found.facts["drafts"]:
        counts = " | ".join(str(each[name]) for name in ("wins", "losses", "even"))
        lines.append(f"| {each['strategy']['title']} | {each['verdict']} | {counts} | {each['p']:.4f} |")
    facts, counts = found.facts, found.facts["situations"]
    lines += ["", (
        f"{counts['train']} + {counts['gate']} + {counts['sealed']} situations, "
        f"{len(facts['dropped'])} drafts dropped, "
        f"{sum(facts['failures'].values())} answers of the teacher unread, {facts['spent']['calls']} calls, "
        f"{found.seconds / 60:.1f} minutes, {found.cpu / 60:.1f} of them computing"
    )]  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--language", choices=("ja", "en"), default="ja")
    parser.add_argument("--teacher", choices=("scripted", "random", "shaped"), default="scripted")
    for name, usual in (("train", 2), ("gate", 24), ("sealed", 8)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    options = parser.parse_args()
    sizes = Sizes(train=options.train, gate=options.gate, sealed=options.sealed)
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), options.language, sizes, teacher=options.teacher)
    print(as_markdown(found))
    for fault in found.wrong:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
