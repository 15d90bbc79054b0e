"""The words of denju as values: frozen, documented field by field, the same in files, rows and commands.

``Strategy`` and ``Answer`` are contracts with the outside: their JSON form carries ``schema``, and a change of
that form is a migration. Everything else lives inside one process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from denju.errors import InvalidStrategy
from denju.text import clean, language_of

SCHEMA = 1
"""Version of the JSON form of a strategy and of an answer."""

Status = Literal["draft", "approved", "rejected", "retired"]
Scope = Literal["scenario", "general", "policy"]
MatchKind = Literal["matched", "none", "waiting", "forced", "off"]
Finish = Literal["stop", "length", "cancelled", "error"]
Role = Literal["customer", "agent"]
Source = Literal["ask", "app", "batch"]
"""Which front end an answer was made for."""

FALLBACK_TAG = "fallback"
"""The tag of the general strategy that serves when nothing matches."""

MAX_TEXT = 4_000
"""Longest title, situation, step …, in characters."""
MAX_ID = 128
"""Longest id, in characters."""
MAX_ITEMS = 100
"""Most cues, steps … of one strategy."""


def now() -> str:
    """The present moment in UTC, to the second: ``2026-11-23T05:00:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id(prefix: str) -> str:
    """A random id such as ``st_9f2c41d07a3e``."""
    return f"{prefix}_{os.urandom(6).hex()}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a revision came from."""

    kind: Literal["person", "teacher", "import", "starter"] = "person"
    by: str = ""
    """Who made or fetched it."""
    model: str | None = None
    """Id of the teacher's model."""
    request: str | None = None
    """``sha256:…`` of the request to the teacher."""
    file: str | None = None
    """``sha256:…`` of the imported file."""
    parent: int | None = None
    """Revision that this one was made from."""


@dataclass(frozen=True, slots=True)
class Review:
    """One verdict of a person on a revision."""

    verdict: Literal["approved", "rejected", "retired"]
    by: str
    at: str
    """UTC, ``2026-11-23T05:00:00Z``."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Regular expressions that every answer is held against; of use in policies."""

    never: tuple[str, ...] = ()
    """None of these may be found in an answer."""
    always: tuple[str, ...] = ()
    """Each of these must be found in an answer."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """What to weigh and what to do, in which order, in one situation: never the reply itself."""

    title: str
    situation: str
    """When it applies, in a sentence or two."""
    id: str = ""
    revision: int = 1
    """From 1; every accepted change makes a new one."""
    status: Status = "draft"
    scope: Scope = "scenario"
    language: str = "en"
    """``ja`` or ``en``."""
    translation_of: str | None = None
    """Id of the same strategy in another language."""
    avoid_when: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    """Sample customer utterances that should lead here."""
    priorities: tuple[str, ...] = ()
    """What to weigh, weightiest first."""
    decide: tuple[str, ...] = ()
    """Up to three rules: "when …: first …; otherwise …"."""
    steps: tuple[str, ...] = ()
    """What to do, in order."""
    why: str = ""
    tags: tuple[str, ...] = ()
    check: Check = Check()
    origin: Origin = Origin()
    created: str = ""
    """UTC, ``2026-11-23T05:00:00Z``."""
    reviews: tuple[Review, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that this version does not know, kept as they came."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, ``schema`` first."""
        data: dict[str, Any] = {"schema": SCHEMA, **_named(self, _KEY_ORDER)}
        for name in _LISTS:
            data[name] = list(data[name])
        data["check"] = {"never": list(self.check.never), "always": list(self.check.always)}
        data["origin"] = _named(self.origin, _ORIGIN_KEYS)
        data["reviews"] = [_named(each, _REVIEW_KEYS) for each in self.reviews]
        data["extra"] = _listed(self.extra)
        return data

    @classmethod
    def from_dict(cls, data: object) -> Strategy:
        """Read the JSON form; every text is cleaned of control characters on the way.

        Raises:
            InvalidStrategy: a required field is missing, or a field has the wrong type or size.
        """
        return _Reader(data).strategy()

    def group(self) -> str:
        """Id shared by a strategy and its translations."""
        return self.translation_of or self.id


_KEY_ORDER = (
    "id", "revision", "status", "scope", "language", "translation_of", "title", "situation", "avoid_when", "cues",
    "priorities", "decide", "steps", "why", "tags", "check", "origin", "created", "reviews", "extra",
)  # fmt: skip


