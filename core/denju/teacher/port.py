"""What denju asks of a teacher: a large model behind an API that drafts strategies.

Building a request and reading an answer are pure: an adapter opens no connection. Between the two, the request is
shown to a person and sent by ``denju.egress``, which also puts the key in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from denju.egress.network import Reply
from denju.egress.request import ANSWER_TOKENS as ANSWER_TOKENS
from denju.egress.secret import Secret
from denju.values import Strategy, Turn

if TYPE_CHECKING:
    from denju.teacher.prompts import Told

MAX_DRAFTS = 5
"""Most strategies of one answer."""

Change = Callable[[str], str]
"""From a text to the text that stands in its place: masking on the way out, unmasking on the way back."""


@dataclass(frozen=True, slots=True)
class Round:
    """An earlier round: what the teacher drafted, and what a person said about it."""

    drafts: tuple[Strategy, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class Misread:
    """An answer that could not be used, and why."""

    text: str
    """What the teacher wrote, as it came: it holds placeholders, and nothing that was masked."""
    reason: str


@dataclass(frozen=True, slots=True)
class TeachAsk:
    """What the teacher is asked. Every text leaves as it stands here: mask it first, with ``mapped``."""

    situation: str
    language: str
    """The library's language, in which the strategies are wanted: ``ja`` or ``en``."""
    languages: tuple[str, ...]
    """The languages that cues are wanted in, the library's first."""
    conversation: tuple[Turn, ...] = ()
    answer: str = ""
    """What the student answered; empty when it was not asked."""
    policies: tuple[Strategy, ...] = ()
    near: tuple[Strategy, ...] = ()
    """Strategies of the library that are near the situation already."""
    rounds: tuple[Round, ...] = ()
    """Earlier rounds, oldest first."""
    misread: Misread | None = None
    """The answer to this very ask that could not be used."""

    def mapped(self, change: Change) -> TeachAsk:
        """The same ask with ``change`` applied to every text that comes from outside."""
        return replace(
            self,
            situation=change(self.situation),
            conversation=tuple(replace(turn, text=change(turn.text)) for turn in self.conversation),
            answer=change(self.answer),
            policies=tuple(mapped(each, change) for each in self.policies),
            near=tuple(mapped(each, change) for each in self.near),
            rounds=tuple(
                Round(tuple(mapped(each, change) for each in one.drafts), change(one.remark)) for one in self.rounds
            ),
        )


def mapped(strategy: Strategy, change: Change) -> Strategy:
    """``strategy`` with ``change`` applied to each of its texts."""

    def each(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(change(text) for text in texts)

    return replace(
        strategy,
        title=change(strategy.title),
        situation=change(strategy.situation),
        avoid_when=each(strategy.avoid_when),
        cues=each(strategy.cues),
        priorities=each(strategy.priorities),
        decide=each(strategy.decide),
        steps=each(strategy.steps),
        why=change(strategy.why),
    )


@dataclass(frozen=True, slots=True)
class TeacherRequest:
    """One request as it will leave, without the key."""

    provider: str
    model: str
    url: str
    headers: Mapping[str, str]
    """Without the key; see ``Teacher.authorised``."""
    body: bytes
    """Byte for byte what leaves; empty for a list of models. Where an SDK builds its own, what is handed to it."""
    text: str = ""
    """The same for reading: all that the teacher is told."""
    tokens: int = 0
    """Tokens that it takes, by a rule of thumb that is rather too high."""
    most_tokens: int = 0
    """Most tokens of the answer, thinking included."""
    method: Literal["POST", "GET"] = "POST"

    @property
    def host(self) -> str:
        """Who gets it: ``host`` or ``host:port``."""
        return urlsplit(self.url).netloc

    @property
    def hash(self) -> str:
        """``sha256:…`` of the body."""
        return "sha256:" + hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the provider counted; thinking is billed like the answer."""

    prompt: int = 0
    answer: int = 0
    """Without thinking."""
    thinking: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """One strategy as the teacher drafted it: status ``draft``, not in any library yet."""

    strategy: Strategy
    reason: str = ""
    """Why the teacher thinks that it is needed here, in a sentence."""


@dataclass(frozen=True, slots=True)
class TeacherAnswer:
    """What came back."""

    drafts: tuple[Draft, ...]
    usage: Usage
    text: str
    """What the teacher wrote, as it came."""
    finish: str
    """The provider's own word for why the answer ended."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model that the provider offers."""

    id: str
    title: str = ""
    context: int | None = None
    """Tokens that a request may have; None where the provider does not say."""


class Teacher(Protocol):
    """One provider and one of its models."""

    @property
    def provider(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def url(self) -> str:
        """Where every question goes."""
        ...

    def request(self, ask: TeachAsk) -> TeacherRequest:
        """Build the request: the same ask gives the same bytes.

        Raises:
            SettingsError: a model has to be chosen first.
        """
        ...

    def question(self, said: Told, form: dict[str, Any], most_tokens: int) -> TeacherRequest:
        """Build a request for anything else than strategies; ``form`` is the JSON Schema of the answer.

        Raises:
            SettingsError: a model has to be chosen first.
        """
        ...

    def plainer(self, request: TeacherRequest) -> TeacherRequest | None:
        """After ``FormatRefused``: the same texts, with a form of answer that older servers know; None: there is none.

        Its body is another one, with another hash.
        """
        ...

    def authorised(self, request: TeacherRequest, key: Secret | None) -> dict[str, str | Secret]:
        """The request's headers with the key in its place, for the moment of sending."""
        ...

    def read(self, reply: Reply, *, request: str) -> TeacherAnswer:
        """The drafts of an answer; ``request`` is the hash that they name as their origin.

        Raises:
            TeacherError: there are none. ``CutOff`` and ``NotUnderstood`` carry what the teacher wrote.
        """
        ...

    def written(self, reply: Reply) -> str:
        """What the teacher wrote, as it came.

        Raises:
            TeacherError: it wrote nothing that is whole.
        """
        ...

    def usage(self, reply: Reply) -> Usage:
        """The tokens of an answer, drafts or not; zeros where it does not say."""
        ...

    def models_request(self) -> TeacherRequest:
        """The request for the list of models."""
        ...

    def read_models(self, reply: Reply) -> tuple[ModelCard, ...]:
        """The models that can be asked for strategies, in the provider's order.

        Raises:
            TeacherError: the list did not come.
        """
        ...
