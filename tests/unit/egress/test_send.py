"""The one way out: yes, budget, ledger, network, answer, and what a kill leaves of them."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from denju.egress.budget import Limits
from denju.egress.http import HttpNetwork
from denju.egress.ledger import Attempt, Ledger
from denju.egress.network import Network, Reply
from denju.egress.outbox import Outbox
from denju.egress.prices import Price
from denju.egress.request import Request
from denju.egress.secret import Secret
from denju.egress.send import Door
from denju.errors import (
    DeadlinePassed,
    DenjuError,
    LedgerDamaged,
    NeedsConsent,
    NeverSent,
    Offline,
    OverBudget,
    SettingsError,
    StorageError,
    Unreachable,
)
from denju.privacy.vault import Vault
from fault_egress import killed
from killing import MEMORY
from loopback.server import Loopback, Reset, Say, Silent

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

KEY = "canary-key-5f2a9c"
BODY = b'{"text":"a part has a scratch"}'


@dataclass
class Counted:
    prompt: int = 1_000
    answer: int = 200
    thinking: int = 300


@dataclass
class Desk:
    """What a test sends with, and what it looks at afterwards."""

    outbox: Outbox
    ledger: Ledger
    request: Request
    limits: Limits = field(default_factory=lambda: Limits(call_money=1.0))
    offline: bool = False
    price: Price | None = field(default_factory=lambda: Price(2.0, 10.0, "test"))
    times: int = 1
    deadline: float = 5.0

    def send(self, usage: Callable[[Reply], Counted] = lambda _: Counted(), body: bytes | None = None) -> Reply:
        def deliver(network: Network) -> Reply:
            for _ in range(self.times):
                reply = network.send(
                    "POST",
                    self.request.url,
                    headers={"authorization": Secret(KEY).after("Bearer ")},
                    body=self.request.body if body is None else body,
                    deadline=self.deadline,
                    cancel=threading.Event(),
                )
            return reply

        door = Door(self.outbox, self.ledger, self.limits, HttpNetwork(self.offline))
        return door.send(self.request.id, deliver=deliver, usage=usage, price=self.price)

    @property
    def state(self) -> str:
        return self.outbox.get(self.request.id).state

    def last(self) -> dict[str, object]:
        return self.ledger.records()[-1]


@pytest.fixture
def desk(outbox: Outbox, ledger: Ledger, server: Loopback) -> Desk:
    made = Request(
        provider="openai", model="m", url=f"http://{server.host}/v1", headers={}, body=BODY, tokens=2_000,
        most_tokens=4_000, hidden={"name": 1},
    )  # fmt: skip
    outbox.add(made, Vault())
    return Desk(outbox, ledger, outbox.approve(made.id, "佐藤"))


def test_what_was_approved_leaves_byte_for_byte_and_stands_in_the_ledger(desk: Desk, server: Loopback) -> None:
    assert desk.send().body == BODY
    assert server.requests[0].body == BODY
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    begin, settle = desk.ledger.records()
    assert begin["request"] == desk.request.hash and begin["approved_by"] == "佐藤"
    assert (begin["bytes"], begin["hidden"], begin["model"]) == (len(BODY), {"name": 1}, "m")
    assert begin["money"] == pytest.approx(0.044)
    assert (settle["result"], settle["status"], settle["tokens_thinking"]) == ("answered", 200, 300)
    assert settle["money"] == pytest.approx(0.007), "thinking is billed like the answer"
    assert desk.state == "sent" and desk.outbox.get(desk.request.id).replies[0].body == BODY


def test_without_a_yes_nothing_leaves(desk: Desk, outbox: Outbox, server: Loopback) -> None:
    waiting = outbox.add(Request(provider="openai", model="m", url=desk.request.url, headers={}, body=b"{}"), Vault())
    desk.request = waiting
    with pytest.raises(NeedsConsent):
        desk.send()
    assert server.requests == [] and desk.ledger.records() == ()


def test_another_body_than_the_approved_one_does_not_leave(desk: Desk, server: Loopback) -> None:
    with pytest.raises(NeedsConsent, match="not the request"):
        desk.send(body=BODY + b" ")
    assert server.requests == [] and desk.ledger.records() == () and desk.state == "approved"


def test_the_key_in_the_text_does_not_leave(desk: Desk, outbox: Outbox, server: Loopback) -> None:
    body = f'{{"text":"{KEY}"}}'.encode()
    made = outbox.add(Request(provider="openai", model="m", url=desk.request.url, headers={}, body=body), Vault())
    desk.request = outbox.approve(made.id, "sato")
    with pytest.raises(NeverSent):
        desk.send()
    assert server.requests == [] and desk.ledger.records() == ()


def test_over_the_budget_nothing_leaves(desk: Desk, server: Loopback) -> None:
    desk.limits = Limits(call_money=0.04)
    with pytest.raises(OverBudget):
        desk.send()
    desk.limits = Limits(call_tokens=5_999)
    with pytest.raises(OverBudget):
        desk.send()
    assert server.requests == [] and desk.ledger.records() == () and desk.state == "approved"
    kept = desk.outbox.get(desk.request.id).error
    assert kept is not None and kept["kind"] == "over_budget"
    desk.limits = Limits(call_money=0.05)
    assert desk.send().status == 200


def test_an_unknown_price_stops_only_where_money_is_limited(desk: Desk, server: Loopback) -> None:
    desk.price = None
    with pytest.raises(SettingsError, match="costs"):
        desk.send()
    assert server.requests == [] and desk.state == "approved"
    desk.limits = Limits(call_tokens=10_000)
    assert desk.send().status == 200


def test_a_damaged_ledger_lets_nothing_out(desk: Desk, server: Loopback) -> None:
    desk.send()
    lines = desk.ledger.path.read_bytes()
    desk.ledger.path.write_bytes(lines.replace(b'"bytes":', b'"Bytes":'))
    made = desk.outbox.add(Request(provider="openai", model="m", url=desk.request.url, headers={}, body=b"{}"), Vault())
    desk.request = desk.outbox.approve(made.id, "sato")
    with pytest.raises(LedgerDamaged):
        desk.send()
    assert len(server.requests) == 1 and desk.state == "approved"


@pytest.mark.parametrize(
    ("status", "state", "result"),
    [(200, "sent", "answered"), (400, "failed", "refused"), (404, "failed", "refused"), (500, "failed", "refused"),
     (429, "approved", "refused"), (503, "approved", "refused")],
)  # fmt: skip
def test_the_state_after_each_status(desk: Desk, server: Loopback, status: int, state: str, result: str) -> None:
    server.script = [Say(status, b"{}")]
    assert desk.send(lambda _: Counted(0, 0, 0)).status == status
    assert (desk.state, desk.last()["result"]) == (state, result)
    assert desk.last()["money"] == pytest.approx(0.044 if status == 200 else 0), (
        "silent about tokens: what was reserved"
    )


def test_the_state_after_each_error_of_the_line(desk: Desk, server: Loopback) -> None:
    desk.offline = True
    with pytest.raises(Offline):
        desk.send()
    assert (desk.state, desk.last()["result"], desk.last()["money"]) == ("approved", "not_sent", 0.0)
    desk.offline = False
    server.script = [Reset()]
    with pytest.raises(Unreachable):
        desk.send()
    assert (desk.state, desk.last()["result"], desk.last()["error"]) == ("unknown", "unknown", "unreachable")
    assert desk.last()["money"] == pytest.approx(0.044), "it may have been billed"
    with pytest.raises(NeedsConsent, match="may have got it"):
        desk.send()
    assert len(server.requests) == 1
    desk.outbox.approve(desk.request.id, "sato")
    server.script, desk.deadline = [Silent()], 0.6
    with pytest.raises(DeadlinePassed):
        desk.send()
    assert desk.state == "unknown"


def test_every_attempt_of_one_sending_has_its_lines_and_its_money(desk: Desk, server: Loopback) -> None:
    server.script = [Say(503, b"{}"), Say(429, b"{}"), Say(200, b"{}")]
    desk.times = 3
    desk.send()
    results = [each["result"] for each in desk.ledger.records() if each["event"] == "settle"]
    assert results == ["refused", "refused", "answered"] and desk.state == "sent"
    assert [each.status for each in desk.outbox.get(desk.request.id).replies] == [503, 429, 200]


def test_an_answer_that_nobody_understands_is_kept(desk: Desk) -> None:
    def misread(network: Network) -> None:
        network.send("POST", desk.request.url, headers={}, body=BODY, deadline=5, cancel=threading.Event())
        raise DenjuError("not JSON")

    door = Door(desk.outbox, desk.ledger, desk.limits, HttpNetwork(False))
    with pytest.raises(DenjuError, match="not JSON"):
        door.send(desk.request.id, deliver=misread, usage=lambda _: Counted(), price=desk.price)
    kept = desk.outbox.get(desk.request.id)
    assert kept.state == "sent" and kept.replies[0].body == BODY and kept.error is not None


def test_an_answer_that_cannot_be_kept_does_not_let_the_request_out_again(
    desk: Desk, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(StorageError):
        patch.setattr(desk.outbox, "answered", full)
        desk.send()
    assert (desk.state, desk.last()["result"], desk.last()["error"]) == ("unknown", "unknown", "storage")
    assert desk.last()["money"] == pytest.approx(0.044)
    with pytest.raises(NeedsConsent, match="may have got it"):
        desk.send()
    assert len(server.requests) == 1


def test_a_look_at_the_models_stands_in_the_ledger_too(desk: Desk, server: Loopback) -> None:
    server.script = [Say(200, b"[]")]
    models = Request(provider="openai", model="", url=desk.request.url, headers={}, body=b"", method="GET")
    door = Door(desk.outbox, desk.ledger, desk.limits, HttpNetwork(False))
    door.look(models, "sato", headers={}, deadline=5, cancel=threading.Event())
    assert [each["event"] for each in desk.ledger.records()] == ["begin", "settle"]
    assert server.requests[0].method == "GET"


def test_what_may_have_arrived_from_another_machine_goes_again_only_after_a_yes_here(
    desk: Desk, server: Loopback, isolated: Path
) -> None:
    """That machine's ledger knows that it was sent; this one's does not."""
    with desk.outbox.sending(desk.request.id):
        pass
    lost = desk.outbox.export((desk.request.id,))
    elsewhere = Desk(Outbox(isolated / "other"), Ledger(isolated / "other ledger"), desk.request)
    elsewhere.outbox.import_(lost)
    back = Desk(Outbox(isolated / "maker"), Ledger(isolated / "maker ledger"), desk.request)
    back.outbox.import_(json.dumps(desk.request.to_dict()).encode())
    back.outbox.carry(back.outbox.export((desk.request.id,)))
    assert back.outbox.import_(lost).answered == (desk.request.id,)
    for machine in (elsewhere, back):
        door = Door(machine.outbox, machine.ledger, machine.limits, HttpNetwork(False))
        assert [each.id for each in door.recover()] == [desk.request.id]
        with pytest.raises(NeedsConsent):
            machine.send()
        assert machine.state == "unknown" and server.requests == []
        machine.outbox.approve(desk.request.id, "abe")
    elsewhere.send()
    assert len(server.requests) == 1


@pytest.mark.parametrize("killed", [False, True])
def test_what_may_have_arrived_goes_again_only_after_a_yes_whatever_becomes_of_the_ledger(
    desk: Desk, server: Loopback, isolated: Path, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    ledger, copy = desk.ledger.path.parent, isolated / "older copy"
    desk.ledger.begin(Attempt("rq_other", "", "openai", "h", "m", 1, "sato", ""))
    shutil.copytree(ledger, copy)
    server.script = [Reset()]
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError if killed else Unreachable):
        if killed:
            patch.setattr(HttpNetwork, "send", lambda *_, **__: 1 / 0)
        desk.send()
    arrived = len(server.requests)
    for bring_back in (lambda: None, lambda: shutil.copytree(copy, ledger)):
        shutil.rmtree(ledger)
        bring_back()
        with pytest.raises(NeedsConsent, match="may have got it"):
            desk.send()
        desk.ledger.begin(Attempt("rq_next", "", "openai", "h", "m", 1, "sato", ""))
    assert desk.state == "unknown" and len(server.requests) == arrived
    desk.outbox.approve(desk.request.id, "sato")
    server.script = [Say(200, b"{}")]
    desk.send()
    assert desk.state == "sent" and desk.outbox.get(desk.request.id).error is None


def test_an_answer_that_came_right_before_a_kill_is_no_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(desk.ledger, "settle", lambda *_: 1 / 0)
        desk.send()
    assert desk.state == "sent" and desk.outbox.get(desk.request.id).error is None


def test_the_key_is_in_no_file(desk: Desk, server: Loopback, isolated: Path) -> None:
    server.script = [Reset()]
    with pytest.raises(Unreachable):
        desk.send()
    files = [each for each in isolated.rglob("*") if each.is_file()]
    assert len(files) > 4
    assert not [each for each in files if KEY.encode() in each.read_bytes()]


def test_a_key_that_the_server_repeats_is_in_no_file(desk: Desk, server: Loopback, isolated: Path) -> None:
    repeated = f"Authorization: Bearer {KEY}"
    server.script = [Say(401, repeated.encode(), {"x-repeated": repeated})]
    reply = desk.send()
    assert (reply.body, reply.headers["x-repeated"]) == (b"Authorization: Bearer ***", "Authorization: Bearer ***")
    assert desk.outbox.get(desk.request.id).replies == (reply,)
    assert not [each for each in isolated.rglob("*") if each.is_file() and KEY.encode() in each.read_bytes()]


def test_killed_at_any_moment_nothing_is_lost_and_nothing_goes_twice() -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        found = killed(Path(folder), kills=15)
    assert found.kills == 15
    assert (found.lost, found.twice, found.unverified, found.stuck, found.unseen) == (0, 0, 0, 0, 0)
    assert set(found.states) == {"approved", "unknown", "sent"}, "the kills were not spread over the sending"


def test_offline_is_said_before_a_price_that_is_missing(desk: Desk) -> None:
    desk.offline, desk.price = True, None
    with pytest.raises(Offline):
        desk.send()
    desk.offline = False
    with pytest.raises(SettingsError, match="is not known"):
        desk.send()


def test_offline_no_socket_is_opened(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.offline = True
    monkeypatch.setattr(socket, "socket", None)
    with pytest.raises(Offline):
        desk.send()
