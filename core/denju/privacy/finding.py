"""Personal data and secrets in a text: rules that assist a person, and never stand in for their look at it."""

from __future__ import annotations

from denju.privacy.addresses import addresses
from denju.privacy.codes import codes
from denju.privacy.credentials import credentials
from denju.privacy.folding import folded
from denju.privacy.names import names
from denju.privacy.spans import Span, joined
from denju.privacy.terms import Terms

_NO_TERMS = Terms()


def find(text: str, terms: Terms = _NO_TERMS) -> tuple[Span, ...]:
    """What should not leave, in the order of ``text``, without overlaps; ``terms`` are the firm's own."""
    plain = folded(text)
    spans = [_span(text, *place, "term", True) for place in terms.find(text)]
    spans += [_span(text, *plain.original(*place), "secret", True) for place in credentials(plain.text)]
    for start, end, kind, certain in (*codes(plain.text), *names(plain.text), *addresses(plain.text)):
        spans.append(_span(text, *plain.original(start, end), kind, certain))
    return joined(text, spans)


def _span(text: str, start: int, end: int, kind: str, certain: bool) -> Span:
    return Span(start, end, kind, text[start:end], certain)  # type: ignore[arg-type]
