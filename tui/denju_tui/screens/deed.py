"""What a key asked for and takes its time: one thing after the other, and it is said what is waited for."""

from __future__ import annotations

from collections.abc import Callable

from denju_tui.desk import Desk


class Deed:
    """A verdict that is under way. A second one would change the library under the checks of the first."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk, self._say = desk, say
        self._under_way = False

    def refused(self) -> bool:
        """Whether one is under way, so that no other may begin; then that is said."""
        if self._under_way:
            busy = self._desk.workbench.student_turn.locked()
            self._say(self._desk.texts("queue.student_busy" if busy else "queue.verdict_under_way"))
        return self._under_way

    def begins(self, *, checked: bool = False) -> bool:
        """Begin one, unless ``refused``. One that is ``checked`` first waits for the student while that is busy."""
        if self.refused():
            return False
        self._under_way = True
        if checked and self._desk.workbench.student_turn.locked():
            self._say(self._desk.texts("queue.student_busy"))
        return True

    def ended(self) -> None:
        """It is through, or was stopped by an error."""
        self._under_way = False
