"""The drafts that wait for a verdict, those that could do most harm first."""

from __future__ import annotations

from dataclasses import dataclass

from denju.review.findings import Finding, Severity
from denju.values import Strategy

_WEIGHT: dict[Severity, int] = {"violation": 4, "warning": 3, "unknown": 2, "notice": 1, "ok": 0}
_REACH = {"policy": 2, "general": 1, "scenario": 0}
"""What stands in every prompt does more harm than what is found now and then."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One draft of the queue."""

    draft: Strategy
    serving: Strategy | None
    """The revision that serves meanwhile."""
    findings: tuple[Finding, ...] = ()
    """What the checks say; empty while they have not run."""

    @property
    def severity(self) -> Severity:
        """The weightiest of what the checks say; ``unknown`` while they have not run."""
        return max((each.severity for each in self.findings), key=_WEIGHT.__getitem__, default="unknown")

    @property
    def clean(self) -> bool:
        """Whether every check ran and none says anything against it, not even a note."""
        return self.severity == "ok"

    def risk(self) -> tuple[int, int, int, bool, bool]:
        """What the queue is ordered by, the greatest first: the checks, its reach, who made it, what it replaces."""
        worst = self.severity
        return (
            _WEIGHT[worst],
            _REACH[self.draft.scope],
            sum(each.severity == worst for each in self.findings),
            self.draft.origin.kind in ("teacher", "import"),
            self.serving is not None,
        )
