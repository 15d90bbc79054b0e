"""The whole way through the google-generativeai package: its own body, our yes, our ledger, our drafts."""

from __future__ import annotations

import hashlib
import json
import threading
import warnings
from collections.abc import Callable

import pytest

from denju.errors import Offline, RateLimited
from denju.events import Drafted
from denju.teacher.google_sdk import installed
from denju.workbench import Workbench
from drafted import answer_text, drafted
from loopback.gemini import GeminiServer

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(not installed(), reason="denju[gemini] is not installed"),
]

MESSAGE = "田中様よりお電話。部品に傷があります。tanaka@example.co.jp へ。"


@pytest.fixture
def loaded() -> None:
    """Load the package before a deadline counts; it takes seconds on a busy machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import google.generativeai  # noqa: F401


@pytest.mark.usefixtures("loaded")
def test_from_a_case_to_drafts(opened: Callable[..., Workbench]) -> None:
    with GeminiServer() as server:
        server.numbers, server.text = True, answer_text(drafted(title="［氏名1］への対応"))
        offline = opened(server, teacher__provider="google-generativeai", network__offline=True)
        preview = offline.teach.preview(offline.teach.ask(offline.case(MESSAGE)))
        assert not preview.exact and "tanaka@" not in preview.body + preview.request.text
        request = offline.teach.keep(preview)
        offline.outbox.approve(request.id, "sato")
        with pytest.raises(Offline):
            [*offline.teach.send(request.id, threading.Event())]
        assert server.requests == [] and offline.outbox.get(request.id).state == "approved"

        bench = opened(server, teacher__provider="google-generativeai", teacher__deadline=120.0)
        server.script = [server.rate_limited(3_600)]
        with pytest.raises(RateLimited):
            [*bench.teach.send(request.id, threading.Event())]
        server.script = []
        *_, last = bench.teach.send(request.id, threading.Event())
        assert isinstance(last, Drafted)
        assert [(each.status, each.title) for each in last.drafts] == [("draft", "田中への対応")]
        sent = server.requests[-1].body
        assert json.loads(sent)["contents"] == json.loads(preview.request.body)["contents"]
        settled = [each for each in bench.ledger.records() if each["event"] == "settle"]
        assert [each["result"] for each in settled] == ["not_sent", "refused", "answered"]
        assert settled[-1]["sent"] == f"sha256:{hashlib.sha256(sent).hexdigest()}"
        assert bench.ledger.verify().ok
        models = bench.teach.models("sato", threading.Event())
        assert [each.id for each in models] == [server.model]
