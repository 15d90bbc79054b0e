"""The library: strategies on disk, each with all its revisions.

A TinyDB ``Table`` lives for one transaction, so that neither its query cache nor its next number can go stale when
another process writes; what leaves this module are frozen strategies, never TinyDB's documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tinydb.storages import Storage
from tinydb.table import Document, Table

from denju import strict_json
from denju.errors import Conflict, InvalidStrategy, NotFound, UsageError
from denju.library.form import STRATEGIES, Content, Line, without_collecting
from denju.library.merging import Choice, Clash, Plan, planned
from denju.library.revisions import Revisions, content_of
from denju.library.storage import LibraryStorage, Staged
from denju.values import Origin, Review, Scope, Status, Strategy, approved, new_id, now

Verdict = Literal["approved", "rejected", "retired"]

DELETED = "deleted"
"""The table of ids that are not given again."""
_FROM: dict[Verdict, tuple[Status, ...]] = {
    "approved": ("draft", "retired"),
    "rejected": ("draft",),
    "retired": ("approved",),
}
"""The statuses that a revision may have before each verdict."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import did, by id."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    """Known ids whose content differed: a new revision each; or drafts that the import approved."""
    left: tuple[str, ...]
    """Known ids with the same content, or kept as they are: untouched."""
    clashes: tuple[Clash, ...] = ()
    """Ids that both sides changed; only where nothing was done yet."""


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
            document.strategy()
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
        return (revisions.newest(full) if revision is None else _revision(revisions, full, revision)).strategy()

    def revisions(self, strategy_id: str) -> tuple[Strategy, ...]:
        """Every revision of one strategy, oldest first.

        Raises:
            NotFound: there is none, or several with an id that starts so.
        """
        revisions = self._revisions()
        return tuple(each.strategy() for each in revisions.of(revisions.find(strategy_id)))

    def add(self, strategies: Iterable[Strategy]) -> tuple[Strategy, ...]:
        """New strategies, as they are now stored; one without an id gets one.

        Raises:
            InvalidStrategy: one breaks the contract.
            Conflict: an id is taken.
        """
        new = tuple(map(_storable, strategies))
        with self._storage.transaction() as staged:
            known = {document["id"] for document in _documents(staged).values()}
            _insert(staged, new, taken=known | _deleted(staged).keys())
        return new

    def begin(self, strategies: Iterable[Strategy]) -> bool:
        """The first content of a library that has no file yet; False, and nothing done, when there is one."""
        new = tuple(map(_storable, strategies))
        with self._storage.transaction() as staged:
            if self._storage.exists():
                return False
            _insert(staged, new, taken=set())
            staged.changed = True  # an empty library is one too, and is not filled again
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
            _append(staged, [draft])
        return draft

    def restore(self, strategy_id: str, *, revision: int, by: str) -> Strategy:
        """A new draft that says what an old revision said.

        Raises:
            NotFound: no such strategy or revision.
            UsageError: the newest revision says this already.
        """
        with self._storage.transaction() as staged:
            revisions = _revisions(staged)
            full = revisions.find(strategy_id)
            old, newest = _revision(revisions, full, revision), revisions.newest(full)
            if content_of(old) == content_of(newest):
                what = f"{full}: revision {newest['revision']}, the newest, says what revision {revision} says."
                raise UsageError(what, f"denju library history {full} lists the revisions.")
            draft = _next(replace(old.strategy(), origin=Origin(by=by)), int(newest["revision"]))
            draft = replace(draft, origin=replace(draft.origin, parent=revision))
            _append(staged, [draft])
        return draft

    def delete(self, strategy_id: str, *, by: str, why: str = "") -> str:
        """Remove a strategy with all its revisions; returns its id. Who, when and why stay, and no other gets the id.

        Raises:
            NotFound: no such strategy.
        """
        with self._storage.transaction() as staged:
            revisions = _revisions(staged)
            full = revisions.find(strategy_id)
            last = int(revisions.newest(full)["revision"])
            numbers = [int(number) for number, each in _documents(staged).items() if each["id"] == full]
            Table(staged, STRATEGIES).remove(doc_ids=numbers)
            # Not "id" and "revision": this is no strategy.
            record = strict_json.cleaned({"deleted": full, "last": last, "by": by, "at": now(), "why": why})
            Table(staged, DELETED).insert(record)
        return full

    def review(self, strategy_id: str, *, revision: int, verdict: Verdict, by: str, why: str) -> Strategy:
        """Record a verdict: a draft is approved or rejected, the approved is retired, the retired approved again.

        Raises:
            NotFound: no such strategy or revision.
            Conflict: it is no longer the newest revision (which retiring does not ask for).
            UsageError: the revision does not have the status that the verdict needs, or a rejection has no reason.
        """
        if verdict == "rejected" and not why.strip():
            raise UsageError("A rejection needs a reason.", "Say in a sentence what should be other (--why TEXT).")
        with self._storage.transaction() as staged:
            revisions = _revisions(staged)
            full = revisions.find(strategy_id)
            document = _revision(revisions, full, revision)
            if document["status"] not in _FROM[verdict]:
                what = f"{full}, revision {revision} is {document['status']}; "
                what += f"only {' or '.join(_FROM[verdict])} can be {verdict}."
                raise UsageError(what, f"denju library show {full} shows its revisions.")
            if verdict != "retired":
                _check_newest(revisions, full, revision)
            reviewed = _reviewed(document.strategy(), verdict, by, why)
            _replace(staged, [reviewed])
        return reviewed

    def take_back(self, strategy_id: str, *, revision: int, by: str) -> Strategy:
        """Undo the newest verdict on a revision, as if it had not been given; only who gave it may.

        Raises:
            NotFound: no such strategy or revision.
            Conflict: it is no longer the newest revision.
            UsageError: there is no verdict on it, or somebody else gave it.
        """
        with self._storage.transaction() as staged:
            revisions = _revisions(staged)
            full = revisions.find(strategy_id)
            strategy = _revision(revisions, full, revision).strategy()
            if not strategy.reviews or strategy.reviews[-1].by != by:
                what = f"{full}, revision {revision}: there is no verdict of {by} to take back."
                raise UsageError(what, f"denju library history {full} shows who said what.")
            _check_newest(revisions, full, revision)
            *before, _ = strategy.reviews
            status: Status = before[-1].verdict if before else "draft"
            _replace(staged, [restored := replace(strategy, status=status, reviews=tuple(before))])
        return restored

    @without_collecting()
    def merge(
        self,
        strategies: Iterable[Strategy],
        *,
        approved_by: str | None = None,
        why: str = "",
        choices: Mapping[str, Choice] | None = None,
        otherwise: Choice | None = None,
        dry_run: bool = False,
    ) -> Merged:
        """Bring in strategies of another library: all of them or, on any error, none.

        A new id is added, a known id with other content becomes a draft revision, one with the same content is
        left (``denju.library.merging`` says it whole). All are drafts, but with ``approved_by`` the newest of each
        are approved, a draft of the same content too. ``dry_run`` only says what would be done.

        Raises:
            InvalidStrategy: one breaks the contract.
            Conflict: both sides changed a strategy, and neither ``choices`` nor ``otherwise`` decides.
        """
        incoming = [_storable(replace(each, status="draft", reviews=())) for each in strategies]
        if dry_run:
            plan = planned(incoming, self._revisions(), _deleted(self._storage), choices or {}, otherwise)
            return _merged(plan, _to_approve(plan, approved_by))
        with self._storage.transaction() as staged:
            plan = planned(incoming, _revisions(staged), _deleted(staged), choices or {}, otherwise)
            if plan.clashes:
                raise _undecided(plan.clashes)
            drafts = _to_approve(plan, approved_by)
            new = [*plan.added, *(_next(each, base) for each, base in plan.revised)]
            if approved_by:
                newest = {each.id: each.revision for each in sorted(new, key=lambda each: each.revision)}
                new = [
                    _reviewed(each, "approved", approved_by, why) if each.revision == newest[each.id] else each
                    for each in new
                ]
                _replace(staged, [_reviewed(each, "approved", approved_by, why) for each in drafts])
            _append(staged, new)
            _undelete(staged, {each.id for each, _ in plan.revised})
        return _merged(plan, drafts)

    def _revisions(self) -> Revisions:
        content = self._storage.content()
        if self._read is None or self._read[0] is not content:
            self._read = content, _revisions(self._storage)
        return self._read[1]


