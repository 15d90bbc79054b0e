"""A teacher that is none: it speaks the real protocol (chat/completions) on this machine from rules that can be read.

It knows a few situations of the starter library, and for each the right acts, in order. It plays their customers,
drafts their strategies, and judges an answer by how many of the right acts are heard in it, in order, and how many
wrong ones. It is there to test that the loop and the gate of ``denju learn`` work; it says nothing of any real teacher.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from denju.values import Strategy
from practice import acts, material

HERE = Path(__file__).parent
KEPT_CUES = 5
"""Cues of the starter library that go into a draft; customers say the others."""
MODEL = "scripted"
COURTESIES = frozenset({"thank_contact", "ask_detail", "confirm_understanding", "no_promise"})
"""Acts that fit any message: where a topic does not ask for them they are neither right nor wrong."""

Request = dict[str, Any]
"""The body of one request, as it came."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One situation of the domain."""

    strategy: Strategy
    acts: tuple[str, ...]
    """What a right answer does, in order."""

    @property
    def name(self) -> str:
        return self.strategy.title


@dataclass(frozen=True)
class Domain:
    """What the scripted teacher knows."""

    language: str
    topics: tuple[Topic, ...]
    silent: frozenset[str] = frozenset()
    """Titles of topics that it plays customers of and drafts nothing for."""

    @classmethod
    def of_starter(cls, language: str, taught: Iterable[str], silent: Iterable[str] = ()) -> Domain:
        """From the starter library; ids without their language at the end, such as ``start-defect-scratch``."""
        known = _starter()
        wanted, quiet = ([f"{each}-{language}" for each in ids] for ids in (taught, silent))
        topics = tuple(known[each] for each in [*wanted, *quiet])
        return cls(language, topics, frozenset(known[each].name for each in quiet))

    def card(self) -> dict[str, Any]:
        """A domain card for it."""
        firm = {"ja": "機械部品を削り出す町工場。40人。", "en": "A job shop of 40 people that machines parts."}
        return {"firm": firm[self.language], "language": self.language, "topics": [each.name for each in self.topics]}

    def message(self, topic: Topic, rng: random.Random) -> str:
        """What a customer with this topic writes: two sentences to the matter, and up to three beside it."""
        said = rng.sample(topic.strategy.cues[KEPT_CUES:], 2)
        said += rng.sample(material.FILLERS[self.language], rng.randrange(3))
        mood = material.MOODS[rng.choice(("angry", "urgent", "calm"))]
        # Whole sentences; the others are patterns for the practice student's training.
        moods = [each for each in mood[self.language] if "(" not in each]
        said += [rng.choice(moods)] if rng.random() < 0.6 else []
        opening = rng.choice(material.OPENINGS[self.language])
        return ("" if self.language == "ja" else " ").join([opening, *said])

    def topic_of(self, text: str) -> Topic:
        """The topic whose cues have the most pairs of characters in common with ``text``."""
        return max(self.topics, key=lambda each: _shared(self._pairs[each.name], text))

    def rubric(self, text: str, topic: Topic) -> float:
        """How good an answer is, at most 1: the share of the right acts heard in order; any other act costs a half.

        Below 0 it does harm: who is asked for what nobody needs is worse off than who is asked for nothing.
        """
        heard = acts.acts_in(text, self.language)
        foreign = sum(each not in topic.acts and each not in COURTESIES for each in heard)
        return (_in_order(heard, topic.acts) - foreign / 2) / len(topic.acts)

    @cached_property
    def _pairs(self) -> dict[str, set[str]]:
        return {each.name: _pairs(" ".join(each.strategy.cues)) for each in self.topics}


@dataclass(frozen=True)
class Scripted:
    """Answers one request of ``denju learn`` from a domain."""

    domain: Domain

    def __call__(self, request: Request) -> str:
        asked = set(request["response_format"]["json_schema"]["schema"]["properties"])
        data = _data(request)
        answers: dict[frozenset[str], Callable[[Request], Request]] = {
            frozenset({"topics"}): self._topics,
            frozenset({"messages"}): self._customers,
            frozenset({"message"}): self._customer,
            frozenset({"answer"}): self._agent,
            frozenset({"answer", "gap", "strategies", "general"}): self._contrast,
            frozenset({"why", "better"}): self._judge,
        }
        return json.dumps(answers[frozenset(asked)](data), ensure_ascii=False)

    def _topics(self, data: Request) -> Request:
        return {"topics": [each.name for each in self.domain.topics][: data["wanted"]]}

    def _customers(self, data: Request) -> Request:
        topic = next(each for each in self.domain.topics if each.name == data["topic"])
        rng = random.Random(f"{topic.name} {data['batch']}")
        return {"messages": [self.domain.message(topic, rng) for _ in range(data["wanted"])]}

    def _customer(self, data: Request) -> Request:
        topic = self._topic(data)
        return {"message": topic.strategy.cues[-1]}

    def _agent(self, data: Request) -> Request:
        return {"answer": self._reply(self._topic(data))}

    def _contrast(self, data: Request) -> Request:
        topic = self._topic(data)
        gap = topic.name not in self.domain.silent and self.domain.rubric(data["answer"], topic) < 1
        known = any(each["title"] == topic.name for each in data["near"])
        drafts = [_draft(topic.strategy)] if gap and not known else []
        return {"answer": self._reply(topic), "gap": bool(drafts), "strategies": drafts, "general": []}

    def _judge(self, data: Request) -> Request:
        topic = self._topic(data)
        first, second = (self.domain.rubric(data[name], topic) for name in ("first", "second"))
        better = "first" if first > second else "second" if second > first else "equal"
        return {"why": f"{first:.2f} : {second:.2f}", "better": better}

    def _topic(self, data: Request) -> Topic:
        return self.domain.topic_of(
            " ".join(each["text"] for each in data["conversation"] if each["role"] == "customer")
        )

    def _reply(self, topic: Topic) -> str:
        known = acts.load(self.domain.language)
        return "\n".join(plain(known[each].replies) for each in topic.acts)


