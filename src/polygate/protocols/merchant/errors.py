"""The Merchant API's words for everything that can go wrong (sections 2.3 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from polygate.core.refusals import Reason


class Code(IntEnum):
    """What stands in `code`, with its usual text in `message`."""

    def __new__(cls, value: int, message: str) -> Code:
        code = int.__new__(cls, value)
        code._value_ = value
        code.message = message
        return code

    message: str

    APPROVED = 100, "successful transaction"
    DECLINED = 101, "transaction failed"
    PENDING = 102, "transaction pending"
    CLOSED = 103, "order closed"
    REFUND_ACCEPTED = 110, "Refund request successful"
    REFUNDED = 111, "Refund successful"
    REFUND_FAILED = 112, "Refund failed"
    FOUND = 121, "Search success"
    NOT_FOUND = 122, "Search failed"
    UPLOADED = 141, "upload successful"
    NOT_UPLOADED = 142, "upload failed"
    NOT_ACTIVE = 201, "merchant is not active"
    REDIRECT = 301, "redirect required"
    FAILED = 400, "request failed"
    UNAUTHORIZED = 401, "unauthorized"
    NO_SUCH_INTERFACE = 404, "no such interface"
    BAD_PARAMETER = 500, "request parameter error"
    NUMBER_TAKEN = 501, "transactionId already used"
    SYSTEM_ERROR = 999, "system error"


CODES_DONE: Final = frozenset(
    str(code.value)
    for code in (
        *(Code.APPROVED, Code.DECLINED, Code.PENDING, Code.CLOSED, Code.REDIRECT),
        *(Code.REFUND_ACCEPTED, Code.REFUNDED, Code.FOUND, Code.UPLOADED),
    )
)
"""Of calls that were done, whatever became of the payment. Refunds that failed share their code with refused ones."""


class Rejected(Exception):
    """A call that is answered with an error. The outcome is in the code: most have HTTP status 200."""

    def __init__(
        self, code: Code, said: str = "", *, status: int = 200, allow: str = "", retry_after_s: int = 0
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.said = said or code.message
        self.status = status
        self.allow = allow
        """The methods of a path that was called by another one."""
        self.retry_after_s = retry_after_s


def not_json() -> Rejected:
    return Rejected(Code.FAILED, "request body is not valid JSON", status=400)


def unauthorized() -> Rejected:
    return Rejected(Code.UNAUTHORIZED, status=401)


def no_such_interface() -> Rejected:
    return Rejected(Code.NO_SUCH_INTERFACE, status=404)


ON_CREATION: Final[Mapping[Reason, Code]] = {
    Reason.ORDER_TAKEN: Code.NUMBER_TAKEN,
    Reason.METHOD_NOT_ENABLED: Code.BAD_PARAMETER,
    Reason.CURRENCY_NOT_SUPPORTED: Code.BAD_PARAMETER,
    Reason.AMOUNT_TOO_LARGE: Code.BAD_PARAMETER,
}
"""The code for what we decline to do for a new transaction; 400 for all the rest."""

SAID: Final[Mapping[Reason, str]] = {
    Reason.ORDER_TAKEN: Code.NUMBER_TAKEN.message,
    Reason.GROUP_PAID: "orderId already has a successful transaction",
    Reason.NOT_FOUND: "transaction not found",
    Reason.METHOD_NOT_ENABLED: "transactionMethod is not enabled for this app",
    Reason.CURRENCY_NOT_SUPPORTED: "currency is not enabled for this app",
    Reason.AMOUNT_TOO_LARGE: "amount is more than any enabled payment method takes",
    Reason.REFUND_NOT_NOW: "transaction is not paid",
    Reason.REFUND_TOO_LARGE: "refund amount exceeds the refundable amount",
    Reason.REFUND_NUMBER_TAKEN: "refundTransactionId already used with other content",
    Reason.TRACKING_NOT_NOW: "transaction is not paid",
}
"""Our words for what we decline to do, where the core speaks of fields that this API calls otherwise."""
