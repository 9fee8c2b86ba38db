"""The worked examples of the Merchant API, held as data: notifications, requests and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from polygate.core.cards import Secret

_HERE: Final = Path(__file__).parent
KEY: Final = Secret("demo-secret-4f1d9c27a8e35b60")
MERCHANT_NO: Final = "M100001"
BASIC: Final = "Basic TTEwMDAwMTpkZW1vLXNlY3JldC00ZjFkOWMyN2E4ZTM1YjYw"
NOTIFICATIONS: Final[dict[str, dict[str, Any]]] = msgspec.json.decode((_HERE / "notifications.json").read_bytes())
MESSAGES: Final[dict[str, Any]] = msgspec.json.decode((_HERE / "messages.json").read_bytes())
"""Requests and answers by the client's names of the calls."""

INTEROP_KEY: Final = Secret("000000")
INTEROP: Final = {
    "code": 100,
    "appId": 3,
    "isTest": True,
    "uniqueId": "1867098610731065345",
    "transactionType": "Sale",
    "transactionCurrency": "USD",
    "transactionAmount": "94.93",
    "transactionId": "1733985972",
    "billDescription": "description.com",
    "transactionCardNumber": "485023******9618",
    "transactionMessage": "Approved",
    "message": "successful transaction",
    "timestamp": 1733985979185,
    "sign": "82647d814560b4104db20f65388068ee576036e155d7b9964b9f7fe3c12c8d77",
}

HASHED: Final = {
    "approved": "100200300400shop.example100truesuccessful transaction176722932045649.90430000******0000USD"
    "ORD-2026-000123-1ApprovedSale2006613456789012480demo-secret-4f1d9c27a8e35b60",
    "closed": "100200300400shop.example103falseorder closed176723646100015.00USD"
    "ORD-2026-000124-1Sale2006613456789012555demo-secret-4f1d9c27a8e35b60",
    "refunded": "100200300400111RF-2026-0001Refund successful10.00USDRefunded2006613999999012481"
    "1767315665001Refund2006613456789012480demo-secret-4f1d9c27a8e35b60",
}
"""What is hashed of three of the notifications, as the contract spells it out."""

RETURN_PARAMETERS: Final = {
    "code": "100",
    "uniqueId": "2006613456789012480",
    "transactionId": "ORD-2026-000123-1",
    "transactionAmount": "49.90",
    "transactionCurrency": "USD",
    "timestamp": "1767229321000",
}
RETURNED_URL: Final = (
    "https://shop.example/return?code=100&uniqueId=2006613456789012480&transactionId=ORD-2026-000123-1"
    "&transactionAmount=49.90&transactionCurrency=USD&timestamp=1767229321000"
    "&sign=09b0fea46706223d788a11d72b8fb2ea35a2af99d221d4b49733101677dca56a"
)
