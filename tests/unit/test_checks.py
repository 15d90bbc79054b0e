"""Names and numbers that nobody gave, and the policies' checks."""

from __future__ import annotations

import pytest

from denju.answering.checks import run_policies, unsupported
from denju.values import Check, Strategy

GIVEN = "お客様: 株式会社山田の田中です。M8のボルト 1,200個が届きません。注文番号 ABC-123。納期: 12月3日"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("田中様、納期は12月3日でございます。", ()),
        ("Ｍ８ボルト１２００個、ABC-123の件、承知しました。", ()),
        ("佐藤様、お世話になっております。", ("佐藤",)),
        ("ABC-12は1,201個です。", ("ABC-12", "1,201")),
        ("納期は［要確認：納期］でございます。", ()),
        ("1. お詫びします。\n2. 確認します。", ()),
        ("担当の佐藤よりご連絡いたします。", ("佐藤",)),
        ("お客様、皆様、担当者様、ありがとうございます。", ()),
        ("33%お値引きし、33%を返金します。", ("33",)),
        ("", ()),
    ],
)
def test_unsupported_in_japanese(answer: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, GIVEN) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Dear Ms Tanaka, it ships on 3 December.", ()),
        ("Dear Mr Suzuki, thank you.", ("Suzuki",)),
        ("Dear Ms Tan, thank you.", ("Tan",)),
        ("Dear Sir or Madam, thank you.", ()),
        ("We will send 30 pieces by [to confirm: delivery date].", ("30",)),
        ("Your order PO-7781 has 1200 pieces.", ()),
    ],
)
def test_unsupported_in_english(answer: str, found: tuple[str, ...]) -> None:
    given = "This is Aya Tanaka. PO-7781, 1,200 pieces, when does it ship? delivery date: 3 December"
    assert unsupported(answer, given) == found


def policy(**check: tuple[str, ...]) -> Strategy:
    return Strategy(title="No refunds", situation="Always", id="p1", steps=("Promise no refund",), check=Check(**check))


def test_a_policy_names_what_broke_it() -> None:
    (result,) = run_policies([policy(never=(r"refund\w*",))], "We refunded you.")
    assert (result.ok, result.why) == (False, "Promise no refund: refunded")


def test_a_policy_that_holds_says_nothing() -> None:
    (result,) = run_policies([policy(never=("refund",), always=("thank",))], "thank you")
    assert (result.ok, result.why) == (True, "")


def test_what_must_always_be_said_is_missed() -> None:
    (result,) = run_policies([policy(always=("thank",))], "Hello.")
    assert (result.ok, result.why) == (False, "Promise no refund")


def test_an_expression_that_cannot_be_checked_does_not_pass() -> None:
    (result,) = run_policies([policy(never=("(",))], "Hello.")
    assert not result.ok
    assert "cannot be checked" in result.why
