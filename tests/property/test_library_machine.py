"""Any order of changes, through two openings of one file, against a plain dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from denju.errors import Conflict, NotFound, UsageError
from denju.library.store import Library
from denju.values import Strategy

EXAMPLES, STEPS = 240, 50

ids = st.sampled_from(["a", "ab", "abc", "b", "部品"])
titles = st.sampled_from(["Late", "傷", "x\ty", "\u3000", '"\\']).filter(str.strip)
who = st.integers(0, 1)


class LibraryMachine(RuleBasedStateMachine):
    """The model: by id the revisions, oldest first, each a title and a status; and the ids that are gone for good."""

    steps = 0
    """Steps that were taken, in all runs."""

    def __init__(self) -> None:
        super().__init__()
        LibraryMachine.steps -= 1  # the model is looked at once before the first step
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        path = self.folder / "library.json"
        self.libraries = [Library(path), Library(path)]
        self.model: dict[str, list[list[str]]] = {}
        self.deleted: set[str] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(who=who, strategy_id=ids, title=titles)
    def add(self, who: int, strategy_id: str, title: str) -> None:
        new = Strategy(id=strategy_id, title=title, situation="x")
        try:
            self.libraries[who].add([new])
        except Conflict:
            assert strategy_id in self.model or strategy_id in self.deleted
        else:
            assert strategy_id not in self.model
            assert strategy_id not in self.deleted
            self.model[strategy_id] = [[title, "draft"]]

    @rule(who=who, strategy_id=ids, title=titles, back=st.integers(0, 1))
    def revise(self, who: int, strategy_id: str, title: str, back: int) -> None:
        full = self._found(strategy_id)
        base = len(self.model[full] if full else [[]]) - back
        try:
            self.libraries[who].revise(Strategy(id=strategy_id, title=title, situation="x"), base_revision=base)
        except NotFound:
            assert full is None
        except Conflict:
            assert back
        else:
            assert full
            assert not back
            self.model[full].append([title, "draft"])

    @rule(who=who, strategy_id=ids, verdict=st.sampled_from(["approved", "rejected", "retired"]))
    def review(self, who: int, strategy_id: str, verdict: str) -> None:
        full = self._found(strategy_id)
        newest = len(self.model[full]) if full else 1
        allowed = {"approved": ("draft", "retired"), "rejected": ("draft",), "retired": ("approved",)}[verdict]
        try:
            self.libraries[who].review(strategy_id, revision=newest, verdict=verdict, by="sato", why="ok")  # type: ignore[arg-type]
        except NotFound:
            assert full is None
        except UsageError:
            assert full
            assert self.model[full][-1][1] not in allowed
        else:
            assert full
            assert self.model[full][-1][1] in allowed
            self.model[full][-1][1] = verdict

    @rule(who=who, strategy_id=ids)
    def delete(self, who: int, strategy_id: str) -> None:
        full = self._found(strategy_id)
        try:
            gone = self.libraries[who].delete(strategy_id, by="sato")
        except NotFound:
            assert full is None
        else:
            assert gone == full
            del self.model[gone]
            self.deleted.add(gone)

    @rule(who=who)
    def open_anew(self, who: int) -> None:
        self.libraries[who] = Library(self.libraries[who].path)

    @rule(who=who)
    def edit_by_hand(self, who: int) -> None:
        """An editor moves the commas, which says nothing else."""
        path = self.libraries[who].path
        if path.exists():
            path.write_bytes(path.read_bytes().replace(b'},\n"', b'}\n,"'))

    @invariant()
    def both_say_what_the_model_says(self) -> None:
        LibraryMachine.steps += 1
        for library in self.libraries:
            said = {each.id: [[one.title, one.status] for one in library.revisions(each.id)] for each in library.all()}
            assert said == self.model
            assert {each.id for each in library.serving()} == {
                name for name, revisions in self.model.items() if _serves(revisions)
            }

    def _found(self, strategy_id: str) -> str | None:
        if strategy_id in self.model:
            return strategy_id
        if strategy_id in self.deleted:
            return None
        starting = [each for each in self.model if each.startswith(strategy_id)]
        return starting[0] if len(starting) == 1 else None


def _serves(revisions: list[list[str]]) -> bool:
    decided = [status for _, status in revisions if status in ("approved", "retired")]
    return bool(decided) and decided[-1] == "approved"


def test_ten_thousand_steps_in_any_order_say_what_the_model_says() -> None:
    run_state_machine_as_test(
        LibraryMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert LibraryMachine.steps >= 10_000
