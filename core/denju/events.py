"""What a use case reports while it runs: small, frozen, in this order.

``Progress* Retrieved Progress* PromptReady Token* (Finished | Failed)`` for an answer,
``(Sending Pausing*)* Drafted`` for a request to the teacher, ``Learning* Learnt`` for a run of learning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from denju.errors import DenjuError
from denju.values import Answer, Match, Strategy


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is."""

    stage: Literal["waiting", "loading", "reading", "rows"]
    """Waiting for the student slot, loading the model, reading the prompt, or answering rows."""
    done: int
    total: int
    """With ``waiting``, ``total - done`` sessions are in front; 0 when unknown."""
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The search is done."""

    match: Match


@dataclass(frozen=True, slots=True)
class PromptReady:
    """The prompt fits the context."""

    tokens: int
    cut_turns: int
    """Oldest turns left out."""
    prompt: str
    """The exact text, control tokens written out as ``<|name|>``."""


@dataclass(frozen=True, slots=True)
class Token:
    """The next piece of the answer; always whole characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer with all that led to it."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Failed:
    """The use case ended without an answer; ``answer`` records what there was."""

    error: DenjuError
    answer: Answer | None = None


Event = Progress | Retrieved | PromptReady | Token | Finished | Failed


@dataclass(frozen=True, slots=True)
class Sending:
    """A request leaves for the teacher."""

    request: str
    """Its id in the outbox."""
    host: str
    again: str = ""
    """Why it is asked once more; empty the first time."""


@dataclass(frozen=True, slots=True)
class Pausing:
    """The teacher has no time; the request is sent again after a while."""

    error: DenjuError
    seconds: float


@dataclass(frozen=True, slots=True)
class Drafted:
    """Drafts of a teacher are in the library; none of them serves."""

    request: str
    drafts: tuple[Strategy, ...]


TeachEvent = Sending | Pausing | Drafted

LearnStage = Literal["situations", "drafts", "gate", "sealed"]


@dataclass(frozen=True, slots=True)
class Learning:
    """How far a run of learning is."""

    stage: LearnStage
    done: int
    """Steps in its journal."""
    total: int
    """About so many in all; a run that learns early takes fewer."""
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Learnt:
    """The end of a run: its drafts are judged, and those that are better are in the library for review."""

    result: dict[str, Any]


LearnEvent = Learning | Learnt
