"""Fill the templates into sentences.jsonl and sentences_2.jsonl: ``python scripts/redaction/make_sentences.py``.

It needs Faker (40.54 made the files that stand here).

The values come from Faker's own lists for Japan, the United States, Great Britain and Germany, with a fixed seed, so
that nobody picked them with the rules in mind, but for the rare Japanese names below. Check digits are valid. The
second set takes its names from Faker's lists for India, Australia, Poland, Spain and France. A line of the result:
``{"language", "text", "spans": [[start, end, kind], …]}``.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from faker import Faker

FILLS = 4
"""Sentences made from a template that has slots; one from a template without."""
RARE = (
    "御手洗", "我妻", "東海林", "薬袋", "鴨志田", "比嘉", "喜屋武", "仲村渠", "赤嶺", "花城", "蛯名", "勅使河原",
    "設楽", "目黒", "越智", "門脇", "生田目", "一ノ瀬", "雨宮", "葛城",
)  # fmt: skip
"""Surnames that are on few lists; Faker's own are the twenty or so most frequent ones."""
RARE_2 = (
    "相馬", "阿久津", "有馬", "飯塚", "板垣", "臼井", "江口", "大沢", "奥村", "海老原", "柿沼", "笠原", "金城",
    "鎌田", "菅", "岸田", "草野", "黒木", "小泉", "駒井", "坂口", "迫田", "塩谷", "白井", "杉浦", "瀬川",
    "染谷", "高見沢", "田所", "津田", "手塚", "徳永", "中条", "長峰", "新垣", "布施", "根本", "羽田", "氷室",
    "藤沢", "堀江", "槙野", "三上", "八木", "吉岡",
)  # fmt: skip
GIVEN_2 = (
    "汐里", "蒼真", "湊", "凪", "咲良", "千尋", "朱音", "航平", "悠斗", "陸", "大地", "颯太", "莉子", "美月",
    "萌", "楓", "真央", "優花", "智美", "恭子", "久子", "晴美", "弘美", "康平", "慎也", "秀樹", "義男", "敏夫",
    "貞夫", "正人", "みのり", "ほのか", "こころ", "すみれ",
)  # fmt: skip
KANA_2 = (
    "ソウマ シオリ", "アクツ コウヘイ", "カマタ ヒデキ", "コイズミ トモミ", "サコダ リク", "ツダ ヨシオ",
    "ネモト カエデ", "ヤギ マサト",
)  # fmt: skip
FOREIGN_2 = (
    "ジョン・ウォーカー", "グエン・ティ・ラン", "マリア・ロペス", "リー", "アンダーソン", "ピーター・ノヴァク",
)  # fmt: skip
PLAIN_2 = (
    "相馬精工", "柿沼製作所", "三上金属工業", "東和化成", "大沢商店", "手塚運輸", "北陽電機", "津田木工",
)  # fmt: skip
_SLOT = re.compile(r"\{(\w+):(\w+)\}")


