"""What a front end does with the teacher: what it is asked about, its key, what was sent, plans of long runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from denju.answering.history import History
    from denju.egress.keys import Keys
    from denju.egress.ledger import Ledger
    from denju.egress.request import Request
    from denju.learning.case import Case
    from denju.learning.hiding import Hiding
    from denju.learning.learn import Learn
    from denju.learning.plan import Plan
    from denju.library.parcel import Parcel
    from denju.paths import Paths
    from denju.values import Turn


class TeachingFront(ABC):
    """The teacher's part of the workbench, and that of learning."""

    paths: Paths

    @property
    @abstractmethod
    def history(self) -> History: ...

    @property
    @abstractmethod
    def keys(self) -> Keys: ...

    @property
    @abstractmethod
    def ledger(self) -> Ledger: ...

    @property
    @abstractmethod
    def learn(self) -> Learn: ...

    @abstractmethod
    def conversation(self, value: object) -> tuple[Turn, ...]: ...

    @abstractmethod
    def parcel(self, source: Path) -> Parcel: ...

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

    def hiding(self, *, kept: Iterable[str] = (), marked: Iterable[str] = ()) -> Hiding:
        """What a person lets leave although it was found, and hides although it was not."""
        from denju.learning.hiding import Hiding

        return Hiding(frozenset(kept), tuple(marked))

    def gist_of(self, request: Request) -> str:
        """What a request is about, with what was hidden left hidden; empty for another machine's."""
        from denju.learning.asks import gist

        return gist(request.about.get("ask", {}))

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
        """The ledger, a record an attempt: how it began, and over that how it ended (``result``).

        Raises:
            LedgerDamaged: an attempt has no beginning.
        """
        attempts: dict[str, dict[str, Any]] = {}
        for each in self.ledger.records():
            if each["event"] != "begin" and each["attempt"] not in attempts:
                raise self.ledger.damaged("an attempt ends that never began: a line was removed or moved")
            merged = attempts.setdefault(each["attempt"], {"result": "open"})
            began = merged.get("at", each["at"])
            merged.update(each, at=began)
        return list(attempts.values())

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
            drafts=[each for each in strategies if each.status in ("draft", "approved")],
            sizes=Sizes(**(sizes or {})), seed=seed, teacher_arm=teacher_arm, budget=budget, practice=practice,
            student=student,
        )  # fmt: skip

    def learning_report(self, run_id: str, language: str) -> tuple[dict[str, Any], str, str]:
        """What came of a run: for programs, as Markdown, as one HTML file.

        Raises:
            NotFound: no such run, or it is not at its end.
        """
        from denju.learning import report, report_html

        facts = report.facts(self.learn.open(run_id))
        return facts, report.markdown(facts, language), report_html.page(facts, language)
