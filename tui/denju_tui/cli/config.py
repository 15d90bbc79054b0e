"""``denju config``: every setting, its value and where it came from."""

from __future__ import annotations

from typing import Annotated

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.session import session

commands = group()


@commands.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")] = False) -> None:
    """Show every setting and where its value came from: default, file, environment or caller."""
    with session() as (workbench, t):
        file, sourced = workbench.paths.settings, workbench.settings.sourced()
        if as_json:
            settings = {name: {"value": each.value, "source": each.source} for name, each in sourced.items()}
            output.json_line({"file": str(file), "settings": settings})
            return
        diagnostics.note(t("config.from_file" if file.exists() else "config.no_file", file=file))
        output.table(
            [t("config.name"), t("config.value"), t("config.source")],
            ([name, _shown(each.value), t(f"config.{each.source}")] for name, each in sourced.items()),
        )


# A value may be a negative number, which would else be taken for an option.
@commands.command("set", context_settings={"ignore_unknown_options": True})
def set_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as person.name.")],
    value: Annotated[str, typer.Argument(metavar="VALUE")],
) -> None:
    """Set one value in the settings file; the rest of the file stays as it is."""
    from denju.settings import write
    from denju_tui.actions import Keys

    with session() as (workbench, t):
        if name == "screen.keys":
            Keys(value)  # what the app would not open with
        write(workbench.paths.settings, name, value)
        diagnostics.note(t("config.written", name=name, value=value, file=workbench.paths.settings))
        if workbench.settings.sourced()[name].source == "environment":
            variable = "DENJU_" + name.upper().replace(".", "_")
            diagnostics.note(t("config.environment_wins", variable=variable))


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
