"""Which encoding a text is in where nothing says so: UTF-8, or what spreadsheets save in Japan and in the West."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass, field

from denju.errors import UsageError

UTF_8, JAPANESE, WESTERN = "utf-8-sig", "cp932", "cp1252"
_ALL = (UTF_8, JAPANESE, WESTERN)
NAMES = {JAPANESE: "CP932 (Shift_JIS)", WESTERN: "Windows-1252"}
"""For a person, of those that are not UTF-8."""
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""How a file in UTF-16 begins; it is none of these, though it could be read as one, of signs that nobody wrote."""
_WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .xls begin."""
_JAPANESE_TEXT = re.compile(
    "[\u3041-\u3096\u30a1-\u30fa]"  # kana
    "|(?<![A-Za-z])[\uff66-\uff9f]{2}|(?<![A-Za-z])[\u4e00-\u9fff]{2,}(?![A-Za-z])"
)
"""What Western text read as CP932 seldom shows: there ’t and é become single characters, glued to Latin letters."""
_JAPANESE_PAIR = re.compile(rb"[\x81-\x9f][\x80-\xfc]|\x82[\x4f-\x9a]|\x87[\x40-\x5d]")
"""A character of CP932 of two bytes beyond ASCII: in Western text two signs in a row; or Ａ, １ or ①."""
_WESTERN_LETTER = re.compile(rb"[A-Za-z][\x92\xc0-\xff](?=[a-z])")
"""An accent or an apostrophe inside a word."""
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\(J)")
"""How Japanese begins in ISO-2022-JP, whose bytes are those of ASCII."""
_EUC_PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xfe]{2})*+")
"""A line of EUC-JP; of other encodings few are by chance."""
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fc]")


@dataclass(slots=True)
class Guess:
    """The encoding of a file, from those of its pieces that are not ASCII."""

    fit: set[str] = field(default_factory=lambda: set(_ALL))
    """Encodings that every piece fits."""
    utf_8: bool = False
    """A piece is UTF-8, which is not so by chance."""
    japanese: int = 0
    """What shows Japanese in CP932, counted."""
    western: int = 0
    ascii: bool = True
    """Every piece is."""
    iso_2022_jp: bool = False
    """A piece holds what tells it."""
    euc_jp: bool = True
    """Every piece that is not ASCII may be that …"""
    euc_kana: int = 0
    """… and then holds so much kana …"""
    euc_signs: int = 0
    """… of so many characters."""

    @classmethod
    def of(cls, data: bytes) -> Guess:
        """From a whole file."""
        guess = cls()
        for line in io.BytesIO(data):
            guess.look(line)
        return guess

    def look(self, piece: bytes) -> None:
        """Take the next piece into account: a whole line, so that no character is cut."""
        if piece.isascii():
            self.iso_2022_jp = self.iso_2022_jp or _ISO_2022_JP.search(piece) is not None
            return
        self.ascii = False
        found = {encoding: text for encoding in _ALL if (text := _decoded(piece, encoding)) is not None}
        self.fit &= found.keys()
        if UTF_8 in found:
            self.utf_8 = True
            return
        self.western += len(_WESTERN_LETTER.findall(piece))
        if JAPANESE in found:
            self.japanese += 2 * len(_JAPANESE_TEXT.findall(found[JAPANESE])) + len(_JAPANESE_PAIR.findall(piece))
        text = _decoded(piece, "euc_jp") if self.euc_jp and _EUC_PAIRS.fullmatch(piece) else None
        self.euc_jp = text is not None
        if text is not None:
            self.euc_kana += len(_KANA.findall(text))
            self.euc_signs += sum(not sign.isascii() for sign in text)

    @property
    def unread(self) -> str | None:
        """The name of an encoding that is not read, where the file is in that one."""
        if self.ascii:
            return "ISO-2022-JP" if self.iso_2022_jp else None
        # Text of a spreadsheet may come in pairs by chance, but not as text that is to a third kana.
        euc_jp = self.euc_jp and not self.utf_8 and self.euc_kana > 1 and 3 * self.euc_kana >= self.euc_signs
        return "EUC-JP" if euc_jp else None

    @property
    def encoding(self) -> str:
        """Of the whole file; where none fits it is UTF-8, and the lines that are not are wrong."""
        if UTF_8 in self.fit:
            return UTF_8
        japanese = self.japanese > self.western
        if WESTERN in self.fit and not japanese and not self.utf_8:
            return WESTERN
        return JAPANESE if JAPANESE in self.fit and (japanese or not self.utf_8) else UTF_8


def text_of(data: bytes) -> str:
    """A whole file's text.

    Raises:
        UnicodeDecodeError: it fits none.
    """
    return data.decode(Guess.of(data).encoding)


def refuse_workbook(start: bytes, name: str) -> None:
    """Refuse a file that begins like a workbook, where a text is expected.

    Raises:
        UsageError: it does.
    """
    if start.startswith(_WORKBOOK_MARKS):
        raise UsageError(
            f"{name}: an Excel workbook, and no text.", "In Excel, save it as CSV UTF-8, and give that file."
        )


def refuse_start(start: bytes, name: str) -> None:
    """Refuse a file of rows that begins like one in UTF-16, whose lines end elsewhere, or like a workbook.

    Raises:
        UsageError: it does.
    """
    refuse_workbook(start, name)
    if start.startswith(UTF_16_MARKS):
        raise UsageError(f"{name}: The rows are UTF-16.", "Convert the file: iconv -f UTF-16 -t UTF-8 FILE")


def refuse_unread(guess: Guess, name: str) -> None:
    """Refuse a file of rows that is in an encoding that is not read.

    Raises:
        UsageError: it is.
    """
    if guess.unread:
        raise UsageError(
            f"{name}: The rows are {guess.unread}.", f"Convert the file: iconv -f {guess.unread} -t UTF-8 FILE"
        )


def refused(row: bytes) -> UsageError | None:
    """What is wrong with a row in ISO-2022-JP, which looks like ASCII."""
    if b"\x1b" in row and row.isascii() and _ISO_2022_JP.search(row):
        return UsageError("The row is ISO-2022-JP.", "Convert the file: iconv -f ISO-2022-JP -t UTF-8 FILE")
    return None


def _decoded(piece: bytes, encoding: str) -> str | None:
    try:
        return piece.decode(encoding)
    except UnicodeDecodeError:
        return None
