"""Older forms of the file: read as the newest, written so by the first change, and never half of each."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from denju.errors import LibraryNewer
from denju.library import backups, form, migrations, storage
from denju.library.line import Line
from denju.library.store import Library
from fault_library import SEED, adding, killed

STORED = Path(__file__).parents[2] / "data" / "library-form1.json"
"""As the first form was written: two strategies, three revisions."""


@pytest.fixture
def old(memory: Path) -> Path:
    path = memory / "library" / "library.json"
    path.parent.mkdir()
    path.write_bytes(STORED.read_bytes())
    return path


def test_a_stored_file_is_read_whole_and_stays_as_it_is(old: Path) -> None:
    library = Library(old)
    assert [(each.id, each.revision, each.title) for each in library.all()] == [
        ("st_1", 2, "部品の擦り傷"), ("st_2", 1, "Late delivery"),
    ]  # fmt: skip
    assert [each.title for each in library.serving()] == ["部品の傷"]
    assert (library.generation, library.notice) == (3, None)
    assert library.get("st_1").extra == {"plant": "名古屋"}
    assert old.read_bytes() == STORED.read_bytes()


def test_the_first_change_writes_the_newest_form_and_keeps_the_old_file_for_good(old: Path) -> None:
    Library(old).add([replace(SEED, id="new")])
    assert json.loads(old.read_bytes())["denju"]["1"]["schema"] == migrations.SCHEMA
    assert [each.id for each in Library(old).all()] == ["st_1", "st_2", "new"]
    assert Library(old).notice is None
    (kept,) = backups.kept(old)
    assert kept.form == 1
    assert kept.path.read_bytes() == STORED.read_bytes()


def test_a_changed_bit_in_an_old_file_is_told(old: Path) -> None:
    old.write_bytes(STORED.read_bytes().replace(b"Late", b"Lame"))
    assert "by hand" in (Library(old).notice or "")


def test_killed_in_the_middle_it_is_the_old_file_or_the_new_one(old: Path) -> None:
    found = killed(adding, old, 30, random.Random(1), again=STORED.read_bytes())
    assert found.kills == 30
    assert (found.lost, found.unreadable, found.torn) == (0, 0, 0)


def test_migrations_run_one_after_another(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = migrations.SCHEMA + 1

    def tagged(tables: form.Tables) -> form.Tables:
        def changed(document: Line) -> Mapping[str, object]:
            return {**document, "tags": [*document["tags"], f"form-{newest}"]}

        rows = {number: Line.of(number, changed(each)) for number, each in tables[form.STRATEGIES].items()}
        return {**tables, form.STRATEGIES: rows}

    monkeypatch.setattr(form, "MIGRATIONS", {**migrations.MIGRATIONS, migrations.SCHEMA: tagged})
    for module in (form, storage):
        monkeypatch.setattr(module, "SCHEMA", newest)
    library = Library(old)
    assert {each.tags for each in library.all()} == {("form-3",)}
    library.add([replace(SEED, id="new")])
    assert [each.tags for each in Library(old).all()] == [("form-3",), ("form-3",), ()]
    monkeypatch.undo()
    with pytest.raises(LibraryNewer, match="form 3"):
        Library(old).all()
