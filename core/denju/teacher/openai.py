"""Any ``chat/completions``: OpenAI, Ollama, vLLM, llama-server, LM Studio, OpenRouter.

(https://platform.openai.com/docs/api-reference/chat)
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from denju.egress.network import Reply
from denju.egress.request import HEADERS
from denju.egress.secret import Secret
from denju.errors import SettingsError
from denju.teacher.failures import blocked, cut_off, not_an_answer
from denju.teacher.port import ModelCard, TeacherRequest, Usage
from denju.teacher.prompts import Told
from denju.teacher.replies import count, object_of, part, parts, text
from denju.teacher.rest import RestTeacher

BASE_URL = "https://api.openai.com/v1"


class OpenAI(RestTeacher):
    """One model behind ``base_url``, which ends before ``/chat/completions``. A server in the house needs no key.

    There is no default model: what a server offers differs, and may be listed without one.
    """

    provider = "openai"

    def __init__(self, *, model: str = "", base_url: str = "") -> None:
        super().__init__(model, base_url or BASE_URL)

    @property
    def url(self) -> str:
        return f"{self._base}/chat/completions"

    def question(self, said: Told, form: dict[str, Any], most_tokens: int) -> TeacherRequest:
        if not self.model:
            raise SettingsError("No model is chosen.", "denju teacher models lists what there is; set teacher.model.")
        return TeacherRequest(
            provider=self.provider,
            model=self.model,
            url=self.url,
            headers=HEADERS,
            body=json.dumps(self._body(said, form, most_tokens), ensure_ascii=False).encode(),
            text=str(said),
            tokens=said.tokens,
            most_tokens=most_tokens,
        )

    def _body(self, said: Told, form: dict[str, Any], most: int) -> dict[str, Any]:
        roles = {"asker": "user", "teacher": "assistant"}
        schema = {"name": "answer", "strict": True, "schema": form}
        return {
            "model": self.model,
            "messages": [
                {"role": "system", "content": said.system},
                *({"role": roles[each.role], "content": each.text} for each in said.messages),
            ],
            "response_format": {"type": "json_schema", "json_schema": schema},
            **self._limits(most),
        }

    def _limits(self, most: int) -> dict[str, Any]:
        """OpenAI's newer models refuse ``max_tokens``; other servers know nothing else, and store nothing."""
        if self._base == BASE_URL:
            return {"max_completion_tokens": most, "store": False}
        return {"max_tokens": most}

    def plainer(self, request: TeacherRequest) -> TeacherRequest | None:
        """The same with ``json_object``, which older servers know; the prompt says what is wanted."""
        body = json.loads(request.body)
        if body["response_format"]["type"] == "json_object":
            return None
        body["response_format"] = {"type": "json_object"}
        return replace(request, body=json.dumps(body, ensure_ascii=False).encode())

    def authorised(self, request: TeacherRequest, key: Secret | None) -> dict[str, str | Secret]:
        return {**request.headers, **({} if key is None else {"authorization": key.after("Bearer ")})}

    def _written(self, data: dict[str, Any]) -> tuple[str, str]:
        choices = parts(data, "choices")
        if not choices:
            raise not_an_answer(self._host)
        finish = text(choices[0], "finish_reason")
        message = part(choices[0], "message")
        if finish == "content_filter":
            raise blocked(self._host, "the answer", finish)
        if refusal := text(message, "refusal"):
            raise blocked(self._host, "the request", refusal)
        written = text(message, "content")
        if finish == "length":
            raise cut_off(written)
        return written, finish

    def usage(self, reply: Reply) -> Usage:
        counts = part(object_of(reply), "usage")
        thinking = count(part(counts, "completion_tokens_details"), "reasoning_tokens")
        completion = count(counts, "completion_tokens")  # thinking included
        return Usage(count(counts, "prompt_tokens"), max(0, completion - thinking), min(thinking, completion))

    def models_request(self) -> TeacherRequest:
        return TeacherRequest(self.provider, self.model, f"{self._base}/models", {}, b"", method="GET")

    def read_models(self, reply: Reply) -> tuple[ModelCard, ...]:
        return tuple(
            ModelCard(
                id=text(each, "id"),
                title=text(each, "name"),
                context=count(each, "context_length") or count(each, "max_model_len") or None,
            )
            for each in self._listed(reply, "data")
            if text(each, "id")
        )
