"""A value that no log, traceback or crash report can show."""

from __future__ import annotations

import json
from urllib.parse import quote


class Secret:
    """A text that hides itself: ``repr`` and ``str`` give dots, and only ``reveal`` gives the text."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself; keep it out of variables that outlive the line."""
        return self.__text

    def after(self, prefix: str) -> Secret:
        """``prefix`` and the text as one secret: ``key.after("Bearer ")``."""
        return Secret(prefix + self.__text)

    def stands_in(self, data: bytes) -> bool:
        """Whether its last word stands in ``data``; one of less than 8 characters is a stand-in, not a key."""
        return any(form in data for form in self._forms())

    def out_of(self, data: bytes) -> bytes:
        """``data`` with ``***`` wherever its last word stands; see ``stands_in``."""
        for form in self._forms():
            data = data.replace(form, b"***")
        return data

    def _forms(self) -> tuple[bytes, ...]:
        """Its last word as it is, as JSON may have it, and as an address does."""
        key = self.__text.rpartition(" ")[2]
        if len(key) < 8:
            return ()
        escaped = json.dumps(key)[1:-1]
        return tuple(form.encode() for form in (key, escaped, escaped.replace("/", r"\/"), quote(key, safe="")))

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__text == other.reveal()

    def __hash__(self) -> int:
        return hash(self.__text)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not written anywhere")
