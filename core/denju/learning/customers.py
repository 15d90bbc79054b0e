"""Situations of a run: those that were given, and those in which the teacher plays the card's customers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from denju.learning.card import Card
from denju.learning.errands import MESSAGES_A_CALL, Errand, conversation, read_text, read_texts
from denju.learning.shelf import Shelf
from denju.learning.situations import Situation, divided, merged
from denju.learning.work import Work
from denju.values import Strategy, Turn


def situations(work: Work, given: Sequence[Situation], serving: Sequence[Strategy]) -> list[Situation]:
    """All of them, each with its purpose; near-duplicates are merged before the card's customers are divided.

    Those that were given keep the purpose that a person saw before the yes. ``serving`` is what the student answers
    with where customers go on.
    """
    plan, sizes = work.plan, work.plan.sizes
    played = _customers(work, plan.card) if plan.card else []
    found = merged([*given, *played])
    own = {each.id for each in played}
    parted = divided([each for each in found if each.id in own], (sizes.train, sizes.gate, sizes.sealed), plan.seed)
    # Drawn, so that no topic has its conversations with the teacher alone.
    rounds = random.Random(f"{plan.seed} rounds").sample(range(len(parted)), len(parted))
    shelf = Shelf(serving)
    talked = {place: _talked(work, parted[place], number / len(parted), shelf) for number, place in enumerate(rounds)}
    return [*(each for each in found if each.id not in own), *(talked[place] for place in range(len(parted)))]


def _customers(work: Work, card: Card) -> list[Situation]:
    found: list[Situation] = []
    for number, topic in enumerate(card.topics or _topics(work, card)):
        left = work.plan.sizes.per_topic()
        for batch in range(-(-left // MESSAGES_A_CALL)):
            wanted = min(left, MESSAGES_A_CALL)
            left -= wanted
            name = f"customers/{number}/{batch}"
            data = {"card": card.told(), "topic": topic, "wanted": wanted, "batch": batch + 1}
            messages = work.asked(name, Errand("customers", card.language, data), read_texts("messages", wanted))
            found += [
                Situation(f"c{number:02}{batch:02}{index:02}", (Turn("customer", message),), topic,
                          {"kind": "teacher", "of": name})
                for index, message in enumerate(messages.value or ())
            ]  # fmt: skip
    return found


def _topics(work: Work, card: Card) -> list[str]:
    wanted = work.plan.sizes.topics
    data = {"card": card.told(), "wanted": wanted}
    return work.asked("topics", Errand("topics", card.language, data), read_texts("topics", wanted)).value or []


def _talked(work: Work, situation: Situation, how_late: float, shelf: Shelf) -> Situation:
    """With more turns: early ones talk mostly with the teacher, later ones with the student, as far as it gets.

    ``how_late``: 0 for the first round, towards 1 for the last.
    """
    turns = situation.turns
    rng = random.Random(f"{work.plan.seed} {situation.id} turns")
    for number in range(rng.randrange(work.plan.sizes.turns)):
        name = f"turn/{situation.id}/{number}"
        if rng.random() >= how_late:
            answer = work.taught(f"{name}/agent", turns)
        else:
            answer = work.tried(f"{name}/student", shelf, turns)
        if answer is None or not answer.text:
            break
        answered = (*turns, Turn("agent", answer.text))
        data = {"card": work.told_card(), "topic": situation.topic, "conversation": conversation(answered)}
        said = work.asked(f"{name}/customer", Errand("customer", situation.language, data), read_text("message"))
        if said.value is None:
            break
        turns = (*answered, Turn("customer", said.value))
    return replace(situation, turns=turns)
