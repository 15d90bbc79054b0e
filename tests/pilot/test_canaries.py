"""200 personal items and a key in the app: they show where a person switches them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from canaries import TERMS, canaries
from denju.egress.outbox import Outbox
from denju_tui.cli import diagnostics
from denju_tui.widgets.message_box import MessageBox
from denju_tui.widgets.sheet import Sheet
from drafted import answer_text
from loopback.openai import OpenAIServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

KEY = "canary-key-7QpX2vN8wL4tR6yB"
ITEMS = canaries()
ALL = " ".join(each.sentence for each in ITEMS)


@pytest.fixture
def server():
    with OpenAIServer() as running:
        running.key, running.text = KEY, answer_text()
        yield running


@pytest.fixture
def taught(opened, server, isolated: Path, monkeypatch):
    """The app, narrow enough to show one thing at a time, with a teacher on this machine and the firm's own terms."""
    monkeypatch.setenv("DENJU_TEACHER_KEY", KEY)
    (isolated / "denju" / "terms.txt").write_text("\n".join(TERMS), "utf-8")
    settings = {"teacher__provider": "openai", "teacher__base_url": server.base_url, "teacher__model": server.model}
    return lambda: opened(size=(80, 24), person__name="sato", **settings)


def seen(text: str) -> list[str]:
    return [each for each in (*(item.text for item in ITEMS), KEY) if each in text]


def written(app) -> str:
    """All that the pane's sheets say, scrolled out of sight too, and the screen as it is."""
    sheets = app.app.screen.query(Sheet)
    return "\n".join([*("\n".join(each.text for each in sheet.paragraphs) for sheet in sheets), *app.lines])


async def looked(app, text=ALL):
    await app.pilot.press("f5")
    pane = app.app.teacher_pane
    await app.until(lambda: pane.is_mounted and pane.query(MessageBox))
    box = pane.query_one(MessageBox)
    box.insert(text)
    await app.until(lambda: app.app.focused is box)
    await app.pilot.press("enter")
    await app.until(lambda: pane.step == "look")
    return pane


async def test_no_canary_shows_in_any_step(taught, server):
    async with taught() as app:
        shown = {}

        async def look_at(step, word):
            await app.until(lambda: word in written(app))
            shown[step] = written(app)

        pane = await looked(app)
        await look_at("exact", '"response_format"')
        await app.pilot.press("ctrl+e")
        await look_at("reading", "<data>\n")
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        await look_at("drafts", "部品の傷で怒っている")
        await app.pilot.press("escape")
        await app.until(lambda: pane.step == "lists")
        await look_at("outbox", "Outbox (1)")
        server.script = [server.refused(f"Bearer {KEY}")]
        await looked(app, f"{ALL} もう一件あります。")
        await app.pilot.press("f12")
        await look_at("refused", "refused the request (status 400)")
        await look_at("outbox after it", "Outbox (2)")
        await app.pilot.press("ctrl+o")
        for key in ("up", "down"):
            if pane.lists.chosen.state != "failed":
                await app.pilot.press(key)
        await app.pilot.press("ctrl+d")
        await app.until(lambda: pane.step == "kept")
        await look_at("kept", f"{pane.kept.request.id}  refused")
        await app.pilot.press("escape", "ctrl+g")
        await look_at("ledger", "Ledger (2)")
        assert {step: found for step, text in shown.items() if (found := seen(text))} == {}
        assert len(server.requests) == 2 and [seen(each.body.decode()) for each in server.requests] == [[], []]


async def test_a_crash_tells_of_no_canary(taught, monkeypatch, capfd):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Outbox, "add", broken)
    app = None
    with pytest.raises(Exception) as caught:
        async with taught() as app:
            await looked(app)
            await app.pilot.press("f12")
            await app.until(lambda: app.app.mistake is not None)
    assert app is not None and app.app.mistake is not None
    diagnostics.report(app.app.mistake)
    out, err = capfd.readouterr()
    assert "ZeroDivisionError" in err + str(caught.value.__cause__) + repr(caught.value)
    assert seen(out + err) == []
