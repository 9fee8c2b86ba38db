"""How the contract tells merchants to verify a notification, with its two worked examples (section 10.3)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final


def verify(secret: str, timestamp: str, nonce: str, raw: bytes, sign: str) -> bool:
    mac = hmac.new(secret.encode(), f"{timestamp}\n{nonce}\n".encode() + raw, hashlib.sha256)
    return hmac.compare_digest(mac.hexdigest(), sign.lower())


SECRET: Final = "184E52CF5365D2D7EE8EDA6B90F1C37A55"
EXAMPLES: Final = (
    (
        SECRET,
        "1751508932417",
        "6f1d2c3b4a59687706958473a2b1c0de",
        b'{"apiVersion":"20250703","notifyId":"ntf_20250703101532000001","notifyType":"payment",'
        b'"notifyTime":"2025-07-03T10:15:32+08:00","appId":"086666075137001","mercId":"10000000000000",'
        b'"orderNo":"20220828000002","tradeNo":"589327510105956352","paymentMethodType":"card","amount":"199.68",'
        b'"currency":"USD","orderStatus":"successed","lastEvent":"CAPTURED","authorizeCode":"920345",'
        b'"transactionTime":"2025-07-03T10:15:31+08:00","respCode":"0000","respMsg":"success"}',
        "146adb5624d7ed4737dfae47fd7b373c3ef9c21c110cb212ce3aa5b28a6455fd",
    ),
    (
        SECRET,
        "1751590801233",
        "0e1f2d3c4b5a69788796a5b4c3d2e1f0",
        '{"apiVersion":"20250703","notifyId":"ntf_20250704090001000007","notifyType":"refund",'
        '"notifyTime":"2025-07-04T09:00:01+08:00","appId":"086666075137001","mercId":"10000000000000",'
        '"orderNo":"20220828000002","tradeNo":"589327510105956352","refundOrderNo":"202208280000001",'
        '"refundTradeNo":"589667510105956999","refundStatus":"successed","amount":"50.00","currency":"USD",'
        '"desc":"退款成功 refunded","finishTime":"2025-07-04 09:00:00","respCode":"0000","respMsg":"success"}'.encode(),
        "87333ed627de416996a368c23ffcc0fab43ee1f81cae774f77816c0c37e1e8c6",
    ),
)
"""Secret, timestamp, nonce, body and signature."""
