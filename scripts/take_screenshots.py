"""Draw the pictures of the guide: the app as it is, with the real practice student, into docs/images/*.svg.

The teacher of the pictures of Learning is scripted (``scripted_teacher``): it is there to fill the screens.

Textual's own export stretches Japanese text, so the cells are drawn here, every character in its own place.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from denju.learning.card import Card
from denju.learning.plan import Sizes
from denju.library.store import Library
from denju.settings import Value
from denju.workbench import Workbench
from denju_tui.app import DenjuApp
from denju_tui.screens.batch import BatchPane
from denju_tui.screens.introduction import Introduction
from denju_tui.screens.learning import LearningPane
from denju_tui.screens.learnt import LearntScreen
from denju_tui.screens.ordering import OrderScreen
from denju_tui.screens.picking import PickScreen
from denju_tui.terminal import Terminal
from scripted_teacher import MODEL, Domain, Scripted, Server

IMAGES = Path(__file__).parent.parent / "docs" / "images"
MESSAGES = {
    "ja": "部品に傷がありました。検査はどうなっているのですか。",
    "en": "The parts arrived two days late and our line has stopped.",
}
MORE = {"ja": "ピアノ教室はありますか。", "en": "Do you offer piano lessons?"}
CELL, LINE, SIZE = 8.4, 19.0, 14.0
"""Width and height of a cell, and of its letters, in pixels."""
MARGIN = 14.0
FONTS = "'DejaVu Sans Mono','Noto Sans Mono CJK JP','Hiragino Sans','BIZ UDGothic','MS Gothic',monospace"


def svg(lines: Iterable[Strip], width: int, height: int, foreground: str, background: str) -> str:
    """The cells as a picture."""
    total = (width * CELL + 2 * MARGIN, height * LINE + 2 * MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total[0]:.0f} {total[1]:.0f}">',
        f'<rect width="100%" height="100%" rx="8" fill="{background}"/>',
        f'<g font-family="{FONTS}" font-size="{SIZE}" style="white-space:pre">',
    ]
    for row, strip in enumerate(lines):
        column = 0
        for text, style, _ in strip:
            parts += _run(text, style or Style(), column, row, foreground, background)
            column += cell_len(text)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _run(text: str, style: Style, column: int, row: int, foreground: str, background: str) -> list[str]:
    """One run of one style: what is behind it, its lines, its letters."""
    ink, paper = _hex(style.color, foreground), _hex(style.bgcolor, background)
    if style.reverse:
        ink, paper = paper, ink
    left, top = MARGIN + column * CELL, MARGIN + row * LINE
    parts = []
    if paper != background:
        wide = cell_len(text) * CELL
        parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{LINE}" fill="{paper}"/>')
    letters: list[tuple[str, float]] = []
    for character in text:
        middle = left + CELL / 2
        if character == "│":
            parts.append(_line(middle, top, middle, top + LINE, ink))
        elif character == "─":
            parts.append(_line(left, top + LINE / 2, left + CELL, top + LINE / 2, ink))
        elif not character.isspace():
            letters.append((character, left))
        left += cell_len(character) * CELL
    if letters:
        places = " ".join(f"{x:.1f}" for _, x in letters)
        look = ' font-weight="bold"' if style.bold else ""
        look += ' text-decoration="underline"' if style.underline else ""
        shown = escape("".join(character for character, _ in letters))
        parts.append(f'<text x="{places}" y="{top + 14.5:.1f}" fill="{ink}"{look}>{shown}</text>')
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, ink: str) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{ink}"/>'


def _hex(color: Color | None, default: str) -> str:
    return default if color is None or color.is_default else color.get_truecolor().hex


async def take(language: str, width: int, height: int) -> None:
    """Ask and read the library, and draw each; on the small screen its own steps too."""
    size = "" if width == 120 else f"-{width}x{height}"
    with tempfile.TemporaryDirectory() as folder:
        environ = {"DENJU_HOME": folder, "DENJU_SLOT": str(Path(folder) / "slot"), "HOME": folder}
        os.environ.update(environ)
        with Workbench(environ=environ, overrides={"person.language": language}) as workbench:
            app = DenjuApp(workbench=workbench, terminal=Terminal())
            async with app.run_test(size=(width, height)) as pilot:
                await until(pilot, lambda: isinstance(app.screen, Introduction))
                if size:
                    draw(app, f"first-{language}{size}")
                await pilot.press("space")
                await until(pilot, lambda: app.screen is app.ask_pane)
                box = app.ask_pane.message_box
                box.insert(MESSAGES[language])
                box.post_message(box.Sent(box.text))
                await until(pilot, lambda: app.ask_pane.current is not None and not app.ask_pane.current.running)
                draw(app, f"ask-{language}{size}")
                if size:
                    await pilot.press("ctrl+o")
                    await pilot.pause(0.2)
                    draw(app, f"strategy-{language}{size}")
                await pilot.press("f3")
                await until(pilot, lambda: app.library_pane.loaded)
                draw(app, f"library-{language}{size}")
                await pilot.press("f8")
                await pilot.pause(1.0)
                draw(app, f"overview-{language}{size}")
                await take_batch(app, pilot, Path(folder), f"{language}{size}")


async def take_batch(app: DenjuApp, pilot: Pilot[None], folder: Path, name: str) -> None:
    """A file of messages, and its run when half of it is done."""
    mails = folder / "mails.jsonl"
    texts = [*MESSAGES.values(), MORE[name[:2]], "  "]
    mails.write_text("".join(json.dumps({"id": f"m{n}", "text": texts[n % 4]}) + "\n" for n in range(200)), "utf-8")
    await pilot.press("f7", "ctrl+n")
    await until(pilot, lambda: isinstance(app.screen, PickScreen))
    app.screen.dismiss(mails)
    await until(pilot, lambda: isinstance(app.screen, OrderScreen) and app.screen.forecast)
    draw(app, f"order-{name}")
    await pilot.press("f12")
    pane = app.pane("batch")
    assert isinstance(pane, BatchPane)
    await until(pilot, lambda: pane.chosen and (pane.chosen.share or 0) > 0.4)
    draw(app, f"batch-{name}")
    await pilot.press("f9")
    await until(pilot, lambda: pane.chosen and not pane.chosen.active)


async def take_learning(language: str, width: int, height: int) -> None:
    """A plan, and what was learnt from it."""
    name = f"{language}{'' if width == 120 else f'-{width}x{height}'}"
    domain = Domain.of_starter(language, ["start-defect-scratch", "start-desk-praise"])
    with tempfile.TemporaryDirectory() as folder, Server(Scripted(domain)) as server:
        os.environ.update({"DENJU_HOME": folder, "DENJU_SLOT": str(Path(folder) / "slot"), "HOME": folder})
        (Path(folder) / "state").mkdir()
        (Path(folder) / "state" / "introduced").touch()
        Library(Path(folder) / "library" / "library.json").begin([])
        settings: dict[str, Value] = {
            "person.language": language, "person.name": "Sato", "teacher.provider": "openai", "teacher.model": MODEL,
            "teacher.base_url": server.url,
        }  # fmt: skip
        with Workbench(overrides=settings) as workbench:
            workbench.learn.plan(card=Card.from_dict(domain.card()), sizes=Sizes(train=1, gate=12, sealed=4))
            app = DenjuApp(workbench=workbench, terminal=Terminal())
            async with app.run_test(size=(width, height)) as pilot:
                await pilot.press("f6")
                pane = app.pane("learning")
                assert isinstance(pane, LearningPane)
                await until(pilot, lambda: pane.chosen)
                draw(app, f"learning-{name}")
                await pilot.press("f12", "enter")
                await until(pilot, lambda: pane.chosen and pane.chosen.state == "finished")
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, LearntScreen) and app.screen.facts)
                draw(app, f"learnt-{name}")


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait for ``condition`` and the drawing of it."""
    while not condition():
        await pilot.pause(0.05)
    await pilot.pause(0.2)


def draw(app: DenjuApp, name: str) -> None:
    """Keep the screen as it is now."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    (IMAGES / f"{name}.svg").write_text(picture(app), "utf-8")


def picture(app: DenjuApp) -> str:
    """The screen as it is now."""
    theme = app.current_theme
    strips = app.screen._compositor.render_strips()
    return svg(strips, *app.size, theme.foreground or "#dddddd", theme.background or "#111111")


async def main() -> None:
    for language in ("en", "ja"):
        for width, height in ((120, 40), (80, 24)):
            await take(language, width, height)
            await take_learning(language, width, height)


if __name__ == "__main__":
    asyncio.run(main())
