"""Where people live and firms stand: Japanese addresses, and those of a few other countries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from denju.privacy.codes import Find

_HAN = "一-龥々ヶ〆"
_KATA = "ァ-ヺー・"
_PREFECTURE = (
    "北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨"
    "|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分"
    "|宮崎|鹿児島|沖縄)県"
)
_DIGITS = "[0-9〇一二三四五六七八九十百]"
_BUILDING = "(?:ビル|ビルディング|マンション|ハイツ|コーポ|荘|タワー|アパート|メゾン|レジデンス|館|ハウス)"
_BUILDING_FIRST = "(?:マンション|ハイツ|コーポ|アパート|メゾン|レジデンス|コート|パレス|ハイム|ヴィラ|ライオンズ)"
_NO_UNIT = "(?![0-9]|個|本|枚|台|箱|点|件|名|人|円|万|年|月|日|時|分|%)"
_NUMBERS = (
    rf"(?:{_DIGITS}{{1,6}}(?:丁目|番地?|号|条|線|-|ー|の(?={_DIGITS}))?[ 　]?){{1,8}}"
    rf"(?:[ 　]?[{_HAN}{_KATA}A-Za-z0-9]{{1,16}}{_BUILDING}[ 　]?)?"
    rf"(?:(?:(?<=[ 　])|[ 　])[{_HAN}{_KATA}A-Za-z]{{2,16}}[0-9]{{2,4}}{_NO_UNIT})?"
    r"(?:[ 　]?[0-9A-Za-z-]{1,6}(?:号室?|階|F)(?:[0-9]+号室?)?)?"
)
_JAPANESE = re.compile(
    rf"(?:{_PREFECTURE})[ 　]?(?:[{_HAN}{_KATA}ぁ-ん]{{1,8}}?[市区町村郡][ 　]?){{1,3}}"
    rf"(?:[{_HAN}{_KATA}ヶケのがつノ]{{0,10}}[ 　]?{_NUMBERS})?"
    rf"|(?:[{_HAN}ケ]{{1,5}}[市区町村郡]){{1,3}}[{_HAN}{_KATA}ケのがつノ]{{0,10}}{_NUMBERS}"
    rf"|[{_HAN}ケ]{{2,8}}{_DIGITS}{{1,4}}丁目(?:{_NUMBERS})?"
    rf"|{_BUILDING_FIRST}[{_HAN}{_KATA}]{{1,10}}[0-9]{{2,4}}(?:号室?)?{_NO_UNIT}"
)
_STREET = (
    "(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Pl|Square|Sq|Terrace"
    "|Crescent|Close|Parkway|Pkwy|Highway|Hwy|Circle|Row|Gardens?|Grove|Hills?|Mews|Quay|Walk|Alley|Bridge|Corner"
    "|Creek|Crossing|Expressway|Fields?|Glen|Green|Heights|Junction|Knolls?|Landing|Manor|Meadows?|Mills?|Oval|Park|Pass"
    "|Path|Pike"
    "|Plaza|Point|Ridge|Rise|Station|Streets|Trail|Turnpike|Valley|View|Villages?|Vista|Wharf)"
)
_STATE_ZIP = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
    r" \d{5}(?:-\d{4})?(?!\w)"
)
_CAPITALISED = r"[A-Z0-9][\w'’.]*"
_ROMAN = "(?:ku|shi|cho|machi|gun|ken|fu|to|chome|son|mura)"
_OTHERS = re.compile(
    r"(?<![A-Za-z0-9])\d{1,5}[A-Za-z]?(?:-\d+)?,? (?:[NSEW]\.? )?"
    rf"(?:[A-Z0-9][\w'’.]* ){{1,4}}{_STREET}(?![A-Za-z])\.?"
    r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|#)\.? ?[\w-]+)?"
    r"(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)*)?(?:,? [A-Z]{2}(?: \d{5}(?:-\d{4})?)?(?!\w))?"
    rf"|(?<![A-Za-z0-9])\d{{1,6}},? (?:{_CAPITALISED},? ){{2,9}}{_STATE_ZIP}"
    r"|(?i:P\.? ?O\.? ?Box) \d+"
    rf"|(?:\d[\d-]{0, 12},? )?[A-Z][a-z]+-{_ROMAN}(?![a-z])(?:,? [A-Z][a-z]+(?:-{_ROMAN}(?![a-z]))?)*"
    r"|(?<![A-Za-z])(?:[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|str\.|weg|platz|gasse|allee|ring|ufer)"
    r"|(?:[A-ZÄÖÜ][a-zäöüß]+-)+(?:Straße|Strasse|Str\.|Weg|Platz|Gasse|Allee|Ring|Ufer)) \d+[a-z]?(?:[/-]\d+[a-z]?)?"
    r"|\d{1,4}(?: bis)?,? (?:rue|avenue|boulevard|place) (?:de |du |des |la |le |l')*[A-Z][\w'’-]+"
)


def addresses(text: str) -> Iterator[Find]:
    """Addresses in folded ``text``; each is a guess."""
    for rule in (_JAPANESE, _OTHERS):
        for found in rule.finditer(text):
            yield found.start(), found.start() + len(found[0].rstrip()), "address", False
