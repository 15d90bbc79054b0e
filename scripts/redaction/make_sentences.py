"""Fill the templates: ``python scripts/redaction/make_sentences.py > scripts/redaction/sentences.jsonl`` (needs Faker).

The values come from Faker's own lists for Japan, the United States, Great Britain and Germany, with a fixed seed, so
that nobody picked them with the rules in mind, but for twenty rare Japanese surnames. Check digits are valid. A line
of the result: ``{"language", "text", "spans": [[start, end, kind], …]}``.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from faker import Faker

FILLS = 4
"""Sentences made from a template that has slots; one from a template without."""
RARE = (
    "御手洗", "我妻", "東海林", "薬袋", "鴨志田", "比嘉", "喜屋武", "仲村渠", "赤嶺", "花城", "蛯名", "勅使河原",
    "設楽", "目黒", "越智", "門脇", "生田目", "一ノ瀬", "雨宮", "葛城",
)  # fmt: skip
"""Surnames that are on few lists; Faker's own are the twenty or so most frequent ones."""
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


def main() -> None:
    make = makers()
    templates = tomllib.loads(Path(__file__).with_name("templates.toml").read_text("utf-8"))
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
                print(json.dumps({"language": language, "text": text, "spans": spans}, ensure_ascii=False))


if __name__ == "__main__":
    main()
