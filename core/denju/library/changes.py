"""What a transaction does to the tables: revisions go in, take one another's place, and out.

Nothing here asks whether it should be done; ``store`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from tinydb.table import Document, Table

from denju import strict_json
from denju.errors import Conflict, InvalidStrategy, UsageError
from denju.library import deletions
from denju.library.form import DELETED, STRATEGIES
from denju.library.line import Line
from denju.library.revisions import Revisions
from denju.library.storage import Staged
from denju.values import Review, Strategy, approved, new_id, now

Verdict = Literal["approved", "rejected", "retired"]


def storable(strategy: Strategy) -> Strategy:
    """``strategy`` cleaned and held against the contract, with an id and a time.

    Raises:
        InvalidStrategy: it breaks the contract.
    """
    try:
        document = strategy.to_dict()
        document["extra"] = strict_json.cleaned(document["extra"])
        strict_json.dumps(document["extra"])
        checked = Strategy.from_dict(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidStrategy("extra", "holds something that is not JSON") from error
    if "\n" in checked.id or "\t" in checked.id:
        raise InvalidStrategy("id", "holds a control character")
    if checked.id and checked.created:
        return checked
    return replace(checked, id=checked.id or new_id("st"), created=checked.created or now())


def following(strategy: Strategy, base_revision: int) -> Strategy:
    """``strategy`` as the draft that follows revision ``base_revision``."""
    origin = replace(strategy.origin, parent=base_revision)
    return replace(strategy, revision=base_revision + 1, status="draft", reviews=(), created=now(), origin=origin)


def reviewed(strategy: Strategy, verdict: Verdict, by: str, why: str) -> Strategy:
    """``strategy`` with the verdict of the person ``by``.

    Raises:
        UsageError: there is no name.
    """
    if not by.strip():
        raise UsageError("A review needs a name.", "Set person.name (denju config set person.name NAME).")
    if verdict == "approved":
        return storable(approved(strategy, by, why, now()))
    review = Review(verdict=verdict, by=by, at=now(), why=why)
    return storable(replace(strategy, status=verdict, reviews=(*strategy.reviews, review)))


def revisions_in(staged: Staged) -> Revisions:
    """What the transaction sees."""
    return Revisions(staged.read())


def insert(staged: Staged, strategies: Iterable[Strategy]) -> None:
    """Add strategies whose ids must be free.

    Raises:
        Conflict: one is taken.
    """
    new = list(strategies)
    taken = {document["id"] for document in _documents(staged).values()}
    taken |= deletions.last_revisions(staged.read()).keys()
    for each in new:
        if each.id in taken:
            what = f"The id {each.id} is taken, by a strategy or by one that was deleted."
            raise Conflict(what, "Give the new one another id.")
        taken.add(each.id)
    append(staged, new)


def append(staged: Staged, revisions: Sequence[Strategy]) -> None:
    """Add revisions."""
    if revisions:
        Table(staged, STRATEGIES).insert_multiple([each.to_dict() for each in revisions])


def put(staged: Staged, revisions: Iterable[Strategy]) -> None:
    """Put each in the place of its revision's document, under the same number."""
    new = {(each.id, each.revision): each for each in revisions}
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


def remove(staged: Staged, strategy_id: str, *, by: str, why: str) -> None:
    """Take a strategy out with all its revisions, and record that."""
    gone = {int(number): each["revision"] for number, each in _documents(staged).items() if each["id"] == strategy_id}
    Table(staged, STRATEGIES).remove(doc_ids=list(gone))
    Table(staged, DELETED).insert(deletions.record(strategy_id, last=max(gone.values()), by=by, why=why))


def forget_deletions(staged: Staged, back: set[str]) -> None:
    """Take the record out for each id that came ``back``."""
    records = staged.read().get(DELETED, {})
    if numbers := [int(number) for number, record in records.items() if record["deleted"] in back]:
        Table(staged, DELETED).remove(doc_ids=numbers)


def _documents(staged: Staged) -> dict[str, Line]:
    return staged.read()[STRATEGIES]
