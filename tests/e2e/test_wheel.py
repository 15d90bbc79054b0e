"""The wheel by itself: everything that the tool needs is inside, and it answers from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "core").is_dir():
        pytest.skip("these tests run against the installed wheel already; there is no source tree to build from")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_nothing_is_left_out_and_nothing_is_too_much(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for root in ("core", "tui"):
        for path in (ROOT / root).rglob("*"):
            if path.is_file() and not any(
                part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts
            ):
                assert str(path.relative_to(ROOT / root)) in names
    assert {name.split("/")[0] for name in names} - {"denju", "denju_tui"} == {
        next(name for name in names if name.endswith("METADATA")).split("/")[0]
    }


def test_the_installed_wheel_answers(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    environ = {
        **os.environ,
        "PYTHONPATH": str(target),
        "DENJU_HOME": str(tmp_path / "home"),
        "DENJU_SLOT": str(tmp_path / "slot"),
    }
    where = "import denju, denju_tui; print(denju.__file__, denju_tui.__file__)"
    found = subprocess.run([sys.executable, "-c", where], env=environ, cwd=tmp_path, check=True, capture_output=True)
    assert found.stdout.decode().count(str(target)) == 2
    asked = subprocess.run(
        [
            sys.executable,
            "-m",
            "denju_tui",
            "ask",
            "The parts arrived two days late and our line has stopped.",
            "--json",
        ],
        env=environ,
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    record = json.loads(asked.stdout)
    assert record["match"] == "matched"
    assert record["answer"]
    assert record["student"]["practice"] is True
