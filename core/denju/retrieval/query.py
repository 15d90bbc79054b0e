"""The query: what the customer wants, out of the last turns, without the frame of a mail.

Openings, self-introductions, addressees, addresses, signatures, disclaimers and quoted lines say nothing of the matter
and cost a keyword search 15 to 30 points of hit@1. What is left of a greeting alone is nothing: the search waits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import dropwhile, takewhile

from denju.retrieval.terms import MAX_CHARACTERS, Term, is_spelled, normal, stem, terms
from denju.retrieval.words import COMMON_WORDS
from denju.text import language_of
from denju.values import Turn

TURN_WEIGHTS = (1.0, 0.8, 0.64)
"""Of the customer's newest turn, the one before, the one before that; older ones are not read."""

COMMON = 0.65
"""Weight in a query of a word that anybody says about anything."""
LONGER = 0.1
"""What each letter of a spelled word adds to its weight in a query, up to ``LONG`` letters."""
LONG = 10

_LONGEST_PHRASE = 80
"""A longer sentence is never a mere courtesy."""

_CAPITALISED = r"(?-i:[A-Z])[\w'-]+"
_NAME = r"(?-i:[A-Z](?:'[A-Z])?[^\W\d_A-Z])[\w'-]*"
"""Its second letter is a small one: WRONG PARTS is no name."""
_TITLE = r"(?:(?:mr|mrs|ms|dr)\.? )"
_DEAR = r"dear\b(?: [^\s,、]+){0,3}"
_LONG_DEAR = rf"{_DEAR}(?: (?:and|&|of|the|team|desk|department|service|{_NAME})){{0,3}}"
"""Only names and a desk's words are added: dear Sarah the parts are wrong, help."""
_YOU = r"you(?: and (?:(?:all|everyone|everybody|the rest) )?(?:(?:of|in|at) )?(?:(?:your|the) )?[\w'-]+(?: [\w'-]+)?)?"
_GOOD = r"(?:well|fine|ok|okay|great|good|nice|lovely|wonderful|pleasant)"
_WELL = rf"(?: all| both| doing| going| keeping| in)*(?: very| really)? {_GOOD}"
_TIME = r"(?:\w*day|morning|afternoon|evening|week|weekend|month|year|summer|winter)"
_THERE = r"(?:with you|over there|(?:at|on|in) your (?:end|side)|so far|ahead)"
_HOPE = (
    r"(?:(?:i|we) )?(?:do )?(?:hope|trust) (?:that )?(?:"
    rf"{_YOU}(?: are|'re| have been|'ve been){_WELL}"
    rf"|{_YOU}(?: are having|'re having| have| had| have had) an? (?:very |really )?{_GOOD}"
    rf"(?: start to (?:the|your))?(?= {_TIME})"
    rf"|.{{0,20}}\bfinds? {_YOU}{_WELL}"
    rf"|(?:all|everything|things|your (?:team|{_TIME}))(?: is|'s| are| has been){_WELL}"
    rf")(?: (?:health|spirits|{_TIME}|{_THERE}|and \w+|this \w+)){{0,2}}"
)
_PARTICLE = r"[のはがをへにもでと]"
_NO_KANA = r"[^\s、,ぁ-ん]{1,20}"
_FIRM_NAME = rf"(?:[ぁ-ん]{{2,8}}|{_NO_KANA}(?:(?!{_PARTICLE})[ぁ-ん]{{2,8}})?)(?:(?<!{_PARTICLE}){_NO_KANA})?"
"""At most one run of hiragana, which joins nothing to the name: 株式会社あおぞらの部品 is no firm."""
_FIRM = rf"(?:(?:株式|有限|合同)会社{_FIRM_NAME}|{_FIRM_NAME}(?:株式|有限|合同)会社)"
_OFFICE = r"(?:購買|資材|調達|営業|総務|経理|業務|技術|開発|製造|品質保証|品質管理|生産管理)"
_PART_OF_FIRM = r"(?:部|課|係|室|センター)"
_COMPANY = (
    r"(?:会社|\(株\)|\(有\)|工業|製作所|商事|商会|産業|電機|精機|技研|物産|支店|営業所"
    rf"|{_OFFICE}{_PART_OF_FIRM}?)"
)
_MATTERS = r"(?:不良|不具合|問題|故障|件|話|品|部品|製品|ミス|遅れ|注文|請求|見積|納期|担当)"
"""What stands where a name would: 製造の不良です is no introduction."""
_PLEASE = r"(?:宜しく|よろしく)(?:お願い|御願い)(?:(?:いた|致)します|します|申し上げます|申しあげます)"
_SORRY = r"(?:恐れ入り|恐縮です|失礼(?:いた)?し|申し訳(?:ございません|ありません)|すみません)(?:ます)?(?:が)?"


