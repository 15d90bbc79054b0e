"""The Overview: every figure opens the rows it was counted from, and a row opens what it stands for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from denju.answering.history import Entry
from denju.values import Answer, Candidate, Tokens, Turn
from denju_tui.locale import texts
from denju_tui.screens import overview_text
from denju_tui.terminal import Terminal
from denju_tui.widgets.plot import Plot
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Sheet

ID = "start-delivery-late-linestop-en"


def used(workbench):
    """Three answers: one that found nothing, one that was rated as bad, and a good one."""
    best = Candidate(workbench.library.get(ID), 2.0, 0.8)
    history = workbench.history
    for number, (match, text) in enumerate([("matched", "late [red"), ("matched", "late again"), ("none", "a cake?")]):
        answer = Answer(
            id=f"r_{number}", answer=f"reply {number}", language="en", match=match,
            strategy=best if match == "matched" else None, tokens=Tokens(completion=20), seconds=2.0,
        )  # fmt: skip
        history.append(answer, [Turn("customer", text)], "app")
    history.rate("r_0", "bad", "too cold [/]")


async def opened_overview(app):
    await app.pilot.press("f8")
    await app.until(lambda: getattr(app.app.screen, "audit", None) is not None)
    return app.app.screen


def value_of(pane, figure):
    return next(row.cells[1].strip() for row in pane.figures._rows if row.key == figure)


async def choose(app, pane, figure):
    await app.down_to(lambda: pane.figures.key == figure)


@pytest.mark.parametrize(("size", "language"), [((120, 40), "en"), ((80, 24), "ja")])
async def test_every_figure_opens_its_rows(opened, size, language):
    async with opened(size=size, language=language, prepare=used) as app:
        pane = await opened_overview(app)
        counts = {name: value_of(pane, name) for name in ("answers", "bad", "used", "drafts", "unmatched")}
        assert counts == {"answers": "3", "bad": "1", "used": "1", "drafts": "0", "unmatched": "33 %"}
        assert value_of(pane, "expected").endswith("%") and "10" in value_of(pane, "speed")
        rows = pane.query_one("#rows", RowList)
        for figure, keys in (("answers", ["r_2", "r_1", "r_0"]), ("bad", ["r_0"]), ("used", [ID])):
            pane.figures.chosen = 0
            await choose(app, pane, figure)
            await app.pilot.press("enter")
            assert app.app.focused is rows
            assert [row.key for row in rows._rows] == keys
            await app.pilot.press("escape")
            assert app.app.focused is pane.figures


async def test_a_row_opens_the_answer_with_its_reason_and_text_stays_text(opened):
    async with opened(prepare=used) as app:
        pane = await opened_overview(app)
        await choose(app, pane, "bad")
        await app.pilot.press("enter", "enter")
        await app.until(lambda: app.shows("late [red") and app.shows("too cold [/]"))
        assert "reply 0" in " ".join(each.text for each in pane.query_one(".body", Sheet).paragraphs)


async def test_a_strategy_of_a_row_is_read_in_the_library(opened):
    async with opened(prepare=used) as app:
        pane = await opened_overview(app)
        await choose(app, pane, "used")
        await app.pilot.press("enter", "enter")
        await app.until(lambda: app.app.screen is app.app.library_pane and app.app.screen.has_class("-reading"))
        assert app.app.library_pane.table.strategy.id == ID


def test_what_became_of_a_request_is_said_in_the_language_of_the_app():
    attempt = {"attempt": "at_1", "at": "2026-01-02T03:04:05Z", "tokens_in": 1, "tokens_out": 1, "money": 0.1}
    view = SimpleNamespace(attempts=[{**attempt, "result": "unknown"}])
    (row,) = overview_text.rows("money", view, None, texts("ja"))
    assert texts("ja")("result.unknown") in row.cells and "unknown" not in row.cells


async def test_nothing_yet_is_said_and_nothing_breaks(opened):
    async with opened(terminal=Terminal(ascii=True)) as app:
        pane = await opened_overview(app)
        assert app.shows("No answers yet")
        for _ in range(12):
            await app.pilot.press("enter", "escape", "down")
        assert not {*"".join(app.lines)} & {*"│─█▁▂▃▄▅▆▇"}
        assert pane.query_one(Plot).size.height == 7


@pytest.mark.usefixtures("in_tokyo")
def test_rows_are_told_on_the_calendar_that_the_days_are_counted_by():
    at = "2026-01-02T18:04:05Z"
    attempt = {"attempt": "at_1", "at": at, "tokens_in": 1, "tokens_out": 1, "money": 0.1, "result": "answered"}
    entry = Entry(at, {"id": "r_1"}, (Turn("customer", "late"),), "app", None)
    view = SimpleNamespace(answers=[entry], unmatched=[], bad=[], attempts=[attempt])
    for figure in ("answers", "money"):
        (row,) = overview_text.rows(figure, view, None, texts("en"))
        assert row.cells[0] == "01-03 03:04"
