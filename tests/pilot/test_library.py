"""The library pane: list, filter, read."""

from __future__ import annotations

import json
import threading

import pytest

from denju.library.store import Library
from denju.values import Strategy
from denju_tui.screens.bringing import BringingScreen
from denju_tui.screens.edit import EditScreen
from denju_tui.screens.help import HelpScreen
from denju_tui.screens.pane import StrategyWanted
from denju_tui.screens.revisions import RevisionsScreen
from denju_tui.widgets.bottom_line import BottomLine
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


async def test_what_another_process_writes_is_seen_without_a_key(opened):
    async with opened() as app:
        pane = await opened_library(app)
        there = len(pane.shelf.strategies)
        path = app.app.desk.workbench.library_path
        Library(path).add([Strategy(title="Quagga on the line", situation="s", language="en")])
        await app.until(lambda: app.shows(f"{there + 1} of {there + 1}"))
        whole = path.read_bytes()
        path.write_bytes(whole[:-500])
        await app.until(lambda: app.shows("--repair"))
        path.write_bytes(whole)
        await app.until(lambda: app.shows(f"{there + 1} of {there + 1}"))
        await app.pilot.press("f4")
        await app.until(lambda: app.shows("Quagga on the line"))
        Library(path).add([Strategy(title="Okapi at the gate", situation="s", language="en")])
        await app.until(lambda: app.shows("Okapi at the gate"))


async def test_a_library_that_goes_missing_is_told_and_listed_again_once_it_is_back(opened):
    async with opened() as app:
        await opened_library(app)
        library = app.app.desk.workbench.library
        there = len(library.all())
        aside = library.path.rename(library.path.with_name("aside.json"))
        await app.until(lambda: app.shows("was here at the last look", within="#list"))
        aside.rename(library.path)
        await app.until(lambda: app.shows(f"{there} of {there}"))


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
        pane.query_one("#filter").value = "giraffe okapi"
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
    many = [Strategy.from_dict({"id": f"st_{n}", "title": f"Title {n}", "situation": "s"}) for n in range(2_000)]
    drawn = []
    original = StrategyTable.render_line
    monkeypatch.setattr(StrategyTable, "render_line", lambda self, y: drawn.append(y) or original(self, y))
    async with opened() as app:
        pane = await opened_library(app)
        pane.shelf.fill(many)
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


async def test_what_is_typed_while_the_library_is_not_there_leaves_the_reason_on_the_screen(opened, tmp_path):
    async with opened(library__path=str(tmp_path / "unmounted" / "library.json")) as app:
        pane = await opened_library(app)
        await app.pilot.press("a")
        await app.until(lambda: not app.app.workers)
        assert pane.query_one("#filter").value == "a"
        assert app.shows("its folder is not there", within=".state") and app.shows("denju init", within=".state")


async def test_what_the_search_finds_stands_below_what_holds_every_word(opened):
    words = "our line stopped because parts came late"

    def prepare(workbench):
        # The filter looks at drafts, and the search does not.
        workbench.library.add([Strategy.from_dict({"title": "Zebra", "situation": words})])

    async with opened(prepare=prepare) as app:
        pane = await opened_library(app)
        pane.query_one("#filter").value = words
        expected = ["Zebra", "Late delivery, line stopped"]
        await app.until(lambda: [each.title for each in pane.table._rows][:2] == expected)
        await app.pilot.press("down")
        await app.until(lambda: pane.table.strategy and pane.table.strategy.title == "Late delivery, line stopped")
        marks = [mark for paragraph in pane.query_one(".strategy", Sheet).paragraphs for mark in paragraph.marks]
        assert marks and app.shows("Late delivery, line stopped")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_facets_narrow_the_list(opened, size):
    async with opened(size=size) as app:
        pane = await opened_library(app)
        await app.pilot.press("ctrl+o")
        facets = pane.query_one("#facets")
        assert app.app.focused is facets
        await app.down_to(lambda: facets.key == "language:ja")
        await app.pilot.press("space")
        rows = pane.query_one(StrategyTable)._rows
        assert rows and {row.language for row in rows} == {"ja"}
        assert app.shows("[x]")
        await app.pilot.press("escape", "escape")
        assert {row.language for row in pane.query_one(StrategyTable)._rows} == {"ja", "en"}


