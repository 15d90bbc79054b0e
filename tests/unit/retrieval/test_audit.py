"""The audit: from the cues alone, what is found, what is mixed up and by which words, and where cues are missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from denju.retrieval.audit import audit
from denju.values import Strategy

LATE = Strategy(
    id="late", title="Late", situation="Overdue",
    cues=("Where is the parcel?", "The parcel is overdue", "Parcel is still overdue", "Is the parcel late?", "Late!"),
)  # fmt: skip
SCRATCH = Strategy(
    id="scratch", title="Scratch", situation="Surface",
    cues=("A scratch on the surface", "Scratched surface", "The surface shows a scratch", "The parcel is overdue"),
)  # fmt: skip
RUST = Strategy(id="rust", title="錆", situation="錆びた部品", cues=("部品が錆びています",), language="ja")


def test_what_leads_elsewhere_is_named_with_its_words() -> None:
    report = audit([LATE, SCRATCH])
    assert (report.strategies, report.cues) == (2, 9)
    assert report.expected is not None
    assert 0 < report.expected < 1
    mixed_up = next(each for each in report.confusions if each.strategy == SCRATCH)
    assert mixed_up.taken_for == LATE
    assert mixed_up.times == 1
    assert {"parcel", "overdue"} <= set(mixed_up.words)
    assert next(each for each in report.found if each.strategy == SCRATCH).right == 3


def test_gaps() -> None:
    report = audit([LATE, SCRATCH, RUST])
    assert report.few_cues == (SCRATCH, RUST)
    assert report.one_language == (LATE, SCRATCH, RUST)
    assert audit([LATE, SCRATCH]).one_language == ()
    translated = replace(RUST, id="rust-en", translation_of="rust", language="en", cues=("The parts are rusty",))
    assert audit([LATE, RUST, translated]).one_language == (LATE,)


def test_a_strategy_that_no_cue_of_its_own_finds_is_lost() -> None:
    stray = Strategy(id="stray", title="Other", situation="Else", cues=("Where is the parcel, it is overdue?",))
    for library in ([LATE, SCRATCH, stray], [stray, LATE, SCRATCH]):
        assert stray in audit(library).lost
    unheard = replace(stray, cues=("Zebra giraffe",))
    assert unheard in audit([unheard, LATE, SCRATCH]).lost, "a cue that nothing holds finds nothing, not the first row"


def test_the_kept_index_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "search.index"
    library = [replace(LATE, id=f"late-{number}") for number in range(5)] + [SCRATCH]
    assert audit(library, path) == audit(library, path)


def test_without_cues_nothing_is_expected() -> None:
    assert audit([]).expected is None
    assert audit([replace(LATE, cues=())]).expected is None
