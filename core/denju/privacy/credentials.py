"""Keys, tokens, passwords and private keys: what never leaves, whatever a person says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from denju.privacy.codes import UNIT
from denju.privacy.folding import folded

_PLAIN_WORD = "(?:パスワード|暗証番号|パスコード|passw(?:or)?d|passcode|passphrase|pwd)"
_WORD = rf"(?i)(?<![a-z])(?:{_PLAIN_WORD}|PW(?=\s?[:=はがを]))"
_OPEN = "\"'`“‘「『【"
_CLOSE = "\"'`”’」』】"
_PIN = "(?:暗証番号|(?:(?-i:PIN)|pin[ -]?(?:code|number|no[.]?|コード|番号))(?![0-9]))"
"""Not any pin: most of them are parts."""
_CHECK_CODE = "(?:認証コード|セキュリティコード|(?:security|verification) code|CV[VC]2?)"
_TO_DIGITS = r"""(?:[ \t]?(?:is|was|は|が|を|:|=|->|→|,|、)){0,2}(?:(?<=[:=])\s{0,3}|[ \t]{0,3})["'`“‘「『【(]?"""
"""The next line only behind a colon: below a part called PIN stands something else."""
_AMOUNT = rf"(?:(?! ?(?:本[一-龥]|通[らりるっじ]|分[かけ]|度々)){UNIT}| ?(?:セット|sets?(?![a-z])|ea(?![a-z])))"
"""Never the verb or the day that goes on behind a number: 1234 通りません, 1234本日."""
_PART = (
    "(?-i:[A-Z]{1,5}-[0-9]+(?:-[0-9A-Z]+)*|[A-Z]?[0-9]+(?:[.][0-9]+)?(?:x[0-9.]*[0-9]){1,2}(?:-[0-9A-Z]+)?)"
    "(?=[.,;]?(?:[^!-~]|$))"
)
"""The number of an order or the size of a part; ABC123 without either form may well be the password."""
_KEY_WORD = (
    "(?:(?:api|access|private)[ _-]?key|(?:client[ _-]?)?secret(?:[ _-]?(?:access[ _-]?)?key)?"
    "|(?:(?:access|auth)[ _-]?)?token"
    "|(?:api[ _-]?|アクセス|プライベート|シークレット)キー|シークレット|トークン|秘密鍵)"
)
_TO_KEY = r"(?:\s*(?:\b(?:is|was)\b|[:=はが→]|->))+\s*"
_NO_KEY = "(?![0-9]+-bit|[0-9]{4}[-/][0-9]{1,2}[-/])"
"""The length of one, or a date."""
_LIKE_A_KEY = "(?=[a-z0-9]{8})(?=[a-z]*[0-9])(?=[0-9]*[a-z])"
"""Where no more than a space leads to it."""
_MADE = r"(?!\[[A-Z_]+\d*\])"
"""A placeholder, which stands for one and is none."""
_VALUE = rf"[{_OPEN}]?{_MADE}(?P<secret>[!-~]{{4,}}?)[{_CLOSE}]?"
_KEY_LINE = "(?=[A-Za-z+/]*[0-9])(?=[A-Z0-9+/]*[a-z])(?=[a-z0-9+/]*[A-Z])[A-Za-z0-9+/]{60,76}"
"""A whole line of a key's body."""
_QUOTED = r"[> \t]*"
"""A mail program's marks before a line."""
_NEXT = rf"[ \t]*\r?\n{_QUOTED}"
_KEY = "(?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"
"""How the first and the last line go on behind their first word."""
_RULES = (
    # Without its last line, as a torn paste leaves it, a private key goes on to the end of the text.
    re.compile(rf"-----BEGIN {_KEY}(?:.*?-----END {_KEY}|.*)", re.DOTALL),
    # Without its first line, its body tells: two lines of it and what is left, or what stands before the last line.
    re.compile(
        rf"^{_QUOTED}(?P<secret>{_KEY_LINE}(?:{_NEXT}{_KEY_LINE})+"
        rf"(?:{_NEXT}(?=[!-~]{{20}}|[A-Za-z+/]*[0-9=])[A-Za-z0-9+/]+={{0,2}}(?=\s*$))?(?:{_NEXT}-----END {_KEY})?)",
        re.MULTILINE,
    ),
    re.compile(rf"^{_QUOTED}(?P<secret>(?:[A-Za-z0-9+/=]{{1,76}}{_NEXT}){{1,3}}-----END {_KEY})", re.MULTILINE),
    re.compile(r"PuTTY-User-Key-File-\d:(?:.*?Private-MAC:\s*\S+|.*)", re.DOTALL),
    re.compile(  # keys that say by their first letters whose they are
        r"(?<![0-9A-Za-z])(?:"
        r"sk-[A-Za-z0-9_-]{16,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{16,}"
        r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|AQ\.[A-Za-z0-9_-]{30,}"
        r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
        r"|xox[abeprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}"
        r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|pypi-[A-Za-z0-9_-]{30,}|gsk_[A-Za-z0-9]{20,}|AC[0-9a-f]{32}"
        r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
        r")"
    ),
    re.compile(r"hooks\.slack\.com/services/[A-Za-z0-9/]{10,}"),
    re.compile(r"(?i)(?<![a-z])(?:bearer|basic)\s+(?P<secret>(?=[a-z._~+/=-]*[0-9=])[a-z0-9._~+/=-]{12,})"),
    re.compile(r"(?P<secret>(?<=://)[^\s/:@]*:[^\s/@]+)@"),  # a name and password inside an address
    re.compile(
        rf"""(?i)(?<![a-z]){_KEY_WORD}["']?(?:{_TO_KEY}[{_OPEN}]?|[ \t“‘「『【]{{1,3}}["'`]?{_LIKE_A_KEY})"""
        rf"{_MADE}{_NO_KEY}(?P<secret>(?=[!-~]{{0,128}}[0-9])[a-z0-9._~+/=-]{{8,}})"
    ),
    # A password with a digit or a sign in it; or any single word behind a colon that ends the line.
    re.compile(
        rf"{_WORD}(?:\s?(?:is|は|が|:|=|->|→)、?)+\s*(?=[{_OPEN}]?[!-~]*[0-9!@#$%^&*_+?~-]){_VALUE}"
        r"(?=[^!-~]|[.,;]?(?:\s|$))"
    ),
    re.compile(rf"{_WORD}\s?[:=]\s*{_VALUE}(?=\s*(?:$|[。、]))", re.MULTILINE),
    # Where less than that leads to it: what has both a letter and a digit; or digits alone, where they make the secret.
    re.compile(
        rf"(?i)(?<![a-z])(?:{_PLAIN_WORD}(?:を?[ “‘「『【(]{{1,3}}|を?[ ,、]{{1,3}}(?!{_PART})['\"“‘「『【(]?"
        r"|を| was | for [^\n:=]{1,40}? (?:is|was) )"
        rf"|pass[ \t]?[:=][ \t]*(?!{_PART}|[0-9]+(?:[.,][0-9]+)?{_AMOUNT}(?![0-9a-z])))"
        rf"""[{_OPEN}]?{_MADE}(?![!-~]{{0,64}}(?:://|@[a-z0-9-]+[.]))(?=[!-~]{{0,64}}[0-9])(?=[!-~]{{0,64}}[a-z])"""
        r"""(?P<secret>[!-~]{4,128}?)["'`)”’」』】]?(?=[^!-~]|[.,;]?(?:\s|$))"""
    ),
    re.compile(
        rf"(?i)(?<![a-z])(?:{_PIN}{_TO_DIGITS}(?=[0-9]{{4}})|{_CHECK_CODE}{_TO_DIGITS})"
        rf"(?P<secret>[0-9]{{3,8}}(?:-[0-9]{{3,4}})?)(?![0-9a-z]|[.,][0-9]|{_AMOUNT})"
    ),
)  # fmt: skip

_FRAMED = re.compile(r"<data>\n(.*?)\n</data>", re.DOTALL)
"""As the prompts frame what comes from outside."""


def credentials(text: str) -> Iterator[tuple[int, int]]:
    """Where keys, tokens, passwords and private keys stand in ``text``."""
    for rule in _RULES:
        for found in rule.finditer(text):
            yield found.span("secret") if "secret" in rule.groupindex else found.span()


def hold_secret(body: bytes) -> bool:
    """Whether a body that should leave holds a secret: in the strings of its JSON, or as it stands."""
    text = body.decode("utf-8", "replace")
    try:
        strings = list(_strings(json.loads(text)))
    except (ValueError, RecursionError):
        strings = [text]
    return any(True for each in strings for _ in credentials(folded(each).text))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _strings(each)
            if isinstance(each, str):
                yield f"{key}: {next(_texts(each))}"  # {"password": "…"}
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _texts(text: str) -> Iterator[str]:
    """``text``, and in place of JSON that it frames as data the strings of that: ``\\n`` is no end of a password."""
    last = 0
    for framed in _FRAMED.finditer(text):
        try:
            data = json.loads(framed[1])
        except (ValueError, RecursionError):
            continue
        yield text[last : framed.start()]
        yield from _strings(data)
        last = framed.end()
    yield text[last:]
