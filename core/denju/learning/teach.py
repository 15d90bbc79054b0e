"""Teach: from a case to drafts in the library, through a person's eyes and with a person's yes.

case → request → hidden → preview → outbox → yes → door → answer → drafts, with what was hidden put back

Building and looking are pure; ``send`` is the only step that reaches the network, and after it nothing serves yet.
Killed anywhere, nothing is lost: ``recover`` makes the drafts of answers that are here, and says what may have arrived.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from denju.answering.ask import in_language
from denju.answering.library_search import LibrarySearch
from denju.egress.address import is_near, place
from denju.egress.keys import Keys
from denju.egress.ledger import Ledger
from denju.egress.network import Network
from denju.egress.outbox import Outbox
from denju.egress.prices import Price
from denju.egress.request import Request
from denju.egress.secret import Secret
from denju.egress.send import Door, recover
from denju.errors import (
    BadKey,
    CutOff,
    DenjuError,
    FormatRefused,
    NotFound,
    NotUnderstood,
    SettingsError,
    TeacherError,
    UsageError,
)
from denju.events import Drafted, Pausing, Sending, TeachEvent
from denju.learning import asks, drafting
from denju.learning.case import Case
from denju.learning.hiding import Hiding, hide
from denju.learning.preview import Preview
from denju.learning.streaming import streamed
from denju.library.store import Library
from denju.privacy.terms import Terms
from denju.privacy.vault import unmask
from denju.retrieval.query import spoken_language
from denju.teacher import drafts
from denju.teacher.port import ModelCard, Round, TeachAsk, Teacher, TeacherAnswer, TeacherRequest
from denju.teacher.retry import patiently
from denju.text import clean, language_of
from denju.values import Strategy, Turn

MOST_NEAR = 4
"""Strategies near the case that the teacher is shown."""
Tell = Callable[[TeachEvent], None]


@dataclass(frozen=True, slots=True)
class Service:
    """One provider, as it is reached from here."""

    teacher: Teacher
    door: Door
    exact: bool
    """Whether the body of its requests is what leaves, byte for byte."""

    def key(self, keys: Keys, url: str) -> Secret | None:
        """What ``url`` is asked with; offline, or by a machine of one's own, none is missed.

        Raises:
            BadKey: there is none.
        """
        found = keys.find(self.teacher.provider)
        if found is None and not self.door.offline and not is_near(urlsplit(url).hostname or ""):
            raise BadKey(f"There is no key for {urlsplit(url).netloc}.", "Store yours: denju teacher login")
        return found.secret if found else None


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the last start left, and what became of it."""

    drafted: tuple[Strategy, ...] = ()
    """Drafts of answers that had come and were not read yet."""
    unknown: tuple[Request, ...] = ()
    """Requests that may have arrived; a person decides whether they go again."""


