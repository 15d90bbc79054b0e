"""What denju asks of a student: a small model on this machine that counts tokens and writes an answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from denju.events import Progress, Token
from denju.values import Finish, StudentInfo


@dataclass(frozen=True, slots=True)
class Control:
    """A token that text can never be parsed into: ``bos``, ``eos``, or the name of one in the vocabulary."""

    name: str

    def __str__(self) -> str:
        return f"<|{self.name}|>"


Piece = str | Control
"""A prompt is a list of pieces; each text among them is tokenised by itself, so that token counts add up."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen."""

    temperature: float = 0.0
    """0 always takes the likeliest token."""
    top_p: float = 0.95
    top_k: int = 40
    repetition_penalty: float = 1.0
    seed: int = 0
    """The same seed, prompt and model give the same answer."""
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    """Texts that end the answer; they are not part of it."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The end of one answer; the last thing that ``generate`` yields."""

    finish: Finish
    prompt: int
    """Tokens of the prompt."""
    reused: int
    """Of these, how many were still evaluated from the answer before."""
    completion: int
    seconds: float
    """From the start of the evaluation to the last token, without the wait for the slot."""


@dataclass(frozen=True, slots=True)
class StudentCard:
    """What is known of a student once its model is loaded."""

    info: StudentInfo
    context: int
    """Tokens that prompt and answer share."""
    template: Literal["practice", "llama-2", "zephyr", "plain"]


class Student(Protocol):
    """One model on this machine. Not for two threads at once: callers take turns."""

    def warm(self) -> None:
        """Begin to load the model, and return at once: the wait then overlaps other work.

        Raises:
            StudentError: it cannot be started.
        """

    def load(self, cancel: threading.Event) -> Iterator[Progress]:
        """Wait until the model is loaded, and say so while that takes time; ``cancel`` ends the wait within 300 ms.

        Raises:
            StudentError: the model cannot be run.
        """

    def card(self) -> StudentCard:
        """Load the model if need be, and say what it is.

        Raises:
            StudentError: the model cannot be run.
        """

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, tokenised by itself, without control tokens.

        Raises:
            StudentError: the model cannot be run.
        """

    def generate(
        self, pieces: Sequence[Piece], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | Token | Generated]:
        """Write an answer; ``cancel`` is felt within 300 ms, and what was said until then is kept.

        Raises:
            TooLong: the prompt leaves no room for a token in the context.
            StudentError: the student's process ended, or its slot did not get free.
        """

    def close(self) -> None:
        """End the student's process, if there is one. It may be used again afterwards."""
