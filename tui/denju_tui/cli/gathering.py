"""Options that belong together, written once: a command takes them as one dataclass."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from inspect import Parameter, Signature, signature
from typing import Any, cast, get_type_hints


def gathered(command: Callable[..., None]) -> Callable[..., None]:
    """Spread every dataclass among the parameters of ``command`` into options, one for each of its fields."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {
        name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)
    }
    options: list[Parameter] = []
    for name, own in signature(command).parameters.items():
        if name not in groups:
            options.append(own.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name]))
            continue
        kinds = get_type_hints(groups[name], include_extras=True)
        options += [
            Parameter(each.name, Parameter.KEYWORD_ONLY, default=each.default, annotation=kinds[each.name])
            for each in fields(groups[name])
        ]

    @functools.wraps(command)
    def spread(**given: Any) -> None:
        made = {
            name: kind(**{each.name: given.pop(each.name) for each in fields(kind)}) for name, kind in groups.items()
        }
        command(**made, **given)

    cast("Any", spread).__signature__ = Signature(options)  # this and the next are what typer reads
    spread.__annotations__ = {each.name: each.annotation for each in options}
    return spread
