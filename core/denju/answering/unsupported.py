"""Names and numbers of an answer that nobody gave: what a customer may not take for real.

Addresses of mail and of pages count as a whole. What counts as a number or a name is said in ``strange_numbers`` and
``strange_names``.
"""

from __future__ import annotations

import re
import unicodedata

from denju.answering.days import MONTH_NAMES
from denju.answering.numerals import in_digits
from denju.answering.strange_names import names_en, names_ja
from denju.answering.strange_numbers import closes_nothing, strange_numbers

_CIRCLED = re.compile("[①-⒛⓪㉑-㉟㊱-㊿]")
"""Numbers that only ever mark something; full and half width in one form, they would be like any other."""
_HYPHEN = re.compile("[‐‑‒−]|(?<=[A-Za-z0-9])ー(?=[A-Za-z0-9])")
"""Signs that a Japanese keyboard writes for a hyphen, the long vowel among them: ABー123."""
_LIST_MARK = re.compile(
    # In a prompt, a message begins right behind the mark of who says it.
    r"(?m)(?:^|(?<=\|>))[^\S\n]*(?:(?P<number>\d{1,2})[.)、](?!\d)|\((?P<bracketed>\d{1,2})\)|[-*・])\s*"
)
_TO_CONFIRM = re.compile(r"\[(?:要確認|to confirm):[^\]]*\]")
_BROKEN = re.compile(
    r"\w?[\ufffd\ue000-\uf8ff]+"  # characters that are none
    r"|(?<!\d)\d{1,4} -[a-z]{2,}"  # a word that lost its beginning: 11 -ugust
    r"|([一-龠])\1{2,}"  # a character again and again
    r"|(?<![\w.-])(\d+)(?: \2)+(?![\w-]| \d)"  # a number again and again
    r"|(?<![\w.,/-])(?<!\d )\d{1,2} (?!\d{3}(?!\d))\d{1,6}(?=[.!?]?$)"  # a day whose month is a number
    r"|(?:\d{1,2}月\d{1,2}日){2,}"  # a day right behind a day
    rf"|(?<!\d )\b(?:{MONTH_NAMES}) (?:{MONTH_NAMES})\b"  # and a month behind a month, but: On 3 May May I call you?
    r"|[^\sはがの、。]{0,12}[一-龠][ぁ-ん]{1,3}る(?=でござい)"  # a verb where somebody's name should stand
    r"|[一-龠][A-Za-z]*[a-z][A-Za-z]*[一-龠]+[A-Za-z]*[a-z]",  # words of two languages in one another
    re.MULTILINE,
)
"""What no answer says on purpose."""
_UNTIL_BRACKET = re.compile(r"[^\s、。\[\]]{1,12}(?=\])")
"""What stands ahead of a bracket; one that was never opened is the end of a mark that was not copied whole."""
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
    r"|(?<![A-Za-z0-9])(?:https?://|www\.)[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*[A-Za-z0-9/=]"
    r"|(?<![A-Za-z0-9._@-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|info|jp|eu|de|uk|io)(?![A-Za-z0-9-])"
    r"(?:/[A-Za-z0-9._~/?#=&%-]*[A-Za-z0-9/=])?"
)
_AHEAD = re.compile(r"^(?:https?://)?(?:www\.)?")


def unsupported(answer: str, given: str) -> tuple[str, ...]:
    """Names and numbers of ``answer`` that stand nowhere in ``given`` (the whole prompt's text), each once.

    Numbers that number a list, here or there, and ［要確認：…］ do not count, but an answer may refer to what a list
    numbers.
    """
    said = _TO_CONFIRM.sub("", _LIST_MARK.sub("", _folded(answer)))
    marked = _folded(given)
    folded = _without_marks(marked)
    addresses = [each for each in dict.fromkeys(_ADDRESS.findall(said)) if not _has_address(folded, each)]
    said = _ADDRESS.sub(" ", said)
    numbers = strange_numbers(in_digits(said), in_digits(folded).text, in_digits(marked).text)
    found = [*addresses, *numbers, *names_ja(said, folded), *names_en(said, folded)]
    pieces = [each[0] for each in _BROKEN.finditer(said)]
    pieces += [f"{each[0]}]" for each in _UNTIL_BRACKET.finditer(said) if closes_nothing(said, each.end())]
    told = [each for each in pieces if any(each in other or other in each for other in found)]
    broken = [each for each in pieces if each not in folded and each not in told]
    return tuple(dict.fromkeys(found + broken))


def _folded(text: str) -> str:
    """One form for full and half width, and for hyphens."""
    return _HYPHEN.sub("-", unicodedata.normalize("NFKC", _CIRCLED.sub(" ", text)))


def _without_marks(text: str) -> str:
    """``text`` without the numbers of its lists; a line that begins with a number out of order is no part of one."""
    last = 0

    def rest(mark: re.Match[str]) -> str:
        nonlocal last
        number = int(mark["number"] or mark["bracketed"] or 0)
        if number not in (0, 1, last + 1):
            return mark[0]
        last = number or last
        return ""

    return _LIST_MARK.sub(rest, text)


def _has_address(text: str, address: str) -> bool:
    """Whether ``text`` has ``address`` whole."""
    whole = re.escape(_AHEAD.sub("", address.lower()).rstrip("/"))
    ahead = r"(?:(?<![a-z0-9_%+.-])|(?<=www\.))"
    return re.search(rf"{ahead}{whole}(?![a-z0-9_-]|[./@][a-z0-9])", text.lower()) is not None
