"""The answers of the Gateway API, declared (sections 2.1, 4 and 10.4)."""

from __future__ import annotations

from typing import Any, Final

from polygate.core.cards import Brand
from polygate.protocols.gateway.methods import METHODS, WALLET_METHODS
from polygate.protocols.gateway.shapes import BILLING, ORDER_NO, REFUND_NUMBER, SHIPPING, TRADE_NO
from polygate.protocols.gateway.shipping.bodies import DIRECTIONS, NUMBER_TYPES, STATUSES
from polygate.protocols.gateway.states import EVENTS, ORDER_STATES, REFUND_STATES
from polygate.protocols.reading.answer_fields import Listed, Written, always, body, sometimes
from polygate.protocols.reading.kinds import Choice, Country, Currency, Date, IpAddress, Url


def _text(limits: str, pattern: str | None = None, **more: Any) -> Written:
    schema = {"type": "string", "minLength": 1, **more}
    return Written(schema if pattern is None else schema | {"pattern": f"^{pattern}$"}, limits)


def _one_of(**meanings: str) -> Written:
    return Written(
        {"type": "string", "enum": list(meanings)}, ", ".join(f"`{value}` {about}" for value, about in meanings.items())
    )


_FREE: Final = _text("text")
_AMOUNT: Final = _text("2 decimals", r"[0-9]{1,7}\.[0-9]{2}")
_NUMBER: Final = Written({"type": "number", "minimum": 0}, "JSON number with 2 decimals")
_WHOLE: Final = Written({"type": "integer", "minimum": 0}, "JSON integer")
_DATE_TIME: Final = _text("`2025-06-09T10:15:31+08:00`", format="date-time")
_PLAIN_TIME: Final = _text("`2025-06-09 10:15:31`, in UTC+08:00", "[0-9]{4}(-[0-9]{2}){2} [0-9]{2}(:[0-9]{2}){2}")
_IDENTIFIER: Final = _text("33 digits", "[0-9]{33}")
_LINK: Final = _text("absolute URL", format="uri")
_PAY_LINK: Final = _text("absolute URL; for `payNow` the text of its QR code")
_SENT_LINK: Final = _text("absolute URL, as sent", maxLength=Url().longest)
_BIN: Final = _text("6 digits", "[0-9]{6}")
_BRAND: Final = _text("the scheme, or the wallet's method", "|".join((*Brand, *WALLET_METHODS)).join("()"))
_MASKED: Final = _text("first 6, stars and last 4 of the card, or the wallet's reference")
_STATUS: Final = Choice(tuple(ORDER_STATES))
_EVENT: Final = Choice(tuple(EVENTS))
_REFUND_STATUS: Final = Choice(tuple(REFUND_STATES))
_METHOD: Final = Choice(METHODS)

_NUMBERS: Final = (
    always("orderNo", ORDER_NO, "The merchant's number of the order."),
    always("tradeNo", TRADE_NO, "The gateway's number of the order."),
)
_WHERE: Final = (
    sometimes("orderStatus", _STATUS, "Where the order stands."),
    sometimes("lastEvent", _EVENT, "What happened last, or what to do next."),
    sometimes("transactionTime", _DATE_TIME, "When the acquirer answered."),
)
_AMOUNT_AND_CURRENCY: Final = (
    always("amount", _AMOUNT, "What the order is about; after a capture, what was taken."),
    always("currency", Currency(), "Its currency, ISO 4217."),
)
_CHARGED: Final = (
    sometimes("authorizeCode", _text("6 characters", "[0-9A-Za-z]{6}"), "The issuer's code of an approval."),
    sometimes("desc", _FREE, "Why it was declined."),
    sometimes("transactionIdentifier", _IDENTIFIER, "Names the kept card in later charges."),
)

TOKEN: Final = body(
    always("accessToken", _text("at most 512 characters", maxLength=512), "Goes into the `Authorization` header."),
    always("expiresIn", _WHOLE, "Seconds until it expires."),
)
CASHIER: Final = body(
    sometimes("expiresIn", _WHOLE, "Minutes until the session ends."),
    always("orderNo", ORDER_NO, "The merchant's number of the order."),
    always("redirectUrl", _LINK, "Where to send the payer's browser."),
)

DEVICE_DATA: Final = body(
    always("bin", _BIN, "First digits of the card, for the form field `Bin`."),
    always("challenged", _one_of(Y="certain", N="not expected", U="not known"), "Whether the payer will be asked."),
    always("ddcAction", _LINK, "Where a hidden form is posted to."),
    always("jwt", _text("signed, good for 10 minutes"), "For the form field `JWT`."),
)
SDK: Final = body(
    *(
        always(name, _FREE, about)
        for name, about in (
            ("appId", "The merchant's program inside the wallet."),
            ("timeStamp", "Seconds since 1970."),
            ("nonceStr", "Random."),
            ("package", "The wallet's number of the order."),
            ("signType", "How it is signed."),
            ("paySign", "Signature."),
        )
    )
)
PAYMENT: Final = body(
    *_AMOUNT_AND_CURRENCY,
    *_NUMBERS,
    *_WHERE,
    *_CHARGED,
    sometimes("ddc", DEVICE_DATA, "For collecting data of the payer's device before 3-D Secure."),
    sometimes("payUrl", _PAY_LINK, "Where the payer goes, or what its wallet scans."),
    sometimes("payInfo", SDK, "What the wallet's SDK is started with."),
)
CHARGE: Final = body(*_AMOUNT_AND_CURRENCY, *_NUMBERS, *_WHERE, *_CHARGED)
CAPTURE: Final = body(*_AMOUNT_AND_CURRENCY, *_NUMBERS, *_WHERE)
CANCEL: Final = body(*_NUMBERS, *_WHERE)

