"""Names of an answer that nobody gave.

A name is what an address, a title, a signature or "the person in charge" announces, and any capitalised word inside an
English sentence; ordinary words are left alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from denju.answering.days import MONTHS

_PART_JA = r"[\u4e00-\u9fff々ァ-ヶーA-Za-z\ufffd]"
_KANJI = re.compile(r"[\u4e00-\u9fff々]")
_PERSON_JA = r"(?:[\u4e00-\u9fff々]{1,4}|[ァ-ヶー]{2,8})"
_ADDRESS_JA = re.compile(r"(?m)^[^\S\n]*([^\s、。,！!？?][^、。,！!？?\n]{0,19}?)(?:様|さま|さん)(?=[、,。\s]|$)")
_SENTENCE_JA = re.compile(r"[\u4e00-\u9fffァ-ヶー](?:[にをは]|が(?![丘関原浜谷崎島峰台]))[\u4e00-\u9fffァ-ヶー]")
"""Part of a sentence where a name should stand, said by the customer or not; but 自由が丘 is a place."""
_IN_PIECES = re.compile(r"[ぁ-ん]{4}|[\[(「]|は|[おご]$")
"""What hardly any name has: a stretch of hiragana, a bracket that opens, a particle, half a word at its end."""
_NAME_JA = re.compile(
    rf"({_PART_JA}{{1,12}}?)(?:(?<![仕模異])様|さま|さん|(?<!摂)氏(?!名))(?![子方々式化性替]|な(?!ら))"
)
"""But 仕様, 模様, 多様な and 摂氏 are words."""
_DEPARTMENT_JA = (
    r"(?:営業|技術|製造|生産|品質|保証|管理|検査|設計|開発|研究|購買|調達|資材|物流|出荷|経理|総務|人事|企画|業務|工務|加工|組立|製作|"
    r"サービス|サポート|事業|海外|国内)"
)
_RANK_JA = r"(?:[部課係室所店]長|工場長|センター長|主任|社長|専務|常務|リーダー|マネージャー)"
_TURNS_TO_JA = r"(?:連絡|電話|案内|折り?返|伺|うかが|対応|承|担当|説明|訪問|参り|回答|答え|報告|返信|返事|詫び)"
"""What somebody does for a customer; が stands right ahead of it, for 手配が完了し次第ご連絡 names nobody."""
_HOW_JA = (
    r"(?:明日|本日|後日|後ほど|改めて|直接|折り返し|至急|早急に|速やかに|責任を[持も]って|本件を|[御貴]社[にへ]"
    r"|\d[\d月日時分:]{0,12}(?:頃|ごろ)?に)"
)
_CHARGE_JA = (
    re.compile(
        r"(?:担当(?:者|営業)?|窓口|責任者)は、?([^、。\n]{1,20}?)(?:が務め|となり|と申し|が担当|でござい|です(?!が)|でして)"
    ),
    re.compile(r"(?:^|[、。\n])([^、。\n]{1,20}?)が(?:担当|対応|ご?案内|お?伺|お答え)(?:いた|し|させ)"),
    re.compile(rf"(?:担当(?:者|営業)?|[部課係室])の({_PART_JA}{{1,8}}?)(?=まで|より|から|が|と申|でござ|です)"),
    re.compile(
        rf"(?:(?<![\u4e00-\u9fff々ァ-ヶー])|(?<=[部課係室]))({_PERSON_JA}){_RANK_JA}(?=[はがをにからよりへとのま、。,]|$)"
    ),
    re.compile(
        r"(?m)(?:担当(?:者名?)?|責任者|窓口|お?問い?合わ?せ先) ?: ?"
        rf"(?:[^、。:\n]{{0,20}}[ の部課係室])?({_PERSON_JA})(?= *(?:$|[、。(]))"
    ),
    re.compile(
        rf"(?:[弊当]社|私ども|営業|技術|品質|購買|物流|経理|総務|開発|製造|窓口|責任者|{_RANK_JA})の({_PERSON_JA})"
        rf"(?=(?:より|から)[^。\n]{{0,12}}?{_TURNS_TO_JA}"
        rf"|が、?(?:{_HOW_JA}、?)?[ごお]?{_TURNS_TO_JA}(?![^、。\n]{{0,6}}次第))"
    ),
    re.compile(rf"(?m)(?:^|。) *私[、,] ?({_PERSON_JA})(?=が|と申)"),
    re.compile(rf"(?m)(?:^|[。、の ])({_PERSON_JA})と申し(?=ます(?![とのが]))"),
    re.compile(rf"(?m)(?:^|。|株式会社[^。、\n]{{1,20}}の) *({_PERSON_JA})でございます(?=。|$)"),
)
_NOBODY_JA = re.compile(
    r"^(?:皆|貴|有|同|何|多|一|他社|弊社|当社|取引先)$|(?:客|者|各位|どちら|どなた|担当|御社|貴社|ども)$"
    r"|(?:(?<!株式)(?<!有限)(?<!合同)会社|(?:代理|販売|特約|取扱|小売|量販)店|先|荷主|施主|メーカー|ユーザー|商社)$"
    rf"|(?:^|{_DEPARTMENT_JA})[本支]?[部課係室]?{_RANK_JA}$"
)
"""Whom 様 stands behind without a name."""
_ORDINARY_JA = re.compile(
    r"^(?:私|私ども|私達|こちら|当方|明日|本日|今日|後日|至急|現在|次回|改めて|別途|確認中|未定|不在|社内|窓口|営業|技術|製造|品質|"
    r"経理|総務|購買|物流|開発|設計|生産|専門|責任|上席|上長|上司|直接|速やか|早急|本件|誰|本部|一部|全部|内部|外部)$"
    rf"|(?:^[副本支各両元前新現次御]|代表|担当|作業|現場|{_DEPARTMENT_JA}[本支]?)$"
    r"|^(?:部署|部門|社員|係員|職員|部長|課長|係長|室長|本人|当人|双方|先方|窓口側)$"
    r"|^(?:[本支他]社|[本支売]店|工場|倉庫|現場|事務|役員|社長|専務|常務|顧問|専門家|製品|商品|部品|現品|在庫|規定|見解|判断|意見|誰々|設備|機械|"
    r"以上|結構|可能|不可|必要|不要|幸い|幸甚|恐縮|光栄|残念|遺憾|当然|同様|同感|無料|有料|無償|有償|承知|了解|納期|価格|単価|"
    r"平日|土日|祝日|電話|住所|受付時間|営業時間|年中無休|システム|サービス|サポート|メール|フリーダイヤル|メーカー)$"
    r"|..中$|[品況]$|[税見申]込$|[不満]足$|[結成効]果$|[管処修整代]理$|(?:営業|手配|準備|見積|対応)$"
    r"|(?:^|..)[部員課係方人長室署門元先側名]$|(?:者|会社|支店|本社|支社|工場|倉庫|営業所|事業所|たち|スタッフ|チーム|グループ|センター|マネージャー|エンジニア)$"
)
"""Who else is in charge without a name, and what else stands in such a place."""
_SIGN_OFF_JA = re.compile(r" *(?:敬具|草々|早々|かしこ|以上)[。.]? *")
_FIRM_JA = re.compile(r"(?:会社|[部課係室])$|^株式会社")
_LEFT_OUT_JA = r"(?:株式|有限|合同|合資|合名)会社|長"
"""What a person may leave out behind a firm's name or a department's."""
_SENTENCE_MARK = re.compile(r"[。、:,!?@\d\[]")
_TITLE = r"(?:Mr|Ms|Mrs|Miss|Dr|Prof)\b\.?"
_ADDRESS_EN = re.compile(r"(?m)^[^\S\n]*(?:Dear|Hello|Hi) ([^,:;!?\n]{1,200})(?=[,:;!\n]|$)")
_TITLED = re.compile(rf"\b({_TITLE}) +([^\W\d_][\w'’\-\ufffd]*(?: [A-Z\d][\w'’\-\ufffd]*)*)")
_UNNAMED = re.compile(r"\b((?:Mr|Ms|Mrs|Miss|Dr)\.?)(?=[,;:!?]|\.?\s*$)", re.MULTILINE)
"""A title before nobody."""
_SENTENCE_EN = re.compile(r"\bI [a-z]|^(?:to|in|on|at|by|for|from|with|is|are|was|were|has|have|been|not) ")
"""Part of a sentence where a name should stand."""
_NOBODY_EN = frozenset(["we", "i", "you", "our", "your", "it", "this", "they", "please", "thank"])
"""Words that begin a sentence where a name should stand."""
_SIGN_OFF_EN = re.compile(
    r"(?im)^ *(?:[a-z]+ ){0,3}(?:regards|wishes|sincerely|faithfully|truly|thanks|cheers)(?: [a-z]+){0,2}[,.]? *\n\s*"
    r"(?-i:([A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3})),? *$"
)
_SUBJECT_EN = re.compile(
    r"(?m)(?:^|[.!?:]) *([A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+){0,2}) (?:(?:from|of|in) (?:our|the) [a-z ]{1,30} )?"
    r"(?:(?:will|can|would|is going to|is happy to) (?:[a-z]+ly |also |soon |then |now )?(?:be (?:in touch|glad|happy)|"
    r"call|contact|phone|ring|visit|e-?mail|write|reply|respond|get back|come back|follow up|reach|meet|"
    r"handle|look after|take care|take over|assist|let you know)|is in charge|is responsible|"
    r"is your contact|is handling|handles)\b"
)
"""Who does something that only a person does, at a sentence's beginning."""
_CAPITALISED = re.compile(r"(?<=[a-z0-9,] )([A-Z\ufffd][a-z\ufffd][\w'’\-\ufffd]*(?: [A-Z][\w'’\-\ufffd]*)*)")
_WORD = re.compile(r"(?:[^\W_]|\ufffd)[\w'’\-\ufffd]*")
_ORDINARY_EN = frozenset(
    re.findall(
        r"\w+",
        """mr ms mrs miss dr prof sir madam sirs customer customers client clients valued esteemed dear all team partner
        partners supplier suppliers buyer buyers reader readers user users guest guests folks guys colleague colleagues
        friend friends everyone both there again and or the of our your my to we you i jan feb mar
        apr jun jul aug sep oct nov dec monday tuesday wednesday thursday
        friday saturday sunday january february march april may june july august september october november december
        spring summer autumn winter english japanese japan regards sincerely faithfully wishes sales quality engineering
        accounting production logistics purchasing management manager department service support desk office company
        internet representative specialist specialists agent coordinator assistant technician technicians
        engineer engineers head director supervisor accounts planning planner foreman courier carrier driver
        inspector technical export shipping warehouse after-sales someone somebody nobody anyone one he she
        they it this that these those what nothing who staff delivery dispatch reception finance parts care""",
    )
)
_IN_FIRM = re.compile(
    "Engineering|Sales|Quality|Production|Logistics|Technical|Export|Shipping|Finance|Parts|Care|Support"
)
"""Ordinary words that are also the last one of a firm's name."""
_LABELS = frozenset(["first", "last", "given", "family", "name", "surname"])
"""Words of a form that stand between the parts of a name."""
_NEAR = 3
"""Words of a name stand so many words from each other at most."""


