"""How the app is opened in a real terminal."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from denju_tui.terminal import Terminal, WidthProbe

if TYPE_CHECKING:
    from denju.workbench import Workbench


def open_app(workbench: Workbench) -> int:
    """Open the app and return its exit code once it is left.

    Raises:
        SettingsError: the setting ``screen.keys`` is wrong.
        Exception: a mistake of ours ended it; the terminal is as it was before.
    """
    terminal = Terminal.from_environment(settings=workbench.settings)
    terminal.prepare()
    typed = ""
    if not terminal.ascii and workbench.settings.text("screen.signs") == "auto" and os.environ.get("TERM") != "dumb":
        with WidthProbe().asked() as probe:
            import denju_tui.app  # noqa: F401 -- the terminal answers while this is loaded

            terminal, typed = replace(terminal, ascii=probe.wide()), probe.typed
    from denju_tui.app import DenjuApp

    app = DenjuApp(workbench=workbench, terminal=terminal, typed=typed)
    try:
        app.run()
    finally:
        app.stop_reading()
    if app.mistake is not None:
        raise app.mistake
    return app.return_code or 0
