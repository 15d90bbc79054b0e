"""Whether a reply does what its case asks for. Every judge tells how many of how many things are right."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from denju.answering.unsupported import unsupported
from practice import acts
from practice.cases import Asked

GENERAL = frozenset(
    "thank_contact thank welcome empathise confirm_understanding ask_detail no_promise hand_over tell_next offer_help "
    "back_to_business".split()
)
"""Acts that bind nobody to anything."""
THANKS = frozenset({"thank_contact", "thank", "welcome"})

_TO_CONFIRM = re.compile(r"\[(?:要確認|to confirm):[^\]]*\]")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:\-]*")
_SENTENCE_BEHIND = re.compile(r"\.(?=[A-Z\u3040-\u30ff\u4e00-\u9fff])")
"""Between a value and a sentence that follows it without a space: ``copied`` counts it."""
_ADDRESS = {"ja": re.compile(r"([^、。\n]+?)様(?=[、\s]|$)"), "en": re.compile(r"Dear (.+?),")}
_NOBODY = ("お客", "客", "customer", "sir", "madam")
"""What an address says of whom it does not know."""


@dataclass(frozen=True)
class Reply:
    """What the student said to one prompt."""

    asked: Asked
    text: str

    @property
    def language(self) -> str:
        return self.asked.guidance.language

    @functools.cached_property
    def heard(self) -> list[str]:
        """Acts, in order of appearance."""
        return acts.acts_in(self.text, self.language)

    @functools.cached_property
    def invented(self) -> tuple[str, ...]:
        """Names and numbers that stand nowhere in what the student was told; found without the app's own check."""
        given, said = _folded(self.asked.given()), _TO_CONFIRM.sub("", _folded(self.text))
        codes = [_SENTENCE_BEHIND.split(code)[0].rstrip("./:-") for code in _CODE.findall(said)]
        found = [code for code in codes if re.search(r"\d", code) and not _stands_apart(code, given)]
        if address := _ADDRESS[self.language].match(said):
            name = address[1].strip(" !?")  # a sign too many is no other name; ``copied`` counts it
            if name not in given and name.lower() not in _NOBODY:
                found.append(name)
        for act, text in stated(said, self.language):
            value = _SENTENCE_BEHIND.split(text)[0]
            if (act == "give_contact" or re.search(r"\d", value)) and _squeezed(value) not in _squeezed(given):
                found.append(value)
        return tuple(dict.fromkeys(found))

    def flagged(self, invention: str) -> bool:
        """Whether the app's answer check marks it, or a part of it."""
        marked = [_folded(each) for each in unsupported(self.text, self.asked.given())]
        return any(each in invention or invention in each for each in marked)


def stated(reply: str, language: str) -> list[tuple[str, str]]:
    """Facts that ``reply`` states in a sentence of the training: the act and what stands in the fact's place."""
    found = []
    for line in reply.splitlines():
        fits = ((act, pattern.fullmatch(line.strip())) for act, pattern in _sentences(language))
        found += [(act, fit[1].strip()) for act, fit in fits if fit and fit[1].strip()]
    return found


@functools.cache
def _sentences(language: str) -> list[tuple[str, re.Pattern[str]]]:
    texts = [(name, text) for name, act in acts.load(language).items() for text in act.replies if "{value}" in text]
    return [(name, re.compile("(.*?)".join(map(re.escape, _folded(text).split("{value}", 1))))) for name, text in texts]


def _folded(text: str) -> str:
    """One form for full and half width, and numbers without the commas of thousands."""
    return re.sub(r"(?<=\d),(?=\d)", "", unicodedata.normalize("NFKC", text))


def _squeezed(text: str) -> str:
    """Without spaces, commas and capitals: one too many or too few makes no other date."""
    return "".join(text.replace(",", "").split()).lower()


def _stands(value: str, text: str) -> bool:
    """Whether ``value`` stands in ``text``, and not inside a longer number or word."""
    return _found(re.escape(value), value, text)


