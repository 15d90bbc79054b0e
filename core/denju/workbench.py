"""The composition root: the only module that builds adapters, each when it is first needed.

Keyword arguments are the test seam: what is given is used, what is not is built from the settings.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from denju.events import Event
from denju.paths import Paths
from denju.settings import Settings, Value
from denju.values import Match, Turn

if TYPE_CHECKING:
    from types import TracebackType

    from denju.answering.ask import Ask
    from denju.answering.history import History
    from denju.library.store import Library
    from denju.retrieval.search import Retriever
    from denju.student.models import ModelStore
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

        library = Library(self.paths.library)
        seed(library)
        return library

    @cached_property
    def search(self) -> LibrarySearch:
        """The search over what serves, in step with the library."""
        return LibrarySearch(self.library)

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
            keep=self.settings.text("history.keep"),
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
        source: str = "ask",
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

    def close(self) -> None:
        """End the student's process, if one was started."""
        if self._student is not None:
            self._student.close()


class LibrarySearch:
    """Retrieval over what the library serves at this moment; rebuilt when the library changed."""

    def __init__(self, library: Library) -> None:
        self._library = library
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
                self._retriever = (generation, Retriever(self._library.serving()))
            return self._retriever[1]
