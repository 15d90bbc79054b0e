"""The library: strategies on disk, each with all its revisions.

A TinyDB ``Table`` lives for one transaction, so that neither its query cache nor its next number can go stale when
another process writes; what leaves this module are frozen strategies, never TinyDB's documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tinydb.storages import Storage
from tinydb.table import Document, Table

from denju.errors import Conflict, InvalidStrategy, NotFound, UsageError
from denju.library import strict
from denju.library.form import STRATEGIES, Content
from denju.library.revisions import Revisions, content_of
from denju.library.storage import LibraryStorage, Staged
from denju.values import Review, Scope, Status, Strategy, approved, new_id, now

Verdict = Literal["approved", "rejected", "retired"]

_FROM: dict[Verdict, Status] = {"approved": "draft", "rejected": "draft", "retired": "approved"}
"""The status that a revision has before each verdict."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import did, by id."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    """Known ids whose content differed: a new revision each; or drafts that the import approved."""
    left: tuple[str, ...]
    """Known ids with the same content: untouched."""


class Library:
    """All strategies. Every call sees what other processes wrote before it; every change is one transaction.

    Every method may raise ``LibraryError`` (the file cannot be read, is damaged or newer); every change also
    ``LibraryBusy`` and ``StorageError``, and then nothing has changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._storage = LibraryStorage(path)
        self._seen: Content | None = None
        self._read: tuple[Content, Revisions] | None = None

    @property
    def exists(self) -> bool:
        """Whether there is a library yet."""
        return self._storage.exists()

    @property
    def generation(self) -> int:
        """How many transactions there were; 0 when there is no library yet."""
        return self._storage.content().generation

    @property
    def digest(self) -> str:
        """``sha256:…``; another one whenever anything in the library is another."""
        return self._storage.content().digest

    @property
    def notice(self) -> str | None:
        """What a person should be told about the file, in one line."""
        if self._storage.content().by_hand:
            return f"{self.path}: edited by hand; every strategy in it is valid, the next change takes them over."
        return None

    def refresh(self) -> bool:
        """Whether the library is another one than at the last call; the first call says True."""
        content = self._storage.content()
        changed = content is not self._seen
        self._seen = content
        return changed

    def all(
        self,
        *,
        status: Status | None = None,
        scope: Scope | None = None,
        language: str | None = None,
        tag: str | None = None,
    ) -> tuple[Strategy, ...]:
        """The newest revision of each strategy, in the order of adding; with ``status="approved"`` the serving one."""
        revisions = self._revisions()
        pick = revisions.serving if status == "approved" else revisions.newest
        return tuple(
            revisions.strategy(document)
            for document in map(pick, revisions)
            if document is not None
            and (status is None or document["status"] == status)
            and (scope is None or document["scope"] == scope)
            and (language is None or document["language"] == language)
            and (tag is None or tag in document["tags"])
        )

    def serving(self) -> tuple[Strategy, ...]:
        """The approved revision of each strategy that has one; it keeps serving while a newer draft is written."""
        return self.all(status="approved")

    def get(self, strategy_id: str, *, revision: int | None = None) -> Strategy:
        """One strategy by its id or the only id that starts so; the newest revision when none is named.

        Raises:
            NotFound: there is none, or several; these are named.
        """
        revisions = self._revisions()
        full = revisions.find(strategy_id)
        return revisions.strategy(revisions.newest(full) if revision is None else _revision(revisions, full, revision))

    def revisions(self, strategy_id: str) -> tuple[Strategy, ...]:
        """Every revision of one strategy, oldest first.

        Raises:
            NotFound: there is none, or several with an id that starts so.
        """
        revisions = self._revisions()
        return tuple(map(revisions.strategy, revisions.of(revisions.find(strategy_id))))

    def add(self, strategies: Iterable[Strategy]) -> tuple[Strategy, ...]:
        """New strategies, as they are now stored; one without an id gets one.

        Raises:
            InvalidStrategy: one breaks the contract.
            Conflict: an id is taken.
        """
        new = tuple(map(_storable, strategies))
        with self._storage.transaction() as staged:
            _insert(staged, new, taken={document["id"] for document in _documents(staged).values()})
        return new

    def begin(self, strategies: Iterable[Strategy]) -> bool:
        """The first content of a library that has no file yet; False, and nothing done, when there is one."""
        new = tuple(map(_storable, strategies))
        with self._storage.transaction() as staged:
            if self._storage.exists():
                return False
            _insert(staged, new, taken=set())
        return True

    def revise(self, strategy: Strategy, *, base_revision: int) -> Strategy:
        """A new draft revision of ``strategy.id`` with the content of ``strategy``; returns it as stored.

        Raises:
            NotFound: no strategy has this id.
            Conflict: ``base_revision`` is no longer the newest.
        """
        draft = _storable(strategy)
        with self._storage.transaction() as staged:
            revisions = _revisions(staged)
            full = revisions.find(strategy.id)
            _check_newest(revisions, full, base_revision)
            draft = _next(replace(draft, id=full), base_revision)
            _insert(staged, [draft], taken=set())
        return draft

    def review(self, strategy_id: str, *, revision: int, verdict: Verdict, by: str, why: str) -> Strategy:
        """Record a verdict: a draft is approved or rejected, what is approved is retired.

        Raises:
            NotFound: no such strategy or revision.
            Conflict: a draft that is no longer the newest revision.
            UsageError: the revision does not have the status that the verdict needs.
        """
        with self._storage.transaction() as staged:
            revisions = _revisions(staged)
            full = revisions.find(strategy_id)
            document = _revision(revisions, full, revision)
            if document["status"] != _FROM[verdict]:
                what = f"{full}, revision {revision} is {document['status']}; only {_FROM[verdict]} can be {verdict}."
                raise UsageError(what, f"denju library show {full} shows its revisions.")
            if verdict != "retired":
                _check_newest(revisions, full, revision)
            reviewed = _reviewed(revisions.strategy(document), verdict, by, why)
            _replace(staged, [reviewed])
        return reviewed

    def merge(self, strategies: Iterable[Strategy], *, approved_by: str | None = None, why: str = "") -> Merged:
        """Bring in strategies of another library: all of them or, on any error, none.

        A new id is added, a known id with other content becomes a draft revision, one with the same content is
        left. All are drafts, but with ``approved_by`` they are approved, a draft of the same content too.

        Raises:
            InvalidStrategy: one breaks the contract.
        """
        incoming = [_storable(replace(each, status="draft", reviews=())) for each in strategies]
        added: list[Strategy] = []
        revised: list[Strategy] = []
        reviewed: list[Strategy] = []
        left: list[str] = []
        with self._storage.transaction() as staged:
            revisions = _revisions(staged)
            for each in incoming:
                newest = revisions.newest(each.id) if each.id in revisions else None
                if newest is None:
                    added.append(each)
                elif content_of(newest) != content_of(each.to_dict()):
                    revised.append(_next(each, int(newest["revision"])))
                elif approved_by and newest["status"] == "draft":
                    reviewed.append(_reviewed(revisions.strategy(newest), "approved", approved_by, why))
                else:
                    left.append(each.id)
            new = [*added, *revised]
            if approved_by:
                new = [_reviewed(each, "approved", approved_by, why) for each in new]
            if new:
                _insert(staged, new, taken=set())
            if reviewed:
                _replace(staged, reviewed)
        updated = (*revised, *reviewed)
        return Merged(tuple(each.id for each in added), tuple(each.id for each in updated), tuple(left))

    def _revisions(self) -> Revisions:
        content = self._storage.content()
        if self._read is None or self._read[0] is not content:
            self._read = content, _revisions(self._storage)
        return self._read[1]


def _documents(storage: Storage) -> dict[str, Any]:
    return (storage.read() or {}).get(STRATEGIES, {})


def _revisions(storage: Storage) -> Revisions:
    return Revisions(_documents(storage))


def _insert(staged: Staged, strategies: Iterable[Strategy], *, taken: set[str]) -> None:
    new = list(strategies)
    for each in new:
        if each.id in taken:
            raise Conflict(f"There is a strategy {each.id} already.", "Give the new one another id.")
        taken.add(each.id)
    Table(staged, STRATEGIES).insert_multiple([each.to_dict() for each in new])


def _replace(staged: Staged, strategies: Iterable[Strategy]) -> None:
    """Put each in the place of its revision's document, under the same number."""
    new = {(each.id, each.revision): each for each in strategies}
    documents = [
        Document(new[key].to_dict(), int(number))
        for number, document in _documents(staged).items()
        if (key := (document["id"], document["revision"])) in new
    ]
    table = Table(staged, STRATEGIES)
    table.remove(doc_ids=[document.doc_id for document in documents])
    table.insert_multiple(documents)


