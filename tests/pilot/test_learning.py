"""The Learning pane: a plan, a person's yes, a run that is a process of its own, and what came of it."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from denju.library.store import Library
from denju_tui.locale import texts
from denju_tui.screens import learning_text, learnt_text
from denju_tui.screens.judging import JudgingScreen
from denju_tui.screens.learnt import LearntScreen
from denju_tui.screens.picking import PickScreen
from denju_tui.screens.planning import PlanningScreen, Wishes
from denju_tui.terminal import Terminal
from denju_tui.widgets.sheet import Sheet
from scripted_teacher import MODEL, Domain, Scripted, Server

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

DOMAIN = Domain.of_starter("ja", ["start-defect-scratch"], ["start-sales-quote"])
PATIENCE = 60.0
"""Seconds that a request is held up at most."""
SMALL = {"train": 1, "gate": 2, "sealed": 1}


class Slow:
    """The scripted teacher, which answers while ``going`` is set."""

    def __init__(self) -> None:
        self._answer = Scripted(DOMAIN)
        self.going = threading.Event()
        self.going.set()

    def __call__(self, request: dict[str, Any]) -> str:
        assert self.going.wait(PATIENCE)
        return self._answer(request)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def server(slow: Slow) -> Iterator[Server]:
    with Server(slow) as running:
        yield running
        slow.going.set()


@pytest.fixture
def teacher(server: Server) -> dict[str, str | int]:
    """Settings that name the scripted teacher, for the student that is in the package."""
    return {
        "real": True, "teacher__provider": "openai", "teacher__base_url": server.url, "teacher__model": MODEL,
        "teacher__deadline": 60, "person__name": "sato",
    }  # fmt: skip


@pytest.fixture
def card(opened, isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A card in the folder where the app is opened; the library is empty."""
    shutil.rmtree(isolated / "denju" / "library")
    Library(isolated / "denju" / "library" / "library.json").begin([])
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    file = folder / "card.toml"
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in DOMAIN.card().items()]
    file.write_text("\n".join(lines), "utf-8")
    return file


async def opened_learning(app):
    await app.pilot.press("f6")
    await app.until(lambda: getattr(app.app.screen, "runs", None) is not None)
    return app.app.screen


async def planned(app, pane):
    """Make a plan by keys: the card from the list of files, and fewer situations than is usual."""
    before = len(pane.runs)
    await app.pilot.press("ctrl+n")
    await app.until(lambda: isinstance(app.app.screen, PlanningScreen))
    form = app.app.screen
    await app.pilot.press("enter")
    await app.until(lambda: isinstance(app.app.screen, PickScreen) and app.app.screen.rows.key)
    await app.pilot.press(*"card", "enter")
    await app.until(lambda: app.app.screen is form)
    for name, count in SMALL.items():
        form.rows.chosen = [each.key for each in form.rows._rows].index(name)
        await app.pilot.press("enter", "backspace", "backspace", *str(count), "enter")
        assert form.wishes.counts[name] == count
    await app.pilot.press("f12")
    await app.until(lambda: app.app.screen is pane and len(pane.runs) > before and pane.chosen.state == "planned")


async def until_state(app, pane, *states):
    await app.until(lambda: pane.chosen is not None and pane.chosen.state in states)


def body(screen) -> str:
    return " ".join(each.text for each in screen.query_one(".body", Sheet).paragraphs)


async def test_a_plan_whose_price_is_not_known_says_that_it_will_not_be_sent(opened, teacher, card):
    usual = Wishes()
    wishes = replace(usual, files={**usual.files, "card": card}, counts={**usual.counts, **SMALL}, practice=True)
    far = {**teacher, "teacher__base_url": "https://teacher.example/v1", "teacher__model": "unheard-of"}
    async with opened(**far, prepare=wishes.plan) as app:
        pane = await opened_learning(app)
        await app.until(lambda: pane.chosen is not None)
        assert "so nothing will be sent: set teacher.price_in and teacher.price_out" in body(pane)
    free = {f"teacher__budget_{name}": 0 for name in ("call", "day", "month")}
    async with opened(**far, **free, prepare=replace(wishes, budget=2).plan) as app:
        pane = await opened_learning(app)
        await app.until(lambda: pane.chosen is not None and len(pane.runs) == 2)
        told = {each.status.plan.budget: learning_text.run(each, app.app.desk.texts, pane.key, limited=False)
                for each in pane.runs}  # fmt: skip
        assert "no price is known" in str(told[0]) and "so nothing will be sent" in str(told[2])


