"""A first payment through each API: the program that its reference begins with, and one call.

The call opens an order and prints where the payer goes; nothing but credentials has to be put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

from polygate.core.merchants import Merchant
from polygate.protocols.registry import protocols

LANGUAGE: Final = "Python"


class _First(msgspec.Struct, frozen=True):
    public: Mapping[str, str]
    """Variables of the environment → what they hold: `app` or `merchant`, for their numbers."""
    secret: str
    """The variable that holds what proves who calls."""
    call: str
    start: str = ""
    """What comes before, for an API whose reference does not begin with a program."""


_FIRST: Final[Mapping[str, _First]] = {
    "gateway": _First(
        {"APP_ID": "app"},
        "APP_SECRET",
        """
token = call("connect/token", {"appId": app_id, "secret": app_secret})["accessToken"]
order = {"orderNo": f"first-{time.time_ns()}", "amount": "10.00", "currency": "USD"}
print(call("cashier/order", order, token)["redirectUrl"])
""",
    ),
    "signed": _First(
        {"APP_ID": "app"},
        "APP_SECRET",
        """
print(call("payment/create", {
    "merchantTradeNo": f"first-{time.time_ns()}", "amount": "100.00", "currency": "INR", "description": "First",
    "payer": {"userId": "1", "name": "Asha Rao", "email": "asha@example.com", "phone": "9876543210"},
    "payMethod": {"type": "UPI"}, "notifyUrl": "https://shop.example.com/notify",
}))
""",
    ),
    "merchant": _First(
        {"MERCHANT_ID": "merchant", "APP_ID": "app"},
        "SECRET_KEY",
        """
payer = {"firstName": "Dana", "lastName": "Reyes", "country": "US", "state": "WA", "city": "Seattle",
         "address": "1 Pine St", "zipCode": "98101", "email": "dana@shop.example", "phone": "5550100"}
number = f"first-{time.time_ns()}"
print(call("/checkout/payment", {
    "transactionType": "Sale", "transactionId": number, "orderId": number, "appId": os.environ["APP_ID"],
    "currency": "USD", "amount": "10.00", "transactionIp": "203.0.113.7", "transactionMethod": "Default",
    "callbackUrl": "https://shop.example/return", "notificationUrl": "https://shop.example/hook",
    "productInfos": [{"productName": "Lamp", "currency": "USD", "price": "10.00", "quantity": 1, "sku": "L-1",
                      "productLink": "https://shop.example/lamp"}],
    "billingAddress": payer, "shippingAddress": payer, "secure": False,
    "browser": {"userAgent": "Mozilla/5.0", "referer": "https://shop.example/"},
}))
""",
        start="""
import base64
import json
import os
import time
import urllib.request

BASE_URL = "<BASE_URL>"
PAIR = f"{os.environ['MERCHANT_ID']}:{os.environ['SECRET_KEY']}"
HEADERS = {"Content-Type": "application/json", "Authorization": "Basic " + base64.b64encode(PAIR.encode()).decode()}


def call(path, body):
    with urllib.request.urlopen(urllib.request.Request(BASE_URL + path, json.dumps(body).encode(), HEADERS)) as answer:
        return json.load(answer)
""",
    ),
    "channel": _First(
        {"MERCHANT_ID": "merchant"},
        "ACCESS_KEY",
        """
import time

answer = call("Credit/Place", {"sourceNo": f"first-{time.time_ns()}", "amount": 100})
print(answer["result"]["channelCreditOrderSimpleInfo"]["cashierLink"])
""",
    ),
}


class FirstPayment(msgspec.Struct, frozen=True):
    api: str
    title: str
    environment: str
    """To be typed into a shell, with the secret put in."""
    program: str


def first_payments(merchant: Merchant, app_id: str, base_url: str) -> list[FirstPayment]:
    """Through each API that is served and has one."""
    numbers = {"app": app_id, "merchant": merchant.merchant_no}
    found = []
    for api in protocols():
        first = _FIRST.get(api)
        title, start = _start(api, base_url)
        if first is None or not (first.start or start):
            continue
        start = first.start.lstrip().replace("<BASE_URL>", base_url) or start
        public = [f"{name}={numbers[what]}" for name, what in first.public.items()]
        found.append(FirstPayment(api, title, f"export {' '.join(public)} {first.secret}=...", start + first.call))
    return found


@cache
def _start(api: str, base_url: str) -> tuple[str, str]:
    """The API's title, and the program that its reference begins with."""
    reference = protocols()[api].reference(base_url)
    snippets = (chapter.snippets[LANGUAGE] for chapter in reference.before if LANGUAGE in chapter.snippets)
    return reference.title, next(snippets, "").rstrip() + "\n"
