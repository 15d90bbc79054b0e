"""``denju teacher``: ask a large model for strategies, and see exactly what leaves this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson, StrategyId
from denju_tui.cli.outbox import commands as outbox_commands
from denju_tui.cli.reading import json_of, text_of
from denju_tui.cli.session import session, stopped_by_ctrl_c
from denju_tui.cli.teaching import Yes, body_of, head_as_text, settle

if TYPE_CHECKING:
    from denju.workbench import Hiding, Preview, Workbench
    from denju_tui.locale import Texts

Text = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="The situation; with the two below, what was wrong. - reads stdin."),
]
Conversation = Annotated[
    str | None,
    typer.Option(metavar="FILE", help='A conversation: [{"role": "customer"|"agent", "text": "…"}, …]; - reads stdin.'),
]
AnswerId = Annotated[
    str | None, typer.Option("--answer", metavar="ID", help="An answer of the history (denju history list).")
]
Provider = Annotated[
    Literal["gemini", "openai", "google-generativeai"] | None,
    typer.Option(help="Else the setting teacher.provider."),
]
Model = Annotated[str | None, typer.Option(metavar="ID", help="Else the setting teacher.model.")]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", metavar="TEXT", help="Found, but may leave as it is. Repeatable.")
]
Hide = Annotated[list[str] | None, typer.Option("--hide", metavar="TEXT", help="Hide this too. Repeatable.")]

commands = group()
commands.add_typer(outbox_commands, name="outbox", help="Requests that wait, and the answers that came.")


@commands.command()
def request(
    text: Text = None,
    conversation: Conversation = None,
    answer: AnswerId = None,
    provider: Provider = None,
    model: Model = None,
    keep: Keep = None,
    hide: Hide = None,
    yes: Yes = None,
    as_json: AsJson = False,
) -> None:
    """Ask for strategies. On a terminal it shows what leaves and asks; else without --yes it waits in the outbox."""
    with session() as (workbench, t):
        hiding = workbench.hiding(kept=keep or (), marked=hide or ())
        preview = _preview(workbench, hiding, text, conversation, answer, provider, model)
        settle(workbench, t, workbench.teach.keep(preview, hiding), preview, yes, as_json)


@commands.command()
def preview(
    text: Text = None,
    conversation: Conversation = None,
    answer: AnswerId = None,
    provider: Provider = None,
    model: Model = None,
    keep: Keep = None,
    hide: Hide = None,
    as_json: AsJson = False,
) -> None:
    """Print exactly what would leave; nothing is sent and nothing is kept."""
    with session() as (workbench, t):
        hiding = workbench.hiding(kept=keep or (), marked=hide or ())
        shown = _preview(workbench, hiding, text, conversation, answer, provider, model)
        if as_json:
            output.json_line(shown.to_dict())
            return
        diagnostics.note(head_as_text(shown, t) + "\n")
        output.line(body_of(shown))


@commands.command()
def remark(
    draft: StrategyId,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What should be other: too long; our warranty is 2 years.")
    ],
    provider: Provider = None,
    model: Model = None,
    keep: Keep = None,
    hide: Hide = None,
    yes: Yes = None,
    as_json: AsJson = False,
) -> None:
    """Send a draft back to the teacher with a remark; what comes becomes its next revision."""
    with session() as (workbench, t):
        strategy = workbench.library.get(draft)
        hiding = workbench.hiding(kept=keep or (), marked=hide or ())
        ask = workbench.teach.sent_back(strategy, text_of(text) if text == "-" else text)
        shown = workbench.teach.preview(ask, hiding, provider=provider or "", model=model or "")
        settle(workbench, t, workbench.teach.keep(shown, hiding, draft=strategy), shown, yes, as_json)


@commands.command()
def login(
    provider: Provider = None,
    forget: Annotated[bool, typer.Option("--forget", help="Remove the stored key.")] = False,
) -> None:
    """Store your key in a file that only you can read. It is typed without being shown, or read from stdin."""
    with session() as (workbench, t):
        chosen = provider or workbench.settings.text("teacher.provider")
        if forget:
            workbench.store_key(chosen, "")
            diagnostics.note(t("teacher.forgotten", provider=chosen))
            return
        if sys.stdin.isatty():
            from getpass import getpass

            workbench.store_key(chosen, getpass(t("teacher.type_key", provider=chosen)), needed=True)
        else:
            workbench.store_key(chosen, sys.stdin.readline(10_000), needed=True)
        diagnostics.note(t("teacher.stored", provider=chosen, file=workbench.paths.keys))


@commands.command()
def models(provider: Provider = None, as_json: AsJson = False) -> None:
    """List the models that the provider offers; this asks it, and stands in the ledger."""
    with session() as (workbench, t), stopped_by_ctrl_c() as cancel:
        found = workbench.teach.models(workbench.person, cancel, provider=provider or "")
        if as_json:
            for each in found:
                output.json_line({"id": each.id, "title": each.title, "context": each.context})
            return
        output.table(
            [t("teacher.model"), t("teacher.title"), t("models.context")],
            ([each.id, each.title, f"{each.context:,}" if each.context else ""] for each in found),
        )


@commands.command()
def ledger(
    verify: Annotated[
        bool, typer.Option("--verify", help="Look at every line; exit code 1 when one was changed, removed or moved.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List everything that left this machine: when, who said yes, where to, how much, and how it ended."""
    with session() as (workbench, t):
        if verify:
            verdict = workbench.ledger.verify()
            if as_json:
                output.json_line({"ok": verdict.ok, "lines": verdict.lines, "problems": list(verdict.problems)})
            elif verdict.ok:
                output.line(t("teacher.ledger_whole", count=verdict.lines))
            if not verdict.ok:
                raise workbench.ledger.damaged(verdict.problems[0])
            return
        records = workbench.ledger.records()
        if as_json:
            for each in records:
                output.json_line(each)
            return
        if not records:
            diagnostics.note(t("teacher.nothing_left"))
            return
        output.table(
            [t(f"teacher.{name}") for name in ("at", "by", "host", "model", "bytes", "used", "money", "result")],
            (_row(each, t) for each in workbench.attempts()),
        )


def _row(attempt: dict[str, Any], t: Texts) -> list[str]:
    tokens = f"{attempt['tokens_in']:,} + {attempt['tokens_out']:,} + {attempt.get('tokens_thinking', 0):,}"
    return [
        attempt["at"], attempt["approved_by"], attempt["host"], attempt["model"], f"{attempt['bytes']:,}", tokens,
        f"{attempt['money']:.4f}", t(f"result.{attempt['result']}"),
    ]  # fmt: skip


def _preview(
    workbench: Workbench,
    hiding: Hiding,
    text: str | None,
    conversation: str | None,
    answer: str | None,
    provider: str | None,
    model: str | None,
) -> Preview:
    from denju.errors import UsageError

    if conversation is not None and answer is not None:
        raise UsageError("--conversation and --answer exclude each other.", "Give one of them.")
    if text is None and conversation is None and answer is None:
        raise UsageError("There is nothing to ask about.", 'denju teacher preview "Customers ask for a discount."')
    said = text_of(text) if text == "-" else text or ""
    turns = json_of(conversation) if conversation is not None else None
    case = workbench.case(said, conversation=turns, answer=answer or "")
    teach = workbench.teach
    return teach.preview(teach.ask(case), hiding, provider=provider or "", model=model or "")