class Teach:
    """The use case. ``service(provider, model)`` builds one provider; both empty take the settings."""

    def __init__(
        self,
        *,
        library: Library,
        search: LibrarySearch,
        service: Callable[[str, str], Service],
        outbox: Outbox,
        ledger: Ledger,
        keys: Keys,
        terms: Callable[[], Terms],
        price: Callable[[TeacherRequest], Price | None],
        deadline: float,
    ) -> None:
        self._library, self._search, self._service = library, search, service
        self._outbox, self._ledger, self._keys = outbox, ledger, keys
        self._terms, self._price, self._deadline = terms, price, deadline

    # Looking: nothing leaves, nothing is kept.

    def ask(self, case: Case) -> TeachAsk:
        """What the teacher would be asked, nothing hidden yet: the case, the firm's policies, what is near already."""
        serving = self._library.serving()
        spoken = spoken_language(case.conversation) if case.conversation else language_of(case.situation)
        language, languages = _languages(serving, spoken)
        return TeachAsk(
            situation=case.situation,
            language=language,
            languages=languages,
            conversation=case.conversation,
            answer=case.answer,
            policies=in_language([each for each in serving if each.scope == "policy"], language),
            near=self._near(case, language),
        )

    def sent_back(self, strategy: Strategy, remark: str) -> TeachAsk:
        """The ask of the next round: the same case, the draft as it stands, and what a person says about it.

        Raises:
            UsageError: no remark, or not a draft of a teacher.
        """
        if not (said := clean(remark).strip()):
            raise UsageError("There is no remark.", "Say in a sentence what should be other.")
        if strategy.origin.kind != "teacher" or strategy.status != "draft":
            raise UsageError(f"{strategy.id} is no draft of a teacher.", "denju review list shows the drafts.")
        return replace(
            self._asked(strategy) or self.ask(Case(situation=strategy.situation)),
            rounds=(*self._rounds(strategy), Round((strategy,), said)),
        )

    def hiding_of(self, draft: Strategy) -> Hiding:
        """What a person marked by hand in the request that led to ``draft``; what may leave is decided anew."""
        request = self._led_to(draft)
        return Hiding(marked=Hiding.from_dict(request.about.get("hiding", {})).marked if request else ())

    def preview(self, ask: TeachAsk, hiding: Hiding = Hiding(), *, provider: str = "", model: str = "") -> Preview:  # noqa: B008
        """Exactly what would leave.

        Raises:
            SettingsError: no model is chosen, or the list of terms cannot be read.
        """
        service = self._service(provider, model)
        hidden = hide(ask, self._terms(), hiding)
        request = service.teacher.request(hidden.ask)
        return Preview(request, hidden, self._price(request), service.exact, hiding)

    def most_money(self, request: Request) -> float | None:
        """The most that a kept request may cost, in USD: by the price as it is now where it may still be sent.

        ``None``: no price is known.
        """
        if request.over:
            return request.money
        price = self._price(as_built(request))
        return price.of(request.tokens, request.most_tokens) if price else None

    def keep(self, preview: Preview, *, draft: Strategy | None = None) -> Request:
        """Put a request into the outbox, where it waits for a yes; ``draft`` is the one that it sends back.

        The same request as one before is that one, unless that one's answer could not be used.

        Raises:
            NeverSent: a secret stands in it.
            StorageError: it cannot be kept.
        """
        about = {
            "ask": asks.to_dict(preview.hidden.ask),
            "hiding": preview.hiding.to_dict(),
            "draft": {"id": draft.id, "revision": draft.revision} if draft else None,
            "drafted": False,
        }
        return self._outbox.add(_kept(preview, about), preview.hidden.vault, anew=True)

    # Sending: with a person's yes only.

    def send(self, request_id: str, cancel: threading.Event) -> Iterator[TeachEvent]:
        """Send an approved request and put the drafts of its answer into the library; ``Drafted`` comes last.

        An answer that cannot be used is asked for once more, with the reason; a server that does not know the form
        of answer is asked once in a plainer one. The yes covers both: they carry nothing else of a person's. Each is
        a request of its own in outbox and ledger.

        Raises:
            NeedsConsent: it has no yes; also Offline and Unreachable.
            DenjuError: whatever else stopped it. What came is kept, what did not leave still waits.
        """
        return streamed(lambda tell: self._send(request_id, cancel, tell))

    def drafts(self, request_id: str) -> tuple[Strategy, ...]:
        """The drafts of a request that is answered, put into the library now where that was not done yet.

        Raises:
            TeacherError: what came cannot be used.
            UsageError: there is no answer, or it belongs to another machine.
            NotFound: a person deleted them since.
        """
        request = self._outbox.get(request_id)
        good = [each for each in request.replies if each.status == 200]
        if not good:
            raise UsageError(f"{request_id} has no answer yet.", f"See: denju teacher outbox show {request_id}")
        try:
            answer = self._service(request.provider, request.model).teacher.read(good[-1], request=request.hash)
        except TeacherError as error:
            if request.error is None:  # killed before its end was noted
                self._outbox.finish(request_id, request.state, error)
            raise
        found = self._keep_drafts(request, answer)
        if not found:
            raise NotFound(
                f"The drafts of {request_id} were deleted.",
                f"To ask once more: denju teacher outbox drop {request_id}, then ask as before.",
            )
        return found

    def recover(self) -> Recovered:
        """After a start: read answers that nobody read, and free what never left. Nothing is sent.

        Whatever the settings say of the teacher; an answer is read once they name one that can be asked.
        A request without a note of its drafts is an older one: they may be in another library, so it is left alone.
        """
        unknown = recover(self._outbox, self._ledger)
        unread = [each for each in self._outbox.all() if each.state == "sent" and each.about.get("drafted") is False]
        drafted: list[Strategy] = []
        for request in unread:
            try:
                drafted += self.drafts(request.id)
            except DenjuError:
                continue  # it cannot be used, or not yet; the outbox shows what came
        return Recovered(tuple(drafted), unknown)

    def models(self, by: str, cancel: threading.Event, *, provider: str = "") -> tuple[ModelCard, ...]:
        """What the provider offers, asked for by a person just now.

        Raises:
            NeedsConsent: offline, or it cannot be reached.
            TeacherError: the list did not come.
        """
        service = self._service(provider, "")
        listing = service.teacher.models_request()
        headers = service.teacher.authorised(listing, service.key(self._keys, listing.url))
        looked_at = Request(
            provider=listing.provider, model=listing.model, url=listing.url, headers=listing.headers, body=b"",
            method="GET",
        )  # fmt: skip
        reply = service.door.look(looked_at, by, headers=headers, deadline=self._deadline, cancel=cancel)
        return service.teacher.read_models(reply)

    def _send(self, request_id: str, cancel: threading.Event, tell: Tell) -> None:
        request = self._outbox.get(request_id)
        if request.state != "sent" and not request.about:
            # Another machine's: the drafts are made where what is hidden is known.
            self._deliver(request, cancel, tell)
            tell(Drafted(request_id, ()))
            return
        again = ""
        while request.state != "sent":
            try:
                answer = self._deliver(request, cancel, tell, again)
            except (FormatRefused, CutOff, NotUnderstood) as error:
                following = self._following(request, error)
                if following is None or again:
                    raise
                request, again = following, error.what
                continue
            tell(Drafted(request.id, self._keep_drafts(request, answer)))
            return
        tell(Drafted(request.id, self.drafts(request.id)))

    def _deliver(self, request: Request, cancel: threading.Event, tell: Tell, again: str = "") -> TeacherAnswer:
        service = self._service(request.provider, request.model)
        teacher = service.teacher
        there, ours = place(request.url), place(teacher.url)
        if there != ours:
            # Whoever handed us this request shall not be handed our key.
            raise SettingsError(
                f"{request.id} is for {there}, and the settings name {ours}.",
                "If you trust that address, set teacher.base_url; else drop the request.",
            )
        if (request.method, request.url) != ("POST", teacher.url) or _model_in(request.body) not in {"", request.model}:
            # The model that it names is the one whose price the budget counts with.
            raise SettingsError(
                f"{request.id} is no question to {request.model} as denju asks it.",
                "Drop it and ask anew; or, where teacher.base_url was another one, set that again.",
            )
        asked = as_built(request)
        headers = teacher.authorised(asked, service.key(self._keys, request.url))
        tell(Sending(request.id, request.host, again))

        def deliver(network: Network) -> TeacherAnswer:
            def attempt(left: float) -> TeacherAnswer:
                reply = network.send(
                    request.method, request.url, headers=headers, body=request.body, deadline=left, cancel=cancel
                )
                return teacher.read(reply, request=request.hash)

            return patiently(
                attempt, deadline=self._deadline, cancel=cancel,
                told=lambda error, seconds: tell(Pausing(error, seconds)),
            )  # fmt: skip

        return service.door.send(request.id, deliver=deliver, usage=teacher.usage, price=self._price(asked))

    def _following(self, request: Request, error: FormatRefused | CutOff | NotUnderstood) -> Request | None:
        """The one more request that ``error`` asks for, under the same yes; ``None``: it would not help."""
        teacher = self._service(request.provider, request.model).teacher
        ask = asks.from_dict(request.about["ask"])
        about = {**request.about, "follows": request.id}
        if isinstance(error, FormatRefused):
            built = teacher.plainer(teacher.request(ask))
        else:
            following = drafts.again(ask, error)
            built = teacher.request(following) if following else None
            about["ask"] = asks.to_dict(following) if following else {}
        if built is None or request.approval is None:
            return None
        made = replace(request_of(built, request.hidden, self._price(built)), about=about)
        kept = self._outbox.add(made, self._outbox.vault(request.id), anew=True)
        return kept if kept.state != "waiting" else self._outbox.approve(kept.id, request.approval.by)

    def _keep_drafts(self, request: Request, answer: TeacherAnswer) -> tuple[Strategy, ...]:
        if not request.about:
            raise UsageError(
                f"{request.id} was made on another machine.", f"Carry it back: denju teacher outbox export {request.id}"
            )
        ask = asks.from_dict(request.about["ask"])
        kept = drafting.keep(self._library, answer.drafts, request, ask, self._outbox.vault(request.id))
        self._outbox.drafted(request.id)
        return kept

    def _near(self, case: Case, language: str) -> tuple[Strategy, ...]:
        found: list[Strategy] = []
        if case.followed:
            found += [each for each in self._library.serving() if each.id == case.followed]
        turns = case.conversation or (Turn("customer", case.situation),)
        match = self._search.search(turns, language=language)
        found += [each.strategy for each in (match.best, *match.runners_up) if each is not None]
        return tuple({each.id: each for each in found if each.scope == "scenario"}.values())[:MOST_NEAR]

    def _led_to(self, strategy: Strategy) -> Request | None:
        """The request that led to ``strategy``; ``None`` where it is not here any more."""
        alike = [each for each in self._outbox.all() if each.hash == strategy.origin.request and each.about]
        # Two customers' cases may read the same once their names are hidden; the draft says whose it is.
        return next((each for each in alike if drafting.made(each, strategy.id)), alike[0] if alike else None)

    def _asked(self, strategy: Strategy) -> TeachAsk | None:
        """What led to ``strategy``, nothing hidden; ``None`` where its request is not here any more."""
        if (request := self._led_to(strategy)) is None:
            return None
        vault = self._outbox.vault(request.id)
        return replace(asks.from_dict(request.about["ask"]).mapped(lambda text: unmask(text, vault)), misread=None)

    def _rounds(self, strategy: Strategy) -> tuple[Round, ...]:
        """The earlier rounds of a draft, as they are kept with it."""
        old = {each.revision: each for each in self._library.revisions(strategy.id)}
        said = strategy.extra.get("rounds", ())
        return tuple(
            Round((old[each["revision"]],), str(each["remark"])) for each in said if each.get("revision") in old
        )