def _any(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


_OPENING = re.compile(
    "^"
    + _any(
        r"(?:(?:いつも|毎度|平素|日頃)(?:より|は)?(?:大変|格別に?)?、?|大変)?お世話に(?:なって(?:おり|い)ます|なります|なりました)",
        r"お疲れ(?:様|さま)(?:です|でございます)",
        rf"(?:突然|早速|夜分(?:遅く)?|度々|たびたび|何度も)(?:の(?:ご連絡|メール|お問い合わせ))?[でに]?(?:大変)?{_SORRY}",
        rf"(?:お忙しい|ご多忙の|ご多用の)(?:ところ|中)(?:、?(?:大変)?{_SORRY})?",
        r"こんにちは|こんばんは|おはよう(?:ございます)?|はじめまして|初めまして|もしもし|拝啓|前略",
        r"(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day))"
        r"(?: (?:there|all|team|everyone|everybody|again|sir|madam|sir or madam|sirs|guys|folks"
        rf"|{_TITLE}?{_CAPITALISED}(?=,)))?",
        rf"{_LONG_DEAR}(?=[,、:])",
    )
    + r"(?=$|[\s、。,.!?:;~・-])[\s、。,.!?:;~・-]*",
    re.IGNORECASE,
)
"""At the start of a sentence; what follows is kept."""

_COURTESY = re.compile(
    "^"
    + _any(
        r".{0,30}(?:お引き立て|ご愛顧|ご高配|ご厚情|ご清栄|ご清祥|ご盛栄).{0,40}",
        r"(?:以上|何卒|どうぞ|どうか|今後とも|引き続き|お手数(?:です|をおかけします|ではございます)が"
        rf"|ご(?:確認|検討|対応|回答|返信|連絡|査収)の?(?:ほど|程)|[、,\s])*{_PLEASE}",
        r"以上(?:です|でございます)?|敬具|草々|(?:初めて)?ご連絡(?:いた|致)します",
        r"取り?急ぎ、?(?:(?:メール|用件のみ)にて失礼(?:いた|致)?します"
        r"|(?:[ご御](?:連絡|報告|返信|回答)|[お御](?:知らせ|返事|礼))を?(?:まで(?:です|に)?|(?:(?:いた|致)?し|申し上げ)ます))",
        r"[^はがを]{1,30}(?:御中|(?<![仕模同異各有])様|殿|各位)",
        _FIRM,
        rf"{_DEAR}|to whom it may concern|(?:hi|hello|hey) {_TITLE}?{_NAME}(?: {_NAME})?",
        _HOPE,
        r"(?:thanks|thank you|many thanks)(?: (?:so|very) much)?"
        r"(?: in advance[^,]{0,40}| for your (?:time|help|attention|support|understanding)[^,]{0,30})",
        r"(?:i|we) look forward to .{0,40}",
    )
    + "$",
    re.IGNORECASE,
)
"""A whole sentence that says nothing of the matter."""

_INTRODUCTION = re.compile(
    "^"
    + _any(
        r"(?:私(?:は|、))?.{0,40}と(?:申し|言い)ます",
        rf"(?:(?:私|こちら)は、?)?(?:[ぁ-ん]{{2,8}}(?<!{_PARTICLE})(?![ぁ-ん]))?[^はがを、]{{0,24}}{_COMPANY}(?:の|[\s、])\s?"
        rf"(?!.{{0,3}}{_MATTERS})[^\s、のがをにはでと]{{1,6}}(?:です|でございます)",
        r"my name(?: is|'s) \w+(?: \w+){0,2}(?:,? .{0,40}\b(?:at|from|of|with)\b .{1,40})?",
        rf"(?:i am|i'm|this is) {_NAME}(?: {_NAME}){{0,2}}(?:,? (?:.{{0,30}} )?(?:at|from|of|with) .{{1,40}}|,? here)?",
    )
    + "$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s*[>|]")
_QUOTE_FOLLOWS = re.compile(
    r"^\s*"
    + _any(
        r"-{2,}\s*(?:original message|forwarded message|元のメッセージ|転送).*",
        r"on .{6,80}wrote:",
        r".{0,60}のメール:",
        r"\d{4}年\d{1,2}月\d{1,2}日.{0,60}:",
        r"(?:差出人|送信者|from): .*",
    )
    + r"\s*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"^\W*"
    + _any(
        r"(?:confidential(?:ity)?|disclaimer)\b",
        r"(?:this|the) (?:e-?mail|message|information)\b.{0,60}\b(?:confidential|intended|privileged|contain|transmi)",
        r"sent from my ",
        r"(?:本|この|当)(?:電子)?メール.{0,40}(?:機密|秘密|受信者|宛先|誤|添付|破棄)",
        r".{0,12}から送信(?:しています)?$",
    ),
    re.IGNORECASE,
)
_CONTACT = re.compile(
    _any(
        r"^\W*(?:tel|fax|phone|mobile|cell|direct|e-?mail|url|web|電話|携帯|直通|内線|住所|ファックス|メール)\s*[.:/]",
        r"^\W*(?:tel|fax)\b",
        r"〒",
        r"^\s*(?:https?://|www\.)[!-~]+\s*$",
        r"^\s*[\w.+-]{1,64}@[\w.-]+\s*$",
    ),
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+|[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_WORD = re.compile("[A-Za-z]+")
_CODE = re.compile(r"[A-Za-z_./-]{0,20}\d[\w./-]*|(?<![A-Za-z])[A-Z]{1,4}(?![A-Za-z])", re.ASCII)
"""A number of a lot, a part or an order, and short capitals such as LOT: people write them in any language."""
_RULE = re.compile(r"^\s*(?:--|[-=_*#+~━─―◆■□◇☆★・…]{3,})\s*$")
_SIGN_OFF = re.compile(
    r"^\W*"
    + _any(
        r"(?:(?:best|kind|warm|many)?\s?(?:regards|wishes)|cheers|thanks|thank you|thanks and regards|respectfully)",
        r"sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)",
        r"敬具|草々|以上",
    )
    + r"\W*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(_PLEASE + r"\W*$")
_FIRM_ALONE = re.compile(rf"^\s*{_FIRM}\s*$")
_DEPARTMENT = rf"[^\s、,ぁ-ん]{{0,8}}{_OFFICE}{_PART_OF_FIRM}"
_PERSON = r"[^\W\d_]{1,8}(?:\s[^\W\d_]{1,8})?"
_SIGNATURE_BEGINS = re.compile(
    rf"^\s*(?:{_FIRM}(?:\s+{_DEPARTMENT})?(?:\s+{_PERSON})?|(?:{_NO_KANA}\s+)?{_DEPARTMENT}\s+{_PERSON})\s*$"
)
_STATEMENT = re.compile(r"[。!?]|(?:です|ます|ました|ません|ください)\W*$")
_SIGNED = re.compile(
    r"(?<=[.!?])\s+(?:(?:best|kind|warm)\s)?(?:regards|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)),?"
    rf"(?: (?-i:[A-Z])[\w'-]*\.?){{1,3}}(?:, {_CAPITALISED}(?: {_CAPITALISED}){{0,3}})?\s*$",
    re.IGNORECASE,
)
"""A sign-off and a name behind what was said, in its line."""
_SENTENCE = re.compile(r"[^。!?\n]*?(?:[。!?]+|(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)\.(?=\s|$)|$)")


@dataclass(frozen=True, slots=True)
class Said:
    """The matter of one turn, in terms."""

    text: str
    """Normalised."""
    terms: list[Term]
    weight: float = 1.0

    @classmethod
    def of(cls, matter: str, weight: float = 1.0) -> Said:
        """``matter`` normalised and cut into terms."""
        text = normal(matter)
        return cls(text, terms(text), weight)


def said(turns: Sequence[Turn]) -> list[Said]:
    """What the customer wants, newest turn first; nothing where only a greeting was said."""
    customer = [turn.text for turn in reversed(turns) if turn.role == "customer"][: len(TURN_WEIGHTS)]
    bodies = ((body(text), weight) for text, weight in zip(customer, TURN_WEIGHTS, strict=False))
    return [Said.of(matter, weight) for matter, weight in bodies if matter]


def spoken_language(turns: Sequence[Turn]) -> str:
    """Of the newest customer turn that shows one; what it quotes, where it points to and codes have no say.

    One Latin word ("OK", "Lot A-7741") is written in either language, so other turns are asked first.
    """
    for turn in reversed(turns):
        if turn.role != "customer":
            continue
        own = _CODE.sub(" ", _own_words(turn.text))
        if (language := language_of(own, default="")) == "ja" or len(_WORD.findall(own)) > 1:
            return language
    return "en"


def query_weights(what: Sequence[Said]) -> dict[str, float]:
    """Each term once, with the greatest of its weights."""
    weights: dict[str, float] = {}
    for each in what:
        for term in each.terms:
            weight = each.weight * term.weight * _says(term.key)
            if weight > weights.get(term.key, 0.0):
                weights[term.key] = weight
    return weights


@lru_cache(maxsize=5_000)
def _says(term: str) -> float:
    """How much a term says of a matter beside another as rare: long words more, common ones less."""
    longer = 1 + LONGER * min(len(term), LONG) if is_spelled(term) else 1.0
    return longer * (COMMON if term in _common() else 1.0)


@cache
def _common() -> frozenset[str]:
    return frozenset(map(stem, COMMON_WORDS))


def body(text: str) -> str:
    """The matter of a message; empty where it is nothing but greetings.

    A message of which introductions, quotes, a signature and the like leave nothing (a bare forward) is taken as it
    is.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    lines = text.splitlines()
    kept: list[str] = []
    greeted_only = True
    for number, line in enumerate(lines):
        rest = lines[number + 1 :]
        if not line.strip():
            continue
        if kept and _ends(line, rest):
            break
        if _is_frame(line):
            greeted_only = False
            continue
        unsigned = _without_addresses(line)
        sentences = [_without_courtesy(each.strip()) for each in _SENTENCE.findall(unsigned) if each.strip()]
        matter = [sentence for sentence in sentences if sentence and not _introduces(sentence)]
        greeted_only = greeted_only and not any(sentences)
        if matter:
            kept.append(" ".join(matter))
        closes = _CLOSING.search(line) is not None and not (rest and rest[0].strip())
        # A matter may end in the same words: then what stands below may be another one.
        if kept and closes and (sentences[-1:] == [""] or _signature_follows(rest)):
            break
    if kept or greeted_only:
        return "\n".join(kept)
    return text.strip()


def _own_words(text: str) -> str:
    """A message with its greetings and courtesies; without quotes, addresses, and what stands below a signature.

    A message of which that leaves nothing (a bare forward) is taken whole, but for the addresses.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    lines = text.splitlines()
    own: list[str] = []
    for number, line in enumerate(lines):
        rest = lines[number + 1 :]
        if own and _ends(line, rest):
            break
        if not line.strip() or _is_frame(line):
            continue
        own.append(_without_addresses(line))
        if _CLOSING.search(line) and not (rest and rest[0].strip()):
            break
    return "\n".join(own) or _ADDRESS.sub(" ", text)


def _is_frame(line: str) -> bool:
    """Whether a line is quoted, or says where somebody is reached, or only rules something off."""
    return any(each.search(line) for each in (_QUOTED, _QUOTE_FOLLOWS, _CONTACT, _RULE))


def _without_addresses(line: str) -> str:
    return _SIGNED.sub("", _ADDRESS.sub(" ", line))


def _ends(line: str, rest: Sequence[str]) -> bool:
    """Whether the message ends before this line: a sign-off, a quote, a disclaimer, a ruled-off signature."""
    if _SIGN_OFF.search(line) or _QUOTE_FOLLOWS.search(line) or _DISCLAIMER.search(line):
        return True
    return bool(_RULE.search(line)) and any(_CONTACT.search(each) or _RULE.search(each) for each in rest)


def _signature_follows(rest: Sequence[str]) -> bool:
    """Whether the next paragraph states nothing, begins as a signature does, and soon names a firm or a contact.

    What was ordered may stand above a firm or an address too.
    """
    paragraph = list(takewhile(str.strip, dropwhile(lambda line: not line.strip(), rest)))
    named = any(_CONTACT.search(line) or _FIRM_ALONE.search(line) for line in paragraph[:3])
    begins = any(_CONTACT.search(line) or _SIGNATURE_BEGINS.search(line) for line in paragraph[:1])
    return begins and named and not any(_STATEMENT.search(line) for line in paragraph)


def _without_courtesy(sentence: str) -> str:
    """One sentence without its opening; empty where nothing else is in it."""
    rest = _OPENING.sub("", sentence)
    return "" if _is(_COURTESY, sentence) or _is(_COURTESY, rest) else rest


def _introduces(sentence: str) -> bool:
    return _is(_INTRODUCTION, sentence)


def _is(pattern: re.Pattern[str], sentence: str) -> bool:
    """Whether the sentence is all of this, or nothing at all."""
    bare = sentence.strip(" \t、。,.!?:;~・()")
    return not bare or (len(bare) <= _LONGEST_PHRASE and pattern.search(bare) is not None)
