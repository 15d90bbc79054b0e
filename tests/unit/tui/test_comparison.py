"""Differences: old beside new, what changed marked, and every cell counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from denju_tui.locale import texts
from denju_tui.widgets.beside import LEAST, Beside
from denju_tui.widgets.comparison import compared
from denju_tui.widgets.plot import ROWS, Bar, Plot
from denju_tui.widgets.sheet import Paragraph


@dataclass
class Difference:
    field: str
    before: Any
    after: Any


def shown(paragraphs, width):
    return [line.plain for paragraph in paragraphs for line in paragraph.lines(width)]


def test_changed_items_stand_beside_each_other_with_the_changed_words_marked():
    [heading, same, changed, added] = compared(
        [Difference("steps", ["apologise", "ask for the lot"], ["apologise", "ask for the order", "call back"])],
        texts("en"),
    )
    assert heading.text == "Steps"
    assert (same.text, same.right.text) == ("apologise", "apologise")
    assert [changed.text[start:end] for start, end, _ in changed.marks] == ["lot"]
    assert [changed.right.text[start:end] for start, end, _ in changed.right.marks] == ["order"]
    assert (added.text, added.lead, added.right.text, added.right.lead) == ("", "", "call back", " + ")


def test_japanese_is_marked_by_the_character_and_lines_fit():
    [_, changed] = compared([Difference("situation", "部品に傷がある", "部品に錆がある")], texts("ja"))
    assert [changed.text[start:end] for start, end, _ in changed.marks] == ["傷"]
    for width in (40, 79, 120):
        assert all(cell_len(line) <= width for line in shown([changed], width))


def test_two_columns_where_there_is_room_and_one_where_not():
    row = Beside("[red", lead=" - ", right=Paragraph("[/]", lead=" + "))
    assert shown([row], LEAST - 1) == [" - [red", " + [/]"]
    [line] = shown([row], LEAST)
    assert line.startswith(" - [red") and line.endswith(" + [/]") and line.index("+") > LEAST // 2
    same = Beside("both", right=Paragraph("both"), once=True)
    assert shown([same], LEAST - 1) == ["both"]


def test_texts_with_nothing_in_common_are_not_marked_in_pieces():
    [_, changed] = compared([Difference("why", "say when it will come", "check whether trucks can drive")], texts("en"))
    assert changed.marks == () and changed.right.marks == ()


def test_bars_reach_the_top_and_whatever_is_there_is_seen():
    plot = Plot()
    plot.show([Bar(0), Bar(1000), Bar(1, 1)], ends=("11-01", "11-03"), top="1,000")
    lines = [line.plain for line in plot._lines(60)]
    assert len(lines) == ROWS + 1
    assert lines[0].startswith("1,000") and "11-01" in lines[-1]
    assert "x" in lines[ROWS - 1] and all("x" not in line for line in lines[: ROWS - 1])
    assert plot._lines(10)
