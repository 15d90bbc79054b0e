"""A person's sheet: the pairs that the judge judged, blind and in an order of their own, and how far both agree."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denju.answering.lines import LineFile
from denju.egress.lock import locked
from denju.errors import NotFound, UsageError
from denju.learning.folder import Folder
from denju.values import Turn, now

OUTCOMES = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair to be judged; nothing says which answer is which."""

    name: str
    turns: tuple[Turn, ...]
    first: str
    second: str


class Sheet:
    """All pairs of one finished run that the judge saw."""

    def __init__(self, folder: Folder) -> None:
        """``folder`` must hold a result.

        Raises:
            NotFound: the run is not at its end.
        """
        self._folder = folder
        result = folder.result()
        if result is None:
            raise NotFound(f"{folder.path.name} is not at its end.", "denju learn resume goes on with it.")
        self._pairs = {each["name"]: each for each in result["pairs"] if seen_by_judge(each)}
        self._file = LineFile(folder.judged)
        self._seed = folder.plan().seed

    def pairs(self, by: str) -> Iterator[Pair]:
        """What ``by`` has not judged yet, in an order drawn from the run's seed."""
        judged = {each["pair"] for each in self._lines() if each["by"] == by}
        names = sorted(self._pairs)
        for name in random.Random(f"{self._seed} sheet").sample(names, len(names)):
            if name not in judged:
                each = self._pairs[name]
                turns = tuple(Turn(turn["role"], turn["text"]) for turn in each["situation"]["turns"])
                texts = each["one"]["text"], each["other"]["text"]
                yield Pair(name, turns, *(texts[::-1] if self._swapped(name) else texts))

    def judge(self, name: str, choice: str, by: str) -> None:
        """Keep what a person thinks: ``1`` the first is better, ``2`` the second, ``=`` they are even.

        Raises:
            UsageError: another choice, or no such pair.
        """
        if name not in self._pairs or choice not in ("1", "2", "="):
            raise UsageError("That is no judgement.", "Say 1, 2 or = of a pair of the sheet.")
        outcome = {"1": -1, "2": 1, "=": 0}[choice] * (-1 if self._swapped(name) else 1)
        with locked(self._folder.path / "judged.lock"):
            self._file.append({"pair": name, "outcome": outcome, "by": by, "at": now()})

    def agreement(self) -> dict[str, Any] | None:
        """How far people and the judge agree; None where nobody judged.

        ``{"pairs", "same", "kappa", "people"}``: pairs judged by a person, how many of these the judge says the same
        of as all who judged them, and Cohen's kappa of all judgements over better, worse and even (None where chance
        alone would agree always).
        """
        newest = {(each["pair"], each["by"]): each["outcome"] for each in self._lines()}
        both = [(outcome, self._pairs[name]["outcome"]) for (name, _), outcome in newest.items()]
        if not both:
            return None
        pairs = {name for name, _ in newest}
        apart = {name for (name, _), outcome in newest.items() if outcome != self._pairs[name]["outcome"]}
        people = sorted({by for _, by in newest})
        return {"pairs": len(pairs), "same": len(pairs - apart), "kappa": kappa(both), "people": people}

    def _swapped(self, name: str) -> bool:
        return random.Random(f"{self._seed} {name}").random() < 0.5

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        for line in self._file.forwards():
            try:
                data = json.loads(line)
            except ValueError:
                continue
            if isinstance(data, dict) and data.get("pair") in self._pairs and data.get("outcome") in OUTCOMES:
                yield data


def seen_by_judge(pair: Mapping[str, Any]) -> bool:
    """Whether the judge saw a pair of a result; an older one does not say, but that the same answer is never shown."""
    return bool(pair.get("judged", pair["one"]["text"] != pair["other"]["text"]))


def kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Cohen's kappa (1960): agreement beyond chance, as a share of what is possible beyond chance."""
    count = len(pairs)
    agreed = sum(one == other for one, other in pairs) / count
    chance = sum(
        sum(one == each for one, _ in pairs) * sum(other == each for _, other in pairs) for each in OUTCOMES
    ) / count**2  # fmt: skip
    return None if chance == 1 else round((agreed - chance) / (1 - chance), 4)
