"""What a teacher wrote: read strictly, and nothing in it that it was not asked for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from denju.errors import CutOff, NotUnderstood
from denju.teacher import drafts
from denju.teacher.port import Draft, TeachAsk
from denju.values import Strategy
from drafted import answer_text, drafted

REQUEST = "sha256:" + "0" * 64
ASK = TeachAsk(situation="傷", language="ja", languages=("ja", "en"))


def read(text: str) -> tuple[Draft, ...]:
    return drafts.read(text, model="m", request=REQUEST)


def reason(text: str) -> str:
    with pytest.raises(NotUnderstood) as caught:
        read(text)
    assert caught.value.text == text
    assert caught.value.hint
    return caught.value.what


def test_a_draft_is_a_strategy_that_came_from_a_teacher() -> None:
    (draft,) = read(answer_text())
    strategy = draft.strategy
    assert strategy.steps == ("お詫びする", "ロット番号を尋ねる", "代品の手配を申し出る")
    assert strategy.cues[:2] == ("傷だらけだ", "部品に傷があります")
    assert len(strategy.cues) == 10
    assert (strategy.status, strategy.scope, strategy.language, strategy.id) == ("draft", "scenario", "ja", "")
    assert strategy.origin.request == REQUEST


def test_a_teacher_decides_on_nothing_but_the_text() -> None:
    greedy = drafted(
        id="st_000000000000",
        status="approved",
        scope="policy",
        revision=9,
        check={"never": ["."]},
        reviews=[{"verdict": "approved", "by": "sato", "at": "x"}],
        origin={"kind": "person", "by": "sato"},
        tags=["fallback"],
        extra={"a": 1},
        more="b",
    )
    (draft,) = read(answer_text(greedy))
    assert draft.strategy == read(answer_text())[0].strategy


def test_texts_are_cleaned_and_on_one_line() -> None:
    (draft,) = read(answer_text(drafted(title="傷\x1b]52;c;x\x07\n対応", steps=["お詫び\nする", "  "])))
    assert draft.strategy.title == "傷 対応"
    assert draft.strategy.steps == ("お詫び する",)


@pytest.mark.parametrize(
    "text",
    [
        "```json\n" + answer_text() + "\n```",
        "```\n" + answer_text() + "```",
        "<think>The customer {is angry}</think>\n\n" + answer_text(),
        "\n" + answer_text() + "\n",
    ],
)
def test_what_local_models_put_around_it_is_passed_over(text: str) -> None:
    assert read(text) == read(answer_text())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("Sure! Here are", "not JSON"),
        (answer_text()[:-10], "not JSON"),
        ("[]", 'a list "strategies"'),
        ('{"strategies": {}}', 'a list "strategies"'),
        ('{"strategies": []}', "0 strategies"),
        (answer_text(*[drafted()] * 6), "6 strategies"),
        ('{"strategies": ["x"]}', "strategies[0]: expected an object"),
        (answer_text(drafted(title=None)), "strategies[0].title: missing"),
        (answer_text(drafted(), drafted(situation=" ")), "strategies[1].situation: empty"),
        (answer_text(drafted(title=["a"])), "strategies[0].title: expected text"),
        (answer_text(drafted(steps=[])), "strategies[0].steps: empty"),
        (answer_text(drafted(steps="お詫びする")), "strategies[0].steps: expected a list"),
        (answer_text(drafted(steps=["する"] * 21)), "21 items; at most 20"),
        (answer_text(drafted(decide=["a", "b", "c", "d"])), "strategies[0].decide: 4 items"),
        (answer_text(drafted(cues=["a"])), "strategies[0].cues: expected an object"),
        (answer_text(drafted(cues={"ja": [1]})), "strategies[0].cues: expected a list of texts"),
        (answer_text(drafted(reason=3)), "strategies[0].reason: expected text"),
        (answer_text(drafted(why="x" * 4_001)), "4,001 characters"),
        ('{"strategies": [], "strategies": []}', "stands twice"),
        ('{"strategies": NaN}', "NaN"),
        ('{"a":' * 40 + "1" + "}" * 40, "deeper than 32"),
        ("[" * 100_000, "deeper than 32"),
        ('{"a": "' + "x" * 2**20 + '"}', "at most 1,048,576"),
        ("1" * 5_000, "not JSON"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, why: str) -> None:
    assert why in reason(text)


@given(st.text(max_size=300))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(field=st.sampled_from(sorted(drafted())), value=_JSON)
def test_any_value_in_any_field_is_a_draft_or_refused(field: str, value: object) -> None:
    try:
        (draft,) = read(answer_text(drafted(**{field: value})))
    except NotUnderstood:
        return
    again = Strategy.from_dict(draft.strategy.to_dict())
    assert again == draft.strategy
    assert json.loads(json.dumps(again.to_dict(), allow_nan=False)) == again.to_dict()


def test_a_second_request_names_the_reason_and_there_is_no_third() -> None:
    with pytest.raises(NotUnderstood) as caught:
        read("half")
    second = drafts.again(ASK, caught.value)
    assert second is not None
    assert second.misread is not None
    assert second.misread.text == "half"
    assert "not JSON" in second.misread.reason
    assert replace(second, misread=None) == ASK
    assert drafts.again(second, caught.value) is None


def test_without_a_word_there_is_nothing_to_ask_again() -> None:
    assert drafts.again(ASK, CutOff("The answer broke off.")) is None
