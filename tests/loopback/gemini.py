"""Gemini's generateContent and list of models, with every failure that it is known for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback.server import Loopback, Received, Say, Step, as_json

FINISH = {"STOP": 1, "MAX_TOKENS": 2, "SAFETY": 3, "RECITATION": 4}
BLOCKED = {"SAFETY": 1}


class GeminiServer(Loopback):
    """Takes ``key`` and ``model``, and answers ``text``."""

    key = "AIza-canary-key-0123456789-abcdefgh"
    model = "gemini-test"
    text = "{}"
    numbers = False
    """Whether the google-generativeai package asks, which wants numbers in place of names."""

    @property
    def base_url(self) -> str:
        return f"http://{self.host}/v1beta"

    def answer(self, request: Received) -> Step:
        address = urlsplit(request.path)
        if "key" in parse_qs(address.query):
            return self._error(400, "the key does not belong into the address")
        if request.headers.get("x-goog-api-key") != self.key:
            return self.bad_key()
        if request.method == "GET" and address.path == "/v1beta/models":
            return Say(200, as_json({"models": self._models()}))
        if request.method != "POST" or address.path != f"/v1beta/models/{self.model}:generateContent":
            return self.unknown_model()
        wrong = _wrong(json.loads(request.body))
        return self._error(400, wrong) if wrong else self.says(self.text)

    def _models(self) -> list[dict[str, Any]]:
        able = {"supportedGenerationMethods": ["generateContent", "countTokens"], "inputTokenLimit": 1_048_576}
        return [
            {"name": f"models/{self.model}", "displayName": "Gemini Test", **able},
            {"name": "models/embedding-test", "supportedGenerationMethods": ["embedContent"]},
        ]

    def says(self, text: str, finish: str = "STOP") -> Say:
        thought = {"text": "let me think {", "thought": True}
        content = {"role": "model", "parts": [thought, {"text": text[:20]}, {"text": text[20:]}]}
        return self._candidate({"content": content, "finishReason": self._named(finish, FINISH)})

    def _candidate(self, *candidates: dict[str, Any]) -> Say:
        usage = {"promptTokenCount": 1_200, "candidatesTokenCount": 340, "thoughtsTokenCount": 60}
        return Say(200, as_json({"candidates": candidates, "usageMetadata": usage, "modelVersion": self.model}))

    def _named(self, name: str, numbers: dict[str, int]) -> str | int:
        return numbers[name] if self.numbers else name

    def cut_off(self) -> Say:
        return self.says(self.text[: len(self.text) // 2], "MAX_TOKENS")

    def filtered_answer(self) -> Say:
        return self._candidate({"finishReason": self._named("SAFETY", FINISH), "safetyRatings": []})

    def filtered_request(self) -> Say:
        return Say(200, as_json({"promptFeedback": {"blockReason": self._named("SAFETY", BLOCKED)}}))

    def no_choice(self) -> Say:
        return self._candidate()

    def rate_limited(self, seconds: float | None = None) -> Say:
        wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}
        message = "You exceeded your current quota. Quota exceeded for metric: requests, limit: 20, model: test"
        return self._error(429, message, *([] if seconds is None else [wait]))

    def no_quota(self) -> Say:
        wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.01s"}
        return self._error(429, "Quota exceeded for metric: free_tier_requests, limit: 0\nPlease retry in 1s.", wait)

    def overloaded(self) -> Say:
        return self._error(503, "The model is overloaded. Please try again later.")

    def broken(self) -> Say:
        return self._error(500, "An internal error has occurred.")

    def bad_key(self) -> Say:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return self._error(400, "API key not valid. Please pass a valid API key.", info)

    def unknown_model(self) -> Say:
        return self._error(404, "models/other is not found for API version v1beta.")

    def refused(self, echo: str = "") -> Say:
        return self._error(400, f"Invalid value at 'contents' {echo}")

    def format_refused(self) -> Say:
        return self._error(400, "Invalid JSON payload: response_schema is not supported for this model.")

    def _error(self, code: int, message: str, *details: dict[str, Any]) -> Say:
        return Say(code, as_json({"error": {"code": code, "message": message, "status": "X", "details": details}}))


def _wrong(body: dict[str, Any]) -> str:
    """What a real server would refuse in this request."""
    known = {"contents", "systemInstruction", "generationConfig", "store", "model"}
    if unknown := set(body) - known:
        return f"Unknown name {unknown}"
    roles = [each["role"] for each in body["contents"]]
    if roles != ["user", "model"] * (len(roles) // 2) + ["user"]:
        return "Please ensure that multiturn requests alternate between user and model."
    if not all(isinstance(piece["text"], str) for each in body["contents"] for piece in each["parts"]):
        return "contents.parts must not be empty."
    if body["generationConfig"]["responseMimeType"] != "application/json":
        return "responseMimeType"
    return "additionalProperties" if "additionalProperties" in str(body["generationConfig"]) else ""
