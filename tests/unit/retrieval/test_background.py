"""What small libraries are lent: how common words are, and messages on other matters."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from denju.library.starter import strategies
from denju.retrieval import background
from denju.retrieval.formula import key_of
from denju.retrieval.search import Retriever
from denju.values import Strategy, Turn
from generate_common_terms import document

SCENARIOS = tuple(each for each in strategies() if each.scope == "scenario")
KEPT = 5
"""Cues that a small library's strategies keep; customers say the others."""


def test_the_common_terms_are_those_of_the_starter_library():
    assert background.source() == document(), "run: python scripts/generate_common_terms.py"


def test_less_and_less_is_lent_and_nothing_to_a_library_that_has_enough():
    keys = [key_of("order"), key_of("no such term")]
    lent = [background.held(keys, size) for size in range(background.ENOUGH + 2)]
    assert lent[0][0] > 10 and all(one[0] > other[0] for one, other in itertools.pairwise(lent[:-1]))
    assert lent[background.ENOUGH] == lent[-1] == [0.0, 0.0] and all(one[1] == 0.0 for one in lent)
    assert background.documents(0) == background.topics() and background.documents(background.ENOUGH) == 0.0


@pytest.mark.parametrize(("language", "least", "most"), [("ja", 0.8, 0.3), ("en", 0.6, 0.3)])
def test_a_library_of_two_finds_its_own_and_leaves_other_matters_alone(language: str, least: float, most: float):
    rng = random.Random(1)
    all_of_them = [each for each in SCENARIOS if each.language == language]
    own: list[bool] = []
    foreign: list[bool] = []
    for _ in range(12):
        two = rng.sample(all_of_them, 2)
        retriever = Retriever(replace(each, cues=each.cues[:KEPT]) for each in two)

        def found(each: Strategy, retriever: Retriever = retriever) -> str | None:
            message = " ".join(rng.sample(each.cues[KEPT:], 2))
            best = retriever.search([Turn("customer", message)], language=language, why=False).best
            return best.strategy.id if best else None

        own += [found(each) == each.id for each in two for _ in range(3)]
        foreign += [found(each) is not None for each in rng.sample(all_of_them, 15) if each not in two]
    assert sum(own) >= least * len(own) and sum(foreign) <= most * len(foreign)
