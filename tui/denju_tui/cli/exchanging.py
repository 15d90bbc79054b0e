"""``denju library export|import``: strategies out of the library and into it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.options import AsJson, Language, Reviewer, Status
from denju_tui.cli.session import session

if TYPE_CHECKING:
    from denju.workbench import Choice, Clash, Workbench
    from denju_tui.locale import Texts


def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")] = "-",
    kind: Annotated[
        Literal["jsonl", "csv", "markdown"] | None,
        typer.Option("--format", help="Else what the file's name says, or jsonl; csv is for spreadsheets."),
    ] = None,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only those that carry it.")] = None,
    language: Annotated[Language | None, typer.Option(help="Only these.")] = None,
    revisions: Annotated[bool, typer.Option("--revisions", help="The older revisions of each too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write strategies as JSON Lines, CSV or Markdown."""
    from denju.errors import UsageError

    with session() as (workbench, t):
        chosen = kind or workbench.format_of(file) or "jsonl"
        if as_json and file == "-" and chosen != "jsonl":
            raise UsageError(f"Standard output cannot be {chosen} and JSON.", "Name a file, or leave out one of them.")
        data, count = workbench.exported(chosen, status=status, tag=tag, language=language, revisions=revisions)
        with output.binary(file, force=force) as target:
            target.write(data)
        if file != "-" and as_json:
            output.json_line({"file": file, "format": chosen, "count": count})
        elif file != "-":
            diagnostics.note(t("library.exported", count=count, file=file))


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines or CSV; - is standard input.")],
    kind: Annotated[
        Literal["jsonl", "csv"] | None, typer.Option("--format", help="Else what the name or the content says.")
    ] = None,
    on_conflict: Annotated[
        Literal["ask", "keep", "take", "both"],
        typer.Option(help="Of what both sides changed: keep ours, take theirs as a draft, or both."),
    ] = "ask",
    approve: Annotated[
        bool,
        typer.Option("--approve", help="What the sender did not turn down serves at once, in the reviewer's name."),
    ] = False,
    reviewer: Reviewer = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in strategies, all or none: as drafts, unless they are approved on the way."""
    from functools import partial
    from pathlib import Path

    from denju.errors import UsageError

    if reviewer is not None and not approve:
        raise UsageError("--reviewer says who approves; it needs --approve.", "Give both, or neither.")
    with session() as (workbench, t):
        parcel = workbench.parcel(sys.stdin.buffer if file == "-" else Path(file), kind)
        if parcel.notice:
            diagnostics.note(t.said(parcel.notice))
        by = reviewer or workbench.person
        approved_by = by if approve else None
        otherwise = None if on_conflict == "ask" else on_conflict
        bring_in = partial(workbench.bring_in, parcel, by=by, approved_by=approved_by, otherwise=otherwise)
        if dry_run:
            done = bring_in(dry_run=True)
        else:
            may_ask = otherwise is None and file != "-" and sys.stdin.isatty()
            done = bring_in(choices=_asked(bring_in(dry_run=True).clashes, workbench, t) if may_ask else {})
        clashes = tuple(clash.theirs.id for clash in done.clashes)
        if as_json:
            record = {"added": done.added, "updated": done.updated, "left": done.left, "conflicts": clashes}
            output.json_line({**record, "turned_down": done.turned_down, "dry_run": dry_run})
            return
        if dry_run:
            what = (("added", done.added), ("updated", done.updated), ("left", done.left), ("conflict", clashes))
            output.table(["", t("library.id")], ([t(f"library.is_{name}"), each] for name, ids in what for each in ids))
        counts = {"added": len(done.added), "updated": len(done.updated), "left": len(done.left)}
        diagnostics.note(t("library.would_import" if dry_run else "library.imported", **counts))
        if clashes:
            diagnostics.note(t("library.conflicts", count=len(clashes)))
        if done.turned_down:
            diagnostics.note(t("library.turned_down", count=len(done.turned_down)))
        if not approve and not dry_run and (done.added or done.updated):
            diagnostics.note(t("library.drafts"))


def _asked(clashes: tuple[Clash, ...], workbench: Workbench, t: Texts) -> dict[str, Choice]:
    """What a person at the terminal says of each clash.

    Raises:
        Interrupted: the person leaves; nothing was imported.
    """
    from unicodedata import normalize

    from denju.errors import Interrupted
    from denju_tui.cli.telling import differences_as_text

    answers: dict[str, Choice] = {"k": "keep", "t": "take", "b": "both"}
    choices: dict[str, Choice] = {}
    for clash in clashes:
        theirs, ours = clash.theirs, clash.ours
        diagnostics.note(t("library.clash", id=theirs.id, title=theirs.title))
        if ours is None:
            diagnostics.note(t("library.clash_deleted"))
        else:
            diagnostics.note(differences_as_text(workbench.differences(ours, theirs), t))
        while theirs.id not in choices:
            diagnostics.note(t("library.clash_ask"))
            line = sys.stdin.readline()
            said = normalize("NFKC", line).strip().lower()  # an input method may have typed a wide one
            if not line or said == "q":
                raise Interrupted("Nothing was imported.")
            if said[:1] in answers:
                choices[theirs.id] = answers[said[:1]]
    return choices
