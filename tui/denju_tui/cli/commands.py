"""The tree of commands. Help is in English; what a command says while it runs is in the interface's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from denju.errors import Interrupted, UsageError
from denju_tui.cli import ask, batch, config, doctor, history, library, models, output
from denju_tui.cli.group import group


def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Show the version and exit.")] = False,
) -> int:
    """Answer customers with the strategy that fits, on this machine.

    Without a command, denju opens the app.
    """
    if version:
        from denju import __version__

        output.write(f"denju {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from denju_tui.cli import diagnostics

        diagnostics.note(context.get_help())
        raise typer.Exit(UsageError.exit_code)
    return 0


def tree() -> typer.Typer:
    """Every command, in the order in which help lists them."""
    root = group()
    root.callback(invoke_without_command=True)(_root)
    root.command()(ask.ask)
    root.add_typer(batch.commands, name="batch")
    root.add_typer(library.commands, name="library")
    root.add_typer(history.commands, name="history")
    root.add_typer(models.commands, name="models")
    root.add_typer(config.commands, name="config")
    root.command()(doctor.doctor)
    root.command("export", help="The same as denju library export.")(library.export)
    root.command("import", help="The same as denju library import.")(library.import_)
    return root


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Raises:
        DenjuError: what went wrong, wrong arguments among it.
    """
    command = typer.main.get_command(tree())
    # Not command.main(): that would end the process and tell errors in its own way.
    try:
        with command.make_context("denju", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort as error:
        raise Interrupted("Stopped.") from error
    except typer.TyperException as error:
        at = getattr(error, "ctx", None)
        raise UsageError(error.format_message(), f"{at.command_path if at else 'denju'} --help") from error
    return 0
