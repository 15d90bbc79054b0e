"""``denju teacher``: ask a large model for strategies, and see exactly what leaves this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.asking import About, How, Provider
from denju_tui.cli.gathering import gathered
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson, StrategyId
from denju_tui.cli.outbox import commands as outbox_commands
from denju_tui.cli.reading import text_of
from denju_tui.cli.session import session, stopped_by_ctrl_c
from denju_tui.cli.teaching import Yes, body_of, head_as_text, settle

if TYPE_CHECKING:
    from denju.workbench import Workbench
    from denju_tui.locale import Texts

commands = group()
commands.add_typer(outbox_commands, name="outbox", help="Requests that wait, and the answers that came.")


@commands.command()
@gathered
def request(about: About, how: How, yes: Yes = None, as_json: AsJson = False) -> None:
    """Ask for strategies. On a terminal it shows what leaves and asks; else without --yes it waits in the outbox."""
    with session() as (workbench, t):
        preview = how.preview(workbench, workbench.teach.ask(about.case(workbench)))
        settle(workbench, t, workbench.teach.keep(preview), preview, yes, as_json)


@commands.command()
@gathered
def preview(about: About, how: How, as_json: AsJson = False) -> None:
    """Print exactly what would leave; nothing is sent and nothing is kept."""
    with session() as (workbench, t):
        shown = how.preview(workbench, workbench.teach.ask(about.case(workbench)))
        if as_json:
            output.json_line(shown.to_dict())
            return
        diagnostics.note(head_as_text(shown, t, limited=workbench.limited_in_money) + "\n")
        output.line(body_of(shown))


@commands.command()
@gathered
def remark(
    draft: StrategyId,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What should be other: too long; our warranty is 2 years.")
    ],
    how: How,
    yes: Yes = None,
    as_json: AsJson = False,
) -> None:
    """Send a draft back to the teacher with a remark; what comes becomes its next revision."""
    with session() as (workbench, t):
        strategy = workbench.library.get(draft)
        ask = workbench.teach.sent_back(strategy, text_of(text) if text == "-" else text)
        shown = how.preview(workbench, ask, strategy)
        kept = workbench.teach.keep(shown, draft=strategy)
        settle(workbench, t, kept, shown, yes, as_json)


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
            _tell_of_variable(workbench, chosen, t)
            return
        if sys.stdin.isatty():
            from getpass import getpass

            try:
                typed = getpass(t("teacher.type_key", provider=chosen))
            except EOFError:  # Ctrl-D
                typed = ""
            workbench.store_key(chosen, typed, needed=True)
        else:
            workbench.store_key(chosen, sys.stdin.readline(10_000), needed=True)
        diagnostics.note(t("teacher.stored", provider=chosen, file=workbench.paths.keys))
        _tell_of_variable(workbench, chosen, t)


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
    """List everything that left for a teacher: when, who said yes, where to, how much, and how it ended."""
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


def _tell_of_variable(workbench: Workbench, provider: str, t: Texts) -> None:
    """A key in the environment is found first: else a person wonders why the stored one changes nothing."""
    found = workbench.keys.find(provider)
    if found is not None and found.source != str(workbench.paths.keys):
        diagnostics.note(t("teacher.variable_first", name=found.source))


def _row(attempt: dict[str, Any], t: Texts) -> list[str]:
    tokens = f"{attempt['tokens_in']:,} + {attempt['tokens_out']:,} + {attempt.get('tokens_thinking', 0):,}"
    return [
        attempt["at"], attempt["approved_by"], attempt["host"], attempt["model"], f"{attempt['bytes']:,}", tokens,
        f"{attempt['money']:.4f}", t(f"result.{attempt['result']}"),
    ]  # fmt: skip
