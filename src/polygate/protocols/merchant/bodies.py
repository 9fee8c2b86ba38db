"""The request bodies and queries of the Merchant API, declared (sections 4 and 6). Fields are judged in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from polygate.core.methods import Method
from polygate.core.money import parse
from polygate.core.subscriptions import Cycle
from polygate.protocols.merchant.kinds import AppNumber, CardDigits, Count, Identifier, Number, line, prose
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import Field, Found, Given, ListOf, Rule, Shape, absent, optional, required, rule
from polygate.protocols.reading.kinds import Choice, Country, Currency, Flag, IpAddress, SecretText, Text, Url

DEFAULT: Final = "Default"
CREDIT_CARD: Final = "CreditCard"
METHODS: Final[Mapping[str, Method]] = {
    CREDIT_CARD: Method.CARD,
    "alipay": Method.ALIPAY,
    "wechatpay": Method.WECHAT,
    "upop": Method.UPAY,
    "paypal": Method.PAYPAL,
    **{method.value: method for method in (Method.ALIPAY_PLUS, Method.PAY_NOW, Method.SHOPEE_PAY, Method.GRAB_PAY)},
}
"""This API's names of the methods that we have (section 4.7)."""
NOT_YET: Final = (
    "spei", "naverpay", "rakutenpay", "banktransfer", "mercadopago", "kakaopay", "oxxo", "klarna", "linepay", "oxxopay",
    "payco", "paypay", "toss", "lpay",
)  # fmt: skip
"""Names that the API knows, of methods that no acquirer of ours takes."""

SUBSCRIPTION_NUMBER_MAX: Final = 119
"""Of the first charge, so that the count of a later one fits behind it (section 6.2)."""
TRACKING_ROWS_MAX: Final = 99
_SPELLINGS: Final = {"Defaulte": DEFAULT}
_DIGITS: Final = re.compile(r"[0-9]+")


@rule(Fault.BAD_AMOUNT)
def amount_fits_currency(given: Given, found: Found, now_ms: int) -> None:
    """An amount has no more decimals than its currency, zeros at the end aside."""
    if "amount" in found and "currency" in found:
        try:
            parse(found["amount"], found["currency"])
        except ValueError:
            raise Wrong(Fault.BAD_AMOUNT, f"has more decimals than {found['currency']}", "amount") from None


@rule(Fault.MISSING, schema={"anyOf": [{"required": ["appId"]}, {"required": ["domain"]}]})
def app_is_named(given: Given, found: Found, now_ms: int) -> None:
    """An app is named by `appId`, or by its `domain`."""
    if absent(given.get("appId")) and absent(given.get("domain")):
        raise Wrong(Fault.MISSING, "is required", "appId")


@rule(Fault.MISSING)
def browser_for_three_ds(given: Given, found: Found, now_ms: int) -> None:
    """`secure` wants `browser`."""
    if found.get("secure") is True and absent(given.get("browser")):
        raise Wrong(Fault.MISSING, "is required where secure is true", "browser")


@rule(Fault.MALFORMED)
def number_leaves_room(given: Given, found: Found, now_ms: int) -> None:
    """A subscription's `transactionId` leaves room for the count of its charges."""
    if len(found.get("transactionId", "")) > SUBSCRIPTION_NUMBER_MAX:
        raise Wrong(Fault.MALFORMED, f"must have at most {SUBSCRIPTION_NUMBER_MAX} characters", "transactionId")


PRODUCT: Final = Shape(
    optional("productName", prose(128), "Name of the item."),
    optional("currency", Text(3, 3), "Its currency, ISO 4217."),
    optional("price", Number(may_be_zero=True), "Price of one; 0 for what is free."),
    optional("sku", line(128), "The merchant's article number."),
    optional("quantity", Count(0, 9_999), "How many."),
    optional("productLink", line(255), "Page of the product."),
)


def _address(country: Field) -> Shape:
    return Shape(
        optional("firstName", prose(64), "Given name."),
        optional("lastName", prose(64), "Family name."),
        optional("email", line(255), "Mail address."),
        optional("phone", line(32), "Telephone."),
        country,
        optional("state", prose(128), "State or province."),
        optional("city", prose(128), "City."),
        optional("address", prose(255), "Street line."),
        optional("zipCode", line(64), "Postal code."),
    )


BILLING: Final = _address(required("country", Country(), "Country, ISO 3166-1 alpha-2."))
SHIPPING: Final = _address(optional("country", Country(), "Country, ISO 3166-1 alpha-2."))

CARD: Final = Shape(
    required("cardNumber", CardDigits(), "Card number. The check digit counts for live apps only."),
    required("expiredYear", Text(2, 2, _DIGITS, "must be 2 digits"), "Year of expiry, two digits."),
    required("expiredMonth", Text(2, 2, re.compile(r"0[1-9]|1[0-2]"), "must be 01 to 12"), "Month of expiry."),
    required("cardholder", prose(128), "Name on the card."),
    required("cvv", SecretText(3, 4, _DIGITS, "must be 3 or 4 digits"), "Security code; never kept."),
)