def makers() -> dict[str, Callable[[], str]]:
    ja, us, uk, de = Faker("ja_JP"), Faker("en_US"), Faker("en_GB"), Faker("de_DE")
    Faker.seed(20)
    dice = random.Random(20)

    def digits(count: int) -> str:
        return "".join(dice.choice("123456789") for _ in range(count))

    def my_number() -> str:
        body = digits(11)
        rest = sum(int(d) * w for d, w in zip(body, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
        return body + str(0 if rest <= 1 else 11 - rest)

    def by_four(text: str) -> str:
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))

    def one_line(text: str) -> str:
        return " ".join(text.replace("\n", ", ").split())

    def wide(text: str) -> str:
        return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)

    def last_ja() -> str:
        return dice.choice(RARE) if dice.random() < 0.4 else str(ja.last_name())

    def card() -> str:
        return str(us.credit_card_number(card_type=dice.choice(["visa", "mastercard"])))

    return {
        "name_ja": lambda: last_ja() + dice.choice(["", " ", "　"]) + ja.first_name(),
        "last_ja": last_ja,
        "kana_ja": lambda: ja.kana_name().replace(" ", dice.choice(["", " "])),
        "roman_ja": ja.romanized_name,
        "phone_ja": lambda: f"0{digits(1)}-{digits(4)}-{digits(4)}",
        "phone_mobile_ja": lambda: f"0{dice.choice('789')}0{dice.choice(['-', '', ' '])}{digits(4)}-{digits(4)}",
        "phone_wide_ja": lambda: wide(f"0{dice.choice('3456')}-{digits(4)}-{digits(4)}"),
        "zip_ja": ja.zipcode,
        "address_ja": lambda: ja.address().split(" ", 1)[-1] if dice.random() < 0.3 else ja.address(),
        "company_ja": ja.company,
        "name_en": lambda: dice.choice([us, uk]).name(),
        "name_de": de.name,
        "first_en": us.first_name,
        "last_en": us.last_name,
        "company_en": us.company,
        "phone_us": lambda: dice.choice(["{}-{}-{}", "({}) {}-{}", "{}.{}.{}"]).format(digits(3), digits(3), digits(4)),
        "phone_plain_us": lambda: f"+1{digits(10)}",
        "phone_uk": uk.phone_number,
        "phone_de": de.phone_number,
        "address_us": lambda: one_line(us.address()),
        "address_uk": uk.street_address,
        "address_de": de.street_address,
        "postcode_uk": uk.postcode,
        "zip_us": us.zipcode,
        "email": lambda: dice.choice([us, ja, de]).email(),
        "email_wide": lambda: wide(us.email()),
        "url": us.url,
        "ip": us.ipv4,
        "ip6": us.ipv6,
        "iban": uk.iban,
        "iban_spaced": lambda: by_four(de.iban()),
        "card": card,
        "card_spaced": lambda: by_four(card()),
        "my_number": my_number,
        "my_number_spaced": lambda: by_four(my_number()),
        "account_ja": lambda: digits(7),
        "account_en": lambda: digits(8),
        "code": lambda: us.bothify(dice.choice(["??-####", "???#####", "##-????-##", "?#-###-??"])).upper(),
        "digits8": lambda: digits(8),
        "digits10": lambda: digits(10),
    }


def makers_2() -> dict[str, Callable[[], str]]:
    """The makers of the second set that are not those of the first."""
    abroad = [Faker(each) for each in ("en_IN", "en_AU", "pl_PL", "es_ES", "fr_FR")]
    ja = Faker("ja_JP")
    Faker.seed(21)
    dice = random.Random(21)

    def address() -> str:
        where = ja.prefecture() if dice.random() < 0.5 else ""
        numbers = "-".join(str(dice.randint(1, 30)) for _ in range(dice.choice([2, 3])))
        return f"{where}{ja.city()}{ja.town()}{numbers}"

    return {
        "last_2": lambda: dice.choice(RARE_2),
        "given_2": lambda: dice.choice(GIVEN_2),
        "name_2": lambda: dice.choice(RARE_2) + dice.choice(["", " ", "　"]) + dice.choice(GIVEN_2),
        "kana_2": lambda: dice.choice(KANA_2).replace(" ", dice.choice(["", " ", "　"])),
        "foreign_2": lambda: dice.choice(FOREIGN_2),
        "company_plain_2": lambda: dice.choice(PLAIN_2),
        "address_2": address,
        "first_en_2": lambda: dice.choice(abroad).first_name(),
        "last_en_2": lambda: dice.choice(abroad).last_name(),
        "name_en_2": lambda: (one := dice.choice(abroad)).first_name() + " " + one.last_name(),
    }


def filled(templates: dict[str, list[str]], make: dict[str, Callable[[], str]]) -> Iterator[str]:
    """Every sentence as a line."""
    for language, sentences in templates.items():
        for template in sentences:
            for _ in range(FILLS if "{" in template else 1):
                text, spans, done = "", [], 0
                for slot in _SLOT.finditer(template):
                    text += template[done : slot.start()]
                    value = " ".join(make[slot[2]]().split())
                    spans.append([len(text), len(text) + len(value), slot[1]])
                    text += value
                    done = slot.end()
                text += template[done:]
                yield json.dumps({"language": language, "text": text, "spans": spans}, ensure_ascii=False) + "\n"


def main() -> None:
    folder = Path(__file__).parent
    for suffix in ("", "_2"):
        make = makers() if not suffix else {**makers(), **makers_2()}
        templates = tomllib.loads((folder / f"templates{suffix}.toml").read_text("utf-8"))
        (folder / f"sentences{suffix}.jsonl").write_text("".join(filled(templates, make)), "utf-8")


if __name__ == "__main__":
    main()
