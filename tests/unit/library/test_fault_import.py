"""A sample of the odd files of scripts/fault_import.py; the script itself runs them all."""

from __future__ import annotations

from pathlib import Path

import fault_import


def test_odd_files_are_refused_in_one_line_and_change_nothing(tmp_path: Path) -> None:
    results = list(fault_import.run(tmp_path, quick=True))
    assert len(results) >= 12
    assert not [(each.name, each.wrong, each.told) for each in results if each.wrong]


def test_the_whole_list_is_long_enough() -> None:
    assert len(fault_import.ODD) >= 25
