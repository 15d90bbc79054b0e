"""Rows in their three forms; whatever a row is, the ones after it are read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from denju.answering.batch import pieces
from denju.answering.batch.rows import Columns, Row, facts
from denju.answering.batch.source import Source
from denju.errors import UsageError


def read(path: Path, data: bytes | str, **options: Any) -> list[Row]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    source = Source.named(str(path), **options)
    survey = source.survey()
    found = list(source.rows(survey))
    assert survey
    assert survey.rows == len(found)
    return found


def texts(rows: list[Row]) -> list[str | None]:
    return [row.question.turns[-1].text if row.question else None for row in rows]


def test_the_name_tells_the_form() -> None:
    assert [Source.named(name).form for name in ("a.jsonl", "a.CSV", "a.tsv", "a.txt", "a", "-")] == [
        "jsonl", "csv", "csv", "lines", "jsonl", "jsonl",
    ]  # fmt: skip
    assert Source.named("a.txt", "csv").form == "csv"


def test_a_table(tmp_path: Path) -> None:
    rows = read(
        tmp_path / "in.csv",
        "\ufeffnumber,text,facts,messages,language,strategy\r\n"
        '7,"First line\nsecond, with ""quotes""","stock: 3\nprice: 5",,,\r\n'
        ",,,,,\r\n"
        '8,Late,"{""納期"": ""12月3日""}",,ja,late-ja\r\n'
        '9,,,"[{""role"": ""customer"", ""text"": ""Hi""}]",,\r\n'
        ",Without an id\r\n"
        "10,a,b,c,d,e,too many\r\n"
        "11,x,{broken,,,\r\n"
        "12,last,,,fr,",
        columns=Columns(id="number"),
    )
    assert texts(rows) == ['First line\nsecond, with "quotes"', "Late", "Hi", "Without an id", None, None, None]
    assert [row.id for row in rows] == ["7", "8", "9", "row-4", "row-5", "row-6", "12"]
    first, second = rows[0].question, rows[1].question
    assert first and second
    assert (first.facts, second.facts) == (("stock: 3", "price: 5"), ("納期: 12月3日",))
    assert (second.language, second.strategy) == ("ja", "late-ja")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(tmp_path: Path, separator: str) -> None:
    assert texts(read(tmp_path / "in.csv", f"id{separator}body\n1{separator}a, b\n", columns=Columns("body"))) == [
        "a, b"
    ]


def test_what_a_spreadsheet_saves_in_japan(tmp_path: Path) -> None:
    data = "id,text\n1,部品に傷、表示\n2,ソ能十\n".encode("cp932")
    assert texts(read(tmp_path / "in.csv", data)) == ["部品に傷、表示", "ソ能十"]
    mixed = "部品\n".encode() + "部品\n".encode("cp932") + b"ok\n"
    assert texts(read(tmp_path / "in.txt", mixed)) == ["部品", None, "ok"]


def test_what_a_spreadsheet_saves_in_the_west(tmp_path: Path) -> None:
    lines = ["It hasn’t come, and I can’t wait.", "We don’t – “really” – pay £5 at 20°C.", "ÉCOLE café, Zoë’s déjà vu"]
    data = "\n".join(lines).encode("cp1252")
    assert texts(read(tmp_path / "in.txt", data)) == lines
    one = "id,text\n1,They haven’t come.\n"
    assert texts(read(tmp_path / "in.csv", one.encode("cp1252"))) == ["They haven’t come."]
    assert texts(read(tmp_path / "in.csv", "id,text\n1,納期 M8\n".encode("cp932"))) == ["納期 M8"]
    assert texts(read(tmp_path / "in.txt", "ﾎﾞﾙﾄ M8\n".encode("cp932"))) == ["ﾎﾞﾙﾄ M8"]
    short = "id,text\n1,A社,B社\n2,№1,㈱\n3,ABC納期,XYZ遅延\n"
    assert texts(read(tmp_path / "in.txt", short.encode("cp932"))) == short.splitlines()
    accents = "Bitte für Mühlen prüfen: ÄÖÜ, ÜÖ-Teile\nÉl está aquí, señor, ¿Éste?\n"
    assert texts(read(tmp_path / "in.txt", accents.encode("cp1252"))) == accents.splitlines()
    # One row that is wrong does not turn the others into something else.
    assert texts(read(tmp_path / "in.txt", "café\n".encode() + b"caf\xe9\n")) == ["café", None]
    assert texts(read(tmp_path / "in.txt", b"caf\xe9\n" + "がある\n".encode("cp932"))) == [None, None]


