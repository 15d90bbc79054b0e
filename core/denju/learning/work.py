"""The steps of one run: all that costs or takes time goes through here, and into the journal, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from denju.answering.ask import in_language
from denju.events import LearnEvent, Learning, LearnStage
from denju.learning.calls import Called, Calls
from denju.learning.comparing import Judge
from denju.learning.errands import Errand, Reader, Value, conversation, read_text
from denju.learning.plan import Plan
from denju.learning.shelf import Attempt, Desk, Shelf, checked
from denju.learning.steps import Steps
from denju.retrieval.query import spoken_language
from denju.values import Strategy, Turn


class Work:
    """What the parts of a run have done for them. The same name is the same step: it is done once."""

    def __init__(
        self, plan: Plan, serving: Sequence[Strategy], *, steps: Steps, calls: Calls, desk: Desk,
        tell: Callable[[LearnEvent], None],
    ) -> None:  # fmt: skip
        """``serving``: the library that the run begins with, or that it measures."""
        self.plan = plan
        self._rules = [each for each in serving if each.scope == "policy"]
        self.policies = self._in_words(plan.language)
        """The firm's rules in words, for the teacher who drafts and for the judge."""
        self.judge = Judge(self.asked, self.policies, plan.language, plan.seed)
        self.stage: LearnStage = "situations"
        self.failures: dict[str, str] = {}
        """Step → why the teacher's answer could not be used."""
        self._steps, self._calls, self._desk, self._tell = steps, calls, desk, tell

    def asked(self, name: str, errand: Errand, read: Reader[Value]) -> Called[Value]:
        """A step that asks the teacher. What ``read`` returns is kept as JSON.

        Raises:
            DenjuError: the run pauses.
        """

        def work() -> dict[str, Any]:
            called = self._calls(name, errand, read)
            return {"value": called.value, "request": called.request, "failure": called.failure}

        return Called(**self._step(name, work))

    def tried(
        self,
        name: str,
        shelf: Shelf,
        turns: Sequence[Turn],
        *,
        strategy: str | None = None,
        use_strategy: bool = True,
    ) -> Attempt:
        """A step in which the student answers.

        Raises:
            DenjuError: the run pauses.
        """

        def work() -> dict[str, Any]:
            return self._desk.answer(shelf, turns, strategy=strategy, use_strategy=use_strategy).to_dict()

        return Attempt.from_dict(self._step(name, work))

    def taught(self, name: str, turns: Sequence[Turn]) -> Attempt | None:
        """A step in which the teacher answers the customer itself, in the language and by the rules of the student's
        answers; None where what it wrote cannot be used.
        """
        language = spoken_language(turns)
        data = {
            "card": self.told_card(), "policies": list(self._in_words(language)), "conversation": conversation(turns),
        }  # fmt: skip
        called = self.asked(name, Errand("agent", language, data), read_text("answer"))
        return None if called.value is None else checked(called.value, in_language(self._rules, language))

    def told_card(self) -> dict[str, Any]:
        """The card as the teacher sees it; empty where there is none."""
        return self.plan.card.told() if self.plan.card else {}

    def _in_words(self, language: str) -> tuple[str, ...]:
        """The library's policies, each in ``language`` where there is one in it; without any, the card's."""
        written = tuple(step for each in in_language(self._rules, language) for step in each.steps)
        return written or (self.plan.card.policies if self.plan.card else ())

    def _step(self, name: str, work: Callable[[], Mapping[str, Any]]) -> Any:
        """One step of the journal, and word of it where it is new."""
        new = self._steps.result(name) is None
        result = self._steps.do(name, work, self._calls.taken)
        if failure := result.get("failure"):
            self.failures[name] = str(failure)
        if new:
            left = max(0, self.plan.steps - len(self._steps))
            seconds = self._steps.seconds / len(self._steps) * left
            self._tell(Learning(self.stage, len(self._steps), max(self.plan.steps, len(self._steps)), seconds))
        return result
