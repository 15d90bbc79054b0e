"""Lines of Japanese and English text: Latin words stay whole, Japanese breaks anywhere but before 。 or after 「."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len

_NOT_FIRST = frozenset(
    "、。，．・：；？！ー々ゝゞ）］｝」』】〉》〕”’ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}%％℃…‥〜"
)
_NOT_LAST = frozenset("（［｛「『【〈《〔“‘([{¥￥$#＃№")


@lru_cache(4096)
def cells(character: str) -> int:
    """Terminal cells of one character: 0, 1 or 2."""
    return cell_len(character)


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """The lines of ``text`` at ``width`` cells, as offsets ``(start, end)``; spaces at a break belong to no line."""
    lines: list[tuple[int, int]] = []
    start = 0
    for paragraph in text.split("\n"):
        lines += [(start + first, start + last) for first, last in _wrapped(paragraph, max(width, 2))]
        start += len(paragraph) + 1
    return lines


def _wrapped(text: str, width: int) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    start = used = index = break_at = 0
    while index < len(text):
        if index > start and _may_break(text[index - 1], text[index]):
            break_at = index
        used += cells(text[index])
        if used <= width or text[index] == " " or index == start:
            index += 1
            continue
        end = break_at if break_at > start else index
        lines.append((start, start + len(text[start:end].rstrip(" "))))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
        index, used, break_at = start, 0, start
    lines.append((start, len(text)))
    return lines


def _may_break(before: str, after: str) -> bool:
    if before == " ":
        return after != " "
    return (
        (cells(before) == 2 or cells(after) == 2)
        and cells(after) > 0
        and after not in _NOT_FIRST
        and before not in _NOT_LAST
    )


def cut(text: str, width: int) -> str:
    """``text`` on at most ``width`` cells, ending in ``..`` where something was left out."""
    if cell_len(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += cells(character)
        if used > width - 2:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ".."[: max(width, 0)]


def pad(text: str, width: int) -> str:
    """``text`` cut or filled with spaces to exactly ``width`` cells."""
    shown = cut(text, width)
    return shown + " " * (width - cell_len(shown))