@pytest.mark.parametrize("cell", ["Send １２ pieces of Ａ１", "Item ① is scratched", "納期 M8"])
def test_one_sign_of_a_japanese_keyboard_tells_the_encoding(tmp_path: Path, cell: str) -> None:
    assert texts(read(tmp_path / "in.csv", f"id,text\n1,{cell}\n".encode("cp932"))) == [cell]
    for western in ("‚Quoted’ and so on", "Müller ‚Ok‘"):
        assert texts(read(tmp_path / "in.txt", f"{western}\n".encode("cp1252"))) == [western]


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx", "in.txt"])
def test_a_workbook_is_refused_whole(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="an Excel workbook") as caught:
        read(tmp_path / name, b"PK\x03\x04\n\n")
    assert caught.value.hint == "In Excel, save it as CSV UTF-8, and give that file."


def test_cells_of_a_table_may_be_written_as_people_write(tmp_path: Path) -> None:
    table = 'text,facts,language,strategy\na,[納期] 12月3日, EN ,late-en \nb,"[""x: 1""]",,\n'
    first, second = (row.question for row in read(tmp_path / "in.csv", table))
    assert first and second
    assert (first.facts, first.language, first.strategy) == (("[納期] 12月3日",), "en", "late-en")
    assert second.facts == ("x: 1",)


@pytest.mark.parametrize("form", ["jsonl", "csv", "lines"])
def test_utf_16_is_refused_with_the_command_that_converts_it(tmp_path: Path, form: Any) -> None:
    with pytest.raises(UsageError, match="UTF-16") as caught:
        read(tmp_path / "in", "text\n部品に傷がありました。\n".encode("utf-16"), form=form)
    assert caught.value.hint == "Convert the file: iconv -f UTF-16 -t UTF-8 FILE"


def test_a_table_without_the_column_is_refused(tmp_path: Path) -> None:
    for columns in (Columns("body"), Columns("text", "number")):
        with pytest.raises(UsageError, match="names no column"):
            read(tmp_path / "in.csv", "id,text\n1,a\n", columns=columns)
    assert read(tmp_path / "in.jsonl", "") == []


def test_a_quote_that_is_not_closed_costs_one_row(tmp_path: Path) -> None:
    rows = read(tmp_path / "in.csv", 'id,text\n1,a\n2,"open\n3,b\n4,c\n')
    assert texts(rows) == ["a", None, "b", "c"]


def test_an_inch_mark_joins_no_rows(tmp_path: Path) -> None:
    cells = ['5" pipe', "a", 'b, "c"', '3" valve', "d"]
    table = "".join(f"7\t{each}\n" for each in cells)
    assert texts(read(tmp_path / "in.tsv", f"id\ttext\n{table}")) == cells
    joined = '\ufeff"in\nches",text\n5" pipe,"two\nlines, 3"" wide"\n"3"" valve",last\n'
    assert texts(read(tmp_path / "in.csv", joined)) == ['two\nlines, 3" wide', "last"]


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("in.tsv", "id\ttext\n", '{}\tHe said,"{}\n'),
        ("in.csv", "id,text\n", '{},it stops;"{}\n'),
        ("in.csv", "id;text\n", '{};it stops,"{}\n'),
    ],
)
def test_a_quote_behind_another_sign_than_the_separator_joins_no_rows(
    tmp_path: Path, name: str, head: str, row: str
) -> None:
    cells = [row[3:-3].format("").strip() + each for each in ("hi", "ho", "end")]
    table = "".join(row.format(number, each) for number, each in enumerate(("hi", "ho", "end")))
    assert texts(read(tmp_path / name, head + table)) == cells


def test_a_quote_that_another_row_closes_costs_the_row_that_it_stands_in(tmp_path: Path) -> None:
    rows = read(tmp_path / "in.csv", 'id,text\n1,a\n2,"open\n3,b\n4,"c, d"\n5,e\n')
    assert texts(rows) == ["a", None, "b", "c, d", "e"]
    rows = read(tmp_path / "in.csv", 'id,text\n2,"open\n3,b\n4,5", c\n5,e\n')
    assert texts(rows) == [None, "b", None, "e"]
    assert [row.id for row in rows] == ["row-1", "3", "row-3", "5"]


