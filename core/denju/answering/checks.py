"""The policies' checks, which every answer has to pass."""

from __future__ import annotations

from collections.abc import Iterable

from denju.text import pattern
from denju.values import PolicyResult, Strategy


def run_policies(policies: Iterable[Strategy], answer: str) -> tuple[PolicyResult, ...]:
    """Hold ``answer`` against each policy's ``never`` and ``always`` expressions.

    An expression that is not valid counts as broken: a rule that cannot be checked must not pass in silence.
    """
    return tuple(
        PolicyResult(id=policy.id, revision=policy.revision, ok=not why, why=why)
        for policy in policies
        for why in (_broken(policy, answer),)
    )


def _broken(policy: Strategy, answer: str) -> str:
    rule = policy.steps[0] if policy.steps else policy.title
    for wanted, expressions in ((False, policy.check.never), (True, policy.check.always)):
        for expression in expressions:
            try:
                found = pattern(expression).search(answer)
            except ValueError as error:
                return f"{rule} (cannot be checked: {error})"
            if found and not wanted:
                return f"{rule}: {found.group()[:80]}"
            if wanted and not found:
                return rule
    return ""
