"""``denju learn``: a plan, a yes, a run, what came of it, and a person's own judgement."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Denju, at_a_terminal
from denju.library.store import Library
from denju.workbench import Workbench
from denju_tui.cli import session
from obedient_student import ObedientStudent
from scripted_teacher import MODEL, Domain, Scripted, Server

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

DOMAIN = Domain.of_starter("ja", ["start-defect-scratch"])
SIZES = ("--train", "1", "--gate", "8", "--sealed", "2")


@pytest.fixture
def server(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The scripted teacher, an empty library, and a student that does as it is told."""
    Library(isolated / "denju" / "library" / "library.json").begin([])
    monkeypatch.setattr(session, "open_workbench", lambda: Workbench(student=ObedientStudent()))
    with Server(Scripted(DOMAIN)) as running:
        settings = {"PROVIDER": "openai", "BASE_URL": running.url, "MODEL": MODEL, "DEADLINE": "20"}
        for name, value in settings.items():
            monkeypatch.setenv(f"DENJU_TEACHER_{name}", value)
        yield running


@pytest.fixture
def card(tmp_path: Path) -> str:
    file = tmp_path / "card.toml"
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in DOMAIN.card().items()]
    file.write_text("\n".join(lines), "utf-8")
    return str(file)


def test_from_a_card_to_a_draft_that_waits_for_review(server: Server, run: Denju, card: str, tmp_path: Path) -> None:
    assert "No runs yet" in run("learn", "status").err
    planned = run("learn", "plan", "--card", card, *SIZES, "--seed", "3")
    name = planned.out.strip()
    assert planned.code == 0 and name.startswith("lr_") and server.url.split("/")[2] in planned.err
    assert "judgements" in planned.err and "at most" in planned.err and server.requests == []
    assert "language of the run: Japanese" in planned.err
    refused = run("learn", "run", name)
    assert refused.code == 3 and "--yes NAME" in refused.err and server.requests == []
    assert f"{name}: not running" in run("learn", "stop", name).err
    assert "No run is under way" in run("learn", "stop").err
    done = run("learn", "run", "--yes", "sato")
    assert done.code == 0 and done.out.endswith("\tbetter\n") and "Better drafts: 1." in done.err
    status = run("learn", "status", name, "--follow", "--json").json()
    assert status["state"] == "finished" and status["calls"] == len(server.requests)
    assert DOMAIN.topics[0].name in run("review", "list").out
    facts = run("learn", "report", "--json").json()
    assert facts["run"] == name and facts["yes"]["by"] == "sato" and facts["sealed"]["arms"]["retrieved"]["wins"]
    markdown = run("learn", "report", name).out
    assert markdown.startswith("# What was learnt") and "| better |" in markdown
    page = tmp_path / "report.html"
    assert run("learn", "report", "-o", str(page)).code == 0 and page.read_text("utf-8").startswith("<!doctype html>")
    assert run("learn", "report", "-o", str(page)).code == 2
    for words in ("Where the drafts came from", "Tried again with the draft: better. The teacher saw no gap."):
        assert words in markdown and words in page.read_text("utf-8")
    judged = run("learn", "judge", "--reviewer", "abe", stdin="１\nx\n＝\nq\n".encode())
    assert judged.code == 0 and "2 pairs judged" in judged.err and "--- 2 ---" in judged.err
    assert run("learn", "report", "--json").json()["agreement"]["people"] == ["abe"]
    again = run(
        "learn", "evaluate", "--library", _library(tmp_path), "--run", name, "--no-teacher-arm", "--json"
    ).json()
    assert again["kind"] == "evaluate" and again["given"] == facts["situations"]["sealed"]
    other = run("learn", "evaluate", "--library", _library(tmp_path), "--card", card, "--sealed", "2", "--json").json()
    assert (other["sizes"]["train"], other["sizes"]["sealed"], other["card"]["topics"]) == (
        0,
        2,
        [DOMAIN.topics[0].name],
    )
    assert run("learn", "run", other["id"], "--yes", "sato").code == 0
    assert run("learn", "report", other["id"], "--json").json()["sealed"]["arms"]["retrieved"]["wins"] == 2


def test_the_plan_names_the_file_that_holds_what_would_leave(server: Server, run: Denju, tmp_path: Path) -> None:
    tickets = tmp_path / "tickets.csv"
    tickets.write_text("text,topic\n部品に傷があります,傷\n", "utf-8")
    planned = run("learn", "plan", "--tickets", str(tickets), *SIZES)
    (named,) = re.findall(r"look: (\S+)", planned.err)
    (kept,) = json.loads(Path(named).read_bytes())
    assert kept["turns"][0]["text"] == "部品に傷があります" and kept["topic"] == "傷"


