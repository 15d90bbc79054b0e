"""200 personal items that nobody has: each of them unlike anything else that stands in a file."""

from __future__ import annotations

from dataclasses import dataclass

_GREEK = ("Alpha", "Beta", "Gamma", "Delta", "Sigma", "Tau", "Iota", "Kappa", "Phi", "Psi")
TERMS = (*(f"カナリア商会{word}" for word in "甲乙丙丁戊己庚辛壬癸"), *(f"Canaria {word} Works" for word in _GREEK))
"""The firm's own list."""


@dataclass(frozen=True)
class Canary:
    """An item, and a sentence that it stands in."""

    text: str
    sentence: str


def canaries() -> tuple[Canary, ...]:
    """Mail, phone, postal code, card, IBAN, account, My Number, address on the net, IP, order number, key, own term."""
    items: list[Canary] = []
    for n in range(20):
        mail = f"canary.{n:02}{'abcdefghij'[n % 10]}@kanaria-mail{n}.example.co.jp"
        items.append(Canary(mail, f"連絡は{mail}までお願いします。" if n % 2 else f"Please write to {mail} today."))
        phone = f"03-{5200 + n}-{1090 + 7 * n:04}" if n % 2 else f"+81 90-{6100 + n}-{2010 + 3 * n}"
        items.append(Canary(phone, f"電話は{phone}です。" if n % 3 else f"Call me at {phone}, please."))
        postal = f"〒{530 + n}-{10 + n:04}"
        items.append(Canary(postal, f"送付先は{postal}です。"))
        card = _luhn(f"4539{n:02}71{n:02}5502{n:03}")
        items.append(Canary(card, f"カード番号 {card} で払いました。" if n % 2 else f"I paid with card {card}."))
        iban = _iban("DE", f"37040044{n:02}53201300")
        items.append(Canary(iban, f"口座は{iban}です。" if n % 2 else f"The IBAN is {iban}."))
        my_number = _my_number(f"7{n:02}38104{n:02}5")
        items.append(Canary(my_number, f"マイナンバーは{my_number}です。"))
        url = f"https://portal{n}.kanaria.example.com/orders/{7000 + n}?id=x{n}y"
        items.append(Canary(url, f"{url}を見てください。" if n % 2 else f"See {url} for photos."))
        order = f"KNR-2026-{880000 + 131 * n}"
        items.append(Canary(order, f"注文番号{order}の件です。" if n % 2 else f"This is about order {order}."))
        key = f"sk-canary{n:02}Zq81Lm{n:02}XvT4wP0r"
        items.append(Canary(key, f"APIキーは {key} です。" if n % 2 else f"The api key is {key}."))
        term = TERMS[n]
        items.append(Canary(term, f"{term}の担当者が怒っています。" if n < 10 else f"{term} is angry."))
    return tuple(items)


def _luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def _iban(country: str, account: str) -> str:
    number = "".join(str(int(each, 36)) for each in account + country + "00")
    return f"{country}{98 - int(number) % 97:02}{account}"


def _my_number(digits: str) -> str:
    """Eleven digits and the check digit of the My Number rule."""
    weighted = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits), 1))
    rest = weighted % 11
    return digits + str(0 if rest <= 1 else 11 - rest)
