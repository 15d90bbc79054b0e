"""Numbers that prove themselves: the check digits of cards, IBANs and My Numbers."""

from __future__ import annotations


def is_card(digits: str) -> bool:
    """Luhn's sum (ISO/IEC 7812), 13 to 19 digits, not all the same."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(code: str) -> bool:
    """Mod 97 (ISO 13616), 15 to 34 characters without spaces."""
    if not 15 <= len(code) <= 34 or not code.isalnum():
        return False
    return int("".join(str(int(each, 36)) for each in code[4:] + code[:4])) % 97 == 1


def is_my_number(digits: str) -> bool:
    """The check digit of a Japanese individual number, 12 digits (ministerial order no. 85 of 2014, article 5)."""
    if len(digits) != 12 or len(set(digits)) == 1:
        return False
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11
    return int(digits[-1]) == (0 if rest <= 1 else 11 - rest)
