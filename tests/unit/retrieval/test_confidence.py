"""Confidence: what the library's own cues show, and a default where they are too few."""

from __future__ import annotations

import pytest

from denju.retrieval.confidence import DEFAULT, FEWEST_CUES, LEAST, Trial, evidence, fitted


def trial(value: float, *, right: bool) -> Trial:
    return Trial("cue", strategy=0, first=0 if right else 1, right=right, evidence=value, own_evidence=value)


def test_with_few_cues_the_default_serves() -> None:
    assert fitted([trial(1.0, right=True)] * (FEWEST_CUES - 1)) == DEFAULT


def test_confidence_is_the_share_that_was_right() -> None:
    tried = [trial(0.5, right=index % 10 < 2) for index in range(500)]
    tried += [trial(2.0, right=index % 10 < 9) for index in range(500)]
    curve = fitted(tried)
    assert abs(curve.confidence(0.5) - 0.2) < 0.02
    assert abs(curve.confidence(2.0) - 0.9) < 0.02


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_fit_is_the_likeliest_curve_on_any_scale(scale: float) -> None:
    tried = [trial(scale * (index % 97) / 20, right=(index * 37) % 97 < index % 97) for index in range(1_000)]
    curve = fitted(tried)
    said = sum(curve.confidence(each.evidence) for each in tried if each.evidence)
    assert abs(said - sum(each.right for each in tried)) < 20


def test_the_threshold_keeps_nine_in_ten_of_a_library_that_knows_itself() -> None:
    tried = [trial(1.0 + index / 100, right=index % 10 != 0) for index in range(200)]
    curve = fitted(tried)
    assert curve.threshold == curve.confidence(1.2)
    assert curve.threshold > LEAST


def test_the_threshold_never_falls_below_the_least_chance() -> None:
    curve = fitted([trial(index / 100, right=index > 150) for index in range(200)])
    assert curve.threshold == LEAST


def test_all_right_or_all_wrong_stays_finite() -> None:
    for right in (True, False):
        curve = fitted([trial(1.0 + index / 50, right=right) for index in range(100)])
        assert 0 <= curve.confidence(1.0) <= curve.confidence(100.0) <= 1


def test_no_evidence_is_no_confidence() -> None:
    assert evidence(0.0, 0.0) == 0.0
    assert DEFAULT.confidence(0.0) == 0.0


def test_messages_on_other_matters_make_a_small_library_careful() -> None:
    tried = [trial(0.1 + index / 100, right=True) for index in range(FEWEST_CUES)]
    foreign = [index / 1000 for index in range(150)]
    alone, among = fitted(tried), fitted(tried, foreign, 1.0)
    assert among.confidence(0.05) < 0.5 < alone.confidence(0.05) and among.confidence(0.3) > 0.5


def test_with_few_cues_messages_on_other_matters_raise_what_a_match_takes() -> None:
    foreign = [index / 100 for index in range(50)]
    curve = fitted([], foreign)
    rejected = [each for each in foreign if curve.confidence(each) < curve.threshold]
    assert len(rejected) == pytest.approx(0.8 * len(foreign), abs=1)
    assert fitted([], [0.001] * 50) == DEFAULT
