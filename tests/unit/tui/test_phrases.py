"""What the engine says, in Japanese."""

from __future__ import annotations

import ast
import errno
import json
import os
import re
import tomllib
from pathlib import Path

import pytest

import denju
import denju_tui
from denju.egress.budget import Limits
from denju.egress.ledger import Attempt, Totals
from denju.errors import LibraryDamaged, ModelFileError, NotUnderstood, OverBudget, SettingsError, UsageError
from denju.learning.errands import read_contrast, read_judgement, read_text, read_texts
from denju.library.store import Library
from denju.paths import storage_error
from denju.review.findings import NAMES
from denju.settings import Settings
from denju.student.gguf import read_header
from denju.teacher.drafts import read
from denju.values import Strategy
from denju_tui.locale import texts
from denju_tui.locale.phrases import Phrases

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
ERRORS = Path(denju_tui.__file__).parent / "locale" / "errors.ja.toml"
PLACE = re.compile(r"\{\w+\}")


SOURCE = (Path(denju.__file__).parent, Path(denju_tui.__file__).parent)
REFUSALS = {"Malformed", "malformed", "damaged", "_damaged", "_Wrong"}
"""What raises an error of ours, beside the errors themselves."""


def sentences() -> set[str]:
    """Every text in the source of the engine, the commands and the app, its places as ``{}``."""
    found = set()
    for file in (file for root in SOURCE for file in root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found.add("".join(map(str, parts)))
    return found


def told_by(*rooms: str) -> dict[str, str]:
    """Sentences of the errors that these parts of the engine raise, their places as ``{}``, and where they stand."""
    found = {}
    root = Path(denju.__file__).parent
    for file in (each for room in rooms for each in sorted(root.glob(room))):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and hasattr(denju.errors, node.func.id):
                found |= {text: f"{file.name}:{node.lineno}" for each in node.args if (text := _text(each))}
    return {text: place for text, place in found.items() if re.search("[a-z]{2}", text)}


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""


@pytest.mark.parametrize(
    "room", ["egress", "teacher", "privacy", "front", "learning/teach.py", "learning/case.py", "answering/batch"]
)
def test_whatever_stops_a_request_to_the_teacher_or_a_batch_is_told_in_japanese(room):
    known = {PLACE.sub("{}", key) for key in Phrases(ERRORS).keys}
    told = told_by(room if room.endswith(".py") else f"{room}/*.py")
    assert told, "no error was found"
    assert {text: place for text, place in told.items() if text not in known} == {}


def refused_by(file: Path) -> dict[str, str]:
    """All sentences that a module refuses something with, those that it puts into a variable first as well."""
    tree = ast.parse(file.read_text("utf-8"))
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in REFUSALS or hasattr(denju.errors, name):
                for each in node.args[name == "InvalidStrategy" :]:  # whose first names a field
                    for text in _texts(each, assigned):
                        found[text] = f"{file.name}:{node.lineno}"
    return {text: place for text, place in found.items() if re.search("[a-z]{2}.* ", text)}


def _texts(node: ast.expr, assigned: dict[str, list[ast.expr]]) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, assigned), *_texts(node.orelse, assigned)]
    if isinstance(node, ast.Name):
        return [_text(each) for each in assigned.get(node.id, ())]
    return [_text(node)]


COMMAND = re.compile(r"(denju|pip|sudo|chmod) [^:]*[^:.]")
"""A hint that is a command alone needs no other words."""
REFUSING = sorted(file for root in SOURCE for file in root.rglob("*.py") if refused_by(file))


