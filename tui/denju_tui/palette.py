"""The palette finds the same actions by their names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider

from denju_tui.actions import Action
from denju_tui.locale import Texts

if TYPE_CHECKING:
    from denju_tui.app import DenjuApp


class Palette(CommandPalette):
    """Textual's, but without two of its ways to end the app.

    Closed twice (a choice, and a key to another pane behind it) it took another screen along; to page through a list in
    which nothing was found was an error.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).option_count:
            super()._action_command_list(action)


class ActionProvider(Provider):
    """Every action of the registry that has a method to call."""

    async def discover(self) -> Hits:
        for action in self._actions():
            yield DiscoveryHit(self._name(action), partial(self._run, action), help=self._tip(action))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._actions():
            name = self._name(action)
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), partial(self._run, action), help=self._tip(action))

    def _actions(self) -> list[Action]:
        pane = getattr(self.screen, "PANE", "")
        actions = cast("DenjuApp", self.app).desk.keys.actions
        return [action for action in actions if action.group in ("app", pane) and action.id != "app.palette"]

    @property
    def _t(self) -> Texts:
        return cast("DenjuApp", self.app).desk.texts

    def _name(self, action: Action) -> str:
        return f"{self._t(f'action.{action.name}')}  {action.shown_key}"

    def _tip(self, action: Action) -> str:
        return self._t(f"tip.{action.name}")

    async def _run(self, action: Action) -> None:
        await self.screen.run_action(action.command)