def names_ja(said: str, source: str) -> Iterator[str]:
    for match in _ADDRESS_JA.finditer(said):
        text = match[1].strip()
        alone = said[match.start() : match.end() + 2].strip() == f"{match[0].strip()}、"
        if alone and _SENTENCE_JA.search(text):
            yield text
        elif alone and _IN_PIECES.search(text):
            # Half a sentence of the customer's: as a whole nobody said it.
            if not re.search(r"皆$", text) and not _NOBODY_JA.search(text) and _squeezed(text) not in _squeezed(source):
                yield text
        elif (alone or len(text) <= 8 or not re.search(r"[ぁ-ん]", text)) and not text.endswith("皆"):
            parts = re.split(r"[\s　]|(?<!お)の", text)
            yield from (part for part in parts if _strange(part, source))
            yield from (f"{one} {other}" for one, other in itertools.pairwise(parts) if _cut_off(one, other, source))
    for pattern in _CHARGE_JA:
        for name in pattern.findall(said):
            part = re.split(r"[\s　]|の", name)[-1]
            if not re.search(r"[ぁ-ん]{3}", part) and not _ORDINARY_JA.search(part) and _strange(part, source):
                yield part
    yield from (name for name in _signed(said) if not _ORDINARY_JA.search(name) and _strange(name, source))
    yield from (name for name in _NAME_JA.findall(said) if _strange(name, source))


