"""The outbox: what is kept, who may send it, and how it travels between two machines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from denju.egress.network import Reply
from denju.egress.outbox import Outbox
from denju.egress.request import ANSWER_TOKENS, Request, State, hash_of
from denju.errors import NeedsConsent, NeverSent, NotFound, Unreachable, UsageError
from denju.privacy.finding import find
from denju.privacy.vault import Vault, mask, unmask

BODY = '{"text":"［氏名1］様の納入品"}'.encode()


def request(body: bytes = BODY) -> Request:
    return Request(
        provider="gemini", model="m", url="https://teacher.example/v1", headers={"content-type": "application/json"},
        body=body, tokens=10, most_tokens=20, money=0.1, hidden={"name": 1}, about={"situation": "田中様の納入品"},
    )  # fmt: skip


def test_a_request_is_kept_byte_for_byte_and_for_its_owner_only(outbox: Outbox, isolated: Path) -> None:
    for body in (BODY, b"\xff\x00 not text", b""):
        made = outbox.add(request(body), Vault())
        again = Outbox(isolated / "outbox").get(made.id)
        assert again == made and again.body == body and again.hash == hash_of(body)
    modes = {each.stat().st_mode & 0o777 for each in (isolated / "outbox").iterdir()}
    assert modes == {0o600} and (isolated / "outbox").stat().st_mode & 0o777 == 0o700


def test_the_same_request_is_kept_once(outbox: Outbox) -> None:
    first = outbox.add(request(), Vault())
    assert outbox.add(request(), Vault()) == first
    outbox.drop(first.id)
    second = outbox.add(request(), Vault())
    assert second.id != first.id
    assert [each.state for each in outbox.all()].count("waiting") == 1


def test_two_cases_that_read_the_same_with_their_names_hidden_are_two(outbox: Outbox) -> None:
    kept = []
    for name in ("田中", "山田", "田中"):
        vault = Vault("ja")
        vault.placeholder("name", name)
        kept.append(outbox.add(request(), vault).id)
    assert kept[0] == kept[2] != kept[1]
    assert unmask("［氏名1］", outbox.vault(kept[1])) == "山田"


def test_what_was_hidden_comes_back_after_a_restart_and_goes_with_the_request(outbox: Outbox, isolated: Path) -> None:
    vault = Vault()
    text = "田中様（090-1234-5678）の納入品"
    hidden = mask(text, find(text), vault)
    made = outbox.add(request(), vault)
    kept = Outbox(isolated / "outbox").vault(made.id)
    assert unmask(hidden, kept) == text
    assert "田中" not in outbox.export((made.id,)).decode("unicode-escape")

    def on_the_disk(words: str) -> bool:
        files = [each.read_text("ascii") for each in (isolated / "outbox").iterdir()]
        return any(json.dumps(words)[1:-1] in each for each in files)

    hidden_or_told = ["田中", "090-1234", "納入品"]
    assert all(map(on_the_disk, hidden_or_told))
    outbox.drop(made.id)
    assert not any(map(on_the_disk, hidden_or_told))


def test_only_an_approved_request_goes_out_and_only_once(outbox: Outbox) -> None:
    made = outbox.add(request(), Vault())
    with pytest.raises(NeedsConsent) as caught, outbox.sending(made.id):
        pass
    assert caught.value.exit_code == 3
    with pytest.raises(UsageError, match="name"):
        outbox.approve(made.id, " ")
    approved = outbox.approve(made.id, "佐藤")
    assert approved.approval and (approved.approval.by, approved.approval.hash) == ("佐藤", made.hash)
    with outbox.sending(made.id) as sending:
        assert sending.state == "sending"
        assert outbox.get(made.id).state == "sending", "its sender lives"
        with pytest.raises(UsageError, match="on its way"), Outbox(outbox._place).sending(made.id):
            pass
        with pytest.raises(UsageError, match="on its way"):
            outbox.drop(made.id)
        outbox.answered(made.id, Reply(200, {"x": "y"}, b'{"a":\xff}'))
        outbox.finish(made.id, "sent")
    assert outbox.get(made.id).replies == (Reply(200, {"x": "y"}, b'{"a":\xff}'),)
    for again in (lambda: outbox.approve(made.id, "sato"), lambda: outbox.sending(made.id).__enter__()):
        with pytest.raises(UsageError, match="sent"):
            again()


def test_a_sending_that_ended_without_a_word_is_unknown_and_needs_a_new_yes(outbox: Outbox) -> None:
    made = outbox.add(request(), Vault())
    outbox.approve(made.id, "sato")
    with pytest.raises(ZeroDivisionError), outbox.sending(made.id):
        raise ZeroDivisionError
    assert outbox.get(made.id).state == "unknown"
    with pytest.raises(NeedsConsent, match="may have got it"), outbox.sending(made.id):
        pass
    assert outbox.approve(made.id, "sato").state == "approved"


def test_what_is_kept_can_be_read_again_whatever_stands_in_names_and_errors(outbox: Outbox) -> None:
    made = outbox.add(request(), Vault())
    assert outbox.approve(made.id, "佐\u200b藤\u00ad").approval.by == "佐藤"
    with pytest.raises(UsageError, match="name"):
        outbox.approve(made.id, "\u200b")
    with outbox.sending(made.id):
        outbox.finish(made.id, "failed", Unreachable("not\u200b\nreached", "\x1b[2Jagain\ue000"))
    assert outbox.get(made.id).error == {"kind": "unreachable", "message": "not reached", "hint": "again"}
    for change in ({"model": "m\u3000"}, {"url": "https://[::1/v1"}):
        with pytest.raises(UsageError, match="not kept"):
            outbox.add(replace(request(b"other"), **change), Vault())
    assert [each.id for each in outbox.all()] == [made.id]


def test_a_file_of_this_machine_that_cannot_be_read_is_named_to_be_moved_away(outbox: Outbox, isolated: Path) -> None:
    made = outbox.add(request(), Vault())
    file = isolated / "outbox" / f"{made.id}.json"
    file.write_bytes(b"{}")
    with pytest.raises(UsageError) as caught:
        outbox.all()
    assert "move it away" in caught.value.hint and str(file) in caught.value.hint


def test_a_body_that_was_changed_on_the_disk_is_not_sent(outbox: Outbox, isolated: Path) -> None:
    made = outbox.add(request(), Vault())
    outbox.approve(made.id, "sato")
    file = isolated / "outbox" / f"{made.id}.json"
    kept = json.loads(file.read_bytes())
    file.write_text(json.dumps({**kept, "body": "other"}))
    with pytest.raises(UsageError, match="hash"):
        outbox.get(made.id)
    file.write_text(json.dumps({**kept, "body": "other", "hash": hash_of(b"other")}))
    with pytest.raises(NeedsConsent, match="changed after the yes"), outbox.sending(made.id):
        pass


def test_what_another_machine_says_of_a_request_is_not_taken_for_what_was_asked_here(outbox: Outbox) -> None:
    forged = replace(request(), state="sent", replies=(Reply(200, {}, b"{}"),), about={"ask": 5})
    (added,) = outbox.import_(json.dumps(forged.to_dict()).encode()).added
    assert outbox.get(added).about == {}


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"my key is sk-abcdefghijklmnopqrstuvwx"}',
        b'{"text":"-----BEGIN RSA PRIVATE KEY-----\\nMIIE"}',
        '{"text":"パスワードは hunter2 です"}'.encode(),
        b'{"text":"\\u30d1\\u30b9\\u30ef\\u30fc\\u30c9\\uff1ahunter2"}',
        '{"a":{"b":["ｐａｓｓｗｏｒｄ：ｈｕｎｔｅｒ２"]}}'.encode(),
        b'{"password": "hunter2"}',
        b"Authorization: Bearer abcdefghijklmnop1234",
    ],
)
def test_a_secret_is_never_kept_to_be_sent(outbox: Outbox, body: bytes) -> None:
    with pytest.raises(NeverSent):
        outbox.add(request(body), Vault())
    line = json.dumps(replace(request(body), state="approved").to_dict()).encode()
    with pytest.raises(NeverSent):
        outbox.import_(line)
    assert outbox.all() == ()


def exported(outbox: Outbox, request_id: str) -> bytes:
    """As a person carries it: written, then resting here."""
    data = outbox.export((request_id,))
    outbox.carry(data)
    return data


def test_there_and_back_between_two_machines(outbox: Outbox, isolated: Path) -> None:
    made = outbox.add(request(), Vault())
    outbox.approve(made.id, "佐藤")
    carried = exported(outbox, made.id)
    assert "situation" not in carried.decode("unicode-escape"), "what only the maker needs stays"
    with pytest.raises(UsageError, match="another machine"), outbox.sending(made.id):
        pass

    other = Outbox(isolated / "other")
    assert other.import_(carried).added == (made.id,)
    assert other.import_(carried).known == (made.id,)
    with other.sending(made.id):
        other.answered(made.id, Reply(200, {}, b"{}"))
        other.finish(made.id, "sent")
    back = other.export((made.id,))

    assert outbox.import_(back).answered == (made.id,)
    assert outbox.import_(back).known == (made.id,)
    mine = outbox.get(made.id)
    assert (mine.state, mine.replies, mine.about) == ("sent", (Reply(200, {}, b"{}"),), made.about)
    assert mine.approval and mine.approval.by == "佐藤"


def test_an_answer_to_a_request_that_was_given_up_meanwhile_is_left_out(outbox: Outbox) -> None:
    made = outbox.add(request(), Vault())
    carried = exported(outbox, made.id)
    answer = replace(Request.from_json(carried, "export"), state="sent", replies=(Reply(200, {}, b"{}"),))
    outbox.drop(made.id)
    assert outbox.import_(json.dumps(answer.to_dict()).encode()).known == (made.id,)
    assert [(each.state, each.body, each.replies, each.carried) for each in outbox.all()] == [
        ("dropped", b"", (), False)
    ]
    assert outbox.add(request(), Vault()).state == "waiting", "the outbox is still readable"


def test_what_is_exported_rests_only_once_it_is_written(outbox: Outbox) -> None:
    made = outbox.add(request(), Vault())
    outbox.approve(made.id, "sato")
    data = outbox.export((made.id,))
    assert not outbox.get(made.id).carried
    outbox.carry(data)
    assert outbox.get(made.id).carried
    outbox.carry(data)
    assert outbox.get(made.id).carried, "two files of the same carry the same"


def test_what_left_while_it_was_written_is_not_carried(outbox: Outbox) -> None:
    first, second = outbox.add(request(), Vault()), outbox.add(request(b"{}"), Vault())
    for each in (first, second):
        outbox.approve(each.id, "sato")
    data = outbox.export((first.id, second.id))
    with outbox.sending(second.id):
        with pytest.raises(UsageError, match=f"{second.id} became sending while"):
            outbox.carry(data)
        outbox.answered(second.id, Reply(500, {}, b""))
        outbox.finish(second.id, "failed")
    assert not outbox.get(first.id).carried
    again = outbox.export((second.id,))
    outbox.approve(second.id, "sato")
    with outbox.sending(second.id):
        outbox.answered(second.id, Reply(500, {}, b""))
        outbox.finish(second.id, "failed")
    with pytest.raises(UsageError, match=f"{second.id} became failed while"):
        outbox.carry(again)


def test_what_comes_from_elsewhere_reserves_what_such_a_body_may_take(outbox: Outbox) -> None:
    made = replace(request(BODY * 50), tokens=0, most_tokens=0)
    outbox.import_(json.dumps(made.to_dict()).encode())
    kept = outbox.get(made.id)
    assert (kept.tokens, kept.most_tokens) == (len(made.body) // 3, ANSWER_TOKENS)


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_an_answer_to_what_failed_or_may_have_arrived_here_is_taken_in(
    outbox: Outbox, isolated: Path, state: State
) -> None:
    made = outbox.add(request(), Vault())
    outbox.approve(made.id, "sato")
    with outbox.sending(made.id):
        outbox.finish(made.id, state)
    carried, other = exported(outbox, made.id), Outbox(isolated / "other")
    assert outbox.import_(carried).known == (made.id,) and outbox.get(made.id).carried
    other.import_(carried)
    other.approve(made.id, "abe")
    with other.sending(made.id):
        other.answered(made.id, Reply(200, {}, b"{}"))
        other.finish(made.id, "sent")
    assert outbox.import_(exported(other, made.id)).answered == (made.id,)
    assert outbox.get(made.id).replies == (Reply(200, {}, b"{}"),)


def test_an_answer_does_not_replace_one_that_was_not_carried_away(outbox: Outbox) -> None:
    made = outbox.add(request(), Vault())
    forged = replace(made, state="sent", replies=(Reply(200, {}, b"forged"),))
    assert outbox.import_(json.dumps(forged.to_dict()).encode()).known == (made.id,)
    assert outbox.get(made.id).replies == ()


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"id": "rq_../../x"},
        {"id": "../../etc/passwd"},
        {"id": 5},
        {"state": "going"},
        {"body": "another"},
        {"body": None},
        {"headers": []},
        {"headers": {"a": 1}},
        {"headers": {"content-type": "application/json", "host": "evil.example"}},
        {"headers": {"content-type": "text/plain"}},
        {"tokens": -1},
        {"money": "free"},
        {"hidden": {"name": "two"}},
        {"hidden": {"licence": 1}},
        {"error": {"kind": "refused", "hint": ""}},
        {"error": {"kind": "refused", "message": "", "hint": "", "more": ""}},
        {"approval": {"by": "x"}},
        {"approval": {"by": "\x1b[2J", "at": "", "hash": ""}},
        {"replies": [1]},
        {"replies": [{"status": "200", "headers": {}, "body": "", "sent": ""}]},
        {"replies": [{"status": 200, "headers": 5, "body": "", "sent": ""}]},
        {"replies": [{"status": 200, "headers": {"a": 1}, "body": "", "sent": ""}]},
        {"replies": [{"status": 200, "headers": {}, "body": "", "sent": 5}]},
        {"method": "DELETE"},
        {"unheard": 1},
        {"about": []},
        {"url": "https://[::1/v1"},
    ],
    ids=str,
)
def test_a_bad_line_is_refused_and_nothing_is_taken_in(outbox: Outbox, change: dict[str, object]) -> None:
    good = json.dumps(request(b"{}").to_dict())
    bad = json.dumps({**request().to_dict(), **change})
    with pytest.raises(UsageError):
        outbox.import_(f"{good}\n{bad}\n".encode())
    assert outbox.all() == ()


@pytest.mark.parametrize("line", [b"[]", b"{}", b"5", b"\xff", b"{" * 100_000, b'{"schema":1}'])
def test_what_is_no_request_at_all(outbox: Outbox, line: bytes) -> None:
    with pytest.raises(UsageError, match="line 1"):
        outbox.import_(line)


@pytest.mark.parametrize("name", ["rq_000000000000", "", "rq_", "../outbox", "rq_*", f"rq_{'a' * 300}"])
def test_an_id_that_nobody_has(outbox: Outbox, name: str) -> None:
    with pytest.raises(NotFound):
        outbox.get(name)


def test_a_request_to_an_address_with_a_password_in_it_is_not_kept(outbox: Outbox) -> None:
    told = replace(request(), url="https://svc:hunter2@teacher.example/v1")
    assert told.host == "teacher.example"
    with pytest.raises(NeverSent):
        outbox.add(told, Vault())
    with pytest.raises(NeverSent):
        outbox.import_(json.dumps(told.to_dict()).encode())
    assert outbox.all() == ()
