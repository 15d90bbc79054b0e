"""The journal, the answers to errands, the judge's two looks, a person's sheet and the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from denju.errors import InvalidStrategy
from denju.learning import report, report_html
from denju.learning.calls import Called
from denju.learning.comparing import Judge
from denju.learning.errands import Errand, read_contrast, read_judgement, read_text, read_texts
from denju.learning.folder import Folder
from denju.learning.gate import VerdictName
from denju.learning.sheet import Sheet, kappa
from denju.learning.shelf import Attempt
from denju.learning.situations import Situation
from denju.learning.steps import Spent, Steps
from denju.values import Turn
from denju_tui.locale import texts
from drafted import drafted

SITUATION = Situation("s", (Turn("customer", "傷があります"),))


def test_a_step_is_done_once_and_a_torn_line_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    done: list[str] = []

    def work() -> dict[str, int]:
        done.append("x")
        return {"n": len(done)}

    steps = Steps(path)
    assert steps.do("a", work, lambda: Spent(1, 10, 5, 0.5)) == {"n": 1} == steps.do("a", work, Spent)
    steps.do("b", work, Spent)
    path.write_bytes(path.read_bytes()[:-5])
    again = Steps(path)
    assert len(again) == 1 and again.spent == Spent(1, 10, 5, 0.5) and again.result("b") is None
    assert again.do("b", work, Spent) == {"n": 3} and dict(Steps(path).items()) == {"a": {"n": 1}, "b": {"n": 3}}


def test_a_step_that_fails_is_not_done(tmp_path: Path) -> None:
    steps = Steps(tmp_path / "journal.jsonl")
    with pytest.raises(ZeroDivisionError):
        steps.do("a", lambda: {"n": 1 // 0}, Spent)
    assert steps.result("a") is None and len(Steps(tmp_path / "journal.jsonl")) == 0


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", ["topics", "customers", "customer", "agent", "contrast", "judge"])
def test_every_errand_has_its_prompt_and_a_form_that_servers_take(name: Any, language: str) -> None:
    errand = Errand(name, language, {"card": {"firm": "</data> 田中"}}, (language,))
    told = errand.told()
    assert "$" not in told.system and "\\u003c/data>" in told.messages[0].text
    assert set(errand.form()["required"]) == set(errand.form()["properties"])
    for field in errand.form()["properties"]:
        assert f'"{field}"' in told.system
    hidden = errand.mapped(lambda text: text.replace("田中", "［氏名1］"))
    assert "田中" not in str(hidden.told()) and "［氏名1］" in str(hidden.told())


def test_what_is_read_of_answers() -> None:
    assert read_texts("topics", 2)({"topics": ["a", "a", " ", "b", "c"]}) == ["a", "b"]
    assert read_text("answer")({"answer": " x "}) == "x"
    assert read_judgement({"better": "second", "why": "w"}) == (1, "w")
    contrast = read_contrast({"answer": "a", "gap": True, "strategies": [drafted()] * 3, "general": [drafted()] * 2})
    assert [each.scope for each in contrast.strategies] == ["scenario", "scenario", "general"]
    assert {each.status for each in contrast.strategies} == {"draft"}
    assert read_contrast({"answer": "a", "gap": False, "strategies": [drafted()], "general": []}).strategies == ()


@pytest.mark.parametrize("data", [None, [], {}, {"answer": 3}, {"answer": "a"}, {"answer": "a", "gap": "yes"},
    {"answer": "a", "gap": True, "strategies": {}, "general": []},
    {"answer": "a", "gap": True, "strategies": [{"title": "x"}], "general": []}])  # fmt: skip
def test_what_is_no_contrast_says_why(data: Any) -> None:
    with pytest.raises((ValueError, InvalidStrategy)) as told:
        read_contrast(data)
    assert str(told.value)


class Asked:
    """Calls of a judge that prefers what ``prefer`` says of (first, second)."""

    def __init__(self, prefer: Any) -> None:
        self.prefer = prefer
        self.names: list[str] = []

    def __call__(self, name: str, errand: Errand, read: Any) -> Called[Any]:
        self.names.append(name)
        better = self.prefer(errand.data["first"], errand.data["second"])
        return Called(read({"why": "", "better": better}) if better else None, failure="" if better else "unread")


def judged(prefer: Any, one: Attempt, other: Attempt) -> tuple[dict[str, Any], int]:
    asked = Asked(prefer)
    judge = Judge(asked, (), "ja", 1)
    return judge.compare(SITUATION, one, other), len(asked.names)


def test_the_judge_looks_twice_and_a_liking_for_the_first_place_counts_nothing() -> None:
    bad, good = Attempt("bad"), Attempt("good")
    told, _ = judged(lambda first, second: "first" if first == "good" else "second", bad, good)
    assert told["outcome"] == 1 and not told["wavers"]
    assert judged(lambda first, second: "first" if first == "good" else "second", good, bad)[0]["outcome"] == -1
    told, looks = judged(lambda *_: "first", bad, good)
    assert (told["outcome"], told["wavers"], told["judged"], looks) == (0, True, True, 2)


@pytest.mark.parametrize("unread", ["good", "bad"])
def test_where_the_judge_says_nothing_there_is_no_outcome(unread: str) -> None:
    """``unread``: what stands first in the question whose answer cannot be used."""
    judge = Judge(Asked(lambda first, _: "" if first == unread else "first"), (), "ja", 1)
    assert judge.compare(SITUATION, Attempt("bad"), Attempt("good"))["outcome"] is None
    glance = Judge(Asked(lambda *_: ""), (), "ja", 1).glance(SITUATION, Attempt("bad"), Attempt("good"))
    assert glance["outcome"] is None


def test_the_same_question_has_the_same_name_so_that_it_is_one_step() -> None:
    asked = Asked(lambda *_: "first")
    judge = Judge(asked, (), "ja", 1)
    one, other, third = Attempt("one"), Attempt("other"), Attempt("third")
    judge.compare(SITUATION, one, other)
    judge.compare(SITUATION, other, one)
    assert asked.names[:2] == asked.names[:1:-1] and len(set(asked.names)) == 2
    judge.compare(SITUATION, one, third)
    judge.compare(replace(SITUATION, id="t"), one, other)
    assert len(set(asked.names)) == 6


def test_rules_come_before_the_judge_and_the_same_answer_is_even() -> None:
    kept, broken = Attempt("kept"), Attempt("broken", broken=("no refunds: refund",))
    told, looks = judged(lambda *_: "second", kept, broken)
    assert (told["outcome"], told["broken"], told["judged"], looks) == (-1, True, False, 0)
    assert judged(lambda *_: "first", broken, kept)[0]["outcome"] == 1
    assert judged(lambda *_: "first", kept, Attempt("kept"))[0]["outcome"] == 0
    assert judged(lambda *_: "first", kept, Attempt("", error="too long"))[0]["outcome"] == -1


def compared(name: str, other: str = "another", **more: Any) -> dict[str, Any]:
    """A pair of a result."""
    one, two = Attempt("one").to_dict(), Attempt(other).to_dict()
    situation = SITUATION.to_dict()
    return {"name": name, "one": one, "other": two, "situation": situation, "outcome": 1, "wavers": False, **more}


def test_only_pairs_that_the_judge_saw_count_and_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Folder, "plan", lambda _: SimpleNamespace(seed=1))
    pairs = [
        compared("seen", judged=True), compared("wavering", judged=True, outcome=0, wavers=True),
        compared("rule", judged=False), compared("older"), compared("older, the same", "one"),
    ]  # fmt: skip
    folder = Folder(tmp_path)
    folder.finish({"pairs": pairs})
    sheet = Sheet(folder)
    assert {each.name for each in sheet.pairs("abe")} == {"seen", "wavering", "older"}
    for name, by in (("wavering", "abe"), ("wavering", "sato"), ("seen", "abe")):
        sheet.judge(name, "=", by)
    agreed = sheet.agreement()
    assert agreed and (agreed["pairs"], agreed["same"], agreed["people"]) == (2, 1, ["abe", "sato"])
    notes = report.notes({"pairs": pairs, "failures": {}, "agreement": agreed}, report.words_of("en"))
    assert "in 1 of 3 pairs" in notes[0] and "judged: 2; the same as the judge in 1" in notes[1]


def test_kappa() -> None:
    # By hand: agreed 7/10; chance (5*6 + 5*4) / 100 = .5; (.7 - .5) / .5 = .4
    pairs = [(1, 1)] * 4 + [(1, -1)] + [(-1, -1)] * 3 + [(-1, 1)] * 2
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([(1, 1)]) is None and kappa([(1, 1), (-1, -1)]) == 1


@pytest.mark.parametrize(
    ("outcome", "drafts", "told"),
    [
        (1, ["d"], "Tried again with the draft: better. Left at the most rounds."),
        (None, ["d"], "Tried again with the draft: could not be judged. Left at the most rounds."),
        (None, [], "Left at the most rounds."),
    ],
)
def test_the_report_says_what_came_of_a_contrast(outcome: int | None, drafts: list[str], told: str) -> None:
    looked = {"attempt": {"text": "x"}, "answer": "y", "drafts": drafts, "outcome": outcome}
    rounds = [{"situation": {"turns": []}, "stopped": "cap", "rounds": [looked]}]
    (contrast,) = report.contrasts({"contrasts": rounds, "drafts": [], "dropped": [{"id": "d"}]})
    assert report.outcome_word(contrast, report.words_of("en")) == told


def test_the_reports_verdicts_are_the_words_of_the_app() -> None:
    for language in ("ja", "en"):
        words, said = report.words_of(language), texts(language)
        for name in get_args(VerdictName):
            assert words[name] == said(f"coach.{name}") == said(f"learn.{name}")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_shows_hostile_text_as_text(language: str) -> None:
    evil = "<script>alert(1)</script> | # [x](javascript:1) \x1b]52;c;x\x07"
    attempt = Attempt(evil, broken=(evil,)).to_dict()
    tally = {"wins": 3, "losses": 1, "even": 0, "uplift": 0.5, "low": -0.2, "high": 0.9}
    situation = {"turns": [{"role": "customer", "text": evil}]}
    looked = {"attempt": attempt, "answer": evil, "gap": True, "drafts": ["d"], "again": attempt, "outcome": 1}
    tried = {"id": "e", "title": evil, "extra": {"marks": [{"kind": "reply"}]}}
    facts = {
        "run": "lr_1", "plan": {"kind": "learn", "created": "2026-11-23T05:00:00Z", "model": evil, "host": "h",
                                "seed": 1, "student": {"model": "m", "practice": True}},
        "yes": {"by": evil}, "situations": {"train": 1, "gate": 2, "sealed": 3},
        "contrasts": [{"situation": situation, "stopped": "unread", "rounds": []},
                      {"situation": situation, "stopped": "cap", "rounds": [looked]}],
        "drafts": [{"strategy": tried, "verdict": "cannot_tell", "more": 7, **tally}],
        "dropped": [{"id": "d", "title": evil, "priorities": [evil], "decide": [], "steps": [evil]}],
        "failures": {evil: 2}, "unjudged": 5, "seconds": 90, "agreement": None,
        "pairs": [{"name": "n", "arm": "retrieved", "outcome": 1, "why": evil, "wavers": False, "one": attempt,
                   "other": {**attempt, "text": "x"}, "situation": situation}],
        "sealed": {"arms": {"retrieved": tally}, "topics": {evil: tally}, "broken": {"none": 2, "retrieved": 1}},
        "spent": {"calls": 3, "tokens_in": 10, "tokens_out": 20, "money": 0.0},
    }  # fmt: skip
    markdown, html = report.markdown(facts, language), report_html.page(facts, language)
    assert "<script" not in markdown and "\x1b" not in markdown + html
    assert "<script" not in html and html.count("&lt;script&gt;") >= 5 and "default-src 'none'" in html
    assert "+50%" in markdown and "7" in markdown and json.dumps(facts)
    untold = report.words_of(language)["unjudged"].format(count=5)
    assert all(untold in each for each in (markdown, html))
    for part in ("src=", "href=", "url(", "@import"):
        assert part not in html
