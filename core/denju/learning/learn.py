"""Learn: plan a run, let a person say yes to it, run it, go on with it, look at what came of it.

plan → yes → situations → contrasts → gate → sealed end → drafts for review

A run lives in a folder of its own. Only ``run`` reaches the student and the teacher; what it accepts goes into the
library as drafts, which serve nobody until a person approves them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from denju.egress.keys import Keys
from denju.egress.lock import try_locked
from denju.egress.outbox import Outbox
from denju.egress.prices import Price
from denju.errors import Conflict, DenjuError, NotFound, UsageError
from denju.events import LearnEvent, Learnt
from denju.learning.calls import Allowed, Calls
from denju.learning.card import Card
from denju.learning.folder import Folder, Yes
from denju.learning.plan import Kind, Plan, Sizes, cost_of
from denju.learning.run import run
from denju.learning.sheet import Sheet
from denju.learning.shelf import Desk, Shelf
from denju.learning.situations import Situation, divided, merged
from denju.learning.status import RunStatus, status_of
from denju.learning.steps import Steps
from denju.learning.streaming import streamed
from denju.learning.teach import Service
from denju.library.store import Library
from denju.paths import folder, storage_error
from denju.privacy.terms import Terms
from denju.privacy.vault import without_placeholders
from denju.student.port import Sampling, Student
from denju.teacher.port import TeacherRequest
from denju.text import language_of
from denju.values import Strategy, Turn, new_id, now

_STOPPING = "stopping"
"""A file in a run's folder: it was asked to pause."""
_GREETING = {
    "ja": "納品された部品に傷がありました。どうすればよいですか。",
    "en": "The parts that came today are scratched. What now?",
}
"""What the student answers when it is timed."""


