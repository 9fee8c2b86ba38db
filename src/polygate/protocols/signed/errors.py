"""The Signed API's words for everything that can go wrong (section 8)."""

from __future__ import annotations

from enum import Enum, unique


@unique
class Code(Enum):
    """One row of the table: `code`, `http_status` and `message`, the text where no field is named."""

    OK = "OK", 200, ""
    HEADER_MISSING = "Auth.Header.Missing", 401, "the Authorization header is missing"
    HEADER_MALFORMED = "Auth.Header.Malformed", 401, "the Authorization header is malformed"
    TIMESTAMP_EXPIRED = "Auth.Timestamp.Expired", 401, "the timestamp is more than 300 seconds off"
    SIGNATURE_INVALID = "Auth.Signature.Invalid", 401, "signature verification failed"
    NONCE_REUSED = "Auth.Nonce.Reused", 401, "the nonce was used before"
    AGENT_MISSING = "Common.UserAgent.Missing", 403, "the User-Agent header is missing"
    PLAIN_HTTP = "Common.Transport.Insecure", 403, "live apps are served over HTTPS only"
    UNKNOWN_PATH = "Common.Path.NotFound", 404, "there is no such path"
    WRONG_METHOD = "Common.Method.NotAllowed", 405, "the method must be POST"
    TOO_LARGE = "Common.Request.TooLarge", 413, "the body must have at most 256 KiB"
    UNSUPPORTED_TYPE = "Common.Request.UnsupportedType", 415, "the Content-Type must be application/json"
    RATE_LIMITED = "Common.Rate.Limited", 429, "too many requests"
    INVALID_JSON = "Common.Request.InvalidJson", 200, "the body must be a JSON object in UTF-8"
    MISSING = "Common.Parameter.Missing", 200, "a required field is missing"
    INVALID = "Common.Parameter.Invalid", 200, "a field is not what it must be"
    BAD_AMOUNT = "Common.Amount.Invalid", 200, "the amount is malformed or not above 0"
    AMOUNT_OUT_OF_RANGE = "Common.Amount.OutOfRange", 200, "the amount is outside the method's limits"
    CURRENCY_NOT_SUPPORTED = "Common.Currency.NotSupported", 200, "the currency is not supported for this method"
    METHOD_NOT_ENABLED = "Common.Method.NotEnabled", 200, "the method is not enabled"
    PAYMENT_DUPLICATED = "Payment.Trade.Duplicated", 200, "merchantTradeNo was used with other content"
    PAYMENT_NOT_FOUND = "Payment.Trade.NotFound", 200, "payment not found"
    PAYMENT_CONFLICT = "Payment.Trade.Conflict", 200, "merchantTradeNo and paymentNo are different payments"
    PAYMENT_REJECTED = "Payment.Common.Rejected", 200, "rejected by the channel"
    PAYOUT_DUPLICATED = "Payout.Trade.Duplicated", 200, "merchantTradeNo was used with other content"
    PAYOUT_NOT_FOUND = "Payout.Trade.NotFound", 200, "payout not found"
    PAYOUT_CONFLICT = "Payout.Trade.Conflict", 200, "merchantTradeNo and payoutNo are different payouts"
    PAYOUT_REJECTED = "Payout.Common.Rejected", 200, "rejected by the bank"
    PAYOUT_BALANCE = "Payout.Balance.Insufficient", 200, "the available balance is too small"
    PAYOUT_ACCOUNT = "Payout.Account.Invalid", 200, "the account is malformed"
    REFUND_DUPLICATED = "Refund.Trade.Duplicated", 200, "merchantRefundNo was used with other content"
    REFUND_NOT_FOUND = "Refund.Trade.NotFound", 200, "refund not found"
    REFUND_CONFLICT = "Refund.Trade.Conflict", 200, "merchantRefundNo and refundNo are different refunds"
    REFUND_PAYMENT_NOT_FOUND = "Refund.Payment.NotFound", 200, "payment not found"
    REFUND_NOT_REFUNDABLE = "Refund.Payment.NotRefundable", 200, "the payment cannot be refunded"
    REFUND_TOO_LARGE = "Refund.Amount.Exceeded", 200, "the amount is more than is left to refund"
    REFUND_BALANCE = "Refund.Balance.Insufficient", 200, "the available balance is too small"
    INTERNAL_FAULT = "System.Internal.Error", 500, "an internal error; query before repeating"
    UNAVAILABLE = "System.Service.Unavailable", 503, "the service is not available at the moment"

    def __init__(self, code: str, http_status: int, message: str) -> None:
        self.code = code
        self.http_status = http_status
        self.message = message


class Rejected(Exception):
    """A call that is answered with an error. `said` is by default the code's own message."""

    def __init__(self, code: Code, said: str = "", *, retry_after_s: int = 0) -> None:
        super().__init__(code.code, said)
        self.code = code
        self.said = said or code.message
        self.retry_after_s = retry_after_s
