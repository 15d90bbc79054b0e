"""What is to be learnt from: a situation in a person's words, or a conversation that went badly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denju.answering.history import Entry
from denju.errors import UsageError
from denju.text import clean
from denju.values import Turn


@dataclass(frozen=True, slots=True)
class Case:
    """One case, nothing hidden in it yet."""

    situation: str = ""
    """In a person's words; with a conversation, what was wrong with the answer."""
    conversation: tuple[Turn, ...] = ()
    """Oldest turn first, the customer's last."""
    answer: str = ""
    """What the student answered to it; empty when it was not asked."""
    followed: str | None = None
    """Id of the strategy that the answer followed."""


def of_situation(text: str) -> Case:
    """A case described by a person.

    Raises:
        UsageError: there is no text.
    """
    if not (situation := clean(text).strip()):
        raise UsageError("There is no situation.", "Describe in a sentence or two what customers want, and how.")
    return Case(situation=situation)


def of_conversation(turns: Sequence[Turn], situation: str = "") -> Case:
    """A conversation; when the agent spoke last, that is the answer to be bettered.

    Raises:
        UsageError: no customer speaks in it.
    """
    spoken = [Turn(turn.role, clean(turn.text).strip()) for turn in turns]
    answer = ""
    while spoken and spoken[-1].role == "agent":
        answer = spoken.pop().text + (f"\n{answer}" if answer else "")
    if not any(turn.text for turn in spoken):
        raise UsageError("No customer says anything in this conversation.", "Give their messages too.")
    return Case(clean(situation).strip(), tuple(spoken), answer)


def of_answer(entry: Entry, situation: str = "") -> Case:
    """An answer of the history, with what a person thought of it.

    Raises:
        UsageError: the history does not keep texts.
    """
    if not entry.messages:
        raise UsageError(
            f"The history holds no texts of {entry.id}.", "Give the conversation as a file: --conversation FILE"
        )
    why = situation or (entry.rated.why if entry.rated is not None else "")
    used = entry.record.get("strategy")
    case = of_conversation([*entry.messages, Turn("agent", str(entry.record.get("answer", "")))], why)
    return Case(case.situation, case.conversation, case.answer, str(used["id"]) if isinstance(used, dict) else None)
