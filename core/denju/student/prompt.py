"""The prompt: everything that the student is told, within its context.

Stable parts come first, so that the next answer finds them evaluated already: the desk, policies, general
guidance, the strategy; then facts and the conversation. What does not fit is cut from the oldest turns, never
from the strategy. The layout is frozen: the practice student is trained on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from denju.errors import TooLong
from denju.student.port import Control, Piece
from denju.values import Strategy, Turn

_WORDS = {
    "ja": {
        "desk": "製造業の窓口として日本語で答える。手順の順に進め、知らない値は［要確認：…］と書く。",
        "policies": "厳守",
        "general": "心がけ",
        "situation": "状況",
        "priorities": "大切なこと",
        "decide": "判断",
        "steps": "手順",
        "facts": "分かっていること",
        "customer": "お客様",
        "agent": "担当者",
    },
    "en": {
        "desk": "Answer in English for a manufacturer's desk. Follow the steps in order; "
        "write [to confirm: …] for a value you do not know.",
        "policies": "Rules",
        "general": "Always",
        "situation": "Situation",
        "priorities": "What matters",
        "decide": "Decide",
        "steps": "Steps",
        "facts": "Facts",
        "customer": "Customer",
        "agent": "Agent",
    },
}

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that fits."""

    pieces: tuple[Piece, ...]
    tokens: int
    cut_turns: int
    """Oldest turns left out."""
    stop: tuple[str, ...]
    """Texts that end the answer under this template."""

    def __str__(self) -> str:
        return "".join(str(piece) for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a student is told besides the conversation."""

    language: str
    """Language of the answer, ``ja`` or ``en``."""
    policies: tuple[Strategy, ...] = ()
    general: tuple[Strategy, ...] = ()
    strategy: Strategy | None = None
    facts: tuple[str, ...] = ()
    """A line each, such as ``納期: 12月3日``."""

    def text(self) -> str:
        """The guidance as one text, a line each."""
        words = _WORDS[self.language]
        lines = [words["desk"]]
        lines += _section(words["policies"], _steps(self.policies))
        lines += _section(words["general"], _steps(self.general))
        if self.strategy is not None:
            lines.append(f"{words['situation']}: {self.strategy.title} / {self.strategy.situation}")
            lines += _section(words["priorities"], self.strategy.priorities)
            lines += _section(words["decide"], self.strategy.decide)
            lines += _section(words["steps"], self.strategy.steps, numbered=True)
        lines += _section(words["facts"], self.facts)
        return "\n".join(lines)


def _steps(strategies: Iterable[Strategy]) -> list[str]:
    return [step for strategy in strategies for step in strategy.steps]


def _section(heading: str, items: Sequence[str], *, numbered: bool = False) -> list[str]:
    if not items:
        return []
    flat = (" ".join(item.split()) for item in items)
    marks = (f"{number}." if numbered else "-" for number in range(1, len(items) + 1))
    return [f"{heading}:", *(f"{mark} {item}" for mark, item in zip(marks, flat, strict=True))]


def build(
    guidance: Guidance,
    turns: Sequence[Turn],
    *,
    template: str,
    count_tokens: CountTokens,
    context: int,
    max_tokens: int,
) -> Prompt:
    """Lay out the prompt and cut the oldest turns until it fits ``context`` less room for the answer.

    The room is ``max_tokens``, but at most a quarter of the context.

    Raises:
        TooLong: guidance and the newest turn alone do not fit.
    """
    layout = _LAYOUTS[template](guidance)
    system = layout.system()
    turn_pieces = [layout.turn(turn) for turn in turns]
    groups = [system, *turn_pieces, layout.open_answer()]
    sizes = _sizes(groups, count_tokens)
    room = context - min(max_tokens, context // 4)
    fixed = sizes[0] + sizes[-1]
    cut = 0
    while cut < len(turns) - 1 and fixed + sum(sizes[1 + cut : -1]) > room:
        cut += 1
    total = fixed + sum(sizes[1 + cut : -1])
    if total > room:
        newest = sizes[-2] if turns else 0
        raise TooLong(
            f"The message and the guidance need {total:,} tokens; this student takes {room:,}.",
            f"Shorten the message ({newest:,} tokens), or use a model with a larger context (student.context).",
        )
    kept = [system, *turn_pieces[cut:], layout.open_answer()]
    return Prompt(tuple(piece for group in kept for piece in group), total, cut, layout.stop())


def _sizes(groups: Sequence[Sequence[Piece]], count_tokens: CountTokens) -> list[int]:
    """Tokens of each group; all texts are counted in one call."""
    texts = [piece for group in groups for piece in group if isinstance(piece, str)]
    counts = iter(count_tokens(texts))
    return [sum(next(counts) if isinstance(piece, str) else 1 for piece in group) for group in groups]


class _Practice:
    """The practice student's own: control tokens that no text can forge."""

    def __init__(self, guidance: Guidance) -> None:
        self.guidance = guidance

    def system(self) -> list[Piece]:
        return [Control("bos"), Control("guidance"), self.guidance.text()]

    def turn(self, turn: Turn) -> list[Piece]:
        return [Control(turn.role), turn.text]

    def open_answer(self) -> list[Piece]:
        return [Control("agent")]

    def stop(self) -> tuple[str, ...]:
        return ()


_ZEPHYR_ROLES = {"customer": "<|user|>\n", "agent": "<|assistant|>\n"}


class _Zephyr(_Practice):
    """TinyLlama-1.1B-Chat and its kin: role names as text, each turn closed by an end token."""

    def system(self) -> list[Piece]:
        return [Control("bos"), "<|system|>\n" + _without_marks(self.guidance.text()), Control("eos")]

    def turn(self, turn: Turn) -> list[Piece]:
        return [_ZEPHYR_ROLES[turn.role] + _without_marks(turn.text), Control("eos")]

    def open_answer(self) -> list[Piece]:
        return [_ZEPHYR_ROLES["agent"]]

    def stop(self) -> tuple[str, ...]:
        return ("<|user|>", "<|system|>")


class _Llama2(_Practice):
    """Llama-2-chat, ELYZA-japanese-Llama-2: ``[INST]`` pairs, the guidance inside the first."""

    def system(self) -> list[Piece]:
        return [Control("bos"), f"[INST] <<SYS>>\n{_without_marks(self.guidance.text())}\n<</SYS>>\n\n"]

    def turn(self, turn: Turn) -> list[Piece]:
        text = _without_marks(turn.text)
        if turn.role == "customer":
            return [f"{text} "]
        return [f"[/INST] {text} ", Control("eos"), Control("bos"), "[INST] "]

    def open_answer(self) -> list[Piece]:
        return ["[/INST]"]

    def stop(self) -> tuple[str, ...]:
        return ("[INST]",)


class _Plain(_Practice):
    """A model without a chat template: a script of who says what."""

    def system(self) -> list[Piece]:
        return [Control("bos"), self.guidance.text() + "\n\n"]

    def turn(self, turn: Turn) -> list[Piece]:
        text = turn.text
        for words in _WORDS.values():
            for role in ("customer", "agent"):
                text = text.replace(f"{words[role]}:", f"{words[role]} :")
        return [f"{_WORDS[self.guidance.language][turn.role]}: {text}\n"]

    def open_answer(self) -> list[Piece]:
        return [f"{_WORDS[self.guidance.language]['agent']}:"]

    def stop(self) -> tuple[str, ...]:
        return tuple(f"\n{_WORDS[self.guidance.language][role]}:" for role in ("customer", "agent"))


def _without_marks(text: str) -> str:
    """``text`` in which no role marker of a template that writes them as text can be forged."""
    for mark in ("<|", "|>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"):
        text = text.replace(mark, mark[0] + " " + mark[1:])
    return text


_LAYOUTS: dict[str, type[_Practice]] = {"practice": _Practice, "zephyr": _Zephyr, "llama-2": _Llama2, "plain": _Plain}