@pytest.mark.parametrize("file", REFUSING, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_whatever_is_refused_is_told_in_japanese(file):
    known = {PLACE.sub("{}", key) for key in Phrases(ERRORS).keys}
    told = {text: place for text, place in refused_by(file).items() if not COMMAND.fullmatch(text)}
    assert {text: place for text, place in told.items() if text not in known} == {}


def test_where_a_library_is_damaged_is_told_in_japanese(tmp_path):
    said = texts("ja").said
    path = tmp_path / "library.json"
    Library(path).add([Strategy(title="部品の傷", situation="傷がある")])
    path.write_text(path.read_text("utf-8").replace('"title": "部品の傷"', '"title": 5'), "utf-8")
    with pytest.raises(LibraryDamaged) as caught:
        Library(path).all()
    assert said(caught.value.what) == f"{path} の 3 行目：title: 文字列ではありません（int）"


def test_why_a_model_file_is_refused_is_told_in_japanese(tmp_path):
    said = texts("ja").said
    path = tmp_path / "モデル.gguf"
    for data, told in (
        (b"", "ファイルが空です。"),
        (b"PK" + bytes(40), "zip か PyTorch のチェックポイントで、GGUF ファイルではありません。"),
        (b"GGUF" + (9).to_bytes(4, "little") + bytes(40), "GGUF の版が 9 です。読めるのは 1 から 3 までです。"),
    ):
        path.write_bytes(data)
        with pytest.raises(ModelFileError) as caught:
            read_header(path)
        assert said(caught.value.what).endswith(told)
        assert said(caught.value.hint) != caught.value.hint


def test_why_a_model_file_cannot_be_opened_is_told_in_japanese(tmp_path):
    said = texts("ja").said
    for path, told in ((tmp_path / "none.gguf", "見つかりません"), (tmp_path, "普通のファイルではありません。")):
        with pytest.raises(ModelFileError) as caught:
            read_header(path)
        assert said(caught.value.what).endswith(told)


STRATEGY = {"title": "傷", "situation": "傷がある", "steps": ["詫びる"]}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([], '"strategies" という一覧を持つ組ではありません'),
        ({"strategies": []}, "方針が 0 件あります（1 から 5 まで）"),
        ({"strategies": [1]}, "strategies[0]: 名前と値の組ではありません"),
        ({"strategies": [{**STRATEGY, "reason": 1}]}, "strategies[0].reason: 文字列ではありません"),
        ({"strategies": [{**STRATEGY, "steps": []}]}, "strategies[0].steps: 空です"),
        ({"strategies": [{**STRATEGY, "decide": ["a"] * 4}]}, "strategies[0].decide: 4 件あります（3 まで）"),
        ({"strategies": [{**STRATEGY, "cues": 1}]}, "strategies[0].cues: 言語ごとの一覧の組ではありません"),
        ({"strategies": [{**STRATEGY, "title": 1}]}, "strategies[0].title: 文字列ではありません（int）"),
    ],
)
def test_why_an_answer_of_the_teacher_cannot_be_read_is_told_in_japanese(answer, told):
    with pytest.raises(NotUnderstood) as caught:
        read(json.dumps(answer), model="m", request="r")
    assert texts("ja").said(caught.value.what) == f"先生の答えが、頼んだ形になっていません（{told}）。"


@pytest.mark.parametrize(
    ("reader", "answer", "told"),
    [
        (read_texts("messages", 3), {}, '"messages" という文の一覧を持つ組ではありません'),
        (read_texts("messages", 3), {"messages": [" "]}, "messages: 空です"),
        (read_text("answer"), {}, '"answer" という文を持つ組ではありません'),
        (read_contrast, {"answer": "x"}, '"gap" が true か false ではありません'),
        (read_contrast, {"answer": "x", "gap": True}, '"strategies" が一覧ではありません'),
        (read_judgement, {}, '"better" が "first"、"second"、"equal" のどれでもありません'),
    ],
)
def test_why_an_answer_in_a_run_cannot_be_read_is_told_in_japanese(reader, answer, told):
    with pytest.raises(ValueError) as caught:
        reader(answer)
    what = f"The teacher did not answer in the form that was asked for ({caught.value})."
    assert texts("ja").said(what) == f"先生の答えが、頼んだ形になっていません（{told}）。"


def test_what_speaks_against_an_approval_is_told_in_japanese():
    said = texts("ja").said
    every = said(f"st_1: not approved ({'; '.join(NAMES.values())}).")
    assert every == (
        "st_1：承認していません（決まり；キーやパスワード；ほぼ同じ方針；食い違い；長さ；お客様の情報；文面の写し；返事の文；言い方）。"
    )
    never = said("st_1: not approved (a policy); no reason overrides this.")
    assert never == "st_1：承認できません（決まり）。理由を付けても通りません。"


def test_where_text_came_from_is_told_in_japanese():
    said = texts("ja").said
    assert said("standard input: not UTF-8 (byte 3).").startswith("標準入力")


def test_a_word_in_a_place_means_what_it_means_there(tmp_path):
    said = texts("ja").said
    library = Library(tmp_path / "library.json")
    library.add([Strategy(title="部品の傷", situation="傷がある", id="st_1")])
    library.review("st_1", revision=1, verdict="approved", by="sato", why="")
    with pytest.raises(UsageError) as caught:
        library.review("st_1", revision=1, verdict="rejected", by="sato", why="x")
    told = "st_1 第 1 版は承認済み（approved）です。却下（rejected）にできるのは下書き（draft）だけです。"
    assert said(caught.value.what) == told
    assert said("rq_1 is approved; it is not sent again.") == "rq_1 は「承認済み」です。もう一度は送りません。"


