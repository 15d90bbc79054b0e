"""``chat/completions`` and the list of models as OpenAI and its like speak them, with their failures."""

from __future__ import annotations

import json
from typing import Any

from loopback.server import Loopback, Received, Say, Step, as_json


class OpenAIServer(Loopback):
    """Takes ``key`` and ``model``, and answers ``text``. ``old``: knows ``json_object`` only."""

    key = "sk-canary-0123456789-abcdefghijklmn"
    model = "house-model"
    text = "{}"
    old = False

    @property
    def base_url(self) -> str:
        return f"http://{self.host}/v1"

    def answer(self, request: Received) -> Step:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return self.bad_key()
        if request.method == "GET" and request.path == "/v1/models":
            return Say(200, as_json({"object": "list", "data": [{"id": self.model, "object": "model"}]}))
        if request.method != "POST" or request.path != "/v1/chat/completions":
            return Say(404, b'{"detail": "Not Found"}')
        body = json.loads(request.body)
        if body["model"] != self.model:
            return self.unknown_model()
        if self.old and body["response_format"]["type"] != "json_object":
            return self.format_refused()
        wrong = _wrong(body)
        return self._error(400, wrong, "invalid_request_error") if wrong else self.says(self.text)

    def says(self, text: str, finish: str = "stop", **more: Any) -> Say:
        choice = {"index": 0, "message": {"role": "assistant", "content": text, **more}, "finish_reason": finish}
        return self._choices(choice)

    def _choices(self, *choices: dict[str, Any]) -> Say:
        details = {"reasoning_tokens": 60}
        usage = {"prompt_tokens": 1_200, "completion_tokens": 400, "completion_tokens_details": details}
        answer = {"id": "x", "object": "chat.completion", "model": self.model, "choices": choices, "usage": usage}
        return Say(200, as_json(answer))

    def cut_off(self) -> Say:
        return self.says(self.text[: len(self.text) // 2], "length")

    def filtered_answer(self) -> Say:
        return self.says("", "content_filter")

    def filtered_request(self) -> Say:
        return self.says("", refusal="I'm sorry, I cannot help with that.")

    def no_choice(self) -> Say:
        return self._choices()

    def rate_limited(self, seconds: float | None = None) -> Say:
        headers = {} if seconds is None else {"retry-after": str(seconds)}
        error = self._error(429, "Rate limit reached for requests: limit 3 / min", "requests", "rate_limit_exceeded")
        return Say(error.status, error.body, headers)

    def no_quota(self) -> Say:
        return self._error(429, "You exceeded your current quota.", "insufficient_quota", "insufficient_quota")

    def overloaded(self) -> Say:
        return self._error(503, "The engine is currently overloaded, please try again later", "server_error")

    def broken(self) -> Say:
        return Say(500, b'{"error": "llama runner process has terminated"}')

    def bad_key(self) -> Say:
        message = f"Incorrect API key provided: {self.key}. You can find your API key at https://example.com"
        return self._error(401, message, "invalid_request_error", "invalid_api_key")

    def unknown_model(self) -> Say:
        return self._error(404, "The model `other` does not exist", "invalid_request_error", "model_not_found")

    def refused(self, echo: str = "") -> Say:
        return self._error(400, f"Invalid value: messages {echo}", "invalid_request_error")

    def format_refused(self) -> Say:
        message = "'response_format.type' must be 'json_object'"
        return self._error(400, message, "invalid_request_error")

    def _error(self, status: int, message: str, kind: str, code: str | None = None) -> Say:
        return Say(status, as_json({"error": {"message": message, "type": kind, "param": None, "code": code}}))


def _wrong(body: dict[str, Any]) -> str:
    """What a real server would refuse in this request."""
    known = {"model", "messages", "response_format", "max_tokens"}
    if unknown := set(body) - known:
        return f"Unrecognized request argument supplied: {unknown}"
    if [each["role"] for each in body["messages"]][:2] != ["system", "user"]:
        return "messages"
    schema = body["response_format"].get("json_schema", {}).get("schema")
    return "additionalProperties" if schema and not _is_strict(schema) else ""


def _is_strict(schema: dict[str, Any]) -> bool:
    """What OpenAI's strict mode asks for: every field required, and no others."""
    if schema["type"] == "array":
        return _is_strict(schema["items"])
    if schema["type"] != "object":
        return True
    whole = schema["additionalProperties"] is False and schema["required"] == list(schema["properties"])
    return whole and all(_is_strict(each) for each in schema["properties"].values())
