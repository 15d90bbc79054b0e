"""Text from outside is shown as it is: never markup, never a sequence that a terminal acts on."""

from __future__ import annotations

import re

from denju.testing import FakeStudent
from denju.values import Strategy
from denju_tui.widgets.guide_view import GuideView
from denju_tui.widgets.strategy_table import StrategyTable
from hostile import RAW

HOSTILE = (
    "[@click=app.quit]x[/]",
    "[red",
    "[/]",
    "[bold]b[/bold]",
    "\\[escaped]",
    "$ink-muted {0} %s",
    "\x1b]52;c;cXVpdA==\x07after",
    "\x1b[2Jafter",
    "a\u202egnp.exe",
    "tab\tnul\x00bell\x07",
    "[link=https://example.org]here[/link]",
)
SAFE = ("[@click=app.quit]x[/]", "[red", "[/]", "[bold]b[/bold]", "\\[escaped]", "$ink-muted {0} %s")


def strategy(text: str, number: int) -> Strategy:
    lists = ("avoid_when", "cues", "priorities", "decide", "steps", "tags")
    return Strategy.from_dict(
        {
            "id": f"st_{number:012x}",
            "title": f"{text} late line",
            "situation": f"{text} parts late",
            "language": "en",
            **{name: [f"{text} {name}"] for name in lists},
            "why": text,
            "origin": {"kind": "import", "by": text, "model": text},
            "check": {"never": ["x" + re.escape(text)]},
            "unknown": text,
            "unknown [red": text,
        }
    )


async def test_messages_facts_answers_and_reasons_show_literally(opened):
    async with opened(FakeStudent([f"Answer {text} end" for text in HOSTILE])) as app:
        for text in HOSTILE:
            await app.pilot.press("ctrl+n")
            app.pane.facts_box.text = f"fact {text}"
            await app.ask(f"The parts are late {text}")
            await app.pilot.press("f10")
            app.pane.query_one("#why").value = f"why {text}"
            await app.pilot.press("enter")
            await app.until(lambda: app.pane.current.rating)
            assert not RAW.search("".join(app.lines))
            if text in SAFE:
                for shown in (f"fact {text}", f"late {text}", f"Answer {text} end", f"why {text}"):
                    assert app.shows(shown, within="Conversation"), shown
            for y, line in enumerate(app.lines):
                if "x[/]" in line:
                    await app.pilot.click(offset=(line.index("x[/]"), y))
            assert not app.app._exit


async def test_strategies_show_literally_in_every_field(opened):
    strategies = [strategy(text, number) for number, text in enumerate(HOSTILE)]
    async with opened(prepare=lambda workbench: workbench.library.merge(strategies, approved_by="[red")) as app:
        await app.pilot.press("f3")
        await app.until(lambda: app.app.library_pane.loaded)
        pane = app.app.library_pane
        table = pane.query_one(StrategyTable)
        for text in SAFE:
            for index, row in enumerate(table._rows):
                if row.title == f"{text} late line":
                    table.chosen = index
            await app.pilot.pause()
            assert table.strategy.title == f"{text} late line"
            assert app.shows(f"{text} steps", within="#reader")
            assert not RAW.search("".join(app.lines))


async def test_the_followed_strategy_shows_literally(opened):
    hostile = strategy("[@click=app.quit]zebra[/]", 1)

    def prepare(workbench):
        workbench.library.merge([hostile], approved_by="t")

    async with opened(prepare=prepare) as app:
        await app.ask("zebra zebra cues decide priorities parts late line")
        assert app.pane.current.match.best.strategy.id == hostile.id
        assert app.shows("[@click=app.quit]zebra[/] steps", within=GuideView)
        await app.pilot.resize_terminal(80, 24)
        await app.pilot.pause()
        assert app.shows("[@click=app.quit]zebra[/]")
