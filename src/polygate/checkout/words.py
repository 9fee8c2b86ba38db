"""What the pages say, in each of their languages. The texts are in `locale`, one file for each language."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import msgspec

from polygate.operations.links import LOCALES


class Words:
    """The texts of one language. `locale` is its spelling in paths, `tag` its BCP 47 name."""

    def __init__(self, locale: str, texts: Mapping[str, str]) -> None:
        self.locale: Final = locale
        self.tag: Final = LOCALES[locale]
        self.texts: Final = texts

    def __call__(self, key: str, **values: object) -> str:
        """The text under a key, with its placeholders filled in; values that it has no place for are left out."""
        return self.texts[key].format_map(values)

    def method(self, method: str) -> str:
        """What a payment method calls itself."""
        return self.texts[f"method.{method}"]


def _read(locale: str) -> Words:
    raw = files(__package__).joinpath("locale", f"{locale}.json").read_bytes()
    return Words(locale, msgspec.json.decode(raw, type=dict[str, str]))


IN_DAYS_FROM_HOURS: Final = 48
"""A time left that is longer is told in days and hours; the script that counts it down does so too."""

LANGUAGES: Final = {locale: _read(locale) for locale in LOCALES}
_ENGLISH: Final = LANGUAGES["en-us"]


def words_in(locale: str) -> Words:
    """The texts for a path's locale or a language tag, in any case; English for all others (gateway contract, 7.1)."""
    return LANGUAGES.get(locale.lower(), _ENGLISH)


def time_left(words: Words, left_ms: int) -> str:
    """How long the payer still has: in days and hours, in hours and minutes, or in minutes alone."""
    hours, minutes = divmod(max(left_ms, 0) // 60_000, 60)
    if hours >= IN_DAYS_FROM_HOURS:
        return words("time.days", days=hours // 24, hours=hours % 24)
    if hours:
        return words("time.hours", hours=hours, minutes=f"{minutes:02d}")
    return words("time.minutes", minutes=minutes) if minutes else words("time.last")
