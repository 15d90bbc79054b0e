"""What one revision says and another does not, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from denju.library.revisions import content_of
from denju.values import Strategy


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with its value on both sides; a list stays a list, a missing value is ``None``."""

    field: str
    """``title``, ``steps`` …, ``check.never``, ``extra.NAME``."""
    before: Any
    after: Any


def differences(before: Strategy, after: Strategy) -> tuple[Difference, ...]:
    """The fields in which two revisions differ, in the order of the JSON form; what was done with them is left out."""
    first, second = _flat(before), _flat(after)
    names = [*first, *(name for name in second if name not in first)]
    return tuple(
        Difference(name, first.get(name), second.get(name))
        for name in names
        if first.get(name) != second.get(name) or (name in first) != (name in second)
    )


def _flat(strategy: Strategy) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in content_of(strategy.to_dict()).items():
        if name in ("check", "extra"):
            flat.update({f"{name}.{inner}": each for inner, each in value.items()})
        else:
            flat[name] = value
    return flat
