"""A strategy, what two revisions differ in, and what checks found, as text for a person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from denju.values import Strategy
    from denju.workbench import Difference, Finding
    from denju_tui.locale import Texts

_NUMBERED = ("steps", "priorities")


def strategy_as_text(strategy: Strategy, t: Texts) -> str:
    """Everything that a reviewer reads, a heading a field; empty fields are left out."""
    head = [strategy.title, f"{strategy.id}  {strategy.status}  {strategy.scope}  {strategy.language}"]
    head.append(t("library.revision_of", revision=strategy.revision, created=strategy.created))
    parts = ["\n".join(head)]
    for name in ("situation", "avoid_when", "priorities", "decide", "steps", "why", "cues", "tags"):
        value: str | tuple[str, ...] = getattr(strategy, name)
        if not value:
            continue
        if isinstance(value, str):
            body = f"  {value}"
        elif name in _NUMBERED:
            body = "\n".join(f"  {number}. {item}" for number, item in enumerate(value, start=1))
        else:
            body = "\n".join(f"  - {item}" for item in value)
        parts.append(f"{t(f'strategy.{name}')}\n{body}")
    checks = [("never", strategy.check.never), ("always", strategy.check.always)]
    parts += [
        f"{t(f'strategy.{name}')}\n" + "\n".join(f"  - {rule}" for rule in rules) for name, rules in checks if rules
    ]
    if strategy.reviews:
        lines = (f"  {each.at}  {each.verdict}  {each.by}  {each.why}" for each in strategy.reviews)
        parts.append(f"{t('strategy.reviews')}\n" + "\n".join(lines))
    return "\n\n".join(parts)


def differences_as_text(differences: Iterable[Difference], t: Texts) -> str:
    """A heading a field; what went has a minus in front, what came a plus, and what stays in a list a space."""
    return "\n".join(line for each in differences for line in _difference(each, t))


def findings_as_text(findings: Iterable[Finding], t: Texts) -> str:
    """A line a finding, its weight first."""
    return "\n".join(f"{t(f'review.{each.severity}')}  {finding_as_text(each, t)}" for each in findings)


def finding_as_text(finding: Finding, t: Texts) -> str:
    """What a check found, in words."""
    values = dict(finding.values)
    if "field" in values:
        values["field"] = t(f"strategy.{values['field']}")
    return t(f"review.{finding.check}_{finding.said}", **values)


def _difference(difference: Difference, t: Texts) -> Iterator[str]:
    from difflib import SequenceMatcher

    name = difference.field
    yield t(f"strategy.{name.removeprefix('check.')}") if not name.startswith("extra.") else name
    before, after = _items(difference.before), _items(difference.after)
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (f"    {item}" for item in before[start:end])
            continue
        yield from (f"  - {item}" for item in before[start:end])
        yield from (f"  + {item}" for item in after[new_start:new_end])


def _items(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return value.split("\n")
    if isinstance(value, list):
        return [" ".join(each.split()) if isinstance(each, str) else json.dumps(each) for each in value]
    return [json.dumps(value, ensure_ascii=False)]
