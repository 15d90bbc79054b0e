"""From the bytes of tokens to the text that is said: whole characters, and nothing of a text that ends the answer."""

from __future__ import annotations

import codecs

from denju.text import clean


class Speech:
    """Takes bytes as they come and gives the text that is safe to say already."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self._begun = False
        self.stopped = False
        """Whether a stop text was met."""

    def feed(self, data: bytes) -> str:
        """What can be said now; ``stopped`` tells whether it was the last."""
        self._held += self._decoder.decode(data)
        found = [at for text in self._stop if (at := self._held.find(text)) >= 0]
        if found:
            self.stopped = True
            self._held, said = "", self._held[: min(found)]
            return self._said(said)
        keep = max((_overlap(self._held, text) for text in self._stop), default=0)
        cut = len(self._held) - keep
        said, self._held = self._held[:cut], self._held[cut:]
        return self._said(said)

    def rest(self) -> str:
        """What was held back for a stop text that did not come; half a character is dropped."""
        said, self._held = self._held, ""
        return self._said(said)

    def _said(self, text: str) -> str:
        text = clean(text)
        if not self._begun:
            # A vocabulary of this kind puts a space before the first word.
            text = text.lstrip()
            self._begun = bool(text)
        return text


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of ``text`` that ``stop`` begins with."""
    return next((size for size in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:size])), 0)
