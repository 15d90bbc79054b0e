"""Keys that people choose themselves."""

from __future__ import annotations

import re

import pytest

from denju.errors import SettingsError
from denju_tui.actions import ACTIONS, PANES, Keys
from denju_tui.locale import texts
from generate_key_page import TARGET, document


def test_without_a_choice_the_keys_are_those_of_the_registry():
    assert Keys().actions == ACTIONS
    assert not Keys().changed


def test_a_chosen_key_takes_the_place_of_the_old_ones():
    keys = Keys("ask.copy=f11  ask.new=ctrl+b,f13\napp.help=f14")
    assert keys["ask.copy"].shown_key == "F11"
    assert keys["ask.new"].keys == "ctrl+b,f13"
    assert keys["app.help"].shown_key == "F14"
    assert keys["ask.stop"].keys == "escape"


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ("ask.nothing=f12", "ask.nothing"),
        ("ask.copy", "ask.copy"),
        ("ask.copy=y", "ask.copy=y"),
        ("ask.copy=ctrl+c", "ctrl+c"),
        ("ask.copy=ctrl+m", "ctrl+m"),
        ("ask.copy=f25", "f25"),
        ("ask.send=f12", "ask.send"),
        ("ask.copy=f2", "app.ask"),
        ("ask.copy=ctrl+n", "ask.new"),
        ("ask.copy=f11 ask.copy=f13", "ask.copy is named twice"),
        ("ask.stop=ctrl+b", "ask.stop=ctrl+b"),
        ("library.back=f11,ctrl+b", "library.back=f11,ctrl+b"),
    ],
)
def test_a_wrong_choice_says_what_is_wrong(chosen, named):
    with pytest.raises(SettingsError) as caught:
        Keys(chosen)
    assert named in caught.value.what
    assert 'screen.keys "" takes all back' in caught.value.hint


def test_a_wrong_choice_is_told_in_japanese_from_end_to_end():
    said = texts("ja").said
    for chosen in ("ask.nothing=f12", "ask.copy=y", "ask.copy=f2", "ask.copy=f11 ask.copy=f13", "ask.stop=ctrl+b"):
        with pytest.raises(SettingsError) as caught:
            Keys(chosen)
        told = said(caught.value.what) + said(caught.value.hint)
        assert not re.search(r"\b(is|there|would|could|give|take|takes|all)\b", told, re.IGNORECASE), told


def test_what_gives_way_may_have_keys_that_no_text_field_takes():
    assert Keys("ask.stop=f13,insert library.back=f13")["ask.stop"].keys == "f13,insert"


def test_every_pane_has_its_own_key_and_digit():
    keys = Keys()
    for pane in PANES:
        number = int(keys[f"app.{pane}"].bare)
        assert keys[f"app.{pane}"].keys == f"f{number + 1}"


def test_the_page_of_keys_is_the_registry():
    assert TARGET.read_text("utf-8") == document(), "run: python scripts/generate_key_page.py"
