"""One request over a real socket: the deadline, the cancel, and every way the line can fail."""

from __future__ import annotations

import io
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from denju.egress import http
from denju.egress.http import HttpNetwork
from denju.egress.network import Reply
from denju.egress.secret import Secret
from denju.errors import DeadlinePassed, DenjuError, Interrupted, Offline, SettingsError, Unreachable
from loopback.server import Drip, Loopback, Reset, Say, Silent

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

CANARY = "canary-key-5f2a9c"
SLACK = 1.5
"""Seconds that a busy machine may take on top: every wait here would else be far longer."""


def send(url: str, *, deadline: float = 30.0, cancel: threading.Event | None = None, **how: Any) -> Reply:
    return HttpNetwork(offline=how.pop("offline", False), base_url=how.pop("base_url", "")).send(
        "POST",
        url,
        headers={"x-key": Secret(CANARY), "content-type": "application/json"},
        body=b'{"a":1}',
        deadline=deadline,
        cancel=cancel or threading.Event(),
    )


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def resolver(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], str]) -> None:
    true = socket.getaddrinfo

    def stub(host: Any, *args: Any, **kwargs: Any) -> Any:
        return true(answer() if host == "teacher.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", stub)


def test_the_body_the_key_and_the_answer_pass_unchanged(server: Loopback) -> None:
    reply = send(f"http://{server.host}/v1")
    assert (reply.status, reply.body) == (200, b'{"a":1}')
    assert reply.headers["content-type"] == "application/json"
    assert server.requests[0].headers["x-key"] == CANARY


@pytest.mark.parametrize("status", [301, 307, 404, 429, 503])
def test_any_status_is_an_answer_and_no_redirect_is_followed(server: Loopback, status: int) -> None:
    server.script = [Say(status, b"no", {"location": f"http://{server.host}/elsewhere"})]
    assert send(f"http://{server.host}/").status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", [Drip(), Silent()])
def test_the_deadline_holds_whatever_the_server_does(server: Loopback, step: Any) -> None:
    server.script = [step]
    began = time.monotonic()
    with pytest.raises(DeadlinePassed) as caught:
        send(f"http://{server.host}/", deadline=1.0)
    assert time.monotonic() - began < 1.0 + SLACK
    assert caught.value.sent


def test_headers_that_drip_are_held_to_the_deadline_too(listener: socket.socket) -> None:
    ended = threading.Event()

    def drip() -> None:
        line, _ = listener.accept()
        with line:
            try:
                for byte in b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 10_000:
                    line.send(bytes([byte]))
                    time.sleep(0.02)
            except OSError:
                ended.set()  # the client hung up

    threading.Thread(target=drip, daemon=True).start()
    with pytest.raises(DeadlinePassed):
        send(f"http://127.0.0.1:{listener.getsockname()[1]}/", deadline=0.4)
    assert ended.wait(5), "the socket stayed open after the deadline"


def test_a_hung_look_up_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    hung = threading.Event()
    resolver(monkeypatch, lambda: str(hung.wait(30)))
    began = time.monotonic()
    with pytest.raises(DeadlinePassed) as caught:
        send("https://teacher.example/", deadline=0.3)
    assert time.monotonic() - began < 0.3 + SLACK
    assert not caught.value.sent
    hung.set()


