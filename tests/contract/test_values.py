"""The contracts with the outside: the JSON form of a strategy and of an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from denju.errors import InvalidStrategy
from denju.text import clean
from denju.values import (
    Answer,
    Candidate,
    MatchedTerm,
    PolicyResult,
    Strategy,
    StudentInfo,
    Tokens,
    Used,
)

CONTRACT: dict[str, Any] = json.loads("""
{"schema":1,"id":"st_9f2c41d07a3e","revision":3,"status":"approved","scope":"scenario","language":"ja",
 "translation_of":null,"title":"部品の傷","situation":"納入品に傷があり怒っている","avoid_when":["数量違い"],
 "cues":["部品に傷があります"],"priorities":["ラインを止めない"],
 "decide":["怒りが強いときは、まず謝る。落ち着いていれば、先に事実を確かめる。"],
 "steps":["お詫びする","ロット番号を頼む"],"why":"事実より先に気持ちを受け止めると、話が続く。","tags":["defect"],
 "check":{"never":[],"always":[]},
 "origin":{"kind":"teacher","by":"sato","model":"m","request":"sha256:ab","file":null,"parent":null},
 "created":"2026-11-23T05:00:00Z",
 "reviews":[{"verdict":"approved","by":"sato","at":"2026-11-23T06:00:00Z","why":"ok"}],"extra":{}}
""")


def test_the_documented_strategy_comes_back_as_it_was() -> None:
    written = Strategy.from_dict(CONTRACT).to_dict()
    assert written == CONTRACT
    assert list(written) == list(CONTRACT)


def test_title_and_situation_are_enough() -> None:
    strategy = Strategy.from_dict({"title": "Late", "situation": "Late delivery"})
    assert (strategy.status, strategy.scope, strategy.revision, strategy.cues) == ("draft", "scenario", 1, ())


def test_unknown_fields_are_kept() -> None:
    strategy = Strategy.from_dict({"title": "a", "situation": "b", "colour": "red", "extra": {"old": 1}})
    assert strategy.extra == {"old": 1, "colour": "red"}
    assert Strategy.from_dict(strategy.to_dict()) == strategy


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": None}, "title"),
        ({"title": " \x1b[31m "}, "title"),
        ({"situation": 3}, "situation"),
        ({"cues": "text"}, "cues"),
        ({"steps": [1]}, "steps"),
        ({"steps": ["x"] * 101}, "steps"),
        ({"why": "x" * 4001}, "why"),
        ({"status": "live"}, "status"),
        ({"scope": []}, "scope"),
        ({"language": "fr"}, "language"),
        ({"revision": 0}, "revision"),
        ({"revision": True}, "revision"),
        ({"schema": 2}, "schema"),
        ({"check": []}, "check"),
        ({"reviews": {}}, "reviews"),
        ({"extra": 1}, "extra"),
        ({"id": "x" * 129}, "id"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidStrategy) as caught:
        Strategy.from_dict({**CONTRACT, **change})
    assert caught.value.field == field
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(InvalidStrategy):
        Strategy.from_dict(value)


texts = st.text(max_size=30)
lists = st.lists(texts, max_size=4)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # how busy the machine is says nothing
@given(
    st.fixed_dictionaries(
        {"title": st.text(min_size=1), "situation": st.text(min_size=1)},
        optional={
            "cues": lists,
            "steps": lists,
            "tags": lists,
            "why": texts,
            "id": texts,
            "language": st.sampled_from(["ja", "en"]),
            "check": st.fixed_dictionaries({"never": lists, "always": lists}),
            "unknown": st.integers() | texts,
        },
    )
)
def test_reading_what_was_written_changes_nothing(data: dict[str, Any]) -> None:
    assume(clean(data["title"]).strip() and clean(data["situation"]).strip())
    strategy = Strategy.from_dict(data)
    again = Strategy.from_dict(json.loads(json.dumps(strategy.to_dict())))
    assert again == strategy


def test_an_answer_has_the_documented_form() -> None:
    strategy = Strategy.from_dict(CONTRACT)
    candidate = Candidate(strategy, score=2.1, confidence=0.83, terms=(MatchedTerm("傷", 0.41, ("title", "cues")),))
    answer = Answer(
        id="r17",
        answer="…",
        language="ja",
        match="matched",
        strategy=candidate,
        threshold=0.31,
        student=StudentInfo("ctransformers", "practice", "ab", practice=True),
        tokens=Tokens(prompt=412, reused=320, completion=96),
        general=(Used("g", 1, "General"),),
        policies=(PolicyResult("p", 1, ok=True),),
        seed=1,
        seconds=0.4,
    )
    assert answer.to_dict() == json.loads("""
    {"schema":1,"id":"r17","answer":"…","language":"ja","match":"matched",
     "strategy":{"id":"st_9f2c41d07a3e","revision":3,"title":"部品の傷","confidence":0.83,"score":2.1,
                 "terms":[{"term":"傷","share":0.41,"fields":["title","cues"]}]},
     "general":[{"id":"g","revision":1,"title":"General"}],"runners_up":[],"threshold":0.31,
     "student":{"kind":"ctransformers","model":"practice","sha256":"ab","practice":true},"facts":[],
     "tokens":{"prompt":412,"reused":320,"completion":96},"cut_turns":0,"finish":"stop","unsupported":[],
     "policies":[{"id":"p","revision":1,"ok":true,"why":""}],"seed":1,"seconds":0.4,"error":null}
    """)
