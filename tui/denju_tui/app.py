"""The app: its panes, its language, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.events import Event, InputEvent, Paste
from textual.keys import Keys as TextualKeys

from denju.workbench import Workbench
from denju_tui.actions import Keys, bindings
from denju_tui.desk import Desk
from denju_tui.locale import LANGUAGES, interface_language, texts
from denju_tui.screens.cover import Cover
from denju_tui.screens.pane import CaretWanted, Pane, StrategyWanted
from denju_tui.terminal import Terminal
from denju_tui.themes import INK, THEMES

if TYPE_CHECKING:
    from denju_tui.screens.ask import AskPane, TeacherWanted
    from denju_tui.screens.library import LibraryPane
    from denju_tui.screens.teacher import TeacherPane

# What alt+enter sends: textual knows no name for it, and would type ^ and send the message.
cast("dict[str, tuple[TextualKeys, ...]]", ANSI_SEQUENCES_KEYS)["\x1b\r"] = (TextualKeys.ControlJ,)
AGAIN_SECONDS = 2.0
"""In which a second Ctrl+C leaves."""


class DenjuApp(App[None]):
    """Every pane is a screen of ``screens/``, imported and built when it is first opened."""

    TITLE = "denju"
    # A screen's own file means parsing all of them anew when it is opened: what the first paint needs stands here.
    CSS_PATH: ClassVar = [
        Path(__file__).with_name("app.tcss"),
        *(Path(__file__).parent / "screens" / f"{name}.tcss" for name in ("pane", "ask", "cover")),
    ]
    BINDINGS = bindings("app")
    ENABLE_COMMAND_PALETTE = False  # it has one of its own

    def __init__(self, *, workbench: Workbench, terminal: Terminal | None = None, typed: str = "") -> None:
        """``typed`` was typed while the app was starting: it is the beginning of the first message."""
        terminal = terminal or Terminal.from_environment(settings=workbench.settings)
        plain = terminal.remote or not terminal.colour
        super().__init__(ansi_color=plain)
        settings = workbench.settings
        language = interface_language(settings.text("person.language"))
        self.desk = Desk(workbench, texts(language), terminal, Keys.of(settings))
        self.set_keymap(self.desk.keys.changed)
        self.mistake: Exception | None = None
        """What ended the app, if it was not a person."""
        self._panes: dict[str, Pane] = {}
        self._early = typed
        self.clock = time.monotonic
        self._asked_to_quit = -AGAIN_SECONDS
        for theme in THEMES:
            self.register_theme(theme)
        # Set as an attribute, it would have every style parsed a second time before the first paint.
        self.set_reactive(DenjuApp.theme, "denju-terminal" if plain else "denju")
        self.stylesheet.set_variables(self.get_css_variables())

    def pane(self, name: str) -> Pane:
        """The one pane of that name."""
        if name not in self._panes:
            screen = getattr(import_module(f"denju_tui.screens.{name}"), f"{name.capitalize()}Pane")
            self._panes[name] = screen(desk=self.desk)
            self.install_screen(self._panes[name], name)  # it outlives a switch to another one
        return self._panes[name]

    @property
    def ask_pane(self) -> AskPane:
        return cast("AskPane", self.pane("ask"))

    @property
    def library_pane(self) -> LibraryPane:
        return cast("LibraryPane", self.pane("library"))

    @property
    def teacher_pane(self) -> TeacherPane:
        return cast("TeacherPane", self.pane("teacher"))

    def get_default_screen(self) -> Pane:
        return self.pane("ask")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return INK

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.leave, 128 + number)
        if self.desk.first_run():
            self._introduce()
        if self._early:
            self.call_after_refresh(self._begin, self._early)
        # After the first paint: nobody waits for what is made ready meanwhile.
        self.call_after_refresh(self.run_worker, self.desk.prepare, thread=True, group="prepare", exit_on_error=False)

    def _introduce(self) -> None:
        from denju_tui.screens.introduction import Introduction

        self.push_screen(Introduction(desk=self.desk, typed=self._begin))

    def _begin(self, typed: str) -> None:
        """What is typed early is the beginning of the first message."""
        self.ask_pane.message_box.post_message(Paste(typed))

    def on_caret_wanted(self, event: CaretWanted) -> None:
        """Textual hides the terminal's caret, though it keeps it in the right cell."""
        if self._driver is not None and not self.is_headless:
            self._driver.write("\x1b[?25h" if event.wanted else "\x1b[?25l")

    @contextlib.contextmanager
    def suspend(self) -> Iterator[None]:
        """Leave the terminal to another program, and come back however that ends.

        Textual's own does not come back when something is raised meanwhile, and hides the caret when it does.
        """
        stopped: Exception | None = None
        with super().suspend():
            try:
                yield
            except Exception as error:
                stopped = error
        self.post_message(CaretWanted(True))
        if stopped is not None:
            raise stopped

    async def on_unmount(self) -> None:
        await asyncio.to_thread(self.desk.close)

    def leave(self, code: int = 0) -> None:
        """Keep what was typed, stop the student, and end."""
        from denju_tui.screens.over import Over

        for screen in self.screen_stack:
            if isinstance(screen, Over):
                screen.leave()
        for pane in self._panes.values():
            pane.leave()
        self.exit(return_code=code)

    def stop_reading(self) -> None:
        """End Textual's input thread: a terminal that is gone it would read for ever, and the process with it."""
        reading = getattr(self._driver, "exit_event", None)
        if reading is not None:
            reading.set()

    async def on_event(self, event: Event) -> None:
        if self._exit and isinstance(event, InputEvent):
            return  # there may be no screen left that a key could be for
        await super().on_event(event)

    def _fatal_error(self) -> None:
        # Textual's own report shows local variables, and with them customers' texts.
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        self.mistake = self.mistake or error
        super()._handle_exception(error)

    async def _uncover(self) -> None:
        """Close what lies over the pane."""
        while not isinstance(self.screen, Pane):
            await self.pop_screen()

    async def action_pane(self, pane: str) -> None:
        """Go to a pane."""
        await self._uncover()
        # Ask lies below, one other pane at most above it. Textual's modes would parse every style anew at each change.
        there = self.pane(pane)
        if there is self.screen:
            return
        if there is self.ask_pane:
            await self.pop_screen()
        elif self.screen is self.ask_pane:
            await self.push_screen(there)
        else:
            await self.switch_screen(there)

    async def action_help(self) -> None:
        """Open the help on top of all that is open, or close it."""
        from denju_tui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            await self.pop_screen()
        else:
            self.push_screen(HelpScreen(desk=self.desk))

    def action_palette(self) -> None:
        """Every action that there is here, by its name."""
        from denju_tui.screens.palette import PaletteScreen

        below = self.screen
        if isinstance(below, PaletteScreen):
            return

        async def run(command: str | None) -> None:
            if command:
                await below.run_action(command)

        self.push_screen(PaletteScreen(desk=self.desk, below=below), run)

    def action_language(self) -> None:
        """The next language, everywhere."""
        from denju_tui.screens.over import Over

        now = LANGUAGES.index(self.desk.texts.language)
        self.desk.texts = texts(LANGUAGES[(now + 1) % len(LANGUAGES)])
        covers = [screen for screen in self.screen_stack if isinstance(screen, Cover | Over)]
        for screen in (*self._panes.values(), *covers):
            if screen.is_mounted:
                screen.speak()

    async def on_strategy_wanted(self, event: StrategyWanted) -> None:
        """A row stood for a strategy: on to the Library, with it."""
        await self.action_pane("library")
        self.library_pane.open_strategy(event.strategy_id)

    async def on_teacher_wanted(self, event: TeacherWanted) -> None:
        """An answer was bad: on to the Teacher, with it."""
        await self.action_pane("teacher")
        self.teacher_pane.about(event.case)

    async def action_quit(self) -> None:
        self.leave()

    def action_help_quit(self) -> None:
        """Ctrl+C: twice within two seconds leaves."""
        now = self.clock()
        if now - self._asked_to_quit <= AGAIN_SECONDS:
            self.leave()
            return
        self._asked_to_quit = now
        if isinstance(self.screen, Pane):
            self.screen.say(self.desk.texts("notice.quit_again"))
