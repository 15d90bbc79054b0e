"""From a teacher's answer to drafts in the library, once, however often it is tried.

A draft's id follows from its request and its place in the answer, so a second try meets the first one's drafts.
What the teacher gave as its reason, what is odd, and the earlier rounds stand in ``extra`` of the draft.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from denju.egress.request import Request
from denju.errors import Conflict, NotFound
from denju.library.store import Library
from denju.privacy.vault import Vault, unmask
from denju.teacher.marks import marks
from denju.teacher.port import MAX_DRAFTS, Draft, TeachAsk, mapped
from denju.values import Strategy


def keep(
    library: Library, drafts: Sequence[Draft], request: Request, ask: TeachAsk, vault: Vault
) -> tuple[Strategy, ...]:
    """Put ``drafts`` into ``library``, each with what the placeholders stand for; returns them as stored."""
    rest = [_whole(each, index, request, ask, vault) for index, each in enumerate(drafts)]
    stored = []
    if ask.rounds and isinstance(answers := request.about.get("draft"), dict):
        earlier = ask.rounds[-1].drafts[0].title
        mine = next((each for each in rest if each.title == unmask(earlier, vault)), rest[0])
        revised = _revised(library, mine, request, unmask(ask.rounds[-1].remark, vault), answers)
        if revised is not None:
            rest.remove(mine)
            stored.append(revised)
    for each in rest:
        with contextlib.suppress(Conflict):  # an earlier try put it there
            library.add([each])
        with contextlib.suppress(NotFound):  # and a person deleted it since
            stored.append(library.get(each.id, revision=1))
    return tuple(stored)


def made(request: Request, draft_id: str) -> bool:
    """Whether a draft with this id came of ``request``, or was sent back with it."""
    sent_back = request.about.get("draft")
    if isinstance(sent_back, dict) and sent_back.get("id") == draft_id:
        return True
    return any(_id(request, index) == draft_id for index in range(MAX_DRAFTS))


def _whole(draft: Draft, index: int, request: Request, ask: TeachAsk, vault: Vault) -> Strategy:
    strategy = mapped(draft.strategy, lambda text: unmask(text, vault))
    extra: dict[str, Any] = {}
    if draft.reason:
        extra["reason"] = unmask(draft.reason, vault)
    if odd := marks(strategy, ask.language, ask.languages):
        extra["marks"] = [{name: value for name, value in asdict(each).items() if value is not None} for each in odd]
    by = request.approval.by if request.approval else ""
    return replace(strategy, id=_id(request, index), origin=replace(strategy.origin, by=by), extra=extra)


def _id(request: Request, index: int) -> str:
    return "st_" + hashlib.sha256(f"{request.hash} {request.id} {index}".encode()).hexdigest()[:12]


def _revised(
    library: Library, draft: Strategy, request: Request, remark: str, answers: dict[str, Any]
) -> Strategy | None:
    """``draft`` as the next revision of the one that was sent back; ``None`` where that one was changed or deleted."""
    try:
        revisions = library.revisions(str(answers["id"]))
    except NotFound:
        return None
    for each in revisions:
        if each.origin.request == request.hash:
            return each
    before = revisions[-1]
    said = {"revision": before.revision, "remark": remark}
    if request.approval is not None:
        said |= {"by": request.approval.by, "at": request.approval.at}
    rounds = [*before.extra.get("rounds", ()), said]
    new = replace(draft, id=before.id, tags=before.tags, extra={**draft.extra, "rounds": rounds})
    try:
        return library.revise(new, base_revision=int(answers["revision"]))
    except Conflict:
        return None