def test_a_column_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    for names in ("id,text,text", "id,text,facts,facts", "text,id,id"):
        with pytest.raises(UsageError, match=r"two columns are called '(text|facts|id)'") as caught:
            read(tmp_path / "in.csv", f"{names}\n1,a,b,c\n")
        assert caught.value.hint == "Give each another name."
    assert texts(read(tmp_path / "in.csv", "text,note,note,,\na,b,c,,\n")) == ["a"]  # nobody reads these


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.txt"])
def test_iso_2022_jp_is_refused_with_the_command_that_converts_it(tmp_path: Path, name: str) -> None:
    for codec in ("iso2022_jp", "iso2022_jp_ext"):
        data = 'text\n{"text": "部品に傷がありました。"}\n'.encode(codec)
        with pytest.raises(UsageError, match="ISO-2022-JP") as caught:
            read(tmp_path / name, data)
        assert caught.value.hint == "Convert the file: iconv -f ISO-2022-JP -t UTF-8 FILE"
    (row,) = Source.named("-", "lines").rows(None, io.BytesIO("部品に傷".encode("iso2022_jp")))
    assert row.error and "ISO-2022-JP" in row.error.what


@pytest.mark.parametrize("text", ["部品に傷がありました。", "ボルトとナット", "id,text\n1,納期はいつですか。\n"])
def test_euc_jp_is_refused_with_the_command_that_converts_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="EUC-JP") as caught:
        read(tmp_path / "in.txt", text.encode("euc_jp"))
    assert caught.value.hint == "Convert the file: iconv -f EUC-JP -t UTF-8 FILE"


def test_what_is_no_euc_jp_is_read_as_before(tmp_path: Path) -> None:
    for text, codec in (
        ("ﾎﾞﾙﾄ､ﾅｯﾄ\n･ﾅｯﾄ\n", "cp932"), ("･ﾅｯﾄ\n", "cp932"), ("Maître «Éléonore» a payé ¥Ö\n", "cp1252"),
        ("ÜBERGRÖSSE, ¥© 5\n", "cp1252"), ("éà\n", "utf-8"),
    ):  # fmt: skip
        assert texts(read(tmp_path / "in.txt", text.encode(codec))) == text.splitlines()


def test_a_long_id_stays_whole_and_one_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    ids = ["x" * 200 + "1", "x" * 200 + "2", "y" * 1000, "z" * 1001]
    rows = read(tmp_path / "in.csv", "id,text\n" + "".join(f"{each},a\n" for each in ids))
    assert [row.id for row in rows] == [*ids[:3], "row-4"]
    assert [row.error is None for row in rows] == [True, True, True, False]
    assert rows[3].error and rows[3].error.what == "id: 1,001 characters; at most 1,000"


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.txt"])
def test_a_line_without_end_is_one_bad_row_and_takes_no_memory(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "MAX_ROW", 1000)
    monkeypatch.setattr(pieces, "_BLOCK", 100)
    rows = {"in.jsonl": ['{"text": "a"}', '{"text": "b"}'], "in.csv": ["1,a", "2,b"], "in.txt": ["a", "b"]}[name]
    head = "id,text\n" if name == "in.csv" else ""
    got = read(tmp_path / name, f"{head}{rows[0]}\n{'x' * 12_345}\n{rows[1]}\n")
    assert texts(got) == ["a", None, "b"]
    assert got[1].error and "longer than" in got[1].error.what
    assert texts(read(tmp_path / name, f"{head}{rows[0]}\n{'x' * 5_000}")) == ["a", None]

    class Watched(io.BytesIO):
        most = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            self.most = max(self.most, len(line))
            return line

    stream = Watched(b"y" * 50_000 + b"\n")
    assert len(list(pieces.lines(stream, None))) == 1
    assert stream.most <= 1000


def test_bad_json(tmp_path: Path) -> None:
    lines = [
        b"nope", b"[1]", b'{"text": "a", "text": "b"}', b'{"text": "\xff"}', b"[" * 100_000, b'{"id": "x"}',
        b"\xef\xbb\xbf",
        b'{"id": true, "text": "' + "部品".encode() + b'"}',
    ]  # fmt: skip
    rows = read(tmp_path / "in.jsonl", b"\n".join(lines))
    assert [row.error is None for row in rows] == [False] * 6 + [True]
    assert all(row.error is None or (row.error.what and row.error.hint) for row in rows)
    assert rows[-1].id == "row-7"


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (None, ()),
        ("納期: 12月3日\n\n在庫: 3個", ("納期: 12月3日", "在庫: 3個")),
        (["a", "b"], ("a", "b")),
        ({"stock": 3}, ("stock: 3",)),
    ],
)
def test_facts_come_in_several_forms(value: Any, lines: tuple[str, ...]) -> None:
    assert facts(value) == lines


@pytest.mark.parametrize("value", [3, [1], {"a": []}])
def test_facts_of_another_form_are_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="facts"):
        facts(value)
