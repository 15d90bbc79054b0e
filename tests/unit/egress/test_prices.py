"""What a call costs, and who says so."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from denju.egress.prices import Price, price_of
from denju.settings import Settings, Value

FAR = "https://teacher.example/v1"


def settings(tmp_path: Path, **values: Value) -> Settings:
    overrides = {f"teacher.{name}": value for name, value in values.items()}
    return Settings.load(tmp_path / "settings.toml", {}, overrides)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of prices with one model in it, in the form of genai-prices."""

    def calc_price(usage: Any, model: str, *, provider_id: str) -> Any:
        if (provider_id, model) != ("google", "flash"):
            raise LookupError(model)
        cost = Decimal(usage.input_tokens) / 1_000_000
        return SimpleNamespace(input_price=cost * Decimal("0.3"), output_price=cost * Decimal("2.5"))

    module = ModuleType("genai_prices")
    module.Usage, module.calc_price = SimpleNamespace, calc_price  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "genai_prices", module)


@pytest.mark.usefixtures("listed")
def test_the_settings_go_before_the_list(tmp_path: Path) -> None:
    free = settings(tmp_path, price_in=0.0, price_out=0.0)
    assert price_of("gemini", "flash", FAR, free) == Price(0.0, 0.0, "settings")
    found = price_of("gemini", "flash", FAR, settings(tmp_path))
    assert found and (found.input, found.output, found.source) == (
        pytest.approx(0.3),
        pytest.approx(2.5),
        "genai-prices",
    )
    assert price_of("gemini", "unheard", FAR, settings(tmp_path)) is None
    assert price_of("google-generativeai", "flash", FAR, settings(tmp_path)) == found


def test_without_the_list_only_ones_own_machines_have_a_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    assert price_of("openai", "m", FAR, settings(tmp_path)) is None
    for near in ("http://127.0.0.1:11434/v1", "http://localhost/v1", "http://192.168.1.5/v1", "http://[::1]:80/"):
        assert price_of("openai", "m", near, settings(tmp_path)) == Price(0.0, 0.0, "own machine")


@pytest.mark.usefixtures("listed")
def test_what_the_settings_give_is_the_price_of_their_own_model(tmp_path: Path) -> None:
    free = settings(tmp_path, provider="openai", base_url="https://llm.corp.local/v1", price_in=0.0, price_out=0.0)
    house = "https://llm.corp.local:443/v1/chat/completions"
    assert price_of("openai", "m", house, free) == Price(0.0, 0.0, "settings")
    listed = price_of("gemini", "flash", FAR, free)
    assert listed and listed.source == "genai-prices"
    assert price_of("openai", "m", FAR, free) is None
    small = settings(tmp_path, model="small", price_in=0.1, price_out=0.1)
    other = price_of("gemini", "flash", FAR, small)
    assert other and other.source == "genai-prices"
    assert price_of("gemini", "unheard", FAR, small) == Price(0.1, 0.1, "settings")


def test_small_calls_are_not_free() -> None:
    assert Price(0.3, 2.5, "test").of(1, 0) == 0.000001
    assert Price(2.0, 10.0, "test").of(1_000, 500) == pytest.approx(0.007)
