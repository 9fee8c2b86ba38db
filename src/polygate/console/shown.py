"""Money and times as the reader writes them: the only place that knows how (Unicode CLDR, by way of Babel)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_currency_symbol

from polygate.console.words import Words
from polygate.core.money import EXPONENTS, Money, parse, plain

_SHORT: Final = {"en": "MMM d, HH:mm", "zh-CN": "M月d日 HH:mm"}
"""For tables, where the year goes without saying unless it is another one."""
_DAY: Final = {"en": "MMM d", "zh-CN": "M月d日"}
_LONG: Final = {"en": "MMM d, y, HH:mm:ss", "zh-CN": "y年M月d日 HH:mm:ss"}


class Amount(msgspec.Struct, frozen=True):
    text: str
    code: str
    """The currency's code; empty where `text` has it already."""


def amount(money: Money, words: Words) -> Amount:
    """An amount with as many decimals as its currency has (ISO 4217)."""
    places = EXPONENTS[money.currency]
    pattern = f"#,##0.{'0' * places}" if places else "#,##0"
    locale = _locale(words)
    number = format_decimal(abs(Decimal(plain(money))), format=pattern, locale=locale)
    sign = "\N{MINUS SIGN}" if money.minor < 0 else ""
    symbol = get_currency_symbol(money.currency, locale=locale)
    if symbol == money.currency:
        return Amount(f"{sign}{number}", symbol)
    return Amount(f"{sign}{symbol}{number}", money.currency)


def amount_text(money: Money, words: Words) -> str:
    """An amount in one piece, for sentences."""
    parts = amount(money, words)
    return f"{parts.text} {parts.code}".strip()


def amount_kept(text: str, words: Words) -> str:
    """An amount as facts and the audit log keep it (`12.30 INR`); what is none stays as it is."""
    number, _, currency = text.partition(" ")
    if currency not in EXPONENTS:
        return text
    try:
        return amount_text(parse(number, currency), words)
    except ValueError:
        return text


def count(number: int, words: Words) -> str:
    return str(format_decimal(number, locale=_locale(words)))


def percent(share: float, words: Words) -> str:
    """A share of one, with one decimal."""
    return str(format_decimal(Decimal(f"{share * 100:.1f}"), format="0.0", locale=_locale(words))) + "%"


def moment(at_ms: int, zone: str, words: Words, *, now_ms: int) -> str:
    """Day and minute; with the year if that is not the present one."""
    at, now = _at(at_ms, zone), _at(now_ms, zone)
    if at.year != now.year:
        return str(format_datetime(at, "medium", locale=_locale(words)))
    return str(format_datetime(at, _SHORT[words.tag], locale=_locale(words)))


def exact_moment(at_ms: int, zone: str, words: Words) -> str:
    """To the second, with the year and the zone."""
    at = _at(at_ms, zone)
    return f"{format_datetime(at, _LONG[words.tag], locale=_locale(words))} {at.tzname()}"


def day(at_ms: int, zone: str, words: Words) -> str:
    return str(format_date(_at(at_ms, zone), "medium", locale=_locale(words)))


def calendar_day(text: str, words: Words) -> str:
    """A day that somebody wrote as `2026-03-31`, with its year; what is none stays as it is."""
    try:
        return str(format_date(date.fromisoformat(text), "medium", locale=_locale(words)))
    except ValueError:
        return text


def date_of(day: date, words: Words) -> str:
    """Without the year."""
    return str(format_date(day, _DAY[words.tag], locale=_locale(words)))


def iso(at_ms: int) -> str:
    """For `<time datetime>`."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def zones() -> tuple[str, ...]:
    """Every zone of the IANA database."""
    return tuple(sorted(available_timezones()))


def _at(at_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(zone))


def _locale(words: Words) -> Locale:
    return _LOCALES[words.tag]


_LOCALES: Final = {"en": Locale.parse("en"), "zh-CN": Locale.parse("zh_CN")}
