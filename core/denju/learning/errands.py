"""What a run asks the teacher for besides single drafts: each a prompt, the form of its answer, and a reader of it.

The prompts stand in ``denju/data/prompts``; the judge's is neither the drafter's nor the customers'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from denju.teacher.drafts import drafts_of
from denju.teacher.port import ANSWER_TOKENS, MAX_DRAFTS, Change, Draft, Misread
from denju.teacher.prompts import Told, question
from denju.teacher.schema import TEXT, TEXTS, object_of, strategies
from denju.text import one_line
from denju.values import Origin, Scope, Strategy, Turn

ErrandName = Literal["topics", "customers", "customer", "agent", "contrast", "judge"]
MOST_TOKENS: dict[ErrandName, int] = {
    "topics": 2_000, "customers": 4_000, "customer": 1_000, "agent": 2_000, "contrast": ANSWER_TOKENS, "judge": 1_000,
}  # fmt: skip
"""Tokens that an answer may take."""
USUAL_TOKENS: dict[ErrandName, int] = {
    "topics": 200, "customers": 900, "customer": 80, "agent": 250, "contrast": 1_500, "judge": 80,
}  # fmt: skip
"""Tokens that an answer usually takes, for the plan."""
MESSAGES_A_CALL = 10

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Errand:
    """One question to the teacher. Every text leaves as it stands here: mask it first, with ``mapped``."""

    name: ErrandName
    language: str
    data: dict[str, Any]
    languages: tuple[str, ...] = ()
    """The languages that cues are wanted in; only a contrast asks for them."""
    misread: Misread | None = None
    """The answer to this very question that could not be used."""

    def mapped(self, change: Change) -> Errand:
        """The same with ``change`` applied to every text of the data."""
        return replace(self, data=texts_changed(self.data, change))

    def told(self) -> Told:
        """All that the teacher is told."""
        return question(self.name, self.language, self.languages or (self.language,), self.data, self.misread)

    def form(self) -> dict[str, Any]:
        """The JSON Schema of the answer."""
        drafts = strategies(self.languages or (self.language,))
        fields: dict[ErrandName, dict[str, Any]] = {
            "topics": {"topics": TEXTS},
            "customers": {"messages": TEXTS},
            "customer": {"message": TEXT},
            "agent": {"answer": TEXT},
            "contrast": {"answer": TEXT, "gap": {"type": "boolean"}, "strategies": drafts, "general": drafts},
            "judge": {"why": TEXT, "better": {"type": "string", "enum": ["first", "second", "equal"]}},
        }
        return object_of(fields[self.name])


def texts_changed(value: Any, change: Change) -> Any:
    """``value`` with ``change`` applied to every text in it, names of fields excepted."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, (list, tuple)):
        return [texts_changed(each, change) for each in value]
    if isinstance(value, dict):
        return {name: texts_changed(each, change) for name, each in value.items()}
    return value


def conversation(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Turns as the teacher sees them."""
    return [{"role": turn.role, "text": turn.text} for turn in turns]


@dataclass(frozen=True, slots=True)
class Contrast:
    """The teacher's own answer, and what would close the gap."""

    answer: str
    gap: bool
    strategies: tuple[Strategy, ...] = ()
    """Drafts without an id: those for the situation first, then general ones."""


Reader = Callable[[Any], Value]
"""From the JSON that came to a value; raises ValueError or InvalidStrategy, with the reason, where it is not that."""


def read_texts(name: str, most: int) -> Reader[list[str]]:
    """A list of texts, each on its own once."""

    def read(data: Any) -> list[str]:
        found = data.get(name) if isinstance(data, dict) else None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ValueError(f'expected an object with a list of texts "{name}"')
        texts = list(dict.fromkeys(text for each in found if (text := each.strip()[:4_000])))
        if not texts:
            raise ValueError(f"{name}: empty")
        return texts[:most]

    return read


def read_text(name: str) -> Reader[str]:
    """One text."""

    def read(data: Any) -> str:
        found = data.get(name) if isinstance(data, dict) else None
        if not isinstance(found, str) or not found.strip():
            raise ValueError(f'expected an object with a text "{name}"')
        return found.strip()[:8_000]

    return read


def read_contrast(data: Any) -> Contrast:
    """The teacher's own answer and its drafts, at most two for the situation and one general one."""
    answer = read_text("answer")(data)
    gap = data.get("gap")
    if not isinstance(gap, bool):
        raise ValueError('expected "gap" to be true or false')
    found: list[Strategy] = []
    for name, most in (("strategies", 2), ("general", 1)):
        drafts = data.get(name)
        if not isinstance(drafts, list):
            raise ValueError(f'expected a list "{name}"')
        if gap and drafts:
            read_ones = drafts_of({"strategies": drafts[:MAX_DRAFTS]}, Origin(kind="teacher"))[:most]
            found += [_of_scope(each, "general" if name == "general" else "scenario") for each in read_ones]
    return Contrast(answer, gap, tuple(found))


def read_judgement(data: Any) -> tuple[int, str]:
    """1: the second is better, -1: the first, 0: equal; and why."""
    named = data.get("better") if isinstance(data, dict) else None
    if named not in ("first", "second", "equal"):
        raise ValueError('expected "better" to be "first", "second" or "equal"')
    why = data.get("why")
    return {"first": -1, "second": 1, "equal": 0}[named], one_line(why)[:1_000] if isinstance(why, str) else ""


def _of_scope(draft: Draft, scope: Scope) -> Strategy:
    return replace(draft.strategy, scope=scope, extra={"reason": draft.reason} if draft.reason else {})