def test_places_are_told_in_japanese_too():
    said = texts("ja").said
    with pytest.raises(OverBudget) as caught:
        Limits(call_money=0.05).check(
            Attempt("rq_1", "sha256:1", "gemini", "h", "m", 1, "sato", "", 10, 10, 0.1, {}), Totals()
        )
    assert said(caught.value.what) == (
        "送っていません。0.1000 USD かかるおそれがあり、一回の上限 0.05 USD のうち 0.0000 USD を使っています。"
    )
    assert said("Try again in 30 seconds; the request is kept until then.") == (
        "もう一度試してください（30 秒後）。依頼はそれまで残ります。"
    )
    assert said("/d/ledger.jsonl: its end is cut off: 11 lines of 12") == (
        "/d/ledger.jsonl: 終わりが切れています（12 行のうち 11 行）"
    )


def test_several_reasons_are_each_told_in_japanese():
    said = texts("ja").said
    assert said("out.jsonl cannot be continued: the library serves other strategies; text was a, is b.") == (
        "out.jsonl は続けられません：台帳の方針が変わっています；text は a でしたが、いまは b です"
    )
    grown = "the input has grown by 1 byte; the student was practice (0a1b2c3d); other rows were chosen (--where)"
    assert said(f"out.jsonl cannot be continued: {grown}.") == (
        "out.jsonl は続けられません：入力が 1 バイト増えています；"
        "モデルは practice（0a1b2c3d）でした；対象の行が違います（--where）"
    )
    odd = "the input was a; b.jsonl, or read in another way; the library serves other strategies"
    assert said(f"out.jsonl cannot be continued: {odd}.") == (
        "out.jsonl は続けられません：入力が a; b.jsonl でないか、読み方が違います；台帳の方針が変わっています"
    )
    assert said("out; put.jsonl cannot be continued: the input holds something else.") == (
        "out; put.jsonl は続けられません：入力の中身が変わっています"
    )


def test_a_wrong_setting_is_told_in_japanese(tmp_path):
    said = texts("ja").said
    for value, told in (("x", "整数ではありません（'x'）"), ("0", "1 以上ではありません（0）")):
        with pytest.raises(SettingsError) as caught:
            Settings.load(tmp_path / "none.toml", environ={"DENJU_HISTORY_KEEP_DAYS": value})
        assert said(caught.value.what) == f"DENJU_HISTORY_KEEP_DAYS: history.keep_days: {told}"


def test_every_key_is_a_sentence_of_the_engine_or_of_the_system():
    phrases = Phrases(ERRORS)
    known = {PLACE.sub("{}", sentence) for sentence in sentences()}
    known |= {os.strerror(number).lower() for number in errno.errorcode}
    # Typer's, each of which tests/cli/test_start.py has it say.
    known |= {PLACE.sub("{}", key) for key in tomllib.loads(ERRORS.read_text("utf-8"))["arguments"]}
    assert len(phrases.keys) > 90
    assert [key for key in phrases.keys if PLACE.sub("{}", key) not in known] == []


def test_real_errors_are_told_in_japanese(tmp_path):
    said = texts("ja").said
    full = storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), Path("/data/台帳"))
    assert said(full.what) == "/data/台帳: ディスクに空きがありません"
    assert JAPANESE.search(said(full.hint))
    try:
        Library(tmp_path / "library.json").get("{x}")
    except denju.errors.NotFound as error:
        assert said(error.what) == "方針 '{x}' はありません。"
    else:
        raise AssertionError
    assert said("The student's process ended (SIGKILL).") == "モデルのプロセスが終了しました（SIGKILL）。"
    assert said("The student's process ended (SIGABRT): out of memory.").endswith("（SIGABRT）: out of memory。")


def test_a_sentence_full_of_colons_is_told_at_once():
    phrases = Phrases(ERRORS)
    tried = 0

    def count(sentence):
        nonlocal tried
        tried += 1
        return Phrases._whole(phrases, sentence)

    phrases._whole = count
    for sentence in ("/d/x.json: a: b: " * 200, "e: no strategy: x " * 200):
        phrases(sentence)
    assert tried < 200


def test_what_is_not_known_stays_as_it_is():
    assert texts("ja").said("Nobody ever said this: not even once.") == "Nobody ever said this: not even once."
    assert texts("en").said("The student was closed.") == "The student was closed."
