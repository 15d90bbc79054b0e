"""One search straight from the kept file: the same as the index gives, and only of the library that it was kept of."""

from __future__ import annotations

from pathlib import Path

import pytest

from denju.retrieval.cold import ColdSearch
from denju.retrieval.search import Retriever
from denju.retrieval.widening import widened
from denju.values import Candidate, Match, Strategy, Turn

LATE = Strategy(
    id="late", title="Late delivery", situation="Parts are overdue", steps=("Apologise",),
    cues=tuple(f"Where is order {number}, it is late" for number in range(12)),
)  # fmt: skip
SCRATCH = Strategy(
    id="scratch-ja", title="傷", situation="部品の傷", language="ja",
    cues=tuple(f"部品{number}個に傷があります" for number in range(12)),
)  # fmt: skip
SCRATCH_EN = Strategy(
    id="scratch-en", title="Scratched parts", situation="The surface has scratches", translation_of="scratch-ja",
    cues=("The parts are scratched",),
)  # fmt: skip
DENT_EN = Strategy(
    id="dent-en", title="Dented parts", situation="The housing has a dent", translation_of="scratch-ja",
    cues=("The housing is dented",),
)  # fmt: skip
LIBRARY = (LATE, SCRATCH, SCRATCH_EN, DENT_EN)
DIGEST = "sha256:1"


def strategy(strategy_id: str, revision: int) -> Strategy:
    return next(each for each in LIBRARY if (each.id, each.revision) == (strategy_id, revision))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library" / "search.index"


@pytest.fixture
def retriever(path: Path) -> Retriever:
    retriever = Retriever(LIBRARY, cache=path, library=DIGEST)
    retriever.prepare()
    return retriever


def found(match: Match) -> list[Candidate]:
    return [each for each in (match.best, *match.runners_up) if each is not None]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "text",
    [
        "The order is late, and the parts are scratched",
        "The housing is dented",
        "部品に傷がありました。",
        "late",
        "nobody knows",
        "Hello!",
        "",
    ],
)
def test_it_is_what_the_index_gives(retriever: Retriever, path: Path, text: str, language: str) -> None:
    turns = [Turn("customer", "部品が届きません"), Turn("customer", text)]
    cold = ColdSearch.of(path, DIGEST, strategy)
    assert cold is not None
    for limit in (1, 5):
        expected = retriever.search(turns, language=language, limit=limit)
        match = cold.search(turns, language=language, limit=limit)
        assert (match.kind, match.threshold) == (expected.kind, expected.threshold)
        assert [(each.strategy, each.terms) for each in found(match)] == [
            (each.strategy, each.terms) for each in found(expected)
        ]
        assert [each.score for each in found(match)] == pytest.approx([each.score for each in found(expected)])
        assert [each.confidence for each in found(match)] == pytest.approx(
            [each.confidence for each in found(expected)]
        )


def test_scores_are_those_of_the_index(retriever: Retriever, path: Path) -> None:
    query = {"late": 1.0, "ordre": 0.5, "scratchy": 1.0, "傷": 0.8, "unknown": 1.0, "4711": 1.0, "overdu": 1.0}
    cold = ColdSearch.of(path, DIGEST, strategy)
    assert cold is not None
    built, _ = retriever._state
    asked = built.index.widened(query)
    expected = built.index.score(built.calibration.factors.applied(built.index.find(asked)))
    scores, _, reach = cold.scored(widened(query, cold._alike))
    assert len(asked.keys) > len(query)
    assert scores == pytest.approx(expected.scores.tolist())
    assert reach == pytest.approx(expected.reach)


@pytest.mark.usefixtures("retriever")
def test_it_is_not_believed_of_another_library_or_damaged(path: Path) -> None:
    assert ColdSearch.of(path, "sha256:2", strategy) is None
    assert ColdSearch.of(path.with_name("other"), DIGEST, strategy) is None
    whole = bytearray(path.read_bytes())
    whole[-9] ^= 4
    path.write_bytes(whole)
    assert ColdSearch.of(path, DIGEST, strategy) is None