ORDER: Final = body(
    sometimes("billingDesc", _text("at most 18 characters", maxLength=18), "Text on the payer's statement."),
    sometimes("brand", _BRAND, "Scheme of the card, or the wallet."),
    sometimes("clientIp", IpAddress(), "The payer's address."),
    always("mcc", _text("4 digits", "[0-9]{4}"), "The merchant's category (ISO 18245)."),
    always("mercName", _FREE, "The merchant's name."),
    *_NUMBERS,
    always("orderStatus", _STATUS, "Where the order stands."),
    always("orderStatusDesc", _FREE, "The same in words; of a declined order, why."),
    always("payAmount", _NUMBER, "The order's amount; after a capture, what was taken."),
    sometimes("payName", _FREE, "The card's holder, or the wallet's user."),
    sometimes("payNo", _MASKED, "The card, masked, or the wallet's reference."),
    always("payTime", _DATE_TIME, "When the order was made."),
    sometimes("paymentMethodType", _METHOD, "How it was paid; absent while nobody has chosen."),
    sometimes("tradeComments", _FREE, "The order's description."),
    always("tradeCurrency", Currency(), "Its currency, ISO 4217."),
    sometimes("tradeFinishTime", _DATE_TIME, "When it reached its last state."),
    always("websiteId", _FREE, "The operator's number of the shop."),
)
AUTHENTICATION: Final = body(
    sometimes("authenticationStatus", _text("as in `threeDsData`", "[YAUNRC]"), "Result of 3-D Secure."),
    sometimes("cavvAlgorithm", _FREE, "How the cryptogram was made."),
    sometimes("eci", _text("2 digits", "0[0-7]"), "Electronic commerce indicator."),
    sometimes("enrolled", _text("`Y`, `N`, `U`", "[YNU]"), "Whether the card takes part."),
    sometimes("signatureVerification", _text("`Y`, `N`", "[YN]"), "Whether the result's signature is right."),
    sometimes("threeDsVersion", _text("as in `2.2.0`"), "Version of the protocol."),
)
DETAILS: Final = body(
    sometimes("arn", _text("23 digits", "[0-9]{23}"), "Acquirer's reference, after the capture."),
    sometimes("authorizeCode", _text("6 characters", "[0-9A-Za-z]{6}"), "The issuer's code of the approval."),
    sometimes(
        "avsResult",
        _one_of(Y="match", A="street only", Z="postcode only", N="none", U="not checked"),
        "Check of the billing address.",
    ),
    sometimes("bin", _BIN, "First digits of the card."),
    sometimes("cardClass", Choice(("CREDIT", "DEBIT", "PREPAID", "UNKNOWN")), "Kind of card."),
    sometimes(
        "cvcResult",
        _one_of(M="match", N="no match", P="not processed", U="not supported"),
        "Check of the security code.",
    ),
    sometimes("dsInfo", AUTHENTICATION, "3-D Secure, where there was any."),
    sometimes("issuerCountryCode", Country(), "Where the card was issued."),
    sometimes("riskScore", _text("0 to 100", "([0-9]{1,2}|100)"), "With `fraudMode` `Y`."),
    sometimes("transactionIdentifier", _IDENTIFIER, "Names the kept card in later charges."),
)
REFUND_OF_ORDER: Final = body(
    always("amount", _NUMBER, "What goes back."),
    sometimes("completeTime", _PLAIN_TIME, "When it was done."),
    always("currency", Currency(), "Its currency, ISO 4217."),
    sometimes("desc", _FREE, "Why it was asked for, or refused."),
    always("orderNo", REFUND_NUMBER, "The merchant's number of the refund."),
    always("refundStatus", _REFUND_STATUS, "Where the refund stands."),
    always("refundTime", _DATE_TIME, "When it was accepted."),
    always("tradeNo", TRADE_NO, "The gateway's number of the refund."),
)
QUERY: Final = body(
    always("order", ORDER, "The order."),
    sometimes("billing", BILLING, "As it was sent."),
    sometimes("shipping", SHIPPING, "As it was sent, with the newest parcel that is under way."),
    sometimes("extend", DETAILS, "What the issuer told, of orders paid by card."),
    always("refund", Listed(REFUND_OF_ORDER), "Its refunds, the oldest first."),
)

