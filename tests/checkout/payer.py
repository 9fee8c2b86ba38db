"""A payer's browser without a screen: follows links, fills in forms, and sees what the pages say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

import httpx

from polygate.assembly import House
from polygate.core.cards import Card, Secret
from polygate.core.merchants import App, FeeRule, Merchant
from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.payments import CaptureMode, Payment, PaymentOrder
from polygate.operations.charging import CardCharge, WalletCharge
from polygate.operations.open_checkout import open_checkout
from polygate.operations.take_payment import take_payment

BASE_URL: Final = "http://pay.example"
START_MS: Final = 1_790_000_000_000
"""2026-09-21, 22:13:20 in UTC+08:00."""
MINUTE_MS: Final = 60_000

GOOD: Final = "4444333322221111"
DECLINED: Final = "4000000000000002"
NO_FUNDS: Final = "4000000000009995"
SILENT: Final = "4000000000000119"
CHALLENGE: Final = "4000000000003220"
FRICTIONLESS: Final = "4000000000003055"

DESK_BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TELEPHONE: Final = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"

WALLET_NAMES: Final = {
    Method.WECHAT: "WeChat Pay",
    Method.ALIPAY: "Alipay",
    Method.ALIPAY_PLUS: "Alipay+",
    Method.UPAY: "UnionPay QR",
    Method.PAY_NOW: "PayNow",
    Method.GRAB_PAY: "GrabPay",
    Method.SHOPEE_PAY: "ShopeePay",
    Method.PAYPAL: "PayPal",
    Method.APPLE_PAY: "Apple Pay",
    Method.GOOGLE_PAY: "Google Pay",
}
PRODUCTS: Final = [{"productName": "Shirt <b>", "price": "65.50", "quantity": "002", "sku": "1"}]
SHOP: Final = "https://shop.example/done?basket=7#top"


def card_fields(number: str = GOOD, **changes: str) -> dict[str, str]:
    """What a payer types into the form."""
    return {"card_number": number, "expiry": "12 / 30", "cvc": "123", "name": "Amy Lee"} | changes


class Payer:
    def __init__(self, house: House, merchant: Merchant, app: App, now: list[int]) -> None:
        self.house: Final = house
        self.context: Final = house.context
        self.merchant: Final = merchant
        self._app: Final = app
        self._now: Final = now
        self._orders = 0
        transport = httpx.ASGITransport(app=house.app, client=("203.0.113.9", 50_000))
        self.http: Final = httpx.AsyncClient(transport=transport, base_url=BASE_URL)

    async def __aenter__(self) -> Self:
        await self.http.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.aclose()

    def wait(self, ms: int) -> None:
        self._now[0] += ms

    def order(self, **changes: Any) -> PaymentOrder:
        self._orders += 1
        amount = changes.pop("amount", Money(10_099, "USD"))
        request = changes.pop("request", {"description": "Order of 5 May", "productInfo": PRODUCTS})
        fields: dict[str, Any] = {
            "merchant_id": self.merchant.merchant_id,
            "app_id": self._app.app_id,
            "protocol": "gateway",
            "order_no": f"order-{self._orders:04d}",
            "amount": amount,
            "capture_mode": CaptureMode.AUTO,
            "three_ds": "auto",
            "fraud_check": False,
            "life_ms": 60 * MINUTE_MS,
            "notify_url": "",
            "front_url": SHOP,
            "language": "en-US",
            "attach": "",
            "keep_card": "",
            "fee": FeeRule(),
            "request": request,
        }
        return PaymentOrder(**(fields | changes))

    async def checkout(self, **changes: Any) -> tuple[Payment, str]:
        """An open order and the address of its page."""
        payment = await open_checkout(self.context, self.order(**changes))
        return payment, self.context.links.checkout(payment.merchant_id, payment.payment_id)

    async def direct(self, number: str = CHALLENGE, **changes: Any) -> tuple[Payment, str]:
        """A payment the merchant took by API, and where its payer authenticates."""
        card = Card(Secret(number), "Amy", "Lee", Secret("123"), 12, 2030)
        payment = await take_payment(self.context, self.order(**changes), CardCharge(card=card))
        return payment, self.context.links.challenge(payment.merchant_id, payment.payment_id)

    async def direct_wallet(
        self,
        method: Method = Method.WECHAT,
        product: Product = Product.QR_CODE,
        *,
        code: Secret | None = None,
        **changes: Any,
    ) -> tuple[Payment, str]:
        """A payment the merchant took by API, and what the code to scan says or the browser opens."""
        how = WalletCharge(method=method, product=product, code=code)
        payment = await take_payment(self.context, self.order(**changes), how)
        return payment, self.context.links.wallet(payment.merchant_id, payment.payment_id)

    async def now(self, payment: Payment) -> Payment:
        """The payment as it stands."""
        found = await self.context.reads.payment(payment.merchant_id, payment.payment_id)
        assert found is not None
        return found

    async def get(self, url: str, **more: Any) -> httpx.Response:
        return await self.http.get(url, **more)

    async def pay(
        self, url: str, number: str = GOOD, *, headers: Mapping[str, str] | None = None, **changes: str
    ) -> httpx.Response:
        return await self.http.post(url, data=card_fields(number, **changes), headers=headers)

    async def choose(self, url: str, method: Method = Method.WECHAT, *, agent: str = DESK_BROWSER) -> httpx.Response:
        """Press the button of a wallet."""
        return await self.http.post(url, data={"method": method.value}, headers={"User-Agent": agent})

    async def press(self, url: str, form: str) -> httpx.Response:
        """Press a button below the form of a hosted page: `cancel` or `choose`."""
        return await self.http.post(url.replace("cashier.html", form))

    async def at_wallet(self, payment: Payment, choice: str) -> httpx.Response:
        """Scan the code with another browser, press a button on the wallet's page, and come back in that browser."""
        page = await self.arrive(await self.get(self.context.links.wallet(payment.merchant_id, payment.payment_id)))
        assert "/sandbox/wallet/" in str(page.url)
        return await self.arrive(await self.http.post(page.url, data={"choice": choice}))

    async def arrive(self, answer: httpx.Response) -> httpx.Response:
        """Follow redirects within the gateway; the answer that is none of them, or the one that leads away."""
        while answer.is_redirect and answer.headers["location"].startswith(BASE_URL):
            answer = await self.get(answer.headers["location"])
        return answer

    async def authenticate(self, answer: httpx.Response, choice: str) -> httpx.Response:
        """From an answer that leads to the issuer's page, press one of its buttons and come back."""
        page = await self.arrive(answer)
        assert "/sandbox/acs/" in str(page.url)
        return await self.arrive(await self.http.post(page.url, data={"choice": choice}))
