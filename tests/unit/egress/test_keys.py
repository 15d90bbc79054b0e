"""Keys: where they are found, who may read them, and that they hide."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from denju.egress.keys import Keys
from denju.egress.secret import Secret
from denju.errors import SettingsError

CANARY = "canary-key-5f2a9c"


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    Keys(path, {}).store("gemini", Secret("from-file"))
    found = [
        Keys(path, environ, provider="gemini").find("gemini")
        for environ in (
            {"DENJU_TEACHER_KEY": "ours", "GEMINI_API_KEY": "theirs"},
            {"GEMINI_API_KEY": " theirs\n", "GOOGLE_API_KEY": "older"},
            {"GOOGLE_API_KEY": "older"},
            {"OPENAI_API_KEY": "another's"},
        )
    ]
    assert [(each.secret.reveal(), each.source) for each in found if each] == [
        ("ours", "DENJU_TEACHER_KEY"),
        ("theirs", "GEMINI_API_KEY"),
        ("older", "GOOGLE_API_KEY"),
        ("from-file", str(path)),
    ]
    assert Keys(path, {}).find("openai") is None
    sdk = Keys(path, {}).find("google-generativeai")
    assert sdk and sdk.secret.reveal() == "from-file"


def test_a_variable_gives_its_key_to_nobody_but_whose_it_is(tmp_path: Path) -> None:
    environ = {"DENJU_TEACHER_KEY": "ours", "OPENAI_API_KEY": "theirs", "GEMINI_API_KEY": "another's"}

    def source(provider: str, base_url: str, asked: str) -> str:
        found = Keys(tmp_path / "keys.json", environ, provider=provider, base_url=base_url).find(asked)
        return found.source if found else ""

    assert source("gemini", "", "openai") == "OPENAI_API_KEY", "not the key of the provider that is set"
    assert source("gemini", "https://llm.house.example/v1beta", "google-generativeai") == "GEMINI_API_KEY"
    assert source("openai", "http://192.168.1.5:8080/v1", "openai") == "DENJU_TEACHER_KEY"
    del environ["DENJU_TEACHER_KEY"]
    for elsewhere in ("http://192.168.1.5:8080/v1", "https://openrouter.example/v1", "http://api.openai.com/v1", "x[:"):
        assert source("openai", elsewhere, "openai") == ""
    assert source("openai", "https://api.openai.com/v1", "openai") == "OPENAI_API_KEY"
    assert source("openai", "http://192.168.1.5:8080/v1", "gemini") == "GEMINI_API_KEY", "that address is not its own"


def test_a_stored_key_goes_to_no_other_address_than_it_was_stored_for(tmp_path: Path) -> None:
    def keys(base_url: str, provider: str = "openai") -> Keys:
        return Keys(tmp_path / "keys.json", {}, provider=provider, base_url=base_url)

    keys("").store("openai", Secret("vendors"))
    keys("https://models.example:8443/v1").store("openai", Secret("ours"))
    found = {
        base_url: key.secret.reveal() if (key := keys(base_url).find("openai")) else None
        for base_url in (
            "", "https://api.openai.com/v1", "https://models.example:8443/v2", "https://MODELS.example:8443",
            "http://models.example:8443/v1", "https://models.example/v1", "http://127.0.0.1:1/v1", "https://[",
            "https://api.openai.com:443", "https://api.openai.com:444",
        )
    }  # fmt: skip
    assert [*found.values()] == ["vendors", "vendors", "ours", "ours", None, None, None, None, "vendors", None]
    key = keys("http://127.0.0.1:1/v1", "gemini").find("openai")
    assert key and key.secret.reveal() == "vendors", "the address is the chosen provider's, and no other's"
    keys("https://models.example:8443").store("openai", Secret(""))
    assert keys("").find("openai") is None, "none is left when a key is forgotten"


def test_the_file_is_never_readable_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.json"
    seen: list[int] = []
    write = os.fsync
    before = os.umask(0)
    try:
        monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(os.fstat(fd).st_mode & 0o077), write(fd))[1])
        Keys(path, {}).store("openai", Secret(CANARY))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert seen and seen[0] == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    Keys(path, {}).store("openai", Secret(CANARY))
    path.chmod(mode)
    with pytest.raises(SettingsError, match="others than you") as caught:
        Keys(path, {}).find("openai")
    assert CANARY not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("content", [b"", b"[]", b'{"openai": 1}', CANARY.encode(), b"\xff"])
def test_a_file_that_holds_no_keys(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as caught:
        Keys(path, {}).find("openai")
    assert CANARY not in str(caught.value) + caught.value.hint


def test_a_key_is_forgotten_when_an_empty_one_is_stored(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json", {})
    keys.store("openai", Secret(CANARY))
    keys.store("openai", Secret(""))
    assert keys.find("openai") is None
    assert CANARY not in keys.path.read_text()


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(CANARY)
    shown = f"{secret} {secret!r} {[secret]} {secret.after('Bearer ')} {vars(type(secret))}"
    assert CANARY not in shown
    assert secret.after("Bearer ").reveal() == f"Bearer {CANARY}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.after("Bearer ").stands_in(f"x{CANARY}y".encode())
    assert not Secret("none").stands_in(b"none")


@pytest.mark.parametrize("form", ["ab/cd+ef/gh", r"ab\/cd+ef\/gh", "ab%2Fcd%2Bef%2Fgh"])
def test_a_key_is_found_however_a_service_writes_it(form: str) -> None:
    secret = Secret("ab/cd+ef/gh").after("Bearer ")
    said = f"the key {form} is wrong".encode()
    assert secret.stands_in(said)
    assert secret.out_of(said) == b"the key *** is wrong"
