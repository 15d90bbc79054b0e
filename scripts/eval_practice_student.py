"""Evaluate the practice student through the app's own prompt and student process, greedily.

    python scripts/eval_practice_student.py --cases 400

Prints a Markdown table, Japanese and English side by side, with 95 % intervals (Wilson). What customers say and names
are none that the training saw.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "core")]

from denju.student.models import practice_model  # noqa: E402
from practice import acts, asking  # noqa: E402
from practice.cases import Cases  # noqa: E402
from practice.evaluation import KINDS, Replies, failures, table  # noqa: E402
from practice.machine import machine  # noqa: E402

TELL_EVERY = 5.0
"""Seconds between two lines of progress."""


def told(texts: Iterable[str], total: int) -> Iterator[str]:
    """Pass ``texts`` on, and tell on stderr how far it is."""
    began = time.monotonic()
    last, end = began, "\r" if sys.stderr.isatty() else "\n"
    for done, text in enumerate(texts, 1):
        yield text
        now = time.monotonic()
        if now - last > TELL_EVERY or done == total:
            left = (now - began) / done * (total - done) / 60
            print(f"{done:,} of {total:,} replies, {left:.1f} minutes left  ", end=end, file=sys.stderr, flush=True)
            last = now
    if end == "\r":
        print(file=sys.stderr)


def evaluate(model: bytes, seed: int, count: int, workers: int) -> Replies:
    """All replies; of each kind and language ``count`` cases."""
    drawn = Cases(seed)
    # One language after the other: their prompts begin alike, and what is evaluated already is not read again.
    cases = [(kind, each, case) for each in acts.LANGUAGES for kind in KINDS for case in drawn.of(kind, each, count)]
    asked = [each for _, _, case in cases for each in case]
    texts = told(asking.answers(model, asked, workers), len(asked))
    replies = Replies()
    for kind, language, case in cases:
        replies.add(kind, language, case, [next(texts) for _ in case])
    next(texts, None)
    return replies


def main() -> None:
    parser = argparse.ArgumentParser(description="Evaluate the practice student.")
    parser.add_argument("--cases", type=int, default=400, help="of each row and language")
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--model", type=Path, default=practice_model().path)
    parser.add_argument(
        "--workers", type=int, default=len(os.sched_getaffinity(0)), help="students that answer at once"
    )
    parser.add_argument("--failures", type=int, default=0, help="how many to show of each row and language")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        raw = options.model.read_bytes()
    except OSError as error:
        raise SystemExit(f"{options.model}: {error.strerror}") from None
    try:
        replies = evaluate(raw, options.seed, options.cases, options.workers)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    minutes = (time.monotonic() - began) / 60
    print(table(replies))
    print(
        f"\n{options.model.name} (sha256 {hashlib.sha256(raw).hexdigest()[:12]}, {len(raw) / 1e6:.2f} MB): "
        f"{options.cases:,} cases a row and language (40 by hand), seed {options.seed}, {minutes:.1f} minutes, "
        f"{machine()}, {options.workers} at once"
    )
    if options.failures:
        print(failures(replies, options.failures))


if __name__ == "__main__":
    main()