class Learn:
    """The use case. ``student(model)`` builds one, the settings' where it is empty; ``service(outbox)`` is the way to
    the teacher.
    """

    def __init__(
        self,
        *,
        place: Path,
        library: Library,
        student: Callable[[str], Student],
        turn: threading.Lock,
        sampling: Callable[[int], Sampling],
        service: Callable[[Outbox], Service],
        keys: Keys,
        terms: Callable[[], Terms],
        price: Callable[[TeacherRequest], Price | None],
        deadline: float,
    ) -> None:
        """``sampling`` takes the run's seed; ``turn`` is held while a plan times the student, as by all who ask it."""
        self._place, self._library, self._student, self._sampling = place, library, student, sampling
        self._turn = turn
        self._service, self._keys, self._terms, self._price, self._deadline = service, keys, terms, price, deadline

    # Before: nothing leaves.

    def plan(
        self,
        *,
        kind: Kind = "learn",
        card: Card | None = None,
        situations: Sequence[Situation] = (),
        drafts: Sequence[Strategy] = (),
        sizes: Sizes = Sizes(),  # noqa: B008
        seed: int = 0,
        teacher_arm: bool = True,
        budget: float = 0.0,
        practice: bool = False,
        student: str = "",
    ) -> Plan:
        """Make a plan and keep it; it says what the run takes. ``drafts`` are put to the gate too.

        To ``evaluate`` is the sealed end alone: ``drafts`` are then the library that is measured, and all situations
        are sealed. Else policies among the drafts are left out: they serve in every arm, so the gate cannot tell what
        they do. One answer of the student is timed for the plan; ``practice`` lets the practice student learn from a
        teacher that costs money.

        Raises:
            UsageError: there are no situations, no strategy to measure, or the practice student would cost money.
            StudentError, SettingsError: student or teacher is not there.
        """
        if card is None and not situations:
            raise UsageError("There is nothing to learn from.", "Give --card FILE, --tickets FILE or --history.")
        evaluates = kind == "evaluate"
        base = () if evaluates else tuple(self._library.serving())
        sizes = replace(sizes, train=0, gate=0) if evaluates else sizes
        tried = [each for each in drafts if evaluates or each.scope != "policy"]
        if not tried and (drafts or evaluates):
            raise UsageError(
                "There is no strategy in it to measure.", "Give a file with scenarios or general guidance."
            )
        language = card.language if card else _language(situations, tried if evaluates else base)
        used = [each.language for each in base if each.scope == "scenario"]
        languages = tuple(sorted({language, *used}, key=lambda each: (each != language, each)))
        named = [replace(each, id=f"g{number:05}") for number, each in enumerate(merged(situations))]
        given = divided(named, (sizes.train, sizes.gate, sizes.sealed), seed)
        learner, seconds = self._timed(language, student)
        service = self._service(Outbox(self._place / "none"))
        asked = service.teacher.models_request()
        price = self._price(asked)
        if learner["practice"] and not practice and (price is None or price.of(1_000_000, 1_000_000)):
            raise UsageError(
                f"{asked.model} costs money, and the practice student would fail the gate with good drafts too.",
                "Let another model learn (denju models use FILE), or say --practice-anyway.",
            )
        cost = cost_of(
            card=card, language=language, languages=languages, sizes=sizes, given=given,
            general=sum(each.scope == "general" for each in tried), teacher_arm=teacher_arm, price=price,
            seconds=seconds,
        )  # fmt: skip
        made = Plan(
            id=new_id("lr"), kind=kind, seed=seed, created=now(), language=language, languages=languages,
            provider=asked.provider, model=asked.model, host=asked.host, student=learner, card=card, sizes=sizes,
            given=len(given), planted=len(tried), teacher_arm=teacher_arm, budget=budget, cost=cost,
        )  # fmt: skip
        planted = tried if evaluates else [_with_id(each, made) for each in tried]
        self._folder(made.id).begin(made, given, base, planted)
        return made

    def agree(self, run_id: str, by: str, *, budget: float | None = None) -> None:
        """A person's yes to the plan, once for all its calls; ``budget``, in USD, takes the place of the plan's.

        Raises:
            NotFound, UsageError: no such run, or nobody is named.
        """
        self.open(run_id).agree(by, budget)

    # The run.

    def run(self, run_id: str, cancel: threading.Event, *, send_again: bool = False) -> Iterator[LearnEvent]:
        """Run, or go on where it stopped; ``Learnt`` comes last, and the drafts that are better are in the library.

        ``send_again``: a call that may have arrived already may be sent once more.

        Raises:
            NeedsConsent: nobody said yes, or a call may have arrived already.
            UsageError: it runs already, or another student or teacher is set than the plan names.
            DenjuError: it pauses; what is done stays done.
        """
        return streamed(lambda tell: self._run(self.open(run_id), cancel, send_again, tell))

    def _run(
        self, place: Folder, cancel: threading.Event, send_again: bool, tell: Callable[[LearnEvent], None]
    ) -> None:
        plan, yes = place.plan(), place.yes()
        with try_locked(place.lock) as free:
            if not free:
                raise UsageError(f"{plan.id} is running.", f"Watch it: denju learn status {plan.id} --follow")
            (place.path / _STOPPING).unlink(missing_ok=True)  # before anybody can find this process to stop it
            place.write("running.json", f'{{"pid": {os.getpid()}}}'.encode())
            (place.path / "stopped.json").unlink(missing_ok=True)
            try:
                tell(Learnt(self._at_work(place, plan, yes, cancel, send_again, tell)))
            except DenjuError as error:
                place.stopped(error)
                raise
            finally:
                (place.path / "running.json").unlink(missing_ok=True)

    def _at_work(
        self, place: Folder, plan: Plan, yes: Yes, cancel: threading.Event, send_again: bool,
        tell: Callable[[LearnEvent], None],
    ) -> dict[str, Any]:  # fmt: skip
        finished = place.result()
        result = finished
        if result is None:
            student = self._student("practice" if plan.student["practice"] else plan.student["sha256"])
            if student.card().info.sha256 != plan.student["sha256"]:
                raise UsageError(
                    f"The plan is for the student {plan.student['model']}, which is another one by now.",
                    "Make a new plan: what this run measured is not true of the new one.",
                )
            steps = Steps(place.journal)
            allowed = Allowed(yes.by, plan.host, plan.model, plan.calls, yes.budget)
            calls = Calls(
                place=place.calls, service=self._service, keys=self._keys, terms=self._terms(), price=self._price,
                deadline=self._deadline, allowed=allowed, before=steps.spent, cancel=cancel, send_again=send_again,
            )  # fmt: skip
            desk = Desk(student, self._sampling(plan.seed), cancel)
            result = run(place, plan, by=yes.by, steps=steps, calls=calls, desk=desk, tell=tell)
        self._propose(plan, result)
        if finished is None:
            # Only now: nobody goes on with a run that counts as finished, so what it found must wait for review first.
            place.finish(result)
        return result

    def _propose(self, plan: Plan, result: dict[str, Any]) -> None:
        """Put what is better into the library, as drafts; done twice, it is there once."""
        for each in result["drafts"]:
            if each["verdict"] == "better":
                verdict = {name: each[name] for name in ("verdict", "wins", "losses", "even", "p")}
                strategy = Strategy.from_dict(each["strategy"])
                learnt = {**strategy.extra.get("learnt", {}), "run": plan.id, **verdict}
                with contextlib.suppress(Conflict):
                    self._library.add([replace(strategy, status="draft", extra={**strategy.extra, "learnt": learnt})])

    # Looking: at any time, from any process.

    def runs(self) -> list[RunStatus]:
        """Every run, newest first."""
        found = []
        for path in sorted(self._place.glob("lr_*")):
            with contextlib.suppress(NotFound):
                found.append(self.status(path.name))
        return sorted(found, key=lambda each: each.plan.created, reverse=True)

    def status(self, run_id: str) -> RunStatus:
        """Where a run stands; it may run in another process.

        Raises:
            NotFound: no such run.
        """
        return status_of(self.open(run_id))

    def stop(self, run_id: str) -> bool:
        """Ask a run to pause, in whatever process it is, as Ctrl-C does; False where it does not run.

        However often: only the first time does it hear of it, for a second signal would abandon the call under way.

        Raises:
            NotFound: no such run.
            StorageError: it belongs to another user.
        """
        place = self.open(run_id)
        pid = status_of(place).pid
        if pid is None:
            return False
        try:
            (place.path / _STOPPING).touch(0o600, exist_ok=False)
            os.kill(pid, signal.SIGINT)
        except FileExistsError:
            return True
        except ProcessLookupError:
            return False
        except OSError as error:
            raise storage_error(error, place.path) from error
        return True

    def sheet(self, run_id: str) -> Sheet:
        """The pairs of a finished run, for a person to judge.

        Raises:
            NotFound: no such run, or it is not at its end.
        """
        return Sheet(self.open(run_id))

    def open(self, run_id: str) -> Folder:
        """The folder of the run whose id is, or alone starts with, ``run_id``; empty for the newest one.

        Raises:
            NotFound: there is none, or several.
        """
        found = [
            each for each in self._place.glob("lr_*") if each.name.startswith(run_id) and (each / "plan.json").exists()
        ]
        if not run_id and found:
            return Folder(max(found, key=lambda each: (Folder(each).plan().created, each.name)))
        if len(found) != 1:
            what = "There is no such run." if not found else f"{run_id!r} stands for {len(found)} runs."
            raise NotFound(what, "denju learn status lists them; denju learn plan makes one.")
        return Folder(found[0])

    def _folder(self, run_id: str) -> Folder:
        return Folder(folder(self._place / run_id))

    def _timed(self, language: str, model: str) -> tuple[dict[str, Any], float]:
        """The student as the plan names it, and the seconds that an answer of its takes here."""
        shelf, turns = Shelf(self._library.serving()), [Turn("customer", _GREETING[language])]
        student = self._student(model)
        with self._turn:
            info = student.card().info
            desk = Desk(student, self._sampling(0), threading.Event())
            began = time.monotonic()
            desk.answer(shelf, turns)
            seconds = time.monotonic() - began
        return {"kind": info.kind, "model": info.model, "sha256": info.sha256, "practice": info.practice}, seconds


def _language(situations: Sequence[Situation], strategies: Sequence[Strategy]) -> str:
    """Of most customers; where two tie, the one in which more is written already."""
    written = (without_placeholders(each.turns[-1].text) for each in situations)
    said = Counter(filter(None, (language_of(each, default="") for each in written)))
    used = Counter(each.language for each in strategies if each.scope == "scenario")
    return max(said or used or ("en",), key=lambda each: (said[each], used[each]))


def _with_id(strategy: Strategy, plan: Plan) -> Strategy:
    """A person's draft with an id that is the library's own nowhere, so that it is told apart from what serves."""
    text = f"{plan.id} {strategy.id} {strategy.title} {strategy.situation} {strategy.steps}"
    return replace(
        strategy, id=f"st_{hashlib.sha256(text.encode()).hexdigest()[:12]}", revision=1, status="draft",
        translation_of=None, reviews=(), created=plan.created,
    )  # fmt: skip
