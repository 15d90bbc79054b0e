"""Hostile texts in every field, in every pane: nothing crashes, acts, or reaches the terminal raw."""

from __future__ import annotations

import json
import re
from pathlib import Path

from denju.learning.card import Card
from denju.learning.folder import Folder
from denju.learning.plan import Cost, Plan, Sizes
from denju.learning.situations import Situation
from denju.testing import FakeStudent
from denju.values import Strategy, Turn
from denju_tui.actions import PANES
from denju_tui.batch_list import remember
from hostile import HOSTILE, RAW

LISTS = ("avoid_when", "cues", "priorities", "decide", "steps", "tags")


def strategy(text: str, number: int, prefix: str = "st") -> Strategy:
    """``text`` in every field that holds text."""
    return Strategy.from_dict(
        {
            "id": f"{prefix}_{number:012x}",
            "title": f"{text} late line",
            "situation": f"{text} parts late",
            "language": "en",
            **{name: [f"{text} {name}"] for name in LISTS},
            "why": text,
            "origin": {"kind": "import", "by": text, "model": text},
            "check": {"never": ["x" + re.escape(text)]},
            "unknown": text,
        }
    )


def prepare(workbench):
    """Each serves in a revision of its own; every tenth waits as a draft too."""
    workbench.library.merge([strategy(text, number) for number, text in enumerate(HOSTILE)], approved_by="[red")
    workbench.library.add([strategy(text, number, "dr") for number, text in enumerate(HOSTILE[::10])])


async def test_every_field_in_every_pane(opened):
    async with opened(FakeStudent([f"Answer {text} end" for text in HOSTILE[::20]]), prepare=prepare) as app:

        def check():
            assert not RAW.search("".join(app.lines))
            assert not app.app._exit

        for start in range(0, len(HOSTILE), 50):
            await app.pilot.press("ctrl+n")
            app.pane.facts_box.text = "\n".join(HOSTILE[start : start + 50])
            await app.ask("The parts are late\n" + "\n".join(HOSTILE[start : start + 50]))
            check()
        for pane in PANES:
            await app.app.action_pane(pane)
            await app.pilot.pause(0.05)
            check()
        library = app.app.library_pane
        await app.app.action_pane("library")
        await app.until(lambda: library.loaded)
        table = library.query_one("StrategyTable")
        for index in range(len(HOSTILE)):
            table.chosen = index
            await app.pilot.pause()
            check()
        for size in ((80, 24), (60, 15), (120, 40)):
            await app.pilot.resize_terminal(*size)
            await app.pilot.pause()
            check()


