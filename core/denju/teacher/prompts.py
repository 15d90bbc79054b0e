"""What the teacher is told: the templates of ``denju/data/prompts`` filled with one ask.

Texts from outside stand in the messages as JSON between ``<data>`` and ``</data>``, with every ``<`` written as
``\\u003c``: no text can close that frame.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Literal

from denju.teacher.port import MAX_DRAFTS, Misread, TeachAsk
from denju.text import language_of
from denju.values import Strategy

CUES = "5–10"
"""Cues that are wanted in each language."""
_NAMES = {"en": {"en": "English", "ja": "Japanese"}, "ja": {"en": "英語", "ja": "日本語"}}
_MOST_REPEATED = 4_000
"""Characters of an answer that could not be used which are shown to the teacher again."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the exchange with the teacher."""

    role: Literal["asker", "teacher"]
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """All that the teacher is told."""

    system: str
    messages: tuple[Message, ...]

    def __str__(self) -> str:
        return "\n\n".join([self.system, *(f"[{each.role}]\n{each.text}" for each in self.messages)])

    @property
    def tokens(self) -> int:
        """Tokens, rather too many than too few: about one for a Japanese character, one for three Latin letters."""
        return len(str(self).encode()) // 3 + 50


def told(ask: TeachAsk) -> Told:
    """Everything for one ask: the case, then each earlier round, then what was wrong with the last answer."""
    system, request = _template("teacher", ask.language).split("\n---\n")
    messages = [Message("asker", _filled(request, _case(ask)))]
    for one in ask.rounds:
        messages.append(Message("teacher", _json({"strategies": [_draft(each, ask) for each in one.drafts]})))
        messages.append(Message("asker", _filled(_template("remark", ask.language), {"remark": one.remark})))
    messages += _again(ask.misread, ask.language)
    return Told(_system(system, ask.language, ask.languages), tuple(messages))


def question(
    name: str, language: str, languages: Sequence[str], data: dict[str, Any], misread: Misread | None = None
) -> Told:
    """Everything for one question that is not about strategies alone: the template ``name`` filled with ``data``."""
    system, request = _template(name, language).split("\n---\n")
    messages = (Message("asker", _filled(request, data)), *_again(misread, language))
    return Told(_system(system, language, languages), messages)


def shown(strategy: Strategy) -> dict[str, Any]:
    """What the teacher sees of a strategy that is there already."""
    return _shown(strategy, ("title", "situation", "avoid_when", "priorities", "steps"))


def _again(misread: Misread | None, language: str) -> list[Message]:
    """What is said after an answer that could not be used."""
    if misread is None:
        return []
    reason = _filled(_template("again", language), {"reason": misread.reason})
    return [Message("teacher", misread.text[:_MOST_REPEATED] or "…"), Message("asker", reason)]


def _system(template: str, language: str, languages: Sequence[str]) -> str:
    names = _NAMES[language]
    words = {
        "most": str(MAX_DRAFTS),
        "language": names[language],
        "languages": ("、" if language == "ja" else ", ").join(names[each] for each in languages),
        "cues": CUES.replace("–", "～") if language == "ja" else CUES,
        "shape": ", ".join(f'"{each}": ["…"]' for each in languages),
    }
    return Template(template).substitute(words).strip()


def _case(ask: TeachAsk) -> dict[str, Any]:
    case = {
        "situation": ask.situation,
        "conversation": [{"role": turn.role, "text": turn.text} for turn in ask.conversation],
        "answer": ask.answer,
        "policies": [_shown(each, ("title", "steps")) for each in ask.policies],
        "near": [shown(each) for each in ask.near],
    }
    return {name: value for name, value in case.items() if value}


def _draft(strategy: Strategy, ask: TeachAsk) -> dict[str, Any]:
    """A draft in the form that the teacher writes."""
    fields = ("title", "situation", "avoid_when", "priorities", "decide", "steps", "why")
    cues = {each: [cue for cue in strategy.cues if language_of(cue) == each] for each in ask.languages}
    return {**_shown(strategy, fields), "cues": cues}


def _shown(strategy: Strategy, fields: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(strategy, name) for name in fields}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def _filled(template: str, data: dict[str, Any]) -> str:
    return Template(template).substitute(data=_json(data)).strip()


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1).replace("<", "\\u003c")


@cache
def _template(name: str, language: str) -> str:
    return (files("denju.data") / "prompts" / f"{name}.{language}.md").read_text("utf-8")