async def test_a_strategy_that_is_newer_than_the_list_is_read_as_soon_as_it_is_there(opened):
    async with opened() as app:
        pane = await opened_library(app)
        await app.pilot.press("down", "enter")
        assert pane.has_class("-reading")
        await app.pilot.press("f2")
        (new,) = app.app.desk.workbench.library.add([Strategy(title="A lost umbrella", situation="It was lost.")])
        app.app.post_message(StrategyWanted(new.id))
        await app.until(lambda: app.app.screen is pane and pane.table.strategy.id == new.id)
        assert pane.has_class("-reading") and app.shows("It was lost.")


async def test_in_place_of_a_strategy_that_is_not_there_no_other_one_is_read(opened):
    async with opened() as app:
        pane = await opened_library(app)
        await app.pilot.press("enter")
        pane.open_strategy("st_gone")
        await app.until(lambda: pane.focused is pane.table)
        assert not pane.has_class("-reading")


async def test_history_shows_what_changed_and_restores(opened):
    def prepare(workbench):
        first = workbench.library.get("start-delivery-late-linestop-en")
        changed = Strategy.from_dict({**first.to_dict(), "steps": ["Sing a song [red"]})
        workbench.library.revise(changed, base_revision=1)

    async with opened(prepare=prepare) as app:
        pane = await opened_library(app)
        pane.open_strategy("start-delivery-late-linestop-en")
        await app.pilot.press("ctrl+r")
        await app.until(lambda: isinstance(app.app.screen, RevisionsScreen) and app.app.screen.revisions)
        assert app.shows("From revision 1 to revision 2")
        assert app.shows("+ Sing a song [red")
        await app.pilot.press("down", "f12")
        await app.until(lambda: app.app.screen is pane)
        restored = app.app.desk.workbench.library.get("start-delivery-late-linestop-en")
        assert (restored.revision, restored.status) == (3, "draft")
        assert "Sing a song [red" not in restored.steps


