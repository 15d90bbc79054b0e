"""CSV as spreadsheets write it, Markdown as people read it, and YAML as people type it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from denju.errors import UsageError
from denju.library import editing, exchange, markdown, spreadsheet
from denju.values import Strategy

ONE = Strategy(
    title="納期の遅れ", situation="遅れて怒っている", id="st_1", language="ja",
    steps=("お詫びする", "新しい納期を\n伝える"), cues=("まだですか",),
)  # fmt: skip
TABLE = "title,situation,steps,plant\r\n納期の遅れ,遅れて怒っている,お詫びする,名古屋\r\n"


@pytest.mark.parametrize(
    ("encoding", "notice"),
    [
        ("utf-8", None), ("utf-8-sig", None), ("utf-16", "Read as UTF-16."), ("utf-16-le", "Read as UTF-16."),
        ("utf-16-be", "Read as UTF-16."), ("cp932", "Read as CP932 (Shift_JIS)."),
    ],
)  # fmt: skip
def test_every_encoding_that_a_spreadsheet_writes(encoding: str, notice: str | None) -> None:
    parcel = exchange.load(TABLE.encode(encoding))
    assert parcel.notice == notice
    [strategy] = parcel.strategies
    assert (strategy.title, strategy.steps) == ("納期の遅れ", ("お詫びする",))
    assert strategy.extra == {"plant": "名古屋"}, "a column that nobody knows is kept"
    assert strategy.id, "and one without an id gets one from its content"


def test_what_a_spreadsheet_saves_in_the_west() -> None:
    table = "title,situation\r\nIt hasn’t come,The customer’s café can’t wait – £5 at 20°C\r\n"
    parcel = exchange.load(table.encode("cp1252"))
    assert parcel.notice == "Read as Windows-1252."
    [strategy] = parcel.strategies
    assert (strategy.title, strategy.situation) == ("It hasn’t come", "The customer’s café can’t wait – £5 at 20°C")
    with pytest.raises(UsageError, match="not text"):
        exchange.load(table.encode("cp1252") + "納期の遅れ,遅れて怒っている\r\n".encode())


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(separator: str) -> None:
    parcel = exchange.load(TABLE.replace(",", separator).encode("utf-16"))
    assert parcel.strategies[0].title == "納期の遅れ"
    assert parcel.notice is not None and "UTF-16, separated by" in parcel.notice


def test_an_export_opens_as_utf_8_with_a_line_an_item() -> None:
    data = spreadsheet.dump([ONE])
    assert data.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert row["steps"] == "お詫びする\n新しい納期を\n 伝える"
    assert spreadsheet.load(data).strategies == (ONE,)


@pytest.mark.parametrize("start", ["=1+1", "+81", "-5", "@SUM(A1)", "＝1", "'=1", "''@x", '=HYPERLINK("http://x")'])
def test_no_cell_is_a_formula(start: str) -> None:
    strategy = replace(ONE, title=start, steps=(start, "x"), tags=(start,))
    data = spreadsheet.dump([strategy])
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not any(cell[:1] in tuple("=+-@＝＋－＠\t\r") for cell in row if cell)
    assert spreadsheet.load(data).strategies == (strategy,)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "line 1"), (b"a,b\n1,2", "line 1: not a table"), (b"title\nx", "line 1"),
        (b"title,situation,title\nx,y,z", "two columns are called 'title'"),
        (b"title,situation\n\nx,\n", "line 3: situation: missing"),
        (b"title,situation\nx,y,z\n", "line 2: row: there are 2 columns, and 3 cells"),
        (b'title,situation\n"x,y\n', "line 2: unexpected end of data"),
        (b"title,situation,\nx,y,z\n", "below no name"),
        (b"title,situation,revision\nx,y,one\n", "line 2: revision: expected a number"),
        (b"title,situation,extra\nx,y,{\n", "line 2: extra: not JSON"),
        (b'title,situation,extra\nx,y,"{""a"":1,""a"":2}"\n', "stands twice"),
        (b"title,situation,id\nx,y,1\nz,y,1\n", "line 3: id: '1' stands in line 2"),
        (b"title,situation\nx,a\0b\n", "line 2: a NUL"), (b"title,situation\n\x81\xff,b\n", "not text in"),
        ("title,situation\n傷,納入品に傷がある\n".encode("iso2022_jp"), "The file is ISO-2022-JP"),
        ("title,situation\n傷,納入品に傷がある\n".encode("euc_jp"), "The file is EUC-JP"),
        (b"title,situation,status\nx,y,serving\n", "line 2: status"),
        (b"title,situation\n" + b'"' + b"x" * 2**21 + b'",y', "line 2: longer than 1 MB"),
        (b"title,situation\n" + b'"' + b"x\n" * 2**20, "line 2: field larger"),
        (b"title,situation" + b"," * 30_000, "line 1"), (b"\n" * 4_000_001, "more than"),
    ],
)  # fmt: skip
def test_odd_tables_are_one_clear_error(data: bytes, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        spreadsheet.load(data)
    assert "\n" not in caught.value.what and caught.value.hint
    assert csv.field_size_limit() == 131_072, "what is set for the whole process is set back"


def test_numbers_that_a_spreadsheet_changed() -> None:
    [strategy] = spreadsheet.load(b"title,situation,revision\nx,y,3.0\n").strategies
    assert strategy.revision == 3


def test_markdown_is_text_and_not_read_back() -> None:
    hostile = replace(ONE, title="# *a* <b>", steps=("1. x", "- [y](http://z)", "`w`"), why="\x1b[31m_v_")
    text = markdown.dump([hostile]).decode()
    assert "## \\# \\*a\\* \\<b\\>" in text
    assert "1. 1\\. x\n2. \\- \\[y\\](http://z)\n3. \\`w\\`\n" in text
    assert "\x1b" not in text and "\\_v\\_" in text
    with pytest.raises(UsageError, match="reading and printing"):
        exchange.load(text.encode(), "markdown")


def test_a_format_by_name_and_by_content() -> None:
    assert [exchange.format_of(name) for name in ("a.CSV", "b/c.jsonl", "d.md", "-")] == [
        "csv", "jsonl", "markdown", None,
    ]  # fmt: skip
    for kind in ("jsonl", "csv"):
        assert exchange.load(exchange.dump([ONE], kind)).strategies == (ONE,)


def test_typed_yaml_says_what_it_says() -> None:
    typed = editing.typed(b"title: yes\nsituation: 2026-11-23\nsteps:\n  - no\n  - 'it: is'\nplant: {code: 1.5}\n")
    strategy = typed.strategy
    assert (strategy.title, strategy.situation, strategy.steps) == ("yes", "2026-11-23", ("no", "it: is"))
    assert (strategy.language, strategy.extra) == ("en", {"plant": {"code": 1.5}})
    again = editing.typed(editing.as_yaml(ONE).encode(), ONE)
    assert again.same and again.base_revision == 1
    assert editing.typed(b"revision: 3\ntitle: a\nsituation: b", replace(ONE, revision=4)).base_revision == 3


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"a: &a [1]\nb: *a", "anchors"), (b"title: a\ntitle: b", "'title' stands twice"), (b"[" * 10_000, "deeper"),
        (b"- " * 10_000, "deeper"), (b"a: !!python/object/apply:os.system [ls]", "tags"), (b"\xff", "not UTF-8"),
        (b"- a\n" * 30_000, "more than"), (b"a: [", "line 2"), (b"x", "expected fields"), (b"", "expected fields"),
        (b"title: a\nsituation: b\nstatus: approved", "status: is set by denju"), (b"x" * 2**21, "at most"),
        (b"title: a\nsituation: b\nrevision: x", "revision"), (b"id: other\ntitle: a\nsituation: b", "id: is st_1"),
        (b'{"title": "a", "title": "b"}', "stands twice"), (b"title: 5\nsituation: b", "title: expected text"),
        (b"? [a]\n: b", "line 1"), (b"[],[]," * 100_000, "line 1"),
    ],
)  # fmt: skip
def test_what_was_typed_wrongly_is_one_clear_error(data: bytes, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        editing.typed(data, ONE)
    assert "\n" not in caught.value.what


def test_the_language_is_that_of_the_words_where_no_column_names_it() -> None:
    table = "title,situation\n部品の傷,納入品に傷がある\nScratched part,A delivered part has a scratch\n"
    assert [each.language for each in spreadsheet.load(table.encode()).strategies] == ["ja", "en"]
