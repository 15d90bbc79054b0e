"""A student that does exactly what stands in its prompt: one known sentence for each step of the strategy."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from denju.events import Progress, Token
from denju.student.port import Generated, Piece, Sampling, StudentCard
from denju.testing import FakeStudent
from practice import acts
from scripted_teacher import HERE, plain

_STEPS = {
    step: act
    for part in sorted((Path(HERE) / "practice" / "starter").glob("*.json"))
    for step, act in json.loads(part.read_text("utf-8"))["steps"].items()
}


class ObedientStudent(FakeStudent):
    """Without a strategy it thanks for the message. It is not the practice student, and says so."""

    def card(self) -> StudentCard:
        return replace(super().card(), context=8_192)

    def generate(
        self, pieces: Sequence[Piece], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | Token | Generated]:
        guidance = next(piece for piece in pieces if isinstance(piece, str))
        known = acts.load("ja" if "答える" in guidance else "en")
        asked = [_STEPS.get(step) for step in re.findall(r"(?m)^\d+\. (.+)$", guidance)]
        said = [plain(known[act].replies) for act in asked if act] or [plain(known["thank_contact"].replies)]
        self.answers = ("\n".join(said),)
        yield from super().generate(pieces, replace(sampling, max_tokens=1_000), cancel)
