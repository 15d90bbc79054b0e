"""The Teacher pane: from a bad answer to a strategy that serves, and that nothing leaves by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from denju.errors import ChecksFailed, DeadlinePassed
from denju.testing import FakeStudent
from denju_tui.terminal import Terminal
from denju_tui.widgets.message_box import MessageBox
from denju_tui.widgets.sheet import Sheet
from drafted import answer_text, drafted
from loopback.gemini import GeminiServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

MESSAGE = "田中です。展示会用の販促タペストリーが色あせて届き、恥をかきました。 tanaka@example.co.jp"
NEXT = "販促タペストリーが色あせていて恥をかきました"
TAPESTRY = drafted(
    title="販促タペストリーの色あせ",
    situation="展示会用の販促タペストリーが色あせて届き、お客様が恥をかいた。",
    steps=["恥をかかせたことを詫びる", "展示会の日を尋ねる"],
    cues={
        "ja": ["タペストリーが色あせて届いた", "販促タペストリーの色あせ", "展示会で恥をかいた",
               "色あせて恥をかきました", "タペストリーの色がない"],
        "en": ["The tapestry came faded", "Faded banner", "We were embarrassed at the fair", "Colours gone",
               "Pale print"],
    },
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        running.text = answer_text(TAPESTRY)
        yield running


@pytest.fixture
def taught(opened, server, monkeypatch):
    """The app with a teacher on this machine."""
    monkeypatch.setenv("DENJU_TEACHER_KEY", server.key)
    settings = {"teacher__base_url": server.base_url, "teacher__model": server.model, "person__name": "sato"}
    return lambda student=None, **options: opened(student, **{**settings, **options})


def pane_of(app):
    return app.app.teacher_pane


async def look(app, text=MESSAGE):
    """Go to the pane, describe a situation, and wait for what would leave."""
    await app.pilot.press("f5")
    pane = pane_of(app)
    await app.until(lambda: pane.is_mounted and pane.query(MessageBox))
    box = pane.query_one(MessageBox)
    box.insert(text)
    await app.until(lambda: app.app.focused is box)
    await app.pilot.press("enter")
    await app.until(lambda: pane.step == "look")
    return pane


async def send_back(app, pane, remark):
    """Send what is looked at, and the draft that comes back with ``remark``; wait for what would leave."""
    await app.pilot.press("f12")
    await app.until(lambda: pane.step == "drafts")
    await app.pilot.press("ctrl+r")
    pane.query_one("#line").value = remark
    await app.pilot.press("enter")
    await app.until(lambda: pane.step == "look")


async def test_where_no_price_is_known_it_says_so_before_the_yes(taught):
    far = {"teacher__base_url": "https://teacher.example/v1", "teacher__model": "unheard-of"}
    async with taught(language="en", **far) as app:
        await look(app)
        assert app.shows("so nothing will be sent: set teacher.price_in")
    free = {f"teacher__budget_{name}": 0 for name in ("call", "day", "month")}
    async with taught(language="en", **far, **free) as app:
        await look(app)
        assert app.shows("the price is not known") and not app.shows("nothing will be sent")


@pytest.mark.parametrize(("size", "language"), [((120, 40), "en"), ((80, 24), "ja")])
async def test_a_bad_answer_becomes_a_strategy_that_serves(taught, server, size, language):
    student = FakeStudent(["どうでもよい返事。", "よい返事。"])
    async with taught(student, size=size, language=language) as app:
        await app.ask(MESSAGE)
        before = app.pane.current.match.kind
        await app.pilot.press("f10")
        assert app.shows(app.app.desk.texts("talk.why_here"))
        app.pane.query_one("#why").value = "冷たい"
        await app.pilot.press("enter")
        await app.until(lambda: "Ctrl+G" in app.notice)
        await app.pilot.press("ctrl+g")
        pane = pane_of(app)
        await app.until(lambda: pane.step == "look" and app.shows("<data>"))
        body = pane.look.preview.body
        assert all(part in body for part in ("冷たい", "どうでもよい返事", "タペストリー"))
        assert "tanaka@" not in body and server.requests == []
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        assert [each.body.decode() for each in server.requests] == [body]
        (draft,) = pane.drafts.drafts
        assert draft.status == "draft" and app.shows("販促タペストリーの色あせ")
        await app.until(lambda: pane.drafts.findings)
        await app.pilot.press("f9")
        await app.until(lambda: pane.drafts.drafts[0].status == "approved" or pane.has_class("-line"))
        if pane.has_class("-line"):
            pane.query_one("#line").value = "読んで確かめた"
            await app.pilot.press("enter")
            await app.until(lambda: pane.drafts.drafts[0].status == "approved")
        await app.pilot.press("f2", "ctrl+n")
        await app.ask(NEXT)
        answer = app.pane.current.answer
        assert before == "none"
        assert answer.match == "matched" and answer.strategy.strategy.id == draft.id
        assert "恥をかかせたことを詫びる" in student.prompts[-1]
        assert app.app.desk.workbench.ledger.verify().ok


async def test_what_is_found_is_switched_and_more_is_marked(taught, server):
    async with taught() as app:
        pane = await look(app)
        assert "田中" not in pane.look.preview.body
        rows = pane.look.rows
        await app.pilot.press("ctrl+o")
        assert app.app.focused is rows
        await app.down_to(lambda: rows.key == "田中")
        await app.until(lambda: "Space hide / let leave" in app.lines[-1])
        await app.pilot.press("space")
        await app.until(lambda: "田中" in pane.look.preview.body)
        await app.pilot.press("space")
        await app.until(lambda: "田中" not in pane.look.preview.body)
        await app.pilot.press("ctrl+k")
        pane.query_one("#line").value = "タペストリー"
        await app.pilot.press("enter")
        await app.until(lambda: "販促タペストリー" not in pane.look.preview.body)
        shown = pane.look.query_one(".body", Sheet).paragraphs[0]
        marked = {shown.text[start:end] for start, end, _ in shown.marks}
        assert {"［氏名1］", "［メール1］"} <= marked
        assert shown.text == pane.look.preview.body
        await app.pilot.press("ctrl+e")
        assert pane.look.query_one(".body", Sheet).paragraphs[0].text == pane.look.preview.request.text
        assert server.requests == []


async def test_a_mark_across_the_edge_of_what_was_found_is_taken_back(taught):
    async with taught() as app:
        pane = await look(app)
        rows = pane.look.rows
        await app.pilot.press("ctrl+k")
        pane.query_one("#line").value = "中です"
        await app.pilot.press("enter")
        await app.until(lambda: "田中です" in [each.key for each in rows._rows])
        await app.pilot.press("ctrl+o")
        await app.down_to(lambda: rows.key == "田中です")
        await app.pilot.press("space")
        await app.until(lambda: "田中" in [each.key for each in rows._rows])
        assert "田中" not in pane.look.preview.body and "です。展示会用" in pane.look.preview.body


async def test_what_was_just_hidden_does_not_leave_while_the_request_is_built_anew(taught, server, monkeypatch):
    async with taught() as app:
        pane = await look(app)
        teach, first, second = app.app.desk.workbench.teach, threading.Event(), threading.Event()
        built = teach.preview

        def slow(ask, hiding):
            assert (second if "展示会" in hiding.marked else first).wait(60)
            return built(ask, hiding)

        monkeypatch.setattr(teach, "preview", slow)
        for word in ("タペストリー", "展示会"):
            await app.pilot.press("ctrl+k")
            pane.query_one("#line").value = word
            await app.pilot.press("enter", "f12")
            assert pane.step == "look" and "being built anew" in app.notice
        second.set()
        await app.until(lambda: "展示会" not in pane.look.preview.body)
        first.set()
        await app.until(lambda: not app.app.workers)
        assert all(word not in pane.look.preview.body for word in ("タペストリー", "展示会"))
        assert server.requests == [] and app.app.desk.workbench.outbox.all() == ()
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        assert "展示会" not in server.requests[0].body.decode()


async def test_while_a_line_is_typed_nothing_is_sent_or_judged(taught, server):
    async with taught() as app:
        pane = await look(app)
        line, texts = pane.query_one("#line"), app.app.desk.texts

        async def keeps(typed, said, *keys):
            line.value = typed
            for key in keys:
                app.app.screen.say("")
                await app.pilot.press(key)
                assert (app.notice, line.value, pane.has_class("-line")) == (said, typed, True)

        await app.pilot.press("ctrl+k")
        await keeps("タペストリー", texts("tutor.line_mark"), "f12", "ctrl+k")
        assert pane.step == "look" and server.requests == []
        await app.pilot.press("enter")
        await app.until(lambda: "タペストリー" not in pane.look.preview.body)
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        await app.pilot.press("f10")
        await keeps("違う", texts("tutor.line_reject"), "f9", "f10", "ctrl+r")
        assert pane.drafts.drafts[0].status == "draft"
        await app.pilot.press("enter")
        await app.until(lambda: pane.drafts.drafts[0].status == "rejected")


async def test_an_empty_line_is_told_as_what_it_is(taught, server):
    async with taught(language="ja") as app:
        pane = await look(app)
        texts, line = app.app.desk.texts, pane.query_one("#line")
        for key, said in (
            ("ctrl+k", texts("tutor.line_empty", key="Esc")),
            ("f10", texts("tutor.reason_needed")),
            ("ctrl+r", "何も書かれていません。Esc でやめます。"),
        ):
            if key == "f10":
                await app.pilot.press("f12")
                await app.until(lambda: pane.step == "drafts")
            await app.pilot.press(key)
            line.value = "　"
            await app.pilot.press("enter")
            assert (app.notice, pane.has_class("-line")) == (said, True)
            await app.pilot.press("escape")


async def test_leaving_without_a_yes_sends_and_keeps_nothing(taught, server):
    async with taught() as app:
        pane = await look(app)
        for key in ("enter", "f9", "f10", "ctrl+r", "y", "escape"):
            await app.pilot.press(key)
        await app.until(lambda: pane.step == "lists")
        assert pane.lists.query_one(MessageBox).text == MESSAGE
        assert server.requests == [] and app.app.desk.workbench.outbox.all() == ()


async def test_offline_is_said_and_the_request_waits(taught, server):
    async with taught(network__offline="true") as app:
        pane = await look(app)
        assert app.shows("Offline: nothing is sent.")
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "lists" and pane.lists.requests)
        assert app.shows("may be sent  ［氏名1］です。展示会用の") and app.shows("was not contacted")
        assert server.requests == []
        await app.pilot.press("ctrl+g")
        await app.until(lambda: app.shows("did not leave"))


async def test_a_ledger_that_cannot_be_read_is_told_with_what_to_do(taught, isolated):
    (isolated / "denju" / "ledger").mkdir(mode=0o700)
    (isolated / "denju" / "ledger" / "ledger.jsonl").write_text("no line of a ledger\n")
    async with taught() as app:
        await app.pilot.press("f5")
        await app.until(lambda: app.shows("is not a line of a ledger") and app.shows("denju teacher ledger --verify"))


async def test_a_request_of_the_outbox_is_given_up_at_the_second_press(taught, server):
    async with taught(network__offline="true") as app:
        pane = await look(app)
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "lists" and pane.lists.requests)
        outbox = app.app.desk.workbench.outbox
        await app.pilot.press("ctrl+o", "ctrl+d")
        assert pane.step == "kept" and app.shows("Ctrl+D once more") and app.shows("［メール1］")
        await app.pilot.press("escape", "ctrl+o", "ctrl+d")
        assert [each.state for each in outbox.all()] == ["approved"]
        await app.pilot.press("ctrl+d")
        await app.until(lambda: pane.step == "lists" and app.shows("given up"))
        (request,) = outbox.all()
        assert (request.state, request.body, server.requests) == ("dropped", b"", [])
        await app.until(lambda: pane.lists.requests[0].state == "dropped")
        await app.pilot.press("ctrl+o", "ctrl+d", "ctrl+d")
        assert pane.step == "lists"


@pytest.mark.parametrize("approved", [False, True])
async def test_what_was_exported_says_so_and_goes_from_here_at_the_second_press(taught, server, approved):
    async with taught(language="en") as app:
        pane = await look(app)
        bench = app.app.desk.workbench
        kept, outbox = bench.teach.keep(pane.look.preview), bench.outbox
        if approved:
            outbox.approve(kept.id, "abe")
        outbox.carry(outbox.export((kept.id,)))
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "kept" and app.shows("F12 once more"))
        assert app.shows("exported; its answer is awaited")
        await app.until(lambda: app.shows("at most 0.0000 USD"))
        await app.pilot.press("escape")
        await app.until(lambda: pane.step == "lists" and app.shows("exported; its answer is awaited"))
        await app.pilot.press("ctrl+o", "enter", "ctrl+d")
        await app.until(lambda: app.shows("Ctrl+D once more"))
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "kept" and app.shows("F12 once more"))
        assert outbox.get(kept.id).carried and server.requests == []
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        assert outbox.get(kept.id).approval.by == "sato" and len(server.requests) == 1


async def test_what_is_marked_and_stands_nowhere_is_told(taught):
    async with taught(language="en") as app:
        pane = await look(app)
        await app.pilot.press("ctrl+k", *"xyz", "enter")
        await app.until(lambda: "“xyz” stands nowhere" in app.notice)
        assert pane.step == "look"


async def test_what_may_have_arrived_says_so_and_goes_again_at_the_second_press(taught, server):
    async with taught(language="en") as app:
        pane = await look(app)
        bench = app.app.desk.workbench
        kept, outbox = bench.teach.keep(pane.look.preview), bench.outbox
        outbox.approve(kept.id, "abe")
        outbox.finish(kept.id, "unknown", DeadlinePassed("No answer came.", "Try again."))
        await app.pilot.press("f12")
        await app.until(
            lambda: pane.step == "kept" and app.shows("may have arrived already") and app.shows("F12 once more")
        )
        assert outbox.get(kept.id).state == "unknown" and server.requests == []
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        assert outbox.get(kept.id).approval.by == "sato" and len(server.requests) == 1


async def test_in_the_box_the_key_that_gives_up_is_the_boxs_own(taught):
    async with taught(network__offline="true") as app:
        pane = await look(app)
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "lists" and pane.lists.requests)
        box = pane.lists.query_one(MessageBox)
        await app.until(lambda: not box.text)
        box.insert("late", (0, 0))
        box.move_cursor((0, 1))
        await app.pilot.press(*["ctrl+d"] * 5)
        assert (box.text, pane.step) == ("l", "lists")
        assert [each.state for each in app.app.desk.workbench.outbox.all()] == ["approved"]


async def test_a_second_case_is_begun_when_the_first_is_through(taught, server, monkeypatch):
    async with taught(FakeStudent(["どうでもよい返事。"])) as app:
        await app.ask(MESSAGE)
        pane, teach, go = await look(app), app.app.desk.workbench.teach, threading.Event()
        send = teach.send

        def hold(request_id, cancel):
            assert go.wait(60)
            return send(request_id, cancel)

        monkeypatch.setattr(teach, "send", hold)
        await app.pilot.press("f12", "f2", "ctrl+g")
        await app.until(lambda: app.app.screen is pane and "still under way" in app.notice)
        assert pane.step == "wait"
        go.set()
        await app.until(lambda: pane.step == "drafts")
        await app.pilot.press("f2", "ctrl+g")
        await app.until(lambda: pane.step == "look")
        assert "どうでもよい返事" in pane.look.preview.body and len(server.requests) == 1


async def test_a_teacher_without_time_is_told_and_waiting_ends_at_once(taught, server):
    server.script = [server.rate_limited(60)]
    async with taught() as app:
        pane = await look(app)
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "wait" and app.shows("takes no more requests"))
        await app.pilot.press("escape")
        await app.until(lambda: pane.step == "lists")
        assert app.app.desk.workbench.outbox.all()[0].state == "approved"


async def test_a_draft_is_rejected_with_a_reason_or_sent_back(taught, server):
    async with taught() as app:
        pane = await look(app)
        await send_back(app, pane, "保証は二年です")
        assert "保証は二年です" in pane.look.preview.body and len(server.requests) == 1
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts" and pane.drafts.drafts[0].revision == 2)
        await app.pilot.press("f10", "enter")
        assert app.notice and pane.has_class("-line")
        pane.query_one("#line").value = "違う"
        await app.pilot.press("enter")
        await app.until(lambda: pane.drafts.drafts[0].status == "rejected")
        assert pane.drafts.drafts[0].reviews[-1].why == "違う"


async def test_what_was_hidden_by_hand_is_a_mark_again_when_a_draft_is_sent_back(taught, server):
    async with taught() as app:
        pane = await look(app)
        await app.pilot.press("ctrl+k")
        pane.query_one("#line").value = "展示会"
        await app.pilot.press("enter")
        await app.until(lambda: "展示会" not in pane.look.preview.body)
        await send_back(app, pane, "短く")
        assert "展示会" not in pane.look.preview.body and "短く" in pane.look.preview.body
        rows = pane.look.rows
        await app.pilot.press("ctrl+o")
        await app.down_to(lambda: rows.key == "展示会")
        await app.pilot.press("space")
        await app.until(lambda: "展示会" in pane.look.preview.body)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_one_draft_of_two_says_so_and_both_are_read(taught, server, size):
    server.text = answer_text(TAPESTRY, drafted(title="二つ目の方針"))
    async with taught(size=size) as app:
        pane = await look(app)
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        await app.until(lambda: app.shows("Draft 1 of 2") and app.shows("販促タペストリーの色あせ"))
        if not pane.drafts.on_rows:
            await app.pilot.press("ctrl+o")
        await app.pilot.press("down", "enter")
        await app.until(lambda: app.shows("Draft 2 of 2") and app.shows("二つ目の方針"))
        await app.until(lambda: len(pane.drafts.findings) == 2)
        await app.pilot.press("escape")
        await app.until(lambda: pane.step == "lists" and pane.lists.requests)
        await app.pilot.press("ctrl+o", "enter")
        await app.until(lambda: pane.step == "drafts" and app.shows("Draft 1 of 2"))


async def test_a_reason_is_for_the_draft_that_it_was_asked_for(taught, server, monkeypatch):
    server.text = answer_text(TAPESTRY, drafted(title="二つ目の方針"))
    async with taught(size=(120, 40)) as app:
        pane = await look(app)
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts" and pane.drafts.on_rows)
        reviewing, checked, said = app.app.desk.workbench.reviewing, threading.Event(), []

        def approve(draft, *, by, override, revision):
            said.append((draft, override))
            assert checked.wait(60)
            raise ChecksFailed("a check warns", "give an override")

        monkeypatch.setattr(reviewing, "approve", approve)
        one, two = pane.drafts.drafts
        await app.pilot.press("f9", "down", "f10")
        line = pane.query_one("#line")
        line.value = "この返事は使わない"
        checked.set()
        await app.until(lambda: "a check warns" in app.notice)
        assert line.value == "この返事は使わない" and line.placeholder == app.app.desk.texts("tutor.line_reject")
        await app.pilot.press("enter")
        await app.until(lambda: pane.drafts.drafts[1].status == "rejected")
        assert said == [(one.id, "")] and pane.drafts.drafts[1].id == two.id
        await app.pilot.press("up")
        await app.until(lambda: pane.drafts.chosen == one)
        await app.pilot.press("f9")
        await app.until(lambda: pane.has_class("-line"))
        assert one.title in line.placeholder
        line.value = "読んだ"
        await app.pilot.press("enter")
        await app.until(lambda: said[-1] == (one.id, "読んだ"))


async def test_one_verdict_is_under_way_at_a_time_and_it_is_said_what_it_waits_for(taught, server, monkeypatch):
    async with taught(language="en") as app:
        pane = await look(app)
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts" and pane.drafts.findings)
        bench, go, begun = app.app.desk.workbench, threading.Event(), []
        approve = bench.reviewing.approve

        def hold(draft, **named):
            begun.append(draft)
            assert go.wait(60)
            return approve(draft, **named)

        monkeypatch.setattr(bench.reviewing, "approve", hold)
        with bench.student_turn:
            for _ in range(2):
                app.app.screen.say("")
                await app.pilot.press("f9")
                assert "The student is busy" in app.notice
        await app.pilot.press("f9")
        assert "still under way" in app.notice
        await app.pilot.press("f10")
        pane.query_one("#line").value = "wrong"
        await app.pilot.press("enter")
        assert pane.has_class("-line") and pane.query_one("#line").value == "wrong"
        go.set()
        await app.until(lambda: pane.drafts.drafts[0].status == "approved")
        assert len(begun) == 1


async def test_hostile_answers_show_literally(taught, server):
    hostile = "[@click=app.quit]x[/] [red"
    server.text = answer_text(drafted(title=hostile, reason=f"{hostile} \x1b]52;c;eA==\x07"))
    async with taught() as app:
        pane = await look(app, f"{hostile} 色あせ")
        await app.pilot.press("f12")
        await app.until(lambda: pane.step == "drafts")
        assert app.shows(hostile) and "\x1b" not in "".join(app.lines)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15)])
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_every_step_fits_without_wider_characters(taught, size, language):
    async with taught(size=size, language=language, terminal=Terminal(ascii=True)) as app:
        pane = await look(app, "Our display came faded")
        ours = app.app.desk.texts("action.teacher_send")
        assert "F12" in app.text and ours in app.text
        assert not {*"".join(app.lines)} & {*"│─█▁▂▃▄▅▆▇"}
        await app.pilot.press("ctrl+t")
        await app.until(lambda: app.app.desk.texts("action.teacher_send") in app.text)
        assert pane.step == "look"
