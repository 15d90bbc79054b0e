"""A key and 200 personal items put in everywhere: what is found of them outside the places that are theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from canaries import TERMS, canaries
from commands import Denju
from denju.egress.ledger import Ledger
from denju.library.store import Library
from denju.values import Strategy
from drafted import answer_text
from loopback.openai import OpenAIServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

KEY = "canary-key-7QpX2vN8wL4tR6yB"
ITEMS = canaries()
ALL = " ".join(each.sentence for each in ITEMS)


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    (home / "terms.txt").write_text("\n".join(TERMS), "utf-8")
    with OpenAIServer() as running:
        running.key, running.text = KEY, answer_text()
        for name, value in (("PROVIDER", "openai"), ("BASE_URL", running.base_url), ("MODEL", running.model)):
            monkeypatch.setenv(f"DENJU_TEACHER_{name}", value)
        yield running


def strategy(scope: str) -> Strategy:
    """One that holds every item, in fields that the teacher is shown."""
    chunks = [" ".join(each.sentence for each in ITEMS[start : start + 20]) for start in range(0, 200, 20)]
    return Strategy.from_dict(
        {"title": f"カナリア {scope}", "situation": "カナリアの部品に傷", "scope": scope, "language": "ja",
         "status": "approved", "steps": chunks, "priorities": chunks[:5], "cues": ["カナリアの部品に傷がある"]}
    )  # fmt: skip


def seen(text: str) -> list[str]:
    return [each.text for each in ITEMS if each.text in text or json.dumps(each.text)[1:-1] in text]


def test_no_canary_is_found_outside_its_cage(
    denju: Denju, server: OpenAIServer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len({each.text for each in ITEMS}) == 200
    Library(home / "library" / "library.json").add([strategy("scenario"), strategy("policy")])
    talk = tmp_path / "talk.json"
    talk.write_text(
        json.dumps([{"role": "customer", "text": f"カナリアの部品に傷 {ALL}"}, {"role": "agent", "text": ALL}]), "utf-8"
    )
    printed = []

    def run(*arguments: str, stdin: bytes = b"") -> None:
        done = denju(*arguments, stdin=stdin)
        printed.extend([done.out, done.err])

    run("teacher", "login", stdin=KEY.encode())
    run("teacher", "preview", ALL)
    run("teacher", "preview", ALL, "--json")
    run("teacher", "request", ALL, "--yes", "sato")
    run("teacher", "request", ALL, "--conversation", str(talk), "--yes", "sato", "--json")
    (draft, *_) = [each for each in Library(home / "library" / "library.json").all() if each.origin.kind == "teacher"]
    run("teacher", "remark", draft.id, ALL, "--yes", "sato")
    server.script = [server.bad_key(), server.refused(KEY), server.no_quota(), server.says(f"no JSON {KEY}")]
    for number in range(4):  # what the teacher says back may repeat anything
        run("teacher", "request", f"{number} {ALL}", "--yes", "sato")
    server.script = []
    run("teacher", "models")
    run("--offline", "teacher", "request", f"offline {ALL}", "--yes", "sato")
    run("teacher", "request", f"waits {ALL}")
    run("teacher", "outbox", "export", "-o", str(tmp_path / "parcel"))
    run("teacher", "outbox", "list")
    run("teacher", "outbox", "list", "--json")
    run("teacher", "ledger")
    run("teacher", "ledger", "--json")
    run("doctor")
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "begin", lambda *_: 1 / 0)
        crashed = denju("teacher", "request", f"crash {ALL}", "--yes", "sato", crashes=True)
    printed.extend([crashed.out, crashed.err])
    assert "unexpected error (ZeroDivisionError" in printed[-1]

    bodies = [each.body.decode() for each in server.requests]
    assert len(bodies) >= 7
    outside = {f"body {number}": text for number, text in enumerate(bodies)}
    outside |= {f"printed {number}": text for number, text in enumerate(printed)}
    outside["parcel"] = (tmp_path / "parcel").read_text("utf-8")
    outside |= {path.name: path.read_text("utf-8") for path in (home / "ledger").iterdir()}
    outside |= {
        path.name: path.read_text("utf-8") for path in (home / "outbox").glob("*") if ".vault." not in path.name
    }
    assert {name: found for name, text in outside.items() if (found := seen(text))} == {}
    answered = {name for name, text in outside.items() if KEY in text} - {"parcel"}
    assert all(name.startswith("rq_") for name in answered), answered  # only where the teacher's own words are kept
    assert "sato" in outside["ledger.jsonl"]
