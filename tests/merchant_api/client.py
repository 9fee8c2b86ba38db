"""A merchant's client of the Merchant API inside the process, and the payer of its orders."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from msgspec.structs import replace

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.core.ids import PaymentId
from polygate.core.merchants import App, Merchant
from polygate.core.payments import Payment
from polygate.operations.administer import change_app
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.protocols.merchant import is_signed
from tests.support.document import Document
from tests.support.house import BASE_URL, eventually

DOCUMENT: Final = Document("merchant")
ONE_ORDER: Final = "/search/order/{uniqueId}"
PATHS: Final = {
    "/checkout/payment": "POST",
    "/checkout/subscription": "POST",
    "/api/payment": "POST",
    "/api/subscription": "POST",
    "/api/refund": "POST",
    "/upload/trackingNumber": "POST",
    "/search/list/order": "GET",
    "/search/order/1204039467826907136": "GET",
    "/search/list/refund": "GET",
}
HTTP_STATUS: Final = {401: 401, 404: 404, 999: 500}
"""Of the codes that are not told with 200; 400 can be told with several."""
FORMS: Final = {400, 405, 413, 415, 429}
HERE: Final = "203.0.113.7"
CARD: Final = {
    "cardNumber": "4300000000000000",
    "expiredYear": "29",
    "expiredMonth": "12",
    "cardholder": "DANA REYES",
    "cvv": "123",
}
"""The contract's own test card, whose check digit is wrong."""
RETURN_URL: Final = "https://shop.example/return"


