"""Where the situations of a plan come from: tickets, the history, the sealed ones of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from denju.answering.history import Entry
from denju.errors import NotFound, UsageError
from denju.learning.folder import Folder
from denju.learning.situations import MAX_TICKETS, Situation, from_history, from_tickets
from denju.paths import storage_error
from denju.privacy.terms import Terms


def situations_of(
    terms: Terms, *, tickets: Path | None = None, entries: Iterable[Entry] = (), run: Folder | None = None
) -> list[Situation]:
    """All of these, abstracted; nothing leaves yet.

    Raises:
        NotFound, UsageError, StorageError: a file is not there, not what it should be, or cannot be read; the run is
            not at its end.
    """
    found = from_history(entries, terms)
    if tickets is not None:
        found += from_tickets(_read(tickets), tickets.name, terms)
    if run is not None:
        found += _sealed(run)
    return found


def _sealed(run: Folder) -> list[Situation]:
    result = run.result()
    if result is None:
        raise NotFound(f"{run.path.name} is not at its end.", "denju learn resume goes on with it.")
    rows = {each["situation"]["id"]: each["situation"] for each in result["pairs"] if "arm" in each}
    if not rows:
        raise UsageError(f"{run.path.name} learnt nothing, so it has no sealed pairs.", "Give --tickets FILE instead.")
    return [Situation.from_dict(each) for each in rows.values()]


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise NotFound(f"{path}: there is no such file.", "Check the path.")
        with path.open("rb") as file:
            data = file.read(MAX_TICKETS + 1)
    except OSError as error:
        raise storage_error(error, path) from error
    if len(data) > MAX_TICKETS:
        raise UsageError(f"{path}: larger than {MAX_TICKETS // 2**20} MB.", "Give a part of it.")
    return data