_LISTS = ("avoid_when", "cues", "priorities", "decide", "steps", "tags")
_STATUSES, _SCOPES = get_args(Status), get_args(Scope)
_ORIGIN_KEYS = tuple(each.name for each in fields(Origin))
_REVIEW_KEYS = tuple(each.name for each in fields(Review))


def _named(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    """What ``value`` has under these names; ``asdict`` copies deeply, which took half of an import's time."""
    return {name: getattr(value, name) for name in names}


def _listed(value: Any) -> Any:
    """``value`` with tuples as lists all the way down, so that it equals what JSON gives back."""
    if isinstance(value, (tuple, list)):
        return [_listed(item) for item in value]
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return value


class _Reader:
    """Reads one strategy out of untrusted JSON, naming the first field that is wrong."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            raise InvalidStrategy("strategy", f"expected an object, found {type(data).__name__}")
        self.data: dict[str, Any] = dict(data)

    def strategy(self) -> Strategy:
        schema = self.data.pop("schema", SCHEMA)
        if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
            raise InvalidStrategy("schema", f"expected a number, found {schema!r}")
        if schema > SCHEMA:
            raise InvalidStrategy(
                "schema", f"version {schema} is newer than this denju ({SCHEMA})", "Update denju, then import again."
            )
        title, situation = self.text("title", required=True), self.text("situation", required=True)
        known = {
            "title": title,
            "situation": situation,
            "id": self.identifier(),
            "revision": self.number("revision", 1),
            "status": self.choice("status", _STATUSES, "draft"),
            "scope": self.choice("scope", _SCOPES, "scenario"),
            "language": self.choice("language", ("ja", "en"), "") or language_of(f"{title} {situation}"),
            "translation_of": self.text("translation_of") or None,
            **{name: self.texts(name) for name in _LISTS},
            "why": self.text("why"),
            "check": self.check(),
            "origin": self.origin(),
            "created": self.text("created"),
            "reviews": self.reviews(),
        }
        extra = self.data.pop("extra", None)
        if extra is not None and not isinstance(extra, dict):
            raise InvalidStrategy("extra", "expected an object")
        return Strategy(**known, extra={**(extra or {}), **self.data})

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.data.pop(name, None)
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            raise InvalidStrategy(name, "missing" if value is None else f"expected text, found {type(value).__name__}")
        return self.cleaned(name, value, required=required)

    def cleaned(self, name: str, value: str, *, required: bool = False) -> str:
        if len(value) > MAX_TEXT:
            raise InvalidStrategy(name, f"{len(value):,} characters; at most {MAX_TEXT:,}")
        value = clean(value).strip()
        if required and not value:
            raise InvalidStrategy(name, "empty")
        return value

    def identifier(self) -> str:
        value = self.text("id")
        if len(value) > MAX_ID:
            raise InvalidStrategy("id", f"{len(value):,} characters; at most {MAX_ID}")
        return value

    def texts(self, name: str, source: dict[str, Any] | None = None) -> tuple[str, ...]:
        value = (self.data if source is None else source).pop(name, None)
        if value is None or value == []:
            return ()
        if not isinstance(value, list):
            raise InvalidStrategy(name, "expected a list of texts")
        if len(value) > MAX_ITEMS:
            raise InvalidStrategy(name, f"{len(value)} items; at most {MAX_ITEMS}")
        try:
            together = "".join(value)
        except TypeError:
            raise InvalidStrategy(name, "expected a list of texts") from None
        if len(together) <= MAX_TEXT and clean(together) == together:  # one look for all of them, mostly
            return tuple(filter(None, map(str.strip, value)))
        return tuple(text for item in value if (text := self.cleaned(name, item)))

    def number(self, name: str, default: int) -> int:
        value = self.data.pop(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InvalidStrategy(name, f"expected a number from 1, found {value!r}")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> Any:
        value = self.data.pop(name, None)
        if value is None:
            return default
        if value not in allowed:
            raise InvalidStrategy(name, f"expected one of {', '.join(allowed)}, found {str(value)[:40]!r}")
        return value

    def object(self, name: str) -> dict[str, Any]:
        value = self.data.pop(name, None)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise InvalidStrategy(name, "expected an object")
        return dict(value)

    def check(self) -> Check:
        source = self.object("check")
        return Check(never=self.texts("never", source), always=self.texts("always", source))

    def origin(self) -> Origin:
        source = _Reader(self.object("origin"))
        parent = source.data.pop("parent", None)
        return Origin(
            kind=source.choice("kind", ("person", "teacher", "import", "starter"), "person"),
            by=source.text("by"),
            model=source.text("model") or None,
            request=source.text("request") or None,
            file=source.text("file") or None,
            parent=parent if isinstance(parent, int) and not isinstance(parent, bool) else None,
        )

    def reviews(self) -> tuple[Review, ...]:
        value = self.data.pop("reviews", None)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise InvalidStrategy("reviews", "expected a list")
        readers = [_Reader(item) for item in value]
        return tuple(
            Review(
                verdict=each.choice("verdict", ("approved", "rejected", "retired"), "approved"),
                by=each.text("by"),
                at=each.text("at"),
                why=each.text("why"),
            )
            for each in readers
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class MatchedTerm:
    """One term of the message that speaks for a strategy."""

    term: str
    share: float
    """Share of the score, 0 to 1."""
    fields: tuple[str, ...]
    """Where it stands: title, situation, cues, steps."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A strategy beside its score for one message."""

    strategy: Strategy
    score: float
    """BM25, not bounded; comparable within one query only."""
    confidence: float
    """0 to 1."""
    terms: tuple[MatchedTerm, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """``{"id", "revision", "title", "confidence", "score", "terms"}``."""
        return {
            "id": self.strategy.id,
            "revision": self.strategy.revision,
            "title": self.strategy.title,
            "confidence": round(self.confidence, 4),
            "score": round(self.score, 4),
            "terms": [{"term": each.term, "share": each.share, "fields": [*each.fields]} for each in self.terms],
        }


@dataclass(frozen=True, slots=True)
class Match:
    """What retrieval found for a message; no match is a result of its own."""

    kind: MatchKind
    best: Candidate | None = None
    """The strategy that serves; only with ``matched`` and ``forced``."""
    runners_up: tuple[Candidate, ...] = ()
    """The next ones, best first; with ``none``, those that did not reach the threshold."""
    threshold: float = 0.0
    """Confidence below which nothing matches, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Used:
    """A general or fallback strategy that stood in the prompt."""

    id: str
    revision: int
    title: str


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """One policy's check, run on one answer."""

    id: str
    revision: int
    ok: bool
    why: str = ""
    """The rule that was broken, in words; empty when it holds."""


@dataclass(frozen=True, slots=True)
class StudentInfo:
    """Which student answered."""

    kind: str
    model: str
    sha256: str
    practice: bool = False
    """The small model inside the package; not for customers."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts of one answer."""

    prompt: int = 0
    reused: int = 0
    """How many of the prompt's were still evaluated from the answer before."""
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The record of one answer: the same for ``ask --json``, batch rows and the history."""

    id: str
    answer: str
    language: str
    match: MatchKind
    strategy: Candidate | None = None
    general: tuple[Used, ...] = ()
    runners_up: tuple[Candidate, ...] = ()
    threshold: float = 0.0
    student: StudentInfo | None = None
    facts: tuple[str, ...] = ()
    """What was given with the message, a line each."""
    tokens: Tokens = Tokens()
    cut_turns: int = 0
    """Oldest turns that did not fit the prompt."""
    finish: Finish = "stop"
    unsupported: tuple[str, ...] = ()
    """Names and numbers of the answer that stand nowhere in the prompt."""
    policies: tuple[PolicyResult, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    error: dict[str, str] | None = None
    """Kind, message and hint."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, ``schema`` first."""
        data: dict[str, Any] = {"schema": SCHEMA, **_named(self, _ANSWER_KEYS)}
        data["strategy"] = self.strategy.to_dict() if self.strategy else None
        data["runners_up"] = [each.to_dict() for each in self.runners_up]
        data["student"] = _named(self.student, _STUDENT_KEYS) if self.student else None
        data["tokens"] = _named(self.tokens, _TOKEN_KEYS)
        data["general"] = [_named(each, _USED_KEYS) for each in self.general]
        data["policies"] = [_named(each, _POLICY_KEYS) for each in self.policies]
        for name in ("facts", "unsupported"):
            data[name] = [*data[name]]
        data["threshold"] = round(self.threshold, 4)
        data["seconds"] = round(self.seconds, 3)
        return data


_ANSWER_KEYS, _STUDENT_KEYS, _TOKEN_KEYS, _USED_KEYS, _POLICY_KEYS = (
    tuple(each.name for each in fields(kind)) for kind in (Answer, StudentInfo, Tokens, Used, PolicyResult)
)


def approved(strategy: Strategy, by: str, why: str, at: str) -> Strategy:
    """``strategy`` with the status approved and the review that says so."""
    return replace(
        strategy, status="approved", reviews=(*strategy.reviews, Review(verdict="approved", by=by, at=at, why=why))
    )
