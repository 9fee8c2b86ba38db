"""A request for each endpoint, in an order in which they work one after the other, and what it is answered."""

from __future__ import annotations

from typing import Final

from polygate.protocols.documenting.samples import Sample, values_in

_DEVICE: Final = {"clientIp": "203.0.113.9", "language": "en-US", "browser": {"userAgent": "Mozilla/5.0"}}
_CARD: Final = {
    "cardNo": "4444333322221111",
    "expiryMonth": "12",
    "expiryYear": "2035",
    "firstName": "Amy",
    "lastName": "Lee",
}
_TRADE_NO: Final = "589327510105956352"
_ANSWERED: Final = {"transactionTime": "2025-07-03T10:15:31+08:00"}
_DONE: Final = {"respCode": "0000", "respMsg": "success"}

TOKEN: Final = Sample(
    path="connect/token",
    title="Token",
    body={"appId": "$APP_ID", "secret": "$APP_SECRET"},
    keeps={"TOKEN": "accessToken"},
    answer={"accessToken": "at_Tm90IGEgcmVhbCB0b2tlbiwgb25seSBpdHMgZm9ybS4", "expiresIn": 3600, **_DONE},
)
_ADDRESS: Final = {
    "city": "Seattle",
    "country": "US",
    "line1": "109 Test Rd",
    "postcode": "98102",
    "state": "WA",
}
_KEPT: Final = "000000000000000589327510105956350"

