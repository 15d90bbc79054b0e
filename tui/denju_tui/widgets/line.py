"""A line to write in; and that keys do their work in the order in which they came."""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input


async def at_once(field: Widget, event: events.Key) -> None:
    """Do now what a key is bound to in ``field``; where that is nothing at this moment, the key is others'.

    Textual lets such a key bubble up to the app first. Letters that come in one piece with it, as a slow line delivers
    them, would be there before: of ``ab``, backspace, ``c`` it would take the ``c``.
    """
    for binding in field._bindings.key_to_bindings.get(event.key, ()):
        if await field.app.run_action(binding.action, field):
            event.prevent_default()
            event.stop()
            return


class Line(Input):
    """One line without a frame, and without a blinking cursor, which would send bytes for ever."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:  # noqa: A002 -- textual's name
        super().__init__(id=id, placeholder=placeholder, compact=True)
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        await at_once(self, event)
