"""The kinds of single values that only the Signed API has (sections 1.1, 4.2 and 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import AnyJson, Reading, Scalar, absent, text_of
from polygate.protocols.reading.kinds import Currency, Text
from polygate.protocols.signed.methods import CURRENCIES

_AMOUNT: Final = re.compile(r"(?![0.]+$)([0-9]{1,15})(?:\.([0-9]{1,2}))?")
_PLAIN: Final = r"\s\x00-\x1f\x7f-\x9f"
_LISTED_MAX: Final = 50

NUMBER: Final = Text(1, 50, re.compile(r"[!-~]+"), "must be printable ASCII without blanks")
EMAIL: Final = Text(1, 80, re.compile(rf"[^@{_PLAIN}]+@[^@{_PLAIN}]+"), "must have one @, and no blanks")
PHONE: Final = Text(1, 20, re.compile(r"\+?[0-9]+"), "must be digits, and may start with +")
VPA: Final = Text(1, 128, re.compile(r"[A-Za-z0-9._-]{2,}@[A-Za-z0-9.-]{2,}"), "must be a UPI address like name@bank")


class Amount(Scalar, frozen=True):
    """Decimal text above 0 with at most 2 decimals, read with two."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_AMOUNT,)
    rule: ClassVar[str] = "must be above 0, with at most 15 digits and 2 decimals"

    def accept(self, text: str) -> Any:
        match = _AMOUNT.fullmatch(text)
        if match is None:
            raise Wrong(Fault.BAD_AMOUNT, self.rule)
        return f"{int(match[1])}.{(match[2] or '').ljust(2, '0')}"

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "maxLength": 18, "pattern": f"^(?:{_AMOUNT.pattern})$"}


class TradeCurrency(Currency, frozen=True):
    """One of the currencies of this API; which of them a method takes is another rule."""

    values: ClassVar[tuple[str, ...]] = CURRENCIES

    def accept(self, text: str) -> Any:
        code = super().accept(text)
        if code not in CURRENCIES:
            raise Wrong(Fault.CURRENCY_NOT_SUPPORTED, "is not a supported currency")
        return code


CURRENCY: Final = TradeCurrency()


class Currencies(AnyJson, frozen=True):
    """A list of currencies, or one alone; read as a tuple without repeats."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_LIST, *TradeCurrency.faults)
    schema: ClassVar[Mapping[str, Any]] = {
        "type": "array",
        "items": {"type": "string", "enum": list(CURRENCIES)},
        "minItems": 1,
        "maxItems": _LISTED_MAX,
    }
    rule: ClassVar[str] = f"1 to {_LISTED_MAX} elements"

    def enter(self, value: object, path: str, reading: Reading) -> Any:
        listed = value if isinstance(value, list) else [value]
        if not 1 <= len(listed) <= _LISTED_MAX:
            reading.note(Fault.BAD_LIST, path, f"must have 1 to {_LISTED_MAX} elements")
            return ()
        found: dict[str, None] = {}
        for place, each in enumerate(listed):
            try:
                if absent(each):
                    raise Wrong(Fault.MALFORMED, "must be a three-letter currency code")
                found[CURRENCY.accept(text_of(each))] = None
            except Wrong as wrong:
                where = f"{path}[{place}]" if isinstance(value, list) else path
                reading.note(wrong.fault, where, wrong.said)
        return tuple(found)
