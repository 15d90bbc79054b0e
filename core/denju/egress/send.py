"""The one way out: a request with a person's yes goes through here, or it does not go.

Yes → no secret in it → money reserved and the attempt written into the ledger, on the disk → noted with the request
too → network → the answer kept → the attempt settled. Killed anywhere in between, nothing is lost and nothing is sent
twice by itself: what had not begun is still approved, what had begun is ``unknown`` until a person looks at it,
whatever becomes of the ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from denju.egress.budget import Limits
from denju.egress.ledger import Attempt, Ledger, Settlement
from denju.egress.network import Network, Reply
from denju.egress.outbox import Outbox
from denju.egress.prices import Price
from denju.egress.request import Approval, Request, State, hash_of
from denju.egress.secret import Secret
from denju.errors import DeadlinePassed, DenjuError, Interrupted, NeedsConsent, NeverSent, SettingsError, Unreachable
from denju.values import now


class Usage(Protocol):
    """Tokens that the provider counted; all zero where it did not say."""

    @property
    def prompt(self) -> int: ...

    @property
    def answer(self) -> int: ...

    @property
    def thinking(self) -> int: ...


_LOST = {"unknown", "killed"}
_NO_TIME = {429, 503}
"""The teacher did not look at it: the yes holds, and the request still waits."""

Result = TypeVar("Result")


class Door:
    """The way out of one outbox, under one ledger and one budget."""

    def __init__(self, outbox: Outbox, ledger: Ledger, limits: Limits, network: Network) -> None:
        self._outbox, self._ledger, self._limits, self._network = outbox, ledger, limits, network

    @property
    def offline(self) -> bool:
        """See ``Network.offline``."""
        return self._network.offline

    def send(
        self,
        request_id: str,
        *,
        deliver: Callable[[Network], Result],
        usage: Callable[[Reply], Usage],
        price: Price | None,
    ) -> Result:
        """Send an approved request, keep every answer as it came, and return what ``deliver`` makes of it.

        ``deliver`` gets a network that lets this request's body to its address through and nothing else, and that
        writes each attempt into the ledger; it sends once, or again where the provider asks to wait.

        Raises:
            NeedsConsent: it has no yes; also Offline and Unreachable.
            OverBudget, NeverSent, LedgerDamaged, SettingsError: nothing was sent.
            DeadlinePassed, Interrupted: it took too long, or was stopped.

        After an error the request is ``sent`` where an answer is here, ``approved`` still where it did not leave or
        the teacher had no time for it, ``failed`` where the teacher refused it, ``unknown`` where it may have arrived
        or its answer could not be kept.
        """
        recover(self._outbox, self._ledger)
        with self._outbox.sending(request_id) as request:
            metered = _Metered(request, self._ledger, self._limits, self._network, usage, price)
            metered.leaves = lambda: self._outbox.leaves(request_id)
            metered.keep = lambda reply: self._outbox.answered(request_id, reply)
            try:
                metered.refuse_unpriced()
                result = deliver(metered)
            except DenjuError as error:
                self._outbox.finish(request_id, metered.state, error)
                raise
            self._outbox.finish(request_id, metered.state)
            return result

    def look(
        self,
        request: Request,
        by: str,
        *,
        headers: Mapping[str, str | Secret],
        deadline: float,
        cancel: threading.Event,
    ) -> Reply:
        """Fetch what is no request for strategies and carries nobody's text, such as the list of models.

        ``by`` asked for it just now; it stands in the ledger like everything that leaves.
        """
        approved = replace(request, approval=Approval(by, now(), request.hash))
        metered = _Metered(approved, self._ledger, self._limits, self._network, lambda _: _Nothing, Price(0, 0, "look"))
        return metered.send(
            request.method, request.url, headers=headers, body=request.body, deadline=deadline, cancel=cancel
        )

    def recover(self) -> tuple[Request, ...]:
        """See ``recover``."""
        return recover(self._outbox, self._ledger)

    def lost(self) -> tuple[dict[str, Any], ...]:
        """The ends in the ledger of this outbox's attempts that may have arrived and whose answer is not here."""
        requests = self._outbox.all()
        records = self._ledger.records() if requests else ()
        found: list[dict[str, Any]] = []
        for request in requests:
            begun = {each["attempt"] for each in records if each["event"] == "begin" and each["outbox"] == request.id}
            ends = [each for each in records if each["event"] == "settle" and each["attempt"] in begun]
            left = [each for each in ends if each["result"] != "not_sent"]
            # An answer that was kept just before a kill is here, though its attempt counts as killed.
            unanswered = max(0, len(left) - len(request.replies))
            found += [each for each in left if each["result"] in _LOST][:unanswered]
        return tuple(found)


def recover(outbox: Outbox, ledger: Ledger) -> tuple[Request, ...]:
    """After a crash: settle what was killed, and free what never left. Returns what is ``unknown`` now.

    What another process is sending at this moment is left alone. It needs neither a network nor a teacher.
    """
    open_attempts = ledger.unsettled()  # read first: a request whose attempt began is ``sending`` by now
    requests = {each.id: each for each in outbox.all()}
    for attempt in open_attempts:
        request = requests.get(attempt["outbox"])
        if request is not None and request.state != "sending":
            ledger.settle(attempt["attempt"], _killed(attempt))
    begun = {each.get("outbox") for each in ledger.records()}
    unknown = [each for each in requests.values() if each.state == "unknown"]
    # What left has an error noted, or its begin here where an older denju sent it; the ledger may be a new one.
    free = [each for each in unknown if each.error is None and each.id not in begun and each.approval is not None]
    for each in free:
        outbox.settled(each.id, "approved")
    return tuple(each for each in unknown if each not in free)


