"""The teacher's key: from the environment, else from a file that only its owner can read."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from denju.egress.address import place
from denju.egress.secret import Secret
from denju.errors import SettingsError
from denju.paths import replaced, storage_error

VARIABLE = "DENJU_TEACHER_KEY"
"""The key of the provider that the settings name, for the address that they name."""
_GOOGLE = ("generativelanguage.googleapis.com", ("GEMINI_API_KEY", "GOOGLE_API_KEY"))
_VENDORS = {
    "gemini": _GOOGLE,
    "google-generativeai": _GOOGLE,
    "openai": ("api.openai.com", ("OPENAI_API_KEY",)),
}
"""Where a vendor is, and the variables that its other programs read too: theirs is a key for that place alone."""
_OURS = {"google-generativeai": "gemini"}
"""Both speak to the same service, with the same key."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and where it came from: the variable's name, or the file."""

    secret: Secret
    source: str


class Keys:
    """Keys by provider: the environment first, then ``path``, a small JSON file of mode 0600."""

    def __init__(
        self, path: Path, environ: Mapping[str, str] | None = None, *, provider: str = "", base_url: str = ""
    ) -> None:
        """``provider`` and its ``base_url``, empty for its own address, are those of the settings."""
        self.path = path
        self._provider, self._base_url = provider, base_url
        self._environ = os.environ if environ is None else environ

    def find(self, provider: str) -> Key | None:
        """The key of ``provider``, or ``None``: a model on one's own machines needs none.

        Raises:
            SettingsError: the file is readable by others, belongs to somebody else, or is no file of keys.
            StorageError: it cannot be read.
        """
        for variable in self._variables(provider):
            if value := self._environ.get(variable, "").strip():
                return Key(Secret(value), variable)
        value = self._stored().get(self._name(provider), "")
        return Key(Secret(value), str(self.path)) if value else None

    def store(self, provider: str, secret: Secret) -> None:
        """Keep ``secret`` in the file, of mode 0600 from its first byte; an empty one forgets the provider's keys."""
        kept = self._stored()
        if value := secret.reveal().strip():
            kept[self._name(provider)] = value
        else:
            forgotten = _OURS.get(provider, provider)
            kept = {name: each for name, each in kept.items() if name.split(" ")[0] != forgotten}
        try:
            with replaced(self.path, mode=0o600) as file:
                file.write(json.dumps(kept).encode())
        except OSError as error:
            raise storage_error(error, self.path) from error

    def _name(self, provider: str) -> str:
        """Under which name a key is kept: it goes nowhere but to the address that it was stored for."""
        name = _OURS.get(provider, provider)
        host, _ = _VENDORS.get(provider, ("", ()))
        if provider != self._provider or not self._base_url or _is_at(self._base_url, host):
            return name
        return f"{name} {place(self._base_url)}"

    def _variables(self, provider: str) -> Iterator[str]:
        own = provider == self._provider
        if own:
            yield VARIABLE
        host, variables = _VENDORS.get(provider, ("", ()))
        if not (own and self._base_url) or _is_at(self._base_url, host):
            yield from variables

    def _stored(self) -> dict[str, str]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise storage_error(error, self.path) from error
        with open(descriptor, "rb") as file:
            state = os.fstat(descriptor)  # of the very file that is read
            if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
                raise SettingsError(
                    f"{self.path}: others than you can read or write it, so the key in it is not used.",
                    f"If nobody has read it, chmod 600 {self.path}; else make a new key and store that one.",
                )
            data = file.read(100_000)
        try:
            loaded = json.loads(data)
        except ValueError:
            loaded = None
        if not isinstance(loaded, dict) or not all(isinstance(each, str) for each in loaded.values()):
            raise SettingsError(f"{self.path}: not a file of keys", "Remove it, then: denju teacher login") from None
        return loaded


def _is_at(url: str, host: str) -> bool:
    return place(url) == f"https://{host}:443"
