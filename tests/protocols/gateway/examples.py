"""Valid requests of the Gateway API, after the published examples; tests change one thing at a time in them."""

from __future__ import annotations

import json
import re
from typing import Any

Body = dict[str, Any]

GONE = object()
"""For `changed`: take the field away."""

TRADE_NO = "589327510105956352"

ADDRESS = {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "line2": "Unit 2", "line3": "line3"} | {
    "postcode": "98102",
    "state": "WA",
}
PHONE = {"countryCode": "1", "number": "2065550100"}
SHIPPING = {
    "address": ADDRESS,
    "carrier": "Fedex",
    "email": "amy@example.com",
    "firstName": "Amy",
    "lastName": "Lee",
    "phone": PHONE,
    "trackingNo": "202208290000001",
}
PRODUCT = {
    "imageUrl": "https://shop.example.com/i/1.jpg",
    "price": "5.55",
    "productName": "shirt",
    "quantity": "1",
    "sku": "00000000000001",
    "url": "https://shop.example.com/p/1",
}
BILLING = {
    "address": ADDRESS,
    "birthday": "1990-08-01",
    "customerInitiatedReason": "RECURRING",
    "email": "amy@example.com",
    "phone": PHONE,
    "storedcredentials": "store",
}
CARD = {
    "captureMethod": "auto",
    "cardNo": "4444333322221111",
    "cvc": "401",
    "expiryMonth": "06",
    "expiryYear": "2027",
    "firstName": "Amy",
    "lastName": "Lee",
}
DEVICE = {
    "browser": {
        "acceptHeader": "text/html",
        "colorDepth": "48",
        "javaEnable": False,
        "javascriptEnable": True,
        "screenHeight": "800",
        "screenWidth": "1200",
        "sessionId": "0",
        "timeZone": "0",
        "userAgent": "Mozilla/5.0",
    },
    "clientIp": "203.0.113.9",
    "deviceId": "10000000000",
    "language": "en-US",
    "location": {"lat": "-37.81892", "lon": "144.95913"},
    "mobile": {"deviceModel": "apple iphone7", "osType": "IOS", "osVersion": "ios14.5"},
}
THREE_DS_DATA = {
    "authenticationResultCode": "Y",
    "cavv": "AAABBEg0VhI0VniQEjRWAAAAAAA=",
    "dsTransId": "a772a34d-d58a-4896-bf22-40b2af96eabd",
    "dsVersion": "2.2.0",
    "eci": "05",
    "xid": "05",
}
TOKEN = {"appId": "086666075137001", "secret": "184E52CF5365D2D7EE8EDA6B90F1C37A55"}
CASHIER = {
    "amount": "100.99",
    "captureMethod": "auto",
    "currency": "USD",
    "description": "Order 20220828000002",
    "expiryTime": "60",
    "fraudMode": "N",
    "frontUrl": "https://shop.example.com/done",
    "linkMode": "session",
    "notificationUrl": "https://shop.example.com/notify",
    "orderNo": "20220828000002",
    "productInfo": [PRODUCT],
    "shipping": SHIPPING,
    "threeDsMode": "auto",
}
PAYMENT = {
    "amount": "199.68",
    "currency": "USD",
    "orderNo": "20220828000002",
    "paymentMethodType": "card",
    "card": CARD,
    "billing": BILLING,
    "billingDesc": "SHOP*ORDER2",
    "description": "buy a apple",
    "deviceInfo": DEVICE,
    "expiryTime": "60",
    "fraudMode": "N",
    "frontUrl": "https://shop.example.com/done",
    "notificationUrl": "https://shop.example.com/notify",
    "threeDsMode": "no",
}
FULL_PAYMENT = PAYMENT | {"productInfo": [PRODUCT, PRODUCT], "shipping": SHIPPING, "threeDsData": THREE_DS_DATA}
CAPTURE = {"captureAmount": "100.55", "orderNo": "202308161615130001"}
CANCEL = {"tradeNo": "589327510105956356"}
QUERY = {"orderNo": "20220828000002", "paymentMethodType": "card"}
REFUND = {
    "amount": "50.00",
    "clientIp": "203.0.113.9",
    "notificationUrl": "https://shop.example.com/notify",
    "orderNo": "20220828000002",
    "reason": "damaged",
    "refundNumber": "202208280000001",
}
REFUND_QUERY = {"orderNo": "202208280000001"}
MIT_PAYMENT: Body = {
    "amount": "100.99",
    "billing": {
        "address": {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"},
        "customerInitiatedReason": "RECURRING",
        "email": "amy@example.com",
        "storedcredentials": "store",
    },
    "card": {name: value for name, value in CARD.items() if name != "cvc"},
    "currency": "USD",
    "description": "monthly fee",
    "orderNo": "20220828000005",
}
SUBSCRIPTION_PAYMENT = {
    "amount": "100.99",
    "cardNo": "4444333322221111",
    "customerInitiatedReason": "RECURRING",
    "description": "July",
    "expiryMonth": "12",
    "expiryYear": "2027",
    "orderNo": "20220828000006",
    "threeDsMode": "no",
    "transactionIdentifier": "000000000000020005060720116005061",
}
SUBSCRIBE = {"apiVersion": "20250703", "signMethod": "sha256", "subscribeUrl": "https://shop.example.com/webhook"}
TRACKING = {
    "carrier": "2EBOX",
    "orderNo": "20220828000002",
    "shipmentDate": "2025-06-09",
    "shipmentDirection": "FORWARD",
    "shippingStatus": "SHIPPED",
    "trackingNo": "Fb202208290000001",
    "trackingNumberType": "CARRIER_PROVIDED",
    "trackingUrl": "https://t.example.com/en#nums=Fb202208290000001",
}
_PLAIN_TRACKING = {name: value for name, value in TRACKING.items() if name != "trackingUrl"}
TRACKING_BATCH = [
    _PLAIN_TRACKING | {"trackingNo": "Fb202208290000002"},
    _PLAIN_TRACKING | {"orderNo": "NO-SUCH-ORDER", "trackingNo": "Fb202208290000003"},
]
TRACKING_CHANGE = {
    "iterms": [{"op": "replace", "path": "/status", "value": "CANCELLED"}],
    "matedata": {"ticket": "77"},
    "orderNo": "20220828000002",
    "trackingNo": "Fb202208290000001",
}
TRACKING_RETRIEVE = {"matedata": {}, "orderNo": "20220828000002", "trackingNo": "Fb202208290000001"}

WALLET = {
    "authCode": "120061098828009406",
    "limitPayMethod": "no_credit",
    "openId": "string",
    "productType": "qr-code",
    "storeId": "P000001",
    "subAppId": "string",
}
EVERYTHING_AT_ONCE = FULL_PAYMENT | {
    "alipay": WALLET,
    "alipayPlus": WALLET,
    "grabPay": {"productType": "qr-code"},
    "payNow": {"productType": "qr-code"},
    "paypal": {"metadata": "key-value", "productType": "qr-code"},
    "shopeePay": {"productType": "qr-code"},
    "upay": {"authCode": "120061098828009406", "productType": "qr-code", "storeId": "P000001"},
    "wechat": WALLET | {"attach": "调用者自定义数据", "productType": "qr-code、pay、in-app、mini-program、h5"},
    "card": CARD | {"cardNo": "6212454545454690", "firstName": "四", "lastName": "李"},
    "deviceInfo": DEVICE | {"clientIp": "10.1.1.1", "language": "en-US/zh-CN"},
    "fraudMode": "Y",
    "frontUrl": "https://www.xxx.com?tradeNo=xxx&orderNo=xxx&status=订单状态&language=en-US&amount=金额",
    "threeDsData": {
        "cavv": "a772a34d-d58a-4896-bf22-40b2af96eabd",
        "dsTransId": "020100006afa60729412446b96732f98b3ee98a2",
        "dsVersion": "2.1.0",
        "eci": "01",
        "xid": "05",
    },
}


def changed(body: Body, path: str, value: object) -> Body:
    """A copy with one place set, or removed where the value is GONE; `productInfo[0].sku` is a path."""
    result: Body = json.loads(json.dumps(body))  # Examples share their parts; a copy must not.
    *way, last = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
    place: Any = result
    for part in way:
        place = place[part]
    if value is GONE:
        place.pop(last, None)
    else:
        place[last] = value
    return result
