"""The boxes that people write in: a paste stays whole, and only a deliberate Enter sends."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from denju.text import clean
from denju_tui.widgets.line import at_once

BURST = 0.03
"""Seconds. An Enter this close behind text confirms an input method's candidate, or is part of a paste."""
MOST = 200_000
"""Characters that a box takes."""


class WritingBox(TextArea):
    """A plain text field without a frame; everything that enters is cleaned."""

    DEFAULT_CSS = """
    WritingBox {
        height: auto; padding: 0 1; background: $background; scrollbar-size-vertical: 1;
        & .text-area--cursor-line { background: $background; }
        & .text-area--placeholder { color: $ink-muted; }
    }
    """

    @dataclass
    class TooLong(Message):
        """A paste that the box did not take."""

        size: int

    def __init__(self) -> None:
        super().__init__(highlight_cursor_line=False, compact=True)
        self.cursor_blink = False

    def hint(self, text: str) -> None:
        """What an empty box says about itself."""
        self.placeholder = Content(text)

    async def _on_key(self, event: events.Key) -> None:
        await at_once(self, event)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        size = len(self.text) + len(event.text)
        if size > MOST:
            self.post_message(self.TooLong(size))
            return
        text = clean(event.text)
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)


class FactsBox(WritingBox):
    """What the strategy cannot know, a line each. Enter begins the next line."""

    DEFAULT_CSS = """
    FactsBox { min-height: 2; max-height: 5; }
    """


class MessageBox(WritingBox):
    """The customer's message. Enter sends it."""

    DEFAULT_CSS = """
    MessageBox { min-height: 2; max-height: 10; }
    """

    @dataclass
    class Sent(Message):
        """Enter was pressed with this text in the box."""

        text: str

    class HeldBack(Message):
        """An Enter came right behind text and did not send."""

    def __init__(self) -> None:
        super().__init__()
        self._last_text = -1.0
        self._held_enter = -1.0

    async def _on_key(self, event: events.Key) -> None:
        now = event.time  # when it came: a busy app may look at it much later, and at two keys at once
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            if now - self._last_text < BURST:
                self._held_enter = now
                self.post_message(self.HeldBack())
            else:
                self.post_message(self.Sent(self.text))
        elif event.is_printable:
            # Text right behind such an Enter: lines that a terminal without bracketed paste sends as keys.
            if now - self._held_enter < BURST:
                self._replace_via_keyboard("\n", *self.selection)
            self._last_text, self._held_enter = now, -1.0
