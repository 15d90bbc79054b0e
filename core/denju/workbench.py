"""The composition root: the only module that builds adapters, each when it is first needed.

Keyword arguments are the test seam: what is given is used, what is not is built from the settings. What a front end
does with the parts stands in ``denju.front``.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self, cast

from denju.errors import Offline, SettingsError
from denju.front.answering import AnsweringFront
from denju.front.library import LibraryFront
from denju.front.student import StudentFront
from denju.front.teaching import TeachingFront
from denju.paths import Paths
from denju.settings import Settings, Value

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

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
    from denju.answering.history import History, Keep
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
    from denju.learning.plan import Plan as Plan
    from denju.learning.preview import Preview as Preview
    from denju.learning.sheet import Pair as Pair
    from denju.learning.situations import Situation as Situation
    from denju.learning.status import RunStatus as RunStatus
    from denju.learning.teach import Service, Teach
    from denju.library.difference import Difference as Difference
    from denju.library.merging import Choice as Choice
    from denju.library.merging import Clash as Clash
    from denju.library.parcel import Parcel as Parcel
    from denju.library.store import Library
    from denju.library.store import Merged as Merged
    from denju.retrieval.audit import Audit as Audit
    from denju.review.findings import Finding as Finding
    from denju.review.queue import Waiting as Waiting
    from denju.review.reviewing import Reviewing
    from denju.student.models import ModelStore
    from denju.student.port import Sampling, Student, StudentCard
    from denju.teacher.port import TeachAsk as TeachAsk
    from denju.teacher.port import Teacher

_RECENT_ANSWERS = 1_000
"""Answers of the history in which a sentence that was copied into a strategy is looked for."""


class Workbench(LibraryFront, StudentFront, AnsweringFront, TeachingFront):
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
        self.student_turn = threading.Lock()
        """Held by whoever asks the student, where several threads do: it answers one at a time."""

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
        """The library; on first run it is made and holds the starter library.

        Raises:
            LibraryError, StorageError: it cannot be read or made, or is missing though there are backups of it.
        """
        from denju.library.store import Library

        library = Library(self.library_path)
        if not library.exists:
            from denju.library.repair import missing
            from denju.library.starter import seed

            if error := missing(library.path):
                raise error
            seed(library)
        return library

    @property
    def library_path(self) -> Path:
        """The library's file: the setting ``library.path``, else the one among this user's own data.

        Raises:
            SettingsError: the setting names a place that is not there, or closed; a new library was not meant.
        """
        from denju.paths import whole

        if not (named := self.settings.text("library.path")):
            return self.paths.library
        path = whole(named, "library.path")
        if not path.is_absolute() or not os.access(path.parent, os.X_OK):
            raise SettingsError(
                f"library.path: {path}: its folder is not there, or closed to you.",
                "Give the whole path of the file, or make the place: denju init --shared GROUP DIR.",
            )
        return path

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

    @property
    def limited_in_money(self) -> bool:
        """Whether a limit on money is set: a model whose price is unknown is sent nothing then."""
        from denju.egress.budget import Limits

        return Limits.from_settings(self.settings).on_money

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
                counter=ContextRoom(
                    lambda: self.student, self.settings.integer("student.max_tokens"), self.student_turn
                ),
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

        settings = self.settings
        provider, base_url = settings.text("teacher.provider"), settings.text("teacher.base_url")
        return Keys(self.paths.keys, self._environ, provider=provider, base_url=base_url)

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
            ledger=self.ledger,
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
            turn=self.student_turn,
            sampling=lambda seed: self._sampling(seed, None),
            service=lambda outbox: self._service(outbox=outbox),
            keys=self.keys,
            terms=lambda: Terms.load(self.paths.terms),
            price=lambda asked: price_of(asked.provider, asked.model, asked.url, self.settings),
            deadline=self.settings.number("teacher.deadline"),
        )

    def _service(self, provider: str = "", model: str = "", outbox: Outbox | None = None) -> Service:
        """One provider and one of its models; what is left empty is taken from the settings.

        Model and address of the settings are those of their provider: another one's key does not go there.
        ``outbox`` is where its requests are kept, the person's own where none is given.
        """
        from denju.egress.budget import Limits
        from denju.egress.http import HttpNetwork
        from denju.egress.send import Door
        from denju.learning.teach import Service

        settings = self.settings
        chosen = provider or settings.text("teacher.provider")
        own = chosen == settings.text("teacher.provider")
        named = model or (settings.text("teacher.model") if own else "")
        base_url, offline = settings.text("teacher.base_url") if own else "", settings.flag("network.offline")
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

    def _customers_messages(self) -> Iterator[str]:
        """What customers wrote lately, as far as the history keeps it."""
        for entry in self.history.list(_RECENT_ANSWERS):
            yield from (turn.text for turn in entry.messages if turn.role == "customer")

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
