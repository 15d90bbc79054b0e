"""Pasted replies are seen, and honest strategies left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from denju.library.starter import strategies
from denju.teacher.marks import Mark, marks
from denju.values import Strategy

JA = Strategy(title="部品の傷", situation="部品に傷があり怒っている", language="ja", steps=("お詫びする",))
EN = Strategy(title="Scratched parts", situation="Parts are scratched", language="en", steps=("Apologise",))

PASTED = [
    "いつもお世話になっております。",
    "この度は誠に申し訳ございません。",
    "お問い合わせいただき、ありがとうございます。",
    "何卒よろしくお願いいたします。",
    "至急、代わりの品を手配いたします。",
    "恐れ入りますが、ロット番号をお知らせいただけますでしょうか。",
    "弊社の検査で見落としがありました。",
    "お写真をメールでお送りくださいませ。",
    "Dear customer, thank you for your message.",
    "We apologize for the inconvenience.",
    "Please do not hesitate to contact us.",
    "Kind regards, the service team",
    "I will send a replacement today.",
    "Could you tell me the lot number?",
    "We're sorry that this happened.",
    "Your parts will be replaced.",
]
HONEST = [
    "お詫びする",
    "「申し訳ない」という気持ちを最初に伝える",
    "弊社の保証期間を確認する",
    "ロット番号を尋ねる",
    "写真を送っていただくよう頼む",
    "Say we are checking the stock",
    "Thank them for telling us",
    "Ask for the lot number, then for a photo",
    "Offer to collect the parts at our cost",
]


@pytest.mark.parametrize("step", PASTED)
def test_a_pasted_reply_is_marked(step: str) -> None:
    found = marks(replace(JA, steps=("お詫びする", step)), "ja", ())
    assert [(mark.field, mark.index) for mark in found] == [("steps", 1)]
    assert found[0].kind in {"formula", "reply"}


@pytest.mark.parametrize("step", HONEST)
def test_an_act_is_not(step: str) -> None:
    assert marks(replace(JA, steps=(step,)), "ja", ()) == ()


def test_the_starter_library_holds_no_reply() -> None:
    shipped = [each for each in strategies() if each.scope == "scenario"]
    assert len(shipped) > 50
    assert [(each.id, marks(each, each.language, ())) for each in shipped if marks(each, each.language, ())] == []


def test_a_paragraph_is_marked() -> None:
    assert marks(replace(EN, steps=("Ask " * 40,)), "en", ()) == (Mark("long", "steps", 0),)


def test_few_cues_and_another_language_are_marked() -> None:
    five = ("傷がある", "傷です", "へこみ", "打痕", "また傷か")
    assert marks(replace(JA, cues=five), "ja", ("ja",)) == ()
    assert marks(replace(JA, cues=five), "ja", ("ja", "en")) == (Mark("cues", "cues", language="en"),)
    assert Mark("language", "situation") in marks(EN, "ja", ())
