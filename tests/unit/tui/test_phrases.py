"""What the engine says, in Japanese."""

from __future__ import annotations

import ast
import errno
import os
import re
from pathlib import Path

import denju
import denju_tui
from denju.library.store import Library
from denju.paths import storage_error
from denju_tui.locale import texts
from denju_tui.locale.phrases import Phrases

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
PLACE = re.compile(r"\{\w+\}")


def sentences() -> set[str]:
    """Every text in the engine's source, its places as ``{}``."""
    found = set()
    for file in Path(denju.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found.add("".join(map(str, parts)))
    return found


def test_every_key_is_a_sentence_of_the_engine_or_of_the_system():
    file = Path(denju_tui.__file__).parent / "locale" / "errors.ja.toml"
    phrases = Phrases(file)
    known = {PLACE.sub("{}", sentence) for sentence in sentences()}
    known |= {os.strerror(number).lower() for number in errno.errorcode}
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


def test_what_is_not_known_stays_as_it_is():
    assert texts("ja").said("Nobody ever said this: not even once.") == "Nobody ever said this: not even once."
    assert texts("en").said("The student was closed.") == "The student was closed."
