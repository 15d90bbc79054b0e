"""Settings: declared once here, each value with its origin.

Order, the later wins: default, ``settings.toml``, environment (``DENJU_STUDENT_THREADS``), the caller's own.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from denju.errors import SettingsError
from denju.paths import folder, replaced, storage_error

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting."""

    name: str
    """Two levels: ``student.threads``."""
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def variable(self) -> str:
        """Its form in the environment: ``DENJU_STUDENT_THREADS``."""
        return "DENJU_" + self.name.upper().replace(".", "_")


DECLARED: tuple[Setting, ...] = (
    Setting("person.name", "", "Who approves and edits; the login name when empty"),
    Setting("person.language", "auto", "Language of the interface", ("auto", "ja", "en")),
    Setting("library.path", "", "Another library's file, a shared one most likely; this user's own when empty"),
    Setting("student.kind", "ctransformers", "Back-end that runs the model", ("ctransformers",)),
    Setting("student.model", "practice", "practice, or the sha256 of a copied model (denju models use FILE)"),
    Setting(
        "student.template", "auto", "Chat template of the model", ("auto", "practice", "llama-2", "zephyr", "plain")
    ),
    Setting("student.threads", 0, "Threads; 0 takes the allowed cores", least=0, most=256),
    Setting("student.context", 0, "Context in tokens; 0 takes the model's own, at most 4096", least=0, most=32_768),
    Setting("student.max_tokens", 256, "Longest answer, in tokens", least=1, most=4_096),
    Setting("student.temperature", 0.0, "0 always takes the likeliest token", least=0, most=2),
    Setting("student.top_p", 0.95, "Share of the probability that sampling draws from", least=0.01, most=1),
    Setting("student.top_k", 40, "Number of tokens that sampling draws from", least=1, most=1_000),
    Setting("student.repetition_penalty", 1.0, "Above 1, tokens said lately get less likely", least=1, most=2),
    Setting("answering.no_match", "fallback", "What serves when nothing matches", ("fallback", "free", "none")),
    Setting("history.keep", "full", "What the history keeps of an answer", ("full", "no_texts", "off")),
    Setting("history.keep_days", 90, "Days that the history is kept", least=1, most=36_500),
    Setting("teacher.provider", "gemini", "Service of the teacher", ("gemini", "openai", "google-generativeai")),
    Setting("teacher.model", "", "Id of the teacher's model (denju teacher models); the provider's default when empty"),
    Setting("teacher.base_url", "", "Address of that service; the provider's own when empty"),
    Setting("teacher.deadline", 120.0, "Seconds that the teacher has for one answer", least=1, most=3_600),
    Setting("teacher.budget_call", 0.5, "Most money for one call, in USD; 0 sets no limit", least=0, most=1_000),
    Setting("teacher.budget_day", 2.0, "Most money a day, in USD; 0 sets no limit", least=0, most=100_000),
    Setting("teacher.budget_month", 20.0, "Most money a month, in USD; 0 sets no limit", least=0, most=1_000_000),
    Setting("teacher.tokens_call", 0, "Most tokens for one call; 0 sets no limit", least=0, most=100_000_000),
    Setting("teacher.tokens_day", 0, "Most tokens a day; 0 sets no limit", least=0, most=100_000_000_000),
    Setting("teacher.tokens_month", 0, "Most tokens a month; 0 sets no limit", least=0, most=100_000_000_000),
    Setting("teacher.price_in", -1.0, "USD per million tokens asked; -1 looks it up", least=-1, most=100_000),
    Setting("teacher.price_out", -1.0, "USD per million tokens answered; -1 looks it up", least=-1, most=100_000),
    Setting("network.offline", False, "Any connection is an error"),
    Setting("screen.keys", "", "Other keys in the app, by action: ask.copy=f11 ask.new=ctrl+b,f13 (docs/keys.md)"),
    Setting(
        "screen.terminal", "auto", "Whether bytes are dear; auto: over SSH and in tmux", ("auto", "local", "remote")
    ),
    Setting(
        "screen.signs", "auto", "Lines and blocks in the app; auto asks the terminal", ("auto", "ascii", "unicode")
    ),
)
_BY_NAME = {each.name: each for each in DECLARED}
_ARGUMENTS = "arguments"
"""Where a value came from that no file and no variable holds."""
_AT_ITS_PLACE = "Correct it there, or take it out."
"""Said of a file or a variable: while it is wrong, the commands that show settings stop at it as well."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value and where it came from: ``default``, ``file``, ``environment`` or ``caller``."""

    value: Value
    source: str


