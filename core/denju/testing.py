"""Fakes of the ports, for tests and for those who build on denju. They never stand in for a measurement."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from denju.errors import StudentError
from denju.events import Progress, Token
from denju.student.port import Generated, Piece, Sampling, StudentCard
from denju.values import StudentInfo


@dataclass
class FakeStudent:
    """A student that says what it is told to: a token is a word, an answer is the next one of ``answers``.

    ``answers`` repeats from its start; an error among them is raised in the middle of that answer. ``before_token``
    is called before every token, so that a test can hold the student where it wants it.
    """

    answers: Sequence[str | StudentError] = ("Thank you for your message.",)
    context: int = 2048
    practice: bool = False
    echo: bool = False
    """Says the last words of its prompt instead, so that equal prompts get equal answers."""
    before_token: Callable[[], object] | None = None
    prompts: list[str] = field(default_factory=list)
    """Every prompt that was asked, as text."""
    closed: bool = False

    def card(self) -> StudentCard:
        info = StudentInfo(kind="fake", model="fake", sha256="0" * 64, practice=self.practice)
        return StudentCard(info=info, context=self.context, template="practice")

    def warm(self) -> None:
        """Nothing to load."""

    def load(self, cancel: threading.Event) -> Iterator[Progress]:  # noqa: ARG002 -- nothing takes time here
        """Nothing to wait for."""
        yield from ()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def generate(
        self, pieces: Sequence[Piece], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | Token | Generated]:
        scripted = self.answers[len(self.prompts) % len(self.answers)]
        if self.echo:
            scripted = " ".join([text for text in pieces if isinstance(text, str)][-1].split()[-3:])
        self.prompts.append("".join(str(piece) for piece in pieces))
        size = sum(len(piece.split()) if isinstance(piece, str) else 1 for piece in pieces)
        yield Progress("reading", size, size)
        words = ["I", " am"] if isinstance(scripted, StudentError) else _words(scripted)
        said = 0
        for word in words[: sampling.max_tokens]:
            if self.before_token is not None:
                self.before_token()
            if cancel.is_set():
                yield Generated("cancelled", prompt=size, reused=0, completion=said, seconds=0.0)
                return
            said += 1
            yield Token(word)
        if isinstance(scripted, StudentError):
            raise scripted
        yield Generated("stop" if said == len(words) else "length", prompt=size, reused=0, completion=said, seconds=0.0)

    def close(self) -> None:
        self.closed = True


def _words(text: str) -> list[str]:
    """``text`` in pieces that join to it: words with the space before them, Japanese a few characters each."""
    pieces: list[str] = []
    for index, word in enumerate(text.split(" ")):
        spaced = (" " if index else "") + word
        pieces += [spaced[start : start + 8] for start in range(0, len(spaced), 8)]
    return pieces
