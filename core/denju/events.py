"""What a use case reports while it runs: small, frozen, in this order.

``Progress* Retrieved Progress* PromptReady Token* (Finished | Failed)``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from denju.errors import DenjuError
from denju.values import Answer, Match


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
