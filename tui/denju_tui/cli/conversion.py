"""Arguments as values, without pydantic: Typer 0.29 converts each one with it, and loading it is a fifth of an ``ask``.

A Typer that does not look for ``_runtime_param`` converts in its own way, to the same values.
"""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

import typer


def convert_plainly(command: Any, parent: Any = None) -> None:
    """Let ``command`` and all below it convert with ``Plain``; ``parent`` is the context of its group."""
    context = command.context_class(command, parent=parent, **command.context_settings)
    for parameter in command.get_params(context):
        if hasattr(parameter, "_runtime_param"):
            parameter._runtime_param = Plain(parameter.type_descriptor)
    for each in getattr(command, "commands", {}).values():
        convert_plainly(each, context)


class Plain:
    """The conversion of one parameter: text, number with bounds, choice, path, flag, or a list of texts."""

    def __init__(self, described: Any) -> None:
        self._described = described

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """``value`` as the command takes it; ``None`` is what was not given.

        Raises:
            typer.BadParameter: it is not of the parameter's type, or out of bounds.
        """
        if self._described.is_list:
            return [self._one(each, param, ctx) for each in value or ()]
        return None if value is None else self._one(value, param, ctx)

    def _one(self, value: Any, param: Any, ctx: Any) -> Any:
        choices, kind = self._described.choices, self._described.annotation
        if choices is not None:
            if value not in choices:
                raise typer.BadParameter(f"{value!r} is not one of {', '.join(choices)}.", ctx=ctx, param=param)
            return value
        if kind is Path:
            return Path(value)
        return self._number(kind, value, param, ctx) if kind in (int, float) else value

    def _number(self, kind: type[int | float], value: Any, param: Any, ctx: Any) -> float:
        least, most = self._described.parameter_info.min, self._described.parameter_info.max
        try:
            number = kind(value)
            if not isfinite(number):
                raise ValueError
        except ValueError:
            what = f"{value!r} is not a whole number." if kind is int else f"{value!r} is not a number."
            raise typer.BadParameter(what, ctx=ctx, param=param) from None
        if (least is not None and number < least) or (most is not None and number > most):
            what = f"{number:,} is out of bounds: at least {least:,}."
            if most is not None:
                what = f"{number:,} is out of bounds: {least:,} to {most:,}."
            raise typer.BadParameter(what, ctx=ctx, param=param)
        return number
