"""Redaction on sentences that the rules were not written for: ``python scripts/bench_redaction.py``.

The sentences stand in scripts/redaction/sentences.jsonl and sentences_2.jsonl; templates and make_sentences.py beside
them made them. Recall: the share of values that are hidden as a whole, letters and digits, under whatever kind.
Precision: the share of finds that touch a value. The starter library, in which nothing is anybody's, shows false finds
in longer texts. Beside this project's rules stand scrubadub and Presidio, where they are installed
(``pip install denju[bench]``); Presidio without a spaCy model runs its patterns only. Prints Markdown.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from denju.privacy.finding import find

Finder = Callable[[str, str], Iterable[tuple[int, int]]]
"""Text and language → where something was found."""
SETS = [Path(__file__).with_name("redaction") / f"sentences{suffix}.jsonl" for suffix in ("", "_2")]
NAMED = ("name", "company", "address")
"""What has no form of its own."""


@dataclass
class Score:
    """Counts of one finder."""

    hidden: dict[tuple[str, str], int] = field(default_factory=dict)
    """Language and kind → values that were hidden as a whole."""
    finds: dict[str, int] = field(default_factory=dict)
    right: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def ours(text: str, _: str) -> Iterable[tuple[int, int]]:
    return [(each.start, each.end) for each in find(text)]


def finders() -> dict[str, Finder]:
    """Our rules, and whatever else is installed."""
    found: dict[str, Finder] = {"denju": ours}
    for name, maker in (("scrubadub", _scrubadub), ("Presidio", _presidio)):
        try:
            found[name] = maker()
        except ImportError:
            print(f"{name} is not installed.", file=sys.stderr)
    return found


def _scrubadub() -> Finder:
    import scrubadub

    scrubber = scrubadub.Scrubber()
    return lambda text, _: [(each.beg, each.end) for each in scrubber.iter_filth(text)]


def _presidio() -> Finder:
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    installed = [each for each in spacy.util.get_installed_models() if each.startswith("en_core")]

    class Engine(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.load(installed[0]) if installed else spacy.blank("en")}

        def load(self) -> None:
            """The model is loaded already; nothing is fetched."""

    # It would fetch a list of domains for its e-mail rule; the one that comes with the package does.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    analyzer: Any = AnalyzerEngine(nlp_engine=Engine(), supported_languages=["en"])
    return lambda text, _: [(each.start, each.end) for each in analyzer.analyze(text, language="en")]


def score(finder: Finder, rows: list[dict[str, Any]]) -> Score:
    result = Score()
    for row in rows:
        text, language = row["text"], row["language"]
        began = time.process_time()
        places = list(finder(text, language))
        result.seconds += time.process_time() - began
        covered = {at for start, end in places for at in range(start, end)}
        gold: set[int] = set()
        for start, end, kind in row["spans"]:
            gold.update(range(start, end))
            letters = {at for at in range(start, end) if text[at].isalnum()}
            if letters <= covered:
                result.hidden[language, kind] = result.hidden.get((language, kind), 0) + 1
            else:
                result.missed.append(f"{kind}: {text[start:end]} — {text}")
        for start, end in places:
            right = not gold.isdisjoint(range(start, end))
            result.finds[language] = result.finds.get(language, 0) + 1
            result.right[language] = result.right.get(language, 0) + right
            if not right:
                result.wrong.append(f"{text[start:end]} — {text}")
    return result


def table(scores: dict[str, Score], rows: list[dict[str, Any]]) -> str:
    kinds = list(dict.fromkeys(kind for row in rows for *_, kind in row["spans"]))
    order = [*sorted(set(kinds) - set(NAMED)), *NAMED]
    total = {
        (language, kind): sum(each == kind for row in rows if row["language"] == language for *_, each in row["spans"])
        for language in ("ja", "en")
        for kind in order
    }
    lines = ["| | n |" + "".join(f" {name} |" for name in scores), "| --- | ---: |" + " ---: |" * len(scores)]
    for language in ("ja", "en"):
        groups = [([kind], f"{language} {kind}") for kind in order]
        groups.append(([each for each in order if each not in NAMED], f"**{language}, with a form of their own**"))
        groups.append((list(NAMED), f"**{language}, names, firms and addresses**"))
        for group, title in groups:
            if not (count := sum(total[language, kind] for kind in group)):
                continue
            cells = [sum(each.hidden.get((language, kind), 0) for kind in group) / count for each in scores.values()]
            lines.append(f"| {title} | {count} |" + "".join(f" {cell:.2f} |" for cell in cells))
        precision = [each.right.get(language, 0) / max(1, each.finds.get(language, 0)) for each in scores.values()]
        lines.append(f"| **{language}, precision** | |" + "".join(f" {cell:.2f} |" for cell in precision))
    times = [f" {each.seconds / len(rows) * 1000:.1f} |" for each in scores.values()]
    return "\n".join([*lines, "| ms a sentence | |" + "".join(times)])


def starter_texts() -> list[dict[str, Any]]:
    """Every text of the starter library, with nothing to find in it."""
    rows = []
    for file in sorted((files("denju.data") / "starter").iterdir(), key=lambda each: each.name):
        for line in file.read_text("utf-8").splitlines() if file.name.endswith(".jsonl") else ():
            strategy = json.loads(line)
            texts = [strategy["title"], strategy["situation"], strategy.get("why", "")]
            for name in ("avoid_when", "cues", "priorities", "decide", "steps"):
                texts += strategy.get(name, ())
            rows += [{"text": each, "language": strategy["language"], "spans": []} for each in texts if each]
    return rows


def main() -> None:
    known = finders()
    for file in SETS:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        scores = {name: score(finder, rows) for name, finder in known.items()}
        print(f"\n{file.name}: {len(rows)} sentences, {sum(len(row['spans']) for row in rows)} values; recall.\n")
        print(table(scores, rows))
        if "--missed" in sys.argv:
            print("\n".join(["", "Missed:", *scores["denju"].missed, "", "Wrong:", *scores["denju"].wrong]))
    rows = starter_texts()
    wrong = {name: score(finder, rows).wrong for name, finder in known.items()}
    told = ", ".join(f"{name} {len(finds)}" for name, finds in wrong.items())
    print(f"\nFalse finds in the {len(rows):,} texts of the starter library: {told}.")
    if "--missed" in sys.argv:
        print("\n".join(wrong["denju"]))


if __name__ == "__main__":
    main()
