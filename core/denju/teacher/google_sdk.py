"""The same Gemini models through the google-generativeai package, the extra ``denju[gemini]``.

Its support has ended, and it needs taming: it repeats a request 126 times in ten minutes after 503s, and three times
after one 401; it follows redirects with the key in hand; its timeout does not end a server that drips; and gRPC writes
to the terminal. So: REST, no repeats of its own, the first answer ends the call, and our deadline stands around it.
It knows neither ``store: false`` nor a thinking budget.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
import time
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote

from denju.egress.address import Refusals, is_loopback
from denju.egress.exchange import MAX_BODY, Abandoned, Exchange, Kinds, TooMuch
from denju.egress.http import HttpNetwork
from denju.egress.network import Reply
from denju.egress.secret import Secret
from denju.errors import DenjuError, Refused, SettingsError
from denju.teacher.gemini import Gemini
from denju.teacher.prompts import Told
from denju.teacher.schema import in_gemini

_ROOM_TO_THINK = 8_192
_VERSION = "/v1beta/"


class GoogleGenerativeAI(Gemini):
    """One Gemini model. What its requests show as the body is what the package is handed, not what it makes of it."""

    provider = "google-generativeai"

    def __init__(self, *, model: str = "", base_url: str = "") -> None:
        super().__init__(model=model, base_url=base_url, thinking=_ROOM_TO_THINK)

    def _body(self, said: Told, form: dict[str, Any], most: int) -> dict[str, Any]:
        return {
            **self._texts(said),
            "generationConfig": {
                "maxOutputTokens": most,
                "responseMimeType": "application/json",
                "responseSchema": in_gemini(form),
            },
        }


class SdkNetwork:
    """A ``Network`` that lets the package send; lists of models go the usual way."""

    def __init__(self, offline: bool, *, base_url: str = "") -> None:
        self.offline = offline
        self._refusals = Refusals(offline, base_url=base_url)
        self._lists = HttpNetwork(offline, base_url=base_url)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | Secret],
        body: bytes | None,
        deadline: float,
        cancel: threading.Event,
    ) -> Reply:
        """See ``Network.send``."""
        if not body:
            return self._lists.send(method, url, headers=headers, body=None, deadline=deadline, cancel=cancel)
        until = time.monotonic() + deadline
        address = self._refusals.check(url, headers, cancel)
        if _VERSION not in url:
            raise SettingsError(
                f"google-generativeai cannot be used with {url[:80]!r}.", "Let teacher.base_url end in /v1beta."
            )
        if not installed():
            raise SettingsError(
                "google-generativeai is not installed.",
                "Install it in denju's folder: .venv/bin/python -m pip install -e '.[gemini]' "
                "(uv tool, pipx: install --force '.[gemini]'); "
                "or set teacher.provider to gemini, which needs nothing.",
            )
        return _SdkExchange(address, deadline, until, url, headers, body).result(cancel)


def installed() -> bool:
    """Whether the package is there; it is not loaded."""
    try:
        return importlib.util.find_spec("google.generativeai") is not None
    except ModuleNotFoundError:
        return False


class _SdkExchange(Exchange):
    def __init__(
        self,
        address: SplitResult,
        deadline: float,
        until: float,
        url: str,
        headers: Mapping[str, str | Secret],
        body: bytes,
    ) -> None:
        super().__init__(address, deadline, until)
        self._url, self._headers, self._body = url, headers, body

    def exchanged(self) -> Reply:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says at every import that its support has ended
            import google.ai.generativelanguage as service
            import google.generativeai as genai
        endpoint, _, name = self._url.partition(_VERSION)
        key = self._headers.get("x-goog-api-key")
        client = service.GenerativeServiceClient(
            transport="rest",
            client_options={"api_endpoint": endpoint, "api_key": key.reveal() if isinstance(key, Secret) else "none"},
        )
        session = client.transport._session  # there is no public way to the requests it sends
        session.trust_env = not is_loopback(self.address.hostname or "")
        session.auth = lambda request: request  # else it would add the password that ~/.netrc has for the host
        session.hooks["response"].append(self._answered)
        asked = json.loads(self._body)
        model = genai.GenerativeModel(
            unquote(name.removesuffix(":generateContent")),
            system_instruction=asked["systemInstruction"]["parts"][0]["text"],
            generation_config=_in_snake_case(asked["generationConfig"]),
        )
        model._client = client  # its own would be made from a key kept in a global
        left = max(0.01, self.until - time.monotonic())
        self.leaving()
        with session:
            try:
                model.generate_content(asked["contents"], request_options={"timeout": left, "retry": None})
            except _FirstAnswer as answer:
                return answer.reply
        raise RuntimeError("the package asked nobody")

    def kinds(self) -> Kinds:
        import requests
        import urllib3

        return Kinds(
            late=(requests.Timeout,),
            proxy=(requests.exceptions.ProxyError,),
            broken=(OSError, urllib3.exceptions.HTTPError),
        )

    def unknown(self, error: Exception) -> DenjuError:
        return Refused(
            f"google-generativeai could not send the request ({type(error).__name__}).",
            "Set teacher.provider to gemini, which reaches the same models.",
        )

    def _answered(self, response: Any, **_: object) -> None:
        """Take the first answer as it came, whatever the package would make of it, and end the call."""
        body = bytearray()
        with response:  # else its socket stays open until the garbage collector comes by
            while chunk := response.raw.read1(65_536, decode_content=True):
                body += chunk
                if len(body) > MAX_BODY:
                    raise TooMuch
                if self.abandoned:
                    raise Abandoned
        left = response.request.body
        raise _FirstAnswer(
            Reply(
                response.status_code,
                {name.lower(): value for name, value in response.headers.items()},
                _with_names(bytes(body)),
                sent=hashlib.sha256(left.encode() if isinstance(left, str) else left).hexdigest(),
            )
        )


class _FirstAnswer(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


def _in_snake_case(config: dict[str, Any]) -> dict[str, Any]:
    names = {
        "maxOutputTokens": "max_output_tokens",
        "responseMimeType": "response_mime_type",
        "responseSchema": "response_schema",
    }
    return {names[name]: value for name, value in config.items()}


def _with_names(body: bytes) -> bytes:
    """``body`` with the names of reasons in place of the numbers that the package asks for."""
    import google.ai.generativelanguage as service

    try:
        data = json.loads(body)
        places = [(data.get("promptFeedback", {}), "blockReason", service.GenerateContentResponse.PromptFeedback)]
        places += [(each, "finishReason", service.Candidate) for each in data.get("candidates", [])]
        for place, name, kind in places:
            if isinstance(place.get(name), int):
                place[name] = getattr(kind, name[0].upper() + name[1:])(place[name]).name
    except (ValueError, TypeError, AttributeError, RecursionError):
        return body
    return json.dumps(data, ensure_ascii=False).encode()