_REFUND: Final = body(
    always("amount", _AMOUNT, "What goes back to the payer."),
    always("currency", Currency(), "Its currency, ISO 4217."),
    sometimes("desc", _FREE, "How it stands, in words."),
    sometimes("finishTime", _PLAIN_TIME, "When it was done."),
    always("mercId", _text("14 digits", "[0-9]{14}"), "The merchant's number."),
    always("refundOrderNo", REFUND_NUMBER, "The merchant's number of the refund."),
    always("refundStatus", _REFUND_STATUS, "Where the refund stands."),
    always("refundTradeNo", TRADE_NO, "The gateway's number of the refund."),
)
REFUND: Final = _REFUND
REFUND_QUERY: Final = _REFUND | body(
    sometimes("refunds", Listed(_REFUND), "All refunds of the order, the newest first, if there are several."),
)

_TRACKINGS: Final = always(
    "trackings", Listed(_text("`tradeNo`, a dash, `trackingNo`", "[0-9]{18}-.+")), "What was accepted, in order."
)
_IN_SHORT: Final = Written({"type": "string"}, "text")
TRACKINGS: Final = body(always("desc", _IN_SHORT, "What was done."), _TRACKINGS)
TRACKINGS_OF_MANY: Final = TRACKINGS | body(
    sometimes(
        "errors",
        Listed(
            body(
                always("index", _WHOLE, "Its place in the list, from 0."),
                always("orderNo", _IN_SHORT, "As sent."),
                always("trackingNo", _IN_SHORT, "As sent."),
                always("respCode", _text("4 digits", "[0-9]{4}"), "Why."),
                always("respMsg", _FREE, "The same in words."),
            )
        ),
        "What was not accepted.",
    )
)
PARCEL: Final = body(
    sometimes("carrier", _FREE, "The carrier's code."),
    sometimes("desc", _IN_SHORT, "Nothing yet."),
    sometimes("orderNo", ORDER_NO, "The merchant's number of the order."),
    always("shipmentDate", Date(), "When the parcel was sent."),
    always("shipmentDirection", Choice(tuple(DIRECTIONS)), "To the buyer, or back to the merchant."),
    always("shippingStatus", Choice(tuple(STATUSES)), "Where the parcel is."),
    sometimes("trackingNo", _FREE, "The parcel's number."),
    always("trackingNumberType", Choice(tuple(NUMBER_TYPES)), "Who gave the parcel its number."),
    sometimes("trackingUrl", _SENT_LINK, "Where the payer can follow the parcel."),
    sometimes("tradeNo", TRADE_NO, "The gateway's number of the order."),
    sometimes(
        "matedata",
        Written({"type": "object", "additionalProperties": {"type": "string"}}, "texts by key"),
        "The merchant's own texts.",
    ),
)

SUBSCRIBE: Final = body(
    always("apiVersion", _text("8 digits", "[0-9]{8}"), "Version of the notification bodies."),
    always("signMethod", Choice(("sha256",)), "How notifications are signed."),
    always("subscribeUrl", _SENT_LINK, "Where they go."),
)

_NOTICE: Final = body(
    always("apiVersion", _text("8 digits", "[0-9]{8}"), "Version of this body."),
    always("notifyId", _text("unique for each event"), "The same on every try: drop what you have seen."),
    always("notifyTime", _DATE_TIME, "When it happened."),
    always("appId", _FREE, "The app of the order."),
    always("mercId", _text("14 digits", "[0-9]{14}"), "The merchant's number."),
    *_NUMBERS,
)
PAYMENT_NOTICE: Final = _NOTICE | body(
    always("notifyType", Choice(("payment",)), "What it is about."),
    sometimes("paymentMethodType", _METHOD, "How it was paid."),
    *_AMOUNT_AND_CURRENCY,
    always("orderStatus", _STATUS, "Where the order stands."),
    always("lastEvent", _EVENT, "What happened."),
    sometimes("authorizeCode", _text("6 characters", "[0-9A-Za-z]{6}"), "The issuer's code of an approval."),
    sometimes("transactionIdentifier", _IDENTIFIER, "Names the kept card in later charges."),
    sometimes("transactionTime", _DATE_TIME, "When the acquirer answered."),
    sometimes("attach", _text("at most 50 characters", maxLength=50), "The merchant's own data, of WeChat orders."),
)
REFUND_NOTICE: Final = _NOTICE | body(
    always("notifyType", Choice(("refund",)), "What it is about."),
    always("amount", _AMOUNT, "What went back to the payer."),
    always("currency", Currency(), "Its currency, ISO 4217."),
    always("refundOrderNo", REFUND_NUMBER, "The merchant's number of the refund."),
    always("refundTradeNo", TRADE_NO, "The gateway's number of the refund."),
    always("refundStatus", _REFUND_STATUS, "How it ended."),
    always("finishTime", _PLAIN_TIME, "When it ended."),
    always("desc", _FREE, "Why it was asked for, or refused."),
)
