"""Text from outside: cleaned once, where it enters; and the language it is written in."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls but tab, newline, carriage return
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi marks, overrides and isolates
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # separators, byte order mark, interlinear annotation
    "\ud800-\udfff"  # unpaired surrogates
    "\U000e0000-\U000e007f"  # invisible tags
    "]"
)
_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC … BEL or ST
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"
)
_KANA = re.compile("[\u3040-\u30ff\uff66-\uff9f]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff々〆]")
_LATIN = re.compile("[A-Za-z]")


def clean(text: str) -> str:
    """``text`` without anything that a terminal would act on; newlines are ``\\n``.

    Escape sequences go as a whole; control characters, bidi overrides, unpaired surrogates and invisible tags go
    one by one. Japanese variation selectors and joiners stay. Cleaning twice is the same as cleaning once.
    """
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text  # what is printable holds nothing of the above; most texts end here, at a tenth of the cost
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _ESCAPES.sub("", text)
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", text))


def escaped(text: str) -> str:
    """``text`` with all that ``clean`` takes away written as ``\\uXXXX``, as JSON does it: nothing in it hides."""
    return _FORBIDDEN.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found[0])), text)


def one_line(text: str) -> str:
    """``text`` cleaned and on one line, runs of white space as one space."""
    return " ".join(clean(text).split())


def printable(text: str) -> str:
    """``text`` on one line, without what cannot be seen in it, such as joiners and spaces of no width."""
    return one_line("".join(each for each in one_line(text) if each.isprintable()))


def noun(count: int, one: str) -> str:
    """``one``, the singular, where ``count`` is 1, else its plural with an s."""
    return one if count == 1 else f"{one}s"


def pattern(expression: str) -> re.Pattern[str]:
    """A regular expression that a person wrote, made ready.

    Raises:
        ValueError: it is none, or larger than can be made ready; its text says why.
    """
    try:
        return re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from error


def language_of(text: str, default: str = "en") -> str:
    """``"ja"`` or ``"en"``; ``default`` where the text shows neither.

    What is mostly Latin is English, though it quotes some Japanese. Han count as Japanese without kana too, because
    the app's other language has none.
    """
    japanese = len(_KANA.findall(text)) + len(_HAN.findall(text))
    latin = len(_LATIN.findall(text))
    if not japanese and not latin:
        return default
    # One Japanese character carries about as much as three Latin letters.
    return "ja" if japanese * 3 >= latin else "en"


def _units(character: str) -> tuple[int, ...]:
    """In UTF-16, of which JSON's escapes are."""
    data = character.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
