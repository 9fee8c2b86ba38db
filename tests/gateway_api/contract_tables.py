"""The contract's tables of requests and codes as data: what must be there, how long it may be, what it may say.

Where a footnote softens a table ("required, but a missing value is accepted"), the footnote is what stands here; and
where the original documents' own example would not pass a limit (`paymentMethodType` of a query), a wider one.
Answers are in `answers.ANSWERS`.
"""

from __future__ import annotations

from typing import Any, Final

AMOUNT: Final = "amount"
CARD_NUMBER: Final = "card number"
COUNTRY: Final = "country"
CURRENCY: Final = "currency"
DATE: Final = "date"
FLAG: Final = "boolean"
FREE: Final = "text without a limit"
ANYTHING: Final = "any JSON"
IP: Final = "IPv4 or IPv6"
MONTH: Final = "month"
TEXTS: Final = "texts by name"
URL: Final = "URL"
YEAR: Final = "year"
POSITIVE: Final = "positive integer"

Fields = dict[str, Any]
"""Name → (least, most) characters, one of the words above, a list of values, an object's fields, or a tuple of an
object's fields and the most elements of a list. A trailing `!` in the name says that the field is required."""

ADDRESS: Final[Fields] = {
    "city!": (1, 50),
    "country!": COUNTRY,
    "line1!": (1, 128),
    "line2": (1, 128),
    "line3": (1, 128),
    "postcode!": (1, 50),
    "state!": (1, 50),
}
"""3.1"""
PHONE: Final[Fields] = {"countryCode": (1, 8), "number": (1, 26)}
"""3.2; a leading plus sign comes on top of the seven."""
REASONS: Final = ["RECURRING", "INSTALMENT", "UNSCHEDULED"]
BILLING: Final[Fields] = {
    "address!": ADDRESS,
    "birthday": DATE,
    "customerInitiatedReason": REASONS,
    "email": (3, 255),
    "phone": PHONE,
    "storedcredentials": ["none", "store"],
}
"""3.3"""
SHIPPING: Final[Fields] = {
    "address!": ADDRESS,
    "carrier": (1, 64),
    "email": (3, 255),
    "firstName!": (1, 64),
    "lastName!": (1, 50),
    "phone!": PHONE,
    "trackingNo": (1, 64),
}
"""3.4"""
PRODUCT: Final[Fields] = {
    "imageUrl": (1, 512),
    "price!": AMOUNT,
    "productName!": (1, 512),
    "quantity!": POSITIVE,
    "sku!": (1, 128),
    "url": (1, 512),
}
"""3.5"""
CAPTURE_METHODS: Final = ["auto", "manual"]
CARD: Final[Fields] = {
    "captureMethod": CAPTURE_METHODS,
    "cardNo!": CARD_NUMBER,
    "cvc": (3, 4),
    "expiryMonth": MONTH,
    "expiryYear": YEAR,
    "firstName!": (1, 64),
    "lastName!": (1, 64),
}
"""3.6"""
DEVICE: Final[Fields] = {
    "browser!": {
        "acceptHeader": FREE,
        "colorDepth": FREE,
        "javaEnable": FLAG,
        "javascriptEnable": FLAG,
        "screenHeight": FREE,
        "screenWidth": FREE,
        "sessionId": FREE,
        "timeZone": FREE,
        "userAgent!": (1, 1024),
    },
    "clientIp!": IP,
    "deviceId": (1, 128),
    "language!": (2, 16),
    "location": {"lat": FREE, "lon": FREE},
    "mobile": {"deviceModel": (1, 64), "osType": (1, 64), "osVersion": (1, 64)},
}
"""3.7"""
THREE_DS_DATA: Final[Fields] = {
    "authenticationResultCode": ["Y", "A", "U", "N", "R"],
    "cavv": FREE,
    "dsTransId": FREE,
    "dsVersion": FREE,
    "eci!": ["05", "06", "07", "02", "01", "00"],
    "xid": FREE,
}
"""3.8; of `C` the contract says that it is refused."""
INSIDE: Final = ["qr-code", "pay", "in-app", "mini-program", "h5"]
WALLET: Final[Fields] = {
    "authCode": (1, 64),
    "limitPayMethod": (1, 32),
    "openId": (1, 64),
    "productType": INSIDE,
    "storeId": (1, 30),
    "subAppId": (1, 64),
}
"""3.9 and 8.1"""
WALLETS: Final[dict[str, Fields]] = {
    "alipay": WALLET,
    "alipayPlus": WALLET,
    "wechat": WALLET | {"attach": (1, 50)},
    "upay": {"authCode": (1, 64), "productType": ["qr-code", "pay"], "storeId": (1, 30)},
    "payNow": {"productType": ["qr-code"]},
    "grabPay": {"productType": ["qr-code", "h5"]},
    "shopeePay": {"productType": ["qr-code", "h5"]},
    "paypal": {"productType": ["qr-code", "h5"], "metadata": TEXTS},
    "applePay": {"productType": ["h5"]},
    "googlePay": {"productType": ["h5"]},
}
ORDER_NO: Final = (5, 64)
TRADE_NO: Final = (18, 18)
ORDER_NAME: Final[Fields] = {"orderNo": ORDER_NO, "tradeNo": TRADE_NO}
"""1.5: one of them is enough."""
MINUTES: Final = "minutes, 1 to 14400"
THREE_DS_MODES: Final = ["no", "auto", "standard"]
METHODS: Final = ["card", *WALLETS, "upi"]
STATUSES: Final = ["SHIPPED", "DELIVERED", "IN_TRANSIT", "ON_HOLD", "RETURNED", "LOCAL_PICKUP"]
"""Of a new parcel: `CANCELLED` is for those that are there."""
PARCEL: Final[Fields] = {
    "carrier!": (1, 64),
    **ORDER_NAME,
    "shipmentDate!": DATE,
    "shipmentDirection!": ["FORWARD", "RETURN"],
    "shippingStatus!": STATUSES,
    "trackingNo!": (1, 64),
    "trackingNumberType!": ["CARRIER_PROVIDED", "E2E_PARTNER_PROVIDED"],
    "trackingUrl": URL,
}
SUBSCRIBE: Final[Fields] = {"apiVersion!": (8, 8), "signMethod!": ["sha256"], "subscribeUrl!": URL}

