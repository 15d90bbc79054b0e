"""Writes core/denju/data/common_terms.txt: how many starter strategies hold each term.

python scripts/generate_common_terms.py
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from denju.library.starter import strategies
from denju.retrieval.counts import strategy_counts

TARGET = Path(__file__).resolve().parent.parent / "core" / "denju" / "data" / "common_terms.txt"


def document() -> str:
    """How many situations there are; then, commonest first, how many strategies hold each term of two or more."""
    searched = [each for each in strategies() if each.scope == "scenario"]
    held = Counter(term for each in searched for term in strategy_counts(each))
    common = sorted(((count, term) for term, count in held.items() if count > 1), key=lambda each: (-each[0], each[1]))
    return "".join([f"{len({each.group() for each in searched})}\n", *(f"{count}\t{term}\n" for count, term in common)])


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")
    print(TARGET)
