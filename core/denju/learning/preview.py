"""What would leave, whole: a person looks at it before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from denju.egress.prices import Price
from denju.learning.hiding import Found, Hidden, Hiding
from denju.teacher.port import TeachAsk, TeacherRequest


@dataclass(frozen=True, slots=True)
class Preview:
    """One request that was built and not kept yet. Building it again from the same case gives the same bytes."""

    request: TeacherRequest
    hidden: Hidden[TeachAsk]
    price: Price | None
    exact: bool
    """Whether ``body`` is byte for byte what leaves; else a library builds its own from it."""
    hiding: Hiding
    """What a person had decided when it was built."""

    @property
    def body(self) -> str:
        return self.request.body.decode()

    @property
    def found(self) -> tuple[Found, ...]:
        return self.hidden.found

    @property
    def money(self) -> float | None:
        """The most that it may cost, in USD; ``None``: no price is known."""
        return self.price.of(self.request.tokens, self.request.most_tokens) if self.price else None

    def to_dict(self) -> dict[str, Any]:
        """For programs; what was hidden is named by its placeholder alone."""
        request = self.request
        return {
            "provider": request.provider, "model": request.model, "method": request.method, "url": request.url,
            "host": request.host, "headers": dict(request.headers), "body": self.body, "exact": self.exact,
            "bytes": len(request.body), "hash": request.hash, "tokens": request.tokens,
            "most_tokens": request.most_tokens, "money": self.money,
            "hidden": [
                {"kind": each.kind, "placeholder": each.placeholder, "count": each.count, "certain": each.certain}
                for each in self.found
                if each.hidden
            ],
        }  # fmt: skip