async def test_a_new_strategy_is_written_here(opened):
    async with opened() as app:
        pane = await opened_library(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        app.app.screen.box.text = "title: A lost umbrella\nsituation: Somebody lost an umbrella.\n"
        await app.pilot.press("f12")
        await app.until(lambda: app.app.screen is pane and app.shows("A lost umbrella"))
        assert "F4" in app.notice


async def test_pressed_twice_a_strategy_is_written_once(opened):
    async with opened() as app:
        pane = await opened_library(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        app.app.screen.box.text = "title: A lost umbrella\nsituation: Somebody lost an umbrella.\n"
        edit = app.app.screen
        await app.until(lambda: "umbrella" in edit._typed)
        edit.action_keep()
        edit.action_keep()
        await app.until(lambda: app.app.screen is pane and app.shows("A lost umbrella"))
        await app.until(lambda: not edit.workers._workers)
        titles = [each.title for each in app.app.desk.strategies()]
        assert titles.count("A lost umbrella") == 1


async def test_an_edit_that_came_second_is_kept_when_it_names_the_newest_revision(opened):
    own = "start-delivery-late-linestop-en"
    async with opened() as app:
        pane = await opened_library(app)
        pane.open_strategy(own)
        await app.pilot.press("ctrl+e")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        edit, library = app.app.screen, app.app.desk.workbench.library
        library.revise(Strategy.from_dict({**library.get(own).to_dict(), "title": "Theirs"}), base_revision=1)
        edit.box.text = edit.box.text.replace("title: ", "title: Mine ", 1)
        await app.pilot.press("f12")
        await app.until(lambda: app.shows("The line revision: of the text has to name it."))
        edit.box.text = edit.box.text.replace("revision: 1", "revision: 2", 1)
        await app.pilot.press("f12")
        await app.until(lambda: app.app.screen is pane)
        assert library.get(own).title.startswith("Mine") and library.get(own).revision == 3


async def test_help_lies_over_a_form_and_gives_it_back(opened):
    async with opened() as app:
        await opened_library(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, EditScreen) and app.app.screen.box.text)
        edit = app.app.screen
        await app.pilot.press("f1")
        assert isinstance(app.app.screen, HelpScreen)
        await app.pilot.press("f1")
        assert app.app.screen is edit
        await app.pilot.press("f1", "escape")
        assert app.app.screen is edit


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_a_notice_takes_the_lines_that_it_needs_and_gives_them_back(opened, language):
    async with opened(size=(80, 24), language=language) as app:
        pane = await opened_library(app)
        await app.pilot.press("ctrl+l")
        pane.query_one("#line").value = "/" + "there-is-no-such-folder/" * 3 + "shared.jsonl"
        await app.pilot.press("enter")
        await app.until(lambda: app.notice)
        await app.pilot.pause()
        assert app.shows(app.notice)
        bottom = pane.query_one(BottomLine)
        assert bottom.size.height > 1
        bottom.hush()
        await app.until(lambda: bottom.size.height == 1)
        assert app.app.desk.texts("action.app_help") in app.lines[-1]


@pytest.mark.parametrize("name", ["-", "~nosuch/x.jsonl", "部" * 90])
@pytest.mark.parametrize("key", ["ctrl+x", "ctrl+l"])
async def test_a_name_that_no_file_can_have_is_refused(opened, key, name):
    async with opened() as app:
        pane = await opened_library(app)
        await app.pilot.press(key)
        pane.query_one("#line").value = name
        await app.pilot.press("enter")
        await app.until(lambda: "name" in app.notice)


async def looked_at(app, file, **fields):
    """The import of a file with one strategy, of which it is shown what it would do."""
    file.write_text(json.dumps(fields), "utf-8")
    pane = await opened_library(app)
    await app.pilot.press("ctrl+l")
    pane.query_one("#line").value = str(file)
    await app.pilot.press("enter")
    await app.until(lambda: isinstance(app.app.screen, BringingScreen))
    return app.app.screen


async def test_an_import_that_has_begun_is_not_left(opened, tmp_path, monkeypatch):
    go = threading.Event()
    async with opened() as app:
        bringing = await looked_at(app, tmp_path / "a.jsonl", title="A lost umbrella", situation="It was lost.")
        bench = app.app.desk.workbench
        bring_in = bench.bring_in
        monkeypatch.setattr(bench, "bring_in", lambda *given, **named: go.wait(10) and bring_in(*given, **named))
        await app.pilot.press("f12", "escape")
        assert app.app.screen is bringing
        go.set()
        await app.until(lambda: "1 added" in app.notice)


async def test_what_a_colleague_changes_while_an_import_is_looked_at_is_to_be_decided(opened, tmp_path):
    own = "start-delivery-late-linestop-en"
    async with opened() as app:
        library = app.app.desk.workbench.library
        before = library.get(own).to_dict()
        bringing = await looked_at(app, tmp_path / "a.jsonl", **{**before, "title": "Theirs"})
        assert "bringing.theirs" not in bringing.hints()
        ours = Strategy.from_dict({**before, "title": "Ours", "origin": {"kind": "person"}})
        library.revise(ours, base_revision=1)
        await app.pilot.press("f12")
        await app.until(lambda: "1 was changed on both sides" in app.notice)
        await app.until(lambda: app.shows("- Ours") and app.shows("+ Theirs"))
        assert "bringing.theirs" in bringing.hints()
        await app.pilot.press("t", "f12")
        await app.until(lambda: app.app.screen is app.app.library_pane)
        assert (library.get(own).title, library.get(own).revision) == ("Theirs", 3)


async def test_export_and_import_meet_and_a_conflict_is_decided(opened, tmp_path):
    file = tmp_path / "shared.jsonl"
    own = "start-delivery-late-linestop-en"
    async with opened(person__name="sato") as app:
        pane = await opened_library(app)
        await app.pilot.press("ctrl+x")
        pane.query_one("#line").value = str(file)
        await app.pilot.press("enter")
        await app.until(file.exists)
        await app.until(lambda: str(file.name) in app.notice or "strategies" in app.notice)
        await app.pilot.press("ctrl+x")
        pane.query_one("#line").value = str(file)
        await app.pilot.press("enter")
        await app.until(lambda: "already" in app.notice)
        library = app.app.desk.workbench.library
        title = library.get(own).title
        text = file.read_text("utf-8")
        file.write_text(text.replace(title, "Theirs [red"), "utf-8")
        ours = Strategy.from_dict({**library.get(own).to_dict(), "title": "Ours [/]", "origin": {"kind": "person"}})
        library.revise(ours, base_revision=1)
        await app.pilot.press("ctrl+l")
        pane.query_one("#line").value = str(file)
        await app.pilot.press("enter")
        await app.until(lambda: isinstance(app.app.screen, BringingScreen))
        await app.until(lambda: app.shows("- Ours [/]") and app.shows("+ Theirs [red"))
        await app.pilot.press("f12")
        assert app.notice, "an open conflict is said"
        await app.pilot.press("t", "f12")
        await app.until(lambda: app.app.screen is pane)
        assert library.get(own).title == "Theirs [red"
        assert library.get(own).status == "draft"
