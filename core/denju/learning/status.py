"""Where a run stands, as its folder tells any process that looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from denju.egress.lock import try_locked
from denju.errors import NeedsConsent
from denju.events import LearnStage
from denju.learning.folder import Folder
from denju.learning.plan import Plan
from denju.learning.steps import Steps

State = Literal["planned", "running", "paused", "finished"]
_STAGES: dict[str, LearnStage] = {
    "topics": "situations", "customers": "situations", "turn": "situations", "try": "drafts", "contrast": "drafts",
    "without": "gate", "with": "gate", "general": "gate", "sealed": "sealed",
}  # fmt: skip
"""By the first part of a step's name; judgements belong to what was tried before them."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where one run stands."""

    plan: Plan
    state: State
    done: int
    """Steps in the journal."""
    calls: int
    money: float
    """Spent, in USD."""
    pid: int | None = None
    """The process that runs it now."""
    stopped: dict[str, str] | None = None
    """Why it paused: kind, message, hint."""
    stage: LearnStage | None = None
    """What the newest step belongs to."""
    seconds_left: float | None = None
    """At most, at the pace so far; ``None`` where it does not run."""


def status_of(place: Folder) -> RunStatus:
    """Where the run in ``place`` stands.

    Raises:
        NotFound: there is none.
    """
    steps = Steps(place.journal)
    with try_locked(place.lock) as free:
        pid = None if free else place.pid()
    begun = len(steps) or _has_yes(place)  # its first call may have failed
    state: State = "running" if pid else "finished" if place.result() else "paused" if begun else "planned"
    stopped = None if pid else place.why_stopped()
    plan, done, spent = place.plan(), len(steps), steps.spent
    names = reversed([name.partition("/")[0] for name, _ in steps.items()])
    stage = next((_STAGES[each] for each in names if each in _STAGES), None)
    left = steps.seconds / done * max(0, plan.steps - done) if pid and done else None
    return RunStatus(plan, state, done, spent.calls, spent.money, pid, stopped, stage, left)


def _has_yes(place: Folder) -> bool:
    try:
        place.yes()
    except NeedsConsent:
        return False
    return True
