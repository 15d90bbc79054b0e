"""A run from its plan to its result: situations, drafts from contrasts, the gate, the sealed end.

Everything that costs or takes time is a step of the journal; what lies between the steps follows from them and from
the seed alone. So a run that was stopped anywhere goes on by being run again: done steps are read, not done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from denju.events import LearnEvent
from denju.learning import customers
from denju.learning.calls import Calls
from denju.learning.drafts import Drafter
from denju.learning.folder import Folder
from denju.learning.held_out import HeldOut
from denju.learning.plan import Plan
from denju.learning.shelf import Desk
from denju.learning.situations import PURPOSES, Situation
from denju.learning.steps import Steps
from denju.learning.work import Work


def run(
    folder: Folder, plan: Plan, *, by: str, steps: Steps, calls: Calls, desk: Desk,
    tell: Callable[[LearnEvent], None],
) -> dict[str, Any]:  # fmt: skip
    """Run to the end; returns the result. Whoever calls puts it into the folder: then the run counts as finished.

    Raises:
        DenjuError: the run pauses. What is done stays done.
    """
    evaluates = plan.kind == "evaluate"
    base = folder.planted() if evaluates else folder.base()
    work = Work(plan, base, steps=steps, calls=calls, desk=desk, tell=tell)
    parted: dict[str, list[Situation]] = {purpose: [] for purpose in PURPOSES}
    for each in customers.situations(work, folder.given(), base):
        parted[each.purpose].append(each)
    work.stage = "drafts"
    drafter = Drafter(work, by, base)
    for each in parted["train"]:
        drafter.learn(each)
    made, dropped = drafter.chosen()
    work.stage = "gate"
    held_out = HeldOut(work, base)
    judged = held_out.gate(parted["gate"], made if evaluates else [*made, *folder.planted()])
    better = [draft for draft, verdict in judged if verdict.name == "better"]
    work.stage = "sealed"
    # Where nothing was learnt they stay sealed.
    sealed = held_out.sealed(parted["sealed"] if better or evaluates else (), [*base, *better])
    return {
        "drafts": [{"strategy": each.to_dict(), **verdict.to_dict()} for each, verdict in judged],
        "dropped": [each.to_dict() for each in dropped],
        "contrasts": drafter.contrasts,
        "situations": {purpose: len(members) for purpose, members in parted.items()},
        "pairs": held_out.pairs,
        "unjudged": held_out.unjudged,
        "sealed": sealed,
        "failures": dict(Counter(work.failures.values())),
        "spent": asdict(steps.spent),
        "seconds": round(steps.seconds),
    }
