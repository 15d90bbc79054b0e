"""Situations: where they come from, what is stripped and hidden, what is merged, and how they are divided."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from denju.answering.history import History
from denju.errors import NotFound, UsageError
from denju.learning.card import Card, load
from denju.learning.situations import Situation, abstracted, divided, from_history, from_tickets, merged
from denju.privacy.terms import Terms
from denju.values import Answer, Turn

MAIL = """お世話になっております。
アクメ商事の田中です。
納品された部品に傷がありました。担当は tanaka@example.co.jp です。
よろしくお願いいたします。
--
田中 一郎 TEL 03-1234-5678
"""


def situation(number: int, text: str, topic: str = "") -> Situation:
    return Situation(f"s{number}", (Turn("customer", text),), topic)


def test_the_matter_alone_stays_and_nothing_personal_in_it() -> None:
    (kept,) = abstracted([MAIL], Terms(("アクメ",)))
    assert "納品された部品に傷がありました" in kept
    for personal in ("お世話に", "田中", "tanaka@", "03-1234", "アクメ"):
        assert personal not in kept


def test_a_name_that_is_found_in_one_message_is_hidden_in_all() -> None:
    said = ["担当の薬袋様から図面が届きません。", "薬袋に確認します。", "薬袋の携帯に電話しても出ません。守屋様は？"]
    rows = [{"role": role, "text": text} for role, text in zip(("customer", "agent", "customer"), said, strict=True)]
    (found,) = from_tickets(json.dumps({"messages": rows}).encode(), "t.jsonl", Terms())
    assert [each.text for each in found.turns] == [
        "担当の［氏名1］様から図面が届きません。",
        "［氏名1］に確認します。",
        "［氏名1］の携帯に電話しても出ません。 ［氏名2］様は?",
    ]


def test_tickets_of_json_lines_and_of_csv() -> None:
    said = [("customer", "納期は？"), ("agent", "確認します"), ("customer", "まだですか、納期を教えて")]
    messages = [{"role": role, "text": text} for role, text in said]
    rows = [{"text": "部品に傷があります", "topic": "傷"}, {"messages": messages}]
    lines = "\n\n".join(json.dumps(each) for each in rows)
    found = from_tickets(lines.encode(), "t.jsonl", Terms())
    assert [(each.topic, len(each.turns), each.origin["of"]) for each in found] == [
        ("傷", 1, "t.jsonl:1"), ("", 3, "t.jsonl:3"),
    ]  # fmt: skip
    (row,) = from_tickets('\ufefftopic,text\nlate,"Where is my order,\nplease?"\n'.encode(), "t.csv", Terms())
    assert (row.topic, row.turns[0].text, row.language) == ("late", "Where is my order,\nplease?", "en")


def test_nothing_personal_stays_in_a_topic() -> None:
    (row,) = from_tickets("用件,本文\n田中太郎様 090-1234-5678,部品に傷があります\n".encode(), "t.csv", Terms())
    assert row.topic == "［氏名1］様 ［電話1］"
    (long,) = from_tickets(f"用件,本文\n{'傷' * 96}は090-1234-5678,傷があります\n".encode(), "t.csv", Terms())
    assert "090" not in long.topic and len(long.topic) == 100


def test_a_topic_stays_as_the_card_names_it() -> None:
    topics = ("ﾈｼﾞの傷", "お世話になっております", "①番の遅れ", "Thank you notes", "Re: delivery", "> quoted")
    card = Card.from_dict({"firm": "町工場", "topics": list(topics)})
    rows = "".join(json.dumps({"text": "部品に傷があります", "topic": each}) + "\n" for each in topics)
    assert tuple(each.topic for each in from_tickets(rows.encode(), "t.jsonl", Terms())) == card.topics == topics


def test_the_subject_of_a_mail_is_no_topic() -> None:
    (row,) = from_tickets("件名,本文\n傷の件,部品に傷があります\n".encode(), "t.csv", Terms())
    assert row.topic == ""


@pytest.mark.parametrize("encoding", ["cp932", "cp1252"])
@pytest.mark.parametrize("form", ["topic,text\n{topic},{text}\n", '{{"topic": "{topic}", "text": "{text}"}}\n'])
def test_tickets_come_as_spreadsheets_save_them(form: str, encoding: str) -> None:
    said = {"cp932": ("傷", "納品された部品に傷があります"), "cp1252": ("café", "The café’s order is late")}
    topic, text = said[encoding]
    (row,) = from_tickets(form.format(topic=topic, text=text).encode(encoding), "t.csv", Terms())
    assert (row.topic, row.turns[0].text) == (topic, text)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("form", ["text\n{text}\n", '{{"text": "{text}"}}\n'])
def test_tickets_in_utf_16_are_refused_with_the_command_that_converts_them(form: str, encoding: str) -> None:
    data = ("\ufeff" + form.format(text="The café’s order is late")).encode(encoding)
    with pytest.raises(UsageError, match="The rows are UTF-16") as caught:
        from_tickets(data, "t.csv", Terms())
    assert caught.value.hint == "Convert the file: iconv -f UTF-16 -t UTF-8 FILE"


@pytest.mark.parametrize(("codec", "name"), [("iso2022_jp", "ISO-2022-JP"), ("euc_jp", "EUC-JP")])
def test_tickets_in_another_japanese_encoding_are_refused_with_the_command_that_converts_them(
    codec: str, name: str
) -> None:
    with pytest.raises(UsageError, match=f"The rows are {name}") as caught:
        from_tickets("text\n納品された部品に傷があります\n".encode(codec), "t.csv", Terms())
    assert caught.value.hint == f"Convert the file: iconv -f {name} -t UTF-8 FILE"


def test_a_workbook_holds_no_tickets() -> None:
    with pytest.raises(UsageError, match=r"t\.xlsx: an Excel workbook"):
        from_tickets(b"PK\x03\x04", "t.xlsx", Terms())


def test_what_parts_lines_elsewhere_stands_in_a_ticket() -> None:
    for mark in ("\u2028", "\u0085"):
        rows = f'{{"text":"The parts are scratched{mark}and late"}}\r\n{{"text":"And the colour is wrong"}}\n'
        found = from_tickets(rows.encode(), "t.jsonl", Terms())
        assert [each.origin["of"] for each in found] == ["t.jsonl:1", "t.jsonl:2"], ascii(mark)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            '{"messages":[{"role":"assistant","text":"We look"},{"role":"customer","text":"broken"}]}',
            "role customer or",
        ),
        ('{"messages":{"role":"customer","text":"broken"}}', "expected a list"),
        ('{"messages":[{"role":"customer","text":5}]}', "the customer's message"),
        ('{"text":["a","b"]}', "the customer's message"),
    ],
)
def test_what_is_no_message_is_not_taken_for_one(row: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"t.jsonl, line 2: .*{reason}"):
        from_tickets(f'{{"text":"broken"}}\n{row}'.encode(), "t.jsonl", Terms())


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 140_000 + b"\n1,2\n",
        b"",
        b"a,b\n1,2\n",
        b'{"text": "x"',
        b'{"other": "x"}\n',
        b"\xff\xfe",
        b"text\n\n",
        b'{"text": ""}\n[1]\n',
    ],
)
def test_what_is_no_ticket_file_is_told(data: bytes) -> None:
    with pytest.raises(UsageError) as told:
        from_tickets(data, "t.csv", Terms())
    assert told.value.hint


def test_of_the_history_what_went_badly(tmp_path: Path) -> None:
    history = History(tmp_path / "answers.jsonl")
    for name, match in (("r1", "matched"), ("r2", "none"), ("r3", "matched")):
        history.append(Answer(name, "答え", "ja", match), [Turn("customer", f"{name} 部品に傷があります")], "ask")
    history.rate("r3", "bad", "冷たい")
    found = from_history(history.list(10), Terms())
    assert [(each.origin["of"], each.origin["why"]) for each in found] == [("r3", "bad"), ("r2", "none")]


def test_near_duplicates_are_one_and_what_differs_stays() -> None:
    texts = [
        "The housings from lot 12 are scratched on the visible face",
        "the housings from lot 12 are scratched on the visible face!!",
        "Hello, the housings from lot 12 are scratched on the visible face.\nBest regards",
        "When will our order of shafts arrive? We wait since Monday",
    ]
    kept = merged([situation(number, text) for number, text in enumerate(texts)])
    assert [each.id for each in kept] == ["s0", "s3"]


def test_each_topic_is_divided_by_the_shares_and_the_seed() -> None:
    rows = [situation(10 * topic + number, "x", f"t{topic}") for topic in range(3) for number in range(10)]
    found = divided(rows, (2, 6, 2), seed=1)
    assert [each.id for each in found] == [each.id for each in rows]
    for topic in range(3):
        counts = Counter(each.purpose for each in found if each.topic == f"t{topic}")
        assert counts == {"train": 2, "gate": 6, "sealed": 2}
    assert divided(rows, (2, 6, 2), seed=1) == found != divided(rows, (2, 6, 2), seed=2)


def test_a_situation_survives_its_file() -> None:
    one = Situation("a", (Turn("customer", "x"),), "t", {"kind": "ticket", "of": "f:1"}, "gate")
    assert Situation.from_dict(one.to_dict()) == one


def test_a_card(tmp_path: Path) -> None:
    file = tmp_path / "card.toml"
    file.write_text('firm = "部品を作る町工場"\ntopics = ["傷", "納期"]\n', "utf-8")
    card = load(file)
    assert (card.language, card.topics) == ("ja", ("傷", "納期")) and card.told() == {"firm": "部品を作る町工場"}
    assert Card.from_dict(card.to_dict()) == card
    for text in ('firm = ""', "firm = 3", 'firm = "x"\nother = 1', 'firm = "x"\ntopics = "y"', "firm =", ""):
        file.write_text(text, "utf-8")
        with pytest.raises(UsageError):
            load(file)
    with pytest.raises(NotFound):
        load(tmp_path / "none.toml")
