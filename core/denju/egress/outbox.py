"""Requests to the teacher that wait: for a person's yes, for the network, or for somebody to read the answer.

One JSON file a request, replaced as a whole, so that a crash leaves the state before or the state after. What was
hidden lies beside it in ``….vault.json`` and goes nowhere: not into an export, and never to the network.

::

    waiting ── approve ─→ approved ── send ─→ sending ─→ sent
       ↑                     ↑                   ├──→ approved   it did not leave, or the teacher had no time
       │                     │                   ├──→ failed     the teacher answered with an error
      add                    └──── approve ──────┴──→ unknown    it may have arrived, and no answer is here
    (any but sending) ── drop ─→ dropped
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from denju.egress.lock import locked, try_locked
from denju.egress.network import Reply
from denju.egress.request import ANSWER_TOKENS, Approval, Request, State, check_types, is_id
from denju.errors import DenjuError, NeedsConsent, NeverSent, NotFound, StorageError, UsageError
from denju.paths import folder, replaced, storage_error
from denju.privacy.credentials import hold_secret
from denju.privacy.vault import Vault
from denju.text import printable
from denju.values import now


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in ids of this machine."""

    added: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    """Requests of this machine that came back with an answer."""
    known: tuple[str, ...] = ()


class Outbox:
    """The outbox in ``place``."""

    MAX_IMPORT = 100_000_000
    """Longest export that is read, in bytes."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._lock = place / "outbox.lock"

    def add(self, request: Request, vault: Vault, *, anew: bool = False) -> Request:
        """Keep a request; it waits for a yes. The same one, with the same hidden in it, that is kept is returned.

        ``anew``: one whose answer could not be used is no such one, so it may be paid for again.

        Raises:
            NeverSent: a secret stands in it.
            UsageError: a name or an address in it could not be read again.
            StorageError: it cannot be kept.
        """
        _refuse_unreadable(request)
        _refuse_secrets(request)
        with locked(self._lock):
            for kept in self._all():
                over = kept.state in {"dropped", "failed"} or (anew and kept.state == "sent" and kept.error is not None)
                same = (kept.hash, kept.url) == (request.hash, request.url)
                # Two customers' cases may read the same once their names are hidden.
                if same and not over and self.vault(kept.id).to_dict() == vault.to_dict():
                    return kept
            self._write(self._vault_file(request.id), vault.to_dict())
            return self._keep(request)

    def all(self) -> tuple[Request, ...]:
        """Every request, oldest first. One whose sender died in the middle is told as ``unknown`` from here on."""
        with locked(self._lock):
            for torn in self._place.glob(".*.tmp"):  # of a process that was killed while it wrote
                torn.unlink(missing_ok=True)
            return tuple(self._recovered(each) for each in self._all())

    def get(self, request_id: str) -> Request:
        """One request.

        Raises:
            NotFound: there is none with this id.
        """
        with locked(self._lock):
            return self._recovered(self._get(request_id))

    def vault(self, request_id: str) -> Vault:
        """What was hidden in a request; empty for one that came from another machine."""
        try:
            return Vault.from_dict(json.loads(self._vault_file(self._get(request_id).id).read_bytes()))
        except FileNotFoundError:
            return Vault()
        except (OSError, ValueError, TypeError) as error:
            raise StorageError(
                f"{request_id}: what was hidden in it cannot be read.", "Bring its file back."
            ) from error

    def approve(self, request_id: str, by: str) -> Request:
        """A person's yes to exactly this body; also to send one again that failed or may have arrived.

        Raises:
            UsageError: nobody is named, or the request was sent or dropped or is on its way.
        """
        if not (name := printable(by)):
            raise UsageError("A yes needs a name.", "Set it once: denju config set person.name NAME")
        with locked(self._lock):
            request = self._recovered(self._get(request_id))
            if request.state not in {"waiting", "approved", "failed", "unknown"}:
                raise UsageError(
                    f"{request_id} is {request.state}; there is nothing to say yes to.",
                    "See: denju teacher outbox list",
                )
            approval = Approval(name, now(), request.hash)
            return self._keep(replace(request, state="approved", approval=approval, carried=False))

    def drop(self, request_id: str) -> Request:
        """Give a request up: its text, its answers and what was hidden are removed; that it was there stays."""
        with locked(self._lock):
            request = self._recovered(self._get(request_id))
            if request.state == "sending":
                raise UsageError(f"{request_id} is on its way.", "Wait until it is answered, then try again.")
            dropped = self._keep(replace(request, state="dropped", body=b"", replies=(), about={}, carried=False))
            with contextlib.suppress(FileNotFoundError):
                self._vault_file(request.id).unlink()
            return dropped

    @contextlib.contextmanager
    def sending(self, request_id: str) -> Iterator[Request]:
        """An approved request, marked as on its way; no other process can send it meanwhile.

        Leave the block by ``finish``; else, and after a crash, the request is ``unknown``.

        Raises:
            NeedsConsent: it has no yes, or its yes was to another body.
            UsageError: it was sent, dropped, carried away, or is on its way.
            NeverSent: a secret stands in it.
        """
        self._get(request_id)
        with try_locked(self._sender(request_id)) as free:
            if not free:
                raise UsageError(f"{request_id} is on its way.", "Wait until it is answered.")
            with locked(self._lock):
                request = self._recovered(self._get(request_id), held=True)
                _refuse_unready(request)
                _refuse_secrets(request)
                request = self._keep(replace(request, state="sending", error=None))
            try:
                yield request
            finally:
                with locked(self._lock):
                    self._recovered(self._get(request_id), held=True)

    def leaves(self, request_id: str) -> None:
        """Note that it may have left from here on. The note ends with the ``sending``, and outlives a kill."""
        left = NeedsConsent(
            "It may have left, and no answer is here yet.", "Without an answer it goes again only after another yes."
        )
        self.finish(request_id, "sending", left)

    def answered(self, request_id: str, reply: Reply) -> None:
        """Keep an answer, as it came."""
        with locked(self._lock):
            request = self._get(request_id)
            self._keep(replace(request, replies=(*request.replies, reply)))

    def drafted(self, request_id: str) -> None:
        """Note that what came is in a library, so that a start with another library leaves it alone."""
        with locked(self._lock):
            request = self._get(request_id)
            if request.about.get("drafted") is not True:
                self._keep(replace(request, about={**request.about, "drafted": True}))

    def finish(self, request_id: str, state: State, error: DenjuError | None = None) -> Request:
        """The end of a ``sending``."""
        with locked(self._lock):
            told = {name: printable(text) for name, text in error.to_dict().items()} if error else None
            return self._keep(replace(self._get(request_id), state=state, error=told))

    def settled(self, request_id: str, state: State) -> Request:
        """Correct an ``unknown`` request by what the ledger knows of it."""
        with locked(self._lock):
            request = self._get(request_id)
            return self._keep(replace(request, state=state)) if request.state == "unknown" else request

    def export(self, ids: tuple[str, ...]) -> bytes:
        """Requests and answers as JSON Lines, without what was hidden. Once it is written, hand it to ``carry``.

        Raises:
            NotFound, UsageError: there is none with this id, or it is on its way.
        """
        lines = []
        with locked(self._lock):
            for request_id in ids:
                request = self._recovered(self._get(request_id))
                if request.state == "sending":
                    raise UsageError(f"{request_id} is on its way.", "Wait until it is answered, then try again.")
                lines.append(json.dumps(replace(request, about={}).to_dict(), ensure_ascii=True))
        return "".join(f"{line}\n" for line in lines).encode()

    def carry(self, exported: bytes) -> None:
        """An export is written: what may still be sent rests here until its answer comes back, or a new yes.

        Raises:
            UsageError: something became of a request meanwhile, so another machine must not get it; all stay as they
                are.
            StorageError: it cannot be noted; the export must not be used.
        """
        written = [Request.from_json(line, "the export") for line in exported.splitlines()]
        with locked(self._lock):
            here = [self._recovered(self._get(each.id)) for each in written]
            for before, request in zip(written, here, strict=True):
                if (request.state, request.replies) != (before.state, before.replies):
                    raise UsageError(f"{request.id} became {request.state} while it was exported.", "Export it again.")
            for request in here:
                if request.state in {"waiting", "approved", "failed", "unknown"}:
                    self._keep(replace(request, carried=True))

    def import_(self, data: bytes) -> Imported:
        """Take in an export: new requests, and answers to those that were carried away from here.

        Raises:
            UsageError: it is no export, a body in it is not the one that its hash names, or a header is not of our
                making; nothing is taken in then.
            NeverSent: a secret stands in a body.
        """
        if len(data) > self.MAX_IMPORT:
            raise UsageError(f"More than {self.MAX_IMPORT // 1_000_000} MB.", "Export fewer requests at a time.")
        incoming = [
            Request.from_json(line, f"line {at}") for at, line in enumerate(data.splitlines(), 1) if line.strip()
        ]
        for each in incoming:
            _refuse_secrets(each)
        added, answered, known = [], [], []
        with locked(self._lock):
            here = {each.id: self._recovered(each) for each in self._all()}
            for each in incoming:
                mine = here.get(each.id)
                # What may have arrived from another machine is in that one's ledger alone: it needs a yes of its own.
                lost = each.state in {"sending", "unknown"}
                if mine is None:
                    here[each.id] = self._keep(
                        replace(
                            each, carried=False, about={}, approval=None if lost else each.approval,
                            # The budget here goes by what such a body takes, not by what a file says that it does.
                            tokens=max(each.tokens, len(each.body) // 3),
                            most_tokens=max(each.most_tokens, ANSWER_TOKENS),
                        )
                    )  # fmt: skip
                    added.append(each.id)
                elif mine.state == "dropped":  # its text is gone, so an answer to it has nothing to stand beside
                    known.append(each.id)
                elif mine.hash == each.hash and mine.carried and _has_news(each, mine):
                    here[each.id] = self._keep(
                        replace(
                            mine, state=each.state, replies=each.replies, error=each.error, carried=False,
                            approval=None if lost else mine.approval,
                        )
                    )  # fmt: skip
                    answered.append(each.id)
                else:
                    known.append(each.id)
        return Imported(tuple(added), tuple(answered), tuple(known))

    def _recovered(self, request: Request, *, held: bool = False) -> Request:
        """``unknown``, or ``sent`` where the answer is here, in place of ``sending`` where nobody sends any more."""
        if request.state != "sending":
            return request
        with contextlib.nullcontext(True) if held else try_locked(self._sender(request.id)) as free:
            if not free:
                return request
            if any(200 <= each.status < 300 for each in request.replies):
                return self._keep(replace(request, state="sent", error=None))
            return self._keep(replace(request, state="unknown"))

    def _all(self) -> list[Request]:
        files = [each for each in self._place.glob("rq_*.json") if not each.name.endswith(".vault.json")]
        return sorted((self._read(each) for each in files), key=lambda each: (each.created, each.id))

    def _get(self, request_id: str) -> Request:
        file = self._place / f"{request_id}.json"
        if not is_id(request_id) or not file.exists():
            raise NotFound(f"There is no request {request_id[:40]!r} in the outbox.", "See: denju teacher outbox list")
        return self._read(file)

    def _read(self, file: Path) -> Request:
        try:
            return Request.from_json(file.read_bytes(), str(file), f"Bring back a copy of it, or move it away: {file}")
        except OSError as error:
            raise storage_error(error, file) from error

    def _keep(self, request: Request) -> Request:
        self._write(self._place / f"{request.id}.json", request.to_dict())
        return request

    def _write(self, file: Path, data: Mapping[str, Any]) -> None:
        try:
            with replaced(file) as out:
                out.write(json.dumps(data, ensure_ascii=True, indent=1).encode())
        except OSError as error:
            raise storage_error(error, file) from error

    def _vault_file(self, request_id: str) -> Path:
        return self._place / f"{request_id}.vault.json"

    def _sender(self, request_id: str) -> Path:
        return folder(self._place) / f"{request_id}.sender"


def _has_news(back: Request, mine: Request) -> bool:
    """Whether something became of ``mine`` elsewhere."""
    known = (mine.state, mine.replies, mine.error)
    return back.state in {"sent", "failed", "unknown"} and (back.state, back.replies, back.error) != known


def _refuse_secrets(request: Request) -> None:
    if hold_secret(request.body) or "@" in urlsplit(request.url).netloc:
        raise NeverSent(
            "A key, a password or a private key stands in the request; it is not sent, whatever a person says.",
            "Take it out of the text and make the request again; if it was a real one, change it where it is used.",
        )


def _refuse_unreadable(request: Request) -> None:
    """One file that cannot be read again would stop every request."""
    try:
        check_types(request)
    except (TypeError, ValueError):
        raise UsageError(
            "The request holds a character that cannot be seen, so it is not kept.",
            "Type the model's name and the address of its service again.",
        ) from None


def _refuse_unready(request: Request) -> None:
    request_id = request.id
    if request.carried:
        raise UsageError(
            f"{request_id} was exported to be sent from another machine.",
            f"Import the answer; or, to send it from here all the same: denju teacher outbox approve {request_id}",
        )
    if request.state == "unknown":
        raise NeedsConsent(
            f"{request_id} was being sent when denju was stopped; the teacher may have got it.",
            f"To send it a second time: denju teacher outbox approve {request_id}",
        )
    if request.state in {"waiting", "failed"}:
        raise NeedsConsent(f"{request_id} has no yes.", f"Read it, then: denju teacher outbox approve {request_id}")
    if request.state != "approved" or request.approval is None:
        raise UsageError(
            f"{request_id} is {request.state}; it is not sent again.", f"See: denju teacher outbox show {request_id}"
        )
    if request.approval.hash != request.hash:
        raise NeedsConsent(
            f"{request_id} was changed after the yes.", f"Read it again: denju teacher outbox approve {request_id}"
        )
