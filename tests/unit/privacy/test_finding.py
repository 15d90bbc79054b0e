"""What is found, kind by kind, in both scripts and every width; and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from denju.errors import SettingsError
from denju.privacy.checksums import is_card, is_iban, is_my_number
from denju.privacy.credentials import hold_secret
from denju.privacy.finding import find
from denju.privacy.terms import Terms


def found(text: str, terms: Terms | None = None) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in find(text, terms or Terms())]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("連絡はtaro.yamada@example.co.jpまで", "email", "taro.yamada@example.co.jp"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐです", "email", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"),
        ("write to jane (at) example (dot) org", "email", "jane (at) example (dot) org"),
        ("電話番号は090-1234-5678です", "phone", "090-1234-5678"),
        ("０９０－１２３４－５６７８へ", "phone", "０９０－１２３４－５６７８"),
        ("03（1234）5678に", "phone", "03（1234）5678"),
        ("0312345678まで", "phone", "0312345678"),
        ("call +44 20 7946 0958 now", "phone", "+44 20 7946 0958"),
        ("at (415) 555-2671.", "phone", "(415) 555-2671"),
        ("FAX.0312345678", "phone", "0312345678"),
        ("担当:山本\nＴＥＬ．０６－６１２３－４５６７", "phone", "０６－６１２３－４５６７"),
        ("tel03-1234-5678", "phone", "03-1234-5678"),
        ("or fax+81 3 1234 5678", "phone", "+81 3 1234 5678"),
        ("TelNo03-1234-5678か、mobile090-1234-5678", "phone", "090-1234-5678"),
        ("佐藤,12,03-1234-5678,2", "phone", "03-1234-5678"),
        ("部品,5,09012345678,2", "phone", "09012345678"),
        ("a,4111111111111111,12", "card", "4111111111111111"),
        ("card4111111111111111x", "card", "4111111111111111"),
        ("口座番号,1234567", "bank_account", "1234567"),
        ("控えは12345678901234567890123456です", "number", "12345678901234567890123456"),
        ("〒150-0001へ", "postal_code", "〒150-0001"),
        ("郵便番号は1500001で", "postal_code", "1500001"),
        ("at SW1A 1AA, London", "postal_code", "SW1A 1AA"),
        ("カードは4111 1111 1111 1111です", "card", "4111 1111 1111 1111"),
        ("４１１１１１１１１１１１１１１１で", "card", "４１１１１１１１１１１１１１１１"),
        ("普通口座 1234567 に", "bank_account", "1234567"),
        ("account number 12345678", "bank_account", "12345678"),
        ("IBAN DE89 3704 0044 0532 0130 00 PLEASE", "iban", "DE89 3704 0044 0532 0130 00"),
        ("番号123456789018を", "my_number", "123456789018"),
        ("詳細はhttps://example.com/a?b=1。", "url", "https://example.com/a?b=1"),
        ("see www.example.com.", "url", "www.example.com"),
        ("サーバ192.168.0.1が", "ip", "192.168.0.1"),
        ("host 2001:db8::1 is", "ip", "2001:db8::1"),
        ("注文番号A-20231の件", "number", "A-20231"),
        ("order #12345 is late", "number", "12345"),
        ("伝票98765432を", "number", "98765432"),
        ("山田様より", "name", "山田"),
        ("佐藤 花子さんが", "name", "佐藤 花子"),
        ("スミス氏は", "name", "スミス"),
        ("担当の鈴木です", "name", "鈴木"),
        ("Dear Mr. John Smith, we", "name", "John Smith"),
        ("thanks, Dr Okafor called", "name", "Okafor"),
        ("I'm Sarah Connor from sales", "name", "Sarah Connor"),
        ("Tanaka-san agreed", "name", "Tanaka"),
        ("はじめまして、有限会社池田運輸の堀江と申します", "name", "堀江"),
        ("こちら高見沢ですが、先日の件で", "name", "高見沢"),
        ("担当者：阿久津", "name", "阿久津"),
        ("名義はソウマ シオリです", "name", "ソウマ シオリ"),
        ("板垣 秀樹（旧姓中条）で登録", "name", "中条"),
        ("よろしくお願いします。\n染谷 湊\n購買", "name", "染谷 湊"),
        ("妹の千春が受け取ります", "name", "千春"),
        ("服部さんが", "name", "服部"),
        ("本社鈴木様より", "name", "鈴木"),
        ("the order was placed by Agnes Okonkwo today", "name", "Agnes Okonkwo"),
        ("Please ask Ren McAllister-Dunne to call", "name", "Ren McAllister-Dunne"),
        ("cc: Ada Quill; Bo Quill", "name", "Bo Quill"),
        ("Regards, Priti Varma", "name", "Priti Varma"),
        ("Ludwig's order never came, said Orla van der Meer.", "name", "Orla van der Meer"),
        ("I want to speak to Zashil again", "name", "Zashil"),
        ("三上金属工業から届いた", "company", "三上金属工業"),
        ("森農林有限会社様の", "company", "森農林有限会社"),
        ("We at Rowan Logistics wait", "company", "Rowan Logistics"),
        ("12-ABCD-34の控え", "number", "12-ABCD-34"),
        ("横浜市西区高島2-3-1 シティ氏家612です", "address", "横浜市西区高島2-3-1 シティ氏家612"),
        (
            "Send it to 320 Ochoa Rest Suite 752, Ericport, ME 84383.",
            "address",
            "320 Ochoa Rest Suite 752, Ericport, ME 84383",
        ),
        ("東京都渋谷区神宮前1-2-3へ", "address", "東京都渋谷区神宮前1-2-3"),
        ("lives at 10 Downing Street, London", "address", "10 Downing Street, London"),
        ("株式会社山田商事の件", "company", "株式会社山田商事"),
        ("key sk-abcdefghijklmnopqrstuvwx here", "secret", "sk-abcdefghijklmnopqrstuvwx"),
        ("パスワード：abc123です", "secret", "abc123"),
        ("password: swordfish", "secret", "swordfish"),
        ("Authorization: Bearer abcdef123456.xyz", "secret", "abcdef123456.xyz"),
    ],
)
def test_each_kind(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "お客様、皆様、担当者様、お疲れ様です。同様に、仕様のとおり。",
        "部品10個を2026年11月23日の10:30までに、単価1,200円で3箱。",
        "We need 20000 units by 12/24/2026, at 15.5 kg each, for $12,500.",
        "ISO 9001 and RFC 2119 apply to version 3.14.",
        "パスワードを忘れました。暗証番号は教えないでください。",
        "Never ask for a password or a token.",
        "東京都の天気は晴れです。",
        "Dear Customer, thank you. This is fine.",
        "単価は１，２３４，５６７円です。",
        "Between 1,000-2,000 parts, 12,500, 1,234,567 or 3.14159 of them.",
        "口座の残りは1,234,567円、電話代は5,200円です。",
        "他社様では各社様と同じで、作業者さんと検査員さんが二名様。おかげさまで。",
        "材質はSUS304、硬度HRC40、板はA5052。S45CからSCM435へ。",
        "The drawing calls for 304 stainless, SUS304, and 6204ZZ bearings.",
        "千葉から福島へ送り、上野駅と中村区役所に寄ります。",
        "無償サンプルはありますか。その様な使い方です。担当は営業部です。",
        "Our Purchasing Manager and Customer Service hung up. I've waited. Screenshot here.",
        "The hotel12345 sells pastel12345 beside an intel80386.",
        "Black Friday prices in North America ended on Monday, Tuesday and Friday.",
    ],
)
def test_what_is_nobodys_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_name_once_found_is_found_without_its_title_too() -> None:
    assert found("守屋様から電話。その後、守屋が来社。") == [("name", "守屋"), ("name", "守屋")]


def test_the_firms_terms_are_found_in_any_form_and_beside_any_script(tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_text("# ours\nアクメ精機\n\nProject Falcon\n守屋 五郎\nAnn\n", encoding="utf-8")
    terms = Terms.load(file)
    text = "ｱｸﾒ精機のＰＲＯＪＥＣＴ　ＦＡＬＣＯＮ、守屋五郎とprojectfalcon担当ANNが announce した"
    values = [each.text for each in find(text, terms) if each.kind == "term"]
    assert values == ["ｱｸﾒ精機", "ＰＲＯＪＥＣＴ　ＦＡＬＣＯＮ", "守屋五郎", "projectfalcon", "ANN"]
    assert Terms.load(tmp_path / "missing.txt").find("x") is not None
    file.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SettingsError):
        Terms.load(file)


def test_overlapping_finds_are_one() -> None:
    terms = Terms(["example"])
    spans = find("https://example.com/password に", terms)
    assert [(each.kind, each.text) for each in spans] == [("term", "https://example.com/password")]


def test_check_digits() -> None:
    assert is_card("4111111111111111") and not is_card("4111111111111112") and not is_card("0000000000000000")
    assert is_iban("GB82WEST12345698765432") and not is_iban("GB82WEST12345698765433")
    assert is_my_number("123456789018") and not is_my_number("123456789019")


@pytest.mark.parametrize(
    "body",
    [b'{"maxOutputTokens":8192,"token_budget":12345678}', b'{"text":"password: [SECRET]"}', b"{}", b"",
     '{"text":"パスワードは［秘密］です"}'.encode(), b'{"text":"api_key=[NUMBER_12]"}'],
)  # fmt: skip
def test_an_honest_body_holds_no_secret(body: bytes) -> None:
    assert not hold_secret(body)


def test_long_hostile_text_takes_no_time() -> None:
    import time

    began = time.process_time()
    for piece in (
        "1-",
        "山",
        "a.",
        "[NAME_",
        "東京都",
        "A1-",
        "0 ",
        "password: ",
        "f:",
        "x@",
        "-----BEGIN PRIVATE KEY-----",
    ):
        find(piece * (8_000 // len(piece)))
    assert time.process_time() - began < 20
