"""What a list is narrowed to, as its form says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from polygate.console.visit import Visit
from polygate.core.money import EXPONENTS, parse
from polygate.store.listing import Filter

_LATEST_YEAR: Final = 2100


class Narrowed(msgspec.Struct, frozen=True):
    filter: Filter
    faults: Mapping[str, str]
    """Field → what is wrong with it, in words. What is wrong narrows nothing."""


def narrowed(visit: Visit, choices: Mapping[str, Sequence[str]]) -> Narrowed:
    """By the query of the page; `choices` are the values that each field of a `Filter` may have."""
    faults: dict[str, str] = {}
    chosen = {name: (visit.query(name),) for name, known in choices.items() if visit.query(name) in known}
    currency = visit.query("currency").upper()
    if currency and currency not in EXPONENTS:
        faults["currency"] = visit.words("payments.currency_wrong")
        currency = ""
    bounds = {name: _minor(visit, name, currency, faults) for name in ("least", "most")}
    days = {name: _day(visit, name, faults) for name in ("from", "until")}
    until = days["until"]
    return Narrowed(
        Filter(
            **chosen,
            currency=(currency,) if currency else (),
            least_minor=bounds["least"],
            most_minor=bounds["most"],
            from_ms=_midnight_ms(days["from"], visit.zone),
            until_ms=_midnight_ms(until + timedelta(days=1) if until else None, visit.zone),
        ),
        faults,
    )


def _minor(visit: Visit, name: str, currency: str, faults: dict[str, str]) -> int | None:
    """An amount is one of a currency only."""
    if not (text := visit.query(name)):
        return None
    if not currency:
        faults.setdefault("currency", visit.words("payments.currency_needed"))
        return None
    try:
        minor = parse(text, currency).minor
    except ValueError:
        faults[name] = visit.words("payments.amount_wrong")
        return None
    if minor.bit_length() < 63:
        return minor
    faults[name] = visit.words("payments.amount_wrong")
    return None


def _day(visit: Visit, name: str, faults: dict[str, str]) -> date | None:
    if not (text := visit.query(name)):
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        day = None
    if day is None or not 1970 < day.year < _LATEST_YEAR:
        faults[name] = visit.words("payments.day_wrong")
        return None
    return day


def _midnight_ms(day: date | None, zone: str) -> int | None:
    """When a day begins where the reader is."""
    if day is None:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp() * 1_000)
