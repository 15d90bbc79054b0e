"""Bringing in the strategies of another library: what is new, what moves on, and what both sides changed.

A known id whose content differs is an update where nobody here touched what an earlier import brought, and nothing
where it says what we said before. Else both sides changed it: a clash, which a person decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from denju import strict_json
from denju.library.revisions import Revisions, content_of
from denju.values import Status, Strategy

TURNED_DOWN: tuple[Status, ...] = ("rejected", "retired")
"""What the sender does not let serve."""

Choice = Literal["keep", "take", "both"]
"""Of a clash: keep ours, take theirs as a draft on top of ours, or take theirs as a strategy of its own."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One id that says different things on both sides."""

    theirs: Strategy
    ours: Strategy | None
    """Our newest revision; ``None`` where the strategy was deleted here."""


@dataclass(slots=True)
class Plan:
    """What an import would do."""

    added: list[Strategy] = field(default_factory=list)
    """Strategies that are new here, each with the revisions that came."""
    revised: list[tuple[Strategy, int]] = field(default_factory=list)
    """New content for a known id, and our newest revision, on top of which it goes."""
    known: list[Strategy] = field(default_factory=list)
    """Our newest revisions that say the same already."""
    left: list[str] = field(default_factory=list)
    """Ids that stay as they are for another reason: we said so before, or a person kept ours."""
    clashes: list[Clash] = field(default_factory=list)
    """What a person has to decide."""
    copied: list[Strategy] = field(default_factory=list)
    """Theirs of a clash where a person wants both: each becomes a strategy of its own."""
    turned_down: set[str] = field(default_factory=set)
    """Ids whose newest revision the sender rejected or retired: an approval of all that comes is none of theirs."""


def content_id(strategy: Strategy, salt: str = "") -> str:
    """An id made from the content, so that the same content gets the same one every time."""
    content = strict_json.dumps(content_of(strategy.to_dict())) + salt
    return f"st_{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def planned(
    incoming: Iterable[Strategy],
    revisions: Revisions,
    deleted: Mapping[str, int],
    choices: Mapping[str, Choice],
    otherwise: Choice | None = None,
) -> Plan:
    """What bringing in ``incoming`` does to a library; the status of each is that which the sender gave it.

    ``deleted`` holds the last revision of each deleted id; ``choices`` decides clashes by id, ``otherwise`` the rest.
    """
    groups: dict[str, list[Strategy]] = {}
    for each in incoming:
        groups.setdefault(each.id, []).append(each)
    plan = Plan()
    for theirs in groups.values():
        theirs.sort(key=lambda each: each.revision)
        _place(plan, theirs, revisions, deleted, choices.get(theirs[-1].id, otherwise))
    copies = {each.id: content_id(each, salt=each.id) for each in plan.copied}
    for each in plan.copied:
        # Of a strategy and its translations one serves in each language: a copy beside ours would take its place.
        translated = copies.get(each.translation_of or "")
        if translated is None and copies[each.id] in revisions:
            # Copied before: the link that it got then stays, though the other half did not come along this time.
            translated = revisions.newest(copies[each.id]).strategy().translation_of
        copy = replace(each, id=copies[each.id], revision=1, translation_of=translated)
        _place(plan, [copy], revisions, deleted, "keep")
    return plan


def _place(
    plan: Plan, theirs: list[Strategy], revisions: Revisions, deleted: Mapping[str, int], choice: Choice | None
) -> None:
    newest = theirs[-1]
    if newest.status in TURNED_DOWN:
        plan.turned_down.add(newest.id)
    ours: Strategy | None = None
    if newest.id in revisions:
        ours = revisions.newest(newest.id).strategy()
        base = ours.revision
        said = [content_of(document) for document in revisions.of(newest.id)]
        content = content_of(newest.to_dict())
        if said[-1] == content:
            plan.known.append(ours)
            return
        if content in said:
            plan.left.append(newest.id)
            return
        built_on_ours = said[-1] in [content_of(each.to_dict()) for each in theirs[:-1]]
        if built_on_ours or ours.origin.kind in ("import", "starter"):
            plan.revised.append((newest, base))
            return
    elif newest.id in deleted:
        base = deleted[newest.id]
    else:
        plan.added.extend(replace(each, status="draft") for each in theirs)
        return
    match choice:
        case None:
            plan.clashes.append(Clash(newest, ours))
        case "keep":
            plan.left.append(newest.id)
        case "take":
            plan.revised.append((newest, base))
        case "both":
            plan.copied.append(newest)
