"""Random keys, pastes and new sizes, for as long as it takes: no crash, and the library is whole afterwards.

In a folder of its own, offline, with a student that says one sentence. A seed gives the same keys again.

    python scripts/monkey_app.py [--keys 20000] [--seeds 1 2 3]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import random
import tempfile

from textual import events
from textual.pilot import Pilot

from denju.testing import FakeStudent
from denju.workbench import Workbench
from denju_tui.actions import ACTIONS
from denju_tui.app import DenjuApp
from denju_tui.launching import Launched
from denju_tui.terminal import Terminal

TOGETHER = 25
"""Keys that are sent without waiting for what they do."""
_BOUND = [key for action in ACTIONS for key in f"{action.keys},{action.bare}".split(",") if key]
_EDITING = [
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *("tab", "shift+tab", "backspace", "delete", "enter", "escape"),
]
_LETTERS = [*"abcdef 123", "傷", "遅", "。", "ー", "[", "]", "\\", "é", "が"]
"""No slash: what is typed may be taken for a file's name, and must stay in the folder."""
_PASTES = ["部品に傷があります。\n納期はいつですか。", "[red]\x1b[2J\u202e", "x" * 3_000, "納期: 12月3日"]


class Cage(DenjuApp):
    """The app without a way out."""

    def leave(self, code: int = 0) -> None:
        """Stay."""

    def on_load(self) -> None:
        """No command is started either: it would work on, with another student, when the folder is gone."""
        self.desk.launcher = _refuse


def _refuse(*_: object) -> Launched:
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


async def play(app: DenjuApp, pilot: Pilot[None], seed: int, keys: int) -> None:
    """Press ``keys`` random keys, with a paste, a click or a new size now and then."""
    dice = random.Random(seed)
    for number in range(keys):
        app.post_message(_event(dice))
        if number % TOGETHER == 0:
            await pilot.pause()
            await _other(app, pilot, dice)
    await pilot.pause()


def _event(dice: random.Random) -> events.Event:
    chance = dice.random()
    if chance < 0.01:
        return events.Paste(dice.choice(_PASTES))
    if chance < 0.4:
        letter = dice.choice(_LETTERS)
        return events.Key(letter if letter.isalnum() and letter.isascii() else "unknown", letter)
    key = dice.choice(_BOUND if chance < 0.75 else _EDITING)
    return events.Key(key, {"enter": "\r", "slash": "/", "question_mark": "?"}.get(key, key if len(key) == 1 else None))


async def _other(app: DenjuApp, pilot: Pilot[None], dice: random.Random) -> None:
    chance = dice.random()
    if chance < 0.15:
        await pilot.resize_terminal(dice.choice((20, 59, 60, 80, 100, 120, 200)), dice.choice((5, 14, 15, 24, 40, 60)))
    elif chance < 0.4:
        width, height = app.size
        with contextlib.suppress(Exception):  # a place that nothing stands at is no place for a click
            await pilot.click(offset=(dice.randrange(width), dice.randrange(height)))


def _bench(folder: str) -> Workbench:
    student = FakeStudent(["We look into it."])
    return Workbench(environ={"DENJU_HOME": folder}, overrides={"network.offline": True}, student=student)


async def run(seed: int, keys: int) -> None:
    """One game.

    Raises:
        AssertionError: the library was damaged.
        Exception: the app crashed.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), _bench(folder) as bench:
        app = Cage(workbench=bench, terminal=Terminal())
        async with app.run_test(size=(80, 24)) as pilot:
            await play(app, pilot, seed, keys)
            app.exit()
        strategies = len(bench.library.all())
        report = bench.check_library()
        assert report.damage is None, report
        print(f"seed {seed}: {keys:,} keys, no crash; the library is whole, with {strategies} strategies", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    os.environ.pop("TMUX", None)  # a copy must not reach the session that this runs in
    for seed in options.seeds:
        asyncio.run(run(seed, options.keys))


if __name__ == "__main__":
    main()
