"""What a front end does with the library beside reading and writing it: files, texts to edit, care of its file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import IO

    from denju.library.difference import Difference
    from denju.library.editing import Typed
    from denju.library.exchange import Format
    from denju.library.merging import Choice
    from denju.library.parcel import Parcel
    from denju.library.place import Shared
    from denju.library.repair import Repaired, Report
    from denju.library.store import Library, Merged
    from denju.paths import Paths
    from denju.review.reviewing import Reviewing
    from denju.values import Scope, Status, Strategy


class LibraryFront(ABC):
    """The library's part of the workbench."""

    paths: Paths

    @property
    @abstractmethod
    def library(self) -> Library: ...

    @property
    @abstractmethod
    def library_path(self) -> Path: ...

    @property
    @abstractmethod
    def reviewing(self) -> Reviewing: ...

    def share_library(self, folder: Path, group: str) -> Shared:
        """Make a library in ``folder`` that the members of ``group`` work on, and let this user work on it too.

        A new one holds the starter library; the user's own stays where it is. One that is missing though there are
        backups of it is not begun anew: whoever opens it is told.

        Raises:
            UsageError, StorageError: see ``denju.library.place.share``.
            LibraryError: what lies there is no library.
            SettingsError: the settings file cannot be read.
        """
        from denju.library.place import share
        from denju.library.repair import missing
        from denju.library.starter import seed
        from denju.library.store import Library
        from denju.settings import write

        shared = share(folder, group)
        if not missing(shared.library):
            seed(Library(shared.library))
        write(self.paths.settings, "library.path", str(shared.library))
        return shared

    def exported(
        self,
        kind: Format = "jsonl",
        *,
        status: Status | None = None,
        scope: Scope | None = None,
        tag: str | None = None,
        language: str | None = None,
        revisions: bool = False,
    ) -> tuple[bytes, int]:
        """The library as a file, and how many strategies it holds; ``revisions`` adds the older ones of each.

        What is newer than a revision that was asked for stays here: whoever imports approves the newest of each.
        """
        from denju.library.exchange import dump

        found = self.library.all(status=status, scope=scope, tag=tag, language=language)
        if not revisions:
            return dump(found, kind), len(found)
        rows = [old for each in found for old in self.library.revisions(each.id) if old.revision <= each.revision]
        return dump(rows, kind), len(found)

    def format_of(self, name: str) -> Format | None:
        """The format of strategies that a file's name says, if it says one."""
        from denju.library.exchange import format_of

        return format_of(name)

    def parcel(self, source: Path | IO[bytes], kind: Format | None = None) -> Parcel:
        """The strategies of a file; its name, then its first characters tell the format where none is given.

        Raises:
            UsageError: the file is not one of strategies.
            DenjuError: it cannot be read.
        """
        from pathlib import Path

        from denju.library.exchange import load
        from denju.library.parcel import read

        named = self.format_of(source.name) if isinstance(source, Path) else None
        return load(read(source), kind or named)

    def bring_in(
        self,
        parcel: Parcel,
        *,
        by: str,
        approved_by: str | None = None,
        choices: Mapping[str, Choice] | None = None,
        otherwise: Choice | None = None,
        dry_run: bool = False,
    ) -> Merged:
        """Bring in what ``parcel`` found, all of it or nothing; see ``denju.library.parcel.bring_in``.

        Raises:
            ChecksFailed: something that ``approved_by`` should let serve breaks a policy.
            DenjuError: the library cannot be changed, or nobody decided what both sides changed.
        """
        from denju.library.merging import TURNED_DOWN
        from denju.library.parcel import bring_in

        if approved_by:
            self.reviewing.refuse_violations(each for each in parcel.strategies if each.status not in TURNED_DOWN)
        return bring_in(
            self.library, parcel, by=by, approved_by=approved_by, choices=choices, otherwise=otherwise, dry_run=dry_run
        )

    def as_yaml(self, strategy: Strategy) -> str:
        """What a person may change of ``strategy``, to be edited as a text."""
        from denju.library.editing import as_yaml

        return as_yaml(strategy)

    def typed(self, data: bytes, base: Strategy | None = None) -> Typed:
        """A strategy as a person typed it in YAML or JSON: a new one, or ``base`` as it should be.

        Raises:
            UsageError: it is none; the line or the field is named.
        """
        from denju.library.editing import typed

        return typed(data, base)

    def differences(self, before: Strategy, after: Strategy) -> tuple[Difference, ...]:
        """The fields in which two revisions differ."""
        from denju.library.difference import differences

        return differences(before, after)

    def check_library(self) -> Report:
        """Look at every document of the library; nothing is changed.

        Raises:
            LibraryError: its file is none that denju can mend: newer, foreign, not to be read.
        """
        from denju.library.repair import check

        return check(self.library_path)

    def repair_library(self, backup: Path | None = None) -> Repaired:
        """Set a damaged library aside and save what is whole in it, or take ``backup`` in its place.

        Raises:
            NotFound: it is not damaged; or there is no such backup.
            LibraryError, StorageError: nothing can be saved, or nothing written.
        """
        from denju.library.repair import repair

        return repair(self.library_path, backup=backup)
