"""One request to the teacher as it is kept: exactly what leaves, who said yes to it, and what came back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from denju.egress.network import Reply
from denju.errors import UsageError
from denju.privacy.spans import LABELS
from denju.text import escaped
from denju.values import new_id, now

SCHEMA = 1
HEADERS: Mapping[str, str] = {"content-type": "application/json"}
"""All that our adapters send beside the key; a request from elsewhere brings no other."""
ANSWER_TOKENS = 8_192
"""Tokens that an answer may take: five strategies in Japanese with cues in two languages need about 6,000."""
State = Literal["waiting", "approved", "sending", "sent", "failed", "unknown", "dropped"]


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes to one body."""

    by: str
    at: str
    hash: str
    """The body it was said to: ``sha256:…``."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request in the outbox. The key is no part of it."""

    provider: str
    model: str
    url: str
    headers: Mapping[str, str]
    """Without the key."""
    body: bytes = field(repr=False)
    """Byte for byte what leaves."""
    method: Literal["POST", "GET"] = "POST"
    tokens: int = 0
    """Estimated, of the request."""
    most_tokens: int = 0
    """The most that the answer may take, thinking included."""
    money: float | None = None
    """The most that it may cost, in USD; ``None``: no price is known."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """Kind of find → how many of them were hidden."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What its maker needs to read the answer; stays on this machine."""
    id: str = field(default_factory=lambda: new_id("rq"))
    created: str = field(default_factory=now)
    state: State = "waiting"
    hash: str = ""
    """``sha256:…`` of the body."""
    approval: Approval | None = None
    carried: bool = False
    """Exported while it waited: another machine is to send it."""
    replies: tuple[Reply, ...] = field(default=(), repr=False)
    """Every answer, as it came, oldest first."""
    error: dict[str, str] | None = None
    """Why it has not been sent or answered yet: kind, message, hint."""

    def __post_init__(self) -> None:
        if not self.hash:
            object.__setattr__(self, "hash", hash_of(self.body))

    @property
    def host(self) -> str:
        """Who gets it: ``host`` or ``host:port``."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def over(self) -> bool:
        """Whether it is answered or given up, and is not sent any more."""
        return self.state in {"sent", "dropped"}

    @property
    def stands(self) -> str:
        """How it stands with it, as a list tells it: ``state``, or ``carried`` while another machine is to send it."""
        return "carried" if self.carried else self.state

    @property
    def shown(self) -> str:
        """The body for a person's look at it: what no screen shows stands there as ``\\uXXXX``, what is no UTF-8 as
        ``\\xXX``.
        """
        return escaped(self.body.decode("utf-8", "backslashreplace"))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form. Bytes that are no UTF-8 come through it unharmed."""
        data = asdict(self)
        data["body"] = _text(self.body)
        data["replies"] = [
            {**asdict(each), "headers": dict(each.headers), "body": _text(each.body)} for each in self.replies
        ]
        return {"schema": SCHEMA, **data}

    @classmethod
    def from_json(cls, line: bytes, where: str, mend: str = "") -> Request:
        """Read the JSON form, from this outbox or from another machine; ``mend`` says what helps where it is none.

        Raises:
            UsageError: it is no request, its body is not the one that its hash names, or a header is not of our making.
        """
        try:
            data = json.loads(line)
            if data.pop("schema") != SCHEMA:
                raise UsageError(f"{where}: written by a newer denju.", "Update denju, then try again.")
            approval = data.pop("approval")
            request = cls(
                **{
                    **data,
                    "body": _bytes(data["body"]),
                    "approval": Approval(**approval) if approval else None,
                    "replies": tuple(Reply(**{**each, "body": _bytes(each["body"])}) for each in data["replies"]),
                }
            )
            check_types(request)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise UsageError(
                f"{where}: not a request of denju.", mend or "Export it again; nothing was taken in."
            ) from None
        if request.state != "dropped" and request.hash != hash_of(request.body):
            raise UsageError(
                f"{where}: its text is not the one that its hash names.", mend or "Do not send it; export it again."
            )
        if not request.headers.items() <= HEADERS.items():  # no look at a request shows them
            raise UsageError(
                f"{where}: it brings headers that denju does not send.", mend or "Do not send it; export it again."
            )
        return request


def hash_of(body: bytes) -> str:
    """``sha256:…``."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def is_id(text: str) -> bool:
    """Whether it can be the id of a request, and so the name of a file."""
    return text.startswith("rq_") and text[3:].isalnum() and text.isascii() and len(text) < 40


def check_types(request: Request) -> None:
    """A file can hold anything; what is wrong shall be wrong here, and before one is written.

    Raises:
        TypeError, ValueError: of what cannot be read again.
    """
    texts = [request.provider, request.model, request.url, request.id, request.created, request.hash]
    texts += [*request.headers.keys(), *request.headers.values()]
    if request.approval:
        texts += [request.approval.by, request.approval.at, request.approval.hash]
    if request.error is not None:
        if request.error.keys() != {"kind", "message", "hint"}:
            raise TypeError("an error")
        texts += request.error.values()
    if not request.hidden.keys() <= LABELS.keys():
        raise TypeError("a kind")
    numbers = [
        request.tokens,
        request.most_tokens,
        *request.hidden.values(),
        *(each.status for each in request.replies),
    ]
    if not all(isinstance(each, str) and each.isprintable() for each in texts):
        raise TypeError("a text")
    for each in request.replies:
        if not all(isinstance(text, str) for text in (each.sent, *each.headers.keys(), *each.headers.values())):
            raise TypeError("an answer")
    if not all(type(each) is int and each >= 0 for each in numbers):
        raise TypeError("a number")
    if request.money is not None and not (type(request.money) in {int, float} and request.money >= 0):
        raise TypeError("money")
    if (
        request.state not in get_args(State)
        or request.method not in {"POST", "GET"}
        or type(request.carried) is not bool
    ):
        raise TypeError("a state")
    if not is_id(request.id):
        raise ValueError("an id")
    _ = request.host  # an address that is none raises
    if not isinstance(request.about, dict):
        raise TypeError("about")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
