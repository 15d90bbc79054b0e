"""``denju teacher``: what is printed, what leaves, and with which exit code it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Denju, at_a_terminal, environment
from denju.egress.outbox import Outbox
from denju.egress.request import Request
from denju.errors import StorageError
from drafted import answer_text, drafted
from loopback.gemini import GeminiServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

TEXT = "田中様が部品の傷で怒っている。連絡先は tanaka@example.co.jp。"


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        running.text = answer_text()
        for name, value in (("BASE_URL", running.base_url), ("MODEL", running.model), ("KEY", running.key)):
            monkeypatch.setenv(f"DENJU_TEACHER_{name}", value)
        yield running


def test_preview_prints_what_leaves_and_sends_nothing(denju: Denju, server: GeminiServer) -> None:
    done = denju("teacher", "preview", TEXT)
    assert done.code == 0
    body = json.loads(done.out)
    assert "［氏名1］" in str(body["contents"]) and "田中" not in done.out + done.err
    assert server.base_url in done.err and server.model in done.err and "［メール1］" in done.err
    shown = denju("teacher", "preview", TEXT, "--keep", "田中", "--hide", "怒", "--json").json()
    assert shown["body"] != done.out.strip() and "田中" in shown["body"] and "怒っている" not in shown["body"]
    assert server.requests == [] and denju("teacher", "outbox", "list").out == ""
    sent = denju("teacher", "request", TEXT, "--yes", "sato")
    assert sent.code == 0 and server.requests[0].body.decode() == done.out.removesuffix("\n")


def test_what_is_to_be_hidden_and_stands_nowhere_is_told_and_nothing_is_kept(denju):
    missed = denju(
        "teacher", "request", "月光計画の部品に傷がある", "--hide", "月光　計", "--hide", "日光計画", "--yes", "sato"
    )
    assert missed.code == 2 and "日光計画" in missed.err and "stands nowhere" in missed.err
    assert denju("teacher", "outbox", "list", "--json").out == ""


def test_where_no_price_is_known_it_says_so_before_the_yes(
    denju: Denju, server: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENJU_TEACHER_BASE_URL", "https://teacher.example/v1")
    monkeypatch.setenv("DENJU_TEACHER_MODEL", "unheard-of")
    told = "the price is not known, so nothing will be sent: set teacher.price_in and teacher.price_out"
    assert told in denju("teacher", "preview", TEXT).err
    kept = denju("teacher", "request", TEXT).out.strip()
    assert told in denju("teacher", "outbox", "show", kept).out
    with monkeypatch.context() as priced:  # since it was kept
        for way in ("IN", "OUT"):
            priced.setenv(f"DENJU_TEACHER_PRICE_{way}", "1")
        assert " USD" in denju("teacher", "outbox", "show", kept).out
        assert denju("teacher", "outbox", "list", "--json").json()["money"] > 0
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    told = "料金が不明なので送れません。teacher.price_in と teacher.price_out を決めてください"
    assert told in denju("teacher", "preview", TEXT).err
    for limit in ("CALL", "DAY", "MONTH"):
        monkeypatch.setenv(f"DENJU_TEACHER_BUDGET_{limit}", "0")
    assert "料金は不明" in (err := denju("teacher", "preview", TEXT).err) and told not in err


def test_without_a_yes_it_waits_and_ends_with_3(denju: Denju, server: GeminiServer) -> None:
    done = denju("teacher", "request", TEXT)
    request_id = done.out.strip()
    assert done.code == 3 and f"outbox approve {request_id}" in done.err and server.requests == []
    assert "waits for a yes" in denju("teacher", "outbox", "list").out
    assert "tanaka" not in denju("teacher", "outbox", "show", request_id).out
    assert denju("teacher", "outbox", "send", request_id).code == 3
    assert denju("teacher", "outbox", "approve", request_id, "--yes", "abe").code == 0
    sent = denju("teacher", "outbox", "send")
    assert sent.code == 0 and "部品の傷で怒っている" in sent.out
    assert denju("teacher", "outbox", "list", "--json").json()["approval"]["by"] == "abe"
    assert "answered" in denju("teacher", "outbox", "list").out
    assert denju("teacher", "outbox", "drop", request_id).code == 0
    assert denju("teacher", "outbox", "show", request_id, "--json").json()["body"] == ""


def test_the_start_of_several_ids_is_told_as_that(
    denju: Denju, server: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [denju("teacher", "request", f"{TEXT} {number}").out.strip() for number in range(7)]
    done = denju("teacher", "outbox", "show", "rq_")
    assert done.code == 1 and "'rq_' stands for 7 requests: rq_" in done.err and "more of the id" in done.err
    assert sum(each in done.err for each in kept) == 5 and ", …." in done.err
    assert "rq_none" in (err := denju("teacher", "outbox", "show", "rq_none").err) and "stands for" not in err
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    assert "で始まる依頼が 7 件あります" in denju("teacher", "outbox", "show", "rq_").err


def test_offline_it_is_kept_and_goes_out_later(denju: Denju, server: GeminiServer) -> None:
    done = denju("--offline", "teacher", "request", TEXT, "--yes", "sato")
    assert done.code == 3 and "offline" in done.err and server.requests == []
    assert denju("--offline", "teacher", "models").code == 3
    assert denju("teacher", "outbox", "send", "--json").json()["drafts"][0]["status"] == "draft"
    assert len(server.requests) == 1


def test_one_request_that_cannot_go_holds_up_no_other(
    denju: Denju, server: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("DENJU_TEACHER_BASE_URL", "http://127.0.0.1:1/v1beta")
        stuck = denju("teacher", "request", TEXT).out.strip()
    other = denju("teacher", "request", "納期が遅れて困っている").out.strip()
    for each in (stuck, other):
        denju("teacher", "outbox", "approve", each, "--yes", "sato")
    offline = denju("--offline", "teacher", "outbox", "send", other, stuck)
    assert offline.code == 3 and stuck not in offline.err
    done = denju("teacher", "outbox", "send", stuck, other)
    assert done.code == 2 and f"{stuck} is for" in done.err and "teacher.base_url" in done.err
    assert "部品の傷で怒っている" in done.out and len(server.requests) == 1
    states = {each["id"]: each["state"] for each in denju("teacher", "outbox", "list", "--json").json_lines()}
    assert states == {stuck: "approved", other: "sent"}


def test_a_draft_is_approved_or_sent_back(denju: Denju, server: GeminiServer) -> None:
    (draft,) = denju("teacher", "request", TEXT, "--yes", "sato", "--json").json()["drafts"]
    server.text = answer_text(drafted(why="短くした。"))
    (second,) = denju("teacher", "remark", draft["id"], "短く", "--yes", "sato", "--json").json()["drafts"]
    assert (second["id"], second["revision"], second["extra"]["rounds"][0]["remark"]) == (draft["id"], 2, "短く")
    assert denju("teacher", "remark", draft["id"], " ", "--yes", "sato").code == 2
    approved = denju("review", "approve", draft["id"], "--override", "読んだ")
    assert approved.code == 0, approved.err


def test_what_was_hidden_by_hand_stays_hidden_until_it_may_leave(denju: Denju, server: GeminiServer) -> None:
    asked = denju("teacher", "request", "月光計画の部品に傷がある", "--hide", "月光計画", "--yes", "sato", "--json")
    (draft,) = asked.json()["drafts"]
    assert denju("teacher", "remark", draft["id"], "もっと短く", "--yes", "sato").code == 0
    assert ["月光計画" in each.body.decode() for each in server.requests] == [False, False]
    assert denju("teacher", "remark", draft["id"], "短く", "--keep", "月光計画", "--yes", "sato").code == 0
    assert "月光計画" in server.requests[2].body.decode()


def test_an_answer_of_the_history_and_a_conversation(denju: Denju, server: GeminiServer, tmp_path: Path) -> None:
    answered = denju("ask", "部品に傷があります", "--max-tokens", "4", "--json").json()
    denju("history", "rate", answered["id"], "bad", "--why", "冷たい")
    shown = denju("teacher", "preview", "--answer", answered["id"], "--json").json()
    assert "冷たい" in shown["body"] and "部品に傷があります" in shown["body"]
    file = tmp_path / "talk.json"
    file.write_text(json.dumps([{"role": "customer", "text": "納期が遅い"}]), "utf-8")
    assert "納期が遅い" in denju("teacher", "preview", "--conversation", str(file)).out
    assert denju("teacher", "preview").code == 2
    assert denju("teacher", "preview", "--answer", "x", "--conversation", str(file)).code == 2


def test_the_ledger_lists_and_verifies(denju: Denju, server: GeminiServer, home: Path) -> None:
    assert denju("teacher", "ledger").out == "" and denju("teacher", "ledger", "--verify").code == 0
    denju("teacher", "request", TEXT, "--yes", "sato")
    (row,) = denju("teacher", "ledger").out.splitlines()
    assert "sato" in row and "answered" in row and "1,200 + 340 + 60" in row
    assert len(denju("teacher", "ledger", "--json").json_lines()) == 2
    assert "2 lines" in denju("teacher", "ledger", "--verify").out
    file = home / "ledger" / "ledger.jsonl"
    file.write_bytes(file.read_bytes().replace(b"sato", b"abe!"))
    done = denju("teacher", "ledger", "--verify", "--json")
    assert done.code == 1 and not done.json()["ok"]
    assert denju("teacher", "request", "別の状況", "--yes", "sato").code == 1 and len(server.requests) == 1


def test_a_ledger_whose_first_line_is_gone_is_told(denju: Denju, server: GeminiServer) -> None:
    denju("teacher", "request", TEXT, "--yes", "sato")
    file = Path(environment()["DENJU_HOME"]) / "ledger" / "ledger.jsonl"
    file.write_bytes(file.read_bytes().split(b"\n", 1)[1])
    done = denju("teacher", "ledger")
    assert done.code == 1 and "ends that never began" in done.err and "bring back a copy" in done.err


def test_export_and_import_carry_requests(denju: Denju, server: GeminiServer, tmp_path: Path, monkeypatch) -> None:
    denju("teacher", "request", TEXT)
    parcel = tmp_path / "parcel.jsonl"
    assert denju("teacher", "outbox", "export", "-o", str(parcel)).code == 0
    assert "tanaka" not in parcel.read_text("utf-8")
    listed = denju("teacher", "outbox", "list").out
    assert "exported; its answer is awaited" in listed
    assert "exported; its answer is awaited" in denju("teacher", "outbox", "show", listed.split()[0]).out
    again = denju("teacher", "request", TEXT, "--yes", "sato")
    assert again.code == 2 and "was exported to be sent from another machine" in again.err
    with parcel.open("ab") as file:
        file.write(b" " * 5_000_000 + b"\n")  # answers make it long
    here = str(Path(environment()["DENJU_HOME"]))
    monkeypatch.setenv("DENJU_HOME", str(tmp_path / "there"))
    (request_id,) = denju("teacher", "outbox", "import", str(parcel)).out.splitlines()
    denju("teacher", "outbox", "approve", request_id, "--yes", "abe")
    assert denju("teacher", "outbox", "send").code == 0
    back = tmp_path / "back.jsonl"
    denju("teacher", "outbox", "export", request_id, "-o", str(back))
    monkeypatch.setenv("DENJU_HOME", here)
    assert "in the library: 1;" in denju("teacher", "outbox", "import", str(back)).err
    assert "部品の傷で怒っている" in denju("review", "list").out


def test_what_needs_no_network_needs_no_right_address(
    denju: Denju, server: GeminiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = denju("teacher", "request", TEXT).out.strip()
    parcel = tmp_path / "parcel.jsonl"
    monkeypatch.setenv("DENJU_TEACHER_BASE_URL", "teacher.example")
    assert request_id in denju("teacher", "outbox", "list").out
    assert denju("teacher", "outbox", "export", "-o", str(parcel)).code == 0
    monkeypatch.setenv("DENJU_HOME", str(tmp_path / "there"))
    imported = denju("teacher", "outbox", "import", str(parcel))
    assert (imported.code, imported.out.split()) == (0, [request_id])
    refused = denju("teacher", "preview", TEXT)
    assert refused.code == 2 and "teacher.base_url" in refused.err


def test_what_was_taken_in_is_named_whatever_stops_its_reading(
    denju: Denju, server: GeminiServer, tmp_path: Path
) -> None:
    request_id = denju("teacher", "request", TEXT).out.strip()
    parcel = tmp_path / "parcel.jsonl"
    denju("teacher", "outbox", "export", "-o", str(parcel))
    ledger = Path(environment()["DENJU_HOME"]) / "ledger" / "ledger.jsonl"
    denju("teacher", "outbox", "drop", request_id)
    (ledger.parent.parent / "outbox" / f"{request_id}.json").unlink()
    ledger.parent.mkdir(exist_ok=True)
    ledger.write_text("no line of a ledger\n")
    stopped = denju("teacher", "outbox", "import", str(parcel))
    assert stopped.code == 1 and stopped.out.split() == [request_id]


def test_an_export_is_written_only_where_what_it_holds_rests_here(
    denju: Denju, server: GeminiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("No space is left.", "Make room.")

    denju("teacher", "request", TEXT)
    parcel = tmp_path / "parcel.jsonl"
    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "carry", full)
        assert denju("teacher", "outbox", "export", "-o", str(parcel)).code == 1
    assert list(tmp_path.glob("*parcel*")) == []
    assert denju("teacher", "outbox", "export", "-o", str(parcel)).code == 0 and parcel.exists()


def test_nothing_in_a_request_from_elsewhere_hides_from_the_look_at_it(denju: Denju, server: GeminiServer) -> None:
    body = '{"text":"harmless\U000e0041"}'.encode() + b"\x1b]0;a second text\x07 \xff"
    made = Request("gemini", server.model, f"{server.base_url}/x", {}, body)
    assert denju("teacher", "outbox", "import", "-", stdin=json.dumps(made.to_dict()).encode()).code == 0
    shown = denju("teacher", "outbox", "show", made.id).out
    assert r'{"text":"harmless\udb40\udc41"}\u001b]0;a second text\u0007 \xff' in shown
    assert "\U000e0041" not in denju("teacher", "outbox", "show", made.id, "--json").out


def test_login_keeps_a_key_that_nothing_prints(denju: Denju, server: GeminiServer, home: Path, monkeypatch) -> None:
    monkeypatch.delenv("DENJU_TEACHER_KEY")
    monkeypatch.setenv("GEMINI_API_KEY", server.key)
    assert denju("teacher", "models").code == 1
    assert server.key not in str([each.headers for each in server.requests]), "it is Google's, and this is not Google"
    assert denju("teacher", "login", stdin=b"\n").code == 2
    done = denju("teacher", "login", stdin=f"{server.key}\n".encode())
    assert done.code == 0 and server.key not in done.out + done.err
    assert (home / "keys.json").stat().st_mode & 0o777 == 0o600
    assert denju("teacher", "models").out.split("\t")[0] == server.model
    doctor = denju("doctor")
    assert "key: yes" in doctor.out and server.key not in doctor.out
    assert denju("teacher", "login", "--forget").code == 0
    assert "key: no" in denju("doctor").out
    assert "offline" in denju("--offline", "doctor").out


def test_login_says_which_variable_goes_before_the_stored_key(
    denju: Denju, server: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = denju("teacher", "login", stdin=f"{server.key}\n".encode())
    forgotten = denju("teacher", "login", "--forget")
    for done in (stored, forgotten):
        assert done.code == 0 and "environment variable DENJU_TEACHER_KEY" in done.err and server.key not in done.err
    monkeypatch.delenv("DENJU_TEACHER_KEY")
    assert "environment variable" not in denju("teacher", "login", stdin=f"{server.key}\n".encode()).err
    assert "environment variable" not in denju("teacher", "login", "--forget").err


def test_with_a_terminal_it_shows_and_asks(denju: Denju, server: GeminiServer) -> None:
    typed = "ｙ\n"  # as an input method types it
    code, shown = at_a_terminal("Send this", typed, "teacher", "request", TEXT, DENJU_PERSON_NAME="sato")
    assert code == 0, shown
    assert "Send this, sato?" in shown and "［氏名1］" in shown and "田中" not in shown
    assert len(server.requests) == 1
    told = shown.rindex("hidden: 2")
    assert shown.index("thinkingConfig") < told < shown.index("Send this"), "the body would scroll the rest away"
