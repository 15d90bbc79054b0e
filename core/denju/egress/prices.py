"""What a model costs: from the settings, else from the ``genai-prices`` package where it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from denju.egress.address import is_near, place
from denju.settings import Settings

_PROVIDERS = {"gemini": "google", "google-generativeai": "google", "openai": "openai"}


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens; thinking counts as output."""

    input: float
    output: float
    source: str
    """``settings``, ``genai-prices`` or ``own machine``."""

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """USD, rounded up to a millionth so that many small calls do not count as none."""
        return -(-(tokens_in * self.input + tokens_out * self.output) // 1) / 1_000_000


def price_of(provider: str, model: str, url: str, settings: Settings) -> Price | None:
    """The price of ``model`` at ``url``; ``None`` where nobody says. A model on one's own machines costs nothing.

    What the settings give is the price of their own model; another one there costs the same where no list says.
    """
    given_in, given_out = settings.number("teacher.price_in"), settings.number("teacher.price_out")
    base_url = settings.text("teacher.base_url")
    there = provider == settings.text("teacher.provider") and (not base_url or place(base_url) == place(url))
    given = Price(given_in, given_out, "settings") if there and given_in >= 0 and given_out >= 0 else None
    if given and settings.text("teacher.model") in {"", model}:
        return given
    if is_near(urlsplit(url).hostname or ""):
        return Price(0.0, 0.0, "own machine")
    return _listed(_PROVIDERS.get(provider, provider), model) or given


def _listed(provider: str, model: str) -> Price | None:
    try:
        from genai_prices import Usage, calc_price
    except ImportError:
        return None
    try:
        # The price of a request of usual length; in the list some rise with it.
        cost = calc_price(Usage(input_tokens=10_000, output_tokens=10_000), model, provider_id=provider)
    except LookupError:
        return None
    return Price(float(cost.input_price) * 100, float(cost.output_price) * 100, "genai-prices")
