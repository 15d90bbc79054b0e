"""Names of people and firms, and where people live, guessed from what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from denju.privacy.codes import Find
from denju.privacy.name_lists import GIVEN, NO_NAMES, NO_WORDS, SURNAMES, SURNAMES_LATIN

_HAN = "一-龥々ヶ〆"
_KATA = "ァ-ヺー・"
_SURNAME = "|".join(sorted(SURNAMES, key=len, reverse=True))
_NAME_JA = rf"(?:[{_HAN}]{{1,6}}[ 　]?[{_HAN}]{{0,4}}|[ァ-ヺ][{_KATA}]{{1,14}}|[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
_HONORIFIC = (
    r"(?:さん|サン|さま|様(?![々子式態相])|君(?![主臨])|くん|ちゃん|氏(?![名族神])|殿(?![堂下様])|先生"
    r"|社長|会長|部長|次長|課長|係長|店長|所長|支店長|専務|常務|主任)"
)
_BEFORE_HONORIFIC = re.compile(rf"({_NAME_JA})[ 　]?{_HONORIFIC}")
_HIRAGANA = re.compile(rf"(?:^|[、。「『(\s]|[はがをにともで])([ぁ-ん]{{2,5}}){_HONORIFIC}")
_INTRODUCED = re.compile(
    rf"(?:担当(?:者)?[はの: ]\s?|私[、は]?\s?|名前は|氏名[:は]?\s?|名義は?[: ]?\s?|宛名は?[: ]?\s?|署名[: ]\s?)"
    rf"([{_HAN}]{{2,6}}(?:[ 　][{_HAN}]{{1,4}})?|[{_KATA}]{{2,14}})(?=です|と申|でござ|と言|といい|が[承担]|まで|に(?:お|ご|連)|[、。\n]|$)"
)
_SAID = re.compile(
    rf"([{_HAN}]{{2,6}}(?:[ 　][{_HAN}]{{1,4}})?|[ァ-ヺ][{_KATA}]{{1,14}})(?:と(?:申し|いい|言い)ます|でございます)"
)
_KNOWN_JA = re.compile(
    rf"(?<![{_HAN}])((?:{_SURNAME})(?:[ 　]?[{_HAN}]{{1,3}}(?![{_HAN}]))?)"
    rf"(?=[ 　]?(?:です|と申|より|から|が|は|に|の|と|を|も|、|。|$|\n|へ|まで|宛|\(|株式))"
)
_TITLED = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Doctor|Sir|Madam|Herr|Frau|Mme|Monsieur|Madame)\.? "
    r"((?:[A-Z][\w'’-]*\.? ?){1,3}(?<=\w))"
)
_CAPITALISED = r"([A-Z][a-zà-ÿ'’-]+(?: (?:van |de |von |der |da |del |bin |al-)*[A-Z][\w'’-]+){0,2})"
_ADDRESSED = re.compile(rf"(?:^|\n|[.,!?] )(?:Dear|Hi|Hello|Hey|Attn:?|Attention:?|To:|From:) {_CAPITALISED}")
_SELF = re.compile(
    rf"(?i:(?<![a-z])(?:my name is|name's|i am called|call me|ask for|signed by|on behalf of|named|care of|c/o|contact person is|account holder is?:?)) {_CAPITALISED}"
)
_SELF_FULL = re.compile(
    r"(?:I am|I'm|I’m|[Tt]his is|[Ii]t's) ([A-Z][a-z'’-]+ [A-Z][\w'’-]+|[A-Z][a-z'’-]+(?= (?:from|speaking|calling|here)))"
)
_CLOSED = re.compile(
    rf"(?:[Rr]egards|[Ss]incerely|[Tt]hanks|Thank you|[Cc]heers|[Bb]est wishes|[Bb]est|Yours(?: \w+)?),?\s*\n+\s*{_CAPITALISED}(?=\s*(?:$|\n|,))"
)
_SAN = re.compile(r"(?<![A-Za-z])([A-Z][a-z]+(?: [A-Z][a-z]+)?)-(?:san|sama|kun|chan|sensei|shi)(?![a-z])")
_KNOWN_LATIN = re.compile(
    rf"(?<![A-Za-z])((?:{'|'.join(GIVEN)})(?: [A-Z]\.)?(?: (?:van |de |von |Mc|O')?[A-Z][a-z'’-]+){{0,2}}"
    rf"|(?:[A-Z][a-z]+ )?(?:{'|'.join(SURNAMES_LATIN)}))(?:'s|’s)?(?![A-Za-z])"
)

_COMPANY = re.compile(
    rf"(?:株式会社|有限会社|合同会社|合資会社|医療法人|社団法人|学校法人|\(株\)|\(有\))[ 　]?(?:[{_HAN}]{{1,10}}|[{_KATA}A-Za-z0-9&]{{1,16}}){{1,2}}"
    rf"|(?:[{_HAN}]{{1,10}}|[{_KATA}A-Za-z0-9&]{{1,16}}){{1,2}}[ 　]?(?:株式会社|有限会社|合同会社|\(株\)|\(有\))"
    r"|(?<![A-Za-z])(?:[A-Z][\w&'-]* ){1,4}(?:Inc|Ltd|LLC|LLP|GmbH|AG|Corp|Corporation|PLC|plc|Co|K\.K|KK|Limited|Pty Ltd|S\.A|B\.V)\b\.?"
)

_PREFECTURE = (
    "北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重"
    "|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県"
)
_DIGITS = "[0-9〇一二三四五六七八九十百]"
_NUMBERS = (
    rf"(?:{_DIGITS}+(?:丁目|番地?|号|条|線|-|ー|の(?={_DIGITS}))?[ 　]?)+"
    rf"(?:[ 　]?[{_HAN}{_KATA}A-Za-z0-9]{{1,16}}(?:ビル|ビルディング|マンション|ハイツ|コーポ|荘|タワー|アパート|メゾン|レジデンス|館|ハウス)[ 　]?)?"
    rf"(?:[ 　]?[0-9A-Za-z-]{{1,6}}(?:号室?|階|F)(?:[0-9]+号室?)?)?"
)
_PLACE = rf"[{_HAN}{_KATA}ぁ-ん]"
_ADDRESS_JA = re.compile(
    rf"(?:{_PREFECTURE})[ 　]?(?:{_PLACE}{{1,8}}?[市区町村郡][ 　]?){{1,3}}(?:[{_HAN}{_KATA}ヶケのがつノ]{{0,10}}[ 　]?{_NUMBERS})?"
    rf"|(?:[{_HAN}ケ]{{1,5}}[市区町村郡]){{1,3}}[{_HAN}{_KATA}ケのがつノ]{{0,10}}{_NUMBERS}"
    rf"|[{_HAN}ケ]{{2,8}}{_DIGITS}+丁目(?:{_NUMBERS})?"
)
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Pl|Square|Sq|Terrace|Crescent|Close|Parkway"
    r"|Pkwy|Highway|Hwy|Circle|Row|Gardens|Grove|Hill|Mews|Quay|Walk)"
)
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9])\d{{1,5}}[A-Za-z]?(?:-\d+)?,? (?:[NSEW]\.? )?(?:[A-Z0-9][\w'’.]* ){{1,4}}{_STREET}\b\.?"
    r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|#)\.? ?[\w-]+)?(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)*)?(?:,? [A-Z]{2}(?: \d{5}(?:-\d{4})?)?(?!\w))?"
    r"|(?i:P\.? ?O\.? ?Box) \d+"
    r"|(?:\d[\d-]*,? )?[A-Z][a-z]+(?:-(?:ku|shi|cho|machi|gun|ken|fu|to|chome|son|mura))(?:,? [A-Z][a-z]+(?:-(?:ku|shi|cho|machi|gun|ken|fu|to))?)*"
    r"|(?<![A-Za-z])[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|str\.|weg|platz|gasse|allee) \d+[a-z]?"
    r"|\d+(?: bis)?,? (?:rue|avenue|boulevard|place) (?:de |du |des |la |le |l')*[A-Z][\w'’-]+"
)
_NO_JA = re.compile(rf"(?:{'|'.join(sorted(NO_NAMES, key=len, reverse=True))})$")
_CUT_SURNAME = re.compile(rf"(?:{_SURNAME})[{_HAN}]{{0,3}}$")


def names(text: str) -> Iterator[Find]:
    """People, firms and addresses in folded ``text``; each is a guess."""
    for found in _COMPANY.finditer(text):
        yield *found.span(), "company", False
    for rule in (_ADDRESS_JA, _ADDRESS):
        for found in rule.finditer(text):
            yield *found.span(), "address", False
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
            if not _NO_JA.search(found[1]):
                yield found.span(1)
    for rule in (_TITLED, _ADDRESSED, _SELF, _SELF_FULL, _CLOSED, _SAN, _KNOWN_LATIN):
        for found in rule.finditer(text):
            if found[1].split()[0] not in NO_WORDS:
                yield found.span(1)


def _japanese(found: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The run before an honorific, from a known surname on where one stands in it; nothing for お客様 and the like."""
    start, end = found.span(1)
    if _NO_JA.search(found[1]):
        return
    if cut := _CUT_SURNAME.search(found[1]):
        start += cut.start()
    yield start, end
