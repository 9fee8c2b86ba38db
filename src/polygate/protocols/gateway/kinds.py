"""The kinds of single values that only the Gateway API has (sections 1.1 and 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import Scalar

_AMOUNT: Final = re.compile(r"(?![0.]+$)([0-9]{1,7})(?:\.([0-9]{1,2}))?")
_MONTH: Final = re.compile(r"0?[1-9]|1[0-2]")
_YEAR: Final = re.compile(r"(?:[0-9]{2}){1,2}")


class Spelled(Scalar, frozen=True):
    """A value that a pattern describes; `rule` says it in words."""

    pattern: ClassVar[re.Pattern[str]]

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$"}


class Amount(Spelled, frozen=True):
    """Decimal text, 0.01 to 9999999.99, read with two decimals. Whether they fit the currency is another rule."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_AMOUNT,)
    pattern: ClassVar[re.Pattern[str]] = _AMOUNT
    rule: ClassVar[str] = "must be in plain digits, 0.01 to 9999999.99 with at most 2 decimals"

    def accept(self, text: str) -> Any:
        match = self.pattern.fullmatch(text)
        if match is None:
            raise Wrong(Fault.BAD_AMOUNT, self.rule)
        return f"{int(match[1])}.{(match[2] or '').ljust(2, '0')}"


class ExpiryMonth(Spelled, frozen=True):
    """Read with two digits."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_EXPIRY,)
    pattern: ClassVar[re.Pattern[str]] = _MONTH
    rule: ClassVar[str] = "must be 01 to 12"

    def accept(self, text: str) -> Any:
        if self.pattern.fullmatch(text) is None:
            raise Wrong(Fault.BAD_EXPIRY, self.rule)
        return text.zfill(2)


class ExpiryYear(Spelled, frozen=True):
    """Read with four digits; two digits mean this century."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_EXPIRY,)
    pattern: ClassVar[re.Pattern[str]] = _YEAR
    rule: ClassVar[str] = "must have 4 digits"

    def accept(self, text: str) -> Any:
        if self.pattern.fullmatch(text) is None:
            raise Wrong(Fault.BAD_EXPIRY, self.rule)
        return text if len(text) == 4 else f"20{text}"
