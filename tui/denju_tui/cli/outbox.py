"""``denju teacher outbox``: requests that wait for a yes or for the network, and the answers that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from denju.errors import DenjuError, Interrupted, NotFound, Offline
from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson
from denju_tui.cli.session import session
from denju_tui.cli.teaching import costs, tell
from denju_tui.cli.teaching import send as send_one

if TYPE_CHECKING:
    from denju.workbench import Request, Workbench
    from denju_tui.locale import Texts

RequestId = Annotated[str, typer.Argument(metavar="ID", help="An id, or the start of one.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Else all that can be.")]

_NAMED = 5
"""Of the requests that an id may stand for."""

commands = group()


@commands.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every request, oldest first."""
    with session() as (workbench, t):
        workbench.teach.recover()
        found = workbench.outbox.all()
        if as_json:
            for each in found:
                output.json_line(_as_record(each, workbench))
            return
        if not found:
            diagnostics.note(t("teacher.outbox_empty"))
            return
        columns = (t(f"teacher.{name}") for name in ("at", "host", "model", "by", "about"))
        output.table(
            [t("library.id"), t("library.status"), *columns],
            (
                [each.id, t(f"outbox.{each.stands}"), each.created, each.host, each.model,
                 each.approval.by if each.approval else "", workbench.gist_of(each)]
                for each in found
            ),
            firm=2,
        )  # fmt: skip


@commands.command()
def show(request_id: RequestId, as_json: AsJson = False) -> None:
    """Show one request: what leaves or left, byte for byte, and what came back."""
    with session() as (workbench, t):
        request = _find(workbench, request_id)
        if as_json:
            output.json_line(
                {**_as_record(request, workbench), "body": request.body.decode("utf-8", "replace"),
                 "replies": [each.body.decode("utf-8", "replace") for each in request.replies]}
            )  # fmt: skip
            return
        parts = [_head(request, workbench, t), request.shown]
        parts += [
            f"{t('teacher.came', status=each.status)}\n{each.body.decode('utf-8', 'replace')}"
            for each in request.replies
        ]
        output.line("\n\n".join(filter(None, parts)))


@commands.command()
def approve(
    request_id: RequestId,
    yes: Annotated[
        str | None, typer.Option("--yes", metavar="NAME", help="Whose yes it is; else person.name, or the login name.")
    ] = None,
) -> None:
    """Say yes to exactly what denju teacher outbox show prints; also to sending again what may have arrived."""
    with session() as (workbench, t):
        request = _find(workbench, request_id)
        by = yes or workbench.person
        workbench.outbox.approve(request.id, by)
        output.line(request.id)
        diagnostics.note(t("teacher.approved", id=request.id, name=by))


@commands.command()
def send(ids: Ids = None, as_json: AsJson = False) -> None:
    """Send what a person said yes to, and put the drafts into the library."""
    with session() as (workbench, t):
        workbench.teach.recover()
        if ids:
            chosen = [_find(workbench, each).id for each in ids]
        else:
            chosen = [each.id for each in workbench.outbox.all() if each.state == "approved" and not each.carried]
        if not chosen:
            diagnostics.note(t("teacher.nothing_to_send"))
        code = 0
        for request_id in chosen:
            try:
                drafts = send_one(workbench, t, request_id)
            except (Interrupted, Offline):  # so would be every other one
                raise
            except DenjuError as error:
                told = diagnostics.report(error)
                code = code or told
            else:
                tell(drafts, request_id, t, as_json=as_json)
        if code:
            raise typer.Exit(code)


@commands.command()
def drop(request_id: RequestId) -> None:
    """Give a request up; its text, its answers and what was hidden in it are removed."""
    with session() as (workbench, t):
        request = _find(workbench, request_id)
        workbench.outbox.drop(request.id)
        diagnostics.note(t("teacher.dropped", id=request.id))


@commands.command()
def export(
    ids: Ids = None,
    file: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")] = "-",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write requests and their answers, to be carried to a machine that has a network, or back; nothing hidden goes."""
    with session() as (workbench, t):
        if ids:
            chosen = [_find(workbench, each).id for each in ids]
        else:
            chosen = [each.id for each in workbench.outbox.all() if each.state not in ("dropped", "sending")]
        with output.binary(file, force=force) as target:
            parcel = workbench.outbox.export(tuple(chosen))
            target.write(parcel)
            target.flush()
            # Before the file is in its place: one whose requests may still be sent from here must not be carried away.
            workbench.outbox.carry(parcel)
        if file != "-":
            diagnostics.note(t("teacher.exported", count=len(chosen), file=file))


@commands.command("import")
def import_(file: Annotated[str, typer.Argument(metavar="FILE", help="An export; - reads stdin.")]) -> None:
    """Take in an export: requests to send from here, and answers to those that were carried away."""
    from denju_tui.cli.reading import start_of

    with session() as (workbench, t):
        done = workbench.outbox.import_(start_of(file, workbench.outbox.MAX_IMPORT + 1))
        for each in (*done.added, *done.answered):
            output.line(each)
        diagnostics.note(
            t("teacher.imported", added=len(done.added), answered=len(done.answered), known=len(done.known))
        )
        if drafted := workbench.teach.recover().drafted:
            diagnostics.note(t("teacher.drafted", count=len(drafted)))


def _find(workbench: Workbench, request_id: str) -> Request:
    """The request whose id is or alone starts with this.

    Raises:
        NotFound: there is none, or several.
    """
    found = [each for each in workbench.outbox.all() if request_id and each.id.startswith(request_id)]
    if len(found) > 1 and all(each.id != request_id for each in found):
        names = ", ".join(each.id for each in found[:_NAMED]) + (", …" if len(found) > _NAMED else "")
        raise NotFound(f"{request_id!r} stands for {len(found)} requests: {names}.", "Give more of the id.")
    return found[0] if len(found) == 1 else workbench.outbox.get(request_id)


def _head(request: Request, workbench: Workbench, t: Texts) -> str:
    money, limited = workbench.teach.most_money(request), workbench.limited_in_money
    lines = [
        f"{request.id}  {t(f'outbox.{request.stands}')}  {request.created}",
        f"{request.method} {request.url}",
        t("teacher.to", host=request.host, model=request.model, provider=request.provider),
        t("teacher.size", count=f"{len(request.body):,}", hash=request.hash),
        costs(request.tokens, request.most_tokens, money, t, limited=limited),
        t("teacher.hidden", count=sum(request.hidden.values())),
    ]
    lines += [f"  {t(f'kind.{kind}')}  x{count}" for kind, count in request.hidden.items()]
    if request.approval is not None:
        lines.append(t("teacher.yes_of", name=request.approval.by, at=request.approval.at))
    if request.error is not None:
        lines += [t.said(request.error.get(name, "")) for name in ("message", "hint")]
    return "\n".join(filter(None, lines))


def _as_record(request: Request, workbench: Workbench) -> dict[str, Any]:
    approval = request.approval
    return {
        "id": request.id, "state": request.state, "created": request.created, "provider": request.provider,
        "model": request.model, "host": request.host, "url": request.url, "hash": request.hash,
        "bytes": len(request.body), "tokens": request.tokens, "most_tokens": request.most_tokens,
        "money": workbench.teach.most_money(request), "hidden": dict(request.hidden), "carried": request.carried,
        "approval": {"by": approval.by, "at": approval.at} if approval else None, "error": request.error,
        "answers": len(request.replies),
    }  # fmt: skip
