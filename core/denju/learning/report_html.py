"""The report as one HTML file: no script, no picture, nothing that a browser would fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from denju.learning.report import (
    arm_rows,
    contrasts,
    draft_rows,
    examples,
    head,
    notes,
    outcome_word,
    spent,
    strategy_lines,
    tally_cells,
    words_of,
)
from denju.text import clean

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, "Hiragino Sans", "Noto Sans CJK JP", sans-serif; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); vertical-align: top; }
td { font-variant-numeric: tabular-nums; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; margin: 1rem 0 2rem; }
.pair > div { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem;
  padding: .75rem; }
.pair p { margin: .25rem 0; white-space: pre-wrap; } .pair b { font-size: .85em; }
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(facts: Mapping[str, Any], language: str) -> str:
    """The whole page."""
    words = words_of(language)
    title = _text(f"{words['title']}: {facts['run']}")
    return "\n".join([
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>", *_blocks(facts, words), "</body></html>\n",
    ])  # fmt: skip


def _blocks(facts: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    yield from (f"<p>{_text(each)}</p>" for each in head(facts, words))
    tallied = [words["wins"], words["losses"], words["even"], words["net"]]
    yield f"<h2>{_text(words['uplift'])}</h2>"
    rows = arm_rows(facts, words)
    yield _table([words["arm"], *tallied, words["broken"]], rows) if rows else f"<p>{_text(words['nothing'])}</p>"
    if topics := facts["sealed"]["topics"]:
        yield f"<h2>{_text(words['topics'])}</h2>"
        yield _table(["", *tallied], [[name or "-", *tally_cells(each)] for name, each in topics.items()])
    if rows := draft_rows(facts, words):
        yield f"<h2>{_text(words['drafts'])}</h2>"
        yield _table([words["draft"], words["verdict"], *tallied, ""], rows)
        yield f"<p>{_text(words['dropped'].format(count=len(facts['dropped'])))}</p>"
    if told := contrasts(facts):
        yield f"<h2>{_text(words['contrasts'])}</h2>"
        yield from (_contrast(each, words) for each in told)
    if shown := examples(facts):
        yield f"<h2>{_text(words['examples'])}</h2>"
        yield from (_pair(each, words) for each in shown)
    yield f"<h2>{_text(words['untold'])}</h2><ul>"
    yield from (f"<li>{_text(each)}</li>" for each in notes(facts, words))
    yield f"</ul><h2>{_text(words['cost'])}</h2><p>{_text(spent(facts, words))}</p>"


def _contrast(contrast: Mapping[str, Any], words: Mapping[str, str]) -> str:
    drafts = "".join(f"<p>{_text(chr(10).join(strategy_lines(each)))}</p>" for each in contrast["strategies"])
    return (
        f'<div class="pair"><div>{_turns(contrast["turns"], words)}</div>'
        f"<div><b>{_text(words['student'])}</b><p>{_text(contrast['student'])}</p></div>"
        f"<div><b>{_text(words['teacher'])}</b><p>{_text(contrast['teacher'])}</p></div>"
        f"<div><b>{_text(words['draft'])}</b>{drafts}<p>{_text(outcome_word(contrast, words))}</p></div></div>"
    )


def _turns(turns: Sequence[Mapping[str, str]], words: Mapping[str, str]) -> str:
    return "".join(f"<p><b>{_text(words[turn['role']])}</b>\n{_text(turn['text'])}</p>" for turn in turns)


def _pair(pair: Mapping[str, Any], words: Mapping[str, str]) -> str:
    verdict = words[{1: "wins", -1: "losses", 0: "even"}[pair["outcome"]]]
    return (
        f'<div class="pair"><div>{_turns(pair["situation"]["turns"], words)}</div>'
        f"<div><b>{_text(words['without'])}</b><p>{_text(pair['one']['text'])}</p></div>"
        f"<div><b>{_text(words['with'])} – {_text(verdict)}</b><p>{_text(pair['other']['text'])}</p>"
        f"<p><b>{_text(words['judge'])}</b> {_text(pair['why'])}</p></div></div>"
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    first = "".join(f"<th>{_text(each)}</th>" for each in headings)
    rest = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{first}</tr>{rest}</table>"


def _text(text: str) -> str:
    return escape(clean(text))
