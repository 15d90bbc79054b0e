"""What the Learning pane knows: the runs of this user, in whatever process they are, and whether there is a teacher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from denju_tui.launching import Launched

if TYPE_CHECKING:
    from denju.workbench import RunStatus, Workbench

RunState = Literal["starting", "planned", "running", "paused", "finished", "refused"]
Lack = Literal["", "offline", "no_teacher", "no_key"]
"""Why nothing could leave."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as it stands now."""

    status: RunStatus
    state: RunState
    said: str = ""
    """Why it did not start."""

    @property
    def id(self) -> str:
        return self.status.plan.id

    @property
    def active(self) -> bool:
        return self.state in ("starting", "running")

    @property
    def share(self) -> float:
        """How much of it is done, of what it takes at most."""
        return self.status.done / self.status.plan.steps if self.status.plan.steps else 0.0

    @property
    def unsure(self) -> bool:
        """Whether it paused because a call may have arrived, and waits for a person's word."""
        stopped = self.status.stopped
        return self.state == "paused" and stopped is not None and stopped["kind"] == "needs_consent"


def run_of(status: RunStatus, launched: Launched | None) -> Run:
    """A run with what its command said, where that did not get so far as to say it in the run's folder."""
    code = launched.code() if launched else None
    if launched is not None and status.state != "running":
        if code is None:
            return Run(status, "starting")
        if code and status.stopped is None and status.state != "finished":
            return Run(status, "refused", launched.said())
    return Run(status, status.state)


def lack_of(workbench: Workbench) -> Lack:
    """What is missing for a run to begin, as far as the settings tell."""
    settings = workbench.settings
    if settings.flag("network.offline"):
        return "offline"
    provider, near = settings.text("teacher.provider"), settings.text("teacher.base_url")
    if provider == "openai" and not settings.text("teacher.model"):
        return "no_teacher"
    return "" if near or workbench.keys.find(provider) else "no_key"
