"""From a provider's refusal to one of our errors: the same for all, whatever shape their JSON has.

What providers write into errors is text from outside and may even repeat a key: it is quoted in one short line, and
nothing in it that could be a key is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from denju.egress.network import Reply
from denju.errors import (
    BadKey,
    Blocked,
    CutOff,
    FormatRefused,
    NoQuota,
    NotUnderstood,
    Overloaded,
    RateLimited,
    Refused,
    TeacherError,
    UnknownModel,
)
from denju.text import one_line

_QUOTED = 200
_COULD_BE_A_KEY = re.compile(r"[!-~]{20,}")
_NOTHING_GRANTED = re.compile(r"limit: 0(?![.\d])|insufficient_quota|credit_balance|billing_hard_limit", re.IGNORECASE)
_KEY_WORDS = re.compile(r"api[ _]?key[ _](?:not valid|invalid|expired)|invalid_api_key", re.IGNORECASE)
_FORMAT_WORDS = re.compile(r"response_format|json_schema|response_?schema|structured output", re.IGNORECASE)
_DELAY = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s")


@dataclass(frozen=True, slots=True)
class _Complaint:
    message: str
    """The provider's own words, on one line."""
    words: str
    """Message, codes and reasons together, for looking into."""
    wait: float | None
    """Seconds to wait, where it says so."""


def failure(reply: Reply, *, model: str, host: str) -> TeacherError:
    """The error that a reply with any status but 200 stands for."""
    complaint = _complaint(reply)
    said = f": {complaint.message}" if complaint.message else "."
    status = reply.status
    if status == 429 or status == 402:
        if status == 402 or _NOTHING_GRANTED.search(complaint.words):
            return NoQuota(
                f"{host} grants nothing for {model}{said}",
                "Waiting does not help: add credit or billing there, or choose another model (denju teacher models).",
            )
        return _limited(host, complaint.wait)
    if status in {401, 403} or (status == 400 and _KEY_WORDS.search(complaint.words)):
        return BadKey(
            f"{host} does not take the key (status {status}).",
            "Store a valid one: denju teacher login. It also has to be allowed to use this model.",
        )
    if status == 404:
        return UnknownModel(
            f"{host} knows no model {model}, or nothing at this address{said}",
            "denju teacher models lists what there is; then set teacher.model, or correct teacher.base_url.",
        )
    if status >= 500 or status == 408:
        busy = Overloaded(
            f"{host} is too busy or out of order (status {status}){said}",
            "Try again in a few minutes, or with another model (denju teacher models); the request is kept.",
        )
        busy.retry_after = complaint.wait
        return busy
    if status == 400 and _FORMAT_WORDS.search(complaint.words):
        return FormatRefused(
            f"{host} does not know the form of answer that was asked for{said}",
            "Ask again in the plainer form, or choose a model that can answer in JSON (denju teacher models).",
        )
    if status >= 400:
        return Refused(
            f"{host} refused the request (status {status}){said}",
            "Check teacher.model and teacher.base_url; a long conversation may have to be shortened.",
        )
    return NotUnderstood(
        f"{host} answered with status {status}, not with an answer.",
        "Check teacher.base_url: this does not look like a teacher.",
    )


def blocked(host: str, what: str, why: str) -> Blocked:
    """For a filter that stopped ``what``: the request or the answer."""
    return Blocked(
        f"The filter of {host} stopped {what} ({_quoted(why)}).",
        "Describe the situation in neutral words, without customers' own; or choose another model.",
    )


def cut_off(text: str) -> CutOff:
    """For an answer that reached the most tokens it may have; ``text`` is what came."""
    error = CutOff(
        "The teacher's answer broke off before it was whole.",
        "Ask again for fewer strategies, or shorten the conversation; what it wrote is kept for reading.",
    )
    error.text = text
    return error


def not_an_answer(host: str) -> NotUnderstood:
    """For a reply with status 200 that is not in the provider's form."""
    return NotUnderstood(
        f"What {host} sent is not a teacher's answer.",
        "Check teacher.base_url; a proxy or a login page may stand in between.",
    )


def _limited(host: str, wait: float | None) -> RateLimited:
    seconds = 60 if wait is None else max(1, round(wait))
    when = {60: "in a minute", 1: "in a second"}.get(seconds, f"in {seconds} seconds")
    limited = RateLimited(
        f"{host} takes no more requests for now.", f"Try again {when}; the request is kept until then."
    )
    limited.retry_after = wait
    return limited


def _complaint(reply: Reply) -> _Complaint:
    try:
        data = json.loads(reply.body[:100_000])
    except (ValueError, RecursionError):
        data = None
    texts = list(_texts(data))
    message = next((text for name, text in texts if name in {"message", "error", "detail"}), "")
    wait = _header_wait(reply.headers.get("retry-after", ""))
    if wait is None:
        delays = (_DELAY.fullmatch(text) for name, text in texts if name == "retryDelay")
        wait = next((float(match[1]) for match in delays if match), None)
    return _Complaint(_quoted(message), " ".join(text for _, text in texts)[:10_000], wait)


def _texts(data: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text in ``data`` with the name of the field it stands in."""
    if isinstance(data, str):
        yield name, data
    elif depth < 8 and isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, str(key), depth + 1)
    elif depth < 8 and isinstance(data, list):
        for value in data[:50]:
            yield from _texts(value, name, depth + 1)


def _header_wait(value: str) -> float | None:
    """Seconds of a ``Retry-After``: a number, or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _quoted(message: str) -> str:
    line = _COULD_BE_A_KEY.sub("…", one_line(message))
    return line if len(line) <= _QUOTED else line[:_QUOTED] + "…"
