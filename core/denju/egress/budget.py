"""How much may be spent: per call, per day, per month, in money and in tokens."""

from __future__ import annotations

from dataclasses import dataclass

from denju.egress.ledger import Attempt, Totals
from denju.errors import OverBudget
from denju.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """USD and tokens (asked, answered and thought together); 0 sets no limit."""

    call_money: float = 0.0
    day_money: float = 0.0
    month_money: float = 0.0
    call_tokens: int = 0
    day_tokens: int = 0
    month_tokens: int = 0

    @classmethod
    def from_settings(cls, settings: Settings) -> Limits:
        return cls(
            settings.number("teacher.budget_call"),
            settings.number("teacher.budget_day"),
            settings.number("teacher.budget_month"),
            settings.integer("teacher.tokens_call"),
            settings.integer("teacher.tokens_day"),
            settings.integer("teacher.tokens_month"),
        )

    @property
    def on_money(self) -> bool:
        """Whether there is a limit in money, so that the price must be known."""
        return bool(self.call_money or self.day_money or self.month_money)

    def check(self, attempt: Attempt, spent: Totals) -> None:
        """Let ``attempt`` pass if all it may cost fits.

        Raises:
            OverBudget: it names the limit, what is spent, and the setting to change.
        """
        tokens = attempt.tokens_in + attempt.tokens_out
        for name, limit, before, more in (
            ("budget_call", self.call_money, 0.0, attempt.money),
            ("budget_day", self.day_money, spent.day_money, attempt.money),
            ("budget_month", self.month_money, spent.month_money, attempt.money),
        ):
            if limit and before + more > limit + 1e-9:
                raise _over(name, f"{limit:.2f} USD", f"{before:.4f} USD", f"{more:.4f} USD")
        for name, most, used in (
            ("tokens_call", self.call_tokens, 0),
            ("tokens_day", self.day_tokens, spent.day_tokens),
            ("tokens_month", self.month_tokens, spent.month_tokens),
        ):
            if most and used + tokens > most:
                raise _over(name, f"{most:,} tokens", f"{used:,}", f"{tokens:,}")


def _over(name: str, limit: str, spent: str, more: str) -> OverBudget:
    span = {"call": "one call", "day": "today", "month": "this month"}[name.split("_")[1]]
    return OverBudget(
        f"Not sent: it could take {more}, and {spent} of the {limit} for {span} are used.",
        f"Wait, ask for less, or raise the limit: denju config set teacher.{name} NUMBER",
    )
