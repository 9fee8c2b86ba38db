"""The Gateway API's words for everything that can go wrong: its `respCode` table (section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from typing import Final

from polygate.core.outcomes import Decline
from polygate.core.refusals import Reason


@unique
class Code(Enum):
    """One row of the table: `code` for `respCode`, `http_status`, and `message`, our usual `respMsg`.

    The messages of the 4xxx rows name the reason alone ("insufficient funds"), so that they serve `desc` too.
    """

    DONE = "0000", 200, "success"

    WRONG_CREDENTIALS = "1001", 401, "the appId or the secret is wrong"
    NO_TOKEN = "1002", 401, "an access token is required"
    UNKNOWN_TOKEN = "1003", 401, "the access token is not known"
    EXPIRED_TOKEN = "1004", 401, "the access token has expired"
    APP_DISABLED = "1005", 403, "this app is disabled"
    NOT_ENABLED = "1006", 403, "this product or payment method is not enabled"
    CALLER_NOT_ALLOWED = "1007", 403, "calls from this address are not allowed"

    WRONG_SHAPE = "2001", 200, "the body must be a JSON object in UTF-8"
    MISSING = "2002", 200, "a required field is missing"
    MALFORMED = "2003", 200, "a field is malformed"
    NOT_ALLOWED = "2004", 200, "a value is not allowed"
    BAD_AMOUNT = "2005", 200, "the amount is malformed or out of range"
    CURRENCY_NOT_SUPPORTED = "2006", 200, "the currency is not supported"
    BAD_CARD_NUMBER = "2007", 200, "the card number is invalid"
    BAD_EXPIRY = "2008", 200, "the card's expiry date is invalid or past"
    BAD_URL = "2009", 200, "a URL is invalid"
    NO_ORDER_NAMED = "2010", 200, "orderNo or tradeNo is required"
    METHOD_MISFIT = "2011", 200, "the payment method's own object is missing"
    BAD_LIST = "2012", 200, "a list is empty or too long"

    ORDER_NOT_FOUND = "3001", 200, "order not found"
    ORDER_TAKEN = "3002", 200, "orderNo is already used"
    DIFFERENT_ORDERS = "3003", 200, "orderNo and tradeNo name different orders"
    CAPTURE_NOT_NOW = "3004", 200, "the order cannot be captured in its present state"
    CAPTURE_TOO_LARGE = "3005", 200, "the capture exceeds the authorized amount"
    ALREADY_CAPTURED = "3006", 200, "the order is already captured with another amount"
    AUTHORIZATION_TOO_OLD = "3007", 200, "the authorization has lapsed"
    VOID_NOT_NOW = "3008", 200, "the order cannot be canceled in its present state"
    SESSION_CLOSED = "3009", 200, "the checkout session is closed"
    REFUND_NOT_NOW = "3010", 200, "the order cannot be refunded in its present state"
    REFUND_TOO_LARGE = "3011", 200, "the refund exceeds what is left of the payment"
    REFUND_NUMBER_TAKEN = "3012", 200, "refundNumber is already used with other content"
    REFUND_TOO_LATE = "3013", 200, "the time for refunds is over"
    REFUND_NOT_FOUND = "3014", 200, "refund not found"
    TRACKING_NOT_NOW = "3020", 200, "the order cannot be shipped in its present state"
    TRACKING_NOT_FOUND = "3021", 200, "tracking not found"
    TRACKING_TAKEN = "3022", 200, "trackingNo is already used with other content"
    TRACKING_CHANGE_NOT_ALLOWED = "3023", 200, "this change of the shipping status is not allowed"
    STORED_CARD_NOT_FOUND = "3030", 200, "stored card not found"
    STORED_CARD_MISMATCH = "3031", 200, "the card is not the stored one"

    DECLINED = "4001", 200, "no reason given"
    INSUFFICIENT_FUNDS = "4002", 200, "insufficient funds"
    CARD_EXPIRED = "4003", 200, "card expired"
    WRONG_SECURITY_CODE = "4004", 200, "security code wrong"
    CARD_LOST_OR_STOLEN = "4005", 200, "card lost, stolen or blocked"
    CARD_NOT_PERMITTED = "4006", 200, "card not permitted here"
    OVER_LIMIT = "4007", 200, "over limit"
    AUTHENTICATION_FAILED = "4008", 200, "3-D Secure failed"
    AUTHENTICATION_REQUIRED = "4009", 200, "3-D Secure required by the issuer"
    SUSPECTED_FRAUD = "4010", 200, "stopped by the fraud check"
    ADDRESS_MISMATCH = "4011", 200, "billing address does not match"
    CANCELED_BY_PAYER = "4012", 200, "canceled by the payer"
    WRONG_PAYMENT_CODE = "4013", 200, "authCode wrong or too old"
    UNREACHABLE = "4014", 200, "issuer or wallet not reachable"

    INTERNAL_FAULT = "9001", 500, "internal error"
    NO_ANSWER_YET = "9002", 200, "no answer from the processor yet"
    MAINTENANCE = "9003", 503, "not available at the moment, please try again"
    UNKNOWN_PATH = "9404", 404, "unknown path"
    METHOD_NOT_POST = "9405", 405, "only POST is allowed"
    BODY_TOO_LARGE = "9413", 413, "the body is larger than 1 MiB"
    NOT_JSON = "9415", 415, "Content-Type must be application/json"
    TOO_MANY_REQUESTS = "9429", 429, "too many requests"

    def __init__(self, code: str, http_status: int, message: str) -> None:
        self.code = code
        self.http_status = http_status
        self.message = message


REFUSED: Final[Mapping[Reason, Code]] = {
    Reason.NOT_FOUND: Code.ORDER_NOT_FOUND,
    Reason.ORDER_TAKEN: Code.ORDER_TAKEN,
    Reason.DIFFERENT_ORDERS: Code.DIFFERENT_ORDERS,
    Reason.CAPTURE_NOT_NOW: Code.CAPTURE_NOT_NOW,
    Reason.CAPTURE_TOO_LARGE: Code.CAPTURE_TOO_LARGE,
    Reason.ALREADY_CAPTURED: Code.ALREADY_CAPTURED,
    Reason.AUTHORIZATION_TOO_OLD: Code.AUTHORIZATION_TOO_OLD,
    Reason.VOID_NOT_NOW: Code.VOID_NOT_NOW,
    Reason.SESSION_CLOSED: Code.SESSION_CLOSED,
    Reason.REFUND_NOT_NOW: Code.REFUND_NOT_NOW,
    Reason.REFUND_TOO_LARGE: Code.REFUND_TOO_LARGE,
    Reason.REFUND_NUMBER_TAKEN: Code.REFUND_NUMBER_TAKEN,
    Reason.REFUND_TOO_LATE: Code.REFUND_TOO_LATE,
    Reason.REFUND_NOT_FOUND: Code.REFUND_NOT_FOUND,
    Reason.METHOD_NOT_ENABLED: Code.NOT_ENABLED,
    Reason.CURRENCY_NOT_SUPPORTED: Code.CURRENCY_NOT_SUPPORTED,
    Reason.AMOUNT_TOO_LARGE: Code.BAD_AMOUNT,
    Reason.CARD_NOT_KNOWN: Code.STORED_CARD_NOT_FOUND,
    Reason.CARD_MISMATCH: Code.STORED_CARD_MISMATCH,
    Reason.TRACKING_NOT_NOW: Code.TRACKING_NOT_NOW,
    Reason.TRACKING_NOT_FOUND: Code.TRACKING_NOT_FOUND,
    Reason.TRACKING_TAKEN: Code.TRACKING_TAKEN,
    Reason.TRACKING_CHANGE_NOT_ALLOWED: Code.TRACKING_CHANGE_NOT_ALLOWED,
    Reason.TRACKING_DATA_NOT_ALLOWED: Code.NOT_ALLOWED,
    Reason.ADDRESS_NOT_ALLOWED: Code.CALLER_NOT_ALLOWED,
    Reason.BUSY: Code.MAINTENANCE,
}
"""The row for each thing we decline to do."""

DECLINED: Final[Mapping[Decline, Code]] = {
    Decline.NO_REASON: Code.DECLINED,
    Decline.INSUFFICIENT_FUNDS: Code.INSUFFICIENT_FUNDS,
    Decline.EXPIRED_CARD: Code.CARD_EXPIRED,
    Decline.WRONG_SECURITY_CODE: Code.WRONG_SECURITY_CODE,
    Decline.LOST_OR_STOLEN: Code.CARD_LOST_OR_STOLEN,
    Decline.NOT_PERMITTED: Code.CARD_NOT_PERMITTED,
    Decline.OVER_LIMIT: Code.OVER_LIMIT,
    Decline.AUTHENTICATION_FAILED: Code.AUTHENTICATION_FAILED,
    Decline.AUTHENTICATION_REQUIRED: Code.AUTHENTICATION_REQUIRED,
    Decline.SUSPECTED_FRAUD: Code.SUSPECTED_FRAUD,
    Decline.ADDRESS_MISMATCH: Code.ADDRESS_MISMATCH,
    Decline.CANCELED_BY_PAYER: Code.CANCELED_BY_PAYER,
    Decline.WRONG_CODE: Code.WRONG_PAYMENT_CODE,
    Decline.UNREACHABLE: Code.UNREACHABLE,
}
"""The row for each thing an acquirer declines."""


class Rejected(Exception):
    """A request that never reached the core, because of what it says or how it says it.

    `said` names the field and the rule, never a value. `fields` holds the top-level texts that an error answer may
    echo (section 1.3): as understood, or as sent where they were not. `retry_after_s` is when to come back, where that
    helps.
    """

    def __init__(
        self, code: Code, said: str = "", fields: Mapping[str, str] | None = None, *, retry_after_s: int = 0
    ) -> None:
        super().__init__(code.code, said)
        self.code = code
        self.said = said or code.message
        self.fields = fields or {}
        self.retry_after_s = retry_after_s
