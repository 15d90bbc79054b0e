"""Words that say little of the matter: they count half of their weight, and explain nothing."""

from __future__ import annotations

import re

_ENGLISH = """
a an and are as at be but by for if in into is it no not of on or such that the their then there these they this
to was will with
me my our us your
"""
"""The stop words of Lucene's EnglishAnalyzer, and whose matter it is: "my" is rare where firms write to firms."""

_JAPANESE = """
が の を に は へ と で も や か ね よ な お ご て た だ し れ る から まで より など だけ ので のに けど ですが
では でも には とは への との での です ます ました ません ませんか ましたか ましたら ますか でした でしょうか
でしょう ですか ましょうか のですか のですが んですか んですが ください くださいませ いただけますか
いただけますでしょうか いただけませんか いただきたく いただき いただけ いたします いたしました いたし おります
おりますが おりました おり しております している しています していました していて して した する します しました
しません された されて される さん ている ています ていて ていました ております ておりました ある あります
ありました ありません あり いる います いました いて なって なっている なっています なりました なります なる
なっ こと もの ため ところ よう ように ような という といった について において に対して によって として この
その あの どの どう これ それ あれ ここ そこ 願います お願いします ございます ございました ございません たい
たく ない なく
"""
"""Particles, endings, auxiliaries and demonstratives, as they stand in a run of hiragana."""

STOP_WORDS = frozenset(_ENGLISH.split())
FUNCTION_KANA = re.compile("|".join(sorted(map(re.escape, _JAPANESE.split()), key=len, reverse=True)))
"""Finds the longest function word at each place of a hiragana run."""
