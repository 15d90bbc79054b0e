"""``denju library``: the strategies, as lists, texts and JSON Lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.session import session

if TYPE_CHECKING:
    from denju.values import Match, Strategy
    from denju_tui.locale import Texts

Status = Literal["draft", "approved", "rejected", "retired"]
Scope = Literal["scenario", "general", "policy"]
Language = Literal["ja", "en"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, a record a line.")]

commands = group()


@commands.command("list")
def list_(
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    scope: Annotated[Scope | None, typer.Option(help="Only these.")] = None,
    language: Annotated[Language | None, typer.Option(help="Only these.")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only those that carry it.")] = None,
    as_json: AsJson = False,
) -> None:
    """List strategies, the newest revision of each."""
    with session() as (workbench, t):
        _notice(workbench.library.notice)
        found = workbench.library.all(status=status, scope=scope, language=language, tag=tag)
        if as_json:
            for each in found:
                output.json_line(each.to_dict())
            return
        if not found:
            diagnostics.note(t("library.nothing"))
            return
        names = ("id", "title", "language", "scope", "status")
        output.table(
            [t(f"library.{name}") for name in names],
            ([getattr(each, name) for name in names] for each in found),
        )


@commands.command()
def show(
    strategy_id: Annotated[str, typer.Argument(metavar="ID", help="An id, or the start of one.")],
    revision: Annotated[int | None, typer.Option(min=1, metavar="N", help="An older one; else the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one strategy."""
    with session() as (workbench, t):
        strategy = workbench.library.get(strategy_id, revision=revision)
        if as_json:
            output.json_line(strategy.to_dict())
        else:
            output.line(_as_text(strategy, t))


@commands.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A customer's message; - reads stdin.")],
    limit: Annotated[int, typer.Option(min=1, max=100, metavar="N", help="How many to show.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Find the strategies that fit a message, with the terms that speak for them."""
    from denju.text import language_of
    from denju.values import Turn
    from denju_tui.cli.reading import text_of

    with session() as (workbench, t):
        message = text_of(text) if text == "-" else text
        turn = Turn("customer", message)
        match = workbench.search.search([turn], language=language_of(message), limit=limit)
        if as_json:
            output.json_line(_as_record(match))
            return
        found = [each for each in (match.best, *match.runners_up) if each is not None][:limit]
        output.table(
            [t("library.id"), t("library.confidence"), t("library.title"), t("library.terms")],
            (
                [
                    each.strategy.id, f"{each.confidence:.2f}", each.strategy.title,
                    t("common.comma").join(term.term for term in each.terms),
                ]
                for each in found
            ),
            firm=2,
        )  # fmt: skip
        if match.best is None:
            diagnostics.note(t(f"ask.match_{match.kind}"))


@commands.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")] = "-",
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only those that carry it.")] = None,
    language: Annotated[Language | None, typer.Option(help="Only these.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write strategies as JSON Lines."""
    with session() as (workbench, t):
        data, count = workbench.exported(status=status, tag=tag, language=language)
        with output.binary(file, force=force) as target:
            target.write(data)
        if file != "-":
            diagnostics.note(t("library.exported", count=count, file=file))


@commands.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines, a strategy a line; - is standard input.")],
    approve: Annotated[bool, typer.Option("--approve", help="They serve at once, in the reviewer's name.")] = False,
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who approves; else the setting person.name, or the login name.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in strategies, all or none: as drafts, unless they are approved on the way."""
    import sys
    from pathlib import Path

    from denju.errors import UsageError

    if reviewer is not None and not approve:
        raise UsageError("--reviewer says who approves; it needs --approve.", "Give both, or neither.")
    with session() as (workbench, t):
        source = sys.stdin.buffer if file == "-" else Path(file)
        by = reviewer or workbench.person
        merged, notice = workbench.import_strategies(
            source, by=by, approved_by=by if approve else None, dry_run=dry_run
        )
        _notice(notice)
        if as_json:
            output.json_line(
                {"added": merged.added, "updated": merged.updated, "left": merged.left, "dry_run": dry_run}
            )
            return
        counts = {"added": len(merged.added), "updated": len(merged.updated), "left": len(merged.left)}
        diagnostics.note(t("library.would_import" if dry_run else "library.imported", **counts))
        if not approve and not dry_run and (merged.added or merged.updated):
            diagnostics.note(t("library.drafts"))


def _notice(notice: str | None) -> None:
    if notice:
        diagnostics.note(notice)


def _as_record(match: Match) -> dict[str, object]:
    return {
        "match": match.kind,
        "strategy": match.best.to_dict() if match.best else None,
        "runners_up": [each.to_dict() for each in match.runners_up],
        "threshold": round(match.threshold, 4),
    }


def _as_text(strategy: Strategy, t: Texts) -> str:
    """Everything that a reviewer reads, a heading a field; empty fields are left out."""
    head = [strategy.title, f"{strategy.id}  {strategy.status}  {strategy.scope}  {strategy.language}"]
    head.append(t("library.revision_of", revision=strategy.revision, created=strategy.created))
    parts = ["\n".join(head)]
    for name in ("situation", "avoid_when", "priorities", "decide", "steps", "why", "cues", "tags"):
        value: str | tuple[str, ...] = getattr(strategy, name)
        if not value:
            continue
        if isinstance(value, str):
            body = f"  {value}"
        elif name in ("steps", "priorities"):
            body = "\n".join(f"  {number}. {item}" for number, item in enumerate(value, start=1))
        else:
            body = "\n".join(f"  - {item}" for item in value)
        parts.append(f"{t(f'strategy.{name}')}\n{body}")
    checks = [("never", strategy.check.never), ("always", strategy.check.always)]
    parts += [
        f"{t(f'strategy.{name}')}\n" + "\n".join(f"  - {rule}" for rule in rules) for name, rules in checks if rules
    ]
    if strategy.reviews:
        lines = (f"  {each.at}  {each.verdict}  {each.by}  {each.why}" for each in strategy.reviews)
        parts.append(f"{t('strategy.reviews')}\n" + "\n".join(lines))
    return "\n\n".join(parts)
