"""A workbench in the test's home that speaks to a teacher on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from denju.library.store import Library
from denju.testing import FakeStudent
from denju.values import Strategy
from denju.workbench import Workbench
from drafted import answer_text
from loopback.gemini import GeminiServer
from loopback.openai import OpenAIServer


@pytest.fixture(params=["gemini", "openai"])
def server(request: pytest.FixtureRequest) -> Iterator[GeminiServer | OpenAIServer]:
    with (GeminiServer if request.param == "gemini" else OpenAIServer)() as running:
        running.text = answer_text()
        yield running


@pytest.fixture
def opened(isolated: Path) -> Iterator[Callable[..., Workbench]]:
    """Opens the same home again and again, as starts of the program do."""
    benches: list[Workbench] = []

    def open_workbench(server: GeminiServer | OpenAIServer, *, key: str = "", **overrides: str | bool) -> Workbench:
        environ = {"DENJU_HOME": str(isolated / "denju"), "DENJU_TEACHER_KEY": key or server.key}
        settings = {
            "teacher.provider": "gemini" if isinstance(server, GeminiServer) else "openai",
            "teacher.model": server.model, "teacher.base_url": server.base_url, "teacher.deadline": 5.0,
            **{name.replace("__", "."): value for name, value in overrides.items()},
        }  # fmt: skip
        benches.append(Workbench(environ=environ, overrides=settings, student=FakeStudent()))
        Library(benches[-1].paths.library).begin([STRATEGY, POLICY])
        return benches[-1]

    yield open_workbench
    for each in benches:
        each.close()


STRATEGY = Strategy.from_dict(
    {"id": "st_flaw", "title": "部品の傷", "situation": "部品に傷がある", "language": "ja", "cues": ["傷があります"],
     "steps": ["ロット番号を尋ねる"], "status": "approved"}
)  # fmt: skip
POLICY = Strategy.from_dict(
    {"id": "st_policy", "title": "約束", "situation": "いつも", "language": "ja", "scope": "policy",
     "steps": ["納期を約束しない"], "status": "approved"}
)  # fmt: skip
