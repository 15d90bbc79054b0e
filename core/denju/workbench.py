"""The composition root: the only module that builds adapters, each when it is first needed.

Keyword arguments are the test seam: what is given is used, what is not is built from the settings.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self, cast

from denju.errors import SettingsError
from denju.events import Event, Progress
from denju.paths import Paths
from denju.settings import Settings, Value
from denju.values import FALLBACK_TAG, Answer, Match, Status, Turn

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import IO

    from denju.answering.ask import Ask
    from denju.answering.batch import Summary
    from denju.answering.history import Entry as Entry
    from denju.answering.history import History, Keep, Source
    from denju.library.store import Library, Merged
    from denju.retrieval.search import Retriever
    from denju.student.models import CopyProgress, ModelFile, ModelStore
    from denju.student.port import Student


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
        self._student = student
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
        from denju.library.starter import seed
        from denju.library.store import Library

        library = Library(self.library_path)
        seed(library)
        return library

    @property
    def library_path(self) -> Path:
        """The library's file: the setting ``library.path``, else the one among this user's own data.

        Raises:
            SettingsError: the setting names a place that is not there; a new library is not what was meant.
        """
        from pathlib import Path

        if not (named := self.settings.text("library.path")):
            return self.paths.library
        path = Path(named).expanduser()
        if not path.is_absolute() or not path.parent.is_dir():
            raise SettingsError(
                f"library.path: {path}: its folder is not there.",
                "Give the whole path of the file, or make the place: denju init --shared GROUP DIR.",
            )
        return path

    @cached_property
    def search(self) -> LibrarySearch:
        """The search over what serves, in step with the library."""
        return LibrarySearch(self.library, cache=self.paths.library.with_name("search.index"))

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
        with self._building:
            if self._student is None:
                from denju.student.ctransformers_student import CtransformersStudent

                self._student = CtransformersStudent(
                    model=self.models.find(self.settings.text("student.model")),
                    threads=self.settings.integer("student.threads"),
                    context=self.settings.integer("student.context"),
                    template=self.settings.text("student.template"),
                )
            return self._student

    def ask(self, *, seed: int = 0, max_tokens: int | None = None) -> Ask:
        """The ask use case; ``max_tokens`` ``None`` takes the setting."""
        from denju.answering.ask import Ask
        from denju.student.port import Sampling

        settings = self.settings
        sampling = Sampling(
            temperature=settings.number("student.temperature"),
            top_p=settings.number("student.top_p"),
            top_k=settings.integer("student.top_k"),
            repetition_penalty=settings.number("student.repetition_penalty"),
            seed=seed,
            max_tokens=max_tokens or settings.integer("student.max_tokens"),
        )
        return Ask(
            library=self.library,
            search=self.search,
            student=self.student,
            history=self.history,
            sampling=sampling,
            no_match=settings.text("answering.no_match"),
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

    def batch(
        self, source: Path, target: Path, cancel: threading.Event, *, seed: int = 0, max_tokens: int | None = None
    ) -> Iterator[Progress | Answer | Summary]:
        """Answer every row of ``source`` into ``target``; see ``denju.answering.batch.run``."""
        from denju.answering.batch import run

        return run(self.ask(seed=seed, max_tokens=max_tokens), source, target, cancel)

    def conversation(self, value: object) -> tuple[Turn, ...]:
        """``[{"role": "customer"|"agent", "text": "…"}]`` as turns.

        Raises:
            UsageError: it is not that.
        """
        from denju.answering.batch import messages

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

    def exported(
        self, *, status: Status | None = None, tag: str | None = None, language: str | None = None
    ) -> tuple[bytes, int]:
        """The library as JSON Lines, and how many strategies they hold."""
        from denju.library.jsonl import dump

        strategies = self.library.all(status=status, tag=tag, language=language)
        return dump(strategies), len(strategies)

    def import_strategies(
        self, source: Path | IO[bytes], *, by: str, approved_by: str | None = None, dry_run: bool = False
    ) -> tuple[Merged, str | None]:
        """Bring in a file, all of it or nothing; returns what was done and what a person should know of the file.

        ``dry_run`` does it to a copy of the library that is then thrown away.

        Raises:
            UsageError: the file is not one of strategies.
            DenjuError: it cannot be read, or the library cannot be changed.
        """
        from denju.library.jsonl import bring_in, load, read

        parcel = load(read(source))
        if not dry_run:
            return bring_in(self.library, parcel, by=by, approved_by=approved_by), parcel.notice
        import shutil
        import tempfile
        from pathlib import Path

        from denju.library.store import Library

        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / self.library.path.name
            shutil.copyfile(self.library.path, copy)
            return bring_in(Library(copy), parcel, by=by, approved_by=approved_by), parcel.notice

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


class LibrarySearch:
    """Retrieval over what the library serves at this moment; rebuilt when the library changed."""

    def __init__(self, library: Library, *, cache: Path | None = None) -> None:
        self._library = library
        self._cache = cache
        self._retriever: tuple[int, Retriever] | None = None
        self._building = threading.Lock()

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5) -> Match:
        """The strategy that fits the conversation, or that none does."""
        return self._current().search(turns, language=language, limit=limit)

    def _current(self) -> Retriever:
        from denju.retrieval.search import Retriever

        with self._building:
            self._library.refresh()
            generation = self._library.generation
            if self._retriever is None or self._retriever[0] != generation:
                self._retriever = (generation, Retriever(self._library.serving(), cache=self._cache))
            return self._retriever[1]
