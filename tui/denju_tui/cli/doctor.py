"""``denju doctor``: what denju needs, looked at one by one; each failing line names its cure."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from denju.errors import DenjuError, SettingsError
from denju_tui.cli import output

if TYPE_CHECKING:
    from denju.workbench import Workbench
    from denju_tui.locale import Texts

LEAST_SIZE = (60, 15)
"""Columns and lines below which the app shows nothing but a notice."""
_GEMINI = (
    "Install it in denju's folder: .venv/bin/python -m pip install -e '.[gemini]' "
    "(uv tool, pipx: install --force '.[gemini]'); "
    "or set teacher.provider to gemini, which needs nothing."
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor."""

    name: str
    ok: bool
    value: str
    """What was found."""
    cure: str = ""
    """What to do about it; empty when all is well."""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")] = False) -> None:
    """Look whether everything that denju needs is there; exit code 1 when something fails."""
    from denju import __version__
    from denju_tui.cli.session import open_workbench
    from denju_tui.locale import interface_language, texts

    with open_workbench() as workbench:
        try:
            language = interface_language(workbench.settings.text("person.language"))
        except SettingsError:
            language = interface_language(os.environ.get("DENJU_PERSON_LANGUAGE", "auto"))
        t = texts(language)
        checks = list(_examine(workbench, t))
    ok = all(check.ok for check in checks)
    if as_json:
        output.json_line({"ok": ok, "denju": __version__, "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            output.line(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<10}  {check.value}")
            if check.cure:
                output.line(f"      {t('doctor.cure')}: {check.cure}")
    if not ok:
        raise typer.Exit(1)


def _examine(workbench: Workbench, t: Texts) -> Iterator[Check]:
    """Run every check; what one of them meets never hides another."""
    checks: dict[str, Callable[[], str]] = {
        "python": _python,
        "processor": lambda: _processor(workbench, t),
        "libraries": _libraries,
        "extras": lambda: _extras(t),
        "terminal": lambda: _terminal(t),
        "locale": lambda: _locale(t),
        "settings": lambda: _settings(workbench, t),
        "model": lambda: _model(workbench, t),
        "library": lambda: _library(workbench, t),
        "history": lambda: _history(workbench, t),
        "teacher": lambda: _teacher(workbench, t),
        "folders": lambda: _folders(workbench, t),
    }
    for name, check in checks.items():
        try:
            yield Check(name, True, check())
        except DenjuError as error:
            yield Check(name, False, t.said(error.what), t.said(error.hint))
        except Exception as error:
            yield Check(name, False, f"{type(error).__name__}: {error}", t("doctor.report_it"))


def _python() -> str:
    return f"{'.'.join(map(str, sys.version_info[:3]))}  {sys.executable}"


def _processor(workbench: Workbench, t: Texts) -> str:
    cores, instructions = workbench.processor()
    return t("doctor.cores", count=cores, instructions=instructions)


def _libraries() -> str:
    found = {name: _version(name) for name, extra in _required() if not extra}
    missing = [name for name, version in found.items() if version is None]
    if missing:
        raise DenjuError(f"not installed: {', '.join(missing)}", "Install denju again.")
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _extras(t: Texts) -> str:
    shown = {name: _version(name) for name, extra in _required() if extra not in ("", "test")}
    return ", ".join(f"{name} {version or t('doctor.optional')}" for name, version in shown.items())


def _required() -> Iterator[tuple[str, str]]:
    """Name and extra (empty for the base install) of every package that denju's own metadata names."""
    import re
    from importlib.metadata import requires

    for requirement in requires("denju") or ():
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", requirement)
        if name:
            yield name.group(), extra.group(1) if extra else ""


def _version(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _terminal(t: Texts) -> str:
    if not sys.stdout.isatty():
        return t("doctor.no_terminal")
    size, term = os.get_terminal_size(sys.stdout.fileno()), os.environ.get("TERM", "")
    found = f"{size.columns}x{size.lines}  TERM={term}  {_colours(t)}"
    if term in ("", "dumb"):
        raise DenjuError(found, t("doctor.set_term"))
    if 0 < size.columns < LEAST_SIZE[0] or 0 < size.lines < LEAST_SIZE[1]:  # 0 is unknown
        raise DenjuError(found, t("doctor.enlarge", columns=LEAST_SIZE[0], lines=LEAST_SIZE[1]))
    return found


def _colours(t: Texts) -> str:
    if os.environ.get("NO_COLOR"):
        return t("doctor.no_color")
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return t("doctor.colors", count="16,777,216")
    return t("doctor.colors", count=256 if "256color" in os.environ.get("TERM", "") else 16)


def _locale(t: Texts) -> str:
    import locale

    name = next((os.environ[each] for each in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(each)), "C")
    found = t("doctor.locale", name=name, encoding=locale.getencoding(), language=t.language)
    if locale.getencoding().upper().replace("-", "") != "UTF8":
        raise DenjuError(found, t("doctor.set_locale"))
    return found


def _settings(workbench: Workbench, t: Texts) -> str:
    from denju_tui.actions import Keys

    Keys.of(workbench.settings)
    changed = [name for name, each in workbench.settings.sourced().items() if each.source != "default"]
    return f"{workbench.paths.settings}  {t('doctor.changed', names=', '.join(changed) or t('common.none'))}"


def _model(workbench: Workbench, t: Texts) -> str:
    model = workbench.models.find(workbench.settings.text("student.model"))
    header = model.header
    template = workbench.settings.text("student.template")
    found = t(
        "doctor.model", name=model.name, parameters=f"{header.parameters:,}", context=header.context,
        template=header.template if template == "auto" else template,
    )  # fmt: skip
    return f"{found}  {t('doctor.practice')}" if model.practice else found


def _library(workbench: Workbench, t: Texts) -> str:
    library = workbench.library
    found = t("doctor.library", count=len(library.all()), serving=len(library.serving()))
    return f"{found}  {t.said(library.notice)}" if library.notice else found


def _history(workbench: Workbench, t: Texts) -> str:
    newest = workbench.history.list(1)
    return t("doctor.newest", at=newest[0].at) if newest else t("doctor.no_history")


def _teacher(workbench: Workbench, t: Texts) -> str:
    """Never the key, only whether and where there is one; nobody is asked whether it is a good one."""
    settings = workbench.settings
    provider = settings.text("teacher.provider")
    key = workbench.keys.find(provider)
    parts = [f"{provider} {settings.text('teacher.model') or t('doctor.default_model')}"]
    parts.append(t("doctor.key", source=key.source) if key else t("doctor.no_key"))
    if provider == "google-generativeai" and _version(provider) is None:
        raise DenjuError("  ".join([*parts, t("doctor.no_extra")]), _GEMINI)
    if settings.flag("network.offline"):
        parts.append(t("doctor.offline"))
    waiting = sum(each.state in ("waiting", "approved", "unknown") for each in workbench.outbox.all())
    return "  ".join([*parts, t("doctor.waiting", count=waiting)])


def _folders(workbench: Workbench, t: Texts) -> str:
    paths = workbench.paths
    private = [paths.data, paths.config, paths.library.parent, paths.history.parent, paths.models, paths.drafts]
    private += [paths.outbox, paths.ledger]
    files = [paths.library, paths.history, paths.settings, paths.keys, paths.terms]
    for path, most in [*((each, 0o700) for each in private), *((each, 0o600) for each in files)]:
        _check_rights(path, most, t)
    return f"{paths.data}  {t('doctor.private')}"


def _check_rights(path: Path, most: int, t: Texts) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    if status.st_uid != os.geteuid():
        raise DenjuError(t("doctor.foreign", path=path), f"sudo chown -RH $USER {shlex.quote(str(path))}")
    if stat.S_IMODE(status.st_mode) & ~most:
        raise DenjuError(t("doctor.open_to_others", path=path), f"chmod {most:o} {shlex.quote(str(path))}")
