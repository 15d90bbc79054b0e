"""The practice student's evaluation: what stands by hand, what cases ask for, and what judges hear."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from denju.student.prompt import Guidance
from denju.values import Turn
from practice import acts, evaluation, judging, material, unseen
from practice.cases import Asked, Cases, by_hand
from practice.desk import Desk
from practice.generator import ANGRY_CUE
from practice.judging import Reply

LANGUAGES = pytest.mark.parametrize("language", acts.LANGUAGES)
LIKE_NOTHING = 0.3
"""Shared letter groups below which a step is worded unlike another."""


@pytest.fixture(scope="module")
def drawn() -> Cases:
    return Cases(3)


@pytest.fixture(scope="module")
def desks() -> dict[str, Desk]:
    return {language: Desk(language) for language in acts.LANGUAGES}


def known_steps(desk: Desk) -> set[str]:
    """Every wording of a step that training or the other rows have."""
    held_out = {text for act in desk.acts.values() for text in act.steps_held_out}
    always = {step for each in (*desk.policies, *desk.general) for step in each.steps}
    return held_out | always | {text for texts in desk.wordings.values() for text in texts}


def letters(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def groups(text: str, size: int) -> set[str]:
    text = letters(text)
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def likeness(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


# Strategies by hand


@LANGUAGES
def test_strategies_by_hand_are_well_formed(language: str) -> None:
    found = [each for each in by_hand() if each.taught.strategy.language == language]
    assert len(found) == 20
    assert len({each.taught.strategy.title for each in found}) == 20
    assert sum(bool(each.taught.strategy.priorities) for each in found) >= 5
    assert sum(bool(each.taught.strategy.decide) for each in found) >= 4
    for each in found:
        strategy = each.taught.strategy
        assert strategy.situation
        assert 2 <= len(strategy.steps) <= 6
        assert len(each.messages) == 2
        assert all(text.strip() for text, _ in each.messages)
        assert len(set(each.taught.acts)) == len(each.taught.acts)
        assert {*each.taught.acts, *each.rule} <= set(acts.load(language))
        assert len(each.rule) == (2 if strategy.decide else 0)


@LANGUAGES
def test_steps_by_hand_stand_nowhere_else(language: str, desks: dict[str, Desk]) -> None:
    desk = desks[language]
    known = known_steps(desk)
    spelt = {letters(text) for text in known}
    steps = [
        step for each in by_hand() if each.taught.strategy.language == language for step in each.taught.strategy.steps
    ]
    assert [step for step in steps if letters(step) in spelt] == []
    size = 2 if language == "ja" else 3
    against = [groups(text, size) for text in known]
    new = [step for step in steps if max(likeness(groups(step, size), each) for each in against) < LIKE_NOTHING]
    assert len(new) >= 5
    trained = {cue for taught in desk.starter for cue in taught.strategy.cues} | {rule for rule, _ in desk.rules}
    messages = {text for each in by_hand() for text, _ in each.messages}
    assert not trained & (messages | {rule for each in by_hand() for rule in each.taught.strategy.decide})


def test_a_rule_by_hand_holds_for_one_message_only(drawn: Cases) -> None:
    cases = [case for language in acts.LANGUAGES for case in drawn.of("by hand", language, 400)]
    assert len(cases) == 80
    ruled = [asked for (asked,) in cases if asked.guidance.strategy and asked.guidance.strategy.decide]
    for calm, other in zip(ruled[::2], ruled[1::2], strict=True):
        assert calm.plan[0] != other.plan[0]
        assert calm.plan[1:] == other.plan[1:]
        assert calm.instead == other.plan[0]


# Cases


def test_names_and_nouns_are_none_of_the_training() -> None:
    assert not set(unseen.SURNAMES_JA) & set(material.SURNAMES_JA)
    assert not set(unseen.FIRST_EN) & set(material.FIRST_EN)
    assert not set(unseen.LAST_EN) & set(material.LAST_EN)
    for language in acts.LANGUAGES:
        assert not set(unseen.NOUNS[language]) & set(material.PRODUCTS[language])


@LANGUAGES
@pytest.mark.parametrize("kind", evaluation.KINDS)
def test_a_kind_is_the_same_whatever_else_is_drawn(kind: str, language: str, drawn: Cases) -> None:
    drawn.of("wrong", "en", 1)
    first = drawn.of(kind, language, 2)
    assert len(first) == 2
    assert drawn.of(kind, language, 2) == first
    assert all(
        asked.turns[-1].role == "customer" and asked.guidance.language == language for case in first for asked in case
    )


@LANGUAGES
def test_cases_are_what_their_row_says(language: str, drawn: Cases, desks: dict[str, Desk]) -> None:
    starter = {taught.strategy.steps for taught in desks[language].starter}
    for (asked,) in drawn.of("shuffled", language, 20):
        assert asked.guidance.strategy
        assert asked.guidance.strategy.steps not in starter
        assert sorted(asked.guidance.strategy.steps) in [sorted(steps) for steps in starter]
    for (asked,) in drawn.of("bare", language, 5):
        assert asked.guidance.strategy is None
        assert asked.plan
    for (asked,) in drawn.of("copied", language, 20):
        assert asked.values
        assert all(value in asked.turns[0].text for value in asked.values)
    for (asked,) in drawn.of("second", language, 20):
        assert asked.plan
        assert not set(asked.plan) & set(asked.done)
    for calm, angry in drawn.of("moods", language, 20):
        assert calm.guidance == angry.guidance
        assert calm.plan[0] != angry.plan[0]
        assert calm.turns != angry.turns


@LANGUAGES
def test_no_prompt_is_asked_twice(language: str, drawn: Cases) -> None:
    asked = [each.given() for case in drawn.of("none", language, 60) for each in case]
    assert len(asked) == len({*asked}) == 60


@LANGUAGES
def test_steps_written_by_hand_count_without_what_a_rule_puts_before_them(language: str, drawn: Cases) -> None:
    cases = [asked for (asked,) in drawn.of("by hand", language, 40)]
    assert any(asked.ruled for asked in cases)
    for asked in cases:
        assert asked.guidance.strategy
        steps = len(asked.guidance.strategy.steps)
        assert len(asked.plan) == steps + asked.ruled
        text = "\n".join(drawn.draw.sentence(language, act, {}, {}) for act in asked.plan[-steps:])
        assert judging.every_step(Reply(asked, text)), text


@LANGUAGES
def test_a_calm_message_tells_of_nothing_in_anger(language: str, drawn: Cases) -> None:
    said = material.UNSEEN
    for calm, angry in drawn.of("moods", language, 40):
        assert not ANGRY_CUE.search(calm.turns[0].text)
        assert any(text in calm.turns[0].text for text in said["calm"][language])
        assert any(text in angry.turns[0].text for text in said["angry"][language])


@LANGUAGES
def test_the_training_s_own_replies_pass(language: str, drawn: Cases) -> None:
    for kind in ("starter", "shuffled", "held out", "by hand", "wrong", "moods", "decided", "second", "fallback"):
        for asked in [asked for case in drawn.of(kind, language, 3) for asked in case]:
            slots: dict[str, str] = {}
            text = "\n".join(drawn.draw.sentence(language, act, slots, {}) for act in asked.plan)
            reply = Reply(asked, text)
            assert judging.every_step(reply), text
            assert judging.nothing_again(reply), text
            assert reply.invented == ()
            if kind in ("moods", "decided"):
                assert judging.rule_followed(reply)
                assert not judging.rule_followed(replace_plan(reply))
            if kind == "second":
                assert judging.goes_on(reply)
                again = drawn.draw.sentence(language, asked.done[0], slots, {})
                assert not judging.goes_on(Reply(asked, f"{text}\n{again}"))


def replace_plan(reply: Reply) -> Reply:
    """The reply under a rule that asks for something else first."""
    return Reply(replace(reply.asked, plan=("offer_visit", *reply.asked.plan)), reply.text)


# Judges


def asked(language: str, text: str, **more: object) -> Asked:
    return replace(Asked(Guidance(language), (Turn("customer", text),), ()), **more)  # type: ignore[arg-type]


def test_invented_names_and_numbers_are_found_and_flagged() -> None:
    english = asked("en", "Hello, this is Zoe Marsh. Order PO-4711, 1,200 pieces.")
    clean = (
        "Dear Zoe Marsh,\nThank you for the order PO-4711 over 1200 pieces.\nIt comes on [to confirm: delivery date]."
    )
    assert Reply(english, clean).invented == ()
    made_up = Reply(english, "Dear David,\nWe are checking PO-47 and 30% of it.")
    assert made_up.invented == ("PO-47", "30", "David")
    assert all(map(made_up.flagged, made_up.invented))
    japanese = asked("ja", "三宅です。注文番号はＡ－120です。12個と3箱です。")
    assert Reply(japanese, "三宅様、\nA-120の12個を確認いたします。").invented == ()
    assert Reply(japanese, "井上様、\nA-121を確認いたします。").invented == ("A-121", "井上")
    # An address is a line's beginning of its own, not a sentence in which somebody is called 様.
    assert Reply(japanese, "会社名とご担当者様のお名前をお知らせください。").invented == ()


@LANGUAGES
def test_a_stated_fact_is_invented_as_a_whole(language: str) -> None:
    sentence = next(text for text in acts.load(language)["give_date"].replies if "{value}" in text)
    value = {"ja": "2月3日", "en": "2 March"}[language]
    given = asked(language, {"ja": "2個を3月までに", "en": "2 pieces by March"}[language])
    assert Reply(given, sentence.format(value=value)).invented == (value,)


def test_a_sign_too_few_is_copied_wrongly_and_not_invented() -> None:
    given = asked("en", "It is about bearing 479-ON38 and PO 4711, by Friday, 22 January.")
    sentence = next(text for text in acts.load("en")["give_date"].replies if "{value}" in text)
    assert Reply(given, f"{sentence.format(value='Friday 22 January')}\nIt's bearing479-ON38 of PO4711.").invented == ()
    assert Reply(given, f"{sentence.format(value='Friday 2 January')}").invented == ("2", "Friday 2 January")
    assert Reply(given, "It's bearing79-ON38 of PO471.").invented == ("bearing79-ON38", "PO471")


def test_what_is_copied_must_be_exact() -> None:
    wanted = asked("en", "", address="Dear Zoe Marsh,", values=("PO-4711", "20 pcs"))
    assert judging.copied(Reply(wanted, "Dear Zoe Marsh,\nPO-4711 over 20 pcs.")) == [True, True, True]
    assert judging.copied(Reply(wanted, "Dear Zoe,\nPO-47111 over 120 pcs.")) == [False, False, False]


@LANGUAGES
def test_a_mark_must_stand_where_the_fact_is_stated(language: str) -> None:
    sentence = acts.load(language)["give_date"].replies[0]
    mark = {"ja": "［要確認：納期］", "en": "[to confirm: delivery date]"}[language]
    wanted = asked(language, "", marks=(("give_date", mark),))
    assert judging.marked(Reply(wanted, sentence.format(value=mark)))
    assert not judging.marked(Reply(wanted, sentence.format(value={"ja": "5月2日", "en": "2 May"}[language])))
    elsewhere = acts.load(language)["offer_help"].replies[0]
    assert not judging.marked(Reply(wanted, elsewhere))


@LANGUAGES
def test_a_general_reply_binds_nobody(language: str) -> None:
    worded = acts.load(language)

    def said(*names: str) -> Reply:
        texts = [next(text for text in worded[name].replies if "{" not in text) for name in names]
        return Reply(asked(language, ""), "\n".join(texts))

    assert judging.general(said("thank_contact", "ask_detail", "no_promise"))
    assert not judging.general(said("thank_contact", "offer_replacement"))
    assert not judging.general(said("no_promise"))
    assert not judging.general(said())


def test_wilson_gives_the_known_interval() -> None:
    low, high = evaluation.wilson(95, 100)
    assert (round(low, 4), round(high, 4)) == (0.8882, 0.9785)
    assert evaluation.wilson(0, 40)[0] == 0.0
    assert evaluation.wilson(40, 40)[1] == 1.0


def test_the_table_has_a_line_for_every_row(drawn: Cases) -> None:
    replies = evaluation.Replies()
    for language in acts.LANGUAGES:
        for case in drawn.of("starter", language, 2):
            replies.add("starter", language, case, [""])
    lines = evaluation.table(replies).splitlines()
    shown = [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ") and "---" not in line]
    assert shown == [
        "cases",
        *(row.label for row in evaluation.ROWS),
        "besides",
        *(row.label for row in evaluation.EXTRA_ROWS),
    ]
    assert "| 0.0 % (0.0–65.8), 0 of 2 | 0.0 % (0.0–65.8), 0 of 2 | ≥ 95 % | 99 % |" in lines[2]
    failing = [row for row in (*evaluation.ROWS, *evaluation.EXTRA_ROWS) if row.kind == "starter"]
    assert evaluation.failures(replies, 1).count("**") == 2 * len(failing) * len(acts.LANGUAGES)
