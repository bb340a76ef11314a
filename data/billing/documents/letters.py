"""Names in a writing for which the typesetter's fonts have no letters (Chinese, Japanese, Korean, Thai, emoji…) are
printed in Latin letters: 王小明 as WangXiaoMing. Workbooks and text files keep them as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from anyascii import anyascii

UNKNOWN = "?"


def list_characters(value: Any) -> set[str]:
    """All that is said anywhere in a page, beyond the letters that every font has."""
    return {char for text in _list_texts(value) for char in text if not char.isascii()}


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(each)


def write_in_latin(value: Any, is_printable: Callable[[str], bool]) -> Any:
    """The same page, without a letter that cannot be printed."""
    table = str.maketrans(
        {char: anyascii(char) or UNKNOWN for char in sorted(list_characters(value)) if not is_printable(char)}
    )
    return _translate(value, table)


def _translate(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: _translate(each, table) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_translate(each, table) for each in value]
    return value
