"""Every check of one strategy before it may serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from denju.errors import StudentError
from denju.library.store import Library
from denju.review import resemblance, wording
from denju.review.findings import CHECKS, Finding
from denju.values import Strategy

if TYPE_CHECKING:
    from denju.privacy.terms import Terms

CONVERSATION = 0.25
"""Share of the student's context that must be left for the conversation, beside the room for the answer."""


class TokenCounter(Protocol):
    """What a strategy takes of the student's context, laid out as it will be in the prompt; all in tokens.

    Every method may raise ``StudentError``: no student can be loaded.
    """

    def context(self) -> int:
        """What prompt and answer share."""

    def answer(self) -> int:
        """The room that is kept for the answer."""

    def guidance(self, strategy: Strategy, always: Sequence[Strategy]) -> int:
        """All but the conversation: ``strategy`` beside the policies and general guidance of ``always``."""


class Checks:
    """All checks against one state of the library; made anew for another state."""

    def __init__(
        self,
        library: Library,
        *,
        counter: TokenCounter | None = None,
        terms: Terms | None = None,
        messages: Callable[[], Iterable[str]] = tuple,
        cache: Path | None = None,
    ) -> None:
        """``terms`` are the firm's own words, ``messages`` what customers wrote, ``cache`` the search's index."""
        self._serving = library.serving()
        self._policies = [each for each in self._serving if each.scope == "policy"]
        self._always = [each for each in self._serving if each.scope != "scenario"]
        self._neighbours = resemblance.Neighbours(self._serving, library.all(status="draft"), cache=cache)
        self._counter = counter
        self._terms = terms
        self._messages = messages

    def run(self, strategy: Strategy) -> tuple[Finding, ...]:
        """Every finding, in the order of the checks' weight."""
        found = [
            *self.never_passed(strategy),
            resemblance.duplicate(strategy, self._neighbours),
            *resemblance.contradictions(strategy, self._policies, self._neighbours),
            self._fits(strategy),
            *(each for each in wording.personal_data(strategy, self._terms) if each.check == "customer_data"),
            wording.copied_sentence(strategy, self._messages()),
            wording.pasted_reply(strategy),
        ]
        if own := resemblance.own_cues(strategy, self._neighbours):
            found.append(own)
        return tuple(sorted(found, key=lambda each: [*CHECKS].index(each.check)))

    def never_passed(self, strategy: Strategy) -> tuple[Finding, ...]:
        """The checks over which nobody approves; quick, for an import too."""
        secrets = (each for each in wording.personal_data(strategy, self._terms) if each.check == "secret")
        return (wording.policies_kept(strategy, self._policies), *secrets)

    def _fits(self, strategy: Strategy) -> Finding:
        if self._counter is None:
            return Finding("context", "unknown", "unknown", {"why": "-"})
        try:
            context = self._counter.context()
            guidance = self._counter.guidance(strategy, [each for each in self._always if each.id != strategy.id])
            left = context - self._counter.answer() - guidance
        except StudentError as error:
            return Finding("context", "unknown", "unknown", {"why": error.what})
        values: dict[str, str | int] = {"guidance": guidance, "left": left, "context": context}
        if left < CONVERSATION * context:
            return Finding("context", "crowded", "warning", values)
        return Finding("context", "fits", "ok", values)
