"""Where people live and firms stand: Japanese addresses, and those of a few other countries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from denju.privacy.codes import Find
from denju.privacy.companies import HAN as _HAN
from denju.privacy.companies import KATA as _KATA

_PREFECTURE = (
    "北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨"
    "|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分"
    "|宮崎|鹿児島|沖縄)県"
)
_DIGITS = "[0-9〇一二三四五六七八九十百]"
_BUILDING = "(?:ビル|ビルディング|マンション|ハイツ|コーポ|荘|タワー|アパート|メゾン|レジデンス|館|ハウス)"
_BUILDING_FIRST = "(?:マンション|ハイツ|コーポ|アパート|メゾン|レジデンス|コート|パレス|ハイム|ヴィラ|ライオンズ)"
_NO_UNIT = (
    "(?![0-9]|個|本|枚|台|箱|点|件|名|人|円|万|年|月|日|時|分|週|回|割|%|営業|社|棟|店|か月|カ月|ヶ|箇|セット|倍)"
)
_NUMBERS = (
    rf"(?:[東西南北]?{_DIGITS}{{1,6}}(?:丁目|番地?|号|条|線|-|ー|の(?={_DIGITS}))?[ 　]?){{1,8}}"
    rf"(?:[ 　]?[{_HAN}{_KATA}A-Za-z0-9]{{1,16}}{_BUILDING}[ 　]?)?"
    rf"(?:(?:(?<=[ 　])|[ 　])[{_HAN}{_KATA}A-Za-z]{{2,16}}[0-9]{{2,4}}{_NO_UNIT})?"
    r"(?:[ 　]?[0-9A-Za-z-]{1,6}(?:号室?|階|F)(?:[0-9]+号室?)?)?"
)
_LEVEL = "(?:市(?![場販況])|(?<!地)区(?![分画間別域])|町(?!工場)|[村郡])"
"""How a municipality ends; 市場, 地区 and 区分 are none."""
_KANA_CITY = (
    "つくば|つくばみらい|さいたま|いわき|ひたちなか|かすみがうら|みどり|さくら|ふじみ野|いすみ|あきる野|かほく|あわら|いなべ|みよし"
    "|あま|たつの|さぬき|東かがわ|うきは|みやま|えびの|いちき串木野|南さつま|南あわじ|紀の川|むつ|つがる|にかほ|みなかみ|ときがわ|おいらせ"
    "|おおい|いの|まんのう|みやき|あさぎり|みなべ|かつらぎ|すさみ|せたな|むかわ|えりも|ニセコ|南アルプス"
)
_PARTICLE = "(?:から|まで|より|です|でも|など|だけ|のみ|には|では|にて|とは|への|での|との|にも|あり|または|および)"
_BLOCK = (
    r"(?=[1-9][0-9]{0,3}番(?=[、。\s)]|$)|(?:[1-9][0-9]{0,3}|[一二三四五六七八九十]{1,3})"
    rf"(?:丁目|番(?=[地号0-9]|[一二三四五六七八九十]{{1,3}}号)|条(?![件約項])|-[0-9]{{1,4}}{_NO_UNIT}))"
)
"""The number of a block, as no quantity and no 一番 is written: asked for where a town alone would not stand out."""
_TOWN = f"[{_HAN}{_KATA}ケのがつノ]{{0,10}}"
_NO_TOWN = f"(?:{_PARTICLE}|さん|さま|なら|でした|にある|あたり)"
_KANA_TOWN = f"[{_HAN}{_KATA}]{{0,4}}(?!{_NO_TOWN})[ぁ-ん]{{2,8}}[{_HAN}{_KATA}]{{0,5}}"
_KYOTO = f"[{_HAN}{_KATA}]{{1,12}}[上下入][るル][{_HAN}{_KATA}]{{0,8}}"
_JAPANESE = re.compile(
    rf"(?:{_PREFECTURE})[ 　]?(?:[{_HAN}{_KATA}ぁ-ん]{{1,8}}?{_LEVEL}[ 　]?){{1,3}}"
    rf"(?:(?:{_TOWN}|{_KANA_TOWN}(?= ?{_BLOCK})|{_KYOTO})[ 　]?{_NUMBERS})?"
    rf"|(?=.{{1,48}}{_DIGITS})(?:(?:[{_HAN}ケ]{{1,5}}|{_KANA_CITY}){_LEVEL} ?){{1,3}}"
    rf"(?:(?:(?<! ){_TOWN}|(?:{_TOWN}|{_KANA_TOWN}) ?{_BLOCK}|{_KYOTO}){_NUMBERS})"
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
_ROAD = (  # the ones that are little else, in any case, and the rest in capitals
    "(?:(?i:street|avenue|road|lane|boulevard|crescent|terrace)|ST|AVE|RD|LN|DRIVE|DR|BLVD|PLACE|SQUARE"
    "|PARKWAY|PKWY|HIGHWAY|HWY|GARDENS?|GROVE|HILLS?|MEWS|QUAY|WHARF"
    "|(?:WAY|COURT|CT|PL|SQ|CLOSE)(?=, [A-Z]))"  # words and units too (2 SQ): only with a town behind
)
_NO_DAY = (  # 12 December road works
    "(?!(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)(?: \d{4})? [a-z])"
)
_CAPITALISED = r"[A-Z0-9][\w'’.]*"
_ROMAN = "(?:ku|shi|cho|machi|gun|ken|fu|to|chome|son|mura)"
_OTHERS = re.compile(
    r"(?<![A-Za-z0-9])\d{1,5}[A-Za-z]?(?:-\d+)?,? (?:[NSEW]\.? )?"
    rf"(?:{_NO_DAY}[A-Z0-9][\w'’.]* ){{1,4}}(?:{_STREET}|{_ROAD})(?![A-Za-z])\.?"
    r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|#)\.? ?[\w-]+)?"
    r"(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)*|, [A-Z]{3,})?(?:,? [A-Z]{2}(?: \d{5}(?:-\d{4})?)?(?!\w))?"
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