BROWSER: Final = Shape(
    optional("accept", line(128), "The browser's Accept header."),
    optional("userAgent", line(512), "Its User-Agent header."),
    optional("acceptLanguage", line(128), "Its Accept-Language header; chooses the language of our pages."),
    optional("javaEnabled", Flag(), "Whether Java runs."),
    optional("colorDepth", line(16), "Bits for each pixel."),
    optional("screenHeight", line(16), "Pixels."),
    optional("screenWidth", line(16), "Pixels."),
    optional("timeZoneOffset", line(32), "Minutes from UTC."),
    optional("referer", line(128), "The page the payer came from."),
)

PLAN: Final = Shape(
    required("subscriptionCycle", Choice(tuple(Cycle)), "Time from one charge to the next."),
    required("subscriptionPeriod", Count(1, 99_999_999), "How many charges in total, the first one included."),
)


TRANSACTION_ID: Final = required(
    "transactionId", Identifier(may_be_zero=False), "The merchant's number of this try, used once for ever."
)


def _creation(*own: Field | Rule, browser: tuple[Rule, ...] = (), number: tuple[Rule, ...] = ()) -> Shape:
    return Shape(
        optional("transactionType", Choice(("Sale",)), "What is wanted.", default="Sale"),
        TRANSACTION_ID,
        *number,
        optional(
            "orderId", Identifier(), "The merchant's order, which several tries may share; without it, their own."
        ),
        required("currency", Currency(), "Currency, ISO 4217."),
        required("amount", Number(), "What the payer pays."),
        amount_fits_currency,
        required("transactionIp", IpAddress(), "The payer's address."),
        optional("appId", AppNumber(1, 20, _DIGITS, "must be digits"), "The app."),
        app_is_named,
        optional("domain", line(128), "The app's main domain, which names it where `appId` does not."),
        required("callbackUrl", Url(255), "Where the payer's browser goes afterwards."),
        required("notificationUrl", Url(255), "Where notifications go."),
        optional("productName", prose(255), "Title on the payment page."),
        required("productInfos", ListOf(PRODUCT, longest=100, shortest=1), "What is bought. Its sum is not compared."),
        required("billingAddress", BILLING, "Who pays."),
        optional("shippingAddress", SHIPPING, "Where the goods go."),
        optional("secure", Flag(), "`true` asks for 3-D Secure."),
        *browser,
        optional("browser", BROWSER, "The payer's browser."),
        *own,
    )


_EXTENSION: Final = required("extension", PLAN, "How often the card is charged.")
_METHOD: Final = "How the payer pays; by default the page lets the payer choose."
_CARD: Final = required("card", CARD, "The payer's card.")

CHECKOUT_PAYMENT: Final = _creation(
    optional("transactionMethod", Choice((DEFAULT, *METHODS, *NOT_YET), _SPELLINGS), _METHOD, default=DEFAULT),
)
CHECKOUT_SUBSCRIPTION: Final = _creation(
    _EXTENSION,
    optional("transactionMethod", Choice((DEFAULT, CREDIT_CARD), _SPELLINGS), _METHOD, default=DEFAULT),
    number=(number_leaves_room,),
)
PAYMENT: Final = _creation(_CARD, browser=(browser_for_three_ds,))
SUBSCRIPTION: Final = _creation(_EXTENSION, _CARD, browser=(browser_for_three_ds,), number=(number_leaves_room,))

REFUND: Final = Shape(
    required("uniqueId", Identifier(), "The gateway's number of the paid transaction."),
    required("amount", Number(), "What goes back, in the transaction's currency."),
    required("refundTransactionId", Identifier(may_be_zero=False), "The merchant's number of the refund."),
    optional("remark", prose(255), "Free text."),
)


@rule(Fault.MISSING, schema={"anyOf": [{"required": ["number"]}, {"required": ["trackingNumber"]}]})
def parcel_is_named(given: Given, found: Found, now_ms: int) -> None:
    """A parcel has a `number`, which may also be called `trackingNumber`."""
    if absent(given.get("number")) and absent(given.get("trackingNumber")):
        raise Wrong(Fault.MISSING, "is required", "number")


TRACKING: Final = Shape(
    required("uniqueId", Identifier(), "The gateway's number of the paid transaction."),
    required("company", prose(255), "The carrier."),
    parcel_is_named,
    optional("number", line(255), "The carrier's number of the parcel."),
    optional("trackingNumber", line(255), "Another name for `number`."),
    optional("remark", prose(255), "Free text."),
)

_DATES: Final = (
    optional("startDate", line(32), "From this day or second on."),
    optional("endingDate", line(32), "Up to this day or second; at most a month after `startDate`."),
)
_PAGES: Final = (
    optional("currPage", line(20), "Page, from 1.", default="1"),
    optional("pageSize", line(20), "Rows of a page, 1 to 100; more are cut to 100.", default="10"),
)
_OURS: Final = line(128)

ORDER_SEARCH: Final = Shape(
    optional("uniqueId", _OURS, "The gateway's number."),
    optional("orderId", Identifier(), "The merchant's order."),
    optional("transactionId", Identifier(), "The merchant's number."),
    *_DATES,
    *_PAGES,
)
REFUND_SEARCH: Final = Shape(
    optional("uniqueId", _OURS, "The gateway's number of the paid transaction."),
    optional("transactionId", Identifier(), "The merchant's number of it."),
    optional("refundTransactionId", Identifier(), "The merchant's number of the refund."),
    optional("refundUniqueId", _OURS, "The gateway's number of the refund."),
    *_DATES,
    *_PAGES,
)