REQUESTS: Final[dict[str, Fields]] = {
    "connect/token": {"appId!": (1, 64), "secret!": (1, 128)},
    "cashier/order": {
        "amount!": AMOUNT,
        "captureMethod": CAPTURE_METHODS,
        "currency!": CURRENCY,
        "description": (1, 255),
        "expiryTime": MINUTES,
        "fraudMode": ["Y", "N"],
        "frontUrl": URL,
        "linkMode": FREE,
        "notificationUrl": URL,
        "orderNo!": ORDER_NO,
        "productInfo": (PRODUCT, 200),
        "shipping": SHIPPING,
        "threeDsMode": THREE_DS_MODES,
    },
    "payment": {
        "amount!": AMOUNT,
        "currency!": CURRENCY,
        "orderNo!": ORDER_NO,
        "paymentMethodType!": METHODS,
        "deviceInfo!": DEVICE,
        "card": CARD,
        **WALLETS,
        "billing": BILLING,
        "billingDesc": (1, 128),
        "description": (1, 50),
        "expiryTime": MINUTES,
        "fraudMode": ["Y", "N"],
        "frontUrl": URL,
        "notificationUrl": URL,
        "productInfo": (PRODUCT, 200),
        "shipping": SHIPPING,
        "threeDsData": THREE_DS_DATA,
        "threeDsMode": THREE_DS_MODES,
    },
    "capture": {"captureAmount!": AMOUNT, **ORDER_NAME},
    "cancel": ORDER_NAME,
    "mitPayment": {
        "amount!": AMOUNT,
        "billing!": BILLING,
        "card!": CARD,
        "currency!": CURRENCY,
        "description": (1, 50),
        "deviceInfo": DEVICE,
        "orderNo!": ORDER_NO,
        "notificationUrl": URL,
    },
    "subscriptionPayment": {
        "amount!": AMOUNT,
        "orderNo!": ORDER_NO,
        "transactionIdentifier": (5, 64),
        "cardNo": CARD_NUMBER,
        "expiryMonth": MONTH,
        "expiryYear": YEAR,
        "customerInitiatedReason": REASONS,
        "description": (1, 50),
        "deviceInfo": DEVICE,
        "threeDsMode": THREE_DS_MODES,
        "notificationUrl": URL,
    },
    "query": ORDER_NAME | {"paymentMethodType": (1, 255)},
    "refund": {
        "amount!": AMOUNT,
        "clientIp!": IP,
        "notificationUrl": URL,
        **ORDER_NAME,
        "reason!": (1, 255),
        "refundNumber!": (1, 64),
    },
    "refundQuery": {"orderNo": (1, 64), "tradeNo": TRADE_NO, "paymentMethodType": (1, 255)},
    "shipping/tracking": PARCEL,
    "shipping/tracking-batch": PARCEL,
    "shipping/tracking-modify": {
        "iterms!": ({"op!": ["replace", "add"], "path!": FREE, "value!": FREE}, 20),
        "matedata": TEXTS,
        **ORDER_NAME,
        "trackingNo!": (1, 64),
    },
    "shipping/retrieve": ORDER_NAME | {"trackingNo!": (1, 64), "matedata": ANYTHING},
    "webhook/subscribe": SUBSCRIBE,
    "webhook": SUBSCRIBE,
    "subscribe": SUBSCRIBE,
}
"""2.1 and 4.2 to 4.15"""

BATCH_MOST: Final = 100
"""4.12"""

_EVERY_NOTICE: Final[Fields] = {
    "apiVersion!": FREE,
    "notifyId!": FREE,
    "notifyType!": FREE,
    "notifyTime!": FREE,
    "appId!": FREE,
    "mercId!": FREE,
    "orderNo!": FREE,
    "tradeNo!": FREE,
    "amount!": FREE,
    "currency!": FREE,
    "respCode!": FREE,
    "respMsg!": FREE,
}
NOTICES: Final[dict[str, Fields]] = {
    "payment": _EVERY_NOTICE
    | {
        "paymentMethodType": FREE,
        "orderStatus!": FREE,
        "lastEvent!": FREE,
        "authorizeCode": FREE,
        "transactionIdentifier": FREE,
        "transactionTime": FREE,
        "attach": FREE,
    },
    "refund": _EVERY_NOTICE
    | {
        "refundOrderNo!": FREE,
        "refundTradeNo!": FREE,
        "refundStatus!": FREE,
        "finishTime!": FREE,
        "desc!": FREE,
    },
}
"""10.4, of which only names and presence are told."""

CODES: Final[dict[int, str]] = {
    200: "0000 2001 2002 2003 2004 2005 2006 2007 2008 2009 2010 2011 2012 "
    "3001 3002 3003 3004 3005 3006 3007 3008 3009 3010 3011 3012 3013 3014 3020 3021 3022 3023 3030 3031 "
    "4001 4002 4003 4004 4005 4006 4007 4008 4009 4010 4011 4012 4013 4014 9002",
    401: "1001 1002 1003 1004",
    403: "1005 1006 1007",
    404: "9404",
    405: "9405",
    413: "9413",
    415: "9415",
    429: "9429",
    500: "9001",
    503: "9003",
}
"""11: the codes of each HTTP status."""
