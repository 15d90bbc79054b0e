"""The form of the answer, for providers that hold the model to it. What comes is validated all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


def json_schema(languages: Sequence[str]) -> dict[str, Any]:
    """As JSON Schema, with all that OpenAI's strict mode asks for: every field required, none besides."""
    strategy = {
        **dict.fromkeys(("title", "situation"), _TEXT),
        **dict.fromkeys(("avoid_when", "priorities", "decide", "steps"), _TEXTS),
        "why": _TEXT,
        "cues": _object(dict.fromkeys(languages, _TEXTS)),
        "reason": _TEXT,
    }
    return _object({"strategies": {"type": "array", "items": _object(strategy)}})


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def gemini_schema(languages: Sequence[str]) -> dict[str, Any]:
    """The same in Gemini's dialect: types in capitals, nothing on additional fields."""
    schema: dict[str, Any] = _in_gemini(json_schema(languages))
    return schema


def _in_gemini(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_gemini(item) for item in value]
    if isinstance(value, dict):
        kept = {name: _in_gemini(item) for name, item in value.items() if name != "additionalProperties"}
        if isinstance(kept.get("type"), str):
            kept["type"] = kept["type"].upper()
        return kept
    return value
