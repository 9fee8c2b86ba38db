"""A merchant's client of the Signed API inside the process, written from the contract, and the payer of its payments.

Every answer is held to the OpenAPI document, and its signature checked.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.core.money import Money
from polygate.operations.new_accounts import create_app, create_merchant
from tests.support.document import Document
from tests.support.house import BASE_URL, eventually

DOCUMENT: Final = Document("signed", "/v2/")
HERE: Final = "203.0.113.7"
"""Where the calls come from."""
NOTIFY: Final = "https://merchant.example.com/notify"
PAYER: Final = {"userId": "10086", "name": "Asha Rao", "email": "asha@example.com", "phone": "9876543210"}
PAYEE: Final = {
    "type": "BANK_ACCOUNT",
    "bankCode": "HDFC0001234",
    "accountNumber": "50100012345678",
    "payeeName": "Asha Rao",
}
OPENING_MINOR: Final = 1_000_000
STATUS: Final = {"Auth": 401, "System": 500}
STATUS_OF: Final = {
    "Common.UserAgent.Missing": 403,
    "Common.Transport.Insecure": 403,
    "Common.Path.NotFound": 404,
    "Common.Method.NotAllowed": 405,
    "Common.Request.TooLarge": 413,
    "Common.Request.UnsupportedType": 415,
    "Common.Rate.Limited": 429,
    "System.Service.Unavailable": 503,
}


def v2_sign(*lines: str, body: bytes) -> str:
    """Section 2.2: appId, secret, method, URL, timestamp, nonce, and the body."""
    head = "\n".join([*lines, ""]).encode()
    return hashlib.sha256(head + body + b"\n").hexdigest()


class Client:
    def __init__(self, house: House, merchant: Merchant, app: App, secret: Secret) -> None:
        self.house: Final = house
        self.merchant: Final = merchant
        self.app: Final = app
        self.secret = secret
        self.prefix = "/v2"
        self.base_url = BASE_URL
        transport = httpx.ASGITransport(house.app, client=(HERE, 40_000))
        self.http: Final = httpx.AsyncClient(transport=transport, base_url=BASE_URL)

    def header(self, url: str, body: bytes, **parts: str) -> str:
        """`parts` replace what would be right."""
        now = str(self.house.context.clock())
        values = {"appId": self.app.app_id, "timestamp": now, "nonce": secrets.token_hex(16)} | parts
        method = values.pop("method", "POST")
        secret = values.pop("secret", self.secret.reveal())
        scheme = values.pop("scheme", "V2_SHA256")
        sign = v2_sign(values["appId"], secret, method, url, values["timestamp"], values["nonce"], body=body)
        values = {"sign": sign} | values
        order = ("appId", "sign", "timestamp", "nonce")
        return f"{scheme} " + ",".join(f"{name}={values[name]}" for name in order)

    async def send(self, path: str, body: bytes, *, header: str | None = None, **options: Any) -> httpx.Response:
        """One request, exactly as given; signed unless a header says otherwise."""
        url = f"{self.base_url}{self.prefix}/{path}"
        shown = self.header(url, body) if header is None else header
        headers = {"Authorization": shown, "Content-Type": "application/json", **options.pop("headers", {})}
        method = options.pop("method", "POST")
        response = await self.http.request(method, url, content=body, headers=headers, **options)
        self._check(path, url, response)
        return response

    async def call(self, path: str, body: Any) -> dict[str, Any]:
        """The whole envelope."""
        answer: dict[str, Any] = (await self.send(path, json.dumps(body).encode())).json()
        return answer

    async def code(self, path: str, body: Any) -> str:
        return str((await self.call(path, body))["code"])

    async def data(self, path: str, body: Any) -> dict[str, Any]:
        """Of a call that is carried out."""
        answer = await self.call(path, body)
        assert answer["code"] == "OK", answer
        found: dict[str, Any] = answer["data"]
        return found

    def _check(self, path: str, url: str, response: httpx.Response) -> None:
        """Sections 1.3, 1.4 and 2.6."""
        if response.request.method == "HEAD":
            return
        if response.status_code != 404:
            DOCUMENT.hold(path, response)
        answer = response.json()
        assert list(answer) == ["code", "errorMessage", "data"]
        assert (answer["code"] == "OK") == (answer["errorMessage"] is None)
        if answer["code"] != "OK":
            assert answer["errorMessage"]
            assert answer["data"] is None
        status = STATUS_OF.get(answer["code"]) or STATUS.get(answer["code"].split(".")[0], 200)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"
        if status == 200:
            self.verify(response.headers["authorization"], "POST", url, response.content)
        elif status < 500:
            assert "authorization" not in response.headers

    def verify(self, header: str, method: str, url: str, body: bytes) -> dict[str, str]:
        """A header of the gateway's own, in the very form of the sample."""
        scheme, _, pairs = header.partition(" ")
        said = dict(pair.split("=", 1) for pair in pairs.split(","))
        assert scheme == "V2_SHA256"
        assert list(said) == ["appId", "sign", "timestamp", "nonce"]
        assert said["appId"] == self.app.app_id
        assert said["sign"] == v2_sign(
            said["appId"], self.secret.reveal(), method, url, said["timestamp"], said["nonce"], body=body
        )
        return said

    # --- calls ---

    async def pay_in(self, number: str = "T-1", amount: str = "100.00", **changes: Any) -> dict[str, Any]:
        """A payment that is made."""
        return await self.data("payment/create", payment_body(number, amount, **changes))

    async def pay_out(self, number: str = "W-1", amount: str = "250.00", **changes: Any) -> dict[str, Any]:
        return await self.data("payout/create", payout_body(number, amount, **changes))

    async def refund(self, payment_no: str, number: str = "R-1", amount: str = "50.00", **more: Any) -> dict[str, Any]:
        return await self.data("refund/create", refund_body(payment_no, number, amount, **more))

    async def payment(self, number: str = "T-1") -> dict[str, Any]:
        return await self.data("payment/query", {"merchantTradeNo": number})

    async def payout(self, number: str = "W-1") -> dict[str, Any]:
        return await self.data("payout/query", {"merchantTradeNo": number})

    async def balance(self, currency: str = "INR") -> tuple[str, str]:
        """Available and frozen."""
        (found,) = (await self.data("balance/query", {"currencies": [currency]}))["balanceList"]
        return found["availableAmount"], found["frozenAmount"]

    async def becomes(self, path: str, number: str, status: str) -> dict[str, Any]:
        """The trade or refund once it has this status."""
        name = "merchantRefundNo" if path.startswith("refund") else "merchantTradeNo"

        async def seen() -> dict[str, Any]:
            found = await self.data(path, {name: number})
            return found if found["status"] == status else {}

        return await eventually(seen)

    # --- the payer ---

    async def open_page(self, created: dict[str, Any]) -> httpx.Response:
        return await self.http.get(_path(created["action"]["url"]), follow_redirects=True)

    async def choose(self, created: dict[str, Any], choice: str = "pass") -> httpx.Response:
        """In the sandbox's wallet, which the page leads to; where the browser is sent afterwards."""
        wallet = await self.http.get(_path(created["action"]["url"]).removesuffix("/page"))
        assert wallet.status_code == 303, wallet.text
        back = await self.http.post(_path(wallet.headers["location"]), data={"choice": choice})
        assert back.status_code == 303, back.text
        return await self.http.get(_path(back.headers["location"]))

    async def paid(self, number: str = "T-1", amount: str = "100.00", **changes: Any) -> dict[str, Any]:
        """A payment that its payer has paid."""
        await self.choose(await self.pay_in(number, amount, **changes))
        return await self.payment(number)


