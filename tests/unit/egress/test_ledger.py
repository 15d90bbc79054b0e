"""The ledger: what is verified, and that every kind of damage is seen."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from denju.egress import ledger as module
from denju.egress.budget import Limits
from denju.egress.ledger import Attempt, Ledger, Settlement
from denju.errors import LedgerDamaged, OverBudget, StorageError


def attempt(money: float = 0.25, tokens: int = 100) -> Attempt:
    return Attempt(
        outbox="rq_1", request="sha256:00", provider="gemini", host="teacher.example", model="m", bytes=10,
        approved_by="佐藤", approved_at="2026-11-23T06:00:00Z", tokens_in=tokens, tokens_out=tokens, money=money,
        hidden={"name": 2},
    )  # fmt: skip


@pytest.fixture
def written(ledger: Ledger) -> Ledger:
    """Three attempts, each with its end: six lines."""
    for _ in range(3):
        one = attempt()
        ledger.begin(one)
        ledger.settle(one.id, Settlement("answered", 0.1, 80, 20, 5, status=200))
    return ledger


def test_what_was_written_is_read_back_and_verifies(written: Ledger) -> None:
    records = written.records()
    assert [each["event"] for each in records] == ["begin", "settle"] * 3
    assert records[0]["approved_by"] == "佐藤" and records[0]["hidden"] == {"name": 2}
    assert written.verify().ok and written.verify().lines == 6
    assert written.unsettled() == ()
    assert written.path.stat().st_mode & 0o777 == 0o600


def test_changed_bytes_all_over_the_file_are_found(written: Ledger) -> None:
    whole = written.path.read_bytes()
    for place in range(0, len(whole), 7):
        written.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert not written.verify().ok, f"byte {place}"


def swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: lines[:2] + lines[3:],
        lambda lines: lines[:-1],
        lambda lines: lines[:-3],
        lambda lines: [],
        swapped,
        lambda lines: [*lines, lines[-1]],
        lambda lines: [*lines, *lines],
        lambda lines: [*lines[:3], b'{"n":4}', *lines[3:]],
    ],
    ids=["first", "middle", "last", "last three", "all", "swapped", "doubled", "twice", "inserted"],
)
def test_removed_moved_and_added_lines_are_found(written: Ledger, change: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = written.path.read_bytes().splitlines()
    written.path.write_bytes(b"".join(line + b"\n" for line in change(lines)))
    assert not written.verify().ok
    with pytest.raises(LedgerDamaged):
        written.begin(attempt())


def test_the_whole_file_or_its_count_gone(written: Ledger) -> None:
    head = written.path.with_name("ledger.head.json")
    kept = head.read_bytes()
    head.unlink()
    assert not written.verify().ok
    head.write_bytes(kept)
    assert written.verify().ok
    written.path.unlink()
    assert not written.verify().ok


def test_without_its_lock_it_is_looked_at_all_the_same(written: Ledger) -> None:
    """As in a copy of the folder."""
    lock, head = written.path.with_name("ledger.lock"), written.path.with_name("ledger.head.json")
    lock.unlink()
    assert written.verify().ok and written.verify().lines == 6
    for each in (lock, head):
        each.unlink(missing_ok=True)
    written.path.write_bytes(b"garbage\n")
    assert written.verify().problems == ("line 1 is not a line of a ledger",)
    for each in (lock, written.path):
        each.unlink(missing_ok=True)
    assert written.verify().ok and not lock.exists(), "where nothing ever left, nothing is made"


def test_a_rewritten_last_line_is_found_by_the_hash_kept_apart(written: Ledger) -> None:
    *lines, last = written.path.read_bytes().splitlines()
    forged = json.dumps({**json.loads(last), "money": 0.0}).encode()
    written.path.write_bytes(b"".join(line + b"\n" for line in (*lines, forged)))
    assert written.verify().problems == ("line 6 was changed",)


def test_a_writer_that_died_between_line_and_count_or_within_a_line(written: Ledger) -> None:
    head = written.path.with_name("ledger.head.json")
    before = head.read_bytes()
    written.begin(attempt())
    head.write_bytes(before)
    assert written.verify().ok, "the line is there, the count was on its way"
    with written.path.open("ab") as file:
        file.write(b'{"n":8,"prev')
    assert written.verify().ok, "the torn line was never acknowledged"
    written.begin(attempt())
    assert written.verify().lines == 8 and written.verify().ok
    assert len(written.unsettled()) == 2


def test_a_count_that_cannot_be_written_twice_does_not_lock_the_ledger(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = attempt()
    with monkeypatch.context() as patch:
        patch.setattr(module, "replaced", full)
        with pytest.raises(StorageError):
            ledger.begin(one)
        for _ in range(2):
            with pytest.raises(StorageError):
                ledger.settle(one.id, Settlement("answered", 0.1))
    assert ledger.verify().ok and ledger.verify().lines == 1, "nothing behind a line that is not counted"
    ledger.settle(one.id, Settlement("answered", 0.1))
    assert ledger.verify().ok and [each["event"] for each in ledger.records()] == ["begin", "settle"]


def full(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_first_settlement_holds(ledger: Ledger) -> None:
    one = attempt()
    ledger.begin(one)
    ledger.settle(one.id, Settlement("answered", 0.1))
    ledger.settle(one.id, Settlement("killed", 0.25))
    assert [each["event"] for each in ledger.records()] == ["begin", "settle"]
    assert ledger.totals().day_money == pytest.approx(0.1)


def test_money_is_reserved_then_settled_and_counts_by_day_and_month(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = datetime.now(UTC)
    for back in (timedelta(days=400), timedelta(0)):
        monkeypatch.setattr(module, "now", lambda back=back: (present - back).strftime("%Y-%m-%dT%H:%M:%SZ"))
        ledger.begin(attempt(1.0, 50))
    totals = ledger.totals()
    assert (totals.day_money, totals.month_money, totals.day_tokens, totals.month_tokens) == (1.0, 1.0, 100, 100)


@pytest.mark.parametrize(
    ("limits", "money", "passes"),
    [
        (Limits(), 9.9, True),
        (Limits(call_money=0.5), 0.5, True),
        (Limits(call_money=0.5), 0.51, False),
        (Limits(day_money=0.8), 0.5, True),
        (Limits(day_money=0.8), 0.51, False),
        (Limits(month_money=0.7), 0.5, False),
        (Limits(call_tokens=199), 0.0, False),
        (Limits(day_tokens=400), 0.0, True),
        (Limits(day_tokens=304), 0.0, False),
        (Limits(month_tokens=304), 0.0, False),
    ],
)
def test_what_may_not_be_spent_is_not_begun(ledger: Ledger, limits: Limits, money: float, passes: bool) -> None:
    first = attempt()
    ledger.begin(first)
    ledger.settle(first.id, Settlement("answered", 0.3, 80, 20, 5))
    more = attempt(money)
    if passes:
        ledger.begin(more, lambda spent: limits.check(more, spent))
    else:
        with pytest.raises(OverBudget) as caught:
            ledger.begin(more, lambda spent: limits.check(more, spent))
        assert "denju config set teacher." in caught.value.hint
    assert len(ledger.records()) == (3 if passes else 2)


def test_processes_that_spend_at_once_stay_within_the_budget(ledger: Ledger, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from denju.egress.budget import Limits\nfrom denju.egress.ledger import Attempt, Ledger\n"
        "from denju.errors import OverBudget\n"
        "for _ in range(6):\n"
        "    one = Attempt('rq_1', 'sha256:0', 'p', 'h', 'm', 1, 'a', 'b', money=1.0)\n"
        "    try: Ledger(Path(sys.argv[1])).begin(one, lambda spent: Limits(day_money=7.0).check(one, spent))\n"
        "    except OverBudget: pass\n"
    )
    place = str(ledger.path.parent)
    running = [subprocess.Popen([sys.executable, "-c", program, place]) for _ in range(3)]
    assert [each.wait(60) for each in running] == [0, 0, 0]
    assert ledger.totals().day_money == 7.0
    assert ledger.verify().ok and ledger.verify().lines == 7
