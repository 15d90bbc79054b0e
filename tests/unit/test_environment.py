"""``scripts/run``: its environment is made once, and made again where it can no longer serve. Python is played."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
PYTHON = """#!/usr/bin/env bash
echo "$*" >>"$DENJU_TEST_LOG"
venv=$(dirname "$(dirname "$0")")
case "$*" in
  -c*) ;;
  --version) echo "Python 3.11" ;;
  "-m venv --clear "*)
    rm -rf "$4"; mkdir -p "$4/bin"; ln -s "$0" "$4/bin/python"
    [ -z "${DENJU_TEST_NO_PIP:-}" ] || exit 1
    touch "$4/pip" ;;
  "-m pip "*)
    [ -e "$venv/pip" ] || exit 1
    printf '#!%s\\n' "$venv/bin/python" >"$venv/bin/denju"; chmod +x "$venv/bin/denju" ;;
  *) echo "opened ${*:2}" ;;
esac
"""
MADE, INSTALLED = "-m venv", "-m pip install"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A source tree that nothing was installed from yet."""
    root = tmp_path / "tree"
    (root / "scripts").mkdir(parents=True)
    for name in ("run", "environment.sh"):
        shutil.copy(SCRIPTS / name, root / "scripts")
    for name in ("pyproject.toml", "scripts/constraints.txt"):
        (root / name).write_text("1\n")
    return root


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs ``scripts/run hello`` of a tree: exit code, all that was said, all that Python was asked for."""
    log = tmp_path / "log"

    def of(root: Path, python: str = "python3.11", **environ: str) -> tuple[int, str, str]:
        played = tmp_path / python
        played.write_text(PYTHON)
        played.chmod(0o755)
        log.write_text("")
        done = subprocess.run(
            [root / "scripts" / "run", "hello"], capture_output=True, text=True, check=False,
            env={**os.environ, "DENJU_PYTHON": str(played), "DENJU_TEST_LOG": str(log), **environ},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr, log.read_text()

    return of


def test_an_environment_that_is_up_to_date_is_opened_at_once(root: Path, run: Run, tmp_path: Path) -> None:
    code, said, asked = run(root)
    assert code == 0 and "opened hello" in said and MADE in asked and INSTALLED in asked
    (tmp_path / "link").symlink_to(root)
    for place in (root, tmp_path / "link"):
        code, said, asked = run(place)
        assert (code, said) == (0, "opened hello\n")
        assert asked == f"{place}/.venv/bin/denju hello\n", "Python is not asked for anything else"


def test_other_requirements_are_installed_into_the_same_environment(root: Path, run: Run) -> None:
    run(root)
    (root / "pyproject.toml").write_text("2\n")
    code, said, asked = run(root)
    assert code == 0 and "opened hello" in said and MADE not in asked and INSTALLED in asked


def half_made(root: Path) -> None:
    (root / ".venv" / "pip").unlink()
    (root / ".venv" / "installed-run").unlink()


def without_its_python(root: Path) -> None:
    (root / ".venv" / "bin" / "python").unlink()
    (root / ".venv" / "bin" / "python").symlink_to(root / "gone")


def of_another_python(root: Path) -> None:
    other = root.with_name("python3.12")
    other.write_text(PYTHON)
    other.chmod(0o755)
    (root / ".venv" / "bin" / "python").unlink()
    (root / ".venv" / "bin" / "python").symlink_to(other)


@pytest.mark.parametrize("spoil", [half_made, without_its_python, of_another_python])
def test_an_environment_that_cannot_serve_is_made_again(root: Path, run: Run, spoil: Callable[[Path], None]) -> None:
    run(root)
    spoil(root)
    code, said, asked = run(root)
    assert code == 0 and "opened hello" in said and MADE in asked and INSTALLED in asked
    assert run(root)[1] == "opened hello\n"


@pytest.mark.parametrize("move", [shutil.move, lambda old, new: shutil.copytree(old, new, symlinks=True)])
def test_a_tree_that_was_moved_or_copied_gets_an_environment_of_its_own(
    root: Path, run: Run, move: Callable[[Path, Path], object]
) -> None:
    run(root)
    there = root.with_name("elsewhere")
    move(root, there)
    code, said, asked = run(there)
    assert code == 0 and "opened hello" in said and MADE in asked
    assert run(there)[1] == "opened hello\n"


def test_a_python_that_makes_no_environments_is_told_with_its_own_package(root: Path, run: Run) -> None:
    code, said, _ = run(root, DENJU_TEST_NO_PIP="1")
    assert code == 1 and "sudo apt install python3.11-venv\n" in said
    assert run(root)[0] == 0, "what it left behind is in nobody's way"
