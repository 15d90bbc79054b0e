"""Moments as people read them: files keep UTC, the screen goes by the machine's clock."""

from __future__ import annotations

from datetime import datetime

from denju.text import one_line


def moment(at: str) -> str:
    """``2026-01-03 03:04`` where the machine is, for ``2026-01-02T18:04:05Z``; any other text as it is, on one line."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):  # a clock ahead of the year 1 or behind 9999 has no such moment
        return one_line(at)