def test_quitting_does_not_wait_for_a_hung_look_up() -> None:
    program = (
        "import socket, threading, time\n"
        "socket.getaddrinfo = lambda *a, **k: time.sleep(60)\n"
        "from denju.egress.http import HttpNetwork\n"
        "HttpNetwork(False).send('GET', 'https://teacher.example/', headers={}, body=None, deadline=0.2,"
        " cancel=threading.Event())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=30, check=False)
    assert b"DeadlinePassed" in done.stderr


def test_a_cancel_is_noticed_at_once_and_nothing_more_leaves(monkeypatch: pytest.MonkeyPatch, server: Loopback) -> None:
    cancel, looked_up, finish = threading.Event(), threading.Event(), threading.Event()

    def slow() -> str:
        looked_up.set()
        finish.wait(10)
        return "127.0.0.1"

    resolver(monkeypatch, slow)
    port = server.host.split(":")[1]
    stopper = threading.Thread(target=lambda: (looked_up.wait(10), cancel.set()))
    stopper.start()
    with pytest.raises(Interrupted) as caught:
        send(f"http://teacher.example:{port}/", base_url=f"http://teacher.example:{port}", deadline=20, cancel=cancel)
    assert not caught.value.sent and "did not leave" in caught.value.hint
    finish.set()
    for thread in [each for each in threading.enumerate() if each.name == "denju network"]:
        thread.join(10)
    assert server.requests == [], "the request left after the cancel"


def test_a_cancel_during_the_answer_says_that_it_may_have_arrived(server: Loopback) -> None:
    server.script = [Drip()]
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    with pytest.raises(Interrupted) as caught:
        send(f"http://{server.host}/", deadline=20, cancel=cancel)
    assert caught.value.sent and "may have arrived" in caught.value.hint


def test_refused_reset_and_cut_short(server: Loopback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unreachable, match="refused") as refused:
        send(f"http://127.0.0.1:{port}/")
    server.script = [Reset(), Say(200, b"{", claim=100)]
    with pytest.raises(Unreachable, match="broke") as reset:
        send(f"http://{server.host}/")
    with pytest.raises(Unreachable, match="broke") as short:
        send(f"http://{server.host}/")
    assert [each.value.sent for each in (refused, reset, short)] == [False, True, True]


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    resolver(monkeypatch, unknown)
    with pytest.raises(Unreachable, match=r"teacher\.example was not found"):
        send("https://teacher.example/")


def test_an_answer_without_end_is_bounded(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 100_000)
    server.script = [Say(200, b"x" * 200_000)]
    with pytest.raises(Unreachable, match="more than"):
        send(f"http://{server.host}/")


def test_a_proxy_that_never_answers(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
    with pytest.raises(DeadlinePassed) as caught:
        send("https://teacher.example/", deadline=0.5)
    assert not caught.value.sent, "only the wish for a tunnel left, not the request"


def test_a_proxy_that_says_no(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://name:{CANARY}@{server.host}")
    with pytest.raises(Unreachable, match="proxy") as caught:
        send("https://teacher.example/")
    assert CANARY not in str(caught.value) + caught.value.hint


def test_this_machine_is_never_reached_through_a_proxy(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert send(f"http://{server.host}/").status == 200


def test_a_certificate_that_nobody_vouches_for(listener: socket.socket, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def serve() -> None:
        line, _ = listener.accept()
        try:
            context.wrap_socket(line, server_side=True).close()
        except OSError:
            line.close()

    threading.Thread(target=serve, daemon=True).start()
    with pytest.raises(Unreachable, match="certificate") as caught:
        send(f"https://127.0.0.1:{listener.getsockname()[1]}/")
    assert not caught.value.sent


def test_https_where_none_is_spoken(server: Loopback) -> None:
    with pytest.raises(Unreachable, match="TLS"):
        send(f"https://{server.host}/")


def test_plain_http_only_near_or_where_a_person_set_it(monkeypatch: pytest.MonkeyPatch, server: Loopback) -> None:
    resolver(monkeypatch, lambda: "127.0.0.1")
    url = f"http://teacher.example:{server.host.split(':')[1]}"
    with pytest.raises(SettingsError, match="encryption"):
        send(f"{url}/v1/chat", base_url="https://teacher.example/v1")
    assert send(f"{url}/v1/chat", base_url=f"{url}/v1").status == 200


@pytest.mark.parametrize(
    "url", ["", "teacher", "ftp://teacher.example/", "https://", "https://a b/", "https://h:99999/"]
)
def test_what_is_no_address_is_said_so(url: str) -> None:
    with pytest.raises(SettingsError):
        send(url)


def test_offline_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    monkeypatch.setattr(socket, "getaddrinfo", None)
    with pytest.raises(Offline) as caught:
        send("https://teacher.example/", offline=True)
    assert caught.value.exit_code == 3


def test_a_key_is_in_no_error_and_no_crash_report(server: Loopback) -> None:
    from rich.console import Console
    from rich.traceback import Traceback

    server.script = [Reset()]
    network = HttpNetwork(False)
    for value, url in (
        (CANARY, f"http://{server.host}/"),
        (CANARY + "\nx", f"http://{server.host}/"),
        (CANARY, "http:"),
    ):
        headers = {"authorization": Secret(value).after("Bearer ")}
        with pytest.raises(DenjuError) as caught:
            network.send("POST", url, headers=headers, body=b"", deadline=5, cancel=threading.Event())
        shown = io.StringIO()
        assert caught.tb is not None
        trace = Traceback.from_exception(caught.type, caught.value, caught.tb.tb_next, show_locals=True)
        Console(file=shown, width=200).print(trace)
        chain = repr((caught.value, caught.value.__cause__, caught.value.__context__, headers))
        assert "authorization" in shown.getvalue(), "the locals were not shown, so this test shows nothing"
        assert CANARY not in shown.getvalue() + chain
