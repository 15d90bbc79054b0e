"""The app: its panes, its language, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import ClassVar, cast

from denju_tui import terminal

terminal.prepare()  # textual reads the environment while it is imported

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS  # noqa: E402
from textual.app import App  # noqa: E402
from textual.keys import Keys  # noqa: E402

from denju.workbench import Workbench  # noqa: E402
from denju_tui.actions import bindings  # noqa: E402
from denju_tui.desk import Desk  # noqa: E402
from denju_tui.locale import LANGUAGES, interface_language, texts  # noqa: E402
from denju_tui.palette import ActionProvider  # noqa: E402
from denju_tui.screens.ask import AskPane, TeacherWanted  # noqa: E402
from denju_tui.screens.help import HelpScreen  # noqa: E402
from denju_tui.screens.library import LibraryPane  # noqa: E402
from denju_tui.screens.pane import CaretWanted, Pane  # noqa: E402
from denju_tui.screens.teacher import TeacherPane  # noqa: E402
from denju_tui.terminal import Terminal  # noqa: E402
from denju_tui.themes import INK, THEMES  # noqa: E402

# What alt+enter sends: textual knows no name for it, and would type ^ and send the message.
cast("dict[str, tuple[Keys, ...]]", ANSI_SEQUENCES_KEYS)["\x1b\r"] = (Keys.ControlJ,)
AGAIN_SECONDS = 2.0
"""In which a second Ctrl+C leaves."""


def run(workbench: Workbench) -> int:
    """Open the app and return its exit code once it is left.

    Raises:
        Exception: a mistake of ours ended it; the terminal is as it was before.
    """
    app = DenjuApp(workbench=workbench)
    app.run()
    if app.mistake is not None:
        raise app.mistake
    return app.return_code or 0


class DenjuApp(App[None]):
    """Ask, Library and Teacher."""

    TITLE = "denju"
    CSS_PATH: ClassVar = [
        "app.tcss",
        *(f"screens/{name}.tcss" for name in ("pane", "ask", "library", "teacher", "help")),
    ]
    BINDINGS = bindings("app")
    DEFAULT_MODE = "ask"
    COMMANDS: ClassVar = {ActionProvider}

    def __init__(self, *, workbench: Workbench, terminal: Terminal | None = None) -> None:
        terminal = terminal or Terminal.from_environment()
        plain = terminal.remote or not terminal.colour
        super().__init__(ansi_color=plain)
        self.desk = Desk(workbench, texts(interface_language(workbench.settings.text("person.language"))), terminal)
        self.ask_pane = AskPane(desk=self.desk)
        self.library_pane = LibraryPane(desk=self.desk)
        self.teacher_pane = TeacherPane(desk=self.desk)
        self.mistake: Exception | None = None
        """What ended the app, if it was not a person."""
        self._asked_to_quit = 0.0
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "denju-terminal" if plain else "denju"
        self.add_mode("ask", lambda: self.ask_pane)
        self.add_mode("library", lambda: self.library_pane)
        self.add_mode("teacher", lambda: self.teacher_pane)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return INK

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.leave, 128 + number)
        # After the first paint: nobody waits for what is made ready meanwhile.
        self.call_after_refresh(self.run_worker, self.desk.prepare, thread=True, group="prepare", exit_on_error=False)

    def on_caret_wanted(self, event: CaretWanted) -> None:
        """Textual hides the terminal's caret, though it keeps it in the right cell."""
        if self._driver is not None and not self.is_headless:
            self._driver.write("\x1b[?25h" if event.wanted else "\x1b[?25l")

    async def on_unmount(self) -> None:
        await asyncio.to_thread(self.desk.close)

    def leave(self, code: int = 0) -> None:
        """Keep what was typed, stop the student, and end."""
        self.ask_pane.leave()
        self.teacher_pane.leave()
        self.exit(return_code=code)

    def _fatal_error(self) -> None:
        # Textual's own report shows local variables, and with them customers' texts.
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        self.mistake = self.mistake or error
        super()._handle_exception(error)

    async def action_pane(self, pane: str) -> None:
        """Go to a pane; help that is open closes."""
        while not isinstance(self.screen, Pane):
            await self.pop_screen()
        await self.switch_mode(pane)

    def action_help(self) -> None:
        if isinstance(self.screen, Pane):
            self.push_screen(HelpScreen(texts=self.desk.texts))

    def action_language(self) -> None:
        """The next language, everywhere."""
        now = LANGUAGES.index(self.desk.texts.language)
        self.desk.texts = texts(LANGUAGES[(now + 1) % len(LANGUAGES)])
        for pane in (self.ask_pane, self.library_pane, self.teacher_pane):
            if pane.is_mounted:
                pane.speak()

    async def on_teacher_wanted(self, event: TeacherWanted) -> None:
        """An answer was bad: on to the Teacher, with it."""
        await self.action_pane("teacher")
        self.teacher_pane.about(event.case)

    async def action_quit(self) -> None:
        self.leave()

    def action_help_quit(self) -> None:
        """Ctrl+C: twice within two seconds leaves."""
        now = time.monotonic()
        if now - self._asked_to_quit <= AGAIN_SECONDS:
            self.leave()
            return
        self._asked_to_quit = now
        if isinstance(self.screen, Pane):
            self.screen.say(self.desk.texts("notice.quit_again"))