def answered(folder: Path) -> Path:
    """The answers of a run whose every text is hostile; half of its rows failed."""
    target = folder / "answers [red.jsonl"
    error = [{"kind": "usage", "message": text, "hint": text} for text in HOSTILE]
    lines = [{"id": text, "error": error[number] if number % 2 else None} for number, text in enumerate(HOSTILE)]
    target.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    source = {"path": str(folder / f"{HOSTILE[0]}.jsonl"), "form": "jsonl", "text": HOSTILE[1], "id": "id"}
    student = {"kind": "fake", "model": HOSTILE[2], "sha256": "0" * 64, "practice": False}
    run = {
        "denju": "batch", "schema": 1, "input": source, "library": HOSTILE[3], "student": student, "settings": {},
        "options": {"form": "jsonl", "where": None, "limit": None, "unordered": False}, "state": "failed",
        "why": "".join(HOSTILE), "pid": 1, "began": HOSTILE[4], "seen": "",
        "tally": {"rows": len(HOSTILE), "failed": len(HOSTILE) // 2},
    }  # fmt: skip
    target.with_name(target.name + ".run.json").write_text(json.dumps(run))
    Path(source["path"]).write_text(
        "".join(json.dumps({"id": text, "text": f"late {text}"}) + "\n" for text in HOSTILE)
    )
    return target


async def test_files_rows_and_runs_of_a_batch(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = answered(tmp_path)
    async with opened(prepare=lambda bench: remember(bench.paths.drafts, target)) as app:

        def check():
            assert not RAW.search("".join(app.lines))
            assert not app.app._exit

        await app.pilot.press("f7")
        pane = app.app.screen
        await app.until(lambda: pane.runs)
        check()
        pane.query_one("#paper").scroll_end(animate=False)
        await app.until(lambda: app.shows("Begun"))
        check()
        await app.pilot.press("ctrl+o")
        await app.until(lambda: getattr(app.app.screen, "records", None))
        for index in range(len(HOSTILE) // 2):
            app.app.screen.rows.chosen = index
            await app.pilot.pause()
            check()
        await app.pilot.press("escape", "ctrl+n")
        await app.until(lambda: app.app.screen is not pane and app.app.screen.rows.key)
        check()
        app.app.screen.dismiss(tmp_path / f"{HOSTILE[0]}.jsonl")
        await app.until(lambda: getattr(app.app.screen, "forecast", None))
        check()
        await app.pilot.press("home", "enter")
        await app.until(lambda: app.shows("late.answers.jsonl", within="#line"))
        check()
        await app.pilot.press("enter")
        assert app.app.screen.wanted.target.name == f"{HOSTILE[0]}.answers.jsonl"
        await app.pilot.resize_terminal(80, 24)
        await app.pilot.pause()
        check()


def learnt(bench) -> Folder:
    """A finished run of learning whose every text is hostile."""
    text, some = "".join(HOSTILE), HOSTILE[::5]
    bench.paths.runs.mkdir(parents=True)
    plan = Plan(
        id="lr_1", kind="learn", seed=1, created="2026-11-28T00:00:00Z", language="en", languages=("en",),
        provider="openai", model=HOSTILE[0], host=HOSTILE[1], card=Card(text, "en"), sizes=Sizes(), given=len(some),
        student={"kind": "fake", "model": HOSTILE[2], "sha256": "0" * 64, "practice": False}, planted=0,
        teacher_arm=True, budget=0.0, cost=Cost({"judge": 3}, 1, 1, None, 1, 0.1),
    )  # fmt: skip
    given = [Situation(f"g{number}", (Turn("customer", each),), each) for number, each in enumerate(some)]
    folder = Folder(bench.paths.runs / "lr_1")
    folder.path.mkdir()
    folder.begin(plan, given, [], [])
    folder.agree(text)
    attempt = {"text": text, "match": "", "strategy": None, "broken": [], "unsupported": [], "error": ""}
    written = [strategy(each, number).to_dict() for number, each in enumerate(some)]
    tally = {"wins": 1, "losses": 1, "even": 1, "broken": 1, "p": 1.0, "uplift": 0.0, "low": -1.0, "high": 1.0}
    verdicts = ("better", "not_better", "cannot_tell")
    told = {"attempt": attempt, "answer": text, "gap": True, "drafts": [written[0]["id"]], "again": attempt}
    folder.finish({
        "drafts": [{"strategy": one, "verdict": verdicts[n % 3], "more": n or None, **tally}
                   for n, one in enumerate(written)],
        "dropped": [], "situations": {"train": 1, "gate": 1, "sealed": 1},
        "contrasts": [{"situation": each.to_dict(), "stopped": "cap", "rounds": [{**told, "outcome": 1}]}
                      for each in given],
        "pairs": [{"name": each.id, "draft": "x", "situation": each.to_dict(), "one": {**attempt, "text": each.topic},
                   "other": attempt, "outcome": 1, "why": text, "wavers": False} for each in given],
        "sealed": {"arms": {"retrieved": tally}, "topics": {text: tally}, "broken": {"retrieved": 1}},
        "failures": {text: 1}, "spent": {"calls": 1, "tokens_in": 1, "tokens_out": 1, "money": 0.0}, "seconds": 1,
    })  # fmt: skip
    return folder


async def test_every_text_of_a_run_of_learning(opened):
    async with opened(prepare=learnt, person__name="[red") as app:

        def check():
            assert not RAW.search("".join(app.lines))
            assert not app.app._exit

        async def each_row(screen):
            for index in range(len(screen.query_one("RowList")._rows)):
                screen.query_one("RowList").chosen = index
                await app.pilot.pause()
                check()

        await app.pilot.press("f6")
        pane = app.app.screen
        await app.until(lambda: pane.runs)
        check()
        await app.pilot.press("ctrl+o")
        await app.until(lambda: getattr(app.app.screen, "situations", None))
        await each_row(app.app.screen)
        await app.pilot.press("escape", "enter")
        await app.until(lambda: getattr(app.app.screen, "facts", None))
        await each_row(app.app.screen)
        await app.pilot.press("enter")
        check()
        await app.pilot.press("ctrl+k")
        await app.until(lambda: getattr(app.app.screen, "pairs", None))
        for _ in range(5):
            left = len(app.app.screen.pairs)
            await app.pilot.press("1")
            await app.until(lambda left=left: len(app.app.screen.pairs) < left)
            check()
        await app.pilot.resize_terminal(80, 24)
        await app.pilot.pause()
        check()
