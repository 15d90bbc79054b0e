"""What the teacher was asked, as JSON: kept beside the request, so that a later round can go on from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from denju.teacher.port import Misread, Round, TeachAsk
from denju.text import one_line
from denju.values import Strategy, Turn


def to_dict(ask: TeachAsk) -> dict[str, Any]:
    """The JSON form."""
    return {
        "situation": ask.situation,
        "language": ask.language,
        "languages": list(ask.languages),
        "conversation": [{"role": turn.role, "text": turn.text} for turn in ask.conversation],
        "answer": ask.answer,
        "policies": [each.to_dict() for each in ask.policies],
        "near": [each.to_dict() for each in ask.near],
        "rounds": [{"drafts": [each.to_dict() for each in one.drafts], "remark": one.remark} for one in ask.rounds],
        "misread": asdict(ask.misread) if ask.misread else None,
    }


def from_dict(data: dict[str, Any]) -> TeachAsk:
    """The ask that ``to_dict`` wrote.

    Raises:
        KeyError, TypeError, ValueError, InvalidStrategy: it is none.
    """
    return TeachAsk(
        situation=data["situation"],
        language=data["language"],
        languages=tuple(data["languages"]),
        conversation=tuple(Turn(each["role"], each["text"]) for each in data["conversation"]),
        answer=data["answer"],
        policies=tuple(map(Strategy.from_dict, data["policies"])),
        near=tuple(map(Strategy.from_dict, data["near"])),
        rounds=tuple(Round(tuple(map(Strategy.from_dict, each["drafts"])), each["remark"]) for each in data["rounds"]),
        misread=Misread(**data["misread"]) if data["misread"] else None,
    )


def gist(ask: dict[str, Any]) -> str:
    """What an ask is about, as it was told, on one line; empty where it is none."""
    said = [each["text"] for each in ask.get("conversation", ()) if each["role"] == "customer"]
    return one_line(said[-1] if said else ask.get("situation", ""))
