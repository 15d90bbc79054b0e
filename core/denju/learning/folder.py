"""One run on the disk, with a person's yes to exactly its plan."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from denju.errors import DenjuError, NeedsConsent, NotFound, UsageError
from denju.learning.plan import Plan
from denju.learning.situations import Situation
from denju.paths import replaced, storage_error
from denju.values import Strategy, now


@dataclass(frozen=True, slots=True)
class Yes:
    """A person's yes to one plan."""

    by: str
    at: str
    plan: str
    """``sha256:…`` of the plan's file."""
    budget: float
    """Most money of the run, in USD; 0: only the settings' limits."""


class Folder:
    """One run on the disk: plan, yes, situations, strategies, journal, calls, result."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / "journal.jsonl"
        self.judged = path / "judged.jsonl"
        self.calls = path / "calls"
        self.lock = path / "run.lock"

    def begin(
        self, plan: Plan, given: Sequence[Situation], base: Sequence[Strategy], planted: Sequence[Strategy]
    ) -> None:
        """Put a new plan down; the plan's own file comes last and makes it whole."""
        self._write("situations.json", [each.to_dict() for each in given])
        self._write("base.json", [each.to_dict() for each in base])
        self._write("planted.json", [each.to_dict() for each in planted])
        self._write("plan.json", plan.to_dict())

    def plan(self) -> Plan:
        """The plan.

        Raises:
            NotFound: there is none, or it is not whole.
        """
        try:
            return Plan.from_dict(self._read("plan.json"))
        except (KeyError, TypeError, ValueError, UsageError) as error:
            raise NotFound(f"{self.path}: no plan of a run.", "denju learn status lists the runs.") from error

    def given(self) -> list[Situation]:
        """Situations from history and tickets."""
        return [Situation.from_dict(each) for each in self._read("situations.json")]

    def base(self) -> list[Strategy]:
        """What the library served when the plan was made; what a run measures stays the same while people work."""
        return [Strategy.from_dict(each) for each in self._read("base.json")]

    def planted(self) -> list[Strategy]:
        """A person's drafts that are put to the gate too."""
        return [Strategy.from_dict(each) for each in self._read("planted.json")]

    def agree(self, by: str, budget: float | None = None) -> Yes:
        """A person's yes to the plan as it stands, but for another ``budget``."""
        if not by.strip():
            raise UsageError("A yes needs a name.", "Set it once: denju config set person.name NAME")
        yes = Yes(by.strip(), now(), self._hash(), self.plan().budget if budget is None else budget)
        self._write("yes.json", asdict(yes))
        return yes

    def yes(self) -> Yes:
        """The yes to this plan.

        Raises:
            NeedsConsent: nobody said it, or the plan was changed since.
        """
        try:
            yes = Yes(**self._read("yes.json"))
        except (NotFound, TypeError):
            raise NeedsConsent(
                "Nobody has said yes to this run.", f"Read its plan, then: denju learn run {self.path.name} --yes NAME"
            ) from None
        if yes.plan != self._hash():
            raise NeedsConsent("The plan was changed after the yes.", "Make a new plan: denju learn plan")
        return yes

    def result(self) -> dict[str, Any] | None:
        """What came of it; None where the run is not at its end."""
        return self._read("result.json") if (self.path / "result.json").exists() else None

    def finish(self, result: Mapping[str, Any]) -> None:
        """Put the result down."""
        self._write("result.json", result)

    def stopped(self, error: DenjuError) -> None:
        """Keep why the run paused."""
        self._write("stopped.json", error.to_dict())

    def why_stopped(self) -> dict[str, str] | None:
        """Why it paused: kind, message, hint; None where it did not, or was killed."""
        return self._read("stopped.json") if (self.path / "stopped.json").exists() else None

    def pid(self) -> int | None:
        """The process that ran it last."""
        with contextlib.suppress(NotFound):
            return int(self._read("running.json")["pid"])
        return None

    def write(self, name: str, data: bytes) -> Path:
        """Put a file for people into the folder; returns where it is."""
        path = self.path / name
        try:
            with replaced(path) as file:
                file.write(data)
        except OSError as error:
            raise storage_error(error, path) from error
        return path

    def _hash(self) -> str:
        try:
            return "sha256:" + hashlib.sha256((self.path / "plan.json").read_bytes()).hexdigest()
        except OSError as error:
            raise storage_error(error, self.path / "plan.json") from error

    def _write(self, name: str, data: Any) -> None:
        self.write(name, json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "replace"))

    def _read(self, name: str) -> Any:
        path = self.path / name
        try:
            return json.loads(path.read_bytes())
        except FileNotFoundError:
            raise NotFound(f"{path}: is not there.", "denju learn status lists the runs.") from None
        except ValueError as error:
            raise NotFound(f"{path}: damaged.", "Bring back a copy of it, or make a new plan.") from error
        except OSError as error:
            raise storage_error(error, path) from error
