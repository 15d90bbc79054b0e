"""The tree of commands. Help is in English; what a command says while it runs is in the interface's language."""

from __future__ import annotations

from collections.abc import Container, Sequence
from contextvars import copy_context
from importlib import import_module
from typing import Annotated

import typer

from denju.errors import Interrupted, UsageError
from denju_tui.cli import output
from denju_tui.cli.conversion import convert_plainly
from denju_tui.cli.group import group


def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Show the version and exit.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Any connection is an error; nothing is opened.")] = False,
) -> int:
    if version:
        from denju import __version__

        output.write(f"denju {__version__}\n")
        raise typer.Exit
    if offline:
        from denju_tui.cli.session import OFFLINE

        OFFLINE.set(True)
    if context.invoked_subcommand is None:
        from denju_tui.cli import diagnostics

        diagnostics.note(context.get_help())
        raise typer.Exit(UsageError.exit_code)
    return 0


COMMANDS = {
    "ask": ("denju_tui.cli.ask", "ask", "Answer one customer message with the strategy that fits."),
    "batch": ("denju_tui.cli.batch", "commands", "Answer many messages from a file."),
    "library": ("denju_tui.cli.library", "commands", "Strategies: list, read, search, write, export, import."),
    "review": ("denju_tui.cli.review", "commands", "Drafts: what speaks against them, approve, reject, retire."),
    "init": ("denju_tui.cli.sharing", "init", "Make a library that several users of this machine work on."),
    "history": ("denju_tui.cli.history", "commands", "Answers that were given: list, read, search, rate."),
    "teacher": ("denju_tui.cli.teacher", "commands", "Ask a large model for strategies; see exactly what leaves."),
    "learn": ("denju_tui.cli.learn", "commands", "Let the teacher coach the student; a gate says whether it helped."),
    "models": ("denju_tui.cli.models", "commands", "The student's model files."),
    "config": ("denju_tui.cli.config", "commands", "Settings, each with its origin."),
    "doctor": (
        "denju_tui.cli.doctor",
        "doctor",
        "Look whether everything that denju needs is there; exit code 1 if not.",
    ),
    "export": ("denju_tui.cli.exchanging", "export", "The same as denju library export."),
    "import": ("denju_tui.cli.exchanging", "import_", "The same as denju library import."),
}
"""Module, function or group in it, and help of every command."""


def tree(loaded: Container[str]) -> typer.Typer:
    """The commands of ``loaded`` with their modules, the others by name and help alone."""
    root = group(
        "Answer customers with the strategy that fits, on this machine. Without a command, denju opens the app."
    )
    root.callback(invoke_without_command=True)(_root)
    for name, (module, attribute, help_text) in COMMANDS.items():
        found = getattr(import_module(module), attribute) if name in loaded else _not_loaded
        if isinstance(found, typer.Typer):
            root.add_typer(found, name=name, help=help_text)
        else:
            root.command(name, help=help_text)(found)
    return root


def _not_loaded() -> None:
    """Stands for a command that was not asked for."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Raises:
        DenjuError: what went wrong, wrong arguments among it.
    """
    named = [each for each in arguments if not each.startswith("-")]
    command = typer.main.get_command(tree(named[:1]))
    convert_plainly(command)
    # Not command.main(): that would end the process and tell errors in its own way.
    try:
        with command.make_context("denju", list(arguments)) as context:
            copy_context().run(command.invoke, context)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort as error:
        raise Interrupted("Stopped.") from error
    except typer.TyperException as error:
        at = getattr(error, "ctx", None)
        raise UsageError(error.format_message(), f"{at.command_path if at else 'denju'} --help") from error
    return 0