CARD: Final = Sample(
    path="payment",
    title="A card, authorized and kept",
    opens={"ORDER": "order"},
    keeps={"IDENTIFIER": "transactionIdentifier"},
    body={
        "orderNo": "$ORDER",
        "amount": "100.00",
        "currency": "USD",
        "paymentMethodType": "card",
        "card": {**_CARD, "cvc": "401", "captureMethod": "manual"},
        "billing": {"address": _ADDRESS, "customerInitiatedReason": "RECURRING", "storedcredentials": "store"},
        "deviceInfo": _DEVICE,
    },
    answer={
        "amount": "100.00",
        "authorizeCode": "920345",
        "currency": "USD",
        "lastEvent": "AUTHORIZED",
        "orderNo": "order-1751508931",
        "orderStatus": "authorized",
        "tradeNo": _TRADE_NO,
        "transactionIdentifier": _KEPT,
        **_ANSWERED,
        **_DONE,
    },
)
QR_CODE: Final = Sample(
    path="payment",
    title="A QR code",
    opens={"QR_ORDER": "qr"},
    body={
        "orderNo": "$QR_ORDER",
        "amount": "88.00",
        "currency": "HKD",
        "paymentMethodType": "wechat",
        "wechat": {"productType": "qr-code", "attach": "table 7"},
        "deviceInfo": _DEVICE,
        "expiryTime": "30",
    },
    answer={
        "amount": "88.00",
        "currency": "HKD",
        "lastEvent": "QRCODE",
        "orderNo": "qr-1751508931",
        "orderStatus": "pending",
        "payUrl": "https://gateway.example.com/q/w_4Jq8ZsT0vXw2",
        "tradeNo": "589327510105956360",
        "respCode": "0000",
        "respMsg": "payer action required",
    },
)
SCANNED: Final = Sample(
    path="payment",
    title="A scanned code",
    opens={"SCAN_ORDER": "scan"},
    body={
        "orderNo": "$SCAN_ORDER",
        "amount": "12.50",
        "currency": "HKD",
        "paymentMethodType": "alipay",
        "alipay": {"productType": "pay", "authCode": "120061098828009406", "storeId": "P000001"},
        "deviceInfo": _DEVICE,
    },
    answer={
        "amount": "12.50",
        "currency": "HKD",
        "lastEvent": "CAPTURED",
        "orderNo": "scan-1751508931",
        "orderStatus": "successed",
        "tradeNo": "589327510105956361",
        **_ANSWERED,
        **_DONE,
    },
)
CAPTURE: Final = Sample(
    path="capture",
    title="A part of it",
    after=CARD.title,
    body={"orderNo": "$ORDER", "captureAmount": "60.00"},
    answer={
        "amount": "60.00",
        "currency": "USD",
        "lastEvent": "CAPTURED",
        "orderNo": "order-1751508931",
        "orderStatus": "successed",
        "tradeNo": _TRADE_NO,
        **_ANSWERED,
        **_DONE,
    },
)
_REFUND: Final = {
    "amount": "25.00",
    "currency": "USD",
    "desc": "accepted",
    "mercId": "10000000000000",
    "refundOrderNo": "order-1751508931-r1",
    "refundStatus": "accepted",
    "refundTradeNo": "589667510105956999",
    **_DONE,
}
REFUND: Final = Sample(
    path="refund",
    title="A part of what was captured",
    after=CAPTURE.title,
    body={
        "orderNo": "$ORDER",
        "refundNumber": "$ORDER-r1",
        "amount": "25.00",
        "reason": "one item returned",
        "clientIp": "203.0.113.9",
    },
    answer=_REFUND,
)
REFUND_QUERY: Final = Sample(
    path="refundQuery",
    title="By its number",
    after=REFUND.title,
    body={"orderNo": "$ORDER-r1"},
    answer=_REFUND,
)
QUERY: Final = Sample(
    path="query",
    title="By orderNo",
    after=REFUND.title,
    body={"orderNo": "$ORDER"},
    answer={
        "billing": {"address": _ADDRESS, "customerInitiatedReason": "RECURRING", "storedcredentials": "store"},
        "extend": {
            "arn": "74546195184000000000001",
            "authorizeCode": "920345",
            "avsResult": "Y",
            "bin": "444433",
            "cardClass": "CREDIT",
            "cvcResult": "M",
            "issuerCountryCode": "US",
            "transactionIdentifier": _KEPT,
        },
        "order": {
            "billingDesc": "Demo Shop",
            "brand": "VISA",
            "clientIp": "203.0.113.9",
            "mcc": "5999",
            "mercName": "Demo Shop",
            "orderNo": "order-1751508931",
            "orderStatus": "successed",
            "orderStatusDesc": "captured",
            "payAmount": 60.00,
            "payName": "Amy Lee",
            "payNo": "444433******1111",
            "payTime": "2025-07-03T10:15:30+08:00",
            "paymentMethodType": "card",
            "tradeCurrency": "USD",
            "tradeFinishTime": "2025-07-03T10:15:31+08:00",
            "tradeNo": _TRADE_NO,
            "websiteId": "10001",
        },
        "refund": [
            {
                "amount": 25.00,
                "currency": "USD",
                "desc": "one item returned",
                "orderNo": "order-1751508931-r1",
                "refundStatus": "accepted",
                "refundTime": "2025-07-03T10:20:00+08:00",
                "tradeNo": "589667510105956999",
            }
        ],
        **_DONE,
    },
)
CASHIER: Final = Sample(
    path="cashier/order",
    title="An order",
    opens={"PAGE": "page"},
    body={
        "orderNo": "$PAGE",
        "amount": "25.00",
        "currency": "USD",
        "description": "A first order",
        "expiryTime": "60",
    },
    answer={
        "expiresIn": 60,
        "orderNo": "page-1751508931",
        "redirectUrl": "https://gateway.example.com/h5/en-us/cashier.html?token=cs_4Jq8ZsT0vXw2",
        **_DONE,
    },
)
CANCEL: Final = Sample(
    path="cancel",
    title="An order nobody has paid",
    after=CASHIER.title,
    body={"orderNo": "$PAGE"},
    answer={
        "lastEvent": "CANCELED",
        "orderNo": "page-1751508931",
        "orderStatus": "canceled",
        "tradeNo": _TRADE_NO,
        **_ANSWERED,
        **_DONE,
    },
)
MIT_PAYMENT: Final = Sample(
    path="mitPayment",
    title="A monthly fee",
    opens={"FEE": "fee"},
    body={
        "orderNo": "$FEE",
        "amount": "9.90",
        "currency": "USD",
        "card": _CARD,
        "billing": {"address": _ADDRESS, "customerInitiatedReason": "RECURRING"},
        "description": "monthly fee",
    },
    answer={
        "amount": "9.90",
        "authorizeCode": "731144",
        "currency": "USD",
        "lastEvent": "CAPTURED",
        "orderNo": "fee-1751508931",
        "orderStatus": "successed",
        "tradeNo": "589327510105956357",
        **_ANSWERED,
        **_DONE,
    },
)
SUBSCRIPTION_PAYMENT: Final = Sample(
    path="subscriptionPayment",
    title="By its identifier",
    opens={"NEXT": "next"},
    after=CARD.title,
    body={"orderNo": "$NEXT", "amount": "9.90", "transactionIdentifier": "$IDENTIFIER", "description": "July"},
    answer={
        "amount": "9.90",
        "authorizeCode": "731145",
        "currency": "USD",
        "lastEvent": "CAPTURED",
        "orderNo": "next-1751508931",
        "orderStatus": "successed",
        "tradeNo": "589327510105956358",
        "transactionIdentifier": _KEPT,
        **_ANSWERED,
        **_DONE,
    },
)
_PARCEL: Final = {
    "orderNo": "$ORDER",
    "carrier": "2EBOX",
    "trackingNo": "FB202208290000001",
    "trackingNumberType": "CARRIER_PROVIDED",
    "shipmentDate": "2025-06-09",
    "shipmentDirection": "FORWARD",
    "shippingStatus": "SHIPPED",
}
_TRACKING: Final = f"{_TRADE_NO}-FB202208290000001"
TRACKING: Final = Sample(
    path="shipping/tracking",
    title="One parcel",
    after=CARD.title,
    body=_PARCEL,
    answer={"desc": "1 accepted", "trackings": [_TRACKING], **_DONE},
)
TRACKING_BATCH: Final = Sample(
    path="shipping/tracking-batch",
    title="Two, of which one is refused",
    after=CARD.title,
    body=[
        {**_PARCEL, "trackingNo": "FB202208290000002"},
        {**_PARCEL, "orderNo": "NO-SUCH-ORDER", "trackingNo": "FB202208290000003"},
    ],
    answer={
        "desc": "1 accepted, 1 rejected",
        "errors": [
            {
                "index": 1,
                "orderNo": "NO-SUCH-ORDER",
                "trackingNo": "FB202208290000003",
                "respCode": "3001",
                "respMsg": "order not found",
            }
        ],
        "trackings": [f"{_TRADE_NO}-FB202208290000002"],
        **_DONE,
    },
)
TRACKING_MODIFY: Final = Sample(
    path="shipping/tracking-modify",
    title="It has arrived",
    after=TRACKING.title,
    body={
        "orderNo": "$ORDER",
        "trackingNo": "FB202208290000001",
        "iterms": [{"op": "replace", "path": "/status", "value": "DELIVERED"}],
        "matedata": {"ticket": "77"},
    },
    answer={"desc": "updated", "trackings": [_TRACKING], **_DONE},
)
RETRIEVE: Final = Sample(
    path="shipping/retrieve",
    title="What became of it",
    after=TRACKING_MODIFY.title,
    body={"orderNo": "$ORDER", "trackingNo": "FB202208290000001"},
    answer={
        "carrier": "2EBOX",
        "desc": "",
        "matedata": {"ticket": "77"},
        "orderNo": "order-1751508931",
        "shipmentDate": "2025-06-09",
        "shipmentDirection": "FORWARD",
        "shippingStatus": "DELIVERED",
        "trackingNo": "FB202208290000001",
        "trackingNumberType": "CARRIER_PROVIDED",
        "tradeNo": _TRADE_NO,
        **_DONE,
    },
)
SUBSCRIBE: Final = Sample(
    path="webhook/subscribe",
    title="Set the address",
    body={
        "apiVersion": "20250703",
        "signMethod": "sha256",
        "subscribeUrl": "http://127.0.0.1:9000/webhook",
    },
    answer={
        "apiVersion": "20250703",
        "signMethod": "sha256",
        "subscribeUrl": "http://127.0.0.1:9000/webhook",
        **_DONE,
    },
)

SAMPLES: Final[tuple[Sample, ...]] = (
    TOKEN,
    CARD,
    QR_CODE,
    SCANNED,
    CAPTURE,
    REFUND,
    REFUND_QUERY,
    QUERY,
    TRACKING,
    TRACKING_BATCH,
    TRACKING_MODIFY,
    RETRIEVE,
    MIT_PAYMENT,
    SUBSCRIPTION_PAYMENT,
    CASHIER,
    CANCEL,
    SUBSCRIBE,
)

VALUES: Final = values_in(SAMPLES, fresh=1751508931)
