"""How long a person waits in the app: from the key to the first text of the answer, and for a letter while it streams.

Runs the app without a terminal, with the real student that the package brings, and prints a table.

    python scripts/bench_app.py [--messages 20]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from textual.events import Key
from textual.pilot import Pilot

from denju.values import Strategy
from denju.workbench import Workbench
from denju_tui.app import DenjuApp
from denju_tui.terminal import Terminal
from denju_tui.widgets.conversation import Exchange

LOOK = 0.002
"""Seconds between two looks at the screen's state."""


async def measure(messages: int) -> tuple[list[float], list[float]]:
    """Seconds to the first text of each answer, and seconds that each letter took while the student worked."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"DENJU_HOME": folder, "DENJU_SLOT": str(Path(folder) / "slot")}
        os.environ.update(environ)
        with Workbench(environ=environ) as workbench:
            app = DenjuApp(workbench=workbench, terminal=Terminal())
            async with app.run_test(size=(80, 24)) as pilot:
                await asyncio.to_thread(app.desk.strategies)  # waits until everything is warm
                firsts, letters = [], []
                scenarios = [each for each in workbench.library.serving() if each.cues]
                for strategy in scenarios[:: max(1, len(scenarios) // messages)][:messages]:
                    first, typed = await answer(app, pilot, strategy)
                    firsts.append(first)
                    letters += typed
    return firsts, letters


async def answer(app: DenjuApp, pilot: Pilot[None], strategy: Strategy) -> tuple[float, list[float]]:
    """Ask one message in a conversation of its own; type letters from when it is taken until its answer ends."""
    pane = app.ask_pane
    await pilot.press("ctrl+n")
    before = pane.current
    pane.message_box.text = strategy.cues[0]
    await asyncio.sleep(0.1)  # an Enter right after a burst of text would confirm an input method's candidate
    pressed = time.monotonic()
    app.post_message(Key("enter", "\r"))
    while pane.current is before or pane.current is None:
        await asyncio.sleep(0)
    asked = pane.current
    typing = asyncio.create_task(typed_during(app, asked))
    while asked.running and not asked.said:
        await asyncio.sleep(LOOK)
    first = time.monotonic() - pressed
    return first, await typing


async def typed_during(app: DenjuApp, asked: Exchange) -> list[float]:
    """Press one letter after another until the answer ends: seconds from each key to the next refresh that has it."""
    box, letters = app.ask_pane.message_box, list[float]()
    while asked.running:
        size, pressed = len(box.text), time.monotonic()
        app.post_message(Key("x", "x"))
        while len(box.text) == size:
            await asyncio.sleep(0)
        await box.wait_for_refresh()
        letters.append(time.monotonic() - pressed)
    return letters


def row(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    cells = (statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1])
    return f"| {name} | {len(ordered)} | " + " | ".join(f"{1000 * cell:.0f}" for cell in cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20)
    firsts, letters = asyncio.run(measure(parser.parse_args().messages))
    print(f"{os.cpu_count()} cores, milliseconds\n")
    print("| what | times | median | p95 | slowest |\n| --- | ---: | ---: | ---: | ---: |")
    print(row("key to the first text of the answer", firsts))
    print(row("a letter typed while the student works", letters))


if __name__ == "__main__":
    main()