def test_a_plan_whose_price_is_not_known_says_that_it_will_not_be_sent(
    server: Server, run: Denju, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "the price is not known, so nothing will be sent: set teacher.price_in and teacher.price_out"
    assert told not in run("learn", "plan", "--card", card, *SIZES).err
    monkeypatch.setenv("DENJU_TEACHER_BASE_URL", "https://teacher.example/v1")
    monkeypatch.setenv("DENJU_TEACHER_MODEL", "unheard-of")
    assert told in run("learn", "plan", "--card", card, *SIZES).err
    for limit in ("CALL", "DAY", "MONTH"):
        monkeypatch.setenv(f"DENJU_TEACHER_BUDGET_{limit}", "0")
    assert told not in run("learn", "plan", "--card", card, *SIZES).err
    assert told in run("learn", "plan", "--card", card, *SIZES, "--budget", "2").err


def test_a_larger_budget_needs_a_new_yes(
    server: Server, run: Denju, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENJU_TEACHER_PRICE_IN", "1")
    monkeypatch.setenv("DENJU_TEACHER_PRICE_OUT", "1")
    sizes = ("--train", "1", "--gate", "1", "--sealed", "1")
    name = run("learn", "plan", "--card", card, *sizes, "--budget", "0.004").out.strip()
    over = run("learn", "run", name, "--yes", "sato")
    assert over.code == 1 and "--budget USD" in over.err
    refused = run("learn", "resume", name, "--budget", "5")
    assert refused.code == 3 and f"resume {name} --budget 5 --yes NAME" in refused.err
    assert run("learn", "resume", name, "--budget", "5", "--yes", "abe", "--json").json()["spent"]["money"] > 0.004
    assert run("learn", "report", name, "--json").json()["yes"]["budget"] == 5


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("plan",), 2), (("plan", "--card", "nowhere.toml"), 1), (("run",), 1), (("resume", "lr_x"), 1),
        (("report",), 1), (("judge",), 1), (("evaluate",), 2), (("plan", "--train", "0"), 2),
        (("plan", "--budget", "-1"), 2), (("plan", "--budget", "nan"), 2), (("plan", "--budget", "x"), 2),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(server: Server, run: Denju, arguments: tuple[str, ...], code: int) -> None:
    done = run("learn", *arguments)
    assert done.code == code and done.err.count("\n") >= 2 and done.out == ""


def test_offline_it_pauses_and_goes_on_later(
    server: Server, run: Denju, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = run("learn", "plan", "--card", card, *SIZES).out.strip()
    server.__exit__()
    paused = run("learn", "run", name, "--yes", "sato")
    assert paused.code in (1, 3)
    assert "paused" in run("learn", "status", name).out
    assert run("learn", "status", name, "--json").json()["stopped"]["kind"] in ("unreachable", "deadline")
    again = run("learn", "run", name)
    assert again.code == paused.code and "has no yes" not in again.err, "the yes holds"
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    message, hint = run("learn", "status", name).err.splitlines()
    assert re.search("[ぁ-ん]", message) and re.search("[ぁ-ん]", hint), "why it paused, in the person's language"
    with Server(Scripted(DOMAIN), port=int(server.url.split("/")[2].partition(":")[2])):
        assert run("learn", "resume", name).code == 0
    assert run("learn", "status", name, "--json").json()["state"] == "finished"


def test_with_a_terminal_it_shows_the_plan_and_asks(server: Server, run: Denju, card: str, isolated: Path) -> None:
    name = run("learn", "plan", "--card", card, *SIZES).out.strip()
    _, shown = at_a_terminal("sato?", "ｙ\n", "learn", "run", name, DENJU_PERSON_NAME="sato")
    assert "has no yes" not in shown
    assert "no model's sha256 begins like this" in shown, "the student of this test is not on the disk"
    (yes,) = isolated.rglob("yes.json")
    assert json.loads(yes.read_bytes())["by"] == "sato"


def _library(folder: Path) -> str:
    file = folder / "library.jsonl"
    lines = [json.dumps(each.strategy.to_dict(), ensure_ascii=False) for each in DOMAIN.topics]
    file.write_text("\n".join(lines), "utf-8")
    return str(file)
