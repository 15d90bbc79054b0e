"""From what a teacher wrote to drafts: validated here, whatever the provider promised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from denju.errors import CutOff, InvalidStrategy, NotUnderstood
from denju.strict_json import Malformed, loads
from denju.teacher.port import MAX_DRAFTS, Draft, Misread, TeachAsk, mapped
from denju.text import language_of, one_line
from denju.values import Origin, Strategy

_ASKED = ("title", "situation", "avoid_when", "priorities", "decide", "steps", "why", "cues", "reason")
_MOST = {"avoid_when": 10, "priorities": 10, "decide": 3, "steps": 20}
_THINKING = re.compile(r"\A.*</think>", re.DOTALL)
_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\Z", re.DOTALL)


def read(text: str, *, model: str, request: str) -> tuple[Draft, ...]:
    """The drafts that stand in ``text``: status ``draft``, no id yet, nothing in ``extra``.

    Fields that were not asked for are left out: a teacher sets no status, no scope and no id. Thinking that a local
    model wrote into its answer, and a fence of backticks around it, are passed over.

    Raises:
        NotUnderstood: not the form that was asked for; it carries ``text`` and says why.
    """
    try:
        data = loads(bare(text).encode("utf-8", "replace"))
        return drafts_of(data, Origin(kind="teacher", model=model, request=request))
    except Malformed as error:
        reason = f"line {error.line}: {error.reason}" if error.line else error.reason
    except ValueError as error:
        reason = str(error)
    except InvalidStrategy as error:
        reason = error.what
    wrong = NotUnderstood(
        f"The teacher did not answer in the form that was asked for ({one_line(reason)[:200]}).",
        "Ask again, or choose a larger model (denju teacher models); what it wrote is kept for reading.",
    )
    wrong.text = text
    raise wrong


def again(ask: TeachAsk, error: CutOff | NotUnderstood) -> TeachAsk | None:
    """The ask to build the second request from; None when this was the second already, or nothing was written."""
    if ask.misread is not None or not error.text:
        return None
    return replace(ask, misread=Misread(text=error.text, reason=error.what))


def bare(text: str) -> str:
    """``text`` without the thinking of a local model and without a fence of backticks."""
    text = _THINKING.sub("", text).strip()
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text


def drafts_of(data: Any, origin: Origin) -> tuple[Draft, ...]:
    """The drafts in the list ``strategies`` of ``data``.

    Raises:
        ValueError, InvalidStrategy: not the form that was asked for.
    """
    found = data.get("strategies") if isinstance(data, dict) else None
    if not isinstance(found, list):
        raise ValueError('expected an object with a list "strategies"')
    if not 1 <= len(found) <= MAX_DRAFTS:
        raise ValueError(f"{len(found)} strategies; expected 1 to {MAX_DRAFTS}")
    return tuple(_draft(item, f"strategies[{index}]", origin) for index, item in enumerate(found))


def _draft(item: Any, where: str, origin: Origin) -> Draft:
    if not isinstance(item, dict):
        raise ValueError(f"{where}: expected an object")
    known: dict[str, Any] = {name: item[name] for name in _ASKED if name in item}
    known["cues"] = _cues(known.get("cues"), where)
    reason = known.pop("reason", None) or ""
    if not isinstance(reason, str):
        raise ValueError(f"{where}.reason: expected text")
    try:
        strategy = mapped(Strategy.from_dict(known), one_line)  # as the student's prompt needs it
    except InvalidStrategy as error:
        raise InvalidStrategy(f"{where}.{error.field}", error.what.removeprefix(f"{error.field}: ")) from None
    if not strategy.steps:
        raise ValueError(f"{where}.steps: empty")
    for name, most in _MOST.items():
        if len(getattr(strategy, name)) > most:
            raise ValueError(f"{where}.{name}: {len(getattr(strategy, name))} items; at most {most}")
    language = language_of(" ".join((strategy.title, strategy.situation, *strategy.steps)))
    return Draft(replace(strategy, language=language, origin=origin), one_line(reason)[:1_000])


def _cues(value: Any, where: str) -> list[Any]:
    """The cues of all languages in one list, in the order in which the languages came."""
    if value is None:
        return []
    if not isinstance(value, Mapping) or not all(isinstance(each, list) for each in value.values()):
        raise ValueError(f"{where}.cues: expected an object with a list for each language")
    return [cue for cues in value.values() for cue in cues]
