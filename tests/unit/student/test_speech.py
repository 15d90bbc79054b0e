"""From bytes to said text: whole characters, no stop text, the same however the bytes are cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from denju.student.speech import Speech


def say(data: bytes, cuts: list[int], stop: tuple[str, ...]) -> tuple[str, bool]:
    speech, said = Speech(stop), ""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in itertools.pairwise(edges):
        said += speech.feed(data[begin:end])
        if speech.stopped:
            return said, True
    return said + speech.rest(), False


@given(st.text("あ傷ab[]I |", max_size=40), st.lists(st.integers(0, 200), max_size=20))
def test_how_the_bytes_are_cut_changes_nothing(text: str, cuts: list[int]) -> None:
    stop = ("[I", "傷あ")
    found = min((at for each in stop if (at := text.find(each)) >= 0), default=-1)
    expected = (text if found < 0 else text[:found]).lstrip()
    assert say(text.encode(), cuts, stop) == (expected, found >= 0)


def test_half_a_character_is_never_said() -> None:
    speech = Speech(())
    assert [speech.feed(bytes([byte])) for byte in "傷".encode()] == ["", "", "傷"]
    assert speech.feed("傷".encode()[:2]) + speech.rest() == ""


def test_what_a_terminal_would_act_on_is_dropped() -> None:
    assert say(b" \x1b[31mred\x07\xff", [], ()) == ("red\ufffd", False)
