"""Situations to learn from and to be measured on: what customers wrote, where it came from, and what it is used for."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any, Literal

from denju import strict_json
from denju.answering.batch.rows import messages
from denju.answering.history import Entry
from denju.encodings import Guess, refuse_start, refuse_unread
from denju.errors import UsageError
from denju.learning.hiding import masked
from denju.privacy.terms import Terms
from denju.retrieval.query import body, query_weights, said
from denju.text import clean, language_of
from denju.values import Turn

Purpose = Literal["train", "gate", "sealed"]
"""What strategies are written from, what drafts are held against, and what is scored once, at the end."""
PURPOSES: tuple[Purpose, ...] = ("train", "gate", "sealed")
NEARLY_THE_SAME = 0.7
"""Share of the terms' weight that two messages have in common, from which they are one situation."""
MAX_ROWS = 20_000
MAX_TICKETS = 64 * 2**20
"""Bytes."""
MAX_MESSAGE = 4_000
"""Characters that are kept of one message."""
MAX_TOPIC = 100
"""Characters that are kept of a topic, once what is personal in it is hidden: half a number would not be found."""
_TEXT_COLUMNS = ("text", "message", "body", "本文", "内容", "問い合わせ")
_TOPIC_COLUMNS = ("topic", "tag", "category", "用件", "分類")


@dataclass(frozen=True, slots=True)
class Situation:
    """A conversation that waits for the agent's answer."""

    id: str
    turns: tuple[Turn, ...]
    """Oldest first; the last one is the customer's."""
    topic: str = ""
    origin: Mapping[str, str] | None = None
    """``{"kind": "history" | "ticket" | "teacher", "of": …}``: which answer, row or call it came from."""
    purpose: Purpose = "train"

    @property
    def language(self) -> str:
        return language_of(self.turns[-1].text)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "id": self.id, "topic": self.topic, "purpose": self.purpose, "origin": dict(self.origin or {}),
            "turns": [{"role": turn.role, "text": turn.text} for turn in self.turns],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Situation:
        turns = tuple(Turn(each["role"], each["text"]) for each in data["turns"])
        return cls(data["id"], turns, data["topic"], data["origin"], data["purpose"])


def from_history(entries: Iterable[Entry], terms: Terms) -> list[Situation]:
    """The conversations that nothing matched, or whose answer was rated bad; abstracted."""
    found = []
    for entry in entries:
        bad = entry.rated is not None and entry.rated.rating == "bad"
        if entry.messages and (bad or entry.record.get("match") == "none"):
            origin = {"kind": "history", "of": entry.id, "why": "bad" if bad else "none"}
            found += _situation(entry.messages, "", origin, terms)
    return found


