"""When something was, as people read it: by the machine's clock."""

from __future__ import annotations

import pytest

from denju.values import Origin, Review, Strategy
from denju_tui.locale import texts
from denju_tui.moments import moment
from denju_tui.screens import review_text

pytestmark = pytest.mark.usefixtures("in_tokyo")


def test_a_moment_is_told_by_the_machine_s_clock() -> None:
    assert moment("2026-01-02T18:04:05Z") == "2026-01-03 03:04"


@pytest.mark.parametrize("text", ["", "yesterday\nor so", "2026-13-01", "9999-12-31T23:00:00Z"])
def test_what_is_no_moment_is_told_as_it_is(text: str) -> None:
    assert moment(text) == " ".join(text.split())


def test_a_strategy_came_when_the_reader_s_clock_said_so() -> None:
    strategy = Strategy(
        title="Late", situation="-", language="en", steps=("Apologise",), created="2026-01-02T18:04:05Z",
        origin=Origin(kind="person", by="Sato"), reviews=(Review("approved", "Sato", "2026-01-02T18:04:05Z", ""),),
    )  # fmt: skip
    said = " ".join(paragraph.text for paragraph in review_text.came_from(strategy, texts("en")))
    assert "2026-01-03 03:04" in said
