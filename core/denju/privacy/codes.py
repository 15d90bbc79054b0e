"""What has a form of its own: addresses of the network, and every kind of number."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from denju.privacy.checksums import is_card, is_iban, is_my_number
from denju.privacy.spans import Kind

Find = tuple[int, int, Kind, bool]
"""Start, end, kind, certain."""

_EMAIL = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?"
    r"(?:@|\s?[(\[{<]\s?(?:at|アット)\s?[)\]}>]\s?|\s(?:at|AT)\s(?=\S+\s(?:dot|DOT)\s)|\s@\s)"
    r"[A-Za-z0-9-]{1,63}(?:(?:\.|\s?[(\[{]\s?(?:dot|ドット)\s?[)\]}]\s?|\s(?:dot|DOT)\s)[A-Za-z0-9-]+)+"
)
_URL_REST = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
_DOMAIN_END = (
    r"(?:co\.jp|or\.jp|ne\.jp|ac\.jp|go\.jp|co\.uk|com|net|org|edu|gov|info|biz|io|dev|app|shop"
    r"|jp|uk|de|fr|eu|us|cn|kr)"
)
_URL = re.compile(
    rf"(?i)(?:(?:https?|ftps?|sftp|ssh|file)://{_URL_REST}+|(?<![a-z0-9@.-])www\.{_URL_REST}+"
    rf"|(?<![a-z0-9@._-])(?:[a-z0-9-]+\.)+{_DOMAIN_END}(?![a-z0-9-]|\.[a-z0-9])(?:[/?#]{_URL_REST}*)?)"
)
_IP4 = re.compile(r"(?<![0-9A-Za-z.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![0-9A-Za-z]|\.\d)")
_IP6 = re.compile(r"(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f:]*[0-9A-Fa-f])[0-9A-Fa-f:]{4,39}(?![0-9A-Za-z:])")
_MAC = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])")
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![0-9A-Za-z])")

_GLUED = "|".join(
    rf"(?<=(?i:(?<![a-z]){word}))" for word in ("tel", "telno", "fax", "phone", "mobile", "cell", "call", "dial")
)
"""Words that a telephone number is written to without a space."""
_NUMBER = re.compile(
    r"(?:(?<![0-9A-Za-z+])|" + _GLUED + r")(?<![0-9]\.)(?:(?<![0-9],)|(?=\d{4}|0[1-9]\d{0,2}-))"
    r"(?:\+|\(\+?)?\d(?:[-ー. ()/_]{0,2}\d){2,23}(?![0-9A-Za-z]|\.\d|,\d{3}(?!\d))"
)
"""A run of digits with what people put between them; its digits and what stands around it say what it is. A point
between digits is a decimal's; a comma between them parts thousands or the columns of a table.
"""
_LONG = re.compile(r"\d{10,}")
"""No amount is written like that, whatever stands around it."""
_SPACED = re.compile(
    r"(?<![0-9A-Za-z+-])(?:\+|\(\+?)?\d{1,4}\)?(?: [-ー] \d{2,4}){2,4}(?![0-9A-Za-z]|\.\d|,\d{3}(?!\d))"
)
"""Its parts set apart by dashes with spaces, as ranges and lists of sizes have them too."""
_ODD_PHONE = re.compile(r"(?<![0-9A-Za-z])0\d{1,4}([・〜~一─━⁃])\d{1,4}\1\d{3,4}(?![0-9A-Za-z])")
"""With what looks like a dash; a range or a list of sizes begins with no 0."""
_POSTAL = re.compile(
    r"(?:〒\s?\d{3}[-ー ]?\d{4}"
    r"|(?<![0-9A-Za-z+ー-])(?<!\d[- ])\d{3}[-ー]\d{4}(?![0-9A-Za-z]|[-ー ]?\d)"
    r"|(?<![0-9A-Za-z])[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[A-Z]\d[A-Z] \d[A-Z]\d(?![0-9A-Za-z])"
    r"|(?<=, [A-Z]{2} )\d{5}(?:-\d{4})?(?!\d)"
    r"|(?<=ZIP )\d{5}(?!\d)|(?<=[Zz]ip code )\d{5}(?!\d)|(?<=[Pp]ostcode )\d{4,5}(?!\d))"
)
_CODE = re.compile(
    r"(?<![0-9A-Za-z_./-])(?=[A-Za-z0-9_/-]*\d[A-Za-z0-9_/-]*\d)[A-Z][A-Za-z0-9]*(?:[-_/]?[A-Za-z0-9]+)*(?![0-9A-Za-z])"
)
_PARTED = re.compile(
    r"(?<![0-9A-Za-z_./-])(?=[0-9-]*[A-Z])(?=(?:[A-Z-]*\d){2})\d[0-9A-Z]*(?:-[0-9A-Z]+){2,}(?![0-9A-Za-z-])"
)
"""A code that begins with a digit and has two hyphens: 12-ABCD-34."""
_GRADE = re.compile(r"[A-Z][A-Za-z]{0,3}\d{2,4}[A-Z]{0,2}")
"""Grades of materials and hardnesses, and types of parts: SUS304, A5052, S45C, HRC40, 6204ZZ."""
_STANDARD = re.compile(
    r"(?:ISO|JIS|IEC|RFC|IEEE|DIN|EN|ANSI|USB|IPv|HTTP|UTF|SHA|MD|COVID|CO|Windows|Office|Word|Excel"
    r"|Q|FY|H|R|S|A|B)[-_ ]?\d"
)
_MARKED = re.compile(
    r"(?i)(?:#|№|(?<![a-z])(?:no|nr|order|invoice|ticket|case|tracking|reference|ref|serial|lot|customer|account|policy|contract"
    r"|booking|reservation|member|membership|employee|id|sku|po|rma)(?:\s?(?:number|no|id|code|is))*[.:#]*"
    r"|(?:注文|受注|発注|伝票|請求書?|見積書?|契約|会員|顧客|お客様|社員|従業員|予約|受付|問い?合わせ|お問い?合わせ|追跡|送り状|管理|整理|製造"
    r"|シリアル|ロット|型|品|証券|保険証?|免許証?|旅券|パスポート|登録|診察券|患者|学籍)(?:番号|no\.?|ナンバー|コード|id)?(?:は|が|の)?)"
    r"[ :]{0,2}(?P<code>(?=[a-z0-9_/-]*\d)[a-z0-9][a-z0-9_/-]{2,})(?![a-z0-9])"
)
_NUMBERED = re.compile(r"(?i)[#№]|number|code|番号|ナンバー|コード|.no")
"""A label that says that a number follows, and no amount."""
_COUNTER = "円|万|億|千|個|本|枚|台|箱|点|件|名|人|年|月|日|時|分|秒|週|歳|才|回|倍|度|階|杯|冊|通|社|種|割"
_CLEAR_COUNTER = "円|枚|冊|杯|個(?![人別室性])|台(?![風帳湾])|箱(?!根)|点(?![検灯在])"
"""What hardly begins another word: 10000 個注文, but 本日."""
UNIT = (
    rf"(?:{_COUNTER}| (?:{_CLEAR_COUNTER})"
    rf"| (?:{_COUNTER})(?:間|転|類|様|以上|以下|以内|程度|前後)?(?![一-龥々])| ?[%‰℃°]"
    r"| ?(?:yen|jpy|usd|eur|gbp|dollars?|euros?|pounds?|cents?|units?|pcs|pieces?|items?|boxes|copies|pallets?"
    r"|percent|kg|mg|mm|cm|km|ml|px|kb|mb|gb|tb|kw|ah|mah|hz|mhz|ghz|rpm|hours?|days?|weeks?|months?|years?|people|customers|users"
    r"|times|miles|feet|sheets|parts|words|characters|tokens|tons?|sq)(?![a-z])"
    r"|[gtmlvwa](?![a-z])| (?:[gtml]|[vw](?![/0-9]))(?![a-z])| a(?= ?(?:$|[\n.,;:!?)\]ぁ-ヿ一-龥])))"
)
"""What makes a number a quantity: never the next line, nor a word that only begins like a unit (本日, a week)."""
_UNIT = re.compile(f"(?i){UNIT}")
_MONEY_BEFORE = re.compile(r"[¥$€£₩]\s?$|(?i:(?:JPY|USD|EUR|GBP)\s?$)")
_DATE = re.compile(
    r"(?:(?:19|20)\d\d[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d|(?:19|20)\d\d[-/.]\d{1,2}"
    r"|(?:19|20)\d\d(?: ?- ?(?:19|20)?\d\d)?"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
)
_PHONE_BEFORE = re.compile(
    r"(?i)(?:電話|携帯|連絡先|内線|直通|fax|ファックス|tel|phone|mobile|cell|call|ring|reach|dial|text|ext|extension)\D{0,14}$"
)
_EXTENSION_BEFORE = re.compile(r"(?i)(?:内線|ext|extension)\D{0,6}$")
_ACCOUNT_BEFORE = re.compile(
    r"(?i)(?:口座|普通(?:預金)?|当座(?:預金)?|貯蓄|記号|account|acct|a/c|routing|sort code|bank)\D{0,12}$"
)
_MY_NUMBER_BEFORE = re.compile(r"(?i)(?:マイナンバー|個人番号|my ?number)\D{0,8}$")
_CARD_BEFORE = re.compile(r"(?i)(?:カード|card|visa|mastercard|amex|jcb)\D{0,14}$")
_POSTAL_BEFORE = re.compile(r"(?i)(?:郵便番号|〒|zip|postal code|postcode)\D{0,6}$")


def codes(text: str) -> Iterator[Find]:
    """Everything in folded ``text`` whose form says what it is."""
    for rule, kind in ((_EMAIL, "email"), (_MAC, "ip")):
        for found in rule.finditer(text):
            yield *found.span(), kind, True  # type: ignore[misc]
    for found in _URL.finditer(text):
        yield found.start(), found.start() + len(found[0].rstrip(".,;:!?)'")), "url", True
    yield from _addresses_of_machines(text)
    for found in _IBAN.finditer(text):
        yield from _iban(found)
    for found in _POSTAL.finditer(text):
        yield *found.span(), "postal_code", found[0].startswith("〒")
    for found in _MARKED.finditer(text):
        label = text[found.start() : found.start("code")]
        if not _DATE.fullmatch(found["code"]) and (_NUMBERED.search(label) or not _UNIT.match(text, found.end())):
            yield *found.span("code"), "number", False
    for found in _CODE.finditer(text):
        if sum(map(str.isdigit, found[0])) >= 2 and len(found[0]) >= 4 and not _is_common(found[0]):
            yield *found.span(), "number", False
    for found in _PARTED.finditer(text):
        yield *found.span(), "number", False
    for rule in (_NUMBER, _LONG):
        for found in rule.finditer(text):
            before, behind = _around(found)
            if kind_of := _number(found[0], before, "" if rule is _LONG else behind):
                yield *found.span(), *kind_of
    for found in _ODD_PHONE.finditer(text):
        if sum(map(str.isdigit, found[0])) in {10, 11}:
            yield *found.span(), "phone", True
    for found in _SPACED.finditer(text):
        before, behind = _around(found)
        kind_of = _number(found[0].replace(" ", ""), before, behind)
        if kind_of and kind_of[0] != "number" and not _UNIT.match(behind):
            yield *found.span(), *kind_of


def _around(found: re.Match[str]) -> tuple[str, str]:
    """What stands before and behind, as much of it as says what a number is."""
    return found.string[max(0, found.start() - 24) : found.start()], found.string[found.end() : found.end() + 12]


def _is_common(code: str) -> bool:
    return bool(_STANDARD.match(code) or _GRADE.fullmatch(code))


def _addresses_of_machines(text: str) -> Iterator[Find]:
    for rule in (_IP4, _IP6):
        for found in rule.finditer(text):
            try:
                ipaddress.ip_interface(found[0])
            except ValueError:
                continue
            yield *found.span(), "ip", True


def _iban(found: re.Match[str]) -> Iterator[Find]:
    """The longest beginning that proves itself: words in capitals may stand right behind."""
    for end in range(len(found[0]), 14, -1):
        if found[0][end - 1] != " " and is_iban(found[0][:end].replace(" ", "")):
            yield found.start(), found.start() + end, "iban", True
            return


def _number(run: str, before: str, behind: str) -> tuple[Kind, bool] | None:
    """What a run of digits is, by its digits and by what stands before and behind it; ``None``: a mere quantity."""
    digits = "".join(filter(str.isdigit, run))
    if is_card(digits) or (_CARD_BEFORE.search(before) and 12 <= len(digits) <= 19):
        return "card", is_card(digits)
    if len(digits) == 12 and (_MY_NUMBER_BEFORE.search(before) or is_my_number(digits)):
        return "my_number", is_my_number(digits)
    if _POSTAL_BEFORE.search(before) and len(digits) in {5, 7, 9}:
        return "postal_code", True
    if _ACCOUNT_BEFORE.search(before) and 3 <= len(digits) <= 17 and not _UNIT.match(behind):
        return "bank_account", False
    least = 3 if _EXTENSION_BEFORE.search(before) else 5
    if (
        _PHONE_BEFORE.search(before)
        and least <= len(digits) <= 15
        and not _UNIT.match(behind)
        and not _DATE.fullmatch(run)
    ):
        return "phone", len(digits) >= 9
    if _is_phone(run, digits):
        return "phone", True
    if _DATE.fullmatch(run) or _UNIT.match(behind) or _MONEY_BEFORE.search(before):
        return None
    if len(digits) >= 5 and not re.fullmatch(r"\d+\.\d+", run) and not re.fullmatch(r"(?:\d{1,2}[-/. ]?){2,3}", run):
        return "number", False
    return ("number", False) if re.fullmatch(r"\d{5,}", run) else None


def _is_phone(run: str, digits: str) -> bool:
    if run.startswith(("+", "(+")) or digits.startswith("010"):
        return 8 <= len(digits) <= 15
    if digits.startswith("00"):
        return 10 <= len(digits) <= 16
    if digits.startswith("0"):
        return len(digits) in {10, 11} and "_" not in run
    shape = re.sub(r"\d", "9", run)
    return bool(re.fullmatch(r"(?:9[-. ]?)?(?:\(999\) ?|999[-. ])999[-. ]9999", shape))
