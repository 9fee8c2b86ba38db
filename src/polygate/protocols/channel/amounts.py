"""Money on the wire of the Channel API: a JSON number, exactly (section 2)."""

from __future__ import annotations

from decimal import Decimal

import msgspec


def json_number(text: str) -> msgspec.Raw:
    """Plain decimal text as the number that says exactly this, without decimals that say nothing.

    `"1200.50"` becomes `1200.5` and `"850.00"` becomes `850`; no binary float stands in between. Raises ValueError if
    the text is no finite decimal number.
    """
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ValueError("not a decimal number") from None
    if not value.is_finite():
        raise ValueError("not a decimal number")
    written = f"{value:f}"
    return msgspec.Raw((written.rstrip("0").rstrip(".") if "." in written else written).encode())