def _signed(said: str) -> Iterator[str]:
    """What stands as a person's name in the signature of a letter: behind 敬具, or behind a firm or its department."""
    signed = False
    for line in said.splitlines():
        if _SIGN_OFF_JA.fullmatch(line):
            signed = True
            continue
        words = line.split()
        firm = any(map(_FIRM_JA.search, words[:-1]))
        if (signed or firm) and not _SENTENCE_MARK.search(line):
            yield from (word for word in words if re.fullmatch(_PERSON_JA, word))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _strange(name: str, source: str) -> bool:
    if not name or _NOBODY_JA.search(name):
        return False
    if len(name) == 1 and _KANJI.match(name):
        # 森 is somebody, but not where 森田 stands.
        return re.search(rf"(?<!{_KANJI.pattern}){re.escape(name)}(?!{_KANJI.pattern})", source) is None
    return not _named(name, source)


def _cut_off(part: str, following: str, source: str) -> bool:
    """Whether ``source`` has ``part`` of a name only as the beginning of longer words: 新潟工 of 新潟工業.

    What may be left out, or ``following`` right behind it, does not make a word longer.
    """
    if not part or not _KANJI.match(part[-1]):
        return False
    behind = re.findall(rf"{re.escape(part)}(?! *{re.escape(following)}|{_LEFT_OUT_JA})(.?)", source)
    return bool(behind) and len(behind) == source.count(part) and all(map(_KANJI.match, behind))


