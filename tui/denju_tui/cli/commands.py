"""The tree of commands. Help is in English; what a command says while it runs is in the interface's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from denju.errors import Interrupted, UsageError
from denju_tui.cli import output
from denju_tui.cli.conversion import convert_plainly
from denju_tui.cli.group import group


def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Show the version and exit.")] = False,
) -> int:
    if version:
        from denju import __version__

        output.write(f"denju {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from denju_tui.cli import diagnostics

        diagnostics.note(context.get_help())
        raise typer.Exit(UsageError.exit_code)
    return 0


def tree(only: str | None = None) -> typer.Typer:
    """Every command, or ``only`` one of them with its module."""
    root = group(
        "Answer customers with the strategy that fits, on this machine. Without a command, denju opens the app."
    )
    root.callback(invoke_without_command=True)(_root)
    for name, add in _BRANCHES.items():
        if only in (None, name):
            add(root, name)
    return root


def _ask(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.ask import ask

    root.command(name)(ask)


def _batch(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.batch import commands

    root.add_typer(commands, name=name)


def _library(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.library import commands

    root.add_typer(commands, name=name)


def _history(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.history import commands

    root.add_typer(commands, name=name)


def _models(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.models import commands

    root.add_typer(commands, name=name)


def _config(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.config import commands

    root.add_typer(commands, name=name)


def _doctor(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.doctor import doctor

    root.command(name)(doctor)


def _export(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.library import export

    root.command(name, help="The same as denju library export.")(export)


def _import(root: typer.Typer, name: str) -> None:
    from denju_tui.cli.library import import_

    root.command(name, help="The same as denju library import.")(import_)


# A function each, so that a command loads its own module and no other.
_BRANCHES: dict[str, Callable[[typer.Typer, str], None]] = {
    "ask": _ask,
    "batch": _batch,
    "library": _library,
    "history": _history,
    "models": _models,
    "config": _config,
    "doctor": _doctor,
    "export": _export,
    "import": _import,
}


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Raises:
        DenjuError: what went wrong, wrong arguments among it.
    """
    command = typer.main.get_command(tree(arguments[0] if arguments and arguments[0] in _BRANCHES else None))
    convert_plainly(command)
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