@pytest.mark.parametrize(("size", "language"), [((120, 40), "en"), ((80, 24), "ja")])
async def test_from_a_card_to_verdicts_and_a_persons_own(opened, server, teacher, card, size, language):
    async with opened(size=size, language=language, **teacher) as app:
        pane = await opened_learning(app)
        await planned(app, pane)
        plan = pane.chosen.status.plan
        assert plan.host in body(pane) and f"{sum(plan.cost.calls.values()):,}" in body(pane)
        assert app.app.desk.texts("learn.in_ja") in body(pane), "the language of the run"
        assert server.requests == []
        await app.pilot.press("f12")
        line = pane.query_one("#line")
        assert pane.has_class("-line") and line.value == "sato"
        await app.pilot.press("escape")
        assert pane.chosen.state == "planned" and pane.launched == {}
        await app.pilot.press("f12", "enter")
        await until_state(app, pane, "running", "finished")
        await until_state(app, pane, "finished")
        learn = app.app.desk.workbench.learn
        assert learn.open(plan.id).yes().by == "sato" and learn.status(plan.id).calls == len(server.requests)

        await app.pilot.press("enter")
        await app.until(lambda: isinstance(app.app.screen, LearntScreen) and app.app.screen.facts)
        learnt = app.app.screen
        (drafted,) = learnt.facts["drafts"]
        for index in range(len(learnt.rows._rows)):
            learnt.rows.chosen = index
            await app.pilot.pause()
            assert body(learnt)
        learnt.rows.chosen = 1
        await app.pilot.press("enter")
        assert drafted["strategy"]["title"] in body(learnt) and learnt.has_class("-reading")
        await app.pilot.press("escape")
        learnt.rows.chosen = [each.key for each in learnt.rows._rows].index("contrast/0")
        await app.pilot.press("enter")
        heads = [app.app.desk.texts(f"coach.the_{each}") for each in ("student", "teacher", "strategy")]
        await app.until(lambda: all(app.shows(head) for head in heads))
        beside = [line for line in app.lines if heads[0] in line and heads[1] in line and heads[2] in line]
        assert bool(beside) == (size[0] == 120)
        await app.pilot.press("escape", "ctrl+k")
        await app.until(lambda: isinstance(app.app.screen, JudgingScreen) and app.app.screen.pairs)
        judging = app.app.screen
        left = len(judging.pairs)
        for count, key in enumerate(("1", "=", "f10"), start=1):
            if count > left:
                break
            await app.pilot.press(key)
            await app.until(lambda count=count: len(judging.pairs) == left - count)
        await app.pilot.press("escape")
        await app.until(lambda: app.app.screen is learnt and learnt.facts["agreement"])
        assert learnt.facts["agreement"]["people"] == ["sato"]

        await app.pilot.press("ctrl+x", "enter")
        await app.until(lambda: card.with_name(f"{plan.id}.html").exists() and app.notice)
        assert card.with_name(f"{plan.id}.html").read_text("utf-8").startswith("<!doctype html>")


async def test_a_run_is_paused_goes_on_and_outlives_the_app(opened, server, slow, teacher, card):
    slow.going.clear()
    async with opened(**teacher) as app:
        pane = await opened_learning(app)
        await planned(app, pane)
        await app.pilot.press("f12", "enter")
        await app.until(lambda: pane.chosen.state == "running" and server.requests)
        await app.pilot.press("f9")
        await app.until(lambda: "waited for" in app.notice)
        slow.going.set()  # the call under way is waited for
        await until_state(app, pane, "paused")
        assert "goes on; nothing is done twice" in body(pane)
        done = pane.chosen.status.done
        slow.going.clear()
        await app.pilot.press("f10")
        await until_state(app, pane, "running")
        process = pane.chosen.status.pid
    async with opened(**teacher) as app:
        pane = await opened_learning(app)
        assert pane.launched == {} and (pane.chosen.state, pane.chosen.status.pid) == ("running", process)
        slow.going.set()
        await until_state(app, pane, "finished")
        assert pane.chosen.status.done > done
        assert pane.chosen.status.calls == len(server.requests)


async def test_a_pause_of_a_run_that_is_starting_holds_as_soon_as_it_runs(opened, slow, teacher, card):
    slow.going.clear()
    async with opened(**teacher) as app:
        pane = await opened_learning(app)
        await planned(app, pane)
        place = app.app.desk.workbench.learn.open(pane.chosen.id).path
        await app.pilot.press("f12", "enter")
        await until_state(app, pane, "starting")
        await app.pilot.press("f9")
        await app.until((place / "stopping").exists)
        slow.going.set()
        await until_state(app, pane, "paused")


async def test_a_call_in_doubt_is_sent_again_only_by_its_own_key(opened, server, teacher, card):
    async with opened(**teacher) as app:
        pane = await opened_learning(app)
        await planned(app, pane)
        place = app.app.desk.workbench.learn.open(pane.chosen.id)
        place.agree("sato")
        (place.path / "stopped.json").write_text(
            json.dumps({"kind": "needs_consent", "message": "It may have arrived.", "hint": "[red"})
        )
        pane._looks = 0
        await until_state(app, pane, "paused")
        assert "It may have arrived." in body(pane) and "[red" in body(pane)
        assert "learning.again" in pane.hints() and "learning.resume" not in pane.hints()
        await app.pilot.press("ctrl+r")
        await until_state(app, pane, "finished")


async def test_offline_and_without_a_teacher_nothing_begins(opened, card, teacher):
    async with opened(**{**teacher, "network__offline": True}) as app:
        pane = await opened_learning(app)
        assert app.shows("Offline: a run can be planned")
        await planned(app, pane)
        await app.pilot.press("f12")
        assert not pane.has_class("-line") and "nothing can leave" in app.notice
    async with opened() as app:
        await opened_learning(app)
        assert app.shows("denju teacher login") and not app.shows("teacher.provider")
    async with opened(teacher__provider="openai", teacher__model="") as app:
        await opened_learning(app)
        assert app.shows("No teacher is set")


