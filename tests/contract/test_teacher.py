"""Every teacher against a server that speaks its protocol: the right error, in time, and no storm of requests."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from denju.egress.http import HttpNetwork
from denju.egress.network import Network, Reply
from denju.egress.secret import Secret
from denju.errors import (
    BadKey,
    Blocked,
    CutOff,
    DeadlinePassed,
    DenjuError,
    FormatRefused,
    Interrupted,
    NoQuota,
    NotUnderstood,
    Offline,
    Overloaded,
    RateLimited,
    Refused,
    SettingsError,
    UnknownModel,
    Unreachable,
)
from denju.teacher import drafts
from denju.teacher.gemini import Gemini
from denju.teacher.google_sdk import GoogleGenerativeAI, SdkNetwork, installed
from denju.teacher.openai import OpenAI
from denju.teacher.port import Misread, Round, TeachAsk, Teacher, TeacherAnswer, Usage
from denju.teacher.retry import patiently
from drafted import answer_text
from loopback.gemini import GeminiServer
from loopback.openai import OpenAIServer
from loopback.server import Drip, Reset, Say, Silent, Step

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

ASK = TeachAsk(situation="部品に傷があると怒っている", language="ja", languages=("ja", "en"))
NO_DAY = f"Fri, 31 Dec {'9' * 20} 23:59:59 GMT"
SOON = 0.6
"""Seconds: the deadline of what never ends."""
Server = GeminiServer | OpenAIServer


@dataclass
class Line:
    """A teacher, its server, and the way between them."""

    teacher: Teacher
    network: Network
    server: Server

    def ask(self, ask: TeachAsk = ASK, *, deadline: float = 10, cancel: threading.Event | None = None) -> TeacherAnswer:
        request = self.teacher.request(ask)
        headers = self.teacher.authorised(request, Secret(self.server.key))
        stop = cancel or threading.Event()

        def attempt(left: float) -> TeacherAnswer:
            reply = self.network.send(
                "POST", request.url, headers=headers, body=request.body, deadline=left, cancel=stop
            )
            return self.teacher.read(reply, request=request.hash)

        return patiently(attempt, deadline=deadline, cancel=stop, pause=0.01)


@pytest.fixture(scope="module")
def loaded() -> None:
    """Load the libraries before a deadline counts."""
    import httpx2  # noqa: F401

    if installed():
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import google.generativeai  # noqa: F401


needs_the_extra = pytest.mark.skipif(not installed(), reason="denju[gemini] is not installed")


@pytest.fixture(params=["gemini", "openai", pytest.param("google-generativeai", marks=needs_the_extra)])
def line(request: pytest.FixtureRequest, loaded: None) -> Iterator[Line]:
    with (OpenAIServer if request.param == "openai" else GeminiServer)() as server:
        server.text = answer_text()
        if isinstance(server, GeminiServer):
            server.numbers = request.param == "google-generativeai"
        yield Line(*_made(request.param, server.model, server.base_url, offline=False), server)


def _made(provider: str, model: str, base_url: str, *, offline: bool) -> tuple[Teacher, Network]:
    teachers = {"gemini": Gemini, "openai": OpenAI, "google-generativeai": GoogleGenerativeAI}
    network = SdkNetwork if provider == "google-generativeai" else HttpNetwork
    return teachers[provider](model=model, base_url=base_url), network(offline, base_url=base_url)


@dataclass(frozen=True)
class Case:
    """What the server does, and what a person then meets."""

    name: str
    script: Callable[[Server], Sequence[Step]]
    error: type[DenjuError]
    requests: int
    hint: str
    """What the hint has to speak of."""
    deadline: float = 10


def _html(status: int) -> Say:
    return Say(status, b"<html><body>nginx</body></html>", {"content-type": "text/html"})


CASES = [
    Case("rate limit, no time given", lambda s: [s.rate_limited()], RateLimited, 4, "in a minute"),
    Case("rate limit, short wait", lambda s: [s.rate_limited(0.01)], RateLimited, 4, "in a second"),
    Case("rate limit, long wait", lambda s: [s.rate_limited(34)], RateLimited, 1, "in 34 seconds"),
    Case("rate limit, empty body", lambda s: [Say(429, b"")], RateLimited, 4, "in a minute"),
    Case("rate limit, until no day", lambda s: [Say(429, b"", {"retry-after": NO_DAY})], RateLimited, 4, "in a minute"),
    Case("rate limit, for ever", lambda s: [s.rate_limited(10**300)], RateLimited, 4, "in a minute"),
    Case("no quota at all", lambda s: [s.no_quota()], NoQuota, 1, "billing"),
    Case(
        "payment required", lambda s: [Say(402, b'{"error": {"message": "Insufficient credits"}}')], NoQuota, 1, "add"
    ),
    Case("overloaded", lambda s: [s.overloaded()], Overloaded, 4, "a few minutes"),
    Case("broken", lambda s: [s.broken()], Overloaded, 4, "a few minutes"),
    Case("gateway's page", lambda s: [_html(502)], Overloaded, 4, "a few minutes"),
    Case("gateway's time", lambda s: [_html(504)], Overloaded, 4, "a few minutes"),
    Case("bad key", lambda s: [s.bad_key()], BadKey, 1, "denju teacher login"),
    Case("key without rights", lambda s: [Say(403, b"{}")], BadKey, 1, "allowed"),
    Case("key not known", lambda s: [Say(401, b"")], BadKey, 1, "denju teacher login"),
    Case("unknown model", lambda s: [s.unknown_model()], UnknownModel, 1, "denju teacher models"),
    Case("page not found", lambda s: [_html(404)], UnknownModel, 1, "teacher.base_url"),
    Case("refused", lambda s: [s.refused()], Refused, 1, "teacher.model"),
    Case("refused, quoting the key", lambda s: [s.refused(s.key)], Refused, 1, "teacher.model"),
    Case("too large", lambda s: [_html(413)], Refused, 1, "shortened"),
    Case("form refused", lambda s: [s.format_refused()], FormatRefused, 1, "plainer"),
    Case(
        "elsewhere", lambda s: [Say(302, b"", {"location": f"http://{s.host}/x"})], NotUnderstood, 1, "teacher.base_url"
    ),
    Case("filtered request", lambda s: [s.filtered_request()], Blocked, 1, "neutral"),
    Case("filtered answer", lambda s: [s.filtered_answer()], Blocked, 1, "neutral"),
    Case("cut off", lambda s: [s.cut_off()], CutOff, 1, "fewer"),
    Case("a page", lambda s: [_html(200)], NotUnderstood, 1, "proxy"),
    Case("nothing", lambda s: [Say(200, b"")], NotUnderstood, 1, "proxy"),
    Case("a list", lambda s: [Say(200, b"[1, 2]")], NotUnderstood, 1, "proxy"),
    Case("bytes", lambda s: [Say(200, b"\xff\xfe\x00")], NotUnderstood, 1, "proxy"),
    Case("twice a name", lambda s: [Say(200, b'{"choices": [], "choices": []}')], NotUnderstood, 1, "proxy"),
    Case("too deep", lambda s: [Say(200, b'{"a":' + b"[" * 9_000)], NotUnderstood, 1, "proxy"),
    Case("no choice", lambda s: [s.no_choice()], NotUnderstood, 1, "proxy"),
    Case("prose", lambda s: [s.says("Sure! Here are some strategies.")], NotUnderstood, 1, "kept for reading"),
    Case("half", lambda s: [s.says(s.text[:-40])], NotUnderstood, 1, "kept for reading"),
    Case("another form", lambda s: [s.says('{"strategies": "none"}')], NotUnderstood, 1, "kept for reading"),
    Case("reset", lambda s: [Reset()], Unreachable, 4, "Try again"),
    Case("cut in the middle", lambda s: [Say(200, b'{"', claim=500)], Unreachable, 4, "Try again"),
    Case("silent", lambda s: [Silent()], DeadlinePassed, 1, "teacher.deadline", SOON),
    Case("dripping", lambda s: [Drip()], DeadlinePassed, 1, "teacher.deadline", SOON),
    Case("busy, then silent", lambda s: [s.overloaded(), Silent()], DeadlinePassed, 2, "teacher.deadline", 3.0),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_failure_is_the_right_error_in_time(line: Line, case: Case) -> None:
    line.server.script = list(case.script(line.server))
    began = time.monotonic()
    with pytest.raises(DenjuError) as caught:
        line.ask(deadline=case.deadline)
    assert time.monotonic() - began < case.deadline + 0.5
    assert type(caught.value) is case.error, caught.value.what
    assert case.hint in caught.value.hint
    assert len(line.server.requests) == case.requests
    assert line.server.key not in caught.value.what + caught.value.hint
    assert "\n" not in caught.value.what


RECOVERIES: dict[str, Callable[[Server], Sequence[Step]]] = {
    "rate limit": lambda s: [s.rate_limited(0.01), s.says(s.text)],
    "rate limit with a date": lambda s: [Say(429, b"", {"retry-after": _a_moment_ago()}), s.says(s.text)],
    "overload": lambda s: [s.overloaded(), s.broken(), s.says(s.text)],
    "reset": lambda s: [Reset(), s.says(s.text)],
    "cut in the middle": lambda s: [Say(200, b'{"', claim=500), s.says(s.text)],
}


def _a_moment_ago() -> str:
    return format_datetime(datetime.now(UTC) - timedelta(seconds=1), usegmt=True)


@pytest.mark.parametrize("name", RECOVERIES)
def test_what_passes_is_passed(line: Line, name: str) -> None:
    line.server.script = list(RECOVERIES[name](line.server))
    expected = len(line.server.script)
    assert line.ask().drafts
    assert len(line.server.requests) == expected


def test_an_answer_becomes_drafts(line: Line) -> None:
    answer = line.ask()
    draft = answer.drafts[0]
    assert draft.strategy.title == "部品の傷で怒っている"
    assert draft.strategy.status == "draft"
    assert draft.strategy.id == ""
    assert draft.strategy.extra == {}
    assert draft.reason == "お詫びより先に番号を尋ねていたため。"
    origin = draft.strategy.origin
    assert (origin.kind, origin.model) == ("teacher", line.server.model)
    assert origin.request == line.teacher.request(ASK).hash
    assert answer.text == line.server.text
    assert answer.usage == Usage(prompt=1_200, answer=340, thinking=60)


def test_a_password_that_is_kept_for_other_programs_does_not_go_along(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("default login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("denju.teacher.google_sdk.is_loopback", lambda _: False)
    line.ask()
    sent = line.server.requests[0].headers.get("authorization", "")
    assert sent == (f"Bearer {line.server.key}" if line.teacher.provider == "openai" else "")


def test_what_leaves_is_what_was_shown(line: Line) -> None:
    line.ask()
    request = line.teacher.request(ASK)
    sent = line.server.requests[0]
    if line.teacher.provider == "google-generativeai":  # it writes the same texts in its own order
        shown, left = json.loads(request.body), json.loads(sent.body)
        assert (left["contents"], left["systemInstruction"]) == (shown["contents"], shown["systemInstruction"])
    else:
        assert sent.body == request.body
    assert line.server.key not in request.body.decode() + request.text + str(request)
    assert ASK.situation in request.text
    assert line.server.key not in sent.path


def test_the_body_that_left_can_be_proved(line: Line) -> None:
    request = line.teacher.request(ASK)
    reply = line.network.send(
        "POST",
        request.url,
        headers=line.teacher.authorised(request, Secret(line.server.key)),
        body=request.body,
        deadline=10,
        cancel=threading.Event(),
    )
    left = hashlib.sha256(line.server.requests[0].body).hexdigest()
    assert left == (reply.sent or request.hash.removeprefix("sha256:"))


def test_a_wrong_answer_is_asked_for_again_once_with_the_reason(line: Line) -> None:
    line.server.script = [line.server.says("not JSON"), line.server.says("again not")]
    with pytest.raises(NotUnderstood) as first:
        line.ask()
    second = drafts.again(ASK, first.value)
    assert second is not None
    with pytest.raises(NotUnderstood) as caught:
        line.ask(second)
    assert caught.value.text == "again not"
    assert drafts.again(second, caught.value) is None
    sent = str(json.loads(line.server.requests[1].body))
    assert "not JSON" in sent
    assert "expecting value" in sent


def test_several_rounds_and_a_repair_are_taken_by_the_server(line: Line) -> None:
    first = line.ask().drafts[0].strategy
    ask = replace(ASK, rounds=(Round((first,), "保証は二年です"),), misread=Misread("x", "not JSON"))
    assert line.ask(ask).drafts
    assert "保証は二年です" in str(json.loads(line.server.requests[-1].body))


@pytest.mark.parametrize("busy", [True, False], ids=["between two requests", "in a request"])
def test_a_cancel_is_felt_at_once(line: Line, busy: bool) -> None:
    line.server.script = [line.server.rate_limited(5) if busy else Silent()]
    cancel = threading.Event()
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Interrupted) as caught:
        line.ask(deadline=20, cancel=cancel)
    assert time.monotonic() - began < 2
    assert caught.value.sent
    assert len(line.server.requests) == 1


def test_a_cancel_before_sends_nothing(line: Line) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Interrupted) as caught:
        line.ask(cancel=cancel)
    assert not caught.value.sent
    assert line.server.requests == []


def test_offline_opens_no_socket(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher, network = _made(line.teacher.provider, line.server.model, line.server.base_url, offline=True)
    monkeypatch.setattr(socket, "socket", None)
    with pytest.raises(Offline) as caught:
        Line(teacher, network, line.server).ask()
    assert "network.offline" in caught.value.hint
    assert line.server.requests == []


def test_without_encryption_only_where_a_person_said_so(line: Line) -> None:
    teacher, _ = _made(line.teacher.provider, line.server.model, "http://nobody.invalid/v1beta", offline=False)
    _, network = _made(line.teacher.provider, line.server.model, "", offline=False)
    with pytest.raises(SettingsError, match="without encryption"):
        Line(teacher, network, line.server).ask()


def test_nobody_there(line: Line) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1beta"
        teacher, network = _made(line.teacher.provider, line.server.model, url, offline=False)
        with pytest.raises(Unreachable) as caught:
            Line(teacher, network, line.server).ask()
    assert "refused" in caught.value.what
    assert not caught.value.sent


def test_no_such_name(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[object] = []

    def unknown(host: object, *_: object, **__: object) -> None:
        looked_up.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    teacher, network = _made(line.teacher.provider, line.server.model, "http://nobody.invalid/v1beta", offline=False)
    with pytest.raises(Unreachable) as caught:
        Line(teacher, network, line.server).ask()
    assert "name nobody.invalid" in caught.value.what
    assert len(looked_up) == 1
    assert not caught.value.sent


def test_a_hung_look_up_does_not_hold(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hangs(*_: object, **__: object) -> None:
        release.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    teacher, network = _made(line.teacher.provider, line.server.model, "http://slow.invalid/v1beta", offline=False)
    began = time.monotonic()
    try:
        with pytest.raises(DeadlinePassed):
            Line(teacher, network, line.server).ask(deadline=SOON)
        assert time.monotonic() - began < SOON + 0.5
    finally:
        release.set()


def test_the_models_are_listed(line: Line) -> None:
    request = line.teacher.models_request()
    headers = line.teacher.authorised(request, Secret(line.server.key))
    reply = line.network.send(
        request.method, request.url, headers=headers, body=None, deadline=10, cancel=threading.Event()
    )
    assert [card.id for card in line.teacher.read_models(reply)] == [line.server.model]
    with pytest.raises(BadKey):
        line.teacher.read_models(_reply(line.server.bad_key()))
    with pytest.raises(NotUnderstood):
        line.teacher.read_models(_reply(Say(200, b'{"x": 1}')))


def test_tokens_are_counted_whatever_came(line: Line) -> None:
    assert line.teacher.usage(_reply(line.server.cut_off())).prompt == 1_200
    assert line.teacher.usage(_reply(Say(200, b"<html>"))) == Usage()
    assert line.teacher.usage(_reply(Say(200, b'{"usage": 3, "usageMetadata": {"promptTokenCount": "x"}}'))) == Usage()


def _reply(said: Say) -> Reply:
    return Reply(said.status, {}, said.body)
