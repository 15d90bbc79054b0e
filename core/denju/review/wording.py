"""What a strategy's words show: a pasted reply, a sentence out of a ticket, a customer's data, a broken policy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from denju.review.findings import Finding, quoted
from denju.text import pattern
from denju.values import Strategy

if TYPE_CHECKING:
    from denju.privacy.terms import Terms

MOST_REPLY = 0.5
"""Share of the steps that may be worded as a reply."""
LONGEST_STEP = 240
"""Characters; what is longer is a text and not a step."""
SENTENCE_JA, SENTENCE_EN = 18, 36
"""Shortest sentence, in characters, that nobody would write twice by chance."""

_QUOTED_SPEECH = re.compile(r"「[^」]*」|『[^』]*』|“[^”]*”|\"[^\"]*\"")
_FRAME = re.compile(
    r"お世話になって(?:おり|い)ます|(?:様|御中|各位)(?:[、,\s]|$)|敬具|拝啓|何卒|よろしくお願い(?:いた|致)し"
    r"|お問い合わせ(?:を)?いただき|(?i:^\s*(?:dear|hi|hello)\b[^.]{0,40},|\b(?:best|kind|warm) regards\b"
    r"|\bsincerely(?: yours)?[,.]?\s*$|\byours (?:sincerely|faithfully)\b|\blook forward to\b"
    r"|\bthank you for (?:your|contacting|reaching|getting|letting)\b)",
    re.MULTILINE,
)
"""What only a letter has."""
_SPOKEN = re.compile(
    r"(?:(?:いた|致)し(?:ます|ました)が?|(?:ございます|申し上げます|おります|頂きます|いただきます)が?"
    r"|(?:でし|まし|いたし)ょうか|(?:くだ|下)さい(?:ませ)?|です(?:か|が|ので)?|ません(?:か|でした)?"
    r"|ます(?:か|が|ので)?|ました)(?:[。.!！?？、,…]|\s*$)"
    r"|(?i:\b(?:i|we)(?: (?:am|are|will|have|can|would|understand|apologi[sz]e|appreciate|regret)|['’](?:m|re|ll|ve))\b"
    r"|\b(?:your|you['’](?:re|ll|ve|d))\b"
    r"|\bplease (?:let|send|find|feel|do|accept|be|note|contact|call|reply|provide|share|give|tell|check)\b)",
    re.MULTILINE,
)
"""How one speaks to a customer, where a step says what to do."""
_TELLS = re.compile(
    r"\s*(?:say|tell|ask|explain|promise|mention|state|offer|let|make|assure|confirm|remind|inform|repeat)\b",
    re.IGNORECASE,
)
"""A step that reports what to say, in its own words."""
_FORBIDS = re.compile(
    r"\b(?:not|never|no|cannot|avoid(?:ing)?|without|refrain|refuse|decline)\b|n['’]t\b", re.IGNORECASE
)
_FORBIDS_BEHIND = re.compile(r"\w* (?:(?:is|are|must|may|can|should) (?:not|never)|cannot)\b", re.IGNORECASE)
_FORBIDS_JA = re.compile("ない|ません|禁止|避け|控え|断[るり]|ずに|せず")
_NEXT_CLAUSE = re.compile(r";|\bbut\b", re.IGNORECASE)
_NEXT_CLAUSE_JA = re.compile("(?:る|が|から)、|ので")
_REACH = 200
"""Characters before and behind, as far as a word that forbids is looked for."""
_SENTENCES = re.compile(r"[^。.!?！？\n]+[。.!?！？]?")


def guidance_texts(strategy: Strategy) -> Iterator[tuple[str, str]]:
    """Field and text of everything that the student is told."""
    yield "title", strategy.title
    yield "situation", strategy.situation
    for name in ("priorities", "decide", "steps"):
        for text in getattr(strategy, name):
            yield name, text


def all_texts(strategy: Strategy) -> Iterator[tuple[str, str]]:
    """Field and text of everything that a person wrote."""
    yield from guidance_texts(strategy)
    for name in ("avoid_when", "cues"):
        for text in getattr(strategy, name):
            yield name, text
    yield "why", strategy.why


def policies_kept(strategy: Strategy, policies: Sequence[Strategy]) -> Finding:
    """Does it tell the student to write what a policy never lets through? What forbids it is let pass."""
    for expression in (*strategy.check.never, *strategy.check.always):
        try:
            pattern(expression)
        except ValueError as error:
            return Finding("policy", "invalid", "violation", {"rule": quoted(expression), "why": str(error)})
    for policy in policies:
        if policy.id == strategy.id:
            continue
        for expression in policy.check.never:
            for name, text in guidance_texts(strategy):
                for sentence in _SENTENCES.findall(text):
                    if found := _told(expression, sentence):
                        values = {"id": policy.id, "title": quoted(policy.title), "field": name, "found": quoted(found)}
                        return Finding("policy", "broken", "violation", values)
    return Finding("policy", "kept", "ok")


def pasted_reply(strategy: Strategy) -> Finding:
    """Is it what to do, or a reply to copy?"""
    texts = [*strategy.steps, *strategy.decide] or [strategy.situation]
    bare = [_QUOTED_SPEECH.sub("", text) for text in texts]
    for text in bare:
        if found := _FRAME.search(text):
            return _reply(found[0], texts[bare.index(text)])
        if len(text) > LONGEST_STEP:
            return _reply(text, text)
    spoken = [(text, found) for text in bare if not _TELLS.match(text) and (found := _SPOKEN.search(text))]
    if len(spoken) > MOST_REPLY * len(bare):
        return _reply(spoken[0][1][0], spoken[0][0])
    return Finding("reply", "none", "ok")


def copied_sentence(strategy: Strategy, messages: Iterable[str]) -> Finding:
    """Does a sentence of a customer's message stand in it word for word?"""
    sentences = {
        _folded(sentence): (name, sentence)
        for name, text in all_texts(strategy)
        for sentence in _SENTENCES.findall(text)
        if _is_long(sentence)
    }
    for message in messages if sentences else ():
        folded = _folded(message)
        for sentence, (name, text) in sentences.items():
            if sentence in folded:
                return Finding("ticket", "copied", "warning", {"field": name, "text": quoted(text)})
    return Finding("ticket", "none", "ok")


