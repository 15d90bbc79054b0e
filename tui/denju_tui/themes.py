"""Colours: a quiet dark theme, and the terminal's own colours where bytes are dear or colours are not wanted."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

INK = {
    "ink-muted": "#8b93a1",
    "ink-heading": "#8fb8de",
    "ink-mark": "#e8c27a",
    "ink-warning": "#e6a96b",
    "ink-line": "#39404b",
}
"""Defaults of the variables that the app's styles name."""

_OWN = Theme(
    name="denju",
    primary="#8fb8de",
    secondary="#6f8fb0",
    accent="#e8c27a",
    warning="#e6a96b",
    error="#e08a8a",
    success="#93c79a",
    foreground="#dfe3e8",
    background="#16191e",
    surface="#1f242b",
    panel="#262c35",
    variables=INK,
)
_TERMINAL = replace(
    BUILTIN_THEMES["ansi-dark"],
    name="denju-terminal",
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "ink-muted": "ansi_bright_black",
        "ink-heading": "ansi_blue",
        "ink-mark": "ansi_yellow",
        "ink-warning": "ansi_yellow",
        "ink-line": "ansi_bright_black",
    },
)
THEMES = (_OWN, _TERMINAL)
