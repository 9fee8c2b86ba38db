"""A merchant's client of the Channel API inside the process, and the payer of its collections."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.core.money import Money
from polygate.operations.administer import allow_addresses
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.protocols.channel import encrypt
from tests.support.document import Document
from tests.support.house import BASE_URL, eventually

DOCUMENT: Final = Document("channel", "/api/channel/")
HTTP_STATUS: Final = {1001: 401, 1002: 403, 1101: 400, 1404: 404, 1405: 405, 9999: 500}
"""Of the codes that are not told with 200."""
HERE: Final = "203.0.113.7"
"""Where the calls come from."""
RECEIVER: Final = {
    "accountName": "Asha Rao",
    "bankNo": "HDFC0000001",
    "bankName": "HDFC Bank",
    "bankAccount": "50100012345678",
    "accountType": "1",
    "mobile": "9876543210",
}


class Client:
    def __init__(self, house: House, merchant: Merchant, app: App, key: Secret) -> None:
        self.house: Final = house
        self.app = app
        self.merchant = merchant
        self.key = key
        transport = httpx.ASGITransport(house.app, client=(HERE, 40_000))
        self.http: Final = httpx.AsyncClient(transport=transport, base_url=BASE_URL)

    @property
    def merchant_id(self) -> str:
        return self.merchant.merchant_no

    async def ask(self, path: str, **options: Any) -> httpx.Response:
        """One request, exactly as given: `options` are those of httpx. Its answer is one that the document knows."""
        options.setdefault("headers", {"Authorization": self.key.reveal()})
        method = options.pop("method", "POST")
        response = await self.http.request(method, f"/api/channel/{path}", **options)
        DOCUMENT.hold(path, response)
        answer = json.loads(response.content, parse_float=Decimal)
        assert list(answer) == ["code", "errorDesc", "result"]
        assert response.status_code == HTTP_STATUS.get(answer["code"], 200)
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        if answer["code"]:
            assert answer["errorDesc"]
            assert answer["result"] is None
        else:
            assert answer["errorDesc"] == ""
        return response

    async def call(self, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        """A plain call (V1)."""
        if body is not None:
            options["json"] = body
        answer: dict[str, Any] = json.loads((await self.ask(path, **options)).content, parse_float=Decimal)
        return answer

    async def sealed(self, path: str, body: Any, *, key: Secret | None = None) -> dict[str, Any]:
        """An encrypted call (V2); `body` is an object, or JSON text as it is to be encrypted."""
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": self.merchant_id}
        return await self.call(path, {"data": encrypt(text, key or self.key)}, headers=headers)

    async def code(self, path: str, body: Any = None, **options: Any) -> int:
        return int((await self.call(path, body, **options))["code"])

    async def credit(self, source_no: str = "PI-1", amount: float | int = 1200.5, **more: Any) -> dict[str, Any]:
        """The result of a collection that is accepted."""
        return self._result(await self.call("Credit/Set", {"amount": amount, "sourceNo": source_no, **more}))

    async def debit(self, source_no: str = "PO-1", amount: float | int = 850, **more: Any) -> dict[str, Any]:
        """The result of a payout that is accepted; to `RECEIVER` unless told otherwise."""
        order = {"amount": amount, "sourceNo": source_no, "payeeAccountDetail": RECEIVER} | more
        return self._result(await self.call("Debit/Set", {n: v for n, v in order.items() if v is not None}))

    async def query(self, direction: str, source_no: str) -> dict[str, Any]:
        """`direction` is Credit or Debit."""
        return self._result(await self.call(f"{direction}/Get", {"sourceNo": source_no}))

    async def order(self, direction: str, source_no: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.query(direction, source_no))[f"channel{direction}OrderSimpleInfo"]
        return found

    async def becomes(self, direction: str, source_no: str, code: int) -> dict[str, Any]:
        """The order once it has this `processCode`."""

        async def seen() -> dict[str, Any]:
            order = await self.order(direction, source_no)
            return order if order["processCode"] == code else {}

        return await eventually(seen)

    async def balance(self) -> tuple[Any, ...]:
        """Total, held and free, as exact decimals; the total is always the sum of the others."""
        funds = self._result(await self.call("Merchant/Balance", method="GET"))
        total, held, free = (Decimal(funds[name]) for name in ("balance", "frozenBalance", "remainBalance"))
        assert total == held + free
        assert free >= 0
        return total, held, free

    async def allow(self, *networks: str) -> None:
        """Let its calls come from these addresses only."""
        self.app = await allow_addresses(self.house.context.store, self.app, networks)

    # --- the payer ---

    async def open_page(self, credit: dict[str, Any]) -> httpx.Response:
        """The payer's page, or wherever it leads by now."""
        link = credit["channelCreditOrderSimpleInfo"]["cashierLink"]
        return await self.http.get(_path(link), follow_redirects=True)

    async def pay(self, credit: dict[str, Any], choice: str = "pass") -> httpx.Response:
        """In the sandbox's wallet, which the page leads to; ends on the page with the result."""
        here = _path(credit["channelCreditOrderSimpleInfo"]["cashierLink"]).removesuffix("/page")
        wallet = await self.http.get(here)
        assert wallet.status_code == 303, wallet.text
        return await self.http.post(_path(wallet.headers["location"]), data={"choice": choice}, follow_redirects=True)

    @staticmethod
    def _result(answer: dict[str, Any]) -> dict[str, Any]:
        assert answer["code"] == 0, answer
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def client_in(
    house: House,
    *,
    name: str = "Shop",
    opening_minor: int = 0,
    methods: tuple[str, ...] = ("card", "upi"),
    **terms: Any,
) -> AsyncIterator[Client]:
    """A new merchant with this much INR; `terms` are further ones of its account."""
    opening = (Money(opening_minor, "INR"),) if opening_minor else ()
    made = await create_merchant(
        house.context, name=name, mcc="5999", fees=terms.get("fees", {}),
        payout_fees=terms.get("payout_fees", {}), opening_balances=opening,
    )  # fmt: skip
    shop = await create_app(house.context, made.merchant, name=name, methods=methods)
    client = Client(house, made.merchant, shop.app, made.access_key)
    async with client.http:
        yield client


def _path(url: str) -> str:
    return urlsplit(url)._replace(scheme="", netloc="").geturl()
