"""The request bodies of the Gateway API, declared (sections 2.1 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.core.methods import Method
from polygate.core.money import parse
from polygate.core.payments import CaptureMode
from polygate.protocols.gateway.kinds import Amount
from polygate.protocols.gateway.shapes import (
    API_VERSION,
    BILLING,
    CAPTURE_METHOD,
    CARD,
    DEVICE,
    METHOD,
    ORDER_NAME,
    ORDER_NO,
    PRODUCTS,
    REFUND_NUMBER,
    SHIPPING,
    THREE_DS_DATA,
    THREE_DS_MODE,
    TRADE_NO,
    YES_OR_NO,
    ThreeDsMode,
    one_number_is_given,
)
from polygate.protocols.gateway.wallet_objects import WALLETS
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import Field, Found, Given, Shape, optional, required, rule
from polygate.protocols.reading.kinds import Choice, Currency, IpAddress, Prose, SecretText, Text, Url, Whole

STATEMENT_MAX_LENGTH: Final = 18
"""How much of `billingDesc` goes on the payer's statement (section 4.3)."""

_MINUTES: Final = Whole(1, 14_400)


@rule(Fault.BAD_AMOUNT)
def amount_fits_currency(given: Given, found: Found, now_ms: int) -> None:
    """A currency without decimals takes none but zeros."""
    if "amount" in found and "currency" in found:
        try:
            parse(found["amount"], found["currency"])
        except ValueError:
            raise Wrong(Fault.BAD_AMOUNT, f"must be whole in {found['currency']}", "amount") from None


TOKEN: Final = Shape(
    required("appId", Text(1, 64), "The app's number, from the operator."),
    required("secret", SecretText(1, 128), "The app's secret, from the operator."),
)


AMOUNT: Final = (
    required("amount", Amount(), "What the payer pays."),
    required("currency", Currency(), "Its currency, ISO 4217."),
    amount_fits_currency,
)
NEW_ORDER_NO: Final = required("orderNo", ORDER_NO, "The merchant's number of the order; each is charged once.")
_FRAUD_MODE: Final = optional("fraudMode", YES_OR_NO, "`Y` runs the fraud check.", default="N")
_FRONT_URL: Final = optional("frontUrl", Url(), "Where the payer's browser goes afterwards.")
NOTIFICATION_URL: Final = optional("notificationUrl", Url(), "Where results are sent to.")
_PRODUCT_INFO: Final = optional("productInfo", PRODUCTS, "What is bought.")
_SHIPPING: Final = optional("shipping", SHIPPING, "Where the goods go.")
_THREE_DS_MODE: Final = optional(
    "threeDsMode", THREE_DS_MODE, "3-D Secure: never, when asked for, or always.", default=ThreeDsMode.AUTO
)

CASHIER: Final = Shape(
    *AMOUNT,
    optional("captureMethod", CAPTURE_METHOD, "`manual` reserves the amount only.", default=CaptureMode.AUTO),
    optional("description", Prose(1, 255), "What the payer reads on the page."),
    optional("expiryTime", _MINUTES, "Minutes until the session ends.", default="1440"),
    _FRAUD_MODE,
    _FRONT_URL,
    optional("linkMode", Text(1, 255), "Checkout mode; all act as `session`.", default="session"),
    NOTIFICATION_URL,
    NEW_ORDER_NO,
    _PRODUCT_INFO,
    _SHIPPING,
    _THREE_DS_MODE,
)


def _payment(*own_object: Field) -> Shape:
    """The fields of a payment around the object of its method; objects of other methods are unknown fields."""
    return Shape(
        *AMOUNT,
        NEW_ORDER_NO,
        required("paymentMethodType", METHOD, "How the payer pays; may be left out beside a single method object."),
        required("deviceInfo", DEVICE, "What the payer pays with."),
        *own_object,
        optional("billing", BILLING, "Who pays."),
        optional("billingDesc", Prose(1, 128), f"Statement text, of which {STATEMENT_MAX_LENGTH} characters are used."),
        optional("description", Prose(1, 50), "What is paid for."),
        optional("expiryTime", _MINUTES, "Minutes the payer may take.", default="60"),
        _FRAUD_MODE,
        _FRONT_URL,
        NOTIFICATION_URL,
        _PRODUCT_INFO,
        _SHIPPING,
        optional("threeDsData", THREE_DS_DATA, "The merchant's own 3-D Secure result."),
        _THREE_DS_MODE,
    )


PAYMENT_BY_CARD: Final = _payment(
    required("card", CARD, "The payer's card; required for `card`.", missing=Fault.MISFIT)
)
PAYMENT_BY_WALLET: Final[Mapping[Method, Shape]] = {
    method: _payment(optional(method.value, wallet, f"How the payer uses the wallet, for `{method.value}`."))
    for method, wallet in WALLETS.items()
}
PAYMENT_OTHERWISE: Final = _payment()
"""For a method that there is not, so that faults are told in their order."""


CAPTURE: Final = Shape(required("captureAmount", Amount(), "What to take of the authorized amount."), *ORDER_NAME)
CANCEL: Final = Shape(*ORDER_NAME)
# Longer than any method's name: the original documents' own example lists all of them in one text.
_METHOD_HINT: Final = optional("paymentMethodType", Text(1, 255), "Accepted, and not used to find anything.")
QUERY: Final = Shape(*ORDER_NAME, _METHOD_HINT)
REFUND: Final = Shape(
    required("amount", Amount(), "What goes back to the payer."),
    required("clientIp", IpAddress(), "Address of the person who asks."),
    NOTIFICATION_URL,
    *ORDER_NAME,
    required("reason", Prose(1, 255), "Why."),
    required("refundNumber", REFUND_NUMBER, "The merchant's number of the refund; each is carried out once."),
)
REFUND_QUERY: Final = Shape(
    # Held to the limits of a refund number: those may be shorter than an order number.
    optional("orderNo", REFUND_NUMBER, "The refund's number, or the order's."),
    optional("tradeNo", TRADE_NO, "The gateway's number of the refund, or of the order."),
    one_number_is_given,
    _METHOD_HINT,
)


SUBSCRIBE: Final = Shape(
    required("apiVersion", API_VERSION, "Version of the notification bodies; all mean the present one."),
    required("signMethod", Choice(("sha256",)), "How notifications are signed."),
    required("subscribeUrl", Url(), "Where notifications go that have no URL of their own."),
)
