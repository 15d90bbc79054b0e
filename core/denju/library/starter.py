"""The starter library: what a new user finds, so that everything works at once."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from denju.library.jsonl import load
from denju.library.store import Library
from denju.values import Origin, Strategy, approved, now

FILES = ("quality", "delivery", "sales", "desk", "always")
"""The package's files, in the order in which their strategies are listed."""


def strategies() -> tuple[Strategy, ...]:
    """Every starter strategy, approved by denju, created now."""
    folder = files("denju.data") / "starter"
    return tuple(_ready(each) for name in FILES for each in load((folder / f"{name}.jsonl").read_bytes()).strategies)


def seed(library: Library) -> bool:
    """Fill a library that has no file yet; False, and nothing done, when there is one.

    Raises:
        LibraryError, StorageError: it cannot be read or written.
    """
    return not library.exists and library.begin(strategies())


def _ready(strategy: Strategy) -> Strategy:
    made = replace(strategy, origin=Origin(kind="starter", by="denju"), created=now())
    return approved(made, by="denju", why="starter library", at=made.created)
