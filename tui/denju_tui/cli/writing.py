"""``denju library add|edit|delete|restore``: strategies as a person writes them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from denju.errors import DenjuError, Interrupted, UsageError
from denju_tui.cli import diagnostics, output
from denju_tui.cli.options import AsJson, Language, Scope, StrategyId, Why
from denju_tui.cli.session import session

if TYPE_CHECKING:
    from pathlib import Path

    from denju.values import Origin, Strategy
    from denju_tui.locale import Texts

Several = list[str] | None
_FLAGS = ("avoid_when", "cues", "priorities", "decide", "steps", "tags")


def add(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="YAML or JSON; - is standard input; without, $EDITOR opens.")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="In a few words.")] = None,
    situation: Annotated[str | None, typer.Option(metavar="TEXT", help="When it applies.")] = None,
    avoid_when: Annotated[Several, typer.Option(metavar="TEXT", help="When it does not; may be repeated.")] = None,
    cue: Annotated[Several, typer.Option(metavar="TEXT", help="What a customer says; may be repeated.")] = None,
    priority: Annotated[Several, typer.Option(metavar="TEXT", help="What to weigh, in order; repeated.")] = None,
    decide: Annotated[Several, typer.Option(metavar="TEXT", help="When …: first …; otherwise …; repeated.")] = None,
    step: Annotated[Several, typer.Option(metavar="TEXT", help="What to do, in order; repeated.")] = None,
    why: Annotated[str | None, typer.Option(metavar="TEXT", help="In a sentence.")] = None,
    tag: Annotated[Several, typer.Option(metavar="TAG", help="May be repeated.")] = None,
    language: Annotated[Language | None, typer.Option(help="Else that of the title.")] = None,
    scope: Annotated[Scope | None, typer.Option(help="Else scenario.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a strategy, as a draft: from options, a file, or $EDITOR."""
    import contextlib
    import json

    from denju.values import Origin, Strategy
    from denju_tui.cli.editor import held, kept, written
    from denju_tui.drafts import NEW

    given: dict[str, object] = {"title": title, "situation": situation, "why": why}
    given |= dict(zip(_FLAGS, (avoid_when, cue, priority, decide, step, tag), strict=True))
    given = {name: value for name, value in given.items() if value}
    if file is not None and (given or language or scope):
        raise UsageError("A file and options exclude each other.", "Give one of them.")
    with session() as (workbench, t), contextlib.ExitStack() as stack:
        path: Path | None = None
        try:
            if given:
                given |= {name: value for name, value in (("language", language), ("scope", scope)) if value}
                data = json.dumps(given).encode()
            elif file is not None:
                data = _bytes_of(file)
            else:
                path = stack.enter_context(held(workbench.paths.drafts / "edits", NEW))
                empty = Strategy(title="", situation="", language=language or t.language, scope=scope or "scenario")
                data = written(path, workbench.as_yaml(empty), t("write.notes_add"))
            strategy = workbench.typed(data).strategy
            [stored] = workbench.library.add([_by(strategy, Origin(by=workbench.person))])
        except Interrupted:
            raise
        except DenjuError as error:
            raise (kept(error, path, "denju library add") if path else error) from error
        if path:
            path.unlink(missing_ok=True)
        _tell(stored, t("write.added", id=stored.id), t, as_json=as_json)


def edit(
    strategy_id: StrategyId,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="YAML or JSON instead of $EDITOR; - is standard input.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change a strategy in $EDITOR: a new draft; an approved revision serves on until the draft is approved."""
    import contextlib

    from denju.values import Origin
    from denju_tui.cli.editor import held, kept, written
    from denju_tui.drafts import file_name

    with session() as (workbench, t), contextlib.ExitStack() as stack:
        base = workbench.library.get(strategy_id)
        path: Path | None = None
        try:
            if file is not None:
                data = _bytes_of(file)
            else:
                path = stack.enter_context(held(workbench.paths.drafts / "edits", file_name(base.id)))
                notes = t("write.notes_edit", id=base.id, revision=base.revision)
                data = written(path, workbench.as_yaml(base), notes)
            typed = workbench.typed(data, base)
            if typed.same:
                diagnostics.note(t("write.same"))
                stored = base
            else:
                draft = _by(typed.strategy, Origin(by=workbench.person))
                stored = workbench.library.revise(draft, base_revision=typed.base_revision)
        except Interrupted:
            raise
        except DenjuError as error:
            raise (kept(error, path, f"denju library edit {base.id}") if path else error) from error
        if path:
            path.unlink(missing_ok=True)
        if stored is not base or as_json:
            _tell(stored, t("write.revised", id=stored.id, revision=stored.revision), t, as_json=as_json)


def delete(
    strategy_id: StrategyId,
    why: Why = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a strategy with all its revisions, for good; retiring keeps them (denju review retire)."""
    with session() as (workbench, t):
        strategy = workbench.library.get(strategy_id)
        if not yes:
            _ask(t("write.delete_sure", id=strategy.id, title=strategy.title))
        workbench.library.delete(strategy.id, by=workbench.person, why=why)
        diagnostics.note(t("write.deleted", id=strategy.id))


def restore(
    strategy_id: StrategyId,
    revision: Annotated[int, typer.Option(min=1, metavar="N", help="The old one.")],
    as_json: AsJson = False,
) -> None:
    """Make a new draft that says what an old revision said."""
    with session() as (workbench, t):
        stored = workbench.library.restore(strategy_id, revision=revision, by=workbench.person)
        _tell(stored, t("write.revised", id=stored.id, revision=stored.revision), t, as_json=as_json)


def _by(strategy: Strategy, origin: Origin) -> Strategy:
    from dataclasses import replace

    return replace(strategy, origin=origin)


def _bytes_of(file: str) -> bytes:
    from denju_tui.cli.reading import text_of

    return text_of(file).encode()


def _ask(question: str) -> None:
    """Go on only after a yes.

    Raises:
        UsageError: there is nobody to ask.
        Interrupted: the answer was no.
    """
    from denju_tui.cli.teaching import says_yes

    if not sys.stdin.isatty():
        raise UsageError("There is nobody to ask.", "Say it with --yes.")
    diagnostics.note(question)
    if not says_yes():
        raise Interrupted("Nothing was changed.")


def _tell(strategy: Strategy, text: str, t: Texts, *, as_json: bool) -> None:
    if as_json:
        output.json_line(strategy.to_dict())
        return
    output.line(strategy.id)
    diagnostics.note(text)
    if strategy.status == "draft":
        diagnostics.note(t("write.draft", id=strategy.id))
