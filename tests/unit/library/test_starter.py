"""The starter library: what a new user finds is whole, in both languages, and seeded once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from denju.library.starter import seed, strategies
from denju.library.store import Library
from denju.values import FALLBACK_TAG, Strategy

ALL = strategies()
SCENARIOS = [each for each in ALL if each.scope == "scenario"]


def of(scope: str, language: str) -> list[Strategy]:
    return [each for each in ALL if (each.scope, each.language) == (scope, language)]


def test_a_new_library_is_filled_once(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.json")
    assert seed(library)
    assert not seed(Library(library.path))
    assert library.generation == 1
    assert len(library.serving()) == len(ALL)
    assert {(each.origin.kind, each.reviews[0].by, each.reviews[0].why) for each in library.all()} == {
        ("starter", "denju", "starter library")
    }


def test_an_emptied_library_is_not_filled_again(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.json")
    library.begin([])
    assert not seed(library)
    assert library.all() == ()


def test_ids_are_unique() -> None:
    assert not [name for name, count in Counter(each.id for each in ALL).items() if count > 1]


def test_every_strategy_has_its_translation() -> None:
    groups: dict[str, set[str]] = {}
    for each in ALL:
        groups.setdefault(each.group(), set()).add(each.language)
    assert [group for group, languages in groups.items() if languages != {"ja", "en"}] == []
    assert {each.translation_of for each in ALL if each.translation_of} <= {each.id for each in ALL}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_there_is_enough_to_work_with(language: str) -> None:
    scenarios = of("scenario", language)
    assert len(scenarios) >= 40
    assert sum(bool(each.decide) for each in scenarios) >= 10
    general = of("general", language)
    assert len([each for each in general if FALLBACK_TAG not in each.tags]) == 3
    assert len([each for each in general if FALLBACK_TAG in each.tags]) == 1
    assert len(of("policy", language)) == 5


@pytest.mark.parametrize("strategy", SCENARIOS, ids=lambda each: each.id)
def test_a_situation_can_be_found_and_followed(strategy: Strategy) -> None:
    assert 8 <= len(strategy.cues) <= 15
    assert len(set(strategy.cues)) == len(strategy.cues)
    assert strategy.priorities
    assert strategy.steps
    assert strategy.why


def test_the_checks_of_policies_compile_and_say_something() -> None:
    for each in (*of("policy", "ja"), *of("policy", "en")):
        patterns = (*each.check.never, *each.check.always)
        assert patterns, each.id
        for pattern in patterns:
            assert not re.compile(pattern).search(""), f"{each.id}: {pattern} is found in nothing at all"
