"""The Channel API's words for everything that can go wrong (section 10)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from typing import Final

from polygate.core.refusals import Reason


@unique
class Code(Enum):
    """One row of the table: `code`, `http_status` and `message`, our `errorDesc`."""

    DONE = 0, 200, ""
    UNAUTHORIZED = 1001, 401, "unauthorized"
    CALLER_NOT_ALLOWED = 1002, 403, "ip not allowed"
    MERCHANT_DISABLED = 1003, 200, "merchant disabled"
    INTERFACE_DISABLED = 1004, 200, "interface disabled"
    NOT_JSON = 1101, 400, "invalid json"
    NOT_DECRYPTED = 1102, 200, "invalid data"
    BAD_PARAMETER = 1103, 200, "invalid parameter"
    NUMBER_TAKEN = 1201, 200, "sourceNo already exists"
    ORDER_NOT_FOUND = 1202, 200, "order not found"
    BALANCE_TOO_SMALL = 1203, 200, "insufficient balance"
    NO_CHANNEL = 1204, 200, "no channel available"
    AMOUNT_OUT_OF_RANGE = 1205, 200, "amount out of range"
    UNKNOWN_PATH = 1404, 404, "not found"
    WRONG_METHOD = 1405, 405, "method not allowed"
    SYSTEM_ERROR = 9999, 500, "system error"

    def __init__(self, code: int, http_status: int, message: str) -> None:
        self.code = code
        self.http_status = http_status
        self.message = message


REFUSED: Final[Mapping[Reason, Code]] = {
    Reason.ORDER_TAKEN: Code.NUMBER_TAKEN,
    Reason.NOT_FOUND: Code.ORDER_NOT_FOUND,
    Reason.DIFFERENT_ORDERS: Code.ORDER_NOT_FOUND,
    Reason.BALANCE_TOO_SMALL: Code.BALANCE_TOO_SMALL,
    Reason.METHOD_NOT_ENABLED: Code.NO_CHANNEL,
    Reason.CURRENCY_NOT_SUPPORTED: Code.NO_CHANNEL,
    Reason.AMOUNT_TOO_LARGE: Code.AMOUNT_OUT_OF_RANGE,
}
"""The row for each thing we decline to do for a caller of this API."""


class Rejected(Exception):
    """A call that is answered with an error. `field` is the one that is wrong, for BAD_PARAMETER."""

    def __init__(self, code: Code, field: str = "") -> None:
        super().__init__(code.code, field)
        self.code = code
        self.said = f"{code.message}: {field}" if field else code.message


def bad(field: str) -> Rejected:
    """What to raise for a field that is missing or wrong."""
    return Rejected(Code.BAD_PARAMETER, field)
