"""``denju library search`` and ``audit``: what a message finds, and what the library's own cues find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.options import AsJson
from denju_tui.cli.session import session

if TYPE_CHECKING:
    from denju.values import Candidate, Match, Strategy, Turn
    from denju.workbench import Workbench
    from denju_tui.locale import Texts

MOST_ROWS = 20
"""Rows that a table of the audit shows; --json has them all."""
BAR = 20
"""Width of a whole bar, in characters."""


def search(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="A customer's message; - reads stdin.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, metavar="N", help="How many to show.")] = 5,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only those that carry it; may be given again.")
    ] = None,
    queries: Annotated[
        str | None,
        typer.Option(metavar="FILE", help='Many at once: a row is {"id", "text" | "messages"}; - reads stdin.'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find the strategies that fit a message, with the terms that speak for them.

    With --queries, one JSON record a row: {"id", "match", "matches", "threshold"}.
    """
    from denju.errors import UsageError
    from denju.text import clean
    from denju.values import Turn
    from denju_tui.cli.reading import text_of

    if (text is None) == (queries is None):
        raise UsageError("Give a message, or a file with --queries.", 'denju library search "Where is my order?"')
    with session() as (workbench, t):
        tags = tuple(tag or ())
        if queries is not None:
            for row_id, turns in _rows(workbench, queries):
                match = _searched(workbench, turns, limit, tags)
                found = [each.to_dict() for each in _candidates(match, limit)]
                row = {"id": row_id, "match": match.kind, "matches": found, "threshold": round(match.threshold, 4)}
                output.json_line(row)
            return
        assert text is not None
        message = text_of(text) if text == "-" else text
        if not clean(message).strip():
            raise UsageError("There is no message to answer.", "Give the customer's message as text.")
        match = _searched(workbench, [Turn("customer", message)], limit, tags)
        if as_json:
            output.json_line(
                {
                    "match": match.kind, "strategy": match.best.to_dict() if match.best else None,
                    "runners_up": [each.to_dict() for each in match.runners_up],
                    "threshold": round(match.threshold, 4),
                }
            )  # fmt: skip
            return
        output.table(
            [t("library.id"), t("library.confidence"), t("library.title"), t("library.terms")],
            (
                [
                    each.strategy.id, f"{each.confidence:.2f}", each.strategy.title,
                    t("common.comma").join(term.term for term in each.terms),
                ]
                for each in _candidates(match, limit)
            ),
            firm=2,
        )  # fmt: skip
        if match.best is None:
            diagnostics.note(t(f"ask.match_{match.kind}"))


def audit(as_json: AsJson = False) -> None:
    """Say from the cues alone what will be found: expected hit rate, mix-ups and their words, gaps.

    Each cue is searched in the library without it, as if a customer had said it.
    """
    with session() as (workbench, t):
        report = workbench.search.audit()
        if as_json:
            output.json_line(
                {
                    "strategies": report.strategies, "cues": report.cues,
                    "expected": None if report.expected is None else round(report.expected, 4),
                    "threshold": round(report.threshold, 4),
                    "found": [
                        {"id": each.strategy.id, "right": each.right, "tried": each.tried} for each in report.found
                    ],
                    "confusions": [
                        {
                            "id": each.strategy.id, "taken_for": each.taken_for.id, "times": each.times,
                            "words": list(each.words),
                        }
                        for each in report.confusions
                    ],
                    "lost": _ids(report.lost), "few_cues": _ids(report.few_cues),
                    "one_language": _ids(report.one_language),
                }
            )  # fmt: skip
            return
        output.line(t("library.audit_of", strategies=report.strategies, cues=report.cues))
        if report.expected is None:
            diagnostics.note(t("library.audit_no_cues"))
            return
        output.line(t("library.audit_expected", bar=_bar(report.expected), percent=round(100 * report.expected)))
        output.line(t("library.audit_threshold", threshold=f"{report.threshold:.2f}"))
        output.line()
        output.table(
            [t("library.id"), t("library.audit_found"), "", t("library.title")],
            (
                [
                    each.strategy.id, _bar(each.right / each.tried), f"{each.right}/{each.tried}", each.strategy.title,
                ]
                for each in report.found[:MOST_ROWS]
            ),
            firm=2,
        )  # fmt: skip
        output.line()
        output.table(
            [t("library.id"), t("library.audit_times"), t("library.audit_taken_for"), t("library.audit_words")],
            (
                [each.strategy.id, str(each.times), each.taken_for.id, t("common.comma").join(each.words)]
                for each in report.confusions[:MOST_ROWS]
            ),
            firm=3,
        )
        for name in ("lost", "few_cues", "one_language"):
            _listed(t, name, getattr(report, name))


def _rows(workbench: Workbench, source: str) -> Iterator[tuple[str, list[Turn]]]:
    """The id and the turns of each row.

    Raises:
        UsageError: a row is not what it should be; it says which.
    """
    import json

    from denju.errors import UsageError
    from denju.values import Turn
    from denju_tui.cli.reading import text_of

    for number, line in enumerate(text_of(source).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"Row {number}: not JSON.", 'A row is {"id": "1", "text": "…"}.') from error
        if isinstance(row, dict) and row.get("messages") is not None:
            try:
                turns = list(workbench.conversation(row["messages"]))
            except UsageError as error:
                raise UsageError(f"Row {number}: {error.what}", error.hint) from error
        elif isinstance(row, dict) and isinstance(row.get("text"), str):
            turns = [Turn("customer", row["text"])]
        else:
            raise UsageError(f"Row {number}: no text and no messages.", 'A row is {"id": "1", "text": "…"}.')
        row_id = row.get("id")
        yield str(number if row_id is None else row_id), turns


def _searched(workbench: Workbench, turns: list[Turn], limit: int, tags: tuple[str, ...]) -> Match:
    return workbench.search.search(turns, limit=limit, tags=tags)


def _candidates(match: Match, limit: int) -> list[Candidate]:
    return [each for each in (match.best, *match.runners_up) if each is not None][:limit]


def _listed(t: Texts, name: str, strategies: tuple[Strategy, ...]) -> None:
    """A list of ids under its heading; nothing where there are none."""
    if not strategies:
        return
    output.line()
    output.line(t(f"library.audit_{name}", count=len(strategies)))
    for each in strategies[:MOST_ROWS]:
        output.line(f"  {each.id}  {each.title}")
    if len(strategies) > MOST_ROWS:
        output.line(f"  + {len(strategies) - MOST_ROWS}")


def _ids(strategies: tuple[Strategy, ...]) -> list[str]:
    return [each.id for each in strategies]


def _bar(share: float) -> str:
    """In plain characters, so that every terminal draws it."""
    return ("#" * round(BAR * share)).ljust(BAR, ".")
