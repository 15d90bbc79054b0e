"""Names of people and firms, guessed from what stands around them, and from short lists of frequent ones."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from denju.privacy.codes import Find

_LISTS = {
    name: words.split()
    for name, words in tomllib.loads(Path(__file__).with_name("name_lists.toml").read_text("utf-8")).items()
}
_HAN = "一-龥々ヶ〆"
_KATA = "ァ-ヺー・"
_SURNAME = "|".join(sorted(_LISTS["surnames"], key=len, reverse=True))
_LONG_SURNAME = "|".join(each for each in _LISTS["surnames"] if len(each) > 1)  # 東 and 南 stand everywhere
_SURNAME_LATIN = "|".join(_LISTS["surnames_latin"])
_GIVEN = "|".join(_LISTS["given"])
_HONORIFIC = (
    r"(?:さん|サン|さま|様(?![々子式態相])|君(?![主臨])|くん|ちゃん|氏(?![名族神])|殿(?![堂下様])|先生"
    r"|社長|会長|部長|次長|課長|係長|店長|所長|支店長|専務|常務|主任)"
)
_GIVEN_JA = rf"(?:[ 　]?(?!{_HONORIFIC}|[都道府県市区町村郡駅線港])[{_HAN}]{{1,3}}(?![{_HAN}]))"
_NAME_JA = (
    rf"(?:[{_HAN}]{{1,6}}?(?:[ 　][{_HAN}ぁ-ん]{{1,4}}?)?|[ァ-ヺ][{_KATA}]{{1,14}}"
    r"|[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
)
_BEFORE_HONORIFIC = re.compile(rf"(?<![{_HAN}])({_NAME_JA}|[{_HAN}]{{7,12}}?)[ 　]?{_HONORIFIC}")
_HIRAGANA = re.compile(rf"(?:^|[、。「『(\s]|[はがをにともで])([ぁ-ん]{{2,5}}){_HONORIFIC}")
_INTRODUCED = re.compile(
    r"(?:担当(?:者)?[はの: ]\s?|私[、は]?\s?|名前は|氏名[:は]?\s?|名義は?[: ]?\s?|宛名は?[: ]?\s?|署名[: ]\s?)"
    rf"([{_HAN}]{{2,6}}(?:[ 　][{_HAN}]{{1,4}})?|[{_KATA}]{{2,14}})"
    r"(?=です|と申|でござ|と言|といい|が[承担]|まで|に(?:お|ご|連)|[、。\n]|$)"
)
_SAID = re.compile(
    rf"([{_HAN}]{{2,6}}(?:[ 　][{_HAN}]{{1,4}})?|[ァ-ヺ][{_KATA}]{{1,14}})(?:と(?:申し|いい|言い)ます|でございます)"
)
_KNOWN_JA = re.compile(
    rf"(?<![{_HAN}])((?:{_LONG_SURNAME}){_GIVEN_JA}?)"
    r"(?=[ 　]?(?:です|と申|より|から|[がはにのとをもへ]|、|。|$|\n|まで|宛|\())"
)
_TITLED = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Doctor|Sir|Madam|Herr|Frau|Mme|Monsieur|Madame)\.? "
    r"((?:[A-Z][\w'’-]*\.? ?){1,3}(?<=\w))"
)
_CAPITALISED = r"([A-Z][a-zà-ÿ'’-]+(?: (?:van |de |von |der |da |del |bin |al-)*[A-Z][\w'’-]+){0,2})"
_ADDRESSED = re.compile(rf"(?:^|\n|[.,!?] )(?:Dear|Hi|Hello|Hey|Attn:?|Attention:?|To:|From:) {_CAPITALISED}")
_SELF = re.compile(
    r"(?i:(?<![a-z])(?:my name is|name's|i am called|call me|ask for|signed by|on behalf of|named|care of|c/o"
    rf"|contact person is|account holder is?:?)) {_CAPITALISED}"
)
_SELF_FULL = re.compile(
    r"(?:I am|I'm|I’m|[Tt]his is|[Ii]t's) "
    r"([A-Z][a-z'’-]+ [A-Z][\w'’-]+|[A-Z][a-z'’-]+(?= (?:from|speaking|calling|here)))"
)
_CLOSED = re.compile(
    r"(?:[Rr]egards|[Ss]incerely|[Tt]hanks|Thank you|[Cc]heers|[Bb]est wishes|[Bb]est|Yours(?: \w+)?),?\s*\n+\s*"
    rf"{_CAPITALISED}(?=\s*(?:$|\n|,))"
)
_SAN = re.compile(r"(?<![A-Za-z])([A-Z][a-z]+(?: [A-Z][a-z]+)?)-(?:san|sama|kun|chan|sensei|shi)(?![a-z])")
_KNOWN_LATIN = re.compile(
    rf"(?<![A-Za-z])((?:{_GIVEN})(?: [A-Z]\.)?(?: (?:van |de |von |Mc|O')?[A-Z][a-z'’-]+){{0,2}}"
    rf"|(?:[A-Z][a-z]+ )?(?:{_SURNAME_LATIN}))(?:'s|’s)?(?![A-Za-z])"
)

_FIRM_WORD = rf"(?:[{_HAN}]{{1,10}}|[{_KATA}A-Za-z0-9&]{{1,16}}){{1,2}}"
_COMPANY = re.compile(
    rf"(?:株式会社|有限会社|合同会社|合資会社|医療法人|社団法人|学校法人|\(株\)|\(有\))[ 　]?{_FIRM_WORD}"
    rf"|{_FIRM_WORD}(?:株式会社|有限会社|合同会社|\(株\)|\(有\))(?![{_HAN}{_KATA}A-Za-z])"
    r"|(?<![A-Za-z])(?:[A-Z][\w&'-]*,? ){1,4}"
    r"(?:Inc|Ltd|LLC|LLP|GmbH|AG|Corp|Corporation|PLC|plc|Co|K\.K|KK|Limited|Pty Ltd|S\.A|B\.V)(?![A-Za-z])\.?"
)
_NO_JA = re.compile(
    rf"(?:.*(?:{'|'.join(each for each in _LISTS['no_names'] if len(each) > 1)})"
    rf"|[{''.join(each for each in _LISTS['no_names'] if len(each) == 1)}])$"
)
_CUT_SURNAME = re.compile(rf"(?:{_SURNAME})[{_HAN}]{{0,3}}$")


def names(text: str) -> Iterator[Find]:
    """People and firms in folded ``text``; each is a guess."""
    for found in _COMPANY.finditer(text):
        yield *found.span(), "company", False
    people = [(start, end) for start, end in _people(text) if text[start:end].strip()]
    for start, end in people:
        yield start, end, "name", False
    for each in {text[start:end] for start, end in people}:  # the same name once more, without its さん
        if len(each) >= 2:
            latin = each.isascii()
            rule = re.compile(rf"(?<![A-Za-z]){re.escape(each)}(?![A-Za-z])" if latin else re.escape(each))
            for found in rule.finditer(text):
                yield *found.span(), "name", False


def _people(text: str) -> Iterator[tuple[int, int]]:
    for found in _BEFORE_HONORIFIC.finditer(text):
        yield from _japanese(found)
    for rule in (_HIRAGANA, _INTRODUCED, _SAID, _KNOWN_JA):
        for found in rule.finditer(text):
            if not _NO_JA.match(found[1]):
                yield found.span(1)
    for rule in (_TITLED, _ADDRESSED, _SELF, _SELF_FULL, _CLOSED, _SAN, _KNOWN_LATIN):
        for found in rule.finditer(text):
            if found[1].split()[0] not in _LISTS["no_words"]:
                yield found.span(1)


def _japanese(found: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The run before an honorific, from a known surname on where one stands in it; nothing for お客様 and the like."""
    start, end = found.span(1)
    if _NO_JA.match(found[1]):
        return
    if cut := _CUT_SURNAME.search(found[1]):
        start += cut.start()
    yield start, end
