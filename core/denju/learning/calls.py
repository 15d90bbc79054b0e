"""Calls of the teacher in a run: each by the preview rules, through the outbox, the ledger and the budget, and once.

Every call has an outbox of its own in the run's folder. What came is kept there before anything is made of it, so a
run that is killed finds it again; what may have left without an answer stops the run until a person decides.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic

from denju import strict_json
from denju.egress.keys import Keys
from denju.egress.network import Network
from denju.egress.outbox import Outbox
from denju.egress.prices import Price
from denju.egress.request import Request
from denju.errors import (
    Blocked,
    CutOff,
    DenjuError,
    FormatRefused,
    Interrupted,
    InvalidStrategy,
    NeedsConsent,
    NotUnderstood,
    OverBudget,
    Refused,
    SettingsError,
    Unreachable,
    UsageError,
)
from denju.learning.errands import MOST_TOKENS, Errand, Reader, Value, texts_changed
from denju.learning.hiding import Hidden, Hiding, hide
from denju.learning.steps import Spent
from denju.learning.teach import Service, as_built, request_of
from denju.privacy.terms import Terms
from denju.privacy.vault import unmask
from denju.teacher.drafts import bare
from denju.teacher.port import Misread, Teacher, TeacherRequest
from denju.teacher.replies import object_of
from denju.teacher.retry import patiently
from denju.text import one_line


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a person said yes to."""

    by: str
    host: str
    model: str
    calls: int
    """Most calls, those that ask once more included."""
    budget: float
    """Most money of the run, in USD; 0 sets no limit but those of the settings."""


@dataclass(frozen=True, slots=True)
class Called(Generic[Value]):
    """What came of one errand: a value, or why there is none although it was answered."""

    value: Value | None
    request: str = ""
    """``sha256:…`` of the body that was answered."""
    failure: str = ""