def from_tickets(data: bytes, name: str, terms: Terms) -> list[Situation]:
    """Rows of JSON Lines (``text`` or ``messages``, ``topic``) or CSV (such columns); abstracted.

    Raises:
        UsageError: too large, in no encoding that is known, or no such rows.
    """
    if len(data) > MAX_TICKETS:
        raise UsageError(f"{name}: larger than {MAX_TICKETS // 2**20} MB.", "Give a part of it.")
    refuse_start(data, name)
    guess = Guess.of(data)
    refuse_unread(guess, name)
    try:
        text = data.decode(guess.encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: not UTF-8 (byte {error.start + 1:,}).", "Save it as UTF-8.") from None
    rows = _json_rows(text, name) if text.lstrip().startswith("{") else _csv_rows(text, name)
    found: list[Situation] = []
    for line, turns, topic in rows:
        found += _situation(turns, topic, {"kind": "ticket", "of": f"{name}:{line}"}, terms)
    if not found:
        raise UsageError(f"{name}: no customer says anything in it.", "A row needs text or messages; see the guide.")
    return found


def abstracted(texts: Sequence[str], terms: Terms) -> list[str]:
    """The matter of a conversation's messages: no greetings, signatures and quotes, and nothing personal.

    What the rules find in one of them is hidden in all.
    """
    bare = [body(clean(each)) or clean(each).strip() for each in texts]
    return [each[:MAX_MESSAGE] for each in masked(bare, terms)]


def merged(situations: Sequence[Situation]) -> list[Situation]:
    """Without near-duplicates: of those that say nearly the same the first stays."""
    weights = [query_weights(said(each.turns)) for each in situations]
    documents: dict[str, int] = {}
    for each in weights:
        for key in each:
            documents[key] = documents.get(key, 0) + 1
    rare = {key: log(1 + len(weights) / count) for key, count in documents.items()}
    holders: dict[str, list[int]] = {}
    kept: list[int] = []
    for row, each in enumerate(weights):
        near = {other for key in each for other in holders.get(key, ())}
        if any(_in_common(each, weights[other], rare) >= NEARLY_THE_SAME for other in near):
            continue
        kept.append(row)
        for key in each:
            holders.setdefault(key, []).append(row)
    return [situations[row] for row in kept]


def divided(situations: Sequence[Situation], shares: Sequence[float], seed: int) -> list[Situation]:
    """Each with its purpose, drawn within its topic; ``shares`` are those of train, gate and sealed.

    Topics whose few situations do not divide evenly take turns in who gets one more.
    """
    topics: dict[str, list[Situation]] = {}
    for each in situations:
        topics.setdefault(each.topic, []).append(each)
    rng = random.Random(f"{seed} purposes")
    total = sum(shares)
    owed = [0.0] * len(PURPOSES)
    chosen: dict[str, Purpose] = {}
    for members in topics.values():
        for each in rng.sample(members, len(members)):
            owed = [debt + share / total for debt, share in zip(owed, shares, strict=True)]
            place = max(range(len(PURPOSES)), key=lambda index: (owed[index], -index))
            owed[place] -= 1
            chosen[each.id] = PURPOSES[place]
    return [replace(each, purpose=chosen[each.id]) for each in situations]


def _in_common(one: Mapping[str, float], other: Mapping[str, float], rare: Mapping[str, float]) -> float:
    """The weight of the terms of both, as a share of the weight of the terms of either."""
    both = either = 0.0
    for key in one.keys() | other.keys():
        weights = one.get(key, 0.0), other.get(key, 0.0)
        both += rare[key] * min(weights)
        either += rare[key] * max(weights)
    return both / either if either else 0.0


def _situation(turns: Sequence[Turn], topic: str, origin: dict[str, str], terms: Terms) -> list[Situation]:
    """One situation, or none where the customer says nothing; it ends with the customer's last word."""
    texts = abstracted([turn.text for turn in turns], terms)
    spoken = [Turn(turn.role, text) for turn, text in zip(turns, texts, strict=True) if text]
    while spoken and spoken[-1].role != "customer":
        spoken.pop()
    # Only masked: a topic of the card has to stay equal to it.
    return [Situation("", tuple(spoken[-6:]), masked([topic], terms)[0][:MAX_TOPIC], origin)] if spoken else []


def _json_rows(text: str, name: str) -> Iterable[tuple[int, Sequence[Turn], str]]:
    # Not splitlines: what else it takes for an end of line may stand within JSON.
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if not line.strip():
            continue
        if number > MAX_ROWS:
            raise UsageError(f"{name}: more than {MAX_ROWS:,} rows.", "Give a part of it.")
        try:
            row = strict_json.loads(line.encode())
        except strict_json.Malformed as error:
            raise UsageError(f"{name}, line {number}: {error.reason}.", 'A row is {"text": "…"}.') from None
        if not isinstance(row, dict):
            raise UsageError(f"{name}, line {number}: not an object.", 'A row is {"text": "…"}.')
        try:
            turns = _turns(row)
        except UsageError as error:
            raise UsageError(f"{name}, line {number}: {error.what}.", error.hint) from None
        yield number, turns, _topic(row)


def _csv_rows(text: str, name: str) -> Iterable[tuple[int, Sequence[Turn], str]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = [each for each in rows.fieldnames or () if each]
        written = next((each for each in columns if each.strip().casefold() in _TEXT_COLUMNS), None)
        if written is None:
            raise UsageError(f"{name}: no column text or message.", "Name the column with the customer's text: text")
        for number, row in enumerate(rows, 2):
            if number > MAX_ROWS:
                raise UsageError(f"{name}: more than {MAX_ROWS:,} rows.", "Give a part of it.")
            folded = {str(key).strip().casefold(): value for key, value in row.items() if isinstance(value, str)}
            yield number, [Turn("customer", row[written] or "")], _topic(folded)
    except csv.Error as error:
        raise UsageError(f"{name}: not CSV ({error}).", "Export it again as CSV, UTF-8.") from None


def _turns(row: Mapping[str, Any]) -> Sequence[Turn]:
    if row.get("messages"):
        return messages(row["messages"])
    said = next((row[key] for key in _TEXT_COLUMNS if row.get(key)), "")
    return messages([{"role": "customer", "text": said}])


def _topic(row: Mapping[str, Any]) -> str:
    return " ".join(clean(str(next((row[key] for key in _TOPIC_COLUMNS if row.get(key)), ""))).split())
