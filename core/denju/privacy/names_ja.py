"""Names of people in Japanese text: beside honorifics and titles, introduced, signed, or on the lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from denju.privacy.companies import HAN as _HAN
from denju.privacy.companies import JAPANESE as _COMPANY
from denju.privacy.companies import KATA as _KATA
from denju.privacy.lists import LISTS, any_of

_SURNAME = any_of(LISTS["surnames"])
_LONG_SURNAME = any_of(each for each in LISTS["surnames"] if len(each) > 1)  # 東 and 南 stand everywhere
_PERSONAL_SURNAME = any_of(each for each in LISTS["surnames"] if len(each) > 1 and each not in LISTS["places"])
_KANA_SURNAME = any_of(LISTS["surnames_kana"])
_GIVEN = any_of(LISTS["given_ja"])
_GIVEN_KANA = any_of(LISTS["given_kana"])
_VERBS = "届動聞働着続書置引開付効説"
_HONORIFIC = (
    r"(?:さん|サン(?![ァ-ヺー])|さま|様(?![々子式態相])|君(?![主臨])|氏(?![名族神])|殿(?![堂下様])|先生"
    rf"|くん(?!(?:(?<=[ぁ-ん{_VERBS}]くん)|(?<=(?<![{_HAN}])[行歩空咲]くん))(?:で|だ|じゃ|な))|ちゃん(?!(?<=[ぁ-ん]ちゃん)と)"
    r"|社長|会長|部長|次長|課長|係長|店長|所長|支店長|専務|常務|主任)"
)
"""届くんです and もっとちゃんと are a verb and an adverb, 守屋くんです and 守屋ちゃんと a person."""
_KANA_NAME = rf"(?<![ァ-ヺー])[ァ-ヺ][{_KATA}]{{1,14}}(?: [ァ-ヺ][{_KATA}]{{1,14}})?"
_HAN_NAME = rf"[{_HAN}]{{1,5}}(?: [{_HAN}ぁ-ん]{{1,4}}|(?:{_GIVEN_KANA}))?"
_ANY_NAME = rf"(?:{_HAN_NAME}|{_KANA_NAME})"
_LISTED = (  # a whole name of which at least one half is on a list
    rf"(?:(?:{_SURNAME})(?: [{_HAN}]{{1,3}}| [ぁ-ん]{{2,4}}|(?:{_GIVEN})|(?:{_GIVEN_KANA}))"
    rf"|[{_HAN}]{{1,4}}(?: (?:{_GIVEN})| (?:{_GIVEN_KANA})|(?:{_GIVEN}))"
    rf"|(?<![ァ-ヺー])(?:{_KANA_SURNAME})(?: [ァ-ヺー]{{2,6}}|[ァ-ヺー]{{3,4}})(?![ァ-ヺー]))"
)

_NAME_BEFORE = (
    rf"(?:[{_HAN}]{{1,6}}?(?: [{_HAN}ぁ-ん]{{1,4}}?|(?:{_GIVEN_KANA}))?|{_KANA_NAME}"
    r"|[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
)
_BEFORE_HONORIFIC = re.compile(rf"(?<![{_HAN}])({_NAME_BEFORE}|[{_HAN}]{{7,12}}?) ?{_HONORIFIC}")
_NOBODY = "(?:たく|みな|どちら|そちら|おつかれ|ごくろう|もっと|もう|おきゃく|おたく|ごちそう)"
_HIRAGANA = re.compile(
    rf"(?:^|[、。「『(\s]|[はがをにともで])((?!その|この|どの|あの|よう|{_NOBODY}{_HONORIFIC})[ぁ-ん]{{2,5}}){_HONORIFIC}"
)
_FAMILIAR = re.compile(  # on a list, and so sure enough before くんです and ちゃんと too
    rf"((?<![{_HAN}])(?:{_LONG_SURNAME}|{_GIVEN})|(?<![ぁ-ん])(?:{_GIVEN_KANA}))(?=くん|ちゃん)"
)

_LABEL = (
    r"(?:担当(?:者)?|私|名前|氏名|名義(?:人)?|宛名|署名|受取人|送り主|差出人|契約者|申込者|申請者|依頼者|購入者|使用者|責任者|代表(?:者)?"
    r"|連絡先|本名|カナ|フリガナ|漢字|(?:代表)?取締役(?:社長)?|(?:副?工場|店|所|社|部|課|係)長|主任|弁護士|医師)"
)
_LABELLED = re.compile(
    rf"(?:{_LABEL}(?:[はがの、 (]|: ?)|旧姓)({_ANY_NAME})"
    r"(?=です|と申|でござ|と言|といい|が[承担]|まで|に(?:お|ご|連)|[、。)\n]|$)"
)
_FAMILY = re.compile(
    rf"(?:主人|夫|妻|息子|娘|母|父|兄|姉|弟|妹|孫|長男|次男|長女|次女)(?:の|は|、|\()({_GIVEN}|{_GIVEN_KANA})"
    r"(?=[がはにともをの、。)]|$)"
)
_SAID = re.compile(
    rf"({_ANY_NAME})(?:と|って)(?:申し?(?:ます(?!と)|す|上げます)|もうします(?!と)|名乗|(?:いう|言う)(?:者|方(?![法針向面式])|名(?![目称前]|の(?!者|方|人|社員))|女性|男性|人|お客|社員))"
)
_SAID_IN_KANA = re.compile(
    r"(?:^|[、。「『(\s]|[はの])((?!もの|こと)[ぁ-ん]{2,6})と(?:申し?(?:ます(?!と)|上げます)|もうします(?!と))"
)
_SAID_LISTED = re.compile(rf"({_LONG_SURNAME}|{_KANA_NAME})(?:と(?:いい|言い)ます|でございます)")
_OF_A_FIRM = re.compile(
    rf"(?:^|[。、\n]|こちら) ?(?:{_COMPANY})(?: |、|の)?(?:[{_HAN}{_KATA}]{{1,8}}[部課係]の?)?(?<=[の、 ])"
    rf"({_ANY_NAME})(?=です|と申|でござ)"
)
_CALLING = re.compile(rf"(?:^|[。、\n])こちら、?({_ANY_NAME})(?=です|と申|でござ)")
_WHOLE = re.compile(rf"(?<![{_HAN}])({_LISTED})(?![{_HAN}])")
_SIGNED = re.compile(rf"\n *([{_HAN}]{{1,4}} [{_HAN}ぁ-ん]{{1,4}}) *(?=\n|$)")
_BARE = re.compile(
    rf"(?<![{_HAN}])((?:{_PERSONAL_SURNAME})(?:(?!{_HONORIFIC}|[都道府県市区町村郡駅線港])[{_HAN}]{{1,3}}(?![{_HAN}]))?"
    r"(?=です|と申|より|から|まで|宛|[がはにのとをもへ、。)(]|$|\n)"
    rf"|(?:{_LONG_SURNAME})(?=です|と申|が))"
)
_RULES = (
    _BEFORE_HONORIFIC, _HIRAGANA, _FAMILIAR, _LABELLED, _FAMILY, _SAID, _SAID_IN_KANA, _SAID_LISTED, _OF_A_FIRM,
    _CALLING, _WHOLE, _SIGNED, _BARE,
)  # fmt: skip
_NO_NAME = re.compile(
    rf"(?:.*(?:{any_of(each for each in LISTS['no_names'] if len(each) > 1)})"
    rf"|[{''.join(each for each in LISTS['no_names'] if len(each) == 1)}]"
    rf"|.*(?:{any_of(LISTS['no_endings'])})|.*[一二三四五六七八九十両数何]名|.*[部室])$"
)
_CUT_SURNAME = re.compile(rf"(?:{_LONG_SURNAME})[{_HAN}]{{0,3}}$")
_ONLY_SURNAME = re.compile(rf"(?:{_SURNAME})$")


def japanese_people(text: str) -> Iterator[tuple[int, int]]:
    """Where people stand in folded ``text``, by the rules for Japanese."""
    for rule in _RULES:
        for found in rule.finditer(text):
            if not _is_nobody(found[1]):
                # 本社鈴木様: from the known surname on, where one stands in the run.
                cut = _CUT_SURNAME.search(found[1])
                yield found.start(1) + (cut.start() if cut else 0), found.end(1)


def _is_nobody(word: str) -> bool:
    """Whether ``word`` only looks like a name; 服部 ends like a department and is one."""
    return not _ONLY_SURNAME.fullmatch(word) and bool(_NO_NAME.match(word))
