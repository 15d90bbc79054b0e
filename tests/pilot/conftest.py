"""The app in a test: opened at a size, in a language, with a student; and what is asked of it there."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widget import Widget

from denju.testing import FakeStudent
from denju.values import Turn
from denju.workbench import Workbench
from denju_tui.app import DenjuApp
from denju_tui.terminal import Terminal

_CHROME = dict.fromkeys([ord("│"), *range(0x2580, 0x25A0)])
"""Lines and scroll bars that stand beside text."""
HANDS = 4
"""Through which a key goes at most: app, screen, widget, and the pane that a widget tells."""
PATIENCE = 180.0
"""Seconds after which a condition that must come is taken for lost."""


class PatientPilot(Pilot[None]):
    """Goes on when what a key began has gone through the app, its screen and its widgets.

    Textual's own goes on when the process seems idle, as it also does while it waits for a core.
    """

    async def press(self, *keys: str) -> None:
        for key in keys:
            await super().press(key)
            await self._settle()

    async def pause(self, delay: float | None = None) -> None:
        await super().pause(delay)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(HANDS):
            await self._wait_for_screen(PATIENCE)


class Opened:
    """An app that runs, and its screen as a person sees it."""

    def __init__(self, app: DenjuApp, pilot: Pilot[None], student: FakeStudent | None) -> None:
        self.app, self.pilot, self.student = app, pilot, student
        self.pane = app.ask_pane

    @property
    def lines(self) -> list[str]:
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """Everything on the screen; runs of spaces as one, so that wrapping does not hide a sentence."""
        return " ".join(" ".join(self.lines).split())

    def shows(self, text: str, *, within: type[Widget] | str = "*") -> bool:
        """Whether ``text`` can be read on the screen, wrapped or not; ``within`` one widget where columns stand."""
        lines = self.lines
        if within != "*":
            region = self.app.screen.query_one(within).region
            lines = [
                "".join(cell for column, cell in _cells(line) if region.x <= column < region.right)
                for line in lines[region.y : region.bottom]
            ]
        shown = "".join(lines).translate(_CHROME)
        return "".join(text.split()) in "".join(shown.split())

    @property
    def notice(self) -> str:
        from denju_tui.widgets.bottom_line import BottomLine

        return self.app.screen.query_one(BottomLine).notice

    async def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "\n".join(self.lines)
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def down_to(self, condition: Callable[[], object]) -> None:
        """Go down a list until the row that is meant is the chosen one."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "\n".join(self.lines)
            await self.pilot.press("down")

    async def send(self, message: str) -> None:
        """Write ``message`` and press Enter."""
        before = len(self.pane.query("ExchangeView"))
        self.pane.message_box.insert(message)
        await self.pilot.press("enter")
        await self.until(lambda: len(self.pane.query("ExchangeView")) > before)

    async def ask(self, message: str) -> None:
        """Send ``message`` and wait for the end of its answer."""
        await self.send(message)
        await self.until(lambda: self.pane.current is not None and not self.pane.current.running)


def _cells(line: str) -> Iterator[tuple[int, str]]:
    """Every character of ``line`` with the column that it begins in."""
    column = 0
    for character in line:
        yield column, character
        column += cell_len(character)


@pytest.fixture(scope="session")
def first_run(tmp_path_factory) -> Path:
    """A home as the first run leaves it: the starter library, and what the search keeps of it."""
    home = tmp_path_factory.mktemp("first-run")
    with Workbench(environ={"DENJU_HOME": str(home)}, student=FakeStudent()) as workbench:
        workbench.search.search([Turn("customer", "The parts are late.")], language="en")
    (home / "state").mkdir(exist_ok=True)
    (home / "state" / "introduced").touch()
    return home


@pytest.fixture
def opened(first_run: Path, isolated: Path):
    """A function that opens the app as a context manager, after the first run."""
    shutil.copytree(first_run, isolated / "denju", dirs_exist_ok=True)

    @contextlib.asynccontextmanager
    async def open_app(
        student: FakeStudent | None = None,
        *,
        size: tuple[int, int] = (120, 40),
        language: str = "en",
        terminal: Terminal | None = None,
        prepare: Callable[[Workbench], object] | None = None,
        real: bool = False,
        typed: str = "",
        **settings: str | int,
    ) -> AsyncIterator[Opened]:
        student = None if real else student or FakeStudent()
        overrides = {
            "person.language": language,
            **{name.replace("__", "."): value for name, value in settings.items()},
        }
        with Workbench(overrides=overrides, student=student) as workbench:
            if prepare:
                prepare(workbench)
            app = DenjuApp(workbench=workbench, terminal=terminal or Terminal(), typed=typed)
            async with app.run_test(size=size):
                yield Opened(app, PatientPilot(app), student)
                app.leave()
                await asyncio.sleep(0)

    return open_app
