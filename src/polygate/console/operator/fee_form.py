"""Fees as people type them: a line for each currency, a share in percent and a fixed part in whole money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.console.form import Form
from polygate.core.merchants import FeeRule
from polygate.core.money import CURRENCIES, Money, parse, plain

ALL_OTHERS: Final = "*"
_SPARE: Final = 2
"""Empty lines below those that are filled."""
_PERCENT_MOST: Final = 10_000
"""In hundredths of a percent."""


class Line(msgspec.Struct, frozen=True):
    currency: str = ""
    percent: str = ""
    fixed: str = ""
    fault: str = ""
    """The key of what is wrong with it."""


def lines_of(fees: Mapping[str, FeeRule]) -> tuple[Line, ...]:
    """The first is for all currencies that have none of their own."""
    others = fees.get(ALL_OTHERS, FeeRule())
    own = [
        Line(currency, percent(rule), plain(Money(rule.fixed_minor, currency)) if rule.fixed_minor else "")
        for currency, rule in sorted(fees.items())
        if currency != ALL_OTHERS
    ]
    return (Line(ALL_OTHERS, percent(others)), *own, *[Line()] * _SPARE)


def percent(rule: FeeRule) -> str:
    return f"{rule.basis_points // 100}.{rule.basis_points % 100:02}"


def read_lines(form: Form, name: str) -> tuple[dict[str, FeeRule], tuple[Line, ...]]:
    """The fees, and the lines as they were typed; where one has a fault, the fees are worth nothing.

    A line without a currency is left out.
    """
    texts = zip(form.all(f"{name}_currency"), form.all(f"{name}_percent"), form.all(f"{name}_fixed"), strict=False)
    fees: dict[str, FeeRule] = {}
    lines = []
    for currency, share, fixed in texts:
        line = Line(currency, share, fixed)
        if currency:
            try:
                rule = _rule(currency, share, fixed)
            except ValueError as error:
                line = msgspec.structs.replace(line, fault=str(error))
            else:
                if currency in fees:
                    line = msgspec.structs.replace(line, fault="twice")
                elif rule != FeeRule() or currency != ALL_OTHERS:
                    fees[currency] = rule
        lines.append(line)
    return fees, tuple(lines)


def read_percent(text: str) -> int:
    """In hundredths of a percent. Raises ValueError with the key of what is wrong."""
    try:
        basis_points = parse(text or "0", "USD").minor  # Two decimals, like a dollar.
    except ValueError:
        raise ValueError("percent") from None
    if basis_points > _PERCENT_MOST:
        raise ValueError("percent")
    return basis_points


def _rule(currency: str, share: str, fixed: str) -> FeeRule:
    basis_points = read_percent(share)
    if currency == ALL_OTHERS:
        return FeeRule(basis_points)
    if currency not in CURRENCIES:
        raise ValueError("currency")
    try:
        return FeeRule(basis_points, parse(fixed or "0", currency).minor)
    except ValueError:
        raise ValueError("fixed") from None
