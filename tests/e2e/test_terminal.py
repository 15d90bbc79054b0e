"""The real command in a real terminal: tmux, driven by keys, read from its screen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drafted import answer_text, drafted
from loopback.gemini import GeminiServer
from terminals import Tmux, wait_for

JAPANESE = "部品に傷がありました。検査はどうなっているのですか。"


class Terminal(Tmux):
    """The app in a window of its own; who works here has seen the introduction."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder, self._opened = folder, 0

    def open(self, *, seen: bool = True, **environ: str) -> None:
        # A server that is on its way out may take the next one's window with it, so each has a socket of its own.
        self.end()
        self._opened += 1
        self.socket = self._folder / f"tmux{self._opened}"
        if seen:
            mark = Path(os.environ["DENJU_HOME"]) / "state" / "introduced"
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        named = [f"{name}={value}" for name, value in environ.items()]
        # The shell stays, so that what the terminal looks like afterwards can be seen.
        script = f'{sys.executable} -m denju_tui; echo "code=$?"; sleep 600'
        self.tmux("new-session", "-d", "-x", "80", "-y", "24", "env", *named, "sh", "-c", script)

    @property
    def processes(self) -> list[int]:
        """The app and its student, in this window."""
        root = int(self.tmux("list-panes", "-F", "#{pane_pid}"))
        found, waiting = [], [root]
        while waiting:
            parent = waiting.pop()
            children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False)
            waiting += (pids := [int(pid) for pid in children.stdout.split()])
            found += pids
        return found


@pytest.fixture
def terminal(isolated: Path, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.end()


def test_ask_in_japanese_at_eighty_columns(terminal):
    terminal.open(LANG="C.UTF-8", DENJU_PERSON_LANGUAGE="ja")
    terminal.until_shows("Enter を押してください")
    terminal.until_shows("練習用モデル")
    assert all(len(line) <= 80 for line in terminal.screen.splitlines())
    terminal.type(JAPANESE)
    terminal.keys("Enter")
    terminal.until(lambda: terminal.answered)
    terminal.until_shows("部品に傷・打痕がある")
    terminal.keys("C-y")
    terminal.until_shows("もう一度 Ctrl+Y")
    assert terminal.tmux("list-buffers") == ""
    terminal.keys("C-y")
    terminal.until_shows("tmux のバッファへコピーしました")
    assert terminal.tmux("show-buffer").strip()
    terminal.keys("F3")
    terminal.until_shows("承認")
    terminal.keys("C-q")
    terminal.until_shows("code=0")


def test_a_bracketed_paste_stays_whole(terminal):
    terminal.open(LANG="C.UTF-8")
    terminal.until_shows("The customer's message")
    terminal.tmux("set-buffer", "first line\nsecond line")
    terminal.tmux("paste-buffer", "-p")
    terminal.until_shows("second line")
    terminal.keys("C-q")
    terminal.until_shows("code=0")


def test_a_hang_up_keeps_what_was_typed_and_ends_the_student(terminal):
    terminal.open(LANG="C.UTF-8")
    terminal.until_shows("The customer's message")
    terminal.type("half a mess")
    terminal.until(lambda: len(terminal.processes) >= 2)
    pids = terminal.processes
    terminal.tmux("kill-session")
    wait_for(lambda: not any(_runs(pid) for pid in pids), lambda: f"of {pids} some live on")
    terminal.open(LANG="C.UTF-8")
    terminal.until_shows("half a mess")


def test_after_a_kill_of_the_app_the_unsent_text_is_there_again(terminal):
    terminal.open(LANG="C.UTF-8")
    terminal.until_shows("The customer's message")
    terminal.type("half a mess")
    draft = Path(os.environ["DENJU_HOME"]) / "state" / "draft.json"
    terminal.until(lambda: draft.exists() and "half a mess" in draft.read_text("utf-8"))
    os.kill(_app(terminal), signal.SIGKILL)
    terminal.until_shows("code=137")
    terminal.open(LANG="C.UTF-8")
    terminal.until_shows("half a mess")


def test_after_a_kill_of_the_student_the_next_message_is_answered(terminal):
    terminal.open(LANG="C.UTF-8")
    terminal.until_shows("The customer's message")
    terminal.until(lambda: _students(terminal))
    for pid in _students(terminal):
        os.kill(pid, signal.SIGKILL)
    terminal.type("The parts arrived two days late")
    terminal.keys("Enter")
    # A student that died while it loaded is told; one that died later is replaced before anybody notices.
    terminal.until(lambda: terminal.shows("SIGKILL") or terminal.answered)
    if terminal.shows("SIGKILL"):
        terminal.type("Our order is two days late")
        terminal.keys("Enter")
    terminal.until(lambda: terminal.answered)


def test_a_terminated_app_restores_the_terminal(terminal):
    terminal.open(LANG="C.UTF-8")
    terminal.until_shows("The customer's message")
    os.kill(_app(terminal), signal.SIGTERM)
    terminal.until_shows("code=143")
    assert not terminal.shows("Traceback")
    state = terminal.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}")
    assert state.split() == ["0", "0", "1"]


