"""Names of firms, by what they begin or end with."""

from __future__ import annotations

import re

from denju.privacy.lists import LISTS, any_of

HAN = "一-鿿㐀-䶿豈-﫿\U00020000-\U0003ffff々ヶ〆"
"""All of Unicode's: 﨑 and 𠮷 stand in many names."""
KATA = "ァ-ヺー・"
_WORD = rf"(?:[{HAN}]{{1,10}}|[{KATA}A-Za-z0-9&]{{1,16}}){{1,2}}"
_FORM = r"(?:株式会社|有限会社|合同会社|合資会社|医療法人|社団法人|学校法人|\(株\)|\(有\))"
JAPANESE = (
    rf"{_FORM}[ 　]?{_WORD}|{_WORD}(?:株式会社|有限会社|合同会社|\(株\)|\(有\))(?!(?!様|御中|殿|宛)[{HAN}{KATA}A-Za-z])"
)
"""With its legal form."""
_TRADE = re.compile(
    rf"(?<![{HAN}{KATA}])(?![各同他両]|大手|地元|総合|一般|当該)(?:[{HAN}]{{2,4}}|[{KATA}]{{2,8}})"
    r"(?:商事|商店|商会|製作所|精工|精機|電機|工務店|鉄工所?|木工|信用金庫|酒造|製菓|製薬|製紙|化成|金属工業|重工業?|運輸|興業|物産|通商)"
    rf"(?![{HAN}{KATA}])"
)
_CAPITALISED = r"[A-Z][\w&'’-]{0,40}"
"""A word of bounded length: else each of A1-A1-A1-… would be read to the end."""
_LATIN = re.compile(
    rf"(?<![A-Za-z])(?:{_CAPITALISED},? ){{1,4}}"
    r"(?:Inc|Ltd|LLC|LLP|GmbH|AG|Corp|Corporation|PLC|plc|Co|K\.K|KK|Limited|Pty Ltd|S\.A|B\.V)(?![A-Za-z])\.?"
)
_LATIN_TRADE = re.compile(
    rf"(?<![A-Za-z])(?!(?:{any_of(LISTS['no_words'])}) )(?:{_CAPITALISED} ){{1,2}}"
    r"(?:(?:and|&) (?:Sons|Co|Partners|Brothers|Associates)"
    r"|Group|Brothers|Bros|Partners|Associates|Holdings|Industries|Solutions|Technologies|Logistics|Trading)(?![A-Za-z])"
)
_PARTNERS = re.compile(r"(?<![\w-])([A-Z][a-z]+), ([A-Z][a-z]+),? (?:and|&) ([A-Z][a-z]+)(?![\w-])")
_RULES = (re.compile(JAPANESE), _TRADE, _LATIN, _LATIN_TRADE)
_NO_WORDS = frozenset(LISTS["no_words"])


def companies(text: str) -> list[tuple[int, int]]:
    """Where firms stand in folded ``text``; each is a guess."""
    found = [each.span() for rule in _RULES for each in rule.finditer(text)]
    partners = (each for each in _PARTNERS.finditer(text) if _NO_WORDS.isdisjoint(each.groups()))
    return [*found, *(each.span() for each in partners)]
