"""The one payment that everything here measures: what is asked over HTTP, and how its order is numbered."""

from __future__ import annotations

import msgspec

from tests.support.bodies import payment_body

PATH = "/gateway/v1/payment"
_NUMBER_DIGITS = 16
_PLACE = "#" * _NUMBER_DIGITS

_ADDRESS = {"line1": "109 Test Rd", "city": "Seattle", "state": "WA", "postcode": "98102", "country": "US"}
_PHONE = {"countryCode": "1", "number": "2065550100"}
_BROWSER = {
    "acceptHeader": "text/html",
    "colorDepth": "48",
    "javaEnable": False,
    "javascriptEnable": True,
    "screenHeight": "800",
    "screenWidth": "1200",
    "timeZone": "0",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}
_PRODUCT = {"sku": "00000000000001", "productName": "shirt", "quantity": "2", "price": "50.00"}


def order_number(number: int) -> str:
    """Every order number has the same length, so that every request has too."""
    return f"{number:0{_NUMBER_DIGITS}d}"


def body_around_order_number(notify_url: str) -> tuple[bytes, bytes]:
    """What stands before and after the order number in the body of a captured card payment of about 1.2 KB.

    Billing, device and product are given as a shop's plug-in would give them. Without `notify_url` nobody is told.
    """
    told = {"notificationUrl": notify_url} if notify_url else {}
    device = {"clientIp": "203.0.113.9", "deviceId": "10000000000", "language": "en-US", "browser": _BROWSER}
    body = payment_body(
        _PLACE,
        description="Two shirts",
        expiryTime="60",
        threeDsMode="no",
        billing={"address": _ADDRESS, "email": "amy@example.com", "phone": _PHONE},
        shipping={
            "address": _ADDRESS,
            "email": "amy@example.com",
            "firstName": "Amy",
            "lastName": "Lee",
            "phone": _PHONE,
        },
        productInfo=[_PRODUCT],
        deviceInfo=device,
        **told,
    )
    before, _, after = msgspec.json.encode(body).partition(_PLACE.encode())
    return before, after
