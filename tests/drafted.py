"""What a good teacher writes."""

from __future__ import annotations

import json
from typing import Any


def drafted(**other: Any) -> dict[str, Any]:
    """One strategy in the form that is asked for."""
    return {
        "title": "部品の傷で怒っている",
        "situation": "納入した部品に傷があり、お客様が怒っている。",
        "avoid_when": ["数量が違うとき"],
        "priorities": ["お詫びが先"],
        "decide": ["怒っているときは、まずお詫びする。落ち着いていれば、先に事実を確かめる。"],
        "steps": ["お詫びする", "ロット番号を尋ねる", "代品の手配を申し出る"],
        "why": "気持ちを受け止めると話が続く。",
        "cues": {
            "ja": ["傷だらけだ", "部品に傷があります", "また傷です", "表面に打痕があります", "使えない"],
            "en": ["It is scratched", "Dents on the face", "Scratched again!", "We cannot use these", "Scuffed parts"],
        },
        "reason": "お詫びより先に番号を尋ねていたため。",
        **other,
    }


def answer_text(*strategies: dict[str, Any]) -> str:
    """The whole answer."""
    return json.dumps({"strategies": strategies or [drafted()]}, ensure_ascii=False)
