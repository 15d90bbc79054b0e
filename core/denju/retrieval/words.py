"""Words that say little of the matter: they count less, and most explain nothing."""

from __future__ import annotations

import re

_ENGLISH = """
a an and are as at be but by for if in into is it no not of on or such that the their then there these they this
to was will with
me my our us your
"""
"""The stop words of Lucene's EnglishAnalyzer, and whose matter it is: "my" is rare where firms write to firms."""

_COMMON = """
about after again all already also always am any anyone anything because been before being can cannot could did
do does doing done else even ever every everything get getting give given go going got had has have having he
her here him his how i just keep know let like look looking lot made make making many may maybe might more most
much must need needs never new now off ok okay once one only other out over own please put really said same say
see seem should since so some someone something still sure take tell than thank thanks thing things think too
try trying two under until up use used using very want wanted way we well went were what when where which while
who why would yes yet you help question ask hello hi hey good
"""
"""What anybody says about anything. In a library of a hundred strategies many of these stand in one alone by chance."""

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
COMMON_WORDS = frozenset(_COMMON.split())
FUNCTION_KANA = re.compile("|".join(sorted(map(re.escape, _JAPANESE.split()), key=len, reverse=True)))
"""Finds the longest function word at each place of a hiragana run."""
