"""One state of a library: what serves while a run lasts, whatever people change meanwhile."""

from __future__ import annotations

from functools import cached_property

from denju.answering.ask import Serving
from denju.answering.batch.job import library_digest
from denju.errors import NotFound
from denju.values import Strategy


class Snapshot:
    """A ``Serving`` (see ``ask``) that stays as it was."""

    def __init__(self, serving: tuple[Strategy, ...], library: Serving | None = None) -> None:
        """``library`` tells why a strategy that does not serve cannot be followed."""
        self._serving, self._library = serving, library

    def serving(self) -> tuple[Strategy, ...]:
        """See ``Serving.serving``."""
        return self._serving

    def get(self, strategy_id: str, *, revision: int | None = None) -> Strategy:
        """The approved revision of a strategy, by its id or a unique prefix; of one that does not serve the newest.

        Raises:
            NotFound: no strategy, or several, begin with it, or it serves only since then.
        """
        found = [each for each in self._serving if each.id == strategy_id]
        found = found or [each for each in self._serving if strategy_id and each.id.startswith(strategy_id)]
        if len(found) == 1 and revision in (None, found[0].revision):
            return found[0]
        if self._library is None:
            raise NotFound(f"No strategy {strategy_id!r} serves.", "denju library list shows those that do.")
        other = self._library.get(strategy_id, revision=revision)
        if other.status == "approved":
            raise NotFound(
                f"{other.id} did not serve yet when the run began.",
                "Answer the row again, from a file, with --retry-failed and --despite-changes.",
            )
        return other

    @cached_property
    def digest(self) -> str:
        """Of all that serves."""
        return library_digest(self._serving)
