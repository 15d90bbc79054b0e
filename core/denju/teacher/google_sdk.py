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
from urllib.parse import unquote, urlsplit

from denju.egress.http import GLANCE, MAX_BODY, HttpNetwork, Reply
from denju.egress.secret import Secret
from denju.errors import DeadlinePassed, DenjuError, Interrupted, Offline, Refused, SettingsError, Unreachable
from denju.teacher.gemini import Gemini
from denju.teacher.port import TeachAsk
from denju.teacher.prompts import Told
from denju.teacher.schema import gemini_schema

_ROOM_TO_THINK = 8_192
_VERSION = "/v1beta/"


class GoogleGenerativeAI(Gemini):
    """One Gemini model. What its requests show as the body is what the package is handed, not what it makes of it."""

    provider = "google-generativeai"

    def __init__(self, *, model: str = "", base_url: str = "") -> None:
        super().__init__(model=model, base_url=base_url, thinking=_ROOM_TO_THINK)

    def _body(self, ask: TeachAsk, said: Told, most: int) -> dict[str, Any]:
        return {
            **self._texts(said),
            "generationConfig": {
                "maxOutputTokens": most,
                "responseMimeType": "application/json",
                "responseSchema": gemini_schema(ask.languages),
            },
        }


class SdkNetwork:
    """A ``Network`` that lets the package send; lists of models go the usual way."""

    def __init__(self, offline: bool, *, base_url: str = "") -> None:
        self._offline = offline
        self._unencrypted = urlsplit(base_url).netloc if base_url.lower().startswith("http:") else None
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
        if not body:
            return self._lists.send(method, url, headers=headers, body=None, deadline=deadline, cancel=cancel)
        until = time.monotonic() + deadline
        host = urlsplit(url).netloc
        if self._offline:
            raise Offline(
                f"{host} was not contacted: denju is offline.",
                "Leave out --offline, or set network.offline to false; the request waits in the outbox until then.",
            )
        if _VERSION not in url:
            raise SettingsError(
                f"google-generativeai cannot be used with {url[:80]!r}.", "Let teacher.base_url end in /v1beta."
            )
        if not url.startswith("https://") and host != self._unencrypted:
            raise SettingsError(
                f"{host} would be spoken to without encryption.",
                "Use https, or set teacher.base_url to the http address if you trust every machine in between.",
            )
        if not installed():
            raise SettingsError(
                "google-generativeai is not installed.",
                "Install it with: pip install 'denju[gemini]'; or set teacher.provider to gemini, which needs nothing.",
            )
        if cancel.is_set():
            raise Interrupted("Stopped before anything was sent.")
        call = _Call(url, headers, body, deadline)
        threading.Thread(target=call.run, name="denju google-generativeai", daemon=True).start()
        while not call.done.wait(max(0.0, min(GLANCE, until - time.monotonic()))):
            if cancel.is_set():
                call.abandoned = True
                raise _maybe_sent(Interrupted(f"The request to {host} was stopped."))
            if time.monotonic() >= until:
                call.abandoned = True
                raise _late(host, deadline)
        if call.reply is not None:
            return call.reply
        raise _translated(call.error, host, deadline)


def installed() -> bool:
    """Whether the package is there; it is not loaded."""
    try:
        return importlib.util.find_spec("google.generativeai") is not None
    except ModuleNotFoundError:
        return False


class _Call:
    """One call in its thread. ``done`` is set last; then there is a reply or an error."""

    def __init__(self, url: str, headers: Mapping[str, str | Secret], body: bytes, deadline: float) -> None:
        self._url, self._headers, self._body, self._deadline = url, headers, body, deadline
        self.done = threading.Event()
        self.reply: Reply | None = None
        self.error: Exception = RuntimeError("no answer")
        self.abandoned = False

    def run(self) -> None:
        try:
            self._generate()
        except _FirstAnswer:
            pass
        except Exception as error:
            self.error = error
        finally:
            self.done.set()

    def _generate(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says at every import that its support has ended
            import google.ai.generativelanguage as service
            import google.generativeai as genai
        address, _, name = self._url.partition(_VERSION)
        key = self._headers.get("x-goog-api-key")
        client = service.GenerativeServiceClient(
            transport="rest",
            client_options={"api_endpoint": address, "api_key": key.reveal() if isinstance(key, Secret) else "none"},
        )
        session = client.transport._session  # there is no public way to the requests it sends
        session.trust_env = urlsplit(address).hostname not in {"127.0.0.1", "::1", "localhost"}
        session.hooks["response"].append(self._answered)
        asked = json.loads(self._body)
        model = genai.GenerativeModel(
            unquote(name.removesuffix(":generateContent")),
            system_instruction=asked["systemInstruction"]["parts"][0]["text"],
            generation_config=_in_snake_case(asked["generationConfig"]),
        )
        model._client = client  # its own would be made from a key kept in a global
        with session:
            model.generate_content(asked["contents"], request_options={"timeout": self._deadline, "retry": None})

    def _answered(self, response: Any, **_: object) -> None:
        """Take the first answer as it came, whatever the package would make of it, and end the call."""
        body = bytearray()
        with response:  # else its socket stays open until the garbage collector comes by
            while chunk := response.raw.read1(65_536, decode_content=True):
                body += chunk
                if len(body) > MAX_BODY or self.abandoned:
                    raise ConnectionError
        left = response.request.body
        self.reply = Reply(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            _with_names(bytes(body)),
            sent=hashlib.sha256(left.encode() if isinstance(left, str) else left).hexdigest(),
        )
        raise _FirstAnswer


class _FirstAnswer(Exception):
    pass


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


def _translated(error: Exception, host: str, deadline: float) -> DenjuError:
    """``error`` of the thread as one of ours. Its own text is not used: it can quote a header."""
    import requests

    if isinstance(error, requests.Timeout):
        return _late(host, deadline)
    names = {type(each).__name__ for each in _causes(error)}
    if "ProxyError" in names:
        return Unreachable(
            f"The proxy did not let the request to {host} through.",
            "Check HTTPS_PROXY and NO_PROXY, or ask who runs the proxy.",
        )
    if names & {"NameResolutionError", "gaierror"}:
        return Unreachable(
            f"The name {host} was not found.",
            "Check the network connection, and teacher.base_url for a typing mistake.",
        )
    if "SSLError" in names:
        return Unreachable(f"The certificate of {host} is not trusted.", "Do not send anything there.")
    if "ConnectionRefusedError" in names:
        return Unreachable(f"{host} refused the connection.", "Is the service running? Check its address.")
    if isinstance(error, OSError) or names & {"ConnectionError", "ProtocolError", "HTTPError"}:
        return _maybe_sent(
            Unreachable(f"The connection to {host} broke before the answer was whole.", "Try again in a while.")
        )
    return Refused(
        f"google-generativeai could not send the request ({type(error).__name__}).",
        "Set teacher.provider to gemini, which reaches the same models.",
    )


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and len(found) < 10:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _late(host: str, deadline: float) -> DenjuError:
    return _maybe_sent(
        DeadlinePassed(
            f"{host} did not answer within {deadline:g} seconds.",
            "Try again, or give it more time: denju config set teacher.deadline SECONDS",
        )
    )


def _maybe_sent(error: Unreachable | DeadlinePassed | Interrupted) -> DenjuError:
    error.sent = True
    return error
