"""What a check found: never a mere yes or no, always with what it was seen by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["ok", "notice", "unknown", "warning", "violation"]
"""``warning`` needs a written reason to approve all the same; over a ``violation`` nobody approves."""

CHECKS = {
    "policy": ("kept", "broken", "invalid"),
    "secret": ("none", "found"),
    "duplicate": ("none", "found"),
    "contradiction": ("none", "order", "forbidden", "forbids"),
    "context": ("fits", "crowded", "unknown"),
    "customer_data": ("none", "found"),
    "ticket": ("none", "copied"),
    "reply": ("none", "found"),
    "own_cues": ("all", "some", "few", "no_cues"),
}
"""Every check, in the order of its weight, with all that it can say."""

NAMES = {
    "policy": "a policy",
    "secret": "a key or a password",
    "duplicate": "nearly the same as another",
    "contradiction": "a contradiction",
    "context": "its length",
    "customer_data": "a customer's data",
    "ticket": "a copied sentence",
    "reply": "worded as a reply",
    "own_cues": "its cues",
}
"""What an error calls a check."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that one check says of a strategy."""

    check: str
    """A name of ``CHECKS``."""
    said: str
    """Which of the check's results it is; the front end has a text for each ``check`` and ``said``."""
    severity: Severity
    values: Mapping[str, str | int] = field(default_factory=dict)
    """What fills the text: the other strategy's id and title, the words that were found …"""

    @property
    def overridable(self) -> bool:
        """Whether a written reason lets a person approve all the same."""
        return self.severity != "violation"

    def to_dict(self) -> dict[str, object]:
        """``{"check", "said", "severity", "overridable", "values"}``."""
        return {
            "check": self.check,
            "said": self.said,
            "severity": self.severity,
            "overridable": self.overridable,
            "values": dict(self.values),
        }


def quoted(text: str, most: int = 60) -> str:
    """``text`` on one line, short enough to stand in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
