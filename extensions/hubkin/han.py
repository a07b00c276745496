"""Where a Chinese sentence meets what is filled into it; standard library only, and imports nobody of ours.

Chinese has a space beside Latin letters and digits and none beside Chinese.  Whoever writes
``需要 {n} 张 {label}`` cannot know which of both `label` will be, so the space is decided when the sentence
is filled in, and only at the seams: what somebody else wrote is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any

_CLOSE = "，。；：、！？（）《》“”"
_PARSE = Formatter().parse


class Chinese(str):
    """A sentence of the catalog whose ``format`` minds the seams."""

    __slots__ = ()

    def format(self, *args: Any, **kwargs: Any) -> str:
        """Fill in the names, as `str.format` does."""
        return joined(_pieces(self, args, kwargs))

    def format_map(self, mapping: Mapping[str, Any], /) -> str:  # type: ignore[override] # its own is private
        """Fill in the names of a mapping."""
        return joined(_pieces(self, (), mapping))


def joined(pieces: Iterable[str]) -> str:
    """Put the pieces of a Chinese sentence together.

    >>> joined(["需要 2 张 ", "模拟 GPU", "，空闲 ", "1", " 张。"]), joined(["由", "ada", "停止。"])
    ('需要 2 张模拟 GPU，空闲 1 张。', '由 ada 停止。')
    >>> joined(["端口 80 已被占用。", " ", "这个端口可用：81"])
    '端口 80 已被占用。这个端口可用：81'
    """
    said = ""
    for piece in pieces:
        if said and piece:
            if said[-1] == " " and _touches(said[-2:-1], piece[0]):
                said = said[:-1]
            elif piece[0] == " " and _touches(said[-1], piece[1:2]):
                piece = piece[1:]
            elif _needs_space(said[-1], piece[0]):
                said += " "
        said += piece
    return said


def _pieces(text: str, args: tuple[Any, ...], values: Mapping[str, Any]) -> Iterator[str]:
    for literal, field, spec, conversion in _PARSE(text):
        yield literal
        if field is not None:
            hole = "{" + field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
            yield hole.format(*args, **values)


def _touches(left: str, right: str) -> bool:
    """Whether no space belongs between the two: full-width punctuation brings its own."""
    return bool(left and right) and (left in _CLOSE or right in _CLOSE or (_is_han(left) and _is_han(right)))


def _needs_space(left: str, right: str) -> bool:
    return (_is_han(left) and _is_latin(right)) or (_is_latin(left) and _is_han(right))


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _is_latin(character: str) -> bool:
    return (character.isascii() and character.isalnum()) or character in "`¥$%"
