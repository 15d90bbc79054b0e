"""What each provider wants said in its own way."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from denju.egress.network import Reply
from denju.egress.secret import Secret
from denju.errors import NoQuota, RateLimited, SettingsError
from denju.teacher.failures import failure
from denju.teacher.gemini import MODEL, Gemini
from denju.teacher.google_sdk import GoogleGenerativeAI
from denju.teacher.openai import OpenAI
from denju.teacher.port import TeachAsk

ASK = TeachAsk(situation="傷", language="ja", languages=("ja", "en"))


def test_gemini_stores_nothing_and_thinks_within_bounds() -> None:
    request = Gemini(thinking=100).request(ASK)
    body = json.loads(request.body)
    assert body["store"] is False
    assert body["generationConfig"]["thinkingConfig"] == {"thinkingBudget": 100}
    assert request.most_tokens == body["generationConfig"]["maxOutputTokens"] == 8_292
    assert request.url == f"https://generativelanguage.googleapis.com/v1beta/models/{MODEL}:generateContent"
    assert request.host == "generativelanguage.googleapis.com"


def test_a_model_cannot_lead_elsewhere() -> None:
    assert (
        Gemini(model="models/a/../../x?key=1#")
        .request(ASK)
        .url.endswith("/models/a%2F..%2F..%2Fx%3Fkey%3D1%23:generateContent")
    )


def test_openai_itself_is_told_to_store_nothing_and_others_get_what_they_know() -> None:
    own = json.loads(OpenAI(model="m").request(ASK).body)
    assert own["store"] is False
    assert own["max_completion_tokens"] == 8_192
    house = json.loads(OpenAI(model="m", base_url="http://127.0.0.1:11434/v1/").request(ASK).body)
    assert house["max_tokens"] == 8_192
    assert not {"store", "max_completion_tokens"} & set(house)


def test_openai_has_to_be_told_a_model() -> None:
    with pytest.raises(SettingsError, match="No model"):
        OpenAI().request(ASK)
    assert OpenAI().models_request().url == "https://api.openai.com/v1/models"


@pytest.mark.parametrize("teacher", [Gemini(), OpenAI(model="m"), GoogleGenerativeAI()])
def test_the_plainer_form_has_the_same_texts(teacher: Gemini | OpenAI) -> None:
    request = teacher.request(ASK)
    assert request == teacher.request(ASK)
    plainer = teacher.plainer(request)
    assert plainer is not None
    assert plainer.text == request.text
    assert plainer.hash != request.hash
    before, after = json.loads(request.body), json.loads(plainer.body)
    form = "response_format" if isinstance(teacher, OpenAI) else "generationConfig"
    assert before.pop(form) != after.pop(form)
    assert before == after
    assert teacher.plainer(plainer) is None


@pytest.mark.parametrize("teacher", [Gemini(), OpenAI(model="m"), GoogleGenerativeAI()])
def test_the_key_is_only_in_the_header_of_the_moment(teacher: Gemini | OpenAI) -> None:
    key = Secret("canary-key")
    request = teacher.request(ASK)
    headers = teacher.authorised(request, key)
    assert len(headers) == len(request.headers) + 1
    assert "canary" not in repr(headers) + repr(request)
    assert teacher.authorised(request, None) == dict(request.headers)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("Quota exceeded, limit: 0\nPlease retry", NoQuota),
        ("Quota exceeded, limit: 0, model: m", NoQuota),
        ("Quota exceeded, limit: 0.5", RateLimited),
        ("Quota exceeded, limit: 20", RateLimited),
    ],
)
def test_no_quota_is_told_from_a_limit(message: str, error: type[Exception]) -> None:
    body = json.dumps({"error": {"message": message}}).encode()
    assert type(failure(Reply(429, {}, body), model="m", host="h")) is error


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3), ("0.5", 0.5), ("Mon, 01 Jan 2024 00:00:00 GMT", 0), ("soon", None), ("-1", None), ("", None)],
)
def test_a_waiting_time_is_read(header: str, seconds: float | None) -> None:
    error = failure(Reply(429, {"retry-after": header}, b""), model="m", host="h")
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_what_a_provider_says_is_quoted_in_one_clean_line() -> None:
    message = "bad\x1b]52;c;x\x07\nkey sk-0123456789abcdefghijklmnop here " + "x " * 400
    error = failure(Reply(400, {}, json.dumps({"error": message}).encode()), model="m", host="h")
    assert error.what.startswith("h refused the request (status 400): bad key … here x x")
    assert len(error.what) < 260


def test_the_room_is_empty_until_it_is_used() -> None:
    code = (
        "import sys, denju_tui.__main__, denju.workbench, denju.teacher.port\n"
        "seen = {'denju.teacher.gemini', 'denju.teacher.openai', 'denju.teacher.google_sdk', 'google.generativeai',"
        " 'httpx2', 'requests', 'grpc'} & set(sys.modules)\n"
        "assert not seen, seen\n"
        "import denju.teacher.gemini, denju.teacher.openai, denju.teacher.google_sdk\n"
        "seen = {'google.generativeai', 'httpx2', 'requests', 'grpc', 'pydantic'} & set(sys.modules)\n"
        "assert not seen, seen\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
