"""Facets of the library: status, kind, language and tag, each with how many strategies it lets through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import get_args

from denju.values import Scope, Status, Strategy
from denju_tui.locale import Texts
from denju_tui.widgets.row_list import Row


@dataclass(frozen=True, slots=True)
class Facets:
    """One value each, or an empty text that lets everything through."""

    status: str = ""
    scope: str = ""
    language: str = ""
    tag: str = ""

    def admit(self, strategy: Strategy) -> bool:
        return (
            self.status in ("", strategy.status)
            and self.scope in ("", strategy.scope)
            and self.language in ("", strategy.language)
            and (not self.tag or self.tag in strategy.tags)
        )

    def switched(self, key: str) -> Facets:
        """With the value of a row, ``status:draft``, chosen, or no longer chosen."""
        name, _, value = key.partition(":")
        return replace(self, **{name: "" if getattr(self, name) == value else value})

    def shown(self, t: Texts) -> str:
        """What is chosen, in words; empty where everything passes."""
        words = [self.status and t(f"status.{self.status}"), self.scope and t(f"scope.{self.scope}")]
        return "  ".join(filter(None, [*words, self.language, self.tag]))


def facet_rows(strategies: Iterable[Strategy], chosen: Facets, t: Texts) -> list[Row]:
    """A switch for each value that there is; tags by how often they stand."""
    everything = tuple(strategies)
    counts: dict[str, Counter[str]] = {
        "status": Counter(each.status for each in everything),
        "scope": Counter(each.scope for each in everything),
        "language": Counter(each.language for each in everything),
        "tag": Counter(tag for each in everything for tag in each.tags),
    }
    rows: list[Row] = []
    for name, found in counts.items():
        fixed = {"status": get_args(Status), "scope": get_args(Scope)}.get(name)
        ordered = fixed or [value for value, _ in found.most_common()]
        for value in filter(found.__getitem__, ordered):
            word = t(f"{name}.{value}") if fixed else value
            mark = "[x]" if getattr(chosen, name) == value else "[ ]"
            rows.append(Row(f"{name}:{value}", (mark, t(f"facet.{name}"), f"{found[value]:>5,}", word)))
    return rows
