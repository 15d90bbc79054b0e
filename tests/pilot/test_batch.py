"""The Batch pane: a file is picked and searched, its run is a process of its own, and what failed can be read."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from denju.answering.batch import forecast
from denju.workbench import Workbench
from denju_tui.batch_list import remember
from denju_tui.launching import launch
from denju_tui.screens.batch_runs import Wanted, runs
from denju_tui.screens.ordering import OrderScreen
from denju_tui.screens.picking import PickScreen
from denju_tui.terminal import Terminal

MANY = 120
"""Rows of a run that takes a while."""
UNKNOWN = "Do you offer piano lessons for beginners?"
LATE = "The parts arrived two days late and our line has stopped."


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of three rows in a folder of its own, where the app is opened; the second cannot be answered."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    file = folder / "mails.jsonl"
    given = [{"id": "a", "text": LATE}, {"id": "b [red", "text": "   "}, {"id": "c", "text": UNKNOWN}]
    file.write_text("".join(json.dumps(each) + "\n" for each in given), "utf-8")
    return file


def many(file: Path, count: int) -> None:
    file.write_text("".join(json.dumps({"id": str(n), "text": f"{LATE} {n}"}) + "\n" for n in range(count)), "utf-8")


async def opened_batch(app):
    await app.pilot.press("f7")
    await app.until(lambda: getattr(app.app.screen, "runs", None) is not None)
    return app.app.screen


async def picked(app, name="mails"):
    """Pick a file by a part of its name, and wait for what the search finds."""
    await app.pilot.press("ctrl+n")
    await app.until(lambda: isinstance(app.app.screen, PickScreen) and app.app.screen.rows.key)
    await app.pilot.press(*name, "enter")
    await app.until(lambda: isinstance(app.app.screen, OrderScreen))
    order = app.app.screen
    await app.until(lambda: order.forecast is not None or order.error is not None)
    return order


async def started(app, pane):
    await picked(app)
    await app.pilot.press("f12")
    await app.until(lambda: app.app.screen is pane and pane.launched and pane.chosen)


async def until_state(app, pane, *states):
    await app.until(lambda: pane.chosen is not None and pane.chosen.state in states)


def ids(file: Path) -> list[str]:
    """Of the records that are whole."""
    return [json.loads(line)["id"] for line in file.read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize(("size", "language"), [((120, 40), "en"), ((80, 24), "ja")])
async def test_from_a_file_to_what_failed(opened, rows, size, language):
    async with opened(size=size, language=language) as app:
        pane = await opened_batch(app)
        order = await picked(app)
        assert (order.forecast.rows, order.forecast.bad, order.forecast.none) == (3, 1, 1)
        assert app.shows("Late delivery, line stopped")
        await app.pilot.press("f12")
        await until_state(app, pane, "finished")
        await app.pilot.press(app.app.desk.keys["batch.resume"].keys.split(",")[0])
        assert app.notice == app.app.desk.texts("stack.is_finished")
        target = rows.with_name("mails.answers.jsonl")
        assert ids(target) == ["a", "b [red", "c"]
        assert app.app.desk.workbench.batches.status(target).pid == pane.launched[target].pid
        await app.pilot.press("ctrl+o")
        await app.until(lambda: getattr(app.app.screen, "records", None))
        assert app.shows("b [red")
        await app.pilot.press("escape")
        assert app.app.screen is pane


async def test_what_a_file_was_read_as_is_told_where_it_is_not_utf8(opened, rows):
    rows.with_name("mails.csv").write_bytes("id,text\r\n1,部品が届きません。\r\n".encode("cp932"))
    rows.unlink()
    async with opened(size=(80, 24), language="ja") as app:
        pane = await opened_batch(app)
        await picked(app)
        assert app.shows("CP932")
        await app.pilot.press("f12")
        await until_state(app, pane, "finished")
        assert app.shows("CP932")


def answered(rows: Path, source: dict[str, str]) -> Path:
    """The answers of a run that stopped after a row that failed."""
    target = rows.with_name("mails.answers.jsonl")
    error = {"kind": "usage", "message": "There is no message here.", "hint": ""}
    target.write_text(json.dumps({"id": "b", "error": error}) + "\n", "utf-8")
    run = {
        "denju": "batch", "schema": 1, "input": source, "library": "", "settings": {"seed": 0, "max_tokens": 8},
        "student": {"kind": "fake", "model": "m", "sha256": "0" * 64, "practice": False}, "state": "stopped",
        "options": {"form": "jsonl", "where": None, "limit": None, "unordered": False}, "why": "", "pid": 1,
        "began": "2026-11-28T09:00:00Z", "seen": "2026-11-28T09:00:01Z", "tally": {"rows": 3, "failed": 1},
    }  # fmt: skip
    target.with_name(f"{target.name}.run.json").write_text(json.dumps(run))
    return target


async def held(app, target: Path) -> int:
    """The process of the run that writes ``target``, stopped as soon as it has begun."""
    record = target.with_name(f"{target.name}.run.json")
    await app.until(lambda: record.exists() and json.loads(record.read_bytes())["state"] == "running")
    process = json.loads(record.read_bytes())["pid"]
    os.kill(process, signal.SIGSTOP)
    return process


async def test_a_run_is_paused_and_goes_on(opened, rows):
    many(rows, MANY)
    target = rows.with_name("mails.answers.jsonl")
    async with opened() as app:
        pane = await opened_batch(app)
        await started(app, pane)
        process = await held(app, target)
        await until_state(app, pane, "running")
        await app.pilot.press("f9")
        await app.until(lambda: "Pausing" in app.notice)
        os.kill(process, signal.SIGCONT)
        await until_state(app, pane, "stopped")
        assert len(ids(target)) < MANY and app.shows("goes on where it stopped")
        await app.pilot.press("r")
        await until_state(app, pane, "finished")
        assert ids(target) == [str(number) for number in range(MANY)]


async def test_a_run_outlives_the_app_and_is_found_again(opened, rows):
    many(rows, MANY)
    target = rows.with_name("mails.answers.jsonl")
    async with opened() as app:
        pane = await opened_batch(app)
        await started(app, pane)
        process = await held(app, target)
    async with opened() as app:
        pane = await opened_batch(app)
        assert pane.chosen.job.pid == process and pane.chosen.state == "running" and pane.launched == {}
        os.kill(process, signal.SIGCONT)
        await until_state(app, pane, "finished")
        assert len(ids(target)) == MANY


async def test_what_changed_meanwhile_is_said_and_goes_on_only_when_pressed_twice(opened, rows):
    many(rows, 3)
    async with opened() as app:
        pane = await opened_batch(app)
        await started(app, pane)
        await until_state(app, pane, "finished")
        many(rows, 2)
        target = pane.chosen.target
        target.with_name(target.name + ".run.json").write_text(
            json.dumps({**json.loads(target.with_name(target.name + ".run.json").read_text()), "state": "stopped"})
        )
        target.write_text("".join(target.read_text("utf-8").splitlines(keepends=True)[:1]), "utf-8")
        await until_state(app, pane, "stopped")
        await app.pilot.press("f10")
        await until_state(app, pane, "refused")
        assert app.shows("the input holds something else")
        await app.pilot.press("f10")
        assert pane.chosen.state == "refused" and "Answers of two different runs" in app.notice
        await app.pilot.press("f10")
        await until_state(app, pane, "finished")
        assert ids(target) == ["0", "1"]


async def test_failed_rows_are_answered_again_despite_changes_when_that_was_asked_for(opened, rows):
    async with opened() as app:
        pane = await opened_batch(app)
        await started(app, pane)
        await until_state(app, pane, "finished")
        assert pane.chosen.failed_rows == 1
        rows.write_text(rows.read_text("utf-8").replace('"   "', f'"{UNKNOWN}"'), "utf-8")
        await app.pilot.press("ctrl+r")
        await until_state(app, pane, "refused")
        pane.clock = lambda: 100.0
        await app.pilot.press("f10", "f10")
        await until_state(app, pane, "finished")
        assert pane.chosen.failed_rows == 0 and ids(pane.chosen.target) == ["a", "b [red", "c"]


async def test_a_run_that_has_not_begun_yet_is_stopped(opened, rows):
    def held_at_once(*given):
        launched = launch(*given)
        os.kill(launched.pid, signal.SIGSTOP)
        return launched

    async with opened() as app:
        app.app.desk.launcher = held_at_once
        pane = await opened_batch(app)
        await started(app, pane)
        assert pane.chosen.state == "starting"
        await app.pilot.press("f9")
        assert "Pausing" in app.notice
        launched = pane.launched[pane.chosen.target]
        os.kill(launched.pid, signal.SIGCONT)
        await app.until(lambda: launched.code() is not None)
        assert launched.code() in (130, -signal.SIGINT)


async def test_an_order_is_changed_before_its_start(opened, rows):
    rows.with_name("table.csv").write_text("mail,id\nThe parts are late,7\nA piano?,8\n", "utf-8")
    async with opened() as app:
        pane = await opened_batch(app)
        order = await picked(app, "table")
        assert app.shows("names no column 'text'")
        assert app.shows("Choose the column under Message in") and not app.shows("--text")
        await app.pilot.press("f12")
        assert app.app.screen is order
        order.rows.chosen = 1
        await app.pilot.press("enter", *["backspace"] * 4, *"mail", "enter")
        await app.until(lambda: order.forecast is not None)
        assert order.forecast.rows == 2
        order.rows.chosen = 2
        await app.pilot.press("enter", "s", "enter")
        await app.until(lambda: order.error is not None)
        assert app.shows("Choose another one under Id in") and not app.shows("--id")
        await app.pilot.press("enter", "backspace", "enter")
        await app.until(lambda: order.forecast is not None)
        order.rows.chosen = 3
        await app.pilot.press("enter")
        await app.until(lambda: order.forecast is not None and order.forecast.to_answer == 1)
        order.rows.chosen = 4
        await app.pilot.press("enter", "0", "enter")
        assert "whole number" in app.notice
        await app.pilot.press("backspace", "１", "enter")
        await app.until(lambda: order.forecast is not None and order.forecast.rows == 1)
        assert order.wanted.command()[-4:] == ["--where", "no-match", "--limit", "1"]
        await app.pilot.press("escape")
        assert app.app.screen is pane and not pane.launched


async def test_a_change_that_is_taken_back_while_the_search_goes_on_is_searched_again(opened, rows, monkeypatch):
    monkeypatch.setattr(forecast, "_TELL_EVERY", 0.0)  # a search that is given up has something to tell of by then
    many(rows, MANY)
    async with opened() as app:
        await opened_batch(app)
        order = await picked(app)
        wanted = order.wanted
        order.order(wanted)  # given up at once, as the next one is
        order.order(replace(wanted, no_match=True))
        order.order(wanted)
        await app.until(lambda: order.forecast is not None or order.error is not None)
        await app.pilot.pause(0.2)
        assert order.error is None and app.shows("120 rows")


async def test_a_run_of_standard_input_is_not_begun_without_its_rows(opened, rows):
    target = answered(rows, {"path": "-", "form": "jsonl", "text": "text", "id": "id"})
    async with opened(prepare=lambda bench: remember(bench.paths.drafts, target)) as app:
        pane = await opened_batch(app)
        assert app.shows("denju batch resume") and not app.shows("goes on where it stopped")
        for key in ("f10", "ctrl+r"):
            app.app.screen.say("")
            await app.pilot.press(key)
            assert app.notice == "The rows came from standard input." and not pane.launched
        await app.pilot.press("ctrl+o")
        await app.until(lambda: getattr(app.app.screen, "records", None))
        assert app.shows("There is no message here.") and not app.shows("answer them again")


async def test_of_a_table_of_standard_input_no_row_is_offered_again(opened, rows):
    target = answered(rows, {"path": "-", "form": "jsonl", "text": "text", "id": "id"})
    record = target.with_name(f"{target.name}.run.json")
    run = json.loads(record.read_text())
    record.write_text(json.dumps({**run, "options": {**run["options"], "form": "csv"}}))
    async with opened(prepare=lambda bench: remember(bench.paths.drafts, target)) as app:
        await opened_batch(app)
        await app.pilot.press("ctrl+o")
        assert app.notice == "The column error of the table names the rows that failed."


async def test_why_rows_failed_is_told_when_their_file_is_gone(opened, rows):
    target = answered(rows, {"path": str(rows), "form": "jsonl", "text": "text", "id": "id"})
    rows.unlink()
    async with opened(prepare=lambda bench: remember(bench.paths.drafts, target)) as app:
        await opened_batch(app)
        await app.pilot.press("ctrl+o")
        await app.until(lambda: getattr(app.app.screen, "records", None))
        assert app.shows("There is no message here.")


@pytest.mark.parametrize("count", [1, 2])
async def test_what_the_customer_wrote_is_shown_only_where_one_row_has_the_id(opened, rows, count):
    target = answered(rows, {"path": str(rows), "form": "jsonl", "text": "text", "id": "id"})
    rows.write_text((json.dumps({"id": "b", "text": LATE}) + "\n") * count, "utf-8")
    async with opened(prepare=lambda bench: remember(bench.paths.drafts, target)) as app:
        await opened_batch(app)
        await app.pilot.press("ctrl+o")
        await app.until(lambda: getattr(app.app.screen, "records", None))
        assert app.shows(LATE, within=".paper") == (count == 1)
        assert app.shows("several rows have this id", within=".paper") == (count == 2)


def test_what_another_terminal_did_since_is_told_and_not_that_the_command_was_refused(rows):
    class Refused:
        pid, began = -1, "2026-11-28T10:00:00Z"

        def code(self) -> int:
            return 2

        def said(self) -> str:
            return "denju: Another run writes its answers there."

    target = answered(rows, {"path": str(rows), "form": "jsonl", "text": "text", "id": "id"})
    record = target.with_name(f"{target.name}.run.json")
    with Workbench() as bench:
        for seen, state in (("2026-11-28T09:59:59Z", "refused"), ("2026-11-28T10:00:01Z", "stopped")):
            record.write_text(json.dumps({**json.loads(record.read_text()), "seen": seen}))
            assert [each.state for each in runs(bench, {target: Refused()})] == [state]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_files_take_the_whole_height(opened, rows, size):
    for number in range(30):
        rows.with_name(f"more{number:02}.jsonl").touch()
    async with opened(size=size) as app:
        await opened_batch(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, PickScreen) and app.app.screen.rows.key)
        pick = app.app.screen
        foot = pick.query_one("BottomLine").region.y
        assert pick.rows.region.bottom == foot and pick.rows.size.height > size[1] // 2
        assert not app.shows("No such files")
        await app.pilot.press(*"zzz")
        await app.until(lambda: app.shows("No name here holds this"))
        await app.pilot.press("backspace", "backspace", "backspace")
        await app.until(lambda: not app.shows("No name here holds this"))


async def test_a_name_that_no_file_can_have_is_refused(opened, rows):
    async with opened() as app:
        await opened_batch(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, PickScreen) and app.app.screen.rows.key)
        for name in ("~nosuch", "部" * 90):
            app.app.screen.query_one("#name").value = name
            await app.pilot.press("enter")
            await app.until(lambda: "name" in app.notice)
        app.app.screen.query_one("#name").value = ""
        order = await picked(app)
        order.rows.chosen = 0
        for name in ("-", "~nosuch/x", "部" * 90):
            await app.pilot.press("enter")
            order.query_one("#line").value = name
            await app.pilot.press("enter")
            await app.until(lambda: "name" in app.notice)
            await app.pilot.press("escape")
        assert order.wanted.target.name == "mails.answers.jsonl"


def test_the_answers_to_a_file_with_a_long_name_have_a_shorter_one(tmp_path):
    target = Wanted.of(tmp_path / f"{'部' * 81}.csv").target
    assert target.name == f"{'部' * 60}.answers.jsonl"


async def test_a_run_that_cannot_be_read_is_told_in_japanese(opened, rows):
    answers = rows.with_name("a.jsonl")
    async with opened(language="ja") as app:
        answers.touch()
        answers.with_name("a.jsonl.run.json").write_text("{}", "utf-8")
        remember(app.app.desk.workbench.paths.drafts, answers)
        await opened_batch(app)
        await app.until(lambda: app.shows("一括処理の記録ではありません"))
        assert app.shows("よそへ移すか、別の出力先を指定してください。")


async def test_without_runs_nothing_breaks(opened, rows):
    async with opened(terminal=Terminal(ascii=True)) as app:
        pane = await opened_batch(app)
        assert app.shows("Answer a whole file of messages")
        for key in ("f9", "f10", "f12", "ctrl+o", "ctrl+r", "enter", "escape"):
            await app.pilot.press(key)
            assert pane.runs == ()
        assert not {*"".join(app.lines)} & {*"│─█▁▂▃▄▅▆▇"}
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, PickScreen) and app.app.screen.rows.key)
        assert not {*"".join(app.lines)} & {*"│─█▁▂▃▄▅▆▇"}
        await app.pilot.press("escape")
        assert app.app.screen is pane


async def test_the_command_takes_the_settings_of_the_app_along(opened, rows):
    async with opened(person__name="sato", network__offline=True) as app:
        command = launch(["config", "show", "--none-such"], app.app.desk.workbench.settings, "ja")
        await app.until(lambda: command.code() is not None)
        assert command.code() == 2 and "--none-such" in command.said()
        given = app.app.desk.workbench.settings.given()
        assert given["DENJU_PERSON_NAME"] == "sato" and given["DENJU_NETWORK_OFFLINE"] == "True"
