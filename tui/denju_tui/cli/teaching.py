"""What the commands of the teacher share: a request as text, a person's yes, and the sending told as it goes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.options import AsJson as AsJson

if TYPE_CHECKING:
    from denju.values import Strategy
    from denju.workbench import Preview, Request, Workbench
    from denju_tui.locale import Texts

Yes = Annotated[
    str | None, typer.Option("--yes", metavar="NAME", help="Send it: this person has seen what leaves, and says yes.")
]


def costs(tokens: int, most_tokens: int, money: float | None, t: Texts, *, limited: bool) -> str:
    """Tokens and the most money, on one line; without a price a limit on money stops it (``limited``)."""
    unknown = t("teacher.needs_price" if limited else "teacher.no_price")
    price = unknown if money is None else t("teacher.price", money=f"{money:.4f}")
    return t("teacher.tokens", tokens=f"{tokens:,}", most=f"{most_tokens:,}", price=price)


def head_as_text(preview: Preview, t: Texts, *, limited: bool) -> str:
    """Where it goes, what it costs, and what is hidden; never what stood there. ``limited``: see ``costs``."""
    request = preview.request
    lines = [
        f"{request.method} {request.url}",
        t("teacher.to", host=request.host, model=request.model, provider=request.provider),
        t("teacher.size", count=f"{len(request.body):,}", hash=request.hash),
        costs(request.tokens, request.most_tokens, preview.money, t, limited=limited),
    ]
    hidden = [each for each in preview.found if each.hidden]
    lines.append(t("teacher.hidden", count=sum(each.count for each in hidden)))
    lines += [f"  {each.placeholder}  {t(f'kind.{each.kind}')}  x{each.count}" for each in hidden]
    if not preview.exact:
        lines.append(t("teacher.not_exact"))
    return "\n".join(lines)


def body_of(preview: Preview) -> str:
    """What a person reads before the yes: the exact bytes, or where a library makes its own, all that they say."""
    return preview.body if preview.exact else preview.request.text


def settle(workbench: Workbench, t: Texts, request: Request, preview: Preview, yes: str | None, as_json: bool) -> None:
    """Send a request that was just kept, if a person says yes; else leave it in the outbox.

    Raises:
        NeedsConsent: nobody said yes.
        DenjuError: it could not be sent, or what came cannot be used.
    """
    from denju.errors import NeedsConsent

    if request.state in ("waiting", "failed") and not request.carried:
        by = yes or _asked(preview, workbench, t)
        if not by:
            if as_json:
                output.json_line({"request": request.id, "state": request.state, "drafts": []})
            else:
                output.line(request.id)
            raise NeedsConsent(
                f"{request.id} waits in the outbox; nothing was sent.",
                f"After a look at it: denju teacher outbox approve {request.id}, then send",
            )
        workbench.outbox.approve(request.id, by)
    drafts = send(workbench, t, request.id)
    tell(drafts, request.id, t, as_json=as_json)


def send(workbench: Workbench, t: Texts, request_id: str) -> tuple[Strategy, ...]:
    """Send one approved request and tell of it; returns the drafts."""
    from denju.events import Drafted, Pausing, Sending
    from denju_tui.cli.session import stopped_by_ctrl_c

    status = diagnostics.Status()
    drafts: tuple[Strategy, ...] = ()
    with stopped_by_ctrl_c() as cancel:
        try:
            for event in workbench.teach.send(request_id, cancel):
                match event:
                    case Sending(host=host, again=again):
                        if again:
                            status.clear()
                            diagnostics.note(t("teacher.again", reason=t.said(again)))
                        status.show(t("teacher.sending", host=host))
                    case Pausing(error, seconds):
                        status.show(t("teacher.pausing", reason=t.said(error.what), seconds=f"{seconds:.0f}"))
                    case Drafted():
                        drafts = event.drafts
        finally:
            status.clear()
    return drafts


def tell(drafts: tuple[Strategy, ...], request_id: str, t: Texts, *, as_json: bool) -> None:
    """The drafts, an id a line, and what to do with them."""
    if as_json:
        record = {"request": request_id, "state": "sent", "drafts": [each.to_dict() for each in drafts]}
        output.json_line(record)
        return
    output.table(
        [t("library.id"), t("library.title"), t("teacher.marks")],
        ([each.id, each.title, marks_of(each, t)] for each in drafts),
    )
    diagnostics.note(t("teacher.drafted", count=len(drafts)) if drafts else t("teacher.carried"))


def marks_of(strategy: Strategy, t: Texts) -> str:
    """What is odd about a draft, in a few words."""
    kinds = dict.fromkeys(str(each["kind"]) for each in strategy.extra.get("marks", ()))
    return t("common.comma").join(t(f"mark.{kind}") for kind in kinds)


def says_yes() -> bool:
    """What a person types behind the question."""
    from unicodedata import normalize

    said = normalize("NFKC", sys.stdin.readline()).strip().lower()  # an input method may have typed a wide one
    return said in ("y", "yes", "はい")


def _asked(preview: Preview, workbench: Workbench, t: Texts) -> str:
    """Who said yes to what was shown; nobody where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    head = head_as_text(preview, t, limited=workbench.limited_in_money)
    diagnostics.note(f"{body_of(preview)}\n\n{head}\n")  # what matters most is still in sight
    diagnostics.note(t("teacher.sure", name=workbench.person))
    return workbench.person if says_yes() else ""
