"""What takes time is done in a thread, so that keys are heard meanwhile; what stopped it comes back as a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.dom import DOMNode
from textual.message import Message

from denju.errors import DenjuError


class Working(DOMNode):
    """A screen or a view that has slow work. It is the last of the bases: style is inherited along the first one."""

    @dataclass
    class Stopped(Message, bubble=False):
        """An error ended what a thread was to do."""

        error: DenjuError

    def in_thread(self, work: Callable[[], object], *, group: str = "work", exclusive: bool = False) -> None:
        """Do what takes time; it tells the rest by messages. An ``exclusive`` one cancels the others of its group."""

        def run() -> None:
            try:
                work()
            except DenjuError as error:
                self.post_message(self.Stopped(error))

        self.run_worker(run, thread=True, group=group, exclusive=exclusive)

    def on_working_stopped(self, message: Stopped) -> None:
        self.stopped(message.error)

    def stopped(self, error: DenjuError) -> None:
        """Show an error that stopped something."""
        raise NotImplementedError
