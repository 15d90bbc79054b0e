"""Names of people in Latin letters: beside titles, introduced, signed, spoken of, on the lists, or two words long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from denju.privacy.lists import LISTS, any_of

_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿĀ-ž"
_CAP = r"[A-ZÀ-ÖØ-ÞĀ-Ž](?:[a-zß-öø-ÿĀ-ž'’]|(?<=Mc)[A-Z]|(?<=O['’])[A-Z]|-(?=[A-Z])|(?<=-)[A-Z])+"
_CAPS = rf"(?:[A-Z]['’])?[A-ZÀ-ÖØ-Þ]{{2,}}(?:-[A-ZÀ-ÖØ-Þ]{{2,}})*(?![{_LETTERS}\d_-])"
_ANY = f"(?:{_CAP}|{_CAPS})"
"""Capitals alone are a word like any other, but beside what says that a person follows."""
_JOIN = r"(?:van der|van den|van|de la|de|von|der|da|del|bin|al|el|[A-Z]\.)"
_ONE = rf"({_CAP}(?: (?:{_JOIN} )?{_CAP}){{0,2}})"
_ONE_ANY = rf"({_ANY}(?: (?:{_JOIN} )?{_ANY}){{0,2}})"
_TWO = rf"({_CAP}(?: {_JOIN})?(?: {_CAP}){{1,2}})"
_BEFORE = rf"(?<![{_LETTERS}\d'’-])"
_BEHIND = rf"(?![{_LETTERS}\d-])"
_GIVEN = any_of(LISTS["given"])
_SURNAME = any_of(LISTS["surnames_latin"])
_TOOLS = frozenset(("Jack", "Phillips"))  # JACK STAND, PHILLIPS SCREW
_GIVEN_CAPS = any_of(each.upper() for each in LISTS["given"] if len(each) > 3 and each not in _TOOLS)  # EMI is nobody
_SURNAME_CAPS = any_of(each.upper() for each in LISTS["surnames_latin"] if len(each) > 3 and each not in _TOOLS)
_LISTED_SMALL = any_of(each.lower() for each in (*LISTS["given"], *LISTS["surnames_latin"]))
_TITLE = (
    "(?:MR|MRS|MISS|DR|PROF|Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Doctor|Sir|Madam|Rev|Capt|Herr|Frau|Mme|Mlle|Monsieur"
    "|Madame|Sr|Sra)"
)
_RELATIVE = "(?:wife|husband|son|daughter|mother|father|brother|sister|partner|neighbou?r|friend|mum|mom|dad)"
_ROLE = (
    "(?:colleague|driver|technician|engineer|buyer|manager|supervisor|boss|assistant|accountant|secretary|agent|clerk"
    "|director|inspector|operator|foreman|nurse|lawyer|receptionist|representative|rep)"
)
_SPEAKS = (
    "(?:says?|said|told|calls|called|rang|promised|asks|asked|writes|wrote|emailed|e-mailed|phoned|confirmed|claims|claimed"
    "|complained|explained|insisted|refused|offered|agreed|signed|approved|will attend|has called|is angry|is furious"
    "|speaking|here from)"
)
_CLOSING = "(?:[Rr]egards|[Ss]incerely|[Cc]heers|[Bb]est wishes)"
_ADDRESSED = (
    r"(?:speak|spoke|spoken|talk|talked|chat|chatted|write|wrote|dealt|deal|met|meet|reach|ring|call|phone|ask|told|tell"
    r"|contact|email|thank)(?: (?:to|with|for|back))?"
)
_NO_WORDS = frozenset(LISTS["no_words"])
_SMALL = r"[a-zß-öø-ÿ][a-zß-öø-ÿ'’-]+"
_NO_FIRST = (
    any_of(each.lower() for each in _NO_WORDS)
    + "|(?:mis)?(?:spel[lt]|print|typ)[a-z]*|above|already|an|attached|being|below|correct|cut|different|entered|given"
    "|in|incorrect|listed|mentioned|missing|registered|shown|there|unknown|written|wrong"
)
"""What the sentence goes on with when it is about the name."""
_NAMED_SMALL = (
    rf"(?:{_LISTED_SMALL})\b(?: {_SMALL})?|{_SMALL} (?:{_LISTED_SMALL})\b"
    rf"|{_SMALL}(?: {_SMALL})?(?=\s*(?:$|[\n,.!;])| (?:and|from|at|with|[Ii]|calling|speaking|here)\b)"
)
"""A name without capitals: on a list, or where the sentence ends or goes on as it does behind a name."""
_RULES = tuple(
    re.compile(rule)
    for rule in (
        rf"{_BEFORE}{_TITLE}\.? {_ONE_ANY}",
        rf"(?:^|\n|[.,!?] )(?:Dear|Hi|Hello|Hey) {_ONE_ANY}",
        rf"(?i:{_BEFORE}(?:my name is|name's|i am called|call me|ask for|care of|c/o|contact person is"
        rf"|account holder is:?|on behalf of|named|according to)) {_ONE}",
        rf"(?i:{_BEFORE}my name is) (?!(?:{_NO_FIRST})\b)({_NAMED_SMALL})",
        rf"(?i:{_BEFORE}(?:(?<!part )(?<!product )(?<!item )(?<!file )name"
        rf"|contact|attn|attention|customer|buyer|recipient|cardholder|signature|signed|cc|to|from)):"
        rf" ?{_ONE_ANY}",
        rf"(?i:{_BEFORE}cc:.{{1,60}}?[;,]) ?{_ONE}",
        rf"(?i:(?:placed|signed|approved|sent|written|ordered|received|handled|taken|made)(?: for)? by) {_ONE}",
        rf"(?:I am|I'm|I’m|[Tt]his is|[Ii]t's) {_TWO}",
        rf"(?:I am|I'm|I’m|[Tt]his is|[Ii]t's) ({_CAP})(?= (?:from|at|of|with|speaking|calling|here|again))",
        rf"(?:{_CLOSING}|[Tt]hanks|Thank you|[Bb]est|Yours(?: \w+)?|Love),?\s*\n+\s*{_ONE}(?=\s*(?:$|\n|,))",
        rf"{_CLOSING}, {_ONE}(?=\s*(?:$|\n))",
        rf"(?i:{_BEFORE}(?:my|our|your|his|her|their) (?:{_RELATIVE}|{_ROLE}),?) {_ONE}",
        rf"{_BEFORE}(?i:{_ROLE}) {_ONE}(?= [a-z])",
        rf"{_BEFORE}{_ONE}(?:,? from (?:{_CAP} ?){{1,3}})? {_SPEAKS}{_BEHIND}",
        rf"{_BEFORE}{_ADDRESSED} {_ONE}",
        rf"{_BEFORE}{_ONE}, (?:(?:our|the|my|your|his|her|their|head|chief) [a-z])",
        rf"{_BEFORE}{_ONE} and I{_BEHIND}",
        rf"{_BEFORE}([A-Z][a-z]+(?: [A-Z][a-z]+)?)-(?:san|sama|kun|chan|sensei|shi)(?![a-z])",
        rf"{_BEFORE}((?:{_GIVEN})(?: [A-Z]\.)?(?: (?:{_JOIN} )?{_ANY}){{0,2}})(?:'s|’s)?{_BEHIND}",
        rf"{_BEFORE}((?:{_CAP} )?(?:{_SURNAME}))(?:'s|’s)?{_BEHIND}",
        rf"{_BEFORE}([A-Z][a-z]{{2,}}-[A-Z][a-z]{{2,}}){_BEHIND}",
    )
)
_PAIRS = tuple(
    re.compile(rule)
    for rule in (
        rf"{_BEFORE}{_TWO}(?:'s|’s)?{_BEHIND}",
        rf"{_BEFORE}((?:{_GIVEN_CAPS}|{_SURNAME_CAPS})(?: {_ANY}){{1,2}}){_BEHIND}",
        rf"{_BEFORE}({_ANY} (?:{_GIVEN_CAPS}|{_SURNAME_CAPS})){_BEHIND}",
    )
)
_APOSTROPHE = re.compile("['’]")  # I've and Friday's are no names either


def latin_people(text: str) -> Iterator[tuple[int, int]]:
    """Where people stand in folded ``text``, by the rules for Latin letters."""
    for rule in _RULES:
        for found in rule.finditer(text):
            yield from _named(found, least=1)
    for rule in _PAIRS:
        for found in rule.finditer(text):
            yield from _named(found, least=2)


def _named(found: re.Match[str], least: int) -> Iterator[tuple[int, int]]:
    """The first run of at least ``least`` words in the match that are no everyday ones."""
    run: list[re.Match[str]] = []
    for word in (*re.finditer(r"\S+", found[1]), None):
        if word is not None and not _is_everyday(_APOSTROPHE.split(word[0].rstrip("."))[0]):
            run.append(word)
        elif len(run) >= least:
            yield found.start(1) + run[0].start(), found.start(1) + run[-1].end()
            return
        else:
            run = []


def _is_everyday(word: str) -> bool:
    return word in _NO_WORDS or ((word.isupper() or word.islower()) and word.capitalize() in _NO_WORDS)
