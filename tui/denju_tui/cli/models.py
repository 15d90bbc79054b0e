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
    from denju.errors import ModelFileError, NotFound

    with session() as (workbench, t):
        used, rows = "", []
        try:
            used = workbench.models.find(workbench.settings.text("student.model")).sha256
        except NotFound as error:
            diagnostics.note(t.said(error.what))
        for each in workbench.models.list():
            told = {"sha256": each.sha256, "practice": each.practice, "used": each.sha256 == used}
            cells = [each.sha256[:12], "*" if each.sha256 == used else ""]
            try:
                name, header = each.name, each.header
            except ModelFileError as error:
                diagnostics.note(t.said(error.what))
                told |= {"name": "", "parameters": None, "bytes": None, "context": None, "error": error.to_dict()}
                cells += [t("models.damaged"), "", "", ""]
            else:
                told |= {
                    "name": name, "parameters": header.parameters, "bytes": header.size, "context": header.context,
                    "error": None,
                }  # fmt: skip
                cells += [name, f"{header.parameters:,}", f"{header.size / 1e6:,.1f} MB", f"{header.context:,}"]
            if as_json:
                output.json_line({**told, "path": str(each.path)})
            rows.append(cells)
        if not as_json:
            output.table(
                [t(f"models.{name}") for name in ("sha256", "in_use", "name", "parameters", "size", "context")], rows
            )


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
