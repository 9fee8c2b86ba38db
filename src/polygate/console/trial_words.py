"""What the sandbox's tables say, in the reader's language. They are written in English beside the rules they tell of;
`locale/trials.zh-cn.json` has each sentence in Chinese, with `{0}`, `{1}` for its codes and numbers of seconds."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import msgspec

from polygate.console.words import Words

_CHINESE: Final = msgspec.json.decode(
    files(__package__).joinpath("locale", "trials.zh-cn.json").read_bytes(), type=dict[str, str]
)
_VARYING: Final = re.compile(r"`[^`]*`|\b\d+(?= seconds)")


def in_words(text: str, words: Words) -> str:
    """A text of the tables; in English where it is newer than our translation."""
    if words.language == "en":
        return text
    found: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        found.append(match[0])
        return f"{{{len(found) - 1}}}"

    sentence = _VARYING.sub(numbered, text)
    return _CHINESE[sentence].format(*found) if sentence in _CHINESE else text


def pieces(text: str, words: Words) -> list[tuple[bool, str]]:
    """The text in pieces, each with whether it stood between backticks."""
    told = in_words(text, words)
    return [(place % 2 == 1, piece) for place, piece in enumerate(told.split("`")) if piece]
