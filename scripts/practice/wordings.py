"""Wordings of a step: hundreds for each act, so that its meaning counts and not its look.

Some 1,100 in Japanese and 1,000 in English of each act stand in ``written_ja.toml`` and ``written_en.toml`` as people would write them, for many words are
what carries over to words never met. More are put together: ``wordings_ja.toml`` and ``wordings_en.toml`` hold the
parts of each act by kind, and each kind has its frames here, which serve all acts alike.
"""

from __future__ import annotations

import functools
import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
WANTS = "ask_"
"""Acts that want something of the customer are called so."""
LINES = "lines"
"""The parts that stand as they are."""
WRITTEN_SHARE, LINES_SHARE = 0.75, 0.3
"""Of all wordings those that were written whole; of the others those that stand as they are among the parts."""

_ALTERNATIVES = re.compile(r"\(([^()]*)\)")

_ASK_THINGS = {
    "ja": (
        "{}を尋ねる|{}を聞く|{}を教えてもらう|{}を確認する|{}を伺う|{}を知らせてもらう|{}をお願いする|{}を求める|{}をもらう|{}を聞き出す|{}を問い合わせる|"
        "{}を書いてもらう|{}が必要だと伝える|{}が要ると言う|{}を頼む|{}が知りたい|{}を把握する|{}はどうか尋ねる|{}について質問する|{}を相手から得る|"
        "{}を送ってもらう|{}をうかがう|{}の提示を頼む|お客様に{}を尋ねる|相手に{}を聞く|{}を聞かせてもらう|{}を依頼する|{}を入手する|{}をはっきりさせる"
    ),
    "en": (
        "ask for {}|request {}|get {}|find out {}|obtain {}|{}, please|{}: ask for it|we need {}|have them give us {}|let the customer tell us {}|"
        "try to learn {}|make sure we have {}|{} from them|inquire about {}|kindly ask for {}|see that we get {}|collect {}|a question about {}|"
        "ask the customer for {}|ask them for {}|ask about {}|ask to be given {}|let them send {}|have the customer send us {}|say that we need {}|"
        "want to know {}|ask if we may have {}|get hold of {}|question: {}?|it would help to have {}: ask"
    ),
}
_SAY_THINGS = {
    "ja": "{}を述べる|{}を伝える|{}を一文で|まず{}|{}を入れる|{}を示す|{}を言葉にする|{}から始める|{}を言う|{}を忘れない|{}を添える|{}を表す|{}をする|{}を書く|{}を口にする|{}",
    "en": (
        "express {}|offer {}|{} first|{} in one sentence|show {}|say {}|begin with {}|a sentence with {}|give {}|{}, told to the customer|{}: say so|"
        "do not forget {}|include {}|put in {}|write {}|{}, in a line|announce {}|promise {}|mention {}|speak of {}|{}"
    ),
}
_FRAMES: dict[str, dict[str, str]] = {
    "whether": {
        "ja": "{}を尋ねる|{}を聞く|{}教えてもらう|{}をはっきりさせる|{}確かめる|{}という質問|{}答えてもらう|{}と聞く|{}を知る|{}知らせてもらう|{}伺う|{}をお客様に聞く|{}書いてもらう|{}を確認する|{}説明してもらう",
        "en": "ask {}|find out {}|clarify {}|question: {}?|have them tell us {}|we want to know {}|establish {}|let them say {}|ask the customer {}|ask them {}|learn {}|get to know {}|see {}|inquire {}|we need to know {}|make clear {}",
    },
    "say whether": {
        "ja": "{}を伝える|{}を述べる|{}を説明する|{}知らせる|{}を言う|{}を書く|{}を案内する|{}話す",
        "en": "say {}|tell them {}|explain {}|let them know {}|inform them {}|make clear {}|write {}|state {}|{}: tell them",
    },
    "please": {
        "ja": "{}もらう|{}いただく|{}ほしいと伝える|{}くれるよう頼む|{}もらえるか聞く|{}もらえると助かると言う|{}くださいとお願いする|{}もらうようお願いする|お客様に{}もらう|{}いただけるか尋ねる",
        "en": "ask them to {}|have them {}|request that they {}|please {}|get the customer to {}|tell them to {}|let them {}|the customer should {}|ask whether they can {}|invite them to {}|see that they {}|ask the customer to {}|they are to {}",
    },
    "do": {
        "ja": "{}|{}|{}|{}と伝える|{}と言う|{}旨を知らせる|{}と約束する|{}ことを述べる|{}と返す|{}つもりだと話す|{}と申し出る|{}ようにする|{}旨を述べる|{}ことにする|{}と書く",
        "en": "{}|{}|{}|say that we {}|say we will {}|promise to {}|tell them that we will {}|offer to {}|let them know that we {}|announce that we {}|{} and say so|inform them that we are going to {}|we {}; tell them|be sure to {}|tell the customer we {}|it is time to {}",
    },
    "that": {
        "ja": "{}と伝える|{}と言う|{}旨を知らせる|{}ことを述べる|{}と話す|{}と書く|{}と返事する|{}ことを分かってもらう",
        "en": "say that {}|tell them {}|let them know that {}|{}; say so|mention that {}|make clear that {}|tell the customer that {}|inform them that {}|{}: tell them|state that {}",
    },
    LINES: {"ja": "{}", "en": "{}"},
}


@functools.cache
def load(language: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """The parts of each act by kind."""
    return tomllib.loads((HERE / f"wordings_{language}.toml").read_text("utf-8"))


@functools.cache
def written(language: str) -> Mapping[str, Sequence[str]]:
    """The wordings of each act that were written whole."""
    return tomllib.loads((HERE / f"written_{language}.toml").read_text("utf-8"))


def worded(rng: random.Random, language: str, act: str) -> str:
    """One wording of ``act``, as a step of a strategy may have it."""
    if rng.random() < WRITTEN_SHARE:
        return rng.choice(written(language)[act])
    parts = load(language)[act]
    framed = [kind for kind, texts in parts.items() for _ in texts if kind != LINES]
    kind = LINES if rng.random() < LINES_SHARE else rng.choice(framed)
    frame = rng.choice(_frames(language, act, kind))
    text = " ".join(frame.format(expanded(rng, rng.choice(parts[kind]))).split())
    return text[0].upper() + text[1:]


def expanded(rng: random.Random, pattern: str) -> str:
    """``pattern`` with one of each group's alternatives."""
    text = pattern
    while found := _ALTERNATIVES.search(text):
        text = text[: found.start()] + rng.choice(found[1].split("|")) + text[found.end() :]
    return text


@functools.cache
def _frames(language: str, act: str, kind: str) -> tuple[str, ...]:
    asks = act.startswith(WANTS) or act == "check_safety"
    if kind == "things":
        return tuple((_ASK_THINGS if asks else _SAY_THINGS)[language].split("|"))
    if kind == "whether" and not asks:
        kind = "say whether"
    return tuple(_FRAMES[kind][language].split("|"))
