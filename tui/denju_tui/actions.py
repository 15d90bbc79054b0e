"""The one registry of what a person can do: keys, hints, palette and help all come from here.

The texts of an action stand in the catalogue: ``action.ask_copy`` is its name, ``tip.ask_copy`` says what it does.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, and the keys for it."""

    id: str
    """``group.name``; keys can be remapped by it."""
    keys: str
    """These work everywhere, also while typing; the first is the one that is shown."""
    command: str
    """The method that does it, without ``action_``, with its arguments."""
    bare: str = ""
    """These work outside text fields."""

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """Its key in the catalogue."""
        return self.id.replace(".", "_")

    @property
    def shown_key(self) -> str:
        """``Ctrl+Y``, ``F9``, ``Esc``."""
        first = (self.keys or self.bare).split(",")[0]
        return "+".join(_SHOWN.get(part, part.capitalize()) for part in first.split("+"))


_SHOWN = {"escape": "Esc", "slash": "/"}

ACTIONS: tuple[Action, ...] = (
    Action("app.ask", "f2", "app.pane('ask')", bare="1"),
    Action("app.library", "f3", "app.pane('library')", bare="2"),
    Action("app.teacher", "f5", "app.pane('teacher')", bare="3"),
    Action("app.help", "f1", "app.help", bare="question_mark"),
    Action("app.language", "ctrl+t,f4", "app.language"),
    Action("app.palette", "ctrl+p", "app.command_palette"),
    Action("app.quit", "ctrl+q", "app.quit"),
    Action("ask.send", "enter", "send"),
    Action("ask.newline", "ctrl+j", "newline"),
    Action("ask.facts", "ctrl+f,f6", "facts"),
    Action("ask.strategy", "ctrl+o,f7", "strategy"),
    Action("ask.stop", "escape", "stop"),
    Action("ask.copy", "ctrl+y", "copy", bare="y"),
    Action("ask.good", "f9", "rate('good')", bare="g"),
    Action("ask.bad", "f10", "rate('bad')", bare="b"),
    Action("ask.teacher", "f8", "teacher"),
    Action("ask.new", "ctrl+n", "new"),
    Action("library.filter", "ctrl+f", "filter", bare="slash"),
    Action("library.open", "enter", "open"),
    Action("library.back", "escape", "back"),
    Action("teacher.look", "enter", "look"),
    Action("teacher.send", "f6", "send"),
    Action("teacher.mark", "ctrl+k", "mark"),
    Action("teacher.exact", "ctrl+e", "exact"),
    Action("teacher.rows", "ctrl+o,f7", "rows"),
    Action("teacher.approve", "f9", "approve"),
    Action("teacher.reject", "f10", "reject"),
    Action("teacher.remark", "f8", "remark"),
    Action("teacher.ledger", "ctrl+g", "ledger"),
    Action("teacher.back", "escape", "back"),
)
_BY_ID = {action.id: action for action in ACTIONS}
_IN_WIDGETS = frozenset({"ask.send", "library.open", "teacher.look"})
"""Keys that a widget handles itself, because what they mean depends on what came just before."""
_GIVES_WAY = frozenset({"ask.stop", "library.back", "teacher.back"})
"""Keys that something opened on top takes first."""


def action(action_id: str) -> Action:
    """The action of that id."""
    return _BY_ID[action_id]


def bindings(group: str) -> list[BindingType]:
    """The key bindings of one group: ``app``, ``ask``, ``library``, ``teacher``."""
    found: list[BindingType] = []
    for each in ACTIONS:
        if each.group != group or each.id in _IN_WIDGETS:
            continue
        found.append(
            Binding(each.keys, each.command, each.name, show=False, priority=each.id not in _GIVES_WAY, id=each.id)
        )
        if each.bare:
            found.append(Binding(each.bare, each.command, each.name, show=False, id=f"{each.id}.bare"))
    return found