class Settings:
    """All settings, resolved once."""

    def __init__(self, values: Mapping[str, Sourced]) -> None:
        self._values = dict(values)

    @classmethod
    def load(
        cls, path: Path, environ: Mapping[str, str] | None = None, overrides: Mapping[str, Value] | None = None
    ) -> Settings:
        """Resolve every declared setting.

        Raises:
            SettingsError: the file cannot be read, or a name or a value in it is not a declared one.
        """
        values = {each.name: Sourced(each.default, "default") for each in DECLARED}
        for name, value in _flat(_read(path)).items():
            values[name] = Sourced(_checked(name, value, str(path)), "file")
        env = os.environ if environ is None else environ
        for each in DECLARED:
            if each.variable in env:
                values[each.name] = Sourced(_checked(each.name, env[each.variable], each.variable), "environment")
        for name, value in (overrides or {}).items():
            values[name] = Sourced(_checked(name, value, _ARGUMENTS), "caller")
        return cls(values)

    def sourced(self) -> dict[str, Sourced]:
        """Every setting by name, in the order of declaration."""
        return {each.name: self._values[each.name] for each in DECLARED}

    def given(self) -> dict[str, str]:
        """What the caller gave, as it would stand in the environment of another process."""
        values = ((each, self._values[each.name]) for each in DECLARED)
        return {each.variable: str(found.value) for each, found in values if found.source == "caller"}

    def text(self, name: str) -> str:
        return str(self._values[name].value)

    def integer(self, name: str) -> int:
        return int(self._values[name].value)

    def number(self, name: str) -> float:
        return float(self._values[name].value)

    def flag(self, name: str) -> bool:
        return bool(self._values[name].value)


def write(path: Path, name: str, value: Value) -> None:
    """Set one value in the settings file; comments and order of the rest stay.

    Raises:
        SettingsError: an unknown name, a wrong value, or a file that cannot be read.
        StorageError: it cannot be written.
    """
    import tomlkit

    checked = _checked(name, value, _ARGUMENTS)
    if isinstance(checked, str) and not _is_text(checked):
        raise _wrong(_ARGUMENTS, name, f"not UTF-8: {checked!r}")
    section, key = name.split(".")
    # The file that a link leads to is replaced, never the link.
    target = path.resolve()
    with _alone(target):
        _read(target)
        document = tomlkit.parse(target.read_text("utf-8-sig")) if target.exists() else tomlkit.document()
        table = document.setdefault(section, tomlkit.table())
        if not isinstance(table, MutableMapping):
            raise SettingsError(f"{path}: there is no setting {section!r}", _AT_ITS_PLACE)
        table[key] = checked
        with replaced(target) as file:
            file.write(tomlkit.dumps(document).encode())


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer of the settings at a time, or what another one sets meanwhile is lost."""
    try:
        with open(folder(path.parent) / f"{path.name}.lock", "ab", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise storage_error(error, path) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path}: {error}", "Correct the file, or move it away to start from the defaults."
        ) from error


def _flat(data: Mapping[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for section, table in data.items():
        if isinstance(table, dict):
            flat.update({f"{section}.{key}": value for key, value in table.items()})
        else:
            flat[section] = table
    return flat


def _checked(name: str, value: object, where: str) -> Value:
    declared = _BY_NAME.get(name)
    if declared is None:
        hint = "denju config show lists every setting." if where == _ARGUMENTS else _AT_ITS_PLACE
        raise SettingsError(f"{where}: there is no setting {name!r}", hint)
    try:
        typed = _typed(declared.default, value)
    except ValueError:
        reasons = {
            bool: f"expected true or false, found {value!r}",
            int: f"expected a whole number, found {value!r}",
            float: f"expected a number, found {value!r}",
        }
        raise _wrong(where, name, reasons.get(type(declared.default), f"expected text, found {value!r}")) from None
    if declared.choices and typed not in declared.choices:
        raise _wrong(where, name, f"expected one of {', '.join(declared.choices)}, found {value!r}")
    if not isinstance(typed, (str, bool)):
        if declared.least is not None and typed < declared.least:
            raise _wrong(where, name, f"at least {declared.least:g}, found {_float(typed):g}")
        if declared.most is not None and not typed <= declared.most:
            raise _wrong(where, name, f"at most {declared.most:g}, found {_float(typed):g}")
    return typed


def _is_text(value: str) -> bool:
    """Whether a file can hold it; an argument in another encoding holds what is no character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _typed(default: Value, value: object) -> Value:
    if isinstance(default, bool):
        words = {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in words:
            return words[value.strip().lower()]
    elif isinstance(default, str):
        if isinstance(value, str):
            return value
    elif isinstance(value, (int, str)) and not isinstance(value, bool) and isinstance(default, int):
        return int(value)
    elif isinstance(value, (int, float, str)) and not isinstance(value, bool) and isinstance(default, float):
        return _float(value)
    raise ValueError


def _float(value: float | str) -> float:
    """A number past every float is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if int(value) > 0 else -math.inf


def _wrong(where: str, name: str, reason: str) -> SettingsError:
    hint = "denju config show lists every setting with its value." if where == _ARGUMENTS else _AT_ITS_PLACE
    return SettingsError(f"{where}: {name}: {reason}", hint)
