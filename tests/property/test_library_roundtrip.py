"""Export and import give back any strategy, whatever its texts; and so do the library's own files."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from denju import strict_json
from denju.errors import UsageError
from denju.library import editing, jsonl, markdown, spreadsheet
from denju.library.parcel import bring_in
from denju.library.store import Library
from denju.text import clean
from denju.values import Strategy

any_text = st.text(max_size=40)
texts = st.lists(any_text, max_size=3)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": any_text,
    "revision": st.integers(1, 10**6),
    "status": st.sampled_from(["draft", "approved", "rejected", "retired"]),
    "scope": st.sampled_from(["scenario", "general", "policy"]),
    "language": st.sampled_from(["ja", "en"]),
    "translation_of": st.none() | any_text,
    **dict.fromkeys(("avoid_when", "cues", "priorities", "decide", "steps", "tags"), texts),
    "why": any_text,
    "check": st.fixed_dictionaries({"never": texts, "always": texts}),
    "created": any_text,
    "extra": st.dictionaries(any_text, plain, max_size=4),
    "origin": st.fixed_dictionaries({"kind": st.sampled_from(["person", "teacher", "import"]), "by": any_text}),
    "reviews": st.lists(st.fixed_dictionaries({"verdict": st.just("approved"), "by": any_text, "at": any_text})),
}
documents = st.fixed_dictionaries(
    {"title": any_text.filter(lambda text: clean(text).strip()), "situation": st.just("x")}, optional=_FIELDS
)
strategies = documents.map(lambda document: Strategy.from_dict(strict_json.cleaned(document)))
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
one_line_ids = strategies.filter(lambda each: not set(each.id) & set("\n\t"))


@patient
@given(st.lists(strategies.filter(lambda each: each.id), unique_by=lambda each: each.id, max_size=4))
def test_export_then_import_is_the_identity(known: list[Strategy]) -> None:
    for form in (jsonl, spreadsheet):
        parcel = form.load(form.dump(known))
        assert parcel.strategies == tuple(known)
        assert parcel.notice is None


@patient
@given(strategies.filter(lambda each: each.id))
def test_what_is_opened_in_an_editor_and_closed_again_says_the_same(strategy: Strategy) -> None:
    assert editing.typed(editing.as_yaml(strategy).encode(), strategy).same


@patient
@given(strategies)
def test_nothing_in_markdown_reaches_a_terminal_raw(strategy: Strategy) -> None:
    text = markdown.dump([strategy]).decode()
    assert clean(text) == text


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(one_line_ids, unique_by=lambda each: each.id, max_size=4))
def test_the_library_gives_back_what_was_added_and_what_was_imported(known: list[Strategy]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder) / "library.json")
        stored = library.add(known)
        assert Library(library.path).all() == stored
        for before, after in zip(known, stored, strict=True):
            assert replace(after, id=before.id, created=before.created) == before
            assert after.id
            assert after.created
        other = Library(Path(folder) / "other.json")
        bring_in(other, jsonl.load(jsonl.dump(library.all())), by="sato")
        drafts = [replace(each, status="draft", reviews=(), origin=stored[0].origin) for each in library.all()]
        assert [replace(each, origin=stored[0].origin) for each in other.all()] == drafts


@patient
@given(st.binary(max_size=200))
def test_any_bytes_are_strategies_or_one_clear_error(data: bytes) -> None:
    for read in (jsonl.load, spreadsheet.load, editing.typed):
        for each in (data, b"title,situation,steps\n" + data, b"title: a\nsituation: b\nx: " + data):
            try:
                read(each)
            except UsageError as error:
                assert error.hint
                assert clean(error.what) == error.what and "\n" not in error.what