@dataclass(frozen=True)
class Nonsense:
    """Answers anything: random text, or with ``shaped`` random words in the form that was asked for."""

    shaped: bool
    seed: int = 0

    def __call__(self, request: Request) -> str:
        rng = random.Random(f"{self.seed} {json.dumps(request, sort_keys=True)}")
        if not self.shaped:
            return "".join(rng.choice('abc {}[]":,\n漢字かな') for _ in range(400))
        return json.dumps(self._filled(request["response_format"]["json_schema"]["schema"], rng), ensure_ascii=False)

    def _filled(self, schema: Request, rng: random.Random) -> Any:
        kind = schema["type"]
        if kind == "object":
            return {name: self._filled(each, rng) for name, each in schema["properties"].items()}
        if kind == "array":
            return [self._filled(schema["items"], rng) for _ in range(2)]
        if kind == "boolean":
            return True
        return rng.choice(schema.get("enum") or [" ".join(rng.sample(_WORDS, 6))])


_WORDS = ["blue", "seven", "under", "lamp", "ですから", "机", "走る", "dear", "thank you", "青い", "I will", "猫"]


@dataclass(frozen=True, slots=True)
class Page:
    """What may stand in an answer's place: a login page, a gateway's page, a way to elsewhere."""

    status: int
    body: bytes


class Server:
    """``answer`` behind ``POST /v1/chat/completions`` on this machine. ``requests`` holds every body that came."""

    def __init__(self, answer: Callable[[Request], str | Page], port: int = 0) -> None:
        self.requests: list[bytes] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                server.requests.append(body)
                said = answer(json.loads(body))
                page = said if isinstance(said, Page) else Page(200, _completion(said, len(body)))
                self.send_response(page.status)
                self.send_header("content-length", str(len(page.body)))
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, *_: object) -> None: ...

            def handle(self) -> None:
                with suppress(OSError):  # whoever asked was killed
                    super().handle()

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _completion(said: str, asked: int) -> bytes:
    """``said`` in the protocol's form, for a question of ``asked`` bytes."""
    message = {"role": "assistant", "content": said}
    usage = {"prompt_tokens": asked // 3, "completion_tokens": len(said) // 3}
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}).encode()


def plain(replies: Iterable[str]) -> str:
    """The first reply without a place to be filled, else the first with the places left open."""
    found = list(replies)
    text = next((each for each in found if "{" not in each), found[0])
    for name in ("order", "product", "quantity", "value", "lot", "phone"):
        text = text.replace("{" + name + "}", "…")
    return text


def _starter() -> dict[str, Topic]:
    """Every scenario of the starter library whose steps are known acts, by id."""
    steps: dict[str, str] = {}
    for part in sorted((HERE / "practice" / "starter").glob("*.json")):
        steps |= json.loads(part.read_text("utf-8"))["steps"]
    found = {}
    for part in sorted(Path(str(files("denju.data") / "starter")).glob("*.jsonl")):
        for line in part.read_text("utf-8").splitlines():
            strategy = Strategy.from_dict(json.loads(line))
            if strategy.scope == "scenario" and all(each in steps for each in strategy.steps):
                found[strategy.id] = Topic(strategy, tuple(steps[each] for each in strategy.steps))
    return found


def _draft(strategy: Strategy) -> Request:
    """The strategy in the form that a teacher writes."""
    kept = replace(strategy, cues=strategy.cues[:KEPT_CUES]).to_dict()
    fields = ("title", "situation", "avoid_when", "priorities", "decide", "steps", "why")
    return {**{name: kept[name] for name in fields}, "cues": {strategy.language: kept["cues"]}, "reason": "scripted"}


def _data(request: Request) -> Request:
    """What stands between ``<data>`` and ``</data>`` in the first message."""
    text = request["messages"][1]["content"]
    data: Request = json.loads(text[text.rindex("<data>") + 6 : text.rindex("</data>")])
    return data


def _in_order(heard: list[str], wanted: tuple[str, ...]) -> int:
    """The length of the longest part of ``wanted`` that is heard in its order, gaps allowed."""
    lengths = [0] * (len(wanted) + 1)
    for each in heard:
        for place in range(len(wanted), 0, -1):
            if wanted[place - 1] == each:
                lengths[place] = max(lengths[place], max(lengths[:place]) + 1)
    return max(lengths)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _shared(pairs: set[str], text: str) -> int:
    return len(pairs & _pairs(text))
