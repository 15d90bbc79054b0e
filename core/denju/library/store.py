"""The library: strategies on disk, each with all its revisions.

A TinyDB ``Table`` lives for one transaction (see ``changes``), so that neither its query cache nor its next number
can go stale when another process writes; what leaves this module are frozen strategies, never TinyDB's documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from denju.errors import Conflict, NotFound, UsageError
from denju.library import changes
from denju.library.changes import Verdict
from denju.library.deletions import last_revisions
from denju.library.form import Content, without_collecting
from denju.library.line import Line
from denju.library.merging import Choice, Clash, Plan, planned
from denju.library.revisions import Revisions, content_of
from denju.library.storage import LibraryStorage
from denju.values import Origin, Scope, Status, Strategy

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
    turned_down: tuple[str, ...] = ()
    """Drafts that an approval of all passed over, as the sender rejected or retired them."""


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

    def mark(self) -> object:
        """Another one as soon as the library is another one; costs a look at the file, which is not read."""
        return self._storage.stamp()

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
        new = tuple(map(changes.storable, strategies))
        with self._storage.transaction() as staged:
            changes.insert(staged, new)
        return new

    def begin(self, strategies: Iterable[Strategy]) -> bool:
        """The first content of a library that has no file yet; False, and nothing done, when there is one."""
        new = tuple(map(changes.storable, strategies))
        with self._storage.transaction() as staged:
            if self._storage.exists():
                return False
            changes.insert(staged, new)
            staged.changed = True  # an empty library is one too, and is not filled again
        return True

    def revise(self, strategy: Strategy, *, base_revision: int) -> Strategy:
        """A new draft revision of ``strategy.id`` with the content of ``strategy``; returns it as stored.

        Raises:
            NotFound: no strategy has this id.
            Conflict: ``base_revision`` is no longer the newest.
        """
        draft = changes.storable(strategy)
        with self._storage.transaction() as staged:
            revisions = changes.revisions_in(staged)
            full = revisions.find(strategy.id)
            _check_newest(revisions, full, base_revision)
            draft = changes.following(replace(draft, id=full), base_revision)
            changes.append(staged, [draft])
        return draft

    def restore(self, strategy_id: str, *, revision: int, by: str) -> Strategy:
        """A new draft that says what an old revision said.

        Raises:
            NotFound: no such strategy or revision.
            UsageError: the newest revision says this already.
        """
        with self._storage.transaction() as staged:
            revisions = changes.revisions_in(staged)
            full = revisions.find(strategy_id)
            old, newest = _revision(revisions, full, revision), revisions.newest(full)
            if content_of(old) == content_of(newest):
                what = f"{full}: revision {newest['revision']}, the newest, says what revision {revision} says."
                raise UsageError(what, f"denju library history {full} lists the revisions.")
            draft = changes.following(replace(old.strategy(), origin=Origin(by=by)), int(newest["revision"]))
            draft = replace(draft, origin=replace(draft.origin, parent=revision))
            changes.append(staged, [draft])
        return draft

    def delete(self, strategy_id: str, *, by: str, why: str = "") -> str:
        """Remove a strategy with all its revisions; returns its id. Who, when and why stay, and no other gets the id.

        Raises:
            NotFound: no such strategy.
        """
        with self._storage.transaction() as staged:
            revisions = changes.revisions_in(staged)
            full = revisions.find(strategy_id)
            changes.remove(staged, full, by=by, why=why)
        return full

    def review(self, strategy_id: str, *, revision: int, verdict: Verdict, by: str, why: str) -> Strategy:
        """Record a verdict: a draft is approved or rejected, the approved is retired, the retired approved again.

        Raises:
            NotFound: no such strategy or revision.
            Conflict: it is no longer the newest revision (which retiring does not ask for, nor what served last and
                comes back).
            UsageError: the revision does not have the status that the verdict needs, or a rejection has no reason.
        """
        if verdict == "rejected" and not why.strip():
            raise UsageError("A rejection needs a reason.", "Say in a sentence what should be other (--why TEXT).")
        with self._storage.transaction() as staged:
            revisions = changes.revisions_in(staged)
            full = revisions.find(strategy_id)
            document = _revision(revisions, full, revision)
            if document["status"] not in _FROM[verdict]:
                status, allowed = document["status"], " or ".join(_FROM[verdict])
                what = f"{full}, revision {revision} is {status}; only {allowed} can be {verdict}."
                raise UsageError(what, f"denju library history {full} shows its revisions.")
            if verdict != "retired" and not _returns(document, revisions.of(full)):
                _check_newest(revisions, full, revision)
            decided = changes.reviewed(document.strategy(), verdict, by, why)
            changes.put(staged, [decided])
        return decided

    def take_back(self, judged: Strategy, *, by: str) -> Strategy:
        """Undo the newest verdict on the revision ``judged``, as if it had not been given; only who gave it may.

        Raises:
            NotFound: no such strategy or revision.
            Conflict: it is no longer the newest revision, or has other verdicts than ``judged`` by now.
            UsageError: there is no verdict on it, or somebody else gave it.
        """
        with self._storage.transaction() as staged:
            revisions = changes.revisions_in(staged)
            full, revision = revisions.find(judged.id), judged.revision
            strategy = _revision(revisions, full, revision).strategy()
            history = f"denju library history {full} shows who said what."
            if not strategy.reviews or strategy.reviews[-1].by != by:
                raise UsageError(f"{full}, revision {revision}: there is no verdict of {by} to take back.", history)
            if strategy.reviews != judged.reviews:
                raise Conflict(f"{full}, revision {revision}: its verdicts were changed meanwhile.", history)
            _check_newest(revisions, full, revision)
            *before, _ = strategy.reviews
            status: Status = before[-1].verdict if before else "draft"
            changes.put(staged, [restored := replace(strategy, status=status, reviews=tuple(before))])
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
        are approved, a draft of the same content too, unless the sender rejected or retired it. ``dry_run`` only says
        what would be done.

        Raises:
            InvalidStrategy: one breaks the contract.
            Conflict: both sides changed a strategy, and neither ``choices`` nor ``otherwise`` decides.
        """
        incoming = [changes.storable(replace(each, reviews=())) for each in strategies]
        if dry_run:
            plan = planned(incoming, self._revisions(), last_revisions(self._storage.read()), choices or {}, otherwise)
            return _merged(plan, approved_by)
        with self._storage.transaction() as staged:
            plan = planned(
                incoming, changes.revisions_in(staged), last_revisions(staged.read()), choices or {}, otherwise
            )
            if plan.clashes:
                raise _undecided(plan.clashes)
            new = [*plan.added, *(changes.following(each, base) for each, base in plan.revised)]
            if approved_by:
                by_age = sorted(new, key=lambda each: each.revision)
                newest = {each.id: each.revision for each in by_age if each.id not in plan.turned_down}
                new = [
                    changes.reviewed(each, "approved", approved_by, why)
                    if each.revision == newest.get(each.id)
                    else each
                    for each in new
                ]
                drafts = _to_approve(plan, approved_by)
                changes.put(staged, [changes.reviewed(each, "approved", approved_by, why) for each in drafts])
            changes.append(staged, new)
            changes.forget_deletions(staged, {each.id for each, _ in plan.revised})
        return _merged(plan, approved_by)

    def _revisions(self) -> Revisions:
        content = self._storage.content()
        if self._read is None or self._read[0] is not content:
            self._read = content, Revisions(content.tables)
        return self._read[1]


