"""The library pane: list, filter, read."""

from __future__ import annotations

from denju.values import Strategy
from denju_tui.widgets.sheet import Sheet
from denju_tui.widgets.strategy_table import StrategyTable


async def opened_library(app):
    await app.pilot.press("f3")
    await app.until(lambda: app.app.library_pane.loaded)
    return app.app.library_pane


async def test_every_strategy_is_listed_and_the_chosen_one_is_read(opened):
    async with opened() as app:
        pane = await opened_library(app)
        everything = app.app.desk.workbench.library.all()
        assert app.shows(f"{len(everything)} of {len(everything)}")
        chosen = pane.query_one(StrategyTable).strategy
        assert chosen.language == "en"
        shown = " ".join(paragraph.text for paragraph in pane.query_one(".strategy", Sheet).paragraphs)
        for text in (chosen.title, chosen.situation, chosen.why, *chosen.cues, *chosen.steps, *chosen.priorities):
            assert text in shown


async def test_the_filter_folds_width_and_case_and_needs_every_word(opened):
    def prepare(workbench):
        zebra = Strategy.from_dict({"title": "Ｚｅｂｒａ stripes", "situation": "ﾊﾝｶｸ words"})
        workbench.library.merge([zebra], approved_by="t")

    async with opened(prepare=prepare) as app:
        pane = await opened_library(app)
        await app.pilot.press(*"zebra")
        assert [row.title for row in pane.query_one(StrategyTable)._rows] == ["Ｚｅｂｒａ stripes"]
        pane.query_one("#filter").value = "ハンカク ZEBRA"
        await app.until(lambda: app.shows("1 of"))
        pane.query_one("#filter").value = "zebra giraffe"
        await app.until(lambda: app.shows("No strategy contains all these words."))
        await app.pilot.press("escape")
        await app.until(lambda: pane.query_one("#filter").value == "")


async def test_keys_move_through_the_list_while_the_filter_has_them(opened):
    async with opened() as app:
        pane = await opened_library(app)
        table = pane.query_one(StrategyTable)
        await app.pilot.press("down", "down", "up")
        assert table.chosen == 1
        await app.pilot.press("pagedown")
        assert table.chosen > 10


async def test_one_column_reads_in_place_of_the_list(opened):
    async with opened(size=(80, 24)) as app:
        pane = await opened_library(app)
        title = pane.query_one(StrategyTable).strategy.title
        assert not pane.query_one("#reader").display
        await app.pilot.press("enter")
        assert app.shows(title)
        assert not pane.query_one("#list").display
        await app.pilot.press("escape")
        assert pane.query_one("#list").display


async def test_two_thousand_strategies_draw_only_what_is_in_view(opened, monkeypatch):
    many = [Strategy.from_dict({"title": f"Title {n}", "situation": "s"}) for n in range(2_000)]
    drawn = []
    original = StrategyTable.render_line
    monkeypatch.setattr(StrategyTable, "render_line", lambda self, y: drawn.append(y) or original(self, y))
    async with opened() as app:
        pane = await opened_library(app)
        pane._all = tuple((each, each.title.casefold()) for each in many)
        drawn.clear()
        pane._filter()
        await app.until(lambda: app.shows("Title 1 "))
        assert app.shows("2000 of 2000")
        assert 0 < len(drawn) < 200


async def test_a_damaged_library_is_told_with_what_to_do(opened, isolated):
    file = isolated / "denju" / "library" / "library.json"
    file.write_text("{")
    async with opened() as app:
        await opened_library(app)
        assert app.shows("library.json")
        await app.pilot.press("f2")
        await app.ask("The parts are late.")
        assert app.pane.current.error is not None
        assert app.shows(app.pane.current.error.what)
    assert file.read_text() == "{"
