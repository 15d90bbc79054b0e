"""What stands in for a query's words: words spelled alike, words of one matter; never more than the word itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from denju.retrieval.counts import counted
from denju.retrieval.formula import key_of
from denju.retrieval.index import MOST_FRESH, Index
from denju.retrieval.query import query_weights, said
from denju.retrieval.related import related, source
from denju.retrieval.search import Retriever
from denju.retrieval.terms import normal, terms
from denju.retrieval.widening import plain
from denju.values import Strategy, Turn

REFUND = Strategy(id="refund", title="Refund", situation="The money comes back", cues=("Please reimburse me",))
DELAY = Strategy(id="delay", title="納期遅れ", situation="部品が届かない", cues=("遅延の連絡",), language="ja")
OTHER = Strategy(id="other", title="Opening hours", situation="When are you there", cues=("Are you open",))
LIBRARY = (REFUND, DELAY, OTHER)


def index() -> Index:
    return Index.of(map(counted, LIBRARY))


def query(text: str) -> dict[str, float]:
    return query_weights(said([Turn("customer", text)]))


@pytest.mark.parametrize(
    ("text", "row"), [("I want my money back", 0), ("refunddd", 0), ("repayment", 0), ("配達が遅い", 1)]
)
def test_a_word_that_no_strategy_holds_finds_its_relatives(text: str, row: int) -> None:
    scores = index().score(index().find(index().widened(query(text)))).scores
    assert scores.argmax() == row
    assert scores[row] > 0


def test_a_relative_counts_less_than_the_word_itself() -> None:
    asked = index().widened({"refund": 1.0})
    weights = dict(zip(asked.keys, asked.weights, strict=True))
    assert weights[key_of("refund")] == 1.0
    assert 0 < weights[key_of("reimburs")] < 1.0


def test_what_is_known_by_another_word_speaks_less_against_a_match() -> None:
    whole = index()
    asked = whole.widened({"repay": 1.0})
    assert whole.score(whole.find(asked)).reach < whole.score(whole.find(plain({"repay": 1.0}))).reach


def test_a_code_that_nobody_knows_says_little() -> None:
    whole = index()
    code, word = (whole.score(whole.find(whole.widened({term: 1.0}))).reach for term in ("po-7781", "zebra"))
    assert code < word / 2


def test_the_reason_names_the_word_that_was_said() -> None:
    match = Retriever(LIBRARY).search([Turn("customer", "repayments please")], language="en")
    assert match.best is not None
    assert match.best.strategy == REFUND
    assert match.best.terms[0].term == "repayments"
    assert "title" in match.best.terms[0].fields


@pytest.mark.parametrize("late", [1, MOST_FRESH + 1])
def test_words_that_came_later_are_found_by_their_likes(late: int) -> None:
    more = [replace(OTHER, id=f"late-{number}", title=f"Galvanising {number}") for number in range(late)]
    changed = index().changed((), map(counted, more))
    scores = changed.score(changed.find(changed.widened({"galvanizing": 1.0}))).scores
    assert (scores[3:] > 0).all()
    gone = changed.changed(range(3, 3 + late), ())
    assert not gone.score(gone.find(gone.widened({"galvanizing": 1.0}))).scores.any()


def test_every_related_word_is_a_term_of_texts() -> None:
    """A word of the file that no text could ever hold would do nothing."""
    for line in source().splitlines():
        if line.startswith("#"):
            continue
        words = line.split()
        keys = [{term.key for term in terms(normal(word.replace("_", " ")))} for word in words]
        for word, own, others in zip(
            words, keys, (set().union(*keys[:at], *keys[at + 1 :]) for at in range(len(words))), strict=True
        ):
            assert any(others & {*related(key)} for key in own), word
