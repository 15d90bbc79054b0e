"""``denju library``: the strategies, as lists and texts; what changes them stands in modules of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from denju.errors import NotFound, UsageError
from denju_tui.cli import diagnostics, exchanging, output, searching, writing
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson, Language, Scope, Status, StrategyId
from denju_tui.cli.session import session

if TYPE_CHECKING:
    from denju.values import Strategy
    from denju_tui.locale import Texts

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
        _notice(workbench.library.notice, t)
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
    strategy_id: StrategyId,
    revision: Annotated[int | None, typer.Option(min=1, metavar="N", help="An older one; else the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one strategy."""
    from denju_tui.cli.telling import strategy_as_text

    with session() as (workbench, t):
        strategy = workbench.library.get(strategy_id, revision=revision)
        if as_json:
            output.json_line(strategy.to_dict())
        else:
            output.line(strategy_as_text(strategy, t))


@commands.command()
def history(strategy_id: StrategyId, as_json: AsJson = False) -> None:
    """List every revision of a strategy, oldest first, with who did what to it."""
    with session() as (workbench, t):
        revisions = workbench.library.revisions(strategy_id)
        if as_json:
            for each in revisions:
                output.json_line(each.to_dict())
            return
        output.table(
            [t(f"library.{name}") for name in ("revision", "status", "created", "origin", "reviews")],
            ([str(each.revision), each.status, each.created, _origin(each, t), _reviews(each)] for each in revisions),
        )


@commands.command()
def diff(
    strategy_id: StrategyId,
    before: Annotated[int | None, typer.Argument(min=1, metavar="OLD", help="Else the one before the newest.")] = None,
    after: Annotated[int | None, typer.Argument(min=1, metavar="NEW", help="Else the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what two revisions differ in, field by field."""
    from denju_tui.cli.telling import differences_as_text

    with session() as (workbench, t):
        revisions = workbench.library.revisions(strategy_id)
        new = workbench.library.get(revisions[-1].id, revision=after or revisions[-1].revision)
        older = [each.revision for each in revisions if each.revision < new.revision]
        old = workbench.library.get(new.id, revision=before or (older[-1] if older else new.revision))
        found = workbench.differences(old, new)
        if as_json:
            for each in found:
                output.json_line({"field": each.field, "before": each.before, "after": each.after})
        elif found:
            output.line(differences_as_text(found, t))
        else:
            diagnostics.note(t("library.no_difference", old=old.revision, new=new.revision))


@commands.command()
def check(
    repair: Annotated[
        bool, typer.Option("--repair", help="Set a damaged library aside and save what is whole in it.")
    ] = False,
    from_backup: Annotated[
        bool, typer.Option("--from-backup", help="With --repair: take the newest whole backup instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look whether the library is whole; exit code 1 if not."""
    if from_backup and not repair:
        raise UsageError("--from-backup says what a repair takes.", "Give --repair too.")
    with session() as (workbench, t):
        report = workbench.check_library()
        backup = report.backup.path if report.backup else None
        repairs = repair and (report.damage is not None or from_backup)
        if as_json and not repairs:
            output.json_line(
                {
                    "damage": report.damage, "by_hand": report.by_hand, "whole": report.whole,
                    "lost": len(report.lost), "backup": str(backup) if backup else None,
                    "backup_holds": report.backup_holds,
                }
            )  # fmt: skip
        if report.damage is None and not repairs:
            if not as_json:
                diagnostics.note(t("library.is_by_hand" if report.by_hand else "library.is_whole", count=report.whole))
            return
        if report.damage is not None and not repairs:
            diagnostics.note(t.said(report.damage))
            saves = "can_save" if report.whole else "can_save_nothing"
            diagnostics.note(t(f"library.{saves}", whole=report.whole, lost=len(report.lost)))
            if backup:
                diagnostics.note(t("library.backup", file=backup, count=report.backup_holds))
                diagnostics.note(t("library.take_backup"))
            elif not report.whole:
                diagnostics.note(t("library.begin_anew"))
            raise typer.Exit(1)
        if from_backup and backup is None:
            raise NotFound("There is no whole backup.", "Without --from-backup, what is whole in the library is saved.")
        done = workbench.repair_library(backup if from_backup else None)
        if as_json:
            aside = str(done.aside) if done.aside else None
            output.json_line({"aside": aside, "saved": done.saved, "lost": len(done.lost)})
        if done.aside:
            diagnostics.note(t("library.repaired", saved=done.saved, lost=len(done.lost), file=done.aside))
        else:
            diagnostics.note(t("library.brought_back", saved=done.saved))


for name, command in (
    ("search", searching.search), ("audit", searching.audit),
    ("add", writing.add), ("edit", writing.edit), ("delete", writing.delete), ("restore", writing.restore),
    ("export", exchanging.export), ("import", exchanging.import_),
):  # fmt: skip
    commands.command(name)(command)


def _notice(notice: str | None, t: Texts) -> None:
    if notice:
        diagnostics.note(t.said(notice))


def _origin(strategy: Strategy, t: Texts) -> str:
    origin = strategy.origin
    parent = t("library.from_revision", revision=origin.parent) if origin.parent else ""
    return " ".join(filter(None, (origin.kind, origin.by, parent)))


def _reviews(strategy: Strategy) -> str:
    return "; ".join(" ".join(filter(None, (each.verdict, each.by, each.at, each.why))) for each in strategy.reviews)
