"""Every text that the app names is in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import denju_tui
from denju.events import LearnStage
from denju.learning.errands import ErrandName
from denju.learning.gate import VerdictName
from denju.learning.held_out import ARMS
from denju.learning.plan import Kind
from denju.learning.situations import PURPOSES
from denju_tui.actions import ACTIONS, together
from denju_tui.locale import LANGUAGES, texts
from denju_tui.screens import batch_runs, learning_runs
from denju_tui.screens.planning import COUNTS, FILES

SOURCE = Path(denju_tui.__file__).parent
OTHERS = ("budget", "teacher_arm", "practice")
COUNTS_OF = {
    "answers", "answered", "asked", "bytes", "calls", "clean", "columns", "count", "cues", "days", "done", "failed",
    "found", "left", "lines", "lost", "pairs", "rows", "saved", "serving", "strategies", "tokens", "total", "whole",
}  # fmt: skip
"""Places that a number of things stands in."""
NEVER_ONE = {
    "ask.reading", "doctor.colors", "doctor.enlarge", "glance.days", "glance.tokens_a_second", "learn.tokens",
    "prompt.title", "stack.failed_some", "teacher.size", "teacher.tokens", "tutor.leaves", "tutor.says", "tutor.used",
    "coach.took",
}  # fmt: skip
"""Counts that are large in every case: bytes of a request, tokens of a prompt, days of the overview."""
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_a_run_can_be_has_a_name(language):
    named = {f"stack.{state}" for state in get_args(batch_runs.RunState)}
    named |= {f"stack.order_{name}" for name in ("target", "text", "id", "where", "limit")}
    named |= {
        f"coach.{state}" for state in (*get_args(learning_runs.RunState), *get_args(Kind), *get_args(VerdictName))
    }
    named |= {f"coach.{lack}" for lack in get_args(learning_runs.Lack) if lack}
    named |= {f"coach.arm_{arm}" for arm in ARMS if arm != "none"}
    named |= {f"coach.{kind}_{name}" for kind in ("field", "about") for name in (*FILES, *COUNTS, *OTHERS)}
    named |= {f"coach.pick_{name}" for name in FILES}
    named |= {f"coach.purpose_{purpose}" for purpose in PURPOSES}
    named |= {f"coach.from_{kind}" for kind in ("history", "ticket", "teacher")}
    named |= {f"learn.stage_{stage}" for stage in get_args(LearnStage)}
    named |= {f"learn.call_{name}" for name in get_args(ErrandName)}
    assert named - texts(language).names() == set()


def test_one_of_a_thing_is_told_in_the_singular():
    t = texts("en")
    told = {}
    for key in t.names() - NEVER_ONE:
        names = re.findall(r"\{(\w+)", t.raw(key))
        told[key] = t(key, **{name: "1" if name in COUNTS_OF else "X" for name in names})
    plural = re.compile(r"\b1 (?:further |more )?(?!is\b|was\b|has\b|serves\b)(?:[a-z]{2,}s|were|have|serve|wait)\b")
    assert {key: text for key, text in told.items() if plural.search(text)} == {}


def test_a_word_follows_the_number_in_front_of_it():
    t = texts("en")
    assert t("batch.some_failed", failed=1) == "1 row failed."
    assert t("batch.some_failed", failed="1,001") == "1,001 rows failed."
    assert t("doctor.library", count=1, serving=0) == "1 strategy, 0 serve"
    assert texts("ja")("batch.some_failed", failed=1) == "1 行が失敗しました。"
