"""The first run: one screen, left with any key, and never seen again."""

from __future__ import annotations

import pytest
from textual import events

from denju_tui.locale import texts
from denju_tui.screens.introduction import Introduction


@pytest.fixture
def unseen(opened, isolated):
    """The app as it is opened for the first time."""
    (isolated / "denju" / "state" / "introduced").unlink()
    return opened


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_fits_on_one_screen(unseen, language, size):
    async with unseen(size=size, language=language) as app:
        for part in ("title", "ask", "beside", "leaves", "any_key"):
            assert app.shows(texts(language)(f"introduction.{part}"))
        assert app.app.screen.query_one("#cover").max_scroll_y == 0


@pytest.mark.parametrize(("key", "typed"), [("x", "x"), ("enter", ""), ("escape", ""), ("down", ""), ("f1", "")])
async def test_any_key_leaves_it_and_no_letter_is_lost(unseen, key, typed):
    async with unseen() as app:
        assert isinstance(app.app.screen, Introduction)
        await app.pilot.press(key)
        await app.until(lambda: not isinstance(app.app.screen, Introduction))
        await app.until(lambda: app.pane.message_box.text == typed)
        assert app.pane.current is None
    async with unseen() as app:
        assert app.app.screen is app.pane


async def test_letters_that_come_together_stay_in_their_order(unseen):
    async with unseen() as app:
        for letter in "letters":
            app.app.post_message(events.Key(letter, letter))
        await app.until(lambda: app.pane.message_box.text == "letters")


async def test_a_paste_leaves_it_and_stays_whole(unseen):
    async with unseen() as app:
        app.app.post_message(events.Paste("first\nsecond"))
        await app.until(lambda: app.pane.message_box.text == "first\nsecond")


async def test_it_changes_language(unseen):
    async with unseen() as app:
        await app.pilot.press("ctrl+t")
        await app.until(lambda: app.shows(texts("ja")("introduction.any_key")))