def _storable(strategy: Strategy) -> Strategy:
    """``strategy`` cleaned and held against the contract, with an id and a time.

    Raises:
        InvalidStrategy: it breaks the contract, or its JSON form is longer than 1 MB.
    """
    try:
        checked = Strategy.from_dict(strict.cleaned(strategy.to_dict()))
        size = len(strict.dumps(checked.to_dict()).encode())
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidStrategy("extra", "holds something that is not JSON") from error
    if size > strict.MAX_LINE:
        raise InvalidStrategy("strategy", f"{size:,} bytes as JSON; at most {strict.MAX_LINE:,}")
    if "\n" in checked.id or "\t" in checked.id:
        raise InvalidStrategy("id", "holds a control character")
    return replace(checked, id=checked.id or new_id("st"), created=checked.created or now())


def _next(strategy: Strategy, base_revision: int) -> Strategy:
    origin = replace(strategy.origin, parent=base_revision)
    return replace(strategy, revision=base_revision + 1, status="draft", reviews=(), created=now(), origin=origin)


def _reviewed(strategy: Strategy, verdict: Verdict, by: str, why: str) -> Strategy:
    if not by.strip():
        raise UsageError("A review needs a name.", "Set person.name (denju config set person.name NAME).")
    if verdict == "approved":
        return _storable(approved(strategy, by, why, now()))
    review = Review(verdict=verdict, by=by, at=now(), why=why)
    return _storable(replace(strategy, status=verdict, reviews=(*strategy.reviews, review)))


def _revision(revisions: Revisions, strategy_id: str, revision: int) -> Mapping[str, Any]:
    for document in revisions.of(strategy_id):
        if document["revision"] == revision:
            return document
    numbers = ", ".join(str(document["revision"]) for document in revisions.of(strategy_id))
    raise NotFound(f"{strategy_id} has no revision {revision}.", f"It has {numbers}.")


def _check_newest(revisions: Revisions, strategy_id: str, base_revision: int) -> None:
    newest = int(revisions.newest(strategy_id)["revision"])
    if base_revision != newest:
        what = f"{strategy_id}: based on revision {base_revision}, but revision {newest} is the newest."
        raise Conflict(what, f"Look at revision {newest} first, then make the change again.")
