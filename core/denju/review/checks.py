"""Every check of one strategy before it may serve, and the verdicts that rest on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from denju.errors import ChecksFailed, Conflict, StudentError
from denju.library.store import Library
from denju.review import resemblance, wording
from denju.review.findings import CHECKS, Finding
from denju.values import Strategy

if TYPE_CHECKING:
    from denju.privacy.terms import Terms

CONVERSATION = 0.25
"""Share of the student's context that must be left for the conversation, beside the room for the answer."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the guidance takes of a student's context, in tokens."""

    guidance: int
    """Everything but the conversation: policies, general guidance, the strategy."""
    available: int
    """Context less the room for the answer."""
    context: int


class TokenCounter(Protocol):
    """Counts what a strategy takes of the student's context, laid out as it will be in the prompt."""

    def room(self, strategy: Strategy, always: Sequence[Strategy]) -> Room:
        """``always`` are the policies and the general guidance that stand beside it.

        Raises:
            StudentError: no student can be loaded.
        """


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
            others = [each for each in self._always if each.id != strategy.id]
            room = self._counter.room(strategy, others)
        except StudentError as error:
            return Finding("context", "unknown", "unknown", {"why": error.what})
        left = room.available - room.guidance
        values: dict[str, str | int] = {"guidance": room.guidance, "left": left, "context": room.context}
        if left < CONVERSATION * room.context:
            return Finding("context", "crowded", "warning", values)
        return Finding("context", "fits", "ok", values)


def approve(
    library: Library, strategy: Strategy, findings: Sequence[Finding], *, by: str, why: str = "", override: str = ""
) -> Strategy:
    """Let this revision serve, with who, when and why; ``override`` is the written reason to do so all the same.

    Raises:
        ChecksFailed: a check speaks against it, and no reason was written, or none can be.
        Conflict: it is no longer the newest revision, or was changed meanwhile.
        UsageError: it is neither a draft nor retired.
    """
    never = _names(each for each in findings if not each.overridable)
    against = _names(each for each in findings if each.severity == "warning")
    if never:
        what = f"{strategy.id}: not approved ({', '.join(never)}); no reason overrides this."
        raise ChecksFailed(what, f"denju review show {strategy.id} says what was found; denju library edit mends it.")
    if against and not override.strip():
        what = f"{strategy.id}: not approved ({', '.join(against)})."
        hint = f"denju review show {strategy.id} says what was found; --override REASON approves it all the same."
        raise ChecksFailed(what, hint)
    if library.get(strategy.id, revision=strategy.revision) != strategy:
        raise Conflict(f"{strategy.id}: changed while it was looked at.", "Look at it once more.")
    said = [why.strip(), f"despite {', '.join(against)}: {override.strip()}" if against else ""]
    reason = "; ".join(filter(None, said))
    return library.review(strategy.id, revision=strategy.revision, verdict="approved", by=by, why=reason)


def _names(findings: Iterable[Finding]) -> list[str]:
    return list(dict.fromkeys(each.check for each in findings))
