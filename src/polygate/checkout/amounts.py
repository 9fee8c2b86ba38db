"""Amounts as payers read them: with the symbol their language uses, or else the currency's code."""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.core.money import Money, plain

_SYMBOLS: Final[dict[str, str]] = {
    "AUD": "A$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "INR": "₹",
    "JPY": "JP¥",
    "KRW": "₩",
    "NZD": "NZ$",
    "SGD": "S$",
    "TWD": "NT$",
    "USD": "US$",
}
_AT_HOME: Final[dict[tuple[str, str], str]] = {("USD", "en-US"): "$", ("JPY", "en-US"): "¥", ("CNY", "zh-CN"): "¥"}
"""Where a bare sign can only mean one currency (Unicode CLDR, narrow and standard symbols)."""


class Amount(msgspec.Struct, frozen=True):
    text: str
    code: str
    """The currency's code; empty where `text` has it already."""


def shown(money: Money, tag: str) -> Amount:
    """An amount in the language `tag` (BCP 47); our three languages all group thousands by a comma."""
    symbol = _AT_HOME.get((money.currency, tag)) or _SYMBOLS.get(money.currency)
    whole, point, fraction = plain(money).partition(".")
    number = f"{int(whole):,}{point}{fraction}"
    return Amount(f"{symbol}{number}", money.currency) if symbol else Amount(f"{money.currency}\N{NBSP}{number}", "")
