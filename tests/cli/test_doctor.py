"""``denju doctor``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from commands import Denju
from denju_tui.cli import doctor

CHECKS = [
    "python", "processor", "libraries", "extras", "terminal", "locale", "settings", "model", "library", "history",
    "teacher", "folders",
]  # fmt: skip


def test_all_is_well(denju: Denju) -> None:
    report = denju("doctor", "--json").json()
    assert report["ok"] and [each["name"] for each in report["checks"]] == CHECKS
    shown = denju("doctor")
    assert shown.code == 0
    assert [line.split()[:2] for line in shown.out.splitlines()] == [["ok", name] for name in CHECKS]
    found = {each["name"]: each["value"] for each in report["checks"]}
    assert "ctransformers 0.2.27" in found["libraries"] and "pytest" not in found["extras"]
    assert "google-generativeai" in found["extras"]
    assert "template practice" in found["model"] and "practice model: not for customers" in found["model"]


def test_a_new_home_is_well_too(denju: Denju, isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_HOME", str(isolated / "new"))
    assert denju("doctor").code == 0


def failing(denju: Denju) -> dict[str, str]:
    """Name and cure of each failing check; the other checks are there all the same."""
    done = denju("doctor", "--json")
    report = done.json()
    assert done.code == (0 if report["ok"] else 1)
    assert [each["name"] for each in report["checks"]] == CHECKS
    return {each["name"]: each["cure"] for each in report["checks"] if not each["ok"]}


def test_each_failure_has_a_cure_and_hides_no_other(denju: Denju, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "library" / "library.json").write_text("not a library")
    home.chmod(0o755)
    monkeypatch.setenv("DENJU_STUDENT_MODEL", "0123")
    found = failing(denju)
    assert set(found) == {"model", "library", "folders"} and all(found.values())
    assert found["folders"] == f"chmod 700 {home}"
    shown = denju("doctor").out
    assert all(f"cure: {cure}" in shown for cure in found.values()) and shown.count("FAIL") == 3


def test_wrong_settings(denju: Denju, home: Path) -> None:
    (home / "settings.toml").write_text("[student]\nmodle = 1\n")
    (home / "settings.toml").chmod(0o600)
    found = failing(denju)
    assert "settings" in found and not set(found) & {"python", "processor", "libraries", "locale", "folders"}


def test_keys_that_the_app_refuses(denju: Denju, home: Path) -> None:
    (home / "settings.toml").write_text('[screen]\nkeys = "ask.copy=f2"\n')
    (home / "settings.toml").chmod(0o600)
    found = failing(denju)
    assert set(found) == {"settings"} and 'config set screen.keys ""' in found["settings"]


def test_keys_that_the_app_refuses_in_the_environment(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_SCREEN_KEYS", "ask.copy=f2")
    found = failing(denju)
    assert set(found) == {"settings"} and "config set" not in found["settings"]
    assert "DENJU_SCREEN_KEYS" in denju("doctor").out and "Correct it there" in found["settings"]


def test_files_that_others_can_read(denju: Denju, home: Path) -> None:
    (home / "library" / "library.json").chmod(0o644)
    assert failing(denju) == {"folders": f"chmod 600 {home / 'library' / 'library.json'}"}


def test_a_link_is_judged_by_what_it_leads_to(denju: Denju, home: Path, tmp_path: Path) -> None:
    kept = tmp_path / "my settings.toml"
    kept.write_text("")
    kept.chmod(0o600)
    (home / "settings.toml").symlink_to(kept)
    assert denju("doctor").code == 0
    kept.chmod(0o644)
    assert failing(denju) == {"folders": f"chmod 600 {home / 'settings.toml'}"}


def test_a_cure_can_be_pasted_whatever_the_name(denju: Denju, isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = isolated / "my denju; home"
    odd.mkdir()
    odd.chmod(0o755)
    monkeypatch.setenv("DENJU_HOME", str(odd))
    assert failing(denju) == {"folders": f"chmod 700 '{odd}'"}
    odd.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: odd.stat().st_uid + 1)
    assert failing(denju) == {"folders": f"sudo chown -RH $USER '{odd}'"}


def test_the_cure_of_a_missing_extra_installs_it_from_the_source(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_TEACHER_PROVIDER", "google-generativeai")
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "google-generativeai" else "1")
    assert "in denju's folder: .venv/bin/python -m pip install -e '.[gemini]'" in failing(denju)["teacher"]


def test_japanese(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    monkeypatch.setenv("DENJU_STUDENT_MODEL", "0123")
    assert "直し方: " in denju("doctor").out