@pytest.mark.parametrize(("gap", "said"), [(True, "silent"), (False, "no_gap")])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_gap_that_the_teacher_wrote_nothing_for_is_told_as_one(language, gap, said):
    t = texts(language)
    rounds = [{"attempt": {"text": "x"}, "answer": "y", "gap": gap, "drafts": [], "again": None, "outcome": None}]
    told = {"situation": {"turns": []}, "stopped": said, "rounds": rounds}
    (beside,) = learnt_text.contrast({"drafts": [], "dropped": []}, told, t)
    assert [each.text for each in beside.columns[2]] == [t("coach.the_strategy"), t(f"coach.{said}")]


async def test_what_cannot_be_planned_is_said(opened, card, teacher):
    async with opened(**teacher) as app:
        await opened_learning(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, PlanningScreen))
        form = app.app.screen
        await app.pilot.press("f12")
        await app.until(lambda: "There is nothing to learn from" in body(form))
        assert "Past messages" in body(form) and "--tickets" not in body(form)
        form.rows.chosen = [each.key for each in form.rows._rows].index("gate")
        await app.pilot.press("enter", "x", "enter")
        assert "whole number" in app.notice and form.has_class("-line")
        await app.pilot.press("escape", "escape")
        assert app.app.screen.PANE == "learning"


async def test_what_the_practice_student_needs_is_told_by_the_field(opened, card, teacher):
    far = {**teacher, "teacher__base_url": "https://teacher.example/v1", "teacher__model": "unheard-of"}
    async with opened(language="ja", **far) as app:
        await opened_learning(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, PlanningScreen))
        form = app.app.screen
        form.wishes = replace(form.wishes, files={**form.wishes.files, "card": card})
        await app.pilot.press("f12")
        await app.until(lambda: "「練習用モデル」を「はい」にしてください" in body(form))
        assert "--practice-anyway" not in body(form)
        form.rows.chosen = [each.key for each in form.rows._rows].index("budget")
        await app.pilot.press("enter")
        form.query_one("#line").value = "１．５"
        await app.pilot.press("enter")
        assert form.wishes.budget == 1.5


async def test_the_box_keeps_to_its_field_when_another_row_is_chosen(opened, card, teacher):
    async with opened(**teacher) as app:
        await opened_learning(app)
        await app.pilot.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, PlanningScreen))
        form = app.app.screen
        names = [each.key for each in form.rows._rows]
        for other, count in (("card", 5), ("budget", 7)):
            form.rows.chosen = names.index("gate")
            await app.pilot.press("enter")
            form.rows.chosen = names.index(other)
            await app.pilot.press("backspace", "backspace", str(count), "enter")
            assert (form.wishes.counts["gate"], form.wishes.budget) == (count, 0.0)


async def test_a_yes_is_to_the_plan_it_was_begun_for_and_asked_for_again_when_another_one_is_chosen(
    opened, card, teacher, monkeypatch
):
    async with opened(**teacher) as app:
        pane = await opened_learning(app)
        await planned(app, pane)
        await planned(app, pane)
        agreed = []
        monkeypatch.setattr(pane, "_launch", lambda run, *_: agreed.append(run.id))
        meant, index = pane.chosen.id, pane.rows.chosen
        await app.pilot.press("f12")
        pane.rows.chosen = 1 - index
        await app.pilot.press("enter")
        assert agreed == [] and not pane.has_class("-line")
        assert pane.chosen.id == meant and "F12" in app.notice
        await app.pilot.press("f12", "enter")
        assert agreed == [meant]


async def test_a_yes_to_what_is_no_plan_any_more_is_said_to_be_none(opened, card, teacher):
    async with opened(**teacher) as app:
        pane = await opened_learning(app)
        await planned(app, pane)
        await app.pilot.press("f12")
        pane._timer.pause()
        await app.until(lambda: not pane._looking)
        (run,) = pane.runs
        pane.runs = (replace(run, state="finished"),)
        await app.pilot.press("enter")
        assert pane.launched == {} and "nobody has said yes" in app.notice


async def test_a_pause_while_the_library_is_not_there_ends_nothing(opened, tmp_path):
    async with opened(library__path=str(tmp_path / "unmounted" / "library.json")) as app:
        await app.pilot.press("f6")
        await app.until(lambda: "its folder is not there" in app.notice)
        await app.pilot.press("f9")
        assert not app.app._exit


async def test_without_runs_nothing_breaks(opened):
    async with opened(terminal=Terminal(ascii=True)) as app:
        pane = await opened_learning(app)
        for key in ("f9", "f10", "f12", "ctrl+o", "ctrl+r", "enter", "escape"):
            await app.pilot.press(key)
            assert pane.runs == () and not app.app._exit
        assert not {*"".join(app.lines)} & {*"│─█▁▂▃▄▅▆▇"}