def _documents(storage: Storage) -> dict[str, Any]:
    return (storage.read() or {}).get(STRATEGIES, {})


def _revisions(storage: Storage) -> Revisions:
    return Revisions(_documents(storage))


def _deleted(storage: Storage) -> dict[str, int]:
    """The last revision of each deleted id."""
    return {record["deleted"]: int(record["last"]) for record in (storage.read() or {}).get(DELETED, {}).values()}


def _undelete(staged: Staged, back: set[str]) -> None:
    records = staged.read().get(DELETED, {})
    if numbers := [int(number) for number, record in records.items() if record["deleted"] in back]:
        Table(staged, DELETED).remove(doc_ids=numbers)


def _to_approve(plan: Plan, approved_by: str | None) -> list[Strategy]:
    return [each for each in plan.known if approved_by and each.status == "draft"]


def _merged(plan: Plan, approved_drafts: Sequence[Strategy]) -> Merged:
    done = {each.id for each in approved_drafts}
    return Merged(
        added=tuple(dict.fromkeys(each.id for each in plan.added)),
        updated=tuple(each.id for each in (*(new for new, _ in plan.revised), *approved_drafts)),
        left=(*(each.id for each in plan.known if each.id not in done), *plan.left),
        clashes=tuple(plan.clashes),
    )


def _undecided(clashes: Sequence[Clash]) -> Conflict:
    names = ", ".join(clash.theirs.id for clash in clashes[:5]) + (", …" if len(clashes) > 5 else "")
    what = f"Changed on both sides: {names}. Nothing was imported."
    return Conflict(what, "Say what holds: --on-conflict keep, take or both.")


def _insert(staged: Staged, strategies: Iterable[Strategy], *, taken: set[str]) -> None:
    """Add strategies whose ids must be free."""
    new = list(strategies)
    for each in new:
        if each.id in taken:
            what = f"The id {each.id} is taken, by a strategy or by one that was deleted."
            raise Conflict(what, "Give the new one another id.")
        taken.add(each.id)
    _append(staged, new)


def _append(staged: Staged, revisions: Sequence[Strategy]) -> None:
    if revisions:
        Table(staged, STRATEGIES).insert_multiple([each.to_dict() for each in revisions])


def _replace(staged: Staged, strategies: Iterable[Strategy]) -> None:
    """Put each in the place of its revision's document, under the same number."""
    new = {(each.id, each.revision): each for each in strategies}
    if not new:
        return
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
        checked = Strategy.from_dict({**strategy.to_dict(), "extra": strict_json.cleaned(strategy.extra)})
        size = len(strict_json.dumps(checked.to_dict()).encode())
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidStrategy("extra", "holds something that is not JSON") from error
    if size > strict_json.MAX_SIZE:
        raise InvalidStrategy("strategy", f"{size:,} bytes as JSON; at most {strict_json.MAX_SIZE:,}")
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


def _revision(revisions: Revisions, strategy_id: str, revision: int) -> Line:
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
