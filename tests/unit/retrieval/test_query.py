"""What of a message enters the query: the matter, not the frame of a mail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from denju.retrieval.query import TURN_WEIGHTS, Said, body, query_weights, said
from denju.values import Turn

MAIL_JA = """株式会社東海製作所 営業部 鈴木様

いつも大変お世話になっております。
山田工業株式会社 購買部の田中です。

先日納入いただいた部品に傷がありました。
交換品の手配をお願いできますでしょうか。

お忙しいところ恐れ入りますが、ご確認のほどよろしくお願いいたします。

--------------------------------
山田工業株式会社 購買部 田中一郎
〒456-0001 愛知県名古屋市1-2-3
TEL: 052-000-0000
--------------------------------

> 納期についてご連絡いたします。
"""
MAIL_EN = """Hi Sarah,

I hope this email finds you well. My name is John Miller from Acme Corp. The parts from PO 7731 arrived scratched.
Could you send replacements?

Best regards,
John Miller
Purchasing Manager | Acme Corp
Tel: +1 555 000 0000

This email and any attachments are confidential and intended solely for the addressee.

On Mon, Nov 20, 2026 at 9:00 AM Sarah <s@example.com> wrote:
> The order shipped today.
"""


def test_of_a_mail_the_matter_is_left() -> None:
    assert body(MAIL_JA) == "先日納入いただいた部品に傷がありました。\n交換品の手配をお願いできますでしょうか。"
    assert body(MAIL_EN) == "The parts from PO 7731 arrived scratched.\nCould you send replacements?"


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("お世話になっております、部品の傷の件です。", "部品の傷の件です。"),
        ("部品の傷です。", "部品の傷です。"),
        ("営業時間を教えてください。以上、よろしくお願いします。", "営業時間を教えてください。"),
        ("Good morning, where is my order?", "where is my order?"),
        ("I'm angry about the late delivery", "I'm angry about the late delivery"),
        ("Hi need help with rusty parts", "need help with rusty parts"),
        ("山田様の注文をキャンセル", "山田様の注文をキャンセル"),
        ("このメールは何ですか", "このメールは何ですか"),
        ("Thanks", "Thanks"),
        ("The shafts arrived scratched. Regards, Dana Wells", "The shafts arrived scratched."),
        ("Where is it? Kind regards, Jo B. Ray, Robe Corp", "Where is it?"),
        ("Where is it? Yours sincerely, Dana", "Where is it?"),
        ("Where is it? Thanks, but the drawing is missing", "Where is it? Thanks, but the drawing is missing"),
        ("Thanks, Payment Failed", "Thanks, Payment Failed"),
        ("THANK YOU, CANCEL MY ORDER", "THANK YOU, CANCEL MY ORDER"),
        ("Regards, Payment Failed", "Regards, Payment Failed"),
        ("よろしくお願いします。請求書再発行希望", "請求書再発行希望"),
        ("機械の故障です。", "機械の故障です。"),
        ("製造の不良です。交換してください。", "製造の不良です。 交換してください。"),
        ("一部の部品です。", "一部の部品です。"),
        ("購買の伊藤です。部品が届きません。", "部品が届きません。"),
        ("お見積りをよろしくお願いします。\n数量は10個です。", "お見積りをよろしくお願いします。\n数量は10個です。"),
        ("株式会社サンプル\n営業部 御中\n部品が届きません。", "部品が届きません。"),
        ("Dear Sarah, where is my order?", "where is my order?"),
        ("Dear customer service: the pin is bent", "the pin is bent"),
        ("Dear Sarah where is my order?", "Dear Sarah where is my order?"),
        ("取り急ぎ、代替品の発送をお願いします。", "取り急ぎ、代替品の発送をお願いします。"),
        ("錆が出ました。取り急ぎご報告まで。", "錆が出ました。"),
        ("株式会社三河への部品が届きません。", "株式会社三河への部品が届きません。"),
        ("部品の仕様", "部品の仕様"),
        ("宛名は田中様", "宛名は田中様"),
        ("本多様\n部品の仕様", "部品の仕様"),
        ("I hope you can send the drawings as well.", "I hope you can send the drawings as well."),
        ("I hope all is well with you. Send the drawings.", "Send the drawings."),
        ("I hope you are sending good ones.", "I hope you are sending good ones."),
        ("Thanks for your help, but the pin is bent.", "Thanks for your help, but the pin is bent."),
        ("HI WRONG PARTS", "WRONG PARTS"),
        ("HI JOHN, WRONG PARTS", "WRONG PARTS"),
        ("Hi Jürgen O'Neill\nwrong parts", "wrong parts"),
        (
            "I AM DISAPPOINTED WITH THE SCRATCHED PARTS. CALL ME BACK.",
            "I AM DISAPPOINTED WITH THE SCRATCHED PARTS. CALL ME BACK.",
        ),
        ("お願いがあります。必要なのは営業所の住所です。", "お願いがあります。 必要なのは営業所の住所です。"),
        ("私は三河工業の田中です。部品が届きません。", "部品が届きません。"),
        (
            "先日の注文、よろしくお願いします。\n\nところで前回の部品に錆が出ていました。",
            "先日の注文、よろしくお願いします。\nところで前回の部品に錆が出ていました。",
        ),
        (
            "***URGENT*** The brackets have not arrived.\nPlease advise.",
            "***URGENT*** The brackets have not arrived.\nPlease advise.",
        ),
        ("★★★至急★★★ 部品が届きません。\nご回答ください。", "★★★至急★★★ 部品が届きません。\nご回答ください。"),
        (
            "・・・部品が届かないのですが。\n担当の方お願いします。",
            "・・・部品が届かないのですが。\n担当の方お願いします。",
        ),
        ("### Problem: scratched parts\nReplace them.", "### Problem: scratched parts\nReplace them."),
        ("I hope you and Tom can tell me which are good.", "I hope you and Tom can tell me which are good."),
        ("I hope you have a good offer for us.", "I hope you have a good offer for us."),
        ("I hope all is well with my order.", "I hope all is well with my order."),
        ("I trust you have good ones.", "I trust you have good ones."),
        ("Dear Sarah the parts are wrong, send new ones", "Dear Sarah the parts are wrong, send new ones"),
        ("DEAR SARAH THE PARTS ARE WRONG, HELP", "DEAR SARAH THE PARTS ARE WRONG, HELP"),
        ("これは営業所の住所です。", "これは営業所の住所です。"),
        ("あれがうちの営業所の住所です。", "あれがうちの営業所の住所です。"),
        ("株式会社あおぞらの部品", "株式会社あおぞらの部品"),
        ("株式会社三河さんの部品", "株式会社三河さんの部品"),
        ("取り急ぎお返事をください。", "取り急ぎお返事をください。"),
    ],
)
def test_what_is_no_courtesy_stays(text: str, matter: str) -> None:
    assert body(text) == matter


@pytest.mark.parametrize(
    "frame",
    [
        "I hope you and your team are doing well. {}",
        "I hope you and Tom are well. {}",
        "Hope all is well at your end.\n{}",
        "I hope everything is going great on your side. {}",
        "Hi Tom,\nI hope you are having a good week.\n{}",
        "I hope you're having a great Monday so far. {}",
        "We hope you have a wonderful weekend. {}",
        "I hope your week is going well. {}",
        "I hope you have had a great start to the week. {}",
        "I trust you are well. {}",
        "I hope this email finds you and your team well. {}",
        "Dear Sales and Support Team,\n{}",
        "Dear Head of Customer Service: {}",
        "Dear Mr. Smith,\n{}",
        "Hi Ms. O'Neill, {}",
        "株式会社あおぞら\n{}",
        "みらい電機株式会社\n{}",
        "株式会社東海ひかり\n{}",
        "株式会社やまと\n{}",
        "はやぶさ電機の佐藤です。\n{}",
        "ながさき工業の田中です。\n{}",
        "{}\n取り急ぎお返事まで。",
    ],
)
def test_common_openers_and_names_are_no_matter(frame: str) -> None:
    assert body(frame.format("Where is my order?")) == "Where is my order?"


def test_an_opener_alone_leaves_nothing() -> None:
    assert body("Hi Tom,\nI hope you are having a good week.") == ""


@pytest.mark.parametrize(
    "signature",
    [
        "三河工業株式会社\n購買部 伊藤健一",
        "三河工業株式会社 購買部\nTEL 0532-11-2222",
        "三河工業株式会社 第二購買部 伊藤 健一\nTEL 0532-11-2222",
        "購買部 伊藤健一\nTEL 0532-11-2222",
        "三河商事 購買部 伊藤\nTEL 0532-11-2222",
        "TEL 0532-11-2222\n伊藤健一",
    ],
)
@pytest.mark.parametrize(
    "asked", ["至急ご回答くださいますようよろしくお願いいたします。", "ご対応よろしくお願いいたします。"]
)
def test_a_signature_without_a_rule_ends_below_a_request_too(asked: str, signature: str) -> None:
    assert body(f"部品が届きません。\n{asked}\n\n{signature}") == f"部品が届きません。\n{asked}"


def test_what_is_ordered_above_an_address_stays() -> None:
    asked, order = "見積をよろしくお願いします。", "品名 ボルト\n数量 100\n納品先"
    assert body(f"{asked}\n\n{order}\n三河工業株式会社\nTEL 0532-11-2222") == f"{asked}\n{order}"


@pytest.mark.parametrize(
    ("asked", "order", "end"),
    [
        ("見積をよろしくお願いします。", "品番 M6x20 錆", "三河工業株式会社"),
        ("納期よろしくお願いします。", "ボルト M8 100本\n納品先 三河", "TEL 0532-11-2222"),
    ],
)
def test_a_short_order_above_a_firm_or_a_telephone_line_stays(asked: str, order: str, end: str) -> None:
    assert body(f"{asked}\n\n{order}\n{end}").startswith(f"{asked}\n{order}")


@pytest.mark.parametrize("end", ["\nTEL 0532-11-2222", "\n\n三河工業株式会社\nTEL 0532-11-2222"])
@pytest.mark.parametrize("more", ["ところで前回の部品に錆が出ていました。", "前回の部品も錆びています"])
def test_another_matter_between_a_request_and_a_signature_stays(more: str, end: str) -> None:
    asked = "先日の注文、よろしくお願いします。"
    assert body(f"{asked}\n\n{more}{end}") == f"{asked}\n{more}"


@pytest.mark.parametrize(
    "text", ["こんにちは", "お世話になっております。", "Hello!", "Hi there,", "", "  \n", "。。。"]
)
def test_a_greeting_alone_leaves_nothing(text: str) -> None:
    assert body(text) == ""


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("写真は tanaka@example.co.jp に送ります。傷があります", "写真は に送ります。 傷があります"),
        ("https://example.com/orders/scratchをご覧ください。錆です", "をご覧ください。 錆です"),
        (
            "Scratched, says Ms Ito (ito.k@example.com), see www.example.com/a?b=1 for more",
            "Scratched, says Ms Ito ( ), see for more",
        ),
    ],
)
def test_addresses_say_nothing_of_the_matter(text: str, matter: str) -> None:
    assert " ".join(body(text).split()) == matter


def test_a_bare_forward_is_taken_as_it_is() -> None:
    assert body("山田工業の佐藤と申します。") == "山田工業の佐藤と申します。"
    assert "late" in body("> Where is our order? It is late.")


def test_the_last_three_customer_turns_count_the_newest_most() -> None:
    turns = [Turn("customer", word) for word in ("oldest", "older", "old")]
    turns += [Turn("agent", "reply"), Turn("customer", "Hello"), Turn("customer", "new")]
    assert [(each.text, each.weight) for each in said(turns)] == [("new", TURN_WEIGHTS[0]), ("old", TURN_WEIGHTS[2])]


def test_each_term_counts_once_with_its_greatest_weight() -> None:
    once = query_weights([Said.of("late parts")])
    assert query_weights([Said.of("late parts"), Said.of("late parts", 0.5)]) == once
    assert query_weights([Said.of("late, late, late")])["late"] == once["late"]


def test_of_twenty_mail_frames_the_matter_is_left() -> None:
    path = Path(__file__).parents[2] / "data" / "mail_frames.jsonl"
    frames = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    matters = {"ja": "部品に傷がありました。", "en": "The parts arrived scratched."}
    left = [body(each["frame"].replace("{}", matters[each["id"][:2]])) for each in frames]
    exact = [found == matters[each["id"][:2]] for found, each in zip(left, frames, strict=True)]
    assert len(frames) == 20
    assert all(matters[each["id"][:2]] in found for found, each in zip(left, frames, strict=True))
    assert sum(exact) >= 17
