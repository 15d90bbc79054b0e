"""What came of a run, for programs and for people: nothing is told that the figures do not show."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from denju.errors import NotFound
from denju.learning.folder import Folder
from denju.learning.held_out import ARMS
from denju.learning.sheet import Sheet, seen_by_judge
from denju.text import clean, one_line

EXAMPLES = 6
"""Pairs that are shown side by side."""


@cache
def words_of(language: str) -> Mapping[str, str]:
    """The report's words in ``en`` or ``ja``."""
    with (files("denju.learning") / "report.toml").open("rb") as file:
        words: dict[str, dict[str, str]] = tomllib.load(file)
    return words[language]


def facts(folder: Folder) -> dict[str, Any]:
    """All that is known of a finished run.

    Raises:
        NotFound: it is not at its end.
    """
    result = folder.result()
    if result is None:
        raise NotFound(f"{folder.path.name} is not at its end.", "denju learn resume goes on with it.")
    plan = folder.plan()
    return {
        "schema": 1, "run": plan.id, "plan": plan.to_dict(), "yes": asdict(folder.yes()), **result,
        "agreement": Sheet(folder).agreement(),
    }  # fmt: skip


def markdown(facts: Mapping[str, Any], language: str) -> str:
    """The report as Markdown."""
    return "\n\n".join(_blocks(facts, words_of(language))) + "\n"


def arm_rows(facts: Mapping[str, Any], words: Mapping[str, str]) -> list[list[str]]:
    """A row an arm, in the order of ``ARMS``: name, won, lost, even, net share, answers that break a policy."""
    arms, broken = facts["sealed"]["arms"], facts["sealed"]["broken"]
    return [
        [
            words["teacher_arm" if arm == "teacher" else arm],
            *(tally_cells(arms[arm]) if arm in arms else ("", "", "", "")),
            str(broken[arm]),
        ]
        for arm in ARMS
        if arm in broken
    ]


def tally_cells(tally: Mapping[str, Any]) -> list[str]:
    """Won, lost, even, and the net share with its interval."""
    net = f"{tally['uplift']:+.0%} ({tally['low']:+.0%} … {tally['high']:+.0%})"
    return [str(tally["wins"]), str(tally["losses"]), str(tally["even"]), net]


def draft_rows(facts: Mapping[str, Any], words: Mapping[str, str]) -> list[list[str]]:
    """A row a draft: title, verdict, won, lost, even, net share, what is odd or missing."""
    rows = []
    for each in facts["drafts"]:
        notes = []
        if each["verdict"] == "cannot_tell":
            notes.append(words["more"].format(count=each["more"]) if each["more"] else words["many"])
        if odd := each["strategy"]["extra"].get("marks"):
            notes.append(words["marked"].format(kinds=", ".join(dict.fromkeys(str(one["kind"]) for one in odd))))
        title = one_line(each["strategy"]["title"])
        rows.append([title, words[each["verdict"]], *tally_cells(each), "; ".join(notes)])
    return rows


