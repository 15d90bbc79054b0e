"""``denju review``: drafts, what speaks against them, and the verdicts of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson, Language, Reviewer, StrategyId, Why
from denju_tui.cli.session import session

if TYPE_CHECKING:
    from denju.values import Strategy

Revision = Annotated[int | None, typer.Option("--revision", min=1, metavar="N", help="Else the newest.")]

commands = group()


@commands.command("list")
def list_(
    language: Annotated[Language | None, typer.Option(help="Only these.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the drafts that wait for a verdict."""
    with session() as (workbench, t):
        found = [each for each in workbench.reviewing.pending() if language in (None, each.language)]
        if as_json:
            for each in found:
                output.json_line(each.to_dict())
            return
        if not found:
            diagnostics.note(t("review.nothing"))
            return
        output.table(
            [t("library.id"), t("library.title"), t("library.language"), t("library.revision"), t("library.origin")],
            ([each.id, each.title, each.language, str(each.revision), _origin(each)] for each in found),
        )


@commands.command()
def show(strategy_id: StrategyId, revision: Revision = None, as_json: AsJson = False) -> None:
    """Show a draft: the strategy, what changed since the revision that serves, and what every check found."""
    from denju_tui.cli.telling import differences_as_text, findings_as_text, strategy_as_text

    with session() as (workbench, t):
        strategy = workbench.library.get(strategy_id, revision=revision)
        serving = next((each for each in workbench.library.serving() if each.id == strategy.id), None)
        changed = serving is not None and serving.revision != strategy.revision
        differences = workbench.differences(serving, strategy) if serving and changed else ()
        findings = workbench.reviewing.findings(strategy)
        if as_json:
            record = {
                "strategy": strategy.to_dict(),
                "serving": serving.revision if serving else None,
                "differences": [
                    {"field": each.field, "before": each.before, "after": each.after} for each in differences
                ],
                "findings": [each.to_dict() for each in findings],
            }
            output.json_line(record)
            return
        parts = [strategy_as_text(strategy, t)]
        if serving and changed:
            parts.append(f"{t('review.changed', revision=serving.revision)}\n{differences_as_text(differences, t)}")
        parts.append(f"{t('review.checks')}\n{findings_as_text(findings, t)}")
        output.line("\n\n".join(parts))


@commands.command()
def approve(
    strategy_id: StrategyId,
    why: Why = "",
    override: Annotated[
        str, typer.Option(metavar="REASON", help="Approve although a check warns, and say why; it is kept.")
    ] = "",
    revision: Revision = None,
    reviewer: Reviewer = None,
    as_json: AsJson = False,
) -> None:
    """Let a draft serve, or one that was retired again."""
    with session() as (workbench, t):
        by = reviewer or workbench.person
        strategy = workbench.reviewing.approve(strategy_id, by=by, why=why, override=override, revision=revision)
        _tell(strategy, t("review.is_approved", id=strategy.id, revision=strategy.revision), as_json=as_json)


@commands.command()
def reject(
    strategy_id: StrategyId,
    why: Annotated[str, typer.Option(metavar="TEXT", help="What should be other; it is kept.")],
    revision: Revision = None,
    reviewer: Reviewer = None,
    as_json: AsJson = False,
) -> None:
    """Say that a draft shall not serve, and why."""
    with session() as (workbench, t):
        by = reviewer or workbench.person
        strategy = workbench.reviewing.reject(strategy_id, by=by, why=why, revision=revision)
        _tell(strategy, t("review.is_rejected", id=strategy.id, revision=strategy.revision), as_json=as_json)


@commands.command()
def retire(strategy_id: StrategyId, why: Why = "", reviewer: Reviewer = None, as_json: AsJson = False) -> None:
    """Take what serves out of service; review approve brings it back (with --revision N where a newer draft waits)."""
    with session() as (workbench, t):
        strategy = workbench.reviewing.retire(strategy_id, by=reviewer or workbench.person, why=why)
        _tell(strategy, t("review.is_retired", id=strategy.id, revision=strategy.revision), as_json=as_json)


def _origin(strategy: Strategy) -> str:
    return " ".join(filter(None, (strategy.origin.kind, strategy.origin.by)))


def _tell(strategy: Strategy, text: str, *, as_json: bool) -> None:
    if as_json:
        output.json_line(strategy.to_dict())
    else:
        output.line(strategy.id)
        diagnostics.note(text)
