"""From a bad answer to drafts: what leaves, what comes back, and that nothing happens by itself."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from denju.egress.network import Reply
from denju.egress.outbox import Outbox
from denju.errors import BadKey, NeedsConsent, NeverSent, NotFound, NotUnderstood, Offline, SettingsError, UsageError
from denju.events import Drafted, Pausing, Sending
from denju.learning.hiding import Hiding
from denju.learning.teach import Recovered
from denju.values import Turn
from drafted import answer_text, drafted
from loopback.gemini import GeminiServer
from loopback.openai import OpenAIServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

MESSAGE = "田中様よりお電話。部品に傷があります。至急 tanaka@example.co.jp か 03-1234-5678 へ。田中は怒っています。"


@pytest.fixture
def bench(opened, server):
    return opened(server)


def run(bench, request_id):
    """Send; the last event is the drafts."""
    events = [*bench.teach.send(request_id, threading.Event())]
    assert isinstance(events[-1], Drafted)
    return events


def kept(bench, text=MESSAGE, **hiding):
    case = bench.case(text)
    chosen = Hiding(**hiding)
    return bench.teach.keep(bench.teach.preview(bench.teach.ask(case), chosen))


def test_what_is_shown_is_what_leaves_and_what_was_hidden_comes_back(bench, server):
    server.text = answer_text(drafted(title="［氏名1］への対応", steps=["［氏名1］に電話する", "ロット番号を尋ねる"]))
    ask = bench.teach.ask(bench.case(MESSAGE))
    preview = bench.teach.preview(ask)
    assert [each.title for each in (*ask.policies, *ask.near)] == ["約束", "部品の傷"]
    assert preview.exact and preview.money == 0.0
    for personal in ("田中", "tanaka@", "03-1234"):
        assert personal not in preview.body
    request = bench.teach.keep(preview)
    assert bench.gist_of(request).startswith("［氏名1］様よりお電話。部品に傷があります。")
    bench.outbox.approve(request.id, "sato")
    events = run(bench, request.id)
    assert [type(each) for each in events] == [Sending, Drafted]
    assert [each.body for each in server.requests] == [preview.request.body]
    (draft,) = events[-1].drafts
    assert draft.status == "draft" and draft.title == "田中への対応" and draft.steps[0] == "田中に電話する"
    assert (draft.origin.kind, draft.origin.by, draft.origin.request) == ("teacher", "sato", request.hash)
    assert draft.origin.model == server.model
    assert draft.extra["reason"] == "お詫びより先に番号を尋ねていたため。"
    assert draft in bench.library.all() and draft not in bench.library.serving()
    assert bench.ledger.verify().ok


def test_a_person_keeps_what_was_found_and_marks_what_was_not(bench):
    ask = bench.teach.ask(bench.case(MESSAGE))
    preview = bench.teach.preview(ask, Hiding(frozenset({"田中"}), ("至急",)))
    assert "田中" in preview.body and "至急" not in preview.body
    found = {each.text: each for each in preview.found}
    assert not found["田中"].hidden and found["田中"].count == 2
    assert found["至急"].marks == ("至急",) and found["至急"].kind == "term"
    assert "name" not in preview.hidden.counts


def test_what_is_marked_by_hand_does_not_leave_inside_of_what_may_leave(bench):
    ask = bench.teach.ask(bench.case("Our part came broken, says Tanaka Trading Co. of Osaka."))
    preview = bench.teach.preview(ask, Hiding(frozenset({"Tanaka Trading Co."}), ("TANAKA",)))
    assert "Tanaka" not in preview.body and "Trading Co." in preview.body
    assert [(each.text, each.hidden, each.marks) for each in preview.found] == [
        ("Tanaka Trading Co.", False, ()),
        ("Tanaka", True, ("TANAKA",)),
    ]
    preview = bench.teach.preview(ask, Hiding(frozenset({"Tanaka"}), ("tanaka",)))
    assert "Tanaka" not in preview.body


@pytest.mark.parametrize("mark", ["太郎です", "担当は山田", "担当は山田太郎です"])
def test_what_is_marked_across_the_edge_of_a_find_can_be_taken_back(bench, mark):
    ask = bench.teach.ask(bench.case("Ｃ社の担当は山田太郎です。部品の傷の件。"))
    alone = bench.teach.preview(ask).found
    assert [(each.text, each.marks) for each in alone] == [("山田太郎", ())]
    preview = bench.teach.preview(ask, Hiding(marked=("傷の件", mark)))
    marked = {each.text: each for each in preview.found}
    assert all(text not in preview.body for text in ("山田太郎", "傷の件", mark))
    (whole,) = marked.keys() - {"山田太郎", "傷の件"}
    assert mark in whole and marked[whole].hidden and marked[whole].marks == (mark,)
    assert bench.teach.preview(ask, Hiding(marked=("傷の件",))).found[0] == alone[0]


def test_marks_that_overlap_are_hidden_and_taken_back_together(bench):
    ask = bench.teach.ask(bench.case("新製品の試作の件で傷があります。"))
    preview = bench.teach.preview(ask, Hiding(marked=("新製品の試", "試作の件")))
    assert [(each.text, each.marks) for each in preview.found] == [("新製品の試作の件", ("新製品の試", "試作の件"))]


def test_a_mark_within_a_find_that_is_hidden_hides_nothing_more(bench):
    ask = bench.teach.ask(bench.case("Ｃ社の担当は山田太郎です。部品の傷の件。"))
    (found,) = bench.teach.preview(ask, Hiding(marked=("太郎",))).found
    assert (found.text, found.marks) == ("山田太郎", ())
    found = {each.text: each for each in bench.teach.preview(ask, Hiding(frozenset({"山田太郎"}), ("太郎",))).found}
    assert found["太郎"].marks == ("太郎",) and not found["山田太郎"].hidden


def test_a_secret_is_hidden_whatever_a_person_says(bench):
    key = "sk-live0123456789abcdefghijkl"
    preview = bench.teach.preview(
        bench.teach.ask(bench.case(f"鍵は {key} です。傷があります。")), Hiding(frozenset({key}))
    )
    assert key not in preview.body
    assert [each.fixed for each in preview.found] == [True]


def test_the_terms_of_the_firm_are_hidden_beside_japanese_text(bench):
    bench.paths.terms.parent.mkdir(parents=True, exist_ok=True)
    bench.paths.terms.write_text("Acme\n極秘プロジェクト\n", "utf-8")
    preview = bench.teach.preview(bench.teach.ask(bench.case("ＡＣＭＥの極秘プロジェクトの部品に傷")))
    assert "極秘" not in preview.body and "ＡＣＭＥ" not in preview.body


def test_two_letters_of_hiragana_are_a_name_only_beside_their_title(bench):
    preview = bench.teach.preview(
        bench.teach.ask(bench.case("まなさんと申します。まなびの場で使う部品に傷があります。"))
    )
    assert "まなさん" not in preview.body and "まなびの場" in preview.body


def test_without_a_yes_nothing_leaves(bench, server):
    request = kept(bench)
    with pytest.raises(NeedsConsent):
        [*bench.teach.send(request.id, threading.Event())]
    assert server.requests == []


def test_offline_nothing_leaves_and_the_request_waits(opened, server):
    bench = opened(server, network__offline=True)
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with pytest.raises(Offline):
        [*bench.teach.send(request.id, threading.Event())]
    assert server.requests == [] and bench.outbox.get(request.id).state == "approved"
    again = opened(server)
    assert run(again, request.id)[-1].drafts


def test_an_answer_that_cannot_be_used_is_asked_for_once_more_with_the_reason(bench, server):
    good, half = server.says(server.text), server.cut_off()
    server.script = [half, good]
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    events = run(bench, request.id)
    assert [type(each) for each in events] == [Sending, Sending, Drafted] and events[1].again
    first, second = bench.outbox.all()
    assert (first.state, second.state, second.approval.by) == ("sent", "sent", "sato")
    assert [each["result"] for each in bench.ledger.records() if each["event"] == "settle"] == ["answered"] * 2
    assert "tanaka@" not in server.requests[1].body.decode()


def test_twice_wrong_is_kept_for_reading(bench, server):
    server.text = "これはJSONではありません"
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with pytest.raises(NotUnderstood):
        run(bench, request.id)
    assert len(server.requests) == 2
    assert all(each.replies for each in bench.outbox.all())
    assert bench.teach.recover().drafted == ()
    assert len(server.requests) == 2


def test_a_case_whose_answer_could_not_be_used_is_asked_anew(bench, server):
    good, server.text = server.text, "これはJSONではありません"
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with pytest.raises(NotUnderstood):
        run(bench, request.id)
    server.text = good
    anew = kept(bench)
    assert anew.id != request.id and anew.state == "waiting"
    bench.outbox.approve(anew.id, "sato")
    assert run(bench, anew.id)[-1].drafts and len(server.requests) == 3
    assert kept(bench).id == anew.id


def test_an_answer_that_cannot_be_used_is_found_out_after_a_kill_too(bench, server):
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with bench.outbox.sending(request.id):
        bench.outbox.answered(request.id, Reply(200, {}, b"<html>"))  # and killed before anybody read it
    assert bench.teach.recover() == Recovered()
    left = bench.outbox.get(request.id)
    assert (left.state, left.error["kind"]) == ("sent", "not_understood")
    assert kept(bench).id != request.id and server.requests == []


def test_an_older_server_is_asked_in_a_plainer_form(opened):
    with OpenAIServer() as server:
        server.text, server.old = answer_text(), True
        bench = opened(server)
        request = kept(bench)
        bench.outbox.approve(request.id, "sato")
        drafts = run(bench, request.id)[-1].drafts
        assert drafts
        assert [json.loads(each.body)["response_format"]["type"] for each in server.requests] == [
            "json_schema", "json_object",
        ]  # fmt: skip
        again = kept(bench)
        bench.outbox.approve(again.id, "sato")
        assert run(bench, again.id)[-1].drafts == drafts, "the plainer one was answered before"
        assert len(server.requests) == 3


def test_a_limit_is_waited_for_and_told(bench, server):
    server.script = [server.rate_limited(0.05), server.says(server.text)]
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    assert [type(each) for each in run(bench, request.id)] == [Sending, Pausing, Drafted]


def test_the_same_request_is_not_sent_twice(bench, server):
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    drafts = run(bench, request.id)[-1].drafts
    assert kept(bench).id == request.id
    assert run(bench, request.id)[-1].drafts == drafts
    assert len(server.requests) == 1
    assert sum(each.origin.kind == "teacher" for each in bench.library.all()) == 1


def test_a_case_whose_drafts_were_deleted_says_so(bench, server):
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    (draft,) = run(bench, request.id)[-1].drafts
    bench.library.delete(draft.id, by="sato")
    with pytest.raises(NotFound, match="were deleted") as told:
        run(bench, kept(bench).id)
    assert f"outbox drop {request.id}" in told.value.hint
    bench.outbox.drop(request.id)
    assert kept(bench).state == "waiting" and len(server.requests) == 1


def test_an_answer_that_nobody_read_becomes_drafts_at_the_next_start(opened, server, monkeypatch):
    bench = opened(server)
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with monkeypatch.context() as patch:
        patch.setattr("denju.learning.drafting.keep", _die)
        with pytest.raises(RuntimeError):
            run(bench, request.id)
    again = opened(server)
    (draft,) = again.teach.recover().drafted
    assert draft.origin.request == request.hash
    assert again.teach.recover().drafted == ()
    again.library.delete(draft.id, by="sato")
    assert again.teach.recover().drafted == ()
    assert len(server.requests) == 1


def test_drafts_that_were_made_are_not_made_again_where_the_library_is_another_one(opened, server):
    bench = opened(server)
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    assert run(bench, request.id)[-1].drafts
    bench.paths.library.unlink()
    other = opened(server)
    file = other.paths.outbox / f"{request.id}.json"
    data = json.loads(file.read_bytes())
    del data["about"]["drafted"]
    for text in (file.read_text(), json.dumps(data)):  # the second as it was written before there was a note
        file.write_text(text)
        assert other.teach.recover().drafted == ()
        assert all(each.origin.kind != "teacher" for each in other.library.all())
    assert other.teach.drafts(request.id), "a person who asks for them gets them"


def _die(*_: object) -> None:
    raise RuntimeError


def test_a_draft_is_sent_back_with_a_remark_and_its_rounds_stay_with_it(bench, server):
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    (first,) = run(bench, request.id)[-1].drafts
    server.text = answer_text(drafted(steps=["保証は二年と伝える"]), drafted(title="別の方略"))
    ask = bench.teach.sent_back(first, "保証は二年です（山田様に確認）")
    assert ask.situation == MESSAGE
    preview = bench.teach.preview(ask)
    assert "山田" not in preview.body and "tanaka@" not in preview.body
    second = bench.teach.keep(preview, draft=first)
    bench.outbox.approve(second.id, "abe")
    revised, other = run(bench, second.id)[-1].drafts
    assert (revised.id, revised.revision, revised.steps) == (first.id, 2, ("保証は二年と伝える",))
    assert other.id != first.id
    (said,) = revised.extra["rounds"]
    assert (said["revision"], said["remark"], said["by"]) == (1, "保証は二年です（山田様に確認）", "abe")
    assert bench.teach.recover().drafted == ()
    third = bench.teach.sent_back(revised, "短く")
    assert [one.remark for one in third.rounds] == ["保証は二年です（山田様に確認）", "短く"]
    assert [one.drafts[0].revision for one in third.rounds] == [1, 2]
    with pytest.raises(UsageError):
        bench.teach.sent_back(revised, " ")


def test_what_a_person_hid_by_hand_stays_hidden_in_the_next_rounds(bench):
    request = kept(bench, "田中様より、月光計画の部品に傷があります。", kept=frozenset({"田中"}), marked=("月光計画",))
    bench.outbox.approve(request.id, "sato")
    (draft,) = run(bench, request.id)[-1].drafts
    for _ in range(2):
        ask = bench.teach.sent_back(draft, "短く")
        preview = bench.teach.preview(ask, bench.teach.hiding_of(draft))
        assert "月光計画" in ask.situation and "月光計画" not in preview.body
        assert "田中" not in preview.body, "what may leave is decided for each request"
        following = bench.teach.keep(preview, draft=draft)
        bench.outbox.approve(following.id, "sato")
        (draft,) = run(bench, following.id)[-1].drafts
    assert draft.revision == 3


def test_two_cases_that_read_the_same_with_their_names_hidden_keep_their_own_names(bench, server):
    server.text = answer_text(drafted(title="［氏名1］への対応"))
    for name in ("田中", "山田"):
        request = kept(bench, f"{name}様よりお電話。部品に傷があります。")
        bench.outbox.approve(request.id, "sato")
        (draft,) = run(bench, request.id)[-1].drafts
        assert draft.title == f"{name}への対応"
        assert bench.teach.sent_back(draft, "短く").situation.startswith(name)
    first, second = server.requests
    assert first.body == second.body


def test_a_pasted_reply_is_marked_in_the_draft(bench, server):
    server.text = answer_text(drafted(steps=["このたびはご迷惑をおかけし誠に申し訳ございません。"]))
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    (draft,) = run(bench, request.id)[-1].drafts
    assert {"kind": "formula", "field": "steps", "index": 0} in draft.extra["marks"]


def test_a_bad_answer_of_a_conversation_goes_along(bench, server):
    turns = [{"role": "customer", "text": "傷があります"}, {"role": "agent", "text": "ロット番号をどうぞ"}]
    case = bench.case("冷たい", conversation=turns)
    assert (case.situation, case.answer, case.conversation) == (
        "冷たい", "ロット番号をどうぞ", (Turn("customer", "傷があります"),),
    )  # fmt: skip
    assert "ロット番号をどうぞ" in bench.teach.preview(bench.teach.ask(case)).body
    with pytest.raises(UsageError):
        bench.case(conversation=[{"role": "agent", "text": "はい"}])


@pytest.mark.parametrize(
    "said",
    [
        ["部品に傷があります。\n\n> The order shipped today and reaches your plant on Monday."],
        ["部品に傷があります。", "12345"],
    ],
)
def test_a_conversation_is_asked_about_in_the_language_that_its_customer_speaks(bench, said):
    bench.library.add([replace(bench.library.get("st_flaw"), id="st_flaw_en", language="en")])
    case = bench.case(conversation=[{"role": "customer", "text": each} for each in said])
    assert bench.teach.ask(case).language == "ja"


def test_carried_to_another_machine_and_back(opened, server, isolated):
    here = opened(server)
    request = kept(here)
    here.outbox.approve(request.id, "sato")
    parcel = here.outbox.export((request.id,))
    here.outbox.carry(parcel)
    assert b"tanaka" not in parcel
    there = opened(server)
    there.paths = there.paths.__class__(isolated / "there", isolated / "there")
    assert there.outbox.import_(parcel).added == (request.id,)
    there.outbox.approve(request.id, "abe")
    assert run(there, request.id)[-1].drafts == ()
    assert here.outbox.import_(there.outbox.export((request.id,))).answered == (request.id,)
    assert len(here.teach.recover().drafted) == 1
    assert len(server.requests) == 1


def test_the_key_goes_to_no_other_host_than_the_settings_name(opened, server):
    bench = opened(server)
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with GeminiServer() if isinstance(server, GeminiServer) else OpenAIServer() as elsewhere:
        other = opened(elsewhere)
        with pytest.raises(SettingsError):
            run(other, request.id)
        assert elsewhere.requests == server.requests == []


@pytest.mark.parametrize("change", ["path", "method", "model"])
def test_a_request_from_elsewhere_asks_for_what_denju_asks_for_or_does_not_go(opened, server, change):
    bench = opened(server)
    request = bench.outbox.approve(kept(bench).id, "sato")
    body = {**json.loads(request.body), "model": "dearer"} if change == "model" else None
    told = {
        "path": replace(request, url=request.url + "/../../files"),
        "method": replace(request, method="GET"),
        "model": replace(request, body=json.dumps(body).encode(), hash="", approval=None),
    }[change]
    away = Outbox(bench.paths.outbox.with_name("away"))
    away.import_(json.dumps(replace(told, id="rq_elsewhere").to_dict()).encode())
    bench.outbox.import_(away.export(("rq_elsewhere",)))
    bench.outbox.approve("rq_elsewhere", "sato")
    with pytest.raises(SettingsError, match="no question to"):
        run(bench, "rq_elsewhere")
    assert server.requests == []


def test_the_key_of_an_encrypted_address_does_not_go_there_unencrypted(opened, server):
    bench = opened(server)
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    other = opened(server, teacher__base_url=server.base_url.replace("http:", "https:"))
    with pytest.raises(SettingsError, match="the settings name https://"):
        run(other, request.id)
    assert server.requests == []


def test_without_a_key_nothing_is_sent_to_the_internet(opened, server):
    bench = opened(server, teacher__base_url="https://teacher.invalid/v1", key=" ")
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with pytest.raises(BadKey):
        run(bench, request.id)
    assert bench.outbox.get(request.id).state == "approved"


def test_offline_is_said_before_a_key_that_is_missing(opened, server):
    bench = opened(server, teacher__base_url="https://teacher.invalid/v1", network__offline=True, key=" ")
    request = kept(bench)
    bench.outbox.approve(request.id, "sato")
    with pytest.raises(Offline):
        run(bench, request.id)
    with pytest.raises(Offline):
        bench.teach.models("sato", threading.Event())
    assert bench.outbox.get(request.id).state == "approved"


def test_a_secret_that_hides_from_the_rules_of_a_text_stops_the_request(bench, monkeypatch):
    monkeypatch.setattr("denju.learning.hiding.find", lambda *_: ())
    with pytest.raises(NeverSent):
        kept(bench, "鍵は sk-live0123456789abcdefghijkl です")


@pytest.mark.parametrize("model", ["gpt-5\u3000", "gpt-5\r", "gpt\u200b-5", " gpt-5"])
def test_a_name_of_a_model_that_could_not_be_read_again_is_refused_where_it_enters(opened, server, model):
    bench = opened(server)
    with pytest.raises(SettingsError, match="no name of a model"):
        bench.teach.preview(bench.teach.ask(bench.case(MESSAGE)), model=model)
    with pytest.raises(SettingsError, match="no name of a model"):
        kept(opened(server, teacher__model=model))
    assert bench.outbox.all() == ()


@pytest.mark.parametrize("provider", ["gemini", "openai", "google-generativeai"])
@pytest.mark.parametrize(
    "address", ["http://192.168.1.5：8080/v1", "https://[::1/v1", "https://teacher.example/v1\u3000", "teacher.example"]
)
def test_an_address_that_is_none_is_refused_where_it_enters(opened, server, provider, address):
    with pytest.raises(SettingsError, match="no address") as told:
        kept(opened(server, teacher__provider=provider, teacher__base_url=address))
    assert "teacher.base_url" in told.value.hint


@pytest.mark.parametrize(
    "wrong", [{"teacher__base_url": "teacher.example"}, {"teacher__base_url": "http://[::1/v1"},
              {"teacher__model": "gpt-5 "}],
)  # fmt: skip
def test_what_waits_is_freed_whatever_address_and_model_are_set(opened, server, wrong):
    request = kept(opened(server))
    bench = opened(server, **wrong)
    bench.outbox.approve(request.id, "sato")
    with bench.outbox.sending(request.id):
        pass  # ended before anything left
    assert bench.teach.recover() == Recovered()
    assert bench.outbox.get(request.id).state == "approved"


def test_models_are_listed_and_stand_in_the_ledger(bench, server):
    models = bench.teach.models("sato", threading.Event())
    assert [each.id for each in models] == [server.model]
    assert bench.ledger.records()[0]["approved_by"] == "sato"


def test_an_address_is_the_settings_providers_and_no_other_provider_is_reached_by_it(opened, server):
    """Else the key of the one would go to the server of the other."""
    bench = opened(server, teacher__provider="gemini", teacher__base_url="http://127.0.0.1:1/v1beta")
    ask = bench.teach.ask(bench.case(MESSAGE))
    assert bench.teach.preview(ask, model="m").request.host == "127.0.0.1:1"
    assert bench.teach.preview(ask, provider="openai", model="m").request.host == "api.openai.com"