def personal_data(strategy: Strategy, terms: Terms | None) -> Iterator[Finding]:
    """What looks like a customer's data, or like a key or a password, which never may stand in a strategy."""
    from denju.privacy.finding import find

    spans = [
        (name, span)
        for name, text in all_texts(strategy)
        for span in (find(text, terms) if terms is not None else find(text))
    ]
    secrets = [name for name, span in spans if span.kind == "secret"]
    if secrets:
        yield Finding("secret", "found", "violation", {"field": secrets[0]})
    else:
        yield Finding("secret", "none", "ok")
    others = [(name, span) for name, span in spans if span.kind not in ("secret", "number")]
    for name, span in others[:1]:
        sure: dict[str, str | int] = {
            "field": name, "text": quoted(span.text), "kind": span.kind, "count": len(others)
        }  # fmt: skip
        certain = any(each.certain for _, each in others)
        yield Finding("customer_data", "found", "warning" if certain else "notice", sure)
    if not others:
        yield Finding("customer_data", "none", "ok")


def _reply(found: str, text: str) -> Finding:
    return Finding("reply", "found", "warning", {"found": quoted(found, 30), "text": quoted(text)})


def _told(expression: str, sentence: str) -> str | None:
    """What ``expression`` finds in ``sentence`` and the sentence does not forbid; in doubt it forbids."""
    try:
        told = (each[0] for each in pattern(expression).finditer(sentence) if each[0] and not _forbidden(each))
        return next(told, None)
    except ValueError:  # the policy's own review says so
        return None


def _forbidden(found: re.Match[str]) -> bool:
    """Whether a word that forbids stands ahead of it or inside, in Japanese inside or behind, in its clause."""
    sentence, (start, end) = found.string, found.span()
    since = max(0, start - _REACH)
    for clause in _NEXT_CLAUSE.finditer(sentence, since, start):
        since = clause.end()
    until = _NEXT_CLAUSE_JA.search(sentence, end, end + _REACH)
    return (
        any(each.start() != start for each in _FORBIDS.finditer(sentence, since, end))
        or _FORBIDS_BEHIND.match(sentence, end) is not None
        or _FORBIDS_JA.search(sentence, start + 1, until.start() if until else end + _REACH) is not None
    )


def _is_long(sentence: str) -> bool:
    folded = _folded(sentence)
    return len(folded) >= (SENTENCE_EN if folded.isascii() else SENTENCE_JA)


def _folded(text: str) -> str:
    """One width, one case, no white space and no full stop."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip("。.!?")
