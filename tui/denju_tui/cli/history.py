"""``denju history``: the answers that were given, and what people thought of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson
from denju_tui.cli.session import session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from denju.workbench import Entry
    from denju_tui.locale import Texts

AnswerId = Annotated[str, typer.Argument(metavar="ID", help="An id, or the start of one.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="How many at most, newest first.")]

commands = group()


@commands.command("list")
def list_(
    limit: Limit = 20,
    match: Annotated[
        Literal["matched", "none", "waiting", "forced", "off"] | None, typer.Option(help="Only these.")
    ] = None,
    rating: Annotated[Literal["good", "bad"] | None, typer.Option(help="Only these.")] = None,
    as_json: AsJson = False,
) -> None:
    """List answers, newest first."""
    with session() as (workbench, t):
        _tell(workbench.history.list(limit, match=match, rating=rating), t, as_json=as_json)


@commands.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Stands in a message or in the answer.")],
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Find answers by a text in them or in their messages."""
    with session() as (workbench, t):
        _tell(workbench.history.search(text, limit), t, as_json=as_json)


@commands.command()
def show(answer_id: AnswerId, as_json: AsJson = False) -> None:
    """Show one answer with its conversation."""
    with session() as (workbench, t):
        entry = workbench.history.show(answer_id)
        if as_json:
            output.json_line(_as_record(entry))
        else:
            output.line(_as_text(entry, t))


@commands.command()
def rate(
    answer_id: AnswerId,
    rating: Annotated[Literal["good", "bad"], typer.Argument(help="The newest rating counts.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="In one line.")] = "",
) -> None:
    """Say what an answer was worth."""
    with session() as (workbench, t):
        entry = workbench.history.rate(answer_id, rating, why)
        diagnostics.note(t("history.rated", id=entry.id, rating=t(f"history.{rating}")))


@commands.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")] = "-",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the whole history as JSON Lines, oldest first."""
    with session() as (workbench, t):
        with output.binary(file, force=force) as target:
            count = workbench.history.export(target)
        if file != "-":
            diagnostics.note(t("history.exported", count=count, file=file))


@commands.command()
def purge(
    days: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=36_500,
            metavar="N",
            help="Keep this many days; else the setting history.keep_days; 0 keeps none.",
        ),
    ] = None,
) -> None:
    """Remove old answers and their ratings, for good."""
    with session() as (workbench, t):
        kept = workbench.settings.integer("history.keep_days") if days is None else days
        diagnostics.note(t("history.purged", count=workbench.history.purge(kept), days=kept))


def _tell(entries: Iterable[Entry], t: Texts, *, as_json: bool) -> None:
    found = list(entries)
    if as_json:
        for each in found:
            output.json_line(_as_record(each))
        return
    if not found:
        diagnostics.note(t("history.nothing"))
        return
    output.table(
        [t(f"history.{name}") for name in ("id", "at", "rating", "strategy", "message")],
        (
            [
                each.id, each.at, t(f"history.{each.rated.rating}") if each.rated else "", _strategy(each, t),
                each.messages[-1].text[:200] if each.messages else "",
            ]
            for each in found
        ),
        firm=3,
    )  # fmt: skip


def _strategy(entry: Entry, t: Texts) -> str:
    strategy = entry.record.get("strategy")
    if isinstance(strategy, dict):
        return str(strategy.get("title", ""))
    match = entry.record.get("match")
    return t(f"history.match_{match}") if match in ("none", "waiting", "off") else ""


def _as_record(entry: Entry) -> dict[str, object]:
    rated = entry.rated
    return {
        "at": entry.at,
        "source": entry.source,
        "rating": {"rating": rated.rating, "why": rated.why, "at": rated.at} if rated else None,
        "messages": [{"role": turn.role, "text": turn.text} for turn in entry.messages],
        "record": entry.record,
        "edited": entry.edited,
    }


def _as_text(entry: Entry, t: Texts) -> str:
    parts = [f"{entry.id}  {entry.at}  {_strategy(entry, t)}"]
    parts += [f"{t(f'history.{turn.role}')}\n{turn.text}" for turn in entry.messages]
    parts.append(f"{t('history.answer')}\n{entry.record.get('answer', '')}")
    if entry.edited is not None:
        parts.append(f"{t('history.edited')}\n{entry.edited}")
    if entry.rated:
        parts.append(f"{t('history.rating')}: {t(f'history.{entry.rated.rating}')}  {entry.rated.why}")
    return "\n\n".join(parts)