def payment_body(number: str = "T-1", amount: str = "100.00", **changes: Any) -> dict[str, Any]:
    body = {
        "merchantTradeNo": number,
        "amount": amount,
        "currency": "INR",
        "description": "Top-up",
        "payer": PAYER,
        "payMethod": {"type": "UPI"},
        "notifyUrl": NOTIFY,
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def pix_body(number: str = "T-1", amount: str = "59.90", pay_type: str = "PIX_QRCODE", **more: Any) -> dict[str, Any]:
    return payment_body(number, amount, currency="BRL", payMethod={"type": pay_type}, **more)


def payout_body(number: str = "W-1", amount: str = "250.00", **changes: Any) -> dict[str, Any]:
    body = {
        "merchantTradeNo": number,
        "amount": amount,
        "currency": "INR",
        "description": "Withdrawal",
        "payoutMethod": PAYEE,
        "notifyUrl": NOTIFY,
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def refund_body(payment_no: str, number: str = "R-1", amount: str = "50.00", **more: Any) -> dict[str, Any]:
    body = {"merchantRefundNo": number, "paymentNo": payment_no, "amount": amount, "description": "item returned"}
    return body | more


METHODS: Final = ("upi", "pix")
PAYOUT_METHODS: Final = ("upi", "bank_account", "pix", "wallet")


@asynccontextmanager
async def client_in(
    house: House,
    *,
    name: str = "Shop",
    opening: tuple[Money, ...] = (),
    methods: tuple[str, ...] = METHODS,
    payout_methods: tuple[str, ...] = PAYOUT_METHODS,
    **terms: Any,
) -> AsyncIterator[Client]:
    """A new merchant with one app; `terms` are further ones of its account."""
    made = await create_merchant(
        house.context, name=name, mcc="5999", fees=terms.get("fees", {}),
        payout_fees=terms.get("payout_fees", {}), opening_balances=opening,
    )  # fmt: skip
    async with app_of(house, made.merchant, methods=methods, payout_methods=payout_methods) as client:
        yield client


@asynccontextmanager
async def app_of(
    house: House,
    merchant: Merchant,
    *,
    methods: tuple[str, ...] = METHODS,
    payout_methods: tuple[str, ...] = PAYOUT_METHODS,
) -> AsyncIterator[Client]:
    """A further app of a merchant."""
    shop = await create_app(house.context, merchant, name="Shop", methods=methods, payout_methods=payout_methods)
    client = Client(house, merchant, shop.app, shop.secret)
    async with client.http:
        yield client


def _path(url: str) -> str:
    return urlsplit(url)._replace(scheme="", netloc="").geturl()
