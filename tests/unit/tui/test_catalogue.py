"""Every text that the app names is in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import denju_tui
from denju_tui.actions import ACTIONS, together
from denju_tui.locale import LANGUAGES, texts

SOURCE = Path(denju_tui.__file__).parent
NAMED = re.compile(r"""\bt\("([a-z]+\.[a-z_]+)\"""")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_app_finds_its_texts(language):
    files = [*SOURCE.glob("*.py"), *SOURCE.glob("screens/*.py"), *SOURCE.glob("widgets/*.py")]
    named = {key for file in files for key in NAMED.findall(file.read_text("utf-8"))}
    named |= {f"{kind}.{action.name}" for action in ACTIONS for kind in ("action", "tip")}
    assert len(named) > 80
    assert named - texts(language).names() == set()


def test_no_two_actions_of_a_pane_share_a_key():
    for group in {action.group for action in ACTIONS} - {"app"}:
        heard = together(ACTIONS, group)
        keys = [key for action in heard for key in f"{action.keys},{action.bare}".split(",") if key]
        assert len(keys) == len(set(keys))