def order(transaction_id: str, app_id: str, **changes: Any) -> dict[str, Any]:
    """A request of what both real clients send; a field that is changed to None is left out."""
    body = {
        "transactionId": transaction_id,
        "currency": "USD",
        "amount": "49.90",
        "appId": app_id,
        "transactionIp": HERE,
        "callbackUrl": RETURN_URL,
        "notificationUrl": "https://shop.example/hooks/pay",
        "productInfos": [{"productName": "Desk lamp", "price": "24.95", "sku": "LAMP-01", "quantity": 2}],
        "billingAddress": {"firstName": "Dana", "country": "US"},
        "orderId": f"O-{transaction_id}",
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def call_of(path: str) -> str:
    """The path as the document has it."""
    path = path.partition("?")[0]
    begins = ONE_ORDER.partition("{")[0]
    return ONE_ORDER if path.startswith(begins) and path != begins else path


class Client:
    def __init__(self, house: House, merchant: Merchant, app: App, key: Secret) -> None:
        self.house: Final = house
        self.merchant = merchant
        self.app = app
        self.key = key
        transport = httpx.ASGITransport(house.app, client=(HERE, 40_000))
        self.http: Final = httpx.AsyncClient(transport=transport, base_url=BASE_URL)

    @property
    def proof(self) -> str:
        pair = f"{self.merchant.merchant_no}:{self.key.reveal()}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    async def ask(self, path: str, **options: Any) -> httpx.Response:
        """One request, exactly as given: `options` are those of httpx. Its answer has what all of them have."""
        options.setdefault("headers", {"Authorization": self.proof})
        method = options.pop("method", PATHS.get(path, "GET"))
        response = await self.http.request(method, path, **options)
        DOCUMENT.hold(call_of(path), response)
        answer = response.json()
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        assert {type(answer[name]) for name in ("code", "timestamp")} == {int}
        assert isinstance(answer["message"], str)
        assert answer["message"]
        expected = {HTTP_STATUS.get(answer["code"], 200)}
        assert response.status_code in (expected | FORMS if answer["code"] == 400 else expected)
        return response

    async def call(self, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        if body is not None:
            options["json"] = body
        answer: dict[str, Any] = (await self.ask(path, **options)).json()
        return answer

    async def code(self, path: str, body: Any = None, **options: Any) -> int:
        return int((await self.call(path, body, **options))["code"])

    def order(self, transaction_id: str = "T-1", **changes: Any) -> dict[str, Any]:
        return order(transaction_id, self.app.app_id, **changes)

    async def checkout(self, transaction_id: str = "T-1", *, path: str = "payment", **changes: Any) -> dict[str, Any]:
        """An order on the hosted page that is accepted."""
        opened = await self.call(f"/checkout/{path}", self.order(transaction_id, **changes))
        assert opened["code"] == 301, opened
        return opened

    async def pay(
        self, transaction_id: str = "T-1", *, cvv: str = "123", card: Mapping[str, str] | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A direct payment, whatever becomes of it."""
        body = self.order(transaction_id, card={**CARD, "cvv": cvv, **(card or {})}, **changes)
        return await self.call("/api/payment", body)

    async def subscribe(
        self, transaction_id: str = "SUB-1", *, cycle: str = "MONTH", times: int = 12, cvv: str = "123", **changes: Any
    ) -> dict[str, Any]:
        card = {**CARD, "cvv": cvv, **changes.pop("card", {})}
        plan = {"subscriptionCycle": cycle, "subscriptionPeriod": times}
        return await self.call("/api/subscription", self.order(transaction_id, card=card, extension=plan, **changes))

    async def refund(self, unique_id: str, number: Any = "RF-1", amount: Any = "10.00", **more: Any) -> dict[str, Any]:
        body = {"uniqueId": unique_id, "amount": amount, "refundTransactionId": number, **more}
        return await self.call("/api/refund", body)

    async def find(self, unique_id: str) -> dict[str, Any]:
        return await self.call(f"/search/order/{unique_id}")

    async def list(self, **query: Any) -> dict[str, Any]:
        return await self.call("/search/list/order", params=query)

    async def refunds(self, **query: Any) -> dict[str, Any]:
        return await self.call("/search/list/refund", params=query)

    async def becomes(self, unique_id: str, code: int) -> dict[str, Any]:
        """The order once it has this code."""

        async def seen() -> dict[str, Any]:
            found = await self.find(unique_id)
            return found if found["code"] == code else {}

        return await eventually(seen)

    async def payment(self, unique_id: str) -> Payment:
        """As it is kept."""
        found = await self.house.context.reads.payment(self.merchant.merchant_id, PaymentId(int(unique_id)))
        assert found is not None
        return found

    async def set_app(self, **changes: Any) -> None:
        self.app = await change_app(self.house.context.store, self.app, lambda app: replace(app, **changes))

    def is_ours(self, body: Mapping[str, Any]) -> bool:
        """Whether a notification is signed with this merchant's key."""
        return is_signed(body, self.key)

    # --- the payer ---

    async def open_page(self, link: str) -> httpx.Response:
        return await self.http.get(_path(link))

    async def submit(self, link: str, *, cvv: str = "123", number: str = CARD["cardNumber"]) -> httpx.Response:
        """Send the card form, and see the page it leads to."""
        form = {"method": "card", "card_number": number, "expiry": "12/29", "cvc": cvv, "name": "Dana Reyes"}
        return await self.http.post(_path(link), data=form, follow_redirects=True)

    async def back_to_shop(self, link: str) -> httpx.Response:
        """The result page's way back."""
        token = re.search(r"token=([^&]+)", link)
        assert token
        return await self.http.get(f"/h5/en-us/return?token={token[1]}")

    async def authenticate(self, link: str, choice: str = "pass") -> httpx.Response:
        """On the bank's simulated page behind a link."""
        there = await self.http.get(_path(link))
        assert there.status_code == 303, there.text
        return await self.http.post(_path(there.headers["location"]), data={"choice": choice}, follow_redirects=True)


@asynccontextmanager
async def client_in(
    house: House, *, name: str = "Shop", methods: tuple[str, ...] = ("card", "wechat"), domain: str = "shop.example"
) -> AsyncIterator[Client]:
    """A new merchant."""
    made = await create_merchant(house.context, name=name, mcc="5999", fees={})
    shop = await create_app(house.context, made.merchant, name=name, methods=methods)
    client = Client(house, made.merchant, shop.app, made.secret_key)
    await client.set_app(domain=domain)
    async with client.http:
        yield client


def members(body: bytes) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(body)
    return said


def _path(url: str) -> str:
    return urlsplit(url)._replace(scheme="", netloc="").geturl()
