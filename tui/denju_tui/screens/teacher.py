"""Teacher: a case in, what would leave in full, a person's yes, and the drafts that come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import ChecksFailed, DenjuError
from denju.events import Drafted, Pausing, Sending, TeachEvent
from denju.text import clean
from denju.values import Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens import teacher_text
from denju_tui.screens.pane import Pane
from denju_tui.widgets.ink import MUTED, TITLE, WARNING
from denju_tui.widgets.message_box import MessageBox
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.wrapping import wrap

if TYPE_CHECKING:
    from denju.workbench import Case, Finding, Preview, Request, TeachAsk

Step = Literal["lists", "look", "kept", "wait", "drafts"]
"""Lists of what was asked; a request before it is kept; one of the outbox; on its way; what came."""
Purpose = Literal["mark", "reject", "override", "remark"]
"""What the one-line box is open for."""


class TeacherPane(Pane):
    """One step after the other; Esc goes back one. Nothing is sent but by the key for it."""

    PANE = "teacher"
    CSS_PATH = "teacher.tcss"
    BINDINGS = bindings("teacher")

    @dataclass
    class Listed(Message, bubble=False):
        """Outbox and ledger were read."""

        requests: tuple[Request, ...]
        attempts: list[dict[str, Any]]

    @dataclass
    class Looked(Message, bubble=False):
        """A request was built."""

        ask: TeachAsk
        preview: Preview
        draft: Strategy | None

    @dataclass
    class Told(Message, bubble=False):
        """The sending goes on."""

        event: TeachEvent

    @dataclass
    class Checked(Message, bubble=False):
        """The checks of a draft are run."""

        draft: Strategy
        findings: tuple[Finding, ...]

    @dataclass
    class Judged(Message, bubble=False):
        """A draft has its verdict."""

        draft: Strategy

    @dataclass
    class Dropped(Message, bubble=False):
        """A request was given up."""

        request: str

    @dataclass
    class Stopped(Message, bubble=False):
        """Something went wrong, or a check speaks against it."""

        error: DenjuError

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.step: Step = "lists"
        self._requests: tuple[Request, ...] = ()
        self._attempts: list[dict[str, Any]] = []
        self._ask: TeachAsk | None = None
        self.preview: Preview | None = None
        self._draft: Strategy | None = None
        """The draft that this request sends back."""
        self._kept_values: set[str] = set()
        self._marked: list[str] = []
        self.drafts: tuple[Strategy, ...] = ()
        self._findings: dict[tuple[str, int], tuple[Finding, ...]] = {}
        self._said: list[Paragraph] = []
        self._cancel = threading.Event()
        self._purpose: Purpose = "mark"
        self._to_drop = ""
        """The request that the next press of the key gives up."""

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="state")
        yield Sheet(classes="head")
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield RowList(id="rows")
            with VerticalScroll(id="paper"):
                yield Sheet(classes="body")
        yield MessageBox()
        yield Input(id="line", compact=True)

    def hints(self) -> Sequence[str]:
        by_step: dict[Step, tuple[str, ...]] = {
            "lists": ("teacher.look", "teacher.ledger", "app.ask", "app.quit"),
            "look": ("teacher.send", "teacher.rows", "teacher.mark", "teacher.exact", "teacher.back"),
            "kept": ("teacher.send", "teacher.drop", "teacher.back"),
            "wait": ("teacher.back",),
            "drafts": ("teacher.approve", "teacher.reject", "teacher.remark", "teacher.rows", "teacher.back"),
        }
        return (*by_step[self.step], "app.help")

    @property
    def offline(self) -> bool:
        return self.desk.workbench.settings.flag("network.offline")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def chosen(self) -> Strategy | None:
        """The draft that is read."""
        return next((each for each in self.drafts if each.id == self.rows.key), None)

    def speak(self) -> None:
        super().speak()
        self.query_one(MessageBox).hint(self.t("tutor.situation_here"))
        self._draw()

    def on_mount(self) -> None:
        self.go("lists")

    def on_screen_resume(self) -> None:
        self._in_thread(self._list)

    def leave(self) -> None:
        """Stop waiting; what was sent is kept."""
        self._cancel.set()

    # Steps

    def go(self, step: Step) -> None:
        """Show a step."""
        self.step, self._to_drop = step, ""
        for each in ("lists", "look", "kept", "wait", "drafts"):
            self.set_class(each == step, f"-{each}")
        self.remove_class("-line", "-rows")
        self._draw()
        self.show_hints()
        target = self.query_one(MessageBox) if step == "lists" else self.query_one("#paper")
        (self.rows if step == "drafts" and len(self.drafts) > 1 else target).focus()

    def about(self, case: Callable[[], Case]) -> None:
        """Build the request for a case, and show it whole."""
        self._kept_values, self._marked, self._draft = set(), [], None
        self._said = [Paragraph(self.t("tutor.building"), MUTED)]
        self.go("wait")

        def build() -> None:
            self._build(self.desk.workbench.teach.ask(case()))

        self._in_thread(build)

    def _build(self, ask: TeachAsk, draft: Strategy | None = None) -> None:
        """In a thread."""
        bench = self.desk.workbench
        hiding = bench.hiding(kept=self._kept_values, marked=self._marked)
        self.post_message(self.Looked(ask, bench.teach.preview(ask, hiding), draft))

    def _list(self) -> None:
        """In a thread: read what is there; answers that nobody read become drafts."""
        bench = self.desk.workbench
        bench.teach.recover()
        self.post_message(self.Listed(bench.outbox.all(), bench.attempts()))

    def _in_thread(self, work: Callable[[], object], group: str = "teach") -> None:
        def run() -> None:
            try:
                work()
            except DenjuError as error:
                self.post_message(self.Stopped(error))

        self.run_worker(run, thread=True, group=group)

    def on_teacher_pane_listed(self, listed: Listed) -> None:
        self._requests, self._attempts = listed.requests, listed.attempts
        if self.step == "lists":
            self._draw()

    def on_teacher_pane_looked(self, looked: Looked) -> None:
        again = self.step == "look"
        self._ask, self.preview, self._draft, self._said = looked.ask, looked.preview, looked.draft, []
        if again:
            self._draw()
        else:
            self.go("look")
            self.call_after_refresh(self._to_the_case)

    def on_teacher_pane_told(self, told: Told) -> None:
        match told.event:
            case Sending(host=host, again=again):
                said = [self.t("teacher.again", reason=self.t.said(again))] if again else []
                self._said = [Paragraph(each, MUTED) for each in [*said, self.t("teacher.sending", host=host)]]
                self._draw()
            case Pausing(error, seconds):
                text = self.t("teacher.pausing", reason=self.t.said(error.what), seconds=f"{seconds:.0f}")
                self._said = [Paragraph(text, WARNING)]
                self._draw()
            case Drafted(_, drafts):
                self._show_drafts(drafts)

    def on_teacher_pane_stopped(self, stopped: Stopped) -> None:
        error = stopped.error
        if isinstance(error, ChecksFailed) and self.step == "drafts":
            self.say(self.t.said(error.what), warns=True)
            if "override" in error.hint:
                self._open_line("override")
            return
        self._said = [Paragraph(self.t.said(error.what), WARNING), Paragraph(self.t.said(error.hint))]
        if self.step in ("wait", "lists"):
            self.go("lists")
            self._in_thread(self._list)
        else:
            self.say(self.t.said(error.what), warns=True)

    # Drawing

    def _draw(self) -> None:
        t = self.t
        state = [Paragraph(t("tutor.offline"), WARNING)] if self.offline else []
        self.query_one(".state", Sheet).show([*state, *self._said])
        head, body, rows = self._shown()
        self.query_one(".head", Sheet).show(head)
        self.query_one(".body", Sheet).show(body)
        self.rows.show(rows)

    def _shown(self) -> tuple[list[Paragraph], list[Paragraph], list[Row]]:
        """Head, body and rows of this step."""
        t, preview = self.t, self.preview
        if self.step == "look" and preview is not None:
            exact = preview.exact and not self.has_class("-reading")
            text = preview.body if exact else preview.request.text
            title = t("tutor.leaves" if exact else "tutor.says", count=f"{len(preview.request.body):,}")
            head = [*teacher_text.head(preview, t, rows_key=self.key("teacher.rows")), Paragraph(title, MUTED)]
            return head, [teacher_text.body(text, preview.found)], teacher_text.found_rows(preview.found, t)
        if self.step == "drafts" and self.drafts:
            chosen = self.chosen or self.drafts[0]
            findings = self._findings.get((chosen.id, chosen.revision), ())
            rows = [Row(each.id, (t(f"status.{each.status}"), each.title)) for each in self.drafts]
            return [], teacher_text.draft(chosen, findings, t), rows
        if self.step == "kept" and (request := self._chosen_request()) is not None:
            text = request.body.decode("utf-8", "replace")
            return teacher_text.kept(request, t), [Paragraph(text)], self._list_rows()
        if self.step == "wait":
            return [], [], []
        return self._welcome(), [], self._list_rows()

    def _list_rows(self) -> list[Row]:
        if self.has_class("-ledger"):
            return teacher_text.ledger_rows(self._attempts, self.t)
        return teacher_text.request_rows(self._requests, self.t)

    def _welcome(self) -> list[Paragraph]:
        t = self.t
        ledger = self.has_class("-ledger")
        shown = self._attempts if ledger else self._requests
        title = t("tutor.ledger" if ledger else "tutor.outbox", count=len(shown))
        empty = [Paragraph(t("teacher.nothing_left" if ledger else "teacher.outbox_empty"), MUTED)] if not shown else []
        return [
            Paragraph(t("tutor.welcome"), TITLE),
            Paragraph(t("tutor.how", send=self.key("teacher.send"))),
            Paragraph(title, TITLE, gap=True),
            *empty,
        ]

    def _to_the_case(self) -> None:
        """Scroll to where the case itself begins; what is in front is the same for every request."""
        if self.preview is None:
            return
        sheet = self.query_one(".body", Sheet)
        text = sheet.paragraphs[0].text if sheet.paragraphs else ""
        at = max(text.find(mark) for mark in ("<data>\\n", "<data>\n"))
        above = len(wrap(text[: max(0, at)], sheet.content_size.width)) - 1
        self.query_one("#paper").scroll_to(y=max(0, above), animate=False)

    def _chosen_request(self) -> Request | None:
        return next((each for each in self._requests if each.id == self.rows.key), None)

    def _show_drafts(self, drafts: Sequence[Strategy]) -> None:
        self.drafts, self._said = tuple(drafts), []
        if not drafts:
            self._said = [Paragraph(self.t("teacher.carried"))]
            self.go("lists")
            return
        self.go("drafts")
        self._check()

    def _check(self) -> None:
        draft = self.chosen
        if draft is not None and (draft.id, draft.revision) not in self._findings:
            reviewing = self.desk.workbench.reviewing
            self._in_thread(lambda: self.post_message(self.Checked(draft, reviewing.findings(draft))) and None, "check")

    def on_teacher_pane_checked(self, checked: Checked) -> None:
        self._findings[checked.draft.id, checked.draft.revision] = checked.findings
        self._draw()

    # Choosing

    def on_row_list_chosen(self) -> None:
        if self.step == "drafts":
            self._draw()
            self._check()

    def on_row_list_opened(self, opened: RowList.Opened) -> None:
        if self.step == "look":
            self._switch(opened.key)
        elif self.step == "drafts":
            self.remove_class("-rows")
            self.query_one("#paper").focus()
        elif self.step == "lists" and not self.has_class("-ledger"):
            request = self._chosen_request()
            if request is not None and request.state == "sent" and request.about:
                self._in_thread(
                    lambda: self.post_message(self.Told(Drafted(opened.key, self._drafts_of(opened.key)))) and None
                )
            elif request is not None:
                self.go("kept")

    def _drafts_of(self, request_id: str) -> tuple[Strategy, ...]:
        """In a thread: the drafts of an answer, each in its newest revision."""
        bench = self.desk.workbench
        return tuple(bench.library.get(each.id) for each in bench.teach.drafts(request_id))

    def _switch(self, text: str) -> None:
        """Hide what would have left, or the other way round."""
        found = next((each for each in self.preview.found if each.text == text), None) if self.preview else None
        if found is None or found.fixed:
            self.say(self.t("tutor.fixed"), warns=True)
            return
        if found.marked and found.text in self._marked:
            self._marked.remove(found.text)
        elif found.hidden:
            self._kept_values.add(found.text)
        else:
            self._kept_values.discard(found.text)
        self._rebuild()

    def _rebuild(self) -> None:
        ask, draft = self._ask, self._draft
        if ask is not None:
            self._in_thread(lambda: self._build(ask, draft))

    # Keys

    def on_message_box_sent(self, event: MessageBox.Sent) -> None:
        text = clean(event.text).strip()
        if self.step != "lists" or not text:
            self.say(self.t("tutor.no_situation"))
            return
        self.query_one(MessageBox).clear()
        self.about(lambda: self.desk.workbench.case(text))

    def on_message_box_held_back(self) -> None:
        self.say(self.t("notice.burst"))

    def action_send(self) -> None:
        if self.step not in ("look", "kept"):
            self.say(self.t("tutor.nothing_to_send"))
            return
        preview, draft, request = self.preview, self._draft, self._chosen_request()
        looked = self.step == "look"
        bench = self.desk.workbench
        hiding = bench.hiding(kept=self._kept_values, marked=self._marked)
        self._cancel = cancel = threading.Event()
        self._said = []
        self.go("wait")

        def send() -> None:
            kept = bench.teach.keep(preview, hiding, draft=draft) if looked and preview else request
            if kept is None:
                return
            if kept.state in ("waiting", "failed", "unknown"):
                bench.outbox.approve(kept.id, bench.person)
            for event in bench.teach.send(kept.id, cancel):
                self.post_message(self.Told(event))

        self._in_thread(send)

    def action_mark(self) -> None:
        if self.step == "look":
            self._open_line("mark")

    def action_exact(self) -> None:
        if self.step == "look":
            self.toggle_class("-reading")
            self._draw()
            self.call_after_refresh(self._to_the_case)

    def action_rows(self) -> None:
        if self.step in ("look", "drafts"):
            shown = not self.has_class("-rows") or self.focused is not self.rows
            self.set_class(shown, "-rows")
            (self.rows if shown else self.query_one("#paper")).focus()

    def action_ledger(self) -> None:
        if self.step == "lists":
            self.toggle_class("-ledger")
            self._draw()
            self.rows.focus()

    def action_drop(self) -> None:
        request = self._chosen_request()
        listed = self.step in ("lists", "kept") and not self.has_class("-ledger")
        if not listed or request is None or request.state == "dropped":
            self.say(self.t("tutor.nothing_to_drop"))
        elif self._to_drop != request.id:
            self._said = [Paragraph(self.t("tutor.drop_sure", key=self.key("teacher.drop")), WARNING)]
            self.go("kept")
            self._to_drop = request.id
        else:
            outbox, dropped = self.desk.workbench.outbox, request.id
            self._in_thread(lambda: self.post_message(self.Dropped(outbox.drop(dropped).id)))

    def on_teacher_pane_dropped(self, dropped: Dropped) -> None:
        self._said = [Paragraph(self.t("teacher.dropped", id=dropped.request), MUTED)]
        self.go("lists")
        self._in_thread(self._list)

    def action_approve(self) -> None:
        self._judge(lambda draft, by: self.desk.workbench.reviewing.approve(draft.id, by=by, revision=draft.revision))

    def action_reject(self) -> None:
        if self.step == "drafts":
            self._open_line("reject")

    def action_remark(self) -> None:
        if self.step == "drafts":
            self._open_line("remark")

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        elif self.step == "wait":
            self._cancel.set()
            self.say(self.t("notice.stopping"))
        elif self.has_class("-rows"):
            self.action_rows()
            self.remove_class("-rows")
            self.query_one("#paper").focus()
        elif self.step != "lists":
            self._said = []
            self.go("lists")
            self._in_thread(self._list)
        else:
            self.query_one(MessageBox).focus()

    # The one-line box

    def _open_line(self, purpose: Purpose) -> None:
        self._purpose = purpose
        line = self.query_one("#line", Input)
        line.clear()
        line.placeholder = self.t(f"tutor.line_{purpose}")
        self.add_class("-line")
        line.focus()

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.query_one("#paper").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = clean(event.value).strip()
        if not text:
            self.say(self.t("tutor.reason_needed"), warns=True)
            return
        self._close_line()
        reviewing = self.desk.workbench.reviewing
        match self._purpose:
            case "mark":
                self._marked.append(text)
                self._kept_values.discard(text)
                self._rebuild()
            case "reject":
                self._judge(lambda draft, by: reviewing.reject(draft.id, by=by, why=text, revision=draft.revision))
            case "override":
                self._judge(
                    lambda draft, by: reviewing.approve(draft.id, by=by, override=text, revision=draft.revision)
                )
            case "remark":
                self._send_back(text)

    def _send_back(self, remark: str) -> None:
        draft = self.chosen
        if draft is None:
            return
        self._kept_values, self._marked = set(), []
        self.go("wait")
        self._in_thread(lambda: self._build(self.desk.workbench.teach.sent_back(draft, remark), draft))

    def _judge(self, verdict: Callable[[Strategy, str], Strategy]) -> None:
        draft = self.chosen
        if self.step == "drafts" and draft is not None:
            by = self.desk.workbench.person
            self._in_thread(lambda: self.post_message(self.Judged(verdict(draft, by))))

    def on_teacher_pane_judged(self, judged: Judged) -> None:
        draft = judged.draft
        self.drafts = tuple(draft if each.id == draft.id else each for each in self.drafts)
        self._draw()
        key = "review.is_approved" if draft.status == "approved" else "review.is_rejected"
        self.say(self.t(key, id=draft.id, revision=draft.revision))