def examples(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Pairs to show: won and lost ones in turn, so that no one-sided picture comes out."""
    pairs = [each for each in facts["pairs"] if each.get("arm", "retrieved") == "retrieved"]
    pairs = [each for each in pairs if "arm" in each] or pairs
    won = [each for each in pairs if each["outcome"] > 0]
    lost = [each for each in pairs if each["outcome"] < 0]
    even = [each for each in pairs if each["outcome"] == 0 and each["one"]["text"] != each["other"]["text"]]
    taken = [group.pop(0) for _ in range(EXAMPLES) for group in (won, lost, even) if group]
    return taken[:EXAMPLES]


def contrasts(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Contrasts to show: those that gave a draft first. Each is one situation's last round, with its drafts whole.

    ``{"turns", "student", "teacher", "strategies", "outcome", "stopped"}``
    """
    written = {each["id"]: each for each in (*(one["strategy"] for one in facts["drafts"]), *facts["dropped"])}
    found = []
    for each in facts["contrasts"]:
        if each["rounds"]:
            last = next((one for one in reversed(each["rounds"]) if one["drafts"]), each["rounds"][-1])
            found.append({
                "turns": each["situation"]["turns"], "student": last["attempt"]["text"], "teacher": last["answer"],
                "strategies": [written[name] for name in last["drafts"]], "outcome": last["outcome"],
                "stopped": each["stopped"],
            })  # fmt: skip
    return sorted(found, key=lambda each: not each["strategies"])[:EXAMPLES]


def strategy_lines(strategy: Mapping[str, Any]) -> list[str]:
    """A draft as it is read beside the answers: title, priorities, rules, steps."""
    steps = [f"{number}. {step}" for number, step in enumerate(strategy["steps"], 1)]
    return [strategy["title"], *(f"- {each}" for each in (*strategy["priorities"], *strategy["decide"])), *steps]


def outcome_word(contrast: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """What came of a contrast, and why its situation was left."""
    tried = {1: "improved", 0: "even", -1: "worse", None: "no_judgement"}[contrast["outcome"]]
    stopped = words[f"stopped_{contrast['stopped']}"]
    return f"{words['tried']}: {words[tried]}. {stopped}" if contrast["strategies"] else stopped


def notes(facts: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    """What could not be told, and how far the judge can be trusted."""
    seen = [each for each in facts["pairs"] if seen_by_judge(each)]
    lines = [words["wavering"].format(count=sum(bool(each["wavers"]) for each in seen), total=len(seen))]
    if unjudged := facts.get("unjudged"):
        lines.append(words["unjudged"].format(count=unjudged))
    lines += [
        words["failures"].format(count=count, reason=one_line(reason)) for reason, count in facts["failures"].items()
    ]
    agreed = facts["agreement"]
    if agreed is None:
        lines.append(words["nobody"])
    else:
        kappa = "-" if agreed["kappa"] is None else f"{agreed['kappa']:.2f}"
        lines.append(words["agreement"].format(**{**agreed, "people": ", ".join(agreed["people"]), "kappa": kappa}))
    return lines


def head(facts: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    """Which run, by whom, with whom."""
    plan = facts["plan"]
    counts = facts["situations"]
    lines = [
        f"{words['run']}: {facts['run']} ({plan['kind']}), {plan['created']}, {facts['yes']['by']}",
        f"{words['student']}: {plan['student']['model']}; {words['teacher']}: {plan['model']} ({plan['host']}); "
        f"{words['seed']}: {plan['seed']}",
        f"{words['situations']}: " + ", ".join(f"{counts[name]} {words[name]}" for name in ("train", "gate", "sealed")),
    ]
    return [*lines, words["practice"]] if plan["student"]["practice"] else lines


def spent(facts: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Calls, tokens, money, time."""
    took = facts["spent"]
    return words["spent"].format(
        calls=f"{took['calls']:,}", tokens_in=f"{took['tokens_in']:,}", tokens_out=f"{took['tokens_out']:,}",
        money=f"{took['money']:.4f}", minutes=round(facts["seconds"] / 60),
    )  # fmt: skip


def _blocks(facts: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    yield f"# {words['title']}"
    yield "\n".join(f"- {_plain(each)}" for each in head(facts, words))
    tallied = [words["wins"], words["losses"], words["even"], words["net"]]
    yield f"## {words['uplift']}"
    if rows := arm_rows(facts, words):
        yield _table([words["arm"], *tallied, words["broken"]], rows)
    else:
        yield words["nothing"]
    if topics := facts["sealed"]["topics"]:
        yield f"## {words['topics']}"
        yield _table([words["draft"], *tallied], [[name or "-", *tally_cells(each)] for name, each in topics.items()])
    if rows := draft_rows(facts, words):
        yield f"## {words['drafts']}"
        yield _table([words["draft"], words["verdict"], *tallied, ""], rows)
        yield words["dropped"].format(count=len(facts["dropped"]))
    if told := contrasts(facts):
        yield f"## {words['contrasts']}"
        for one in told:
            yield from _contrast(one, words)
    if shown := examples(facts):
        yield f"## {words['examples']}"
        for each in shown:
            yield from _example(each, words)
    yield f"## {words['untold']}"
    yield "\n".join(f"- {_plain(each)}" for each in notes(facts, words))
    yield f"## {words['cost']}"
    yield spent(facts, words)


def _contrast(contrast: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    for turn in contrast["turns"]:
        yield f"**{words[turn['role']]}**\n\n{_quoted(turn['text'])}"
    yield f"{words['student']}\n\n{_quoted(contrast['student'])}"
    yield f"{words['teacher']}\n\n{_quoted(contrast['teacher'])}"
    for each in contrast["strategies"]:
        yield f"{words['draft']}\n\n{_quoted(chr(10).join(strategy_lines(each)))}"
    yield _plain(outcome_word(contrast, words))


def _example(pair: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    for turn in pair["situation"]["turns"]:
        yield f"**{words[turn['role']]}**\n\n{_quoted(turn['text'])}"
    verdict = words[{1: "wins", -1: "losses", 0: "even"}[pair["outcome"]]]
    yield f"{words['without']}\n\n{_quoted(pair['one']['text'])}"
    judged = f"{words['judge']}: {verdict}. {_plain(one_line(pair['why']))}"
    yield f"{words['with']} ({judged})\n\n{_quoted(pair['other']['text'])}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(_plain(cell) for cell in line) + " |" for line in lines)


def _plain(text: str) -> str:
    """``text`` without what Markdown or the HTML in it would act on."""
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{each}" if each in "\\`*_[]|#" else each for each in text)


def _quoted(text: str) -> str:
    return "\n".join(f"> {_plain(line)}  " for line in (clean(text) or "-").splitlines())