def _to_approve(plan: Plan, approved_by: str | None) -> list[Strategy]:
    return [each for each in plan.known if approved_by and each.status == "draft" and each.id not in plan.turned_down]


def _merged(plan: Plan, approved_by: str | None) -> Merged:
    approved_drafts = _to_approve(plan, approved_by)
    done = {each.id for each in approved_drafts}
    drafts = (*plan.added, *(new for new, _ in plan.revised), *(each for each in plan.known if each.status == "draft"))
    return Merged(
        added=tuple(dict.fromkeys(each.id for each in plan.added)),
        updated=tuple(each.id for each in (*(new for new, _ in plan.revised), *approved_drafts)),
        left=(*(each.id for each in plan.known if each.id not in done), *plan.left),
        clashes=tuple(plan.clashes),
        turned_down=tuple(dict.fromkeys(each.id for each in drafts if approved_by and each.id in plan.turned_down)),
    )


def _undecided(clashes: Sequence[Clash]) -> Conflict:
    names = ", ".join(clash.theirs.id for clash in clashes[:5]) + (", …" if len(clashes) > 5 else "")
    what = f"Changed on both sides: {names}. Nothing was imported."
    return Conflict(what, "Say what holds: --on-conflict keep, take or both.")


def _revision(revisions: Revisions, strategy_id: str, revision: int) -> Line:
    for document in revisions.of(strategy_id):
        if document["revision"] == revision:
            return document
    numbers = ", ".join(str(document["revision"]) for document in revisions.of(strategy_id))
    raise NotFound(f"{strategy_id} has no revision {revision}.", f"It has {numbers}.")


def _returns(document: Line, revisions: Iterable[Line]) -> bool:
    """Whether it was retired, and nothing newer has served since."""
    newer = (each["status"] for each in revisions if each["revision"] > document["revision"])
    return document["status"] == "retired" and not {"approved", "retired"} & {*newer}


def _check_newest(revisions: Revisions, strategy_id: str, base_revision: int) -> None:
    newest = int(revisions.newest(strategy_id)["revision"])
    if base_revision != newest:
        what = f"{strategy_id}: based on revision {base_revision}, but revision {newest} is the newest."
        raise Conflict(what, f"Look at revision {newest} first, then make the change again.")