class _Nothing:
    prompt = answer = thinking = 0


class _Metered:
    """A network for one request: each attempt is allowed, written down before, and settled after."""

    def __init__(
        self,
        request: Request,
        ledger: Ledger,
        limits: Limits,
        network: Network,
        usage: Callable[[Reply], Usage],
        price: Price | None,
    ) -> None:
        self._request, self._ledger, self._limits, self._network = request, ledger, limits, network
        self._usage, self._priced, self._price = usage, price is not None, price or Price(0, 0, "unknown")
        self.state: State = "approved"
        """What the request is after the attempts so far."""
        self.leaves: Callable[[], None] = lambda: None
        self.keep: Callable[[Reply], None] = lambda _: None

    @property
    def offline(self) -> bool:
        return self._network.offline

    def refuse_unpriced(self) -> None:
        """Without a price no budget in money can be kept."""
        if self._limits.on_money and not self._priced and not self.offline:
            raise SettingsError(
                f"What {self._request.model} costs is not known, so the budget cannot be kept.",
                "Set teacher.price_in and teacher.price_out (USD per million tokens), or in denju's folder: "
                ".venv/bin/python -m pip install -e '.[prices]' (uv tool, pipx: install --force '.[prices]').",
            )

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | Secret],
        body: bytes | None,
        deadline: float,
        cancel: threading.Event,
    ) -> Reply:
        """One attempt; see ``Network.send``. The reply holds no key, whatever the server repeated."""
        self._refuse(method, url, headers, body or b"")
        attempt = self._attempt()
        self._ledger.begin(attempt, lambda spent: self._limits.check(attempt, spent))
        try:
            self.leaves()
            reply = self._network.send(method, url, headers=headers, body=body, deadline=deadline, cancel=cancel)
        except BaseException as error:
            # Only a network error that says so proves that nothing left.
            left = error.sent if isinstance(error, (Unreachable, DeadlinePassed, Interrupted)) else _is_foreign(error)
            self._settle_error(attempt, error, left)
            raise
        try:
            reply = _without_keys(reply, headers)
            self.keep(reply)
        except BaseException as error:  # answered, and paid for: it must not go out again by itself
            self._settle_error(attempt, error, left=True)
            raise
        good = 200 <= reply.status < 300
        if self.state != "unknown" or good:
            self.state = "sent" if good else "approved" if reply.status in _NO_TIME else "failed"
        self._ledger.settle(attempt.id, self._settlement(attempt, reply, good))
        return reply

    def _refuse(self, method: str, url: str, headers: Mapping[str, str | Secret], body: bytes) -> None:
        if (method, url, hash_of(body)) != (self._request.method, self._request.url, self._request.hash):
            raise NeedsConsent("This is not the request that a person said yes to.", "Make it again and look at it.")
        if any(isinstance(each, Secret) and each.stands_in(body) for each in headers.values()):
            raise NeverSent("The key itself stands in the text of the request.", "Take it out and make it again.")

    def _attempt(self) -> Attempt:
        request, approval = self._request, self._request.approval
        assert approval is not None
        return Attempt(
            outbox=request.id,
            request=request.hash,
            provider=request.provider,
            host=request.host,
            model=request.model,
            bytes=len(request.body),
            approved_by=approval.by,
            approved_at=approval.at,
            tokens_in=request.tokens,
            tokens_out=request.most_tokens,
            money=self._price.of(request.tokens, request.most_tokens),
            hidden=dict(request.hidden),
        )

    def _settlement(self, attempt: Attempt, reply: Reply, good: bool) -> Settlement:
        usage = self._usage(reply)
        tokens_in, tokens_out, thinking = usage.prompt, usage.answer, usage.thinking
        if good and not (tokens_in or tokens_out or thinking):  # it does not say: count what was reserved
            tokens_in, tokens_out = attempt.tokens_in, attempt.tokens_out
        return Settlement(
            result="answered" if good else "refused",
            money=self._price.of(tokens_in, tokens_out + thinking),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            tokens_thinking=thinking,
            status=reply.status,
            sent=f"sha256:{reply.sent}" if reply.sent else "",
        )

    def _settle_error(self, attempt: Attempt, error: BaseException, left: bool) -> None:
        if left:
            self.state = "unknown"
        self._ledger.settle(
            attempt.id,
            Settlement(
                result="unknown" if left else "not_sent",
                money=attempt.money if left else 0.0,
                tokens_in=attempt.tokens_in if left else 0,
                tokens_out=attempt.tokens_out if left else 0,
                error=error.kind if isinstance(error, DenjuError) else type(error).__name__,
            ),
        )


def _without_keys(reply: Reply, headers: Mapping[str, str | Secret]) -> Reply:
    """What came, to be kept, shown and carried: some servers repeat the key that they refuse."""
    for key in (each for each in headers.values() if isinstance(each, Secret)):
        said = {name: key.out_of(value.encode()).decode() for name, value in reply.headers.items()}
        reply = replace(reply, headers=said, body=key.out_of(reply.body))
    return reply


def _is_foreign(error: BaseException) -> bool:
    return not isinstance(error, DenjuError)


def _killed(begin: Mapping[str, Any]) -> Settlement:
    return Settlement("killed", begin["money"], begin["tokens_in"], begin["tokens_out"])
