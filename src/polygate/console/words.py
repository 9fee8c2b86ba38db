"""What the pages say, in each of their languages. Each area has a file of its own: `locale/en/team.json`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import msgspec

TAGS: Final = {"en": "en", "zh-cn": "zh-CN"}
"""Our spelling of each language → its BCP 47 tag."""


class Words:
    """The texts of one language. Keys begin with their area: `team.title` is `title` in `team.json`."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language: Final = language
        self.tag: Final = TAGS[language]
        self.texts: Final = texts

    def __call__(self, key: str, **values: object) -> str:
        """The text under a key, with its placeholders filled in. Raises KeyError for a key we do not have.

        Of one thing (a `count` of 1) a language may say something else, under the key with `_one` at its end.
        """
        one = f"{key}_one"
        text = self.texts[one if str(values.get("count")) == "1" and one in self.texts else key]
        return text.format_map(values) if values else text

    def has(self, key: str) -> bool:
        return key in self.texts


def _read(language: str) -> Words:
    folder = files(__package__).joinpath("locale", language)
    areas = sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
    texts = {
        f"{area}.{key}": text
        for area in areas
        for key, text in msgspec.json.decode(folder.joinpath(f"{area}.json").read_bytes(), type=dict[str, str]).items()
    }
    return Words(language, texts)


LANGUAGES: Final = {language: _read(language) for language in TAGS}
_ENGLISH: Final = LANGUAGES["en"]


def words_in(language: str) -> Words | None:
    """The texts of one of our languages."""
    return LANGUAGES.get(language)


def words_wanted(accept_language: str) -> Words:
    """The first language a browser wants that we speak, else English (RFC 9110, 12.5.4; weights come in order)."""
    for part in accept_language.split(","):
        primary = part.partition(";")[0].strip().lower().partition("-")[0]
        if primary == "zh":
            return LANGUAGES["zh-cn"]
        if primary == "en":
            break
    return _ENGLISH
