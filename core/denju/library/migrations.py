"""Older forms of ``library.json``: numbered, append-only, each tested with a stored file of its form.

A file of an older form is read as the newest one, and written so by the next change, which keeps the old file in
``backups/`` for good (see ``storage``). So a migration is never half done: the file is the old one or the new one.

====  ==========================================================================
form  what it brought
====  ==========================================================================
1     one document a line; the digest is that of all bytes after the header
2     the digest is made of the lines' own, so that a change need not hash the file
====  ==========================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from denju.library.form import Tables

SCHEMA = 2
"""The newest form."""
WHOLE_BODY = 1
"""The form whose digest is that of all bytes after the header."""


def _documents_as_they_are(tables: Tables) -> Tables:
    return tables


MIGRATIONS: Mapping[int, Callable[[Tables], Tables]] = {1: _documents_as_they_are}
"""What makes the tables of one form those of the next."""


def digest_of_body(schema: int, generation: int, body: bytes) -> str:
    """The digest of form 1."""
    digest = hashlib.sha256(f"{schema} {generation}\n".encode())
    digest.update(body)
    return f"sha256:{digest.hexdigest()}"


def digest_of_lines(schema: int, generation: int, digests: Sequence[bytes]) -> str:
    """The digest since form 2, of the sha256 of each line after the header."""
    digest = hashlib.sha256(f"{schema} {generation}\n".encode())
    digest.update(b"".join(digests))
    return f"sha256:{digest.hexdigest()}"
