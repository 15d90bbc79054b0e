"""Keys that people choose themselves."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest
from textual.screen import Screen

from denju.errors import SettingsError
from denju.settings import DECLARED, Settings
from denju_tui import screens
from denju_tui.actions import ACTIONS, PANES, Keys
from denju_tui.app import DenjuApp
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
        ("teacher.drop=ctrl+x", "teacher.drop=ctrl+x"),
        ("library.back=f11,ctrl+b", "library.back=f11,ctrl+b"),
        ("app.learning=f14 edit.back=f6", "edit.back=f6"),
        ("app.batch=f14 ask.stop=f7", "ask.stop=f7"),
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


def test_an_unknown_id_has_its_nearest_ones_named():
    with pytest.raises(SettingsError) as caught:
        Keys("ask.cpoy=f11")
    assert "Did you mean ask.copy" in caught.value.hint
    assert re.match(r"ask\.copy, .+ のことですか。", texts("ja").said(caught.value.hint))


def test_the_example_that_the_settings_give_is_one_that_works():
    (declared,) = [each for each in DECLARED if each.name == "screen.keys"]
    example = re.search(r"by action: (.+) \(", declared.help)
    assert example and Keys(example.group(1)).changed


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_wrong_choice_is_corrected_where_it_stands(tmp_path, where):
    file = tmp_path / "settings.toml"
    file.write_text('[screen]\nkeys = "ask.copy=f2"\n' if where == "file" else "")
    environ = {"DENJU_SCREEN_KEYS": "ask.copy=f2"} if where == "environment" else {}
    with pytest.raises(SettingsError) as caught:
        Keys.of(Settings.load(file, environ))
    error = caught.value
    assert ("Correct it there, or take it out." in error.hint) == (where == "environment")
    assert ("config set" in error.hint) == (where == "file")
    assert error.what.startswith("DENJU_SCREEN_KEYS: ") == (where == "environment")
    assert "screen.keys: f2 が" in texts("ja").said(error.what)
    assert not re.search(r"[a-z]{3,} [a-z]", texts("ja").said(error.hint).replace("denju config set screen.keys", ""))


def test_what_gives_way_may_have_keys_that_no_text_field_takes():
    assert Keys("ask.stop=f13,insert library.back=f13")["ask.stop"].keys == "f13,insert"


def test_every_pane_has_its_own_key_and_digit():
    keys = Keys()
    for pane in PANES:
        number = int(keys[f"app.{pane}"].bare)
        assert keys[f"app.{pane}"].keys == f"f{number + 1}"


def owners():
    """Of each group, the class that its commands are for."""
    found = {"app": DenjuApp}
    for module in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
        for kind in vars(import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, Screen):
                ids = [getattr(each, "id", None) or "" for each in kind.BINDINGS]
                found |= {group: kind for each in ids if (group := each.partition(".")[0])}
    return found


def test_what_every_action_does_can_be_done_on_its_screen():
    there = owners()
    for each in ACTIONS:
        (method,) = re.findall(r"^(?:app\.)?(\w+)", each.command)
        assert hasattr(there[each.group], f"action_{method}"), each.id


def test_the_page_of_keys_is_the_registry():
    assert TARGET.read_text("utf-8") == document(), "run: python scripts/generate_key_page.py"
