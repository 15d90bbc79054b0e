"""What the environment says about the terminal."""

from __future__ import annotations

import os
import pty

import pytest

from denju.settings import Settings
from denju_tui.terminal import Terminal, WidthProbe

UTF8 = {"LANG": "ja_JP.UTF-8"}


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY", "TMUX"])
def test_ssh_and_tmux_make_bytes_dear(name):
    environ = {**UTF8, name: "x"}
    terminal = Terminal.from_environment(environ)
    terminal.prepare(environ)
    assert terminal.remote
    assert environ["TEXTUAL_FPS"] == "10"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"


def test_the_kitty_keys_are_off_unless_somebody_says_otherwise():
    environ = dict(UTF8)
    Terminal.from_environment(environ).prepare(environ)
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert "TEXTUAL_FPS" not in environ
    environ = {**UTF8, "TEXTUAL_DISABLE_KITTY_KEY": "0"}
    Terminal.from_environment(environ).prepare(environ)
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "0"


@pytest.mark.parametrize(
    ("environ", "plain"),
    [
        (UTF8, False),
        ({"LANG": "C"}, True),
        ({}, True),
        ({**UTF8, "LC_ALL": "C"}, True),
    ],
)
def test_signs_are_plain_where_others_may_not_show(environ, plain):
    assert Terminal.from_environment(environ).ascii is plain


def test_the_settings_decide_where_the_environment_is_wrong(tmp_path):
    def found(environ, **chosen):
        settings = Settings.load(tmp_path / "none", {}, {f"screen.{name}": value for name, value in chosen.items()})
        return Terminal.from_environment(environ, settings)

    ssh = {**UTF8, "SSH_TTY": "/dev/pts/1"}
    assert found(ssh).remote and not found(ssh, terminal="local").remote
    assert found(UTF8, terminal="remote").remote
    assert found(UTF8, signs="ascii").ascii and not found({"LANG": "C"}, signs="unicode").ascii


def test_no_colour_when_asked():
    assert Terminal.from_environment(UTF8).colour
    assert Terminal.from_environment({**UTF8, "NO_COLOR": ""}).colour
    assert not Terminal.from_environment({**UTF8, "NO_COLOR": "1"}).colour


@pytest.mark.parametrize(("answer", "wide"), [(b"\x1b[1;3R", True), (b"\x1b[1;2R", False), (b"", False)])
def test_what_is_typed_before_the_terminal_answers_is_not_lost(answer, wide):
    near, far = pty.openpty()
    try:
        with WidthProbe(far, far).asked() as probe:
            os.write(near, "早く ".encode() + answer + b"later")
            assert probe.wide() is wide
            assert probe.typed == ("早く " if answer else "早く later")
            if answer:
                assert os.read(far, 5) == b"later"
    finally:
        os.close(near)
        os.close(far)
