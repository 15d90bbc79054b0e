"""The composition root: the only module that builds adapters, each when it is first needed.

Keyword arguments are the test seam: what is given is used, what is not is built from the settings.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast

from denju.errors import Offline, SettingsError
from denju.events import Event
from denju.paths import Paths
from denju.settings import Settings, Value
from denju.values import FALLBACK_TAG, Answer, Scope, Status, Strategy, Turn

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType
    from typing import IO

    from denju.answering.ask import Ask
    from denju.answering.batch.batches import Batches, Crew
    from denju.answering.batch.batches import Order as Order
    from denju.answering.batch.cluster import ClusterHand
    from denju.answering.batch.forecast import Forecast as Forecast
    from denju.answering.batch.job import Job as Job
    from denju.answering.batch.job import Tally as Tally
    from denju.answering.batch.run import Update as Update
    from denju.answering.batch.snapshot import Snapshot
    from denju.answering.history import Entry as Entry
    from denju.answering.history import History, Keep, Source
    from denju.answering.library_search import LibrarySearch
    from denju.deciding.overview import Overview as Overview
    from denju.egress.keys import Keys
    from denju.egress.ledger import Ledger
    from denju.egress.network import Network
    from denju.egress.outbox import Outbox
    from denju.egress.request import Request as Request
    from denju.learning.case import Case as Case
    from denju.learning.hiding import Found as Found
    from denju.learning.hiding import Hiding as Hiding
    from denju.learning.learn import Learn
    from denju.learning.learn import RunStatus as RunStatus
    from denju.learning.plan import Plan as Plan
    from denju.learning.preview import Preview as Preview
    from denju.learning.teach import Service, Teach
    from denju.library.difference import Difference as Difference
    from denju.library.editing import Typed
    from denju.library.exchange import Format
    from denju.library.merging import Choice as Choice
    from denju.library.merging import Clash as Clash
    from denju.library.parcel import Parcel as Parcel
    from denju.library.place import Shared
    from denju.library.repair import Repaired, Report
    from denju.library.store import Library
    from denju.library.store import Merged as Merged
    from denju.retrieval.audit import Audit as Audit
    from denju.review.findings import Finding as Finding
    from denju.review.queue import Waiting as Waiting
    from denju.review.reviewing import Reviewing
    from denju.student.models import CopyProgress, ModelFile, ModelStore
    from denju.student.port import Sampling, Student, StudentCard
    from denju.teacher.port import TeachAsk as TeachAsk
    from denju.teacher.port import Teacher

_RECENT_ANSWERS = 1_000
"""Answers of the history in which a sentence that was copied into a strategy is looked for."""


class Workbench:
    """Everything a front end works with. Close it, or use it as a context manager."""

    def __init__(
        self,
        *,
        paths: Paths | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, Value] | None = None,
        student: Student | None = None,
    ) -> None:
        self.paths = paths or Paths.from_environment(environ)
        self._environ = environ
        self._overrides = overrides
        self._student = self._given_student = student
        self._building = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def settings(self) -> Settings:
        """Every setting with its origin.

        Raises:
            SettingsError: the settings file or the environment holds something wrong.
        """
        return Settings.load(self.paths.settings, self._environ, self._overrides)

    @cached_property
    def library(self) -> Library:
        """The library; on first run it is made and holds the starter library."""
        from denju.library.store import Library

        library = Library(self.library_path)
        if not library.exists:
            from denju.library.starter import seed

            seed(library)
        return library

    @property
    def library_path(self) -> Path:
        """The library's file: the setting ``library.path``, else the one among this user's own data.

        Raises:
            SettingsError: the setting names a place that is not there, or closed; a new library was not meant.
        """
        from pathlib import Path

        if not (named := self.settings.text("library.path")):
            return self.paths.library
        path = Path(named).expanduser()
        if not path.is_absolute() or not os.access(path.parent, os.X_OK):
            raise SettingsError(
                f"library.path: {path}: its folder is not there, or closed to you.",
                "Give the whole path of the file, or make the place: denju init --shared GROUP DIR.",
            )
        return path

    def share_library(self, folder: Path, group: str) -> Shared:
        """Make a library in ``folder`` that the members of ``group`` work on, and let this user work on it too.

        A new one holds the starter library; the user's own stays where it is.

        Raises:
            UsageError, StorageError: see ``denju.library.place.share``.
            LibraryError: what lies there is no library.
            SettingsError: the settings file cannot be read.
        """
        from denju.library.place import share
        from denju.library.starter import seed
        from denju.library.store import Library
        from denju.settings import write

        shared = share(folder, group)
        seed(Library(shared.library))
        write(self.paths.settings, "library.path", str(shared.library))
        return shared

    @cached_property
    def search(self) -> LibrarySearch:
        """The search over what serves, in step with the library."""
        from denju.answering.library_search import LibrarySearch

        return LibrarySearch(self.library, cache=self._search_cache)

    @property
    def _search_cache(self) -> Path:
        return self.paths.library.with_name("search.index")

    @cached_property
    def models(self) -> ModelStore:
        """The model files on this machine, the practice model among them."""
        from denju.student.models import ModelStore

        return ModelStore(self.paths.models)

    @cached_property
    def history(self) -> History:
        """The answers of this user, with their ratings."""
        from denju.answering.history import History

        return History(
            self.paths.history,
            keep=cast("Keep", self.settings.text("history.keep")),
            keep_days=self.settings.integer("history.keep_days"),
        )

    @property
    def student(self) -> Student:
        """The student that the settings name; its process starts when it is first needed."""
        return self._student_of(self.settings.text("student.model"))

    def _student_of(self, model: str) -> Student:
        """The student there is; where there is none yet, that of ``model``."""
        with self._building:
            if self._student is None:
                from denju.student.ctransformers_student import CtransformersStudent

                self._student = CtransformersStudent(
                    model=self.models.find(model),
                    threads=self.settings.integer("student.threads"),
                    context=self.settings.integer("student.context"),
                    template=self.settings.text("student.template"),
                )
            return self._student

    def ask(self, *, seed: int = 0, max_tokens: int | None = None) -> Ask:
        """The ask use case; ``max_tokens`` ``None`` takes the setting."""
        from denju.answering.ask import Ask

        return Ask(
            library=self.library,
            search=self.search,
            student=self.student,
            history=self.history,
            sampling=self._sampling(seed, max_tokens),
            no_match=self.settings.text("answering.no_match"),
        )

    def _sampling(self, seed: int, max_tokens: int | None) -> Sampling:
        from denju.student.port import Sampling

        settings = self.settings
        return Sampling(
            temperature=settings.number("student.temperature"),
            top_p=settings.number("student.top_p"),
            top_k=settings.integer("student.top_k"),
            repetition_penalty=settings.number("student.repetition_penalty"),
            seed=seed,
            max_tokens=max_tokens or settings.integer("student.max_tokens"),
        )

    def answer(
        self,
        turns: Sequence[Turn],
        cancel: threading.Event,
        *,
        facts: Sequence[str] = (),
        language: str | None = None,
        strategy: str | None = None,
        use_strategy: bool = True,
        strict: bool = False,
        seed: int = 0,
        max_tokens: int | None = None,
        source: Source = "ask",
    ) -> Iterator[Event]:
        """Answer a conversation, oldest turn first; the last event is Finished or Failed.

        ``strategy`` is an id to follow whatever the search says; ``source`` is what the history calls the front end.

        Raises:
            DenjuError: what must be there before an answer can begin (settings, library, student) is not.
        """
        from denju.answering.ask import Question

        question = Question(
            turns=tuple(turns), facts=tuple(facts), language=language, strategy=strategy, use_strategy=use_strategy,
            strict=strict,
        )  # fmt: skip
        return self.ask(seed=seed, max_tokens=max_tokens)(question, cancel, source=source)

    @cached_property
    def batches(self) -> Batches:
        """Many rows at once."""
        from denju.answering.batch.batches import Batches
        from denju.answering.batch.snapshot import Snapshot
        from denju.retrieval.search import Retriever

        def ask(snapshot: Snapshot, seed: int, max_tokens: int | None) -> Ask:
            search = Retriever(snapshot.serving(), cache=self._search_cache)
            return replace(self.ask(seed=seed, max_tokens=max_tokens), library=snapshot, search=search)

        def snapshot() -> Snapshot:
            return Snapshot(self.library.serving(), self.library)

        return Batches(snapshot=snapshot, ask=ask, crew=self._crew, cluster=self._cluster)

    def _cluster(
        self, address: str, ask: Ask, snapshot: Snapshot
    ) -> AbstractContextManager[tuple[Sequence[ClusterHand], StudentCard]]:
        if self.settings.flag("network.offline"):
            raise Offline(
                f"{address}: the offline switch is on.", "Leave --cluster out, or set network.offline to false."
            )
        from denju.answering.batch.cluster import connected

        return connected(address, ask, snapshot, own_student)

    @contextlib.contextmanager
    def _crew(self, count: int) -> Iterator[Crew]:
        """Students that answer at once, a core each; of a large model just one, unless more are asked for."""
        from denju.answering.batch.batches import Crew

        if self._given_student is not None:
            yield Crew([self._given_student], lambda _cancel: contextlib.nullcontext())
            return
        from denju.student.ctransformers_student import CtransformersStudent
        from denju.student.native import allowed_cores
        from denju.student.shared_slot import SharedSlot
        from denju.student.slot import slot_path

        model = self.models.find(self.settings.text("student.model"))
        cores = allowed_cores()
        count = count or (cores if model.header.small else 1)
        slot = SharedSlot(slot_path())
        students = [
            CtransformersStudent(
                model=model,
                threads=self.settings.integer("student.threads") if count == 1 else max(1, cores // count),
                context=self.settings.integer("student.context"),
                template=self.settings.text("student.template"),
                slot=False,
            )
            for _ in range(count)
        ]
        try:
            for each in students:
                each.warm()
            yield Crew(students, slot.turn, lambda: slot.in_front)
        finally:
            for each in students:
                each.close()

    def conversation(self, value: object) -> tuple[Turn, ...]:
        """``[{"role": "customer"|"agent", "text": "…"}]`` as turns.

        Raises:
            UsageError: it is not that.
        """
        from denju.answering.batch.rows import messages

        return messages(value)

    def fallback_of(self, answer: Answer) -> str | None:
        """Title of the fallback that served, if one did."""
        if answer.match != "none":
            return None
        for used in answer.general:
            if FALLBACK_TAG in self.library.get(used.id, revision=used.revision).tags:
                return used.title
        return None

    @property
    def person(self) -> str:
        """Who works here: the setting ``person.name``, else the login name."""
        import getpass

        if name := self.settings.text("person.name"):
            return name
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # a container may run under a number that has no name
            return f"uid {os.getuid()}"

    @cached_property
    def reviewing(self) -> Reviewing:
        """Checks and verdicts; the student that counts tokens is loaded with the first check."""
        from denju.answering.room import ContextRoom
        from denju.review.checks import Checks
        from denju.review.reviewing import Reviewing

        def make_checks() -> Checks:
            from denju.privacy.terms import Terms

            return Checks(
                self.library,
                counter=ContextRoom(lambda: self.student, self.settings.integer("student.max_tokens")),
                terms=Terms.load(self.paths.terms),
                messages=self._customers_messages,
                cache=self._search_cache,
            )

        return Reviewing(self.library, make_checks)

    @cached_property
    def outbox(self) -> Outbox:
        """Requests to the teacher, and the answers that came."""
        from denju.egress.outbox import Outbox

        return Outbox(self.paths.outbox)

    @cached_property
    def ledger(self) -> Ledger:
        """The record of what left this machine."""
        from denju.egress.ledger import Ledger

        return Ledger(self.paths.ledger)

    @cached_property
    def keys(self) -> Keys:
        """The teacher's keys."""
        from denju.egress.keys import Keys

        return Keys(self.paths.keys, self._environ)

    @cached_property
    def teach(self) -> Teach:
        """The teach use case: requests, their preview, sending with a yes, drafts."""
        from denju.egress.prices import price_of
        from denju.learning.teach import Teach
        from denju.privacy.terms import Terms

        return Teach(
            library=self.library,
            search=self.search,
            service=self._service,
            outbox=self.outbox,
            keys=self.keys,
            terms=lambda: Terms.load(self.paths.terms),
            price=lambda asked: price_of(asked.provider, asked.model, asked.url, self.settings),
            deadline=self.settings.number("teacher.deadline"),
        )

    @cached_property
    def learn(self) -> Learn:
        """The learn use case: plans, long runs, what came of them."""
        from denju.egress.prices import price_of
        from denju.learning.learn import Learn
        from denju.privacy.terms import Terms

        return Learn(
            place=self.paths.runs,
            library=self.library,
            student=lambda model: self._student_of(model or self.settings.text("student.model")),
            sampling=lambda seed: self._sampling(seed, None),
            service=lambda outbox: self._service(outbox=outbox),
            keys=self.keys,
            terms=lambda: Terms.load(self.paths.terms),
            price=lambda asked: price_of(asked.provider, asked.model, asked.url, self.settings),
            deadline=self.settings.number("teacher.deadline"),
        )

    def plan_of_learning(
        self,
        *,
        card: Path | None = None,
        tickets: Path | None = None,
        history: int = 0,
        drafts: Path | None = None,
        evaluate: bool = False,
        run: str = "",
        sizes: Mapping[str, int] | None = None,
        seed: int = 0,
        teacher_arm: bool = True,
        budget: float = 0.0,
        practice: bool = False,
        student: str = "",
    ) -> Plan:
        """A plan from files: a card, tickets, the newest ``history`` answers, drafts to put to the gate too.

        To ``evaluate``, ``drafts`` is the library, and the situations are the tickets or the sealed ones of ``run``.

        Raises:
            DenjuError: a file is not what it should be, or see ``Learn.plan``.
        """
        from denju.learning.card import load
        from denju.learning.plan import Sizes
        from denju.learning.sources import situations_of
        from denju.privacy.terms import Terms

        found = situations_of(
            Terms.load(self.paths.terms), tickets=tickets, entries=self.history.list(history) if history else (),
            run=self.learn.open(run) if run else None,
        )  # fmt: skip
        strategies = self.parcel(drafts).strategies if drafts else ()
        return self.learn.plan(
            kind="evaluate" if evaluate else "learn", card=load(card) if card else None, situations=found,
            drafts=[each for each in strategies if each.status in ("draft", "approved")], sizes=Sizes(**(sizes or {})),
            seed=seed, teacher_arm=teacher_arm, budget=budget, practice=practice, student=student,
        )  # fmt: skip

    def learning_report(self, run_id: str, language: str) -> tuple[dict[str, Any], str, str]:
        """What came of a run: for programs, as Markdown, as one HTML file.

        Raises:
            NotFound: no such run, or it is not at its end.
        """
        from denju.learning import report, report_html

        facts = report.facts(self.learn.open(run_id))
        return facts, report.markdown(facts, language), report_html.page(facts, language)

    def _service(self, provider: str = "", model: str = "", outbox: Outbox | None = None) -> Service:
        """One provider and one of its models; what is left empty is taken from the settings.

        ``outbox`` is where its requests are kept, the person's own where none is given.
        """
        from denju.egress.budget import Limits
        from denju.egress.http import HttpNetwork
        from denju.egress.send import Door
        from denju.learning.teach import Service

        settings = self.settings
        chosen = provider or settings.text("teacher.provider")
        named = model or (settings.text("teacher.model") if chosen == settings.text("teacher.provider") else "")
        base_url, offline = settings.text("teacher.base_url"), settings.flag("network.offline")
        if chosen == "google-generativeai":
            from denju.teacher.google_sdk import GoogleGenerativeAI, SdkNetwork

            teacher: Teacher = GoogleGenerativeAI(model=named, base_url=base_url)
            network: Network = SdkNetwork(offline, base_url=base_url)
        else:
            from denju.teacher.gemini import Gemini
            from denju.teacher.openai import OpenAI

            network = HttpNetwork(offline, base_url=base_url)
            teacher = (OpenAI if chosen == "openai" else Gemini)(model=named, base_url=base_url)
        door = Door(outbox or self.outbox, self.ledger, Limits.from_settings(settings), network)
        return Service(teacher, door, exact=chosen != "google-generativeai")

    def case(
        self, text: str = "", *, conversation: object = None, answer: str = "", followed: str | None = None
    ) -> Case:
        """What the teacher is to be asked about: a situation, a conversation, or an answer of the history by its id.

        With the last two, ``text`` says what was wrong; ``followed`` is the strategy that the answer followed.

        Raises:
            UsageError: there is nothing in it to ask about.
            NotFound: the history has no such answer.
        """
        from denju.learning.case import of_answer, of_conversation, of_situation

        if answer:
            return of_answer(self.history.show(answer), text)
        if conversation is not None:
            return replace(of_conversation(self.conversation(conversation), text), followed=followed)
        return of_situation(text)

    def store_key(self, provider: str, text: str, *, needed: bool = False) -> None:
        """Keep the key of ``provider`` for this user alone; an empty one, where it is not ``needed``, forgets it.

        Raises:
            UsageError: it is empty, or no header can carry it.
            StorageError: it cannot be written.
        """
        from denju.egress.secret import Secret
        from denju.errors import UsageError

        if (needed and not text.strip()) or not (text.strip().isascii() and text.strip().isprintable()):
            raise UsageError("That is no key.", "Paste the key alone, without quotes.")
        self.keys.store(provider, Secret(text.strip()))

    def attempts(self) -> list[dict[str, Any]]:
        """The ledger, a record an attempt: how it began, and over that how it ended (``result``)."""
        attempts: dict[str, dict[str, Any]] = {}
        for each in self.ledger.records():
            merged = attempts.setdefault(each["attempt"], {"result": "open"})
            began = merged.get("at", each["at"])
            merged.update(each, at=began)
        return list(attempts.values())

    def overview(self) -> Overview[Entry]:
        """The library and its use in the last days, at a glance.

        Raises:
            DenjuError: library, history or ledger cannot be read.
        """
        from datetime import datetime

        from denju.deciding.overview import overview

        now = datetime.now().astimezone()
        library = self.library
        return overview(library.all(), library.serving(), self.history.entries(), self.attempts(), now=now)

    def hiding(self, *, kept: Iterable[str] = (), marked: Iterable[str] = ()) -> Hiding:
        """What a person lets leave although it was found, and hides although it was not."""
        from denju.learning.hiding import Hiding

        return Hiding(frozenset(kept), tuple(marked))

    def _customers_messages(self) -> Iterator[str]:
        """What customers wrote lately, as far as the history keeps it."""
        for entry in self.history.list(_RECENT_ANSWERS):
            yield from (turn.text for turn in entry.messages if turn.role == "customer")

    def exported(
        self,
        kind: Format = "jsonl",
        *,
        status: Status | None = None,
        scope: Scope | None = None,
        tag: str | None = None,
        language: str | None = None,
        revisions: bool = False,
    ) -> tuple[bytes, int]:
        """The library as a file, and how many strategies it holds; ``revisions`` adds the older ones of each."""
        from denju.library.exchange import dump

        found = self.library.all(status=status, scope=scope, tag=tag, language=language)
        rows = [old for each in found for old in self.library.revisions(each.id)] if revisions else found
        return dump(rows, kind), len(found)

    def format_of(self, name: str) -> Format | None:
        """The format of strategies that a file's name says, if it says one."""
        from denju.library.exchange import format_of

        return format_of(name)

    def parcel(self, source: Path | IO[bytes], kind: Format | None = None) -> Parcel:
        """The strategies of a file; its name, then its first characters tell the format where none is given.

        Raises:
            UsageError: the file is not one of strategies.
            DenjuError: it cannot be read.
        """
        from pathlib import Path

        from denju.library.exchange import load
        from denju.library.parcel import read

        named = self.format_of(source.name) if isinstance(source, Path) else None
        return load(read(source), kind or named)

    def bring_in(
        self,
        parcel: Parcel,
        *,
        by: str,
        approved_by: str | None = None,
        choices: Mapping[str, Choice] | None = None,
        otherwise: Choice | None = None,
        dry_run: bool = False,
    ) -> Merged:
        """Bring in what ``parcel`` found, all of it or nothing; see ``denju.library.parcel.bring_in``.

        Raises:
            ChecksFailed: something that ``approved_by`` should let serve breaks a policy.
            DenjuError: the library cannot be changed, or nobody decided what both sides changed.
        """
        from denju.library.parcel import bring_in

        if approved_by:
            self.reviewing.refuse_violations(parcel.strategies)
        return bring_in(
            self.library, parcel, by=by, approved_by=approved_by, choices=choices, otherwise=otherwise, dry_run=dry_run
        )

    def as_yaml(self, strategy: Strategy) -> str:
        """What a person may change of ``strategy``, to be edited as a text."""
        from denju.library.editing import as_yaml

        return as_yaml(strategy)

    def typed(self, data: bytes, base: Strategy | None = None) -> Typed:
        """A strategy as a person typed it in YAML or JSON: a new one, or ``base`` as it should be.

        Raises:
            UsageError: it is none; the line or the field is named.
        """
        from denju.library.editing import typed

        return typed(data, base)

    def differences(self, before: Strategy, after: Strategy) -> tuple[Difference, ...]:
        """The fields in which two revisions differ."""
        from denju.library.difference import differences

        return differences(before, after)

    def check_library(self) -> Report:
        """Look at every document of the library; nothing is changed.

        Raises:
            LibraryError: its file is none that denju can mend: newer, foreign, not to be read.
        """
        from denju.library.repair import check

        return check(self.library_path)

    def repair_library(self, backup: Path | None = None) -> Repaired:
        """Set a damaged library aside and save what is whole in it, or take ``backup`` in its place.

        Raises:
            NotFound: it is not damaged; or there is no such backup.
            LibraryError, StorageError: nothing can be saved, or nothing written.
        """
        from denju.library.repair import repair

        return repair(self.library_path, backup=backup)

    def use_model(self, name: str, progress: CopyProgress) -> ModelFile:
        """Let the student run ``practice``, a copied model, or a file, which is checked and copied first.

        Raises:
            NotFound, ModelFileError, StorageError: it is not there, cannot be run, or cannot be copied.
            SettingsError: the settings file cannot be read.
        """
        from pathlib import Path

        from denju.settings import write

        # A file wins over the name of a copy; "practice" always means the model inside the package.
        is_file = name != "practice" and Path(name).exists()
        model = self.models.use(Path(name), progress) if is_file else self.models.find(name)
        write(self.paths.settings, "student.model", "practice" if model.practice else model.sha256)
        return model

    def processor(self) -> tuple[int, str]:
        """Cores that this process may use, and which build of the student's library fits them.

        Raises:
            StudentError: there is none for this machine.
        """
        from denju.student.native import allowed_cores, instruction_set

        return allowed_cores(), instruction_set()

    def warm(self) -> None:
        """Start the student's process and return at once: it loads while the rest is prepared.

        Raises:
            DenjuError: the settings are wrong, or there is no such model.
        """
        self.student.warm()

    def close(self) -> None:
        """End the student's process, if one was started."""
        if self._student is not None:
            self._student.close()


def own_student() -> Student:
    """The student of this machine's settings: what a worker of a cluster answers with."""
    return Workbench().student
