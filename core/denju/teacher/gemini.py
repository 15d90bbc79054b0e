"""Gemini's ``generateContent`` over REST (https://ai.google.dev/api/generate-content)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from denju.egress.network import Reply
from denju.egress.request import HEADERS
from denju.egress.secret import Secret
from denju.teacher.failures import blocked, cut_off, not_an_answer
from denju.teacher.port import ModelCard, TeacherRequest, Usage
from denju.teacher.prompts import Told
from denju.teacher.replies import count, object_of, part, parts, text
from denju.teacher.rest import RestTeacher
from denju.teacher.schema import in_gemini

BASE_URL = "https://generativelanguage.googleapis.com/v1beta"
MODEL = "gemini-3.8-flash"
"""Asked where no other is set."""
_FILTERED = frozenset({"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"})


class Gemini(RestTeacher):
    """One Gemini model. ``thinking``: tokens that it may think before it answers; 0 none, -1 as many as it likes."""

    provider = "gemini"

    def __init__(self, *, model: str = "", base_url: str = "", thinking: int = 2_048) -> None:
        super().__init__(model.removeprefix("models/") or MODEL, base_url or BASE_URL)
        self._thinking = thinking

    @property
    def url(self) -> str:
        return f"{self._base}/models/{quote(self.model, safe='')}:generateContent"

    def question(self, said: Told, form: dict[str, Any], most_tokens: int) -> TeacherRequest:
        most = most_tokens + max(0, self._thinking)  # Gemini counts thinking as part of the answer
        return TeacherRequest(
            provider=self.provider,
            model=self.model,
            url=self.url,
            headers=HEADERS,
            body=json.dumps(self._body(said, form, most), ensure_ascii=False).encode(),
            text=str(said),
            tokens=said.tokens,
            most_tokens=most,
        )

    def _body(self, said: Told, form: dict[str, Any], most: int) -> dict[str, Any]:
        return {
            **self._texts(said),
            "generationConfig": {
                "maxOutputTokens": most,
                "responseMimeType": "application/json",
                "responseSchema": in_gemini(form),
                "thinkingConfig": {"thinkingBudget": self._thinking},
            },
            "store": False,
        }

    @staticmethod
    def _texts(said: Told) -> dict[str, Any]:
        roles = {"asker": "user", "teacher": "model"}
        return {
            "systemInstruction": {"parts": [{"text": said.system}]},
            "contents": [{"role": roles[each.role], "parts": [{"text": each.text}]} for each in said.messages],
        }

    def plainer(self, request: TeacherRequest) -> TeacherRequest | None:
        """The same without a schema; the prompt says what is wanted."""
        body = json.loads(request.body)
        if body["generationConfig"].pop("responseSchema", None) is None:
            return None
        return replace(request, body=json.dumps(body, ensure_ascii=False).encode())

    def authorised(self, request: TeacherRequest, key: Secret | None) -> dict[str, str | Secret]:
        """The key goes into a header, never into the address, where servers and proxies would log it."""
        return {**request.headers, **({} if key is None else {"x-goog-api-key": key})}

    def _written(self, data: dict[str, Any]) -> tuple[str, str]:
        if stopped := text(part(data, "promptFeedback"), "blockReason"):
            raise blocked(self._host, "the request", stopped)
        candidates = parts(data, "candidates")
        if not candidates:
            raise not_an_answer(self._host)
        finish = text(candidates[0], "finishReason")
        if finish in _FILTERED:
            raise blocked(self._host, "the answer", finish)
        pieces = parts(part(candidates[0], "content"), "parts")
        written = "".join(text(each, "text") for each in pieces if not each.get("thought"))
        if finish == "MAX_TOKENS":
            raise cut_off(written)
        return written, finish

    def usage(self, reply: Reply) -> Usage:
        counts = part(object_of(reply), "usageMetadata")
        return Usage(
            prompt=count(counts, "promptTokenCount"),
            answer=count(counts, "candidatesTokenCount"),
            thinking=count(counts, "thoughtsTokenCount"),
        )

    def models_request(self) -> TeacherRequest:
        return TeacherRequest(self.provider, self.model, f"{self._base}/models?pageSize=1000", {}, b"", method="GET")

    def read_models(self, reply: Reply) -> tuple[ModelCard, ...]:
        return tuple(
            ModelCard(
                id=text(each, "name").removeprefix("models/"),
                title=text(each, "displayName"),
                context=count(each, "inputTokenLimit") or None,
            )
            for each in self._listed(reply, "models")
            if "generateContent" in (each.get("supportedGenerationMethods") or ())
        )