def request_of(built: TeacherRequest, hidden: Mapping[str, int], price: Price | None) -> Request:
    """What is kept of ``built``; ``hidden``: how many of each kind of find."""
    return Request(
        provider=built.provider, model=built.model, url=built.url, headers=dict(built.headers), body=built.body,
        tokens=built.tokens, most_tokens=built.most_tokens, hidden=dict(hidden),
        money=price.of(built.tokens, built.most_tokens) if price else None,
    )  # fmt: skip


def as_built(request: Request) -> TeacherRequest:
    """A kept request as its teacher built it."""
    return TeacherRequest(request.provider, request.model, request.url, request.headers, request.body)


def _model_in(body: bytes) -> str:
    """The model that a body itself names; empty where its address does."""
    try:
        return str(json.loads(body).get("model", ""))
    except (ValueError, AttributeError, RecursionError):
        return ""


def _kept(preview: Preview, about: dict[str, Any]) -> Request:
    return replace(request_of(preview.request, preview.hidden.counts, preview.price), about=about)


def _languages(serving: tuple[Strategy, ...], own: str) -> tuple[str, tuple[str, ...]]:
    """The library's language, and all that it serves, that one first; ``own``, the case's, decides where two tie."""
    counts = Counter(each.language for each in serving if each.scope == "scenario")
    ordered = sorted(counts or {own: 1}, key=lambda each: (-counts[each], each != own))
    return ordered[0], tuple(ordered)