class Calls:
    """The way of one run to its teacher. Not for two threads at once."""

    def __init__(
        self,
        *,
        place: Path,
        service: Callable[[Outbox], Service],
        keys: Keys,
        terms: Terms,
        price: Callable[[TeacherRequest], Price | None],
        deadline: float,
        allowed: Allowed,
        before: Spent,
        cancel: threading.Event,
        send_again: bool,
    ) -> None:
        """``before`` is what earlier steps took; ``send_again``: what may have left already may leave once more.

        ``cancel`` is looked at between calls.
        """
        self._place, self._service, self._keys, self._terms = place, service, keys, terms
        self._price, self._deadline, self._allowed, self._cancel = price, deadline, allowed, cancel
        self._before, self._taken, self._send_again = before, Spent(), send_again
        self._plain = False
        self._heard = before.calls > 0
        """Whether the teacher answered anything yet."""

    def taken(self) -> Spent:
        """What the calls since the last look took."""
        taken, self._taken = self._taken, Spent()
        self._before += taken
        return taken

    def __call__(self, name: str, errand: Errand, read: Reader[Value]) -> Called[Value]:
        """What the teacher answers, read; an answer that cannot be used is asked for once more, with the reason.

        Raises:
            NeedsConsent: it may have left before, and nobody said that it may leave again.
            OverBudget: it is not sent.
            DenjuError: it could not be sent, or there is no answer.
        """
        misread: Misread | None = None
        for suffix in ("", "-again"):
            try:
                written, request, vault = self._answer(name + suffix, replace(errand, misread=misread))
            except CutOff as error:
                written, reason = error.text, error.what
            except (Blocked, NotUnderstood, Refused) as error:
                refuses_everything = isinstance(error, Refused) and not self._heard
                if refuses_everything or isinstance(error, _NobodyThere):
                    raise
                return Called(None, failure=error.what)
            else:
                try:
                    data = strict_json.loads(bare(written).encode("utf-8", "replace"))
                    return Called(read(texts_changed(data, lambda text: unmask(text, vault))), request)  # noqa: B023
                except InvalidStrategy as error:
                    reason = error.what
                except ValueError as error:
                    reason = str(error)
            misread = Misread(written, one_line(reason)[:300])
        assert misread is not None
        return Called(None, failure=misread.reason)

    def _answer(self, name: str, errand: Errand) -> tuple[str, str, Any]:
        """What the teacher wrote, the hash of the request, and what was hidden in it."""
        outbox = Outbox(self._place / name.replace("/", "_"))
        service = self._service(outbox)
        service.door.recover()
        for end in service.door.lost():
            self._taken += Spent(1, end["tokens_in"], end["tokens_out"], end["money"])
        hidden = hide(errand, self._terms, Hiding())
        built = service.teacher.question(hidden.ask.told(), hidden.ask.form(), MOST_TOKENS[errand.name])
        if self._plain:
            built = service.teacher.plainer(built) or built
        try:
            request, written = self._delivered(outbox, service, built, hidden)
        except FormatRefused:
            plainer = service.teacher.plainer(built)
            if plainer is None:
                raise
            self._plain = True  # so is every later one: that spares a refusal each
            request, written = self._delivered(outbox, service, plainer, hidden)
        return written, request.hash, outbox.vault(request.id)

    def _delivered(
        self, outbox: Outbox, service: Service, built: TeacherRequest, hidden: Hidden[Errand]
    ) -> tuple[Request, str]:
        """The request that was answered, and what the teacher wrote.

        Raises:
            _NobodyThere: something else than a teacher answered; the request is ``failed``, and made anew next time.
        """
        price = self._price(built)
        request = outbox.add(request_of(built, hidden.counts, price), hidden.vault)
        try:
            if request.state != "sent":
                request = self._asked(outbox, service, request, built, price)
            self._count(request, service.teacher, price)
            return request, service.teacher.written(request.replies[-1])
        except NotUnderstood as error:
            last = outbox.get(request.id).replies[-1]
            if last.status == 200 and object_of(last):
                raise
            outbox.finish(request.id, "failed", error)
            raise _NobodyThere(error.what, error.hint) from error

    def _asked(
        self, outbox: Outbox, service: Service, request: Request, built: TeacherRequest, price: Price | None
    ) -> Request:
        """The request with what came of it."""
        if self._cancel.is_set():
            raise Interrupted("The run was stopped.", "It goes on with: denju learn resume")
        if not service.door.offline:  # else that is what a person has to know
            self._refuse_unpriced(built, price)
        self._refuse(request, built, price)
        outbox.approve(request.id, self._allowed.by)
        try:
            self._send(service, outbox.get(request.id), price)
        except DenjuError as error:
            ended = outbox.get(request.id)
            self._count(ended, service.teacher, price)
            if ended.state == "unknown":
                raise _asking(ended) from error
            raise
        return outbox.get(request.id)

    def _send(self, service: Service, request: Request, price: Price | None) -> None:
        teacher = service.teacher
        headers = teacher.authorised(as_built(request), service.key(self._keys, request.url))

        def deliver(network: Network) -> None:
            def attempt(left: float) -> None:
                # A call under way is waited for: abandoned, it might be paid for and have to be sent again.
                try:
                    reply = network.send(
                        request.method, request.url, headers=headers, body=request.body, deadline=left,
                        cancel=threading.Event(),
                    )  # fmt: skip
                except Unreachable as error:
                    if error.sent:
                        raise _Lost(error) from error
                    raise
                teacher.written(reply)  # what is no answer raises, and is waited for where that helps

            try:
                patiently(attempt, deadline=self._deadline, cancel=self._cancel)
            except _Lost as lost:
                raise lost.error from None

        service.door.send(request.id, deliver=deliver, usage=teacher.usage, price=price)

    def _refuse(self, request: Request, built: TeacherRequest, price: Price | None) -> None:
        """Stop before anything leaves that nobody said yes to."""
        allowed = self._allowed
        if (built.host, built.model) != (allowed.host, allowed.model):
            raise UsageError(
                f"The yes was for {allowed.model} at {allowed.host}; the settings name {built.model} at {built.host}.",
                "Set teacher.model and teacher.base_url as they were, or make a new plan.",
            )
        if request.state == "unknown" and not self._send_again:
            raise _asking(request)
        spent = self._before + self._taken
        if spent.calls >= allowed.calls:
            raise OverBudget(f"The run has made all of its {allowed.calls:,} calls.", "Make a new plan to go on.")
        cost = price.of(built.tokens, built.most_tokens) if price else 0.0
        if allowed.budget and spent.money + cost > allowed.budget + 1e-9:
            raise OverBudget(
                f"Of this run's {allowed.budget:.2f} USD {spent.money:.4f} are used; the next call could go over.",
                "To go on with more: denju learn resume RUN --budget USD --yes NAME",
            )

    def _refuse_unpriced(self, built: TeacherRequest, price: Price | None) -> None:
        if self._allowed.budget and price is None:
            raise SettingsError(
                f"What {built.model} costs is not known, so the run's budget cannot be kept.",
                "Set teacher.price_in and teacher.price_out (USD per million tokens).",
            )

    def _count(self, request: Request, teacher: Teacher, price: Price | None) -> None:
        """Add what the answers took. A call is counted once, by the step that had it made."""
        for reply in request.replies:
            usage = teacher.usage(reply)
            good = reply.status == 200
            self._heard = self._heard or good
            asked, answered = usage.prompt, usage.answer + usage.thinking
            if good and not (asked or answered):
                asked, answered = request.tokens, request.most_tokens
            self._taken += Spent(int(good), asked, answered, price.of(asked, answered) if price else 0.0)


class _NobodyThere(NotUnderstood):
    """A login page, a gateway's page, a way to elsewhere: no teacher said it, so the run waits for one."""


class _Lost(Exception):
    """The line broke after the question had left: asked again, it could be paid for twice, so nobody is patient."""

    def __init__(self, error: Unreachable) -> None:
        self.error = error


def _asking(request: Request) -> NeedsConsent:
    what = "A call was under way and has no answer; it may have arrived, and may be paid for."
    if request.error and request.error["kind"] != NeedsConsent.kind:  # which only notes that it was killed
        reason = request.error["message"]
        what = f"A call was under way and has no answer; it may have arrived, and may be paid for. {reason}"
    return NeedsConsent(what, "To send it a second time: denju learn resume RUN --send-again")