def names_en(said: str, source: str) -> Iterator[str]:
    yield from _UNNAMED.findall(said)
    titled = [*_TITLED.finditer(source)]
    for match in _TITLED.finditer(said):
        first = match[2].split()[0]
        known = {each[1].rstrip(".") for each in titled if each[2].split()[0] == first}
        if first[0].isupper() and first.lower() in (*_NOBODY_EN, *MONTHS) and not known:
            yield f"{match[1]} {first}"
            continue
        # A name in small letters is broken, and one that has another title is somebody else.
        yield from _strange_words(match[2], source, capitals=False)
        if known and match[1].rstrip(".") not in known:
            yield match[0]
    for text in _ADDRESS_EN.findall(said):
        if _SENTENCE_EN.search(text):
            yield text.strip()
        else:
            yield from _strange_words(text, source, capitals=False, whole=True)
    for pattern in (_SIGN_OFF_EN, _SUBJECT_EN):
        for text in pattern.findall(said):
            yield from _strange_words(text, source)
    for text in _CAPITALISED.findall(said):
        yield from _strange_words(text, source)


def _strange_words(text: str, source: str, *, capitals: bool = True, whole: bool = False) -> Iterator[str]:
    """Words of a name that nobody named, or all of them if only their being together is new.

    When ``whole``, an ordinary word behind the name that ends ``text`` is one of a firm's.
    """
    said = _WORD.findall(text)
    words = [word for word in said if word.lower().rstrip(".") not in _ORDINARY_EN]
    if whole and words and said[-2:-1] == words[-1:] and _IN_FIRM.fullmatch(said[-1]):
        words.append(said[-1])
    if capitals and not any(word[0].isupper() or "\ufffd" in word for word in words):
        return
    strange = [word for word in words if not re.search(r"\d", word) and not _named(word, source)]
    yield from strange
    if not strange and len(words) > 1 and not _together(words, source):
        yield " ".join(words)


def _named(name: str, text: str) -> bool:
    """Whether ``text`` names ``name``: in Latin letters as a whole word, for Ken is nobody in Kenham GmbH."""
    whole = rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" if name.isascii() else re.escape(name)
    return re.search(whole, text, re.IGNORECASE) is not None


def _together(words: list[str], text: str) -> bool:
    """Whether the words of a name stand near each other, in whatever order: Tanaka, Aya is Aya Tanaka.

    A line's end parts them by as much as two words do.
    """
    known: dict[str, list[int]] = {}
    at = 0
    for line in text.splitlines():
        for word in _WORD.findall(line):
            if word.lower() not in _LABELS:
                known.setdefault(word.lower(), []).append(at)
                at += 1
        at += _NEAR - 1
    places = [known.get(word.lower(), []) for word in words]
    return all(
        any(0 < abs(one - other) <= _NEAR for one in first for other in second)
        for first, second in itertools.pairwise(places)
    )
