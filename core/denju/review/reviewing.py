"""The verdicts of people, and that none is given over a check that speaks against it without a written reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

from denju.errors import ChecksFailed, Conflict, UsageError
from denju.library.store import Library
from denju.review.checks import Checks
from denju.review.findings import NAMES, Finding
from denju.review.queue import Waiting
from denju.values import Strategy


class Reviewing:
    """Look at drafts, and say what becomes of them. Ids may be given by their first characters."""

    def __init__(self, library: Library, make_checks: Callable[[], Checks]) -> None:
        """``make_checks`` is called for each new state of the library."""
        self._library = library
        self._make_checks = make_checks
        self._checks: tuple[str, Checks] | None = None
        self._making = threading.Lock()
        """One at a time: checks that another thread made of the same library would look like a change of it."""

    def pending(self) -> tuple[Strategy, ...]:
        """What waits for a verdict: strategies whose newest revision is a draft."""
        return self._library.all(status="draft")

    def queue(self) -> tuple[Waiting, ...]:
        """What waits for a verdict with what serves meanwhile; no check has run yet, so this is quick."""
        serving = {each.id: each for each in self._library.serving()}
        waiting = [Waiting(each, serving.get(each.id)) for each in self.pending()]
        return tuple(sorted(waiting, key=Waiting.risk, reverse=True))

    def checked(self, cancel: threading.Event) -> Iterator[Waiting]:
        """Every draft of the queue with what the checks say of it, one at a time, until ``cancel``."""
        for each in self.queue():
            if cancel.is_set():
                return
            yield Waiting(each.draft, each.serving, self.findings(each.draft))

    def findings(self, strategy: Strategy) -> tuple[Finding, ...]:
        """What every check says of ``strategy``, which need not be stored."""
        return self._current_checks().run(strategy)

    def approve(
        self, strategy_id: str, *, by: str, why: str = "", override: str = "", revision: int | None = None
    ) -> Strategy:
        """Let a draft serve, or one that was retired again; the newest revision where none is named.

        ``override`` is the written reason to do so although a check warns.

        Raises:
            NotFound: no such strategy or revision.
            ChecksFailed: a check speaks against it, and no reason was written, or none can be.
            Conflict: it is no longer the newest revision, or the library was changed meanwhile.
            UsageError: it is neither a draft nor retired.
        """
        strategy = self._library.get(strategy_id, revision=revision)
        if strategy.status not in ("draft", "retired"):
            what = f"{strategy.id}, revision {strategy.revision} is {strategy.status}; there is nothing to approve."
            raise UsageError(what, f"denju library edit {strategy.id} makes a new draft.")
        checks = self._current_checks()
        against = _held_against(strategy, checks.run(strategy), override)
        if self._checks != (self._library.digest, checks):
            raise Conflict("The library was changed while it was looked at.", "Look at it once more.")
        reason = "; ".join(filter(None, [why.strip(), against]))
        return self._library.review(strategy.id, revision=strategy.revision, verdict="approved", by=by, why=reason)

    def reject(self, strategy_id: str, *, by: str, why: str, revision: int | None = None) -> Strategy:
        """Say that a draft, the newest revision where none is named, shall not serve, and why.

        Raises:
            NotFound: no such strategy or revision.
            Conflict: it is no longer the newest revision.
            UsageError: it is no draft, or there is no reason.
        """
        strategy = self._library.get(strategy_id, revision=revision)
        return self._library.review(strategy.id, revision=strategy.revision, verdict="rejected", by=by, why=why)

    def approve_clean(self, drafts: Iterable[Strategy], *, by: str, cancel: threading.Event) -> Iterator[Strategy]:
        """Approve those of ``drafts`` against which no check says anything, each as it is then, until ``cancel``.

        Every approval may speak against the next one, so the checks run anew for each.

        Raises:
            Conflict: one of them was changed meanwhile.
        """
        for each in drafts:
            if cancel.is_set():
                return
            if Waiting(each, None, self.findings(each)).clean:
                yield self.approve(each.id, by=by, revision=each.revision)

    def undo(self, strategy: Strategy, *, by: str) -> Strategy:
        """Take back the newest verdict on ``strategy``, which is then what it was before.

        Raises:
            Conflict: a newer revision has been built on it, or another verdict was given or taken back since.
            UsageError: it was not ``by`` who gave it, or there is none.
        """
        return self._library.take_back(strategy, by=by)

    def retire(self, strategy_id: str, *, by: str, why: str = "") -> Strategy:
        """Take the revision that serves out of service.

        Raises:
            NotFound: no such strategy.
            UsageError: none of its revisions serves.
        """
        newest = self._library.get(strategy_id)
        serving = next((each for each in self._library.serving() if each.id == newest.id), None)
        if serving is None:
            raise UsageError(f"{newest.id} does not serve.", f"denju library history {newest.id} shows its revisions.")
        return self._library.review(serving.id, revision=serving.revision, verdict="retired", by=by, why=why)

    def refuse_violations(self, strategies: Iterable[Strategy]) -> None:
        """For strategies that an import approves: nobody overrides a policy on the way in either.

        Raises:
            ChecksFailed: one breaks a policy or holds a secret.
        """
        checks = self._current_checks()
        for each in strategies:
            never = _checks_of(finding for finding in checks.never_passed(each) if not finding.overridable)
            if never:
                what = f"{each.id}: cannot be approved ({_named(never)}); nothing was imported."
                raise ChecksFailed(what, "Import without --approve, then denju review show says what was found.")

    def _current_checks(self) -> Checks:
        with self._making:
            digest = self._library.digest
            if self._checks is None or self._checks[0] != digest:
                self._checks = digest, self._make_checks()
            return self._checks[1]


def _held_against(strategy: Strategy, findings: Sequence[Finding], override: str) -> str:
    """What is to be written of the checks that warn; nothing where none does."""
    show = f"denju review show {strategy.id} says what was found"
    if never := _checks_of(each for each in findings if not each.overridable):
        what = f"{strategy.id}: not approved ({_named(never)}); no reason overrides this."
        raise ChecksFailed(what, f"{show}; denju library edit mends it.")
    warned = _checks_of(each for each in findings if each.severity == "warning")
    if warned and not override.strip():
        what = f"{strategy.id}: not approved ({_named(warned)})."
        raise ChecksFailed(what, f"{show}; --override REASON approves it all the same.")
    return f"despite {', '.join(warned)}: {override.strip()}" if warned else ""


def _checks_of(findings: Iterable[Finding]) -> list[str]:
    return list(dict.fromkeys(each.check for each in findings))


def _named(checks: Iterable[str]) -> str:
    return "; ".join(NAMES[each] for each in checks)
