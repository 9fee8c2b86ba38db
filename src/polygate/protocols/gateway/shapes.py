"""The objects that several requests share, declared (sections 1.4, 1.5 and 3).

Limits the contract leaves open are `_FREE`: generous for any honest client, small enough to keep.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from polygate.core.cards import has_expired
from polygate.core.methods import Method
from polygate.core.payments import CaptureMode
from polygate.protocols.gateway.kinds import Amount, ExpiryMonth, ExpiryYear
from polygate.protocols.gateway.methods import METHODS
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import Found, Given, ListOf, Shape, absent, optional, required, rule
from polygate.protocols.reading.kinds import CardNumber, Choice, Country, Date, Flag, IpAddress, Prose, SecretText, Text

_FREE: Final = Text(1, 2048)
_DIGITS: Final = re.compile(r"[0-9]+")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_CALLING_CODE: Final = Text(
    1, 8, re.compile(r"\+[ -~]{0,6}[!-~]|[!-*,-~](?:[ -~]{0,5}[!-~])?"), "must have 1 to 7 characters besides a +"
)


class ThreeDsMode(StrEnum):
    NO = "no"
    AUTO = "auto"
    STANDARD = "standard"


ORDER_NO: Final = Text(5, 64, _PRINTABLE, "must be printable ASCII without blanks")
REFUND_NUMBER: Final = Text(1, 64, _PRINTABLE, "must be printable ASCII without blanks")
TRADE_NO: Final = Text(18, 18, re.compile(r"[1-9][0-9]*"), "must be digits without a leading zero")
CAPTURE_METHOD: Final = Choice(tuple(CaptureMode))
METHOD: Final = Choice(METHODS, aliases={"upi": Method.UPAY})
THREE_DS_MODE: Final = Choice(tuple(ThreeDsMode))
YES_OR_NO: Final = Choice(("Y", "N"))
PLAN: Final = Choice(("RECURRING", "INSTALMENT", "UNSCHEDULED"))
API_VERSION: Final = Text(8, 8, _DIGITS, "must be 8 digits")


@rule(Fault.NOT_NAMED, schema={"anyOf": [{"required": ["orderNo"]}, {"required": ["tradeNo"]}]})
def one_number_is_given(given: Given, found: Found, now_ms: int) -> None:
    """An order is named by `orderNo`, `tradeNo` or both."""
    if absent(given.get("orderNo")) and absent(given.get("tradeNo")):
        raise Wrong(Fault.NOT_NAMED, "this or tradeNo is required", "orderNo")


ORDER_NAME: Final = (
    optional("orderNo", ORDER_NO, "The merchant's number of the order."),
    optional("tradeNo", TRADE_NO, "The gateway's number of the order."),
    one_number_is_given,
)
"""How requests about an existing order name it."""

ADDRESS: Final = Shape(
    required("city", Prose(1, 50), "City."),
    required("country", Country(), "Country, ISO 3166-1 alpha-2."),
    required("line1", Prose(1, 128), "Street and house number, best in Latin letters."),
    optional("line2", Prose(1, 128), "Second line."),
    optional("line3", Prose(1, 128), "Third line."),
    required("postcode", Text(1, 50), "Postal code."),
    required("state", Prose(1, 50), "State or province."),
)

PHONE: Final = Shape(
    optional(
        "countryCode",
        _CALLING_CODE,
        "Calling code, with or without a plus sign.",
    ),
    optional("number", Text(1, 26), "Number within the country."),
)

BILLING: Final = Shape(
    required("address", ADDRESS, "Where the card's statements go."),
    optional("birthday", Date(), "Payer's date of birth."),
    optional(
        "customerInitiatedReason",
        PLAN,
        "What a kept card will be charged for; UNSCHEDULED when a card is kept and nothing is said.",
    ),
    optional("email", Text(3, 255), "Payer's mail address."),
    optional("phone", PHONE, "Payer's phone."),
    optional("storedcredentials", Choice(("none", "store")), "`store` keeps the card for later charges."),
)

SHIPPING: Final = Shape(
    required("address", ADDRESS, "Where the goods go."),
    optional("carrier", Text(1, 64), "Carrier's code."),
    optional("email", Text(3, 255), "Receiver's mail address."),
    required("firstName", Prose(1, 64), "Receiver's given name."),
    required("lastName", Prose(1, 50), "Receiver's family name."),
    required("phone", PHONE, "Receiver's phone."),
    optional("trackingNo", Text(1, 64), "Carrier's tracking number."),
)

PRODUCT: Final = Shape(
    optional("imageUrl", Text(1, 512), "Picture of the product."),
    required("price", Amount(), "Price of one."),
    required("productName", Prose(1, 512), "Name shown to the payer."),
    required("quantity", Text(1, 9, re.compile(r"0*[1-9][0-9]*"), "must be a positive whole number"), "How many."),
    required("sku", Text(1, 128), "Merchant's article number."),
    optional("url", Text(1, 512), "Page of the product."),
)

PRODUCTS: Final = ListOf(PRODUCT, longest=200)


@rule(Fault.MISSING, schema={"dependentRequired": {"expiryMonth": ["expiryYear"], "expiryYear": ["expiryMonth"]}})
def expiry_is_whole(given: Given, found: Found, now_ms: int) -> None:
    """Month and year of expiry come together or not at all."""
    if absent(given.get("expiryMonth")) and not absent(given.get("expiryYear")):
        raise Wrong(Fault.MISSING, "is required with expiryYear", "expiryMonth")
    if absent(given.get("expiryYear")) and not absent(given.get("expiryMonth")):
        raise Wrong(Fault.MISSING, "is required with expiryMonth", "expiryYear")


@rule(Fault.BAD_EXPIRY)
def expiry_is_not_past(given: Given, found: Found, now_ms: int) -> None:
    """A card is good until the end of its month, by the clock of this API."""
    if not {"expiryMonth", "expiryYear"} <= found.keys():
        return
    if has_expired(int(found["expiryYear"]), int(found["expiryMonth"]), now_ms=now_ms):
        raise Wrong(Fault.BAD_EXPIRY, "the card has expired", "expiryMonth")


CARD: Final = Shape(
    optional("captureMethod", CAPTURE_METHOD, "`manual` reserves the amount only.", default=CaptureMode.AUTO),
    required("cardNo", CardNumber(), "Card number."),
    optional("cvc", SecretText(3, 4, _DIGITS, "must be 3 or 4 digits"), "Security code; never kept."),
    optional("expiryMonth", ExpiryMonth(), "Month of expiry."),
    optional("expiryYear", ExpiryYear(), "Year of expiry."),
    expiry_is_whole,
    expiry_is_not_past,
    required("firstName", Prose(1, 64), "Holder's given name."),
    required("lastName", Prose(1, 64), "Holder's family name."),
)

BROWSER: Final = Shape(
    optional("acceptHeader", _FREE, "The browser's Accept header."),
    optional("colorDepth", _FREE, "Bits for each pixel."),
    optional("javaEnable", Flag(), "Whether Java runs."),
    optional("javascriptEnable", Flag(), "Whether JavaScript runs."),
    optional("screenHeight", _FREE, "Pixels."),
    optional("screenWidth", _FREE, "Pixels."),
    optional("sessionId", _FREE, "Merchant's device-profiling session."),
    optional("timeZone", _FREE, "Minutes from UTC, or the zone's name."),
    required("userAgent", Text(1, 1024), "The browser's User-Agent header."),
)

DEVICE: Final = Shape(
    required("browser", BROWSER, "The payer's browser."),
    required("clientIp", IpAddress(), "The payer's address."),
    optional("deviceId", Text(1, 128), "Merchant's name of the device."),
    required("language", Text(2, 16), "The payer's language, as in `en-US`."),
    optional(
        "location",
        Shape(optional("lat", _FREE, "Degrees north."), optional("lon", _FREE, "Degrees east.")),
        "Where the payer is.",
    ),
    optional(
        "mobile",
        Shape(
            optional("deviceModel", Text(1, 64), "Model."),
            optional("osType", Text(1, 64), "Operating system."),
            optional("osVersion", Text(1, 64), "Its version."),
        ),
        "The payer's phone or tablet.",
    ),
)

THREE_DS_DATA: Final = Shape(
    # A challenge that is not finished (`C`) is no result: it is not among the values (section 6.4).
    optional(
        "authenticationResultCode",
        Choice(("Y", "A", "U", "N", "R")),
        "Passed, attempted, not possible, failed or rejected (EMV 3-D Secure transStatus).",
    ),
    optional("cavv", SecretText(1, 2048), "Cryptogram; handed on and never kept."),
    optional("dsTransId", _FREE, "The directory server's number of the authentication."),
    optional("dsVersion", _FREE, "Version of the 3-D Secure protocol."),
    required("eci", Choice(("05", "06", "07", "02", "01", "00")), "Electronic commerce indicator."),
    optional("xid", _FREE, "Transaction number of 3-D Secure 1."),
)
