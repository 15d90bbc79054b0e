"""What is looked at in every answer: the policies' checks, and names and numbers that nobody gave."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from denju.values import PolicyResult, Strategy

_NUMBER = re.compile(r"[A-Za-z]{0,6}-?\d(?:[\d,.:/\-]*\d)?")
_LIST_MARK = re.compile(r"(?m)^\s*(?:\d{1,2}[.)、]|[-*・])\s*")
_TO_CONFIRM = re.compile(r"\[(?:要確認|to confirm):[^\]]*\]")
_NAME_JA = re.compile(r"([\u4e00-\u9fff々ァ-ヶーA-Za-z]{1,12}?)(?:様|さま|さん|氏)(?![子方々式])")
_NAME_EN = re.compile(r"\b(?:Mr|Ms|Mrs|Miss|Dr|Dear)\.?\s+((?!Mr\b|Ms\b|Mrs\b|Miss\b|Dr\b|Sir\b|Madam\b)[A-Z][\w'-]+)")
_STAFF_JA = re.compile(r"担当(?:者)?の([\u4e00-\u9fff々ァ-ヶー]{1,6})(?=より|から|が|と申|でござ|です)")
_NOT_NAMES = frozenset(
    ["お客", "客", "皆", "貴", "各位", "仕", "有", "同", "何", "他社", "御社", "貴社", "弊社", "取引先", "担当者"]
)


def run_policies(policies: Iterable[Strategy], answer: str) -> tuple[PolicyResult, ...]:
    """Hold ``answer`` against each policy's ``never`` and ``always`` expressions.

    An expression that is not valid counts as broken: a rule that cannot be checked must not pass in silence.
    """
    return tuple(
        PolicyResult(id=policy.id, revision=policy.revision, ok=not why, why=why)
        for policy in policies
        for why in (_broken(policy, answer),)
    )


def _broken(policy: Strategy, answer: str) -> str:
    rule = policy.steps[0] if policy.steps else policy.title
    for wanted, expressions in ((False, policy.check.never), (True, policy.check.always)):
        for expression in expressions:
            try:
                found = re.search(expression, answer)
            except re.error as error:
                return f"{rule} (cannot be checked: {error})"
            if found and not wanted:
                return f"{rule}: {found.group()[:80]}"
            if wanted and not found:
                return rule
    return ""


def unsupported(answer: str, given: str) -> tuple[str, ...]:
    """Names and numbers of ``answer`` that stand nowhere in ``given`` (the whole prompt's text), each once.

    Numbers that number a list and ［要確認：…］ do not count. A name is what stands before 様/さん or after Mr/Ms/Dear.
    """
    said = _TO_CONFIRM.sub("", _LIST_MARK.sub("", _folded(answer)))
    source = _folded(given)
    numbers = set(_NUMBER.findall(source))
    bare = source.replace(",", "")
    found = [
        number
        for number in _NUMBER.findall(said)
        if number not in numbers and not _stands(number.replace(",", ""), bare)
    ]
    names = [name for expression in (_NAME_JA, _STAFF_JA, _NAME_EN) for name in expression.findall(said)]
    found += [name for name in names if name not in _NOT_NAMES and not _named(name, source)]
    return tuple(dict.fromkeys(found))


def _stands(number: str, text: str) -> bool:
    """Whether ``number`` stands in ``text`` by itself, not inside a longer number or code."""
    return re.search(rf"(?<![\dA-Za-z.]){re.escape(number)}(?![\d]|\.\d)", text) is not None


def _named(name: str, text: str) -> bool:
    """Whether ``text`` names ``name``: in Latin letters as a whole word, for Ken is nobody in Kenham GmbH."""
    whole = rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" if name.isascii() else re.escape(name)
    return re.search(whole, text, re.IGNORECASE) is not None


def _folded(text: str) -> str:
    """One form for full and half width: ［要確認：納期］ reads ``[要確認:納期]``."""
    return unicodedata.normalize("NFKC", text)
