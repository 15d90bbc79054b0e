"""What the library's list shows: words, facets, and what the search finds besides."""

from __future__ import annotations

from denju.values import Candidate, Match, MatchedTerm, Strategy
from denju_tui.locale import texts
from denju_tui.screens.facets import Facets, facet_rows
from denju_tui.screens.shelf import Shelf


def strategy(name, **fields):
    return Strategy(**{"id": f"st_{name}", "title": name, "situation": "x", "status": "approved", **fields})


LATE, DENT, POLICY = strategy("late"), strategy("dent", language="ja", tags=("fault",)), strategy("p", scope="policy")


def shelf():
    found = Shelf()
    found.fill([LATE, DENT, POLICY])
    return found


def test_words_narrow_and_the_own_language_comes_first():
    found = shelf()
    assert found.rows("ja")[0] == DENT
    found.words = "ＬＡＴＥ"
    assert found.rows("en") == [LATE]


def test_the_search_adds_below_and_only_for_the_words_it_was_asked():
    found = shelf()
    found.words = "late"
    term = MatchedTerm("dent", 1.0, ("title",))
    near, far = Candidate(DENT, 2.0, 0.8, (term,)), Candidate(POLICY, 1.0, 0.1)
    found.found("late", Match("matched", best=near, runners_up=(far,), threshold=0.3))
    assert found.rows("en") == [LATE, DENT]
    assert found.terms() == ("late", "dent")
    found.words = "lat"
    assert found.rows("en") == [LATE] and found.terms() == ("lat",)
    found.words, found.facets = "late", Facets(language="en")
    assert found.rows("en") == [LATE]


def test_a_search_that_finds_nothing_adds_nothing():
    found = shelf()
    found.words = "zebra"
    found.found("zebra", Match("none", runners_up=(Candidate(LATE, 1.0, 0.9),), threshold=0.3))
    assert found.rows("en") == []


def test_facets_switch_count_and_say_what_is_chosen():
    chosen = Facets().switched("scope:policy")
    rows = {row.key: row.cells for row in facet_rows([LATE, DENT, POLICY], chosen, texts("en"))}
    assert rows["scope:policy"][0] == "[x]" and rows["language:en"][2].strip() == "2"
    assert "status:draft" not in rows and "tag:fault" in rows
    assert chosen.shown(texts("en")) == "policy"
    assert [each for each in (LATE, POLICY) if chosen.admit(each)] == [POLICY]
    assert chosen.switched("scope:policy") == Facets()
