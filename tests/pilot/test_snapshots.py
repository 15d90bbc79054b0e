"""Pictures of the main screens, beside the ones that somebody looked at and found right.

A picture that changed lies in ``snapshots/`` as ``*.new.svg`` afterwards. Look at it; where it is better, take it over:

    SNAPSHOTS=write pytest tests/pilot/test_snapshots.py
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from denju.answering import ask
from denju.testing import FakeStudent
from denju.values import Strategy
from denju_tui.screens.introduction import Introduction
from take_screenshots import MESSAGES, picture

SNAPSHOTS = Path(__file__).parent / "snapshots"
SIZES = [(80, 24), (120, 40)]
ANSWERS = {
    "ja": "ご迷惑をおかけし、申し訳ございません。ロット番号をお知らせいただけますでしょうか。",
    "en": "We are sorry that the parts are late. Which of them do you need first?",
}
UNKNOWN = {"ja": "ピアノの教室はありますか。", "en": "Do you offer piano lessons?"}
REVISED = {"ja": "start-defect-scratch-ja", "en": "start-delivery-late-linestop-en"}


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch):
    """An answer takes no seconds, on every machine."""
    monkeypatch.setattr(ask, "time", SimpleNamespace(monotonic=lambda: 0.0))


def compare(app, name: str) -> None:
    """Hold the screen against the picture of that name."""
    kept, new = SNAPSHOTS / f"{name}.svg", SNAPSHOTS / f"{name}.new.svg"
    drawn = picture(app.app)
    if os.environ.get("SNAPSHOTS") == "write":
        SNAPSHOTS.mkdir(exist_ok=True)
        kept.write_text(drawn, "utf-8")
    same = kept.is_file() and kept.read_text("utf-8") == drawn
    if same:
        new.unlink(missing_ok=True)
    else:
        new.write_text(drawn, "utf-8")
    assert same, f"{name} looks different; see {new}\n" + "\n".join(app.lines)


def revise(workbench, language: str) -> None:
    """A strategy that serves gets a draft on top of it."""
    serving = workbench.library.get(REVISED[language])
    last = {"ja": "納期を別便でお知らせする", "en": "Offer the express truck"}[language]
    changed = Strategy.from_dict({**serving.to_dict(), "steps": [*serving.steps[1:], last]})
    workbench.library.revise(changed, base_revision=serving.revision)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_main_screens(opened, isolated, language, size):
    (isolated / "denju" / "state" / "introduced").unlink()
    student = FakeStudent([ANSWERS[language]], practice=True)
    name = f"{language}-{size[0]}x{size[1]}"
    async with opened(student, size=size, language=language, prepare=lambda bench: revise(bench, language)) as app:
        await app.until(lambda: isinstance(app.app.screen, Introduction))
        compare(app, f"introduction-{name}")
        await app.pilot.press("enter")
        await app.until(lambda: app.app.screen is app.pane)
        await app.ask(MESSAGES[language])
        compare(app, f"ask-{name}")
        await app.pilot.press("ctrl+n")
        await app.ask(UNKNOWN[language])
        compare(app, f"no-match-{name}")
        await app.pilot.press("f3")
        await app.until(lambda: app.app.library_pane.loaded)
        compare(app, f"library-{name}")
        await app.pilot.press("f4")
        await app.until(lambda: getattr(app.app.screen, "checked", False))
        await app.pilot.press("enter")
        await app.until(lambda: app.app.screen.has_class("-reading"))
        compare(app, f"review-{name}")
