"""Copying says which way it went, and asks again where an answer should not just be copied."""

from __future__ import annotations

import pytest

from denju.testing import FakeStudent

ENGLISH = "The parts arrived two days late and our line has stopped."


@pytest.fixture
def terminal_copies(monkeypatch):
    """What the terminal was told to copy."""
    copies: list[str] = []
    monkeypatch.setattr("denju_tui.app.DenjuApp.copy_to_clipboard", lambda self, text: copies.append(text))
    return copies


async def test_a_copy_goes_to_the_terminal_and_a_file_and_says_so(opened, terminal_copies):
    async with opened(FakeStudent(["We are sorry."])) as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+y")
        await app.until(lambda: "clipboard" in app.notice)
        file = app.app.desk.workbench.paths.drafts / "copied.txt"
        assert terminal_copies == ["We are sorry."]
        assert file.read_text() == "We are sorry."
        assert file.stat().st_mode & 0o777 == 0o600


async def test_a_terminal_without_clipboard_gets_the_file(opened, terminal_copies, monkeypatch):
    monkeypatch.setenv("TERM", "linux")
    async with opened() as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+y")
        await app.until(lambda: "copied.txt" in app.notice)
        assert terminal_copies == []


async def test_a_dead_tmux_falls_back_to_the_file(opened, terminal_copies, monkeypatch, tmp_path):
    monkeypatch.setenv("TMUX", str(tmp_path / "no-socket,1,0"))
    async with opened() as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+y")
        await app.until(lambda: "copied.txt" in app.notice)
        assert terminal_copies == []


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        (FakeStudent(["Fine."], practice=True), "practice model"),
        (FakeStudent(["We will give you a full refund."]), "breaks a rule"),
    ],
)
async def test_such_an_answer_is_copied_at_the_second_press(opened, terminal_copies, student, reason):
    async with opened(student) as app:
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+y")
        await app.until(lambda: reason in app.notice)
        assert terminal_copies == []
        await app.pilot.press("ctrl+y")
        await app.until(lambda: terminal_copies)


async def test_the_second_press_counts_for_five_seconds(opened, terminal_copies):
    now = [100.0]
    async with opened(FakeStudent(practice=True)) as app:
        app.pane.clock = lambda: now[0]
        await app.ask(ENGLISH)
        await app.pilot.press("ctrl+y")
        now[0] += 5.5
        await app.pilot.press("ctrl+y")
        await app.pilot.pause()
        assert terminal_copies == []
        now[0] += 4.5
        await app.pilot.press("ctrl+y")
        await app.until(lambda: terminal_copies)


async def test_nothing_to_copy_and_nothing_to_rate_is_said(opened, terminal_copies):
    async with opened() as app:
        await app.pilot.press("ctrl+y")
        assert "no answer to copy" in app.notice
        await app.pilot.press("f9")
        assert "no answer to rate" in app.notice