@pytest.mark.parametrize("editor", ["true", "false"])
def test_an_editor_that_changed_nothing_gives_the_terminal_back(terminal, editor):
    terminal.open(LANG="C.UTF-8", VISUAL=editor)
    terminal.until_shows("The customer's message")
    terminal.keys("F3")
    terminal.until_shows("approved")
    terminal.keys("C-n")
    terminal.until_shows("A new strategy")
    terminal.keys("C-o")
    terminal.until_shows("nothing was changed")
    terminal.until(lambda: terminal.tmux("display-message", "-p", "#{cursor_flag}").strip() == "1")
    terminal.keys("Escape")
    terminal.until(lambda: terminal.shows("approved") and not terminal.shows("A new strategy"))


def _app(terminal: Terminal) -> int:
    return next(pid for pid in terminal.processes if "-m\0denju_tui" in _command(pid))


def _students(terminal: Terminal) -> list[int]:
    return [pid for pid in terminal.processes if "denju.student.worker" in _command(pid)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_introduction_is_shown_once_and_left_with_any_key(terminal):
    terminal.open(seen=False, LANG="C.UTF-8")
    terminal.until_shows("Press any key to begin.")
    terminal.type("Xyz")
    terminal.until(lambda: terminal.shows("F2  Ask") and not terminal.shows("Press any key"))
    terminal.keys("C-q")
    terminal.until_shows("code=0")
    terminal.open(seen=False, LANG="C.UTF-8")
    terminal.until_shows("F2  Ask")
    assert not terminal.shows("Press any key")


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_bad_answer_becomes_a_strategy_that_serves(terminal):
    draft = drafted(
        title="販促タペストリーの色あせ",
        situation="展示会用の販促タペストリーが色あせて届き、お客様が恥をかいた。",
        steps=["お詫びする", "写真を頼む"],
        cues={"ja": ["タペストリーが色あせて届いた", "販促タペストリーの色あせ", "展示会で恥をかいた",
                     "色あせて恥をかきました", "タペストリーの色がない"], "en": []},
    )  # fmt: skip
    with GeminiServer() as teacher:
        teacher.text = answer_text(draft)
        terminal.open(
            LANG="C.UTF-8", DENJU_PERSON_LANGUAGE="ja", DENJU_PERSON_NAME="佐藤", DENJU_TEACHER_KEY=teacher.key,
            DENJU_TEACHER_BASE_URL=teacher.base_url, DENJU_TEACHER_MODEL=teacher.model,
        )  # fmt: skip
        terminal.until(lambda: terminal.shows("Enter を押してください"))
        terminal.type("田中です。販促タペストリーが色あせて届きました。 tanaka@example.co.jp")
        terminal.keys("Enter")
        terminal.until(lambda: terminal.shows("合う方針なし") and terminal.answered)
        terminal.keys("F10")
        terminal.until(lambda: terminal.shows("理由（空でもよい）"))
        terminal.type("冷たい")
        terminal.keys("Enter")
        terminal.until(lambda: terminal.shows("先生によりよい方針を尋ねます"))
        terminal.keys("C-g")
        terminal.until(lambda: terminal.shows("［氏名1］です。販促タペストリー") and terminal.shows("F12 送る"))
        assert not terminal.shows("tanaka@") and teacher.requests == []
        terminal.keys("F12")
        terminal.until(lambda: terminal.shows("先生がこれを勧める理由") and terminal.shows("検査"))
        (sent,) = teacher.requests
        assert "冷たい" in (body := sent.body.decode()) and "tanaka@" not in body and "田中" not in body
        terminal.keys("F9")
        terminal.until(lambda: terminal.shows("第 1 版が使われます"))
        terminal.keys("F2")
        terminal.until(lambda: terminal.shows("お客様からの文面"))
        terminal.keys("C-n")
        terminal.type("販促タペストリーが色あせていて恥をかきました")
        terminal.keys("Enter")
        terminal.until(lambda: terminal.shows("販促タペストリーの色あせ") and terminal.answered)
        assert not terminal.shows("合う方針なし") and len(teacher.requests) == 1
        terminal.keys("C-q")
        terminal.until(lambda: terminal.shows("code=0"))
