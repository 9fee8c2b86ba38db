"""Amounts as JSON numbers, by decimal arithmetic from and to their text (section 2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from polygate.core.money import Money, parse, plain

DIGITS_MAX: Final = 12
_DECIMALS_MAX: Final = 2


def read_amount(value: Any, currency: str) -> Money:
    """Money above zero with at most 2 decimals and 12 digits. Raises ValueError, also for what is no JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("not a number")
    exact = Decimal(value)
    # First of all its magnitude: written out, some exponents would fill the memory.
    if exact <= 0 or not -_DECIMALS_MAX <= exact.adjusted() < DIGITS_MAX:
        raise ValueError("out of range")
    whole, _, fraction = f"{exact:f}".partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > _DECIMALS_MAX or len(whole) + len(fraction) > DIGITS_MAX:
        raise ValueError("too many digits")
    return parse(f"{whole}.{fraction}" if fraction else whole, currency)


def number(money: Money) -> msgspec.Raw:
    """The JSON number that says exactly this amount, without decimals that say nothing."""
    return json_number(plain(money))


def json_number(text: str) -> msgspec.Raw:
    """Plain decimal text as the number that says exactly this: `"1200.50"` becomes `1200.5`, `"850.00"` becomes `850`.

    No binary float stands in between. Raises ValueError if the text is no finite decimal number.
    """
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ValueError("not a decimal number") from None
    if not value.is_finite():
        raise ValueError("not a decimal number")
    written = f"{value:f}"
    return msgspec.Raw((written.rstrip("0").rstrip(".") if "." in written else written).encode())
