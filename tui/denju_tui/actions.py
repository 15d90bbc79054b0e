"""The one registry of what a person can do: keys, hints, palette and help all come from here.

The texts of an action stand in the catalogue: ``action.ask_copy`` is its name, ``tip.ask_copy`` says what it does.
Other keys come from the setting ``screen.keys``: ``ask.copy=f11 ask.new=ctrl+b,f13``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from denju.errors import SettingsError

if TYPE_CHECKING:
    from textual.binding import BindingType

    from denju.settings import Settings


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

    @property
    def shown_bare(self) -> str:
        """``y``, ``/``, ``=``; empty where there is none."""
        return _SHOWN.get(self.bare, self.bare)


_SHOWN = {"escape": "Esc", "slash": "/", "question_mark": "?", "equals_sign": "="}

PANES = ("ask", "library", "review", "teacher", "learning", "batch", "overview")
"""The panes in the order of their keys: F2 to F8, and 1 to 7 outside text fields."""
ACTIONS: tuple[Action, ...] = (
    Action("app.ask", "f2", "app.pane('ask')", bare="1"),
    Action("app.library", "f3", "app.pane('library')", bare="2"),
    Action("app.review", "f4", "app.pane('review')", bare="3"),
    Action("app.teacher", "f5", "app.pane('teacher')", bare="4"),
    Action("app.learning", "f6", "app.pane('learning')", bare="5"),
    Action("app.batch", "f7", "app.pane('batch')", bare="6"),
    Action("app.overview", "f8", "app.pane('overview')", bare="7"),
    Action("app.help", "f1", "app.help", bare="question_mark"),
    Action("app.language", "ctrl+t", "app.language"),
    Action("app.palette", "ctrl+p", "app.palette"),
    Action("app.quit", "ctrl+q", "app.quit"),
    Action("ask.send", "enter", "send"),
    Action("ask.newline", "ctrl+j", "newline"),
    Action("ask.facts", "ctrl+f", "facts"),
    Action("ask.strategy", "ctrl+o", "strategy"),
    Action("ask.stop", "escape", "stop"),
    Action("ask.copy", "ctrl+y", "copy", bare="y"),
    Action("ask.good", "f9", "rate('good')", bare="g"),
    Action("ask.bad", "f10", "rate('bad')", bare="b"),
    Action("ask.teacher", "ctrl+g", "teacher"),
    Action("ask.edit", "ctrl+e", "edit", bare="e"),
    Action("ask.again", "ctrl+r", "again", bare="r"),
    Action("ask.compare", "ctrl+l", "compare", bare="c"),
    Action("ask.prompt", "f12", "prompt", bare="p"),
    Action("ask.new", "ctrl+n", "new"),
    Action("library.filter", "ctrl+f", "filter", bare="slash"),
    Action("library.open", "enter", "open"),
    Action("library.facets", "ctrl+o", "facets"),
    Action("library.edit", "ctrl+e", "edit", bare="e"),
    Action("library.revisions", "ctrl+r", "revisions", bare="r"),
    Action("library.new", "ctrl+n", "new", bare="n"),
    Action("library.bring", "ctrl+l", "bring", bare="i"),
    Action("library.export", "ctrl+x", "export", bare="x"),
    Action("library.back", "escape", "back"),
    Action("review.read", "enter", "read"),
    Action("review.approve", "f9", "approve", bare="a"),
    Action("review.reject", "f10", "reject", bare="r"),
    Action("review.edit", "ctrl+e", "edit", bare="e"),
    Action("review.undo", "ctrl+z", "undo", bare="u"),
    Action("review.all", "ctrl+g", "all"),
    Action("review.back", "escape", "back"),
    Action("teacher.look", "enter", "look"),
    Action("teacher.switch", "space", "switch"),
    Action("teacher.send", "f12", "send"),
    Action("teacher.mark", "ctrl+k", "mark"),
    Action("teacher.exact", "ctrl+e", "exact"),
    Action("teacher.rows", "ctrl+o", "rows"),
    Action("teacher.approve", "f9", "approve"),
    Action("teacher.reject", "f10", "reject"),
    Action("teacher.remark", "ctrl+r", "remark"),
    Action("teacher.drop", "ctrl+d", "drop", bare="delete"),
    Action("teacher.ledger", "ctrl+g", "ledger"),
    Action("teacher.back", "escape", "back"),
    Action("learning.open", "enter", "open"),
    Action("learning.new", "ctrl+n", "new", bare="n"),
    Action("learning.given", "ctrl+o", "given", bare="o"),
    Action("learning.yes", "f12", "yes"),
    Action("learning.pause", "f9", "pause", bare="p"),
    Action("learning.resume", "f10", "resume", bare="r"),
    Action("learning.again", "ctrl+r", "again", bare="t"),
    Action("learning.back", "escape", "back"),
    Action("batch.open", "enter", "open"),
    Action("batch.pick", "ctrl+n", "pick", bare="n"),
    Action("batch.pause", "f9", "pause", bare="p"),
    Action("batch.resume", "f10", "resume", bare="r"),
    Action("batch.failed", "ctrl+o", "failed", bare="f"),
    Action("batch.retry", "ctrl+r", "retry", bare="t"),
    Action("batch.back", "escape", "back"),
    Action("overview.open", "enter", "open"),
    Action("overview.back", "escape", "back"),
    Action("edit.keep", "f12", "keep"),
    Action("edit.outside", "ctrl+o", "outside"),
    Action("edit.anew", "ctrl+r", "anew"),
    Action("edit.back", "escape", "back"),
    Action("again.ask", "enter", "ask"),
    Action("again.back", "escape", "back"),
    Action("compare.back", "escape", "back"),
    Action("prompt.back", "escape", "back"),
    Action("palette.run", "enter", "run"),
    Action("palette.back", "escape", "back"),
    Action("revisions.restore", "f12", "restore"),
    Action("revisions.against", "ctrl+o", "against"),
    Action("revisions.back", "escape", "back"),
    Action("bringing.bring", "f12", "bring"),
    Action("bringing.ours", "f9", "decide('keep')", bare="k"),
    Action("bringing.theirs", "f10", "decide('take')", bare="t"),
    Action("bringing.both", "ctrl+g", "decide('both')", bare="b"),
    Action("bringing.back", "escape", "back"),
    Action("picking.take", "enter", "take"),
    Action("picking.back", "escape", "back"),
    Action("ordering.change", "enter", "change"),
    Action("ordering.start", "f12", "start"),
    Action("ordering.back", "escape", "back"),
    Action("failures.retry", "ctrl+r", "retry", bare="t"),
    Action("failures.back", "escape", "back"),
    Action("planning.change", "enter", "change"),
    Action("planning.make", "f12", "make"),
    Action("planning.back", "escape", "back"),
    Action("given.back", "escape", "back"),
    Action("learnt.read", "enter", "read"),
    Action("learnt.judge", "ctrl+k", "judge", bare="j"),
    Action("learnt.report", "ctrl+x", "report", bare="x"),
    Action("learnt.back", "escape", "back"),
    Action("judging.first", "f9", "judge('1')", bare="1"),
    Action("judging.second", "f10", "judge('2')", bare="2"),
    Action("judging.even", "f12", "judge('=')", bare="equals_sign"),
    Action("judging.back", "escape", "back"),
)
_IN_WIDGETS = frozenset(
    {
        "ask.send", "library.open", "review.read", "teacher.look", "teacher.switch", "learning.open", "batch.open",
        "overview.open", "again.ask", "picking.take", "ordering.change", "planning.change", "learnt.read",
        "palette.run",
    }
)  # fmt: skip
"""Keys that a widget handles itself, because what they mean depends on what came just before."""
_GIVES_WAY = frozenset({"ask.stop", "teacher.drop", *(each.id for each in ACTIONS if each.name.endswith("_back"))})
"""Keys that something opened on top, or a text field, takes first."""
_OVER = frozenset(
    {
        "edit", "again", "compare", "prompt", "revisions", "bringing", "picking", "ordering", "failures", "planning",
        "given", "learnt", "judging",
    }
)  # fmt: skip
"""Groups of screens that lie over a pane."""
_USABLE = re.compile(r"ctrl\+[abd-gj-lnopr-z]|f([1-9]|1\d|2[0-4])|escape|insert")
"""What every terminal sends and no text field needs; Ctrl+C, H, I, M and Q have a meaning that stays."""
_UNTAKEN = re.compile(r"f([1-589]|\d\d)|escape|insert")
"""Of those, what a text field leaves to the keys that give way; by F6 and F7 it selects."""


def bindings(group: str) -> list[BindingType]:
    """The key bindings of one group (``app``, or a pane), as they are unless the settings say otherwise."""
    from textual.binding import Binding  # here, because the commands look at keys without the app

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


class Keys:
    """All actions with the keys that a person chose for them."""

    def __init__(self, chosen: str = "") -> None:
        """From the setting ``screen.keys``.

        Raises:
            SettingsError: an unknown action or one named twice, a key that cannot be used, or one that would do two
                things.
        """
        self.changed = _read(chosen)
        """What textual calls a keymap."""
        self.actions = tuple(replace(each, keys=self.changed.get(each.id, each.keys)) for each in ACTIONS)
        self._by_id = {each.id: each for each in self.actions}
        for group in {each.group for each in ACTIONS}:
            _refuse_twins(together(self.actions, group))

    @classmethod
    def of(cls, settings: Settings) -> Keys:
        """As the settings have them.

        Raises:
            SettingsError: as for a choice; of one in the environment the hint says that it is corrected there.
        """
        chosen = settings.sourced()["screen.keys"]
        try:
            return cls(str(chosen.value))
        except SettingsError as error:
            if chosen.source != "environment":
                raise
            hint, _, _ = error.hint.partition(" denju config set")
            place = f"{hint} Correct it there, or take it out."
            raise SettingsError(f"DENJU_SCREEN_KEYS: {error.what}", place) from error

    def __getitem__(self, action_id: str) -> Action:
        return self._by_id[action_id]


def _read(chosen: str) -> Mapping[str, str]:
    keymap: dict[str, str] = {}
    for part in chosen.split():
        action_id, _, keys = part.partition("=")
        if action_id not in (ids := [each.id for each in ACTIONS]):
            raise _wrong(f"there is no action {action_id!r}", _meant(action_id, ids))
        if action_id in keymap:
            raise _wrong(f"{action_id} is named twice", "Put all of its keys into one, with commas between them.")
        if action_id in _IN_WIDGETS:
            raise _wrong(f"{action_id} keeps its key", "Take it out of the setting.")
        if not all(_USABLE.fullmatch(key) for key in keys.split(",")):
            raise _wrong(f"{part}: no usable key", "Keys are f1 to f24, escape, insert, and ctrl+ with most letters.")
        if action_id in _GIVES_WAY and not all(_UNTAKEN.fullmatch(key) for key in keys.split(",")):
            raise _wrong(
                f"{part}: a text field could take the key first",
                "Give it escape, insert or one of f1 to f24, but for f6 and f7.",
            )
        keymap[action_id] = keys
    return keymap


def _meant(action_id: str, ids: list[str]) -> str:
    from difflib import get_close_matches  # here, because it is only for mistakes

    near = ", ".join(get_close_matches(action_id, ids))
    return f"Did you mean {near}?" if near else "An action is group.name, such as ask.copy."


def together(actions: Iterable[Action], group: str) -> list[Action]:
    """The actions that hear keys while ``group`` is open. What lies over a pane hides the app's keys that are bare."""
    heard = [each for each in actions if each.group in ("app", group)]
    return [replace(each, bare="") if group in _OVER and each.group == "app" else each for each in heard]


def _refuse_twins(actions: list[Action]) -> None:
    taken: dict[str, str] = {}
    for each in actions:
        for key in f"{each.keys},{each.bare}".split(","):
            if key and key in taken:
                raise _wrong(f"{key} would do both {taken[key]} and {each.id}", "Give one of them another key.")
            taken[key] = each.id


def _wrong(reason: str, hint: str) -> SettingsError:
    return SettingsError(f"screen.keys: {reason}", f'{hint} denju config set screen.keys "" takes all back.')