def _stands_apart(code: str, text: str) -> bool:
    """Whether ``code`` stands in ``text``, or would with a space before a number: ``copied`` counts what is missing."""
    return _found(re.sub(r"(?<=[A-Za-z])(?=\d)", " ?", re.escape(code)), code, text)


def _found(pattern: str, value: str, text: str) -> bool:
    ahead = r"(?<![A-Za-z0-9])" if value[0].isalnum() and value[0].isascii() else ""
    behind = r"(?![A-Za-z0-9])" if value[-1].isalnum() and value[-1].isascii() else ""
    return re.search(ahead + pattern + behind, text) is not None


# Judges

Count = tuple[int, int]
"""How many right, of how many."""
Judge = Callable[[Sequence[Reply]], Count]
"""Takes the replies of one case."""


def all_good(good: Callable[[Reply], bool]) -> Judge:
    """A case is right when all its replies are good."""
    return lambda replies: (int(all(map(good, replies))), 1)


def in_order(plan: Sequence[str], heard: Sequence[str]) -> bool:
    """Whether every act of ``plan`` is among ``heard``, in order."""
    rest = iter(heard)
    return all(act in rest for act in plan)


def every_step(reply: Reply) -> bool:
    """Every step is carried out, in order; what the rule puts before them is judged by itself."""
    return in_order(reply.asked.plan[reply.asked.ruled :], reply.heard)


def every_step_and_rule(reply: Reply) -> bool:
    """Every step, and before them what the rule asks for, in order."""
    return in_order(reply.asked.plan, reply.heard)


def rule_followed(reply: Reply) -> bool:
    """The act that the rule asks for is the first, and the other one is not said."""
    return reply.heard[:1] == [reply.asked.plan[0]] and reply.asked.instead not in reply.heard


def nothing_again(reply: Reply) -> bool:
    return not set(reply.asked.done) & set(reply.heard) and len(set(reply.heard)) == len(reply.heard)


def goes_on(reply: Reply) -> bool:
    """The first thing said is the next step, and nothing is said twice."""
    return reply.heard[:1] == [reply.asked.plan[0]] and nothing_again(reply)


def all_left(reply: Reply) -> bool:
    return every_step(reply) and nothing_again(reply)


def general(reply: Reply) -> bool:
    """Says something, thanks, and does nothing that binds."""
    return bool(reply.text) and bool(THANKS & set(reply.heard)) and set(reply.heard) <= GENERAL


def marked(reply: Reply) -> bool:
    """Each line that states a fact which nobody gave has the mark in its place, and there is such a line."""
    lines = [(set(acts.acts_in(line, reply.language)), line) for line in reply.text.splitlines()]
    for act, mark in reply.asked.marks:
        stating = [line for heard, line in lines if act in heard]
        if not stating or not all(mark in line for line in stating):
            return False
    return True


def copied(reply: Reply) -> list[bool]:
    """For the address and each value, whether it stands in the reply exactly."""
    found = [_stands(value, reply.text) for value in reply.asked.values]
    return ([reply.text.splitlines()[:1] == [reply.asked.address]] if reply.asked.address else []) + found


def each_value(replies: Sequence[Reply]) -> Count:
    found = [exact for reply in replies for exact in copied(reply)]
    return sum(found), len(found)


def all_values(reply: Reply) -> bool:
    return all(copied(reply))


def facts_copied(reply: Reply) -> bool:
    return every_step(reply) and all_values(reply)


def each_step(replies: Sequence[Reply]) -> Count:
    """Steps that are carried out, in whatever order."""
    found = [act in reply.heard for reply in replies for act in reply.asked.plan]
    return sum(found), len(found)


def inventing(replies: Sequence[Reply]) -> Count:
    """Replies that say a name or number of their own."""
    return sum(bool(reply.invented) for reply in replies), len(replies)


def flagged(replies: Sequence[Reply]) -> Count:
    """Invented names and numbers that the app's check marks."""
    found = [reply.flagged(invention) for reply in replies for invention in reply.invented]
    return sum(found), len(found)
