"""``denju models``: which model the student runs."""

from __future__ import annotations

from typing import Annotated

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.group import group
from denju_tui.cli.options import AsJson
from denju_tui.cli.session import session

commands = group()


@commands.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the models that are there; the one in use is marked."""
    with session() as (workbench, t):
        used = workbench.models.find(workbench.settings.text("student.model")).sha256
        models = workbench.models.list()
        if as_json:
            for each in models:
                output.json_line(
                    {
                        "sha256": each.sha256, "name": each.name, "practice": each.practice,
                        "used": each.sha256 == used, "parameters": each.header.parameters, "bytes": each.header.size,
                        "context": each.header.context, "path": str(each.path),
                    }
                )  # fmt: skip
            return
        output.table(
            [t(f"models.{name}") for name in ("sha256", "in_use", "name", "parameters", "size", "context")],
            (
                [
                    each.sha256[:12], "*" if each.sha256 == used else "", each.name, f"{each.header.parameters:,}",
                    f"{each.header.size / 1e6:,.1f} MB", f"{each.header.context:,}",
                ]
                for each in models
            ),
        )  # fmt: skip


@commands.command()
def use(
    model: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A GGUF file; practice; or the start of a sha256.")],
) -> None:
    """Let the student run this model; a file is checked and copied first."""
    with session() as (workbench, t):
        status = diagnostics.Status()
        try:
            used = workbench.use_model(
                model, lambda done, total: status.show(t("models.copying", percent=done * 100 // max(1, total)))
            )
        finally:
            status.clear()
        diagnostics.note(t("models.used", name=used.name))
        if workbench.settings.sourced()["student.model"].source == "environment":
            diagnostics.note(t("config.environment_wins", variable="DENJU_STUDENT_MODEL"))
        diagnostics.note(t("common.practice_warning") if used.practice else t("models.next"))
