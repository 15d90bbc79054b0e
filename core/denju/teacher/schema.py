"""The form of the answer, for providers that hold the model to it. What comes is validated all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}


def json_schema(languages: Sequence[str]) -> dict[str, Any]:
    """As JSON Schema, with all that OpenAI's strict mode asks for: every field required, none besides."""
    return object_of({"strategies": strategies(languages)})


def strategies(languages: Sequence[str]) -> dict[str, Any]:
    """A list of strategies."""
    strategy = {
        **dict.fromkeys(("title", "situation"), TEXT),
        **dict.fromkeys(("avoid_when", "priorities", "decide", "steps"), TEXTS),
        "why": TEXT,
        "cues": object_of(dict.fromkeys(languages, TEXTS)),
        "reason": TEXT,
    }
    return {"type": "array", "items": object_of(strategy)}


def object_of(fields: dict[str, Any]) -> dict[str, Any]:
    """An object with these fields, all required, and no others."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def in_gemini(value: Any) -> Any:
    """A schema in Gemini's dialect: types in capitals, nothing on additional fields."""
    if isinstance(value, list):
        return [in_gemini(item) for item in value]
    if isinstance(value, dict):
        kept = {name: in_gemini(item) for name, item in value.items() if name != "additionalProperties"}
        if isinstance(kept.get("type"), str):
            kept["type"] = kept["type"].upper()
        return kept
    return value
