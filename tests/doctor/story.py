"""A merchant's ten days: payments of every kind, taken by the real gateway, so that every table has something to tell.

It ends a few minutes ahead of the clock on the wall: what is open then is not late while the tests run.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from polygate import settings
from polygate.assembly import House, open_house
from polygate.assembly.sandbox_book import StoredBook
from polygate.connectors.sandbox import SandboxAcquirer
from polygate.connectors.sandbox.book import Choice
from polygate.core.cards import Card, Secret
from polygate.core.ids import MerchantId, PayoutId
from polygate.core.merchants import FeeRule
from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.payments import DAY_MS, CaptureMode, Payment, PaymentOrder
from polygate.core.payouts import PayoutMethod, PayoutOrder, Receiver
from polygate.core.refunds import Refund, RefundOrder
from polygate.core.shipments import Direction, FieldChange, NumberType, StatusChange, Tracking
from polygate.core.transitions import PaymentState, PayoutState, RefundState, ShipmentState
from polygate.core.webhooks import Webhook, WebhookState
from polygate.jobs.payments import ask_again_round, expire_round
from polygate.jobs.payouts import return_round
from polygate.operations.capture_payment import capture_payment
from polygate.operations.charge_agreement import LaterCharge, charge_agreement, find_agreement
from polygate.operations.charging import CardCharge, WalletCharge
from polygate.operations.context import Context
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.operations.open_checkout import open_checkout
from polygate.operations.pay_out import pay_out
from polygate.operations.refund_payment import refund_payment
from polygate.operations.take_payment import pay_open_payment, take_payment
from polygate.operations.track_shipment import add_tracking, change_tracking
from polygate.operations.void_payment import void_payment
from polygate.store.listing import Filter
from polygate.store.migrate import migrate
from polygate.store.vault import new_master_key

GOOD: Final = "4444333322221111"
DECLINED: Final = "4000000000000002"
SILENT: Final = "4000000000000119"
CHALLENGE: Final = "4000000000003220"
PARCEL_NO: Final = "4012888888881881"
ACCOUNT_NO: Final = "4111111111111111"
"""Of a bank account; it could be taken for a card's."""
ORDER_NO: Final = "4242424242424242"
PHONE: Final = "4222222222222"
"""Likewise of an order, and of a telephone."""

PRICE: Final = Money(1_099, "USD")
WALLET_PRICE: Final = Money(1_250, "SGD")
NOWHERE: Final = "http://127.0.0.1:9/nobody-listens"
_DAYS: Final = 10
_AHEAD_MS: Final = 600_000
_MINUTE_MS: Final = 60_000
_DELIVERED_WITHIN_S: Final = 20.0


class Told(msgspec.Struct, frozen=True):
    """The story's end: how to open its database, and what its payments are called."""

    database_url: str
    master_key: str
    merchant_no: str
    merchant_id: int
    app_id: str
    access_key: str
    now_ms: int
    payments: dict[str, int]
    """Payment ids by what became of them."""
    payouts: dict[str, int]
    """Likewise, by the merchant's number."""


class _Clock:
    def __init__(self) -> None:
        self.now_ms = time.time_ns() // 1_000_000 + _AHEAD_MS - _DAYS * DAY_MS
        self.end_ms = self.now_ms + _DAYS * DAY_MS

    def __call__(self) -> int:
        return self.now_ms

    def leap(self, ms: int) -> None:
        self.now_ms += ms


class _Shop(ThreadingHTTPServer):
    """A merchant's server."""

    has_failed = False


class _Receiver(BaseHTTPRequestHandler):
    """Fails at the first webhook about the payment, takes it at the second try, and those about refunds at once."""

    server: _Shop

    def do_POST(self) -> None:
        body = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
        fails = body["notifyType"] == "payment" and not self.server.has_failed
        self.server.has_failed |= fails
        self.send_response(500 if fails else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@contextmanager
def receiver() -> Iterator[str]:
    """The URL of a running receiver on loopback."""
    server = _Shop(("127.0.0.1", 0), _Receiver)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/told"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


async def tell(database_url: str) -> Told:
    """Live the story on an empty database."""
    migrate(database_url)
    clock = _Clock()
    key = new_master_key().reveal()
    chosen = settings.read(
        {},
        database_url=database_url,
        master_key=key,
        base_url="http://gateway.test",
        allow_private_webhooks=True,
        webhook_retry_delays="0",
    )
    with receiver() as url:
        async with open_house(chosen, clock=clock) as house:
            return await _Teller(house, clock, url, key).tell()


class _Teller:
    def __init__(self, house: House, clock: _Clock, url: str, key: str) -> None:
        self._house = house
        self._context: Context = house.context
        self._clock = clock
        self._url = url
        self._key = key
        self._merchant_id = MerchantId(0)
        self._app_id = ""
        self._payments: dict[str, Payment] = {}
        self._payouts: dict[str, int] = {}

    async def tell(self) -> Told:
        made = await create_merchant(
            self._context,
            name="Corner Shop",
            mcc="5999",
            fees={"USD": FeeRule(basis_points=290, fixed_minor=30)},
            opening_balances=(Money(100_000, "USD"), Money(5_000, "JPY"), Money(1_000_000, "INR")),
            payout_fees={"INR": FeeRule(fixed_minor=250)},
        )
        shop = await create_app(self._context, made.merchant, name="Web", methods=("card",))
        self._merchant_id, self._app_id = made.merchant.merchant_id, shop.app.app_id
        await self._first_days()
        await self._last_minutes()
        return Told(
            database_url=self._house.settings.database_url,
            master_key=self._key,
            merchant_no=made.merchant.merchant_no,
            merchant_id=made.merchant.merchant_id,
            app_id=shop.app.app_id,
            access_key=made.access_key.reveal(),
            now_ms=self._clock.now_ms,
            payments={name: payment.payment_id for name, payment in self._payments.items()},
            payouts=self._payouts,
        )

    async def _first_days(self) -> None:
        """What is over and done with."""
        sold = await self._pay("sold", GOOD, notify_url=self._url)
        await self._pay("sold-in-yen", GOOD, amount=Money(500, "JPY"))
        await self._charge_again("charged-again", await self._pay("kept", GOOD, keep_card="RECURRING"))
        await self._pay("failed", DECLINED, notify_url=NOWHERE)
        captured = await self._pay("captured", GOOD, capture=CaptureMode.MANUAL)
        await self._ship(await capture_payment(self._context, captured, Money(600, "USD")))
        await void_payment(self._context, await self._pay("voided", GOOD, capture=CaptureMode.MANUAL))
        await self._pay("authorization-too-old", GOOD, capture=CaptureMode.MANUAL)
        await self._open("never-paid")
        lost = await asyncio.gather(*(self._pay(name, SILENT) for name in ("late", "late-for-closed")))
        await void_payment(self._context, lost[1])
        await self._refund(sold, "back-1", 250)
        await self._refund(sold, "back-2", 113)  # Amounts ending in .13 are refused.
        for _ in range(4):
            self._clock.leap(_MINUTE_MS)
            await self._work()
        await self._wallets()
        await self._pay_out()
        self._clock.leap(self._clock.end_ms - self._clock.now_ms - 10 * _MINUTE_MS)
        await self._work()
        await self._deliver()

    async def _wallets(self) -> None:
        """Paid; paid for an order canceled a moment before; paid for one that expired."""
        for name in ("wallet", "wallet-canceled", "wallet-late"):
            await self._collect(name)
        await self._at_wallet("wallet")
        await self._at_wallet("wallet-canceled")
        await void_payment(self._context, await self._seen("wallet-canceled"))
        self._clock.leap(31 * _MINUTE_MS)
        await self._work()
        assert (await self._seen("wallet-late")).state is PaymentState.EXPIRED
        await self._at_wallet("wallet-late")
        self._clock.leap(2 * _MINUTE_MS)
        await self._work()

    async def _pay_out(self) -> None:
        """Paid, refused by the bank, and back from the receiver's."""
        for name in ("Asha Rao", "FAIL Rao", "REVERSE Rao"):
            await self._send(name, Money(85_000, "INR"))
        for _ in range(3):
            await self._work()
            self._clock.leap(6_000)
        while await return_round(self._context):
            self._clock.leap(1_000)

    async def _send(self, name: str, amount: Money) -> None:
        receiver = Receiver(PayoutMethod.BANK_ACCOUNT, name, ACCOUNT_NO, bank_code="HDFC0000001") if name else None
        order = PayoutOrder(
            merchant_id=self._merchant_id,
            app_id=self._app_id,
            protocol="channel",
            number=f"payout-{name.partition(' ')[0].lower()}",
            amount=amount,
            fee=Money(250, "INR"),
            receiver=receiver,
            description="",
            attach="",
            notify_url="",
            request={},
        )
        payout = await pay_out(self._context, order, at_once=False, payout_id=PayoutId(self._context.mint_exact()))
        self._payouts[order.number] = payout.payout_id

    async def _last_minutes(self) -> None:
        """What is still open."""
        self._clock.now_ms = self._clock.end_ms
        await self._send("Slow Rao", Money(1_014, "INR"))  # Amounts ending in .14 are never decided.
        await self._work()
        await self._send("", Money(2_000, "INR"))
        await self._pay("authorized", GOOD, capture=CaptureMode.MANUAL)
        await self._pay("challenged", CHALLENGE, three_ds="standard")
        await self._open("waiting")
        page = await self._open("tried")
        await pay_open_payment(self._context, page.merchant_id, page.payment_id, CardCharge(card=card(DECLINED)))
        await self._refund(await self._pay("refunding", GOOD), "back-3", 400)
        await self._pay("in-doubt", SILENT)
        await self._collect("wallet-waiting")
        await self._collect("wallet-unheard")
        await self._at_wallet("wallet-unheard")
        for name in self._payments:
            self._payments[name] = await self._seen(name)
        await self._check()

    async def _check(self) -> None:
        """The story went as it is told, or the tests that stand on it would prove nothing."""
        states = {name: payment.state for name, payment in self._payments.items()}
        assert states == {
            "sold": PaymentState.CAPTURED,
            "sold-in-yen": PaymentState.CAPTURED,
            "kept": PaymentState.CAPTURED,
            "charged-again": PaymentState.CAPTURED,
            "failed": PaymentState.FAILED,
            "captured": PaymentState.CAPTURED,
            "voided": PaymentState.CANCELED,
            "authorization-too-old": PaymentState.CANCELED,
            "never-paid": PaymentState.EXPIRED,
            "late": PaymentState.CAPTURED,
            "late-for-closed": PaymentState.CANCELED,
            "authorized": PaymentState.AUTHORIZED,
            "challenged": PaymentState.PENDING,
            "waiting": PaymentState.CREATED,
            "tried": PaymentState.CREATED,
            "refunding": PaymentState.CAPTURED,
            "in-doubt": PaymentState.PENDING,
            "wallet": PaymentState.CAPTURED,
            "wallet-canceled": PaymentState.CANCELED,
            "wallet-late": PaymentState.CAPTURED,
            "wallet-waiting": PaymentState.PENDING,
            "wallet-unheard": PaymentState.PENDING,
        }
        payouts = [await self._context.reads.payout(self._merchant_id, PayoutId(i)) for i in self._payouts.values()]
        assert [payout.state for payout in payouts if payout] == [
            PayoutState.PAID,
            PayoutState.FAILED,
            PayoutState.RETURNED,
            PayoutState.SENT,
            PayoutState.WAITING,
        ]
        refunds = await self._context.reads.refunds(self._merchant_id, self._payments["sold"].payment_id)
        assert [refund.state for refund in refunds] == [RefundState.SUCCEEDED, RefundState.FAILED]

    async def _pay(self, name: str, number: str, amount: Money = PRICE, **how: Any) -> Payment:
        order = self._order(name, amount, **how)
        payment = await take_payment(self._context, order, CardCharge(card=card(number)))
        self._payments[name] = payment
        return payment

    async def _charge_again(self, name: str, first: Payment) -> None:
        """The kept card, without its payer."""
        agreement = await find_agreement(self._context, self._merchant_id, agreement_id=first.agreement_id, number=None)
        charge = LaterCharge(expiry=(2036, 1), plan="", statement="", client_ip="")
        self._payments[name] = await charge_agreement(self._context, agreement, self._order(name, PRICE), charge)

    async def _collect(self, name: str) -> None:
        how = WalletCharge(Method.WECHAT, Product.QR_CODE)
        self._payments[name] = await take_payment(self._context, self._order(name, WALLET_PRICE), how)

    async def _at_wallet(self, name: str) -> None:
        """The payer pays in the wallet's app, which tells nobody."""
        charge = await self._context.reads.attempt(self._merchant_id, self._payments[name].charge_id)
        assert charge is not None
        key = parse_qs(urlsplit(charge.payer_url).query)["key"][0]
        wallet = SandboxAcquirer(StoredBook(self._context.store), self._clock)
        assert await wallet.choose(charge.merchant_id, charge.attempt_id, key, Choice.PASS)

    async def _open(self, name: str) -> Payment:
        self._payments[name] = await open_checkout(self._context, self._order(name, Money(2_500, "USD")))
        return self._payments[name]

    def _order(
        self,
        name: str,
        amount: Money,
        *,
        capture: CaptureMode = CaptureMode.AUTO,
        keep_card: str = "",
        three_ds: str = "no",
        notify_url: str = "",
    ) -> PaymentOrder:
        return PaymentOrder(
            merchant_id=self._merchant_id,
            app_id=self._app_id,
            protocol="gateway",
            order_no=f"order-{name}",
            amount=amount,
            capture_mode=capture,
            three_ds=three_ds,
            fraud_check=False,
            life_ms=30 * _MINUTE_MS,
            notify_url=notify_url,
            front_url="",
            language="en",
            attach="",
            keep_card=keep_card,
            fee=FeeRule(basis_points=290, fixed_minor=30),
            request={
                "orderNo": f"order-{name}",
                "merchantTradeNo": ORDER_NO,
                "payer": {"phone": PHONE},
                "card": {"cardNo": "444433******1111", "firstName": "Amy"},
            },
        )

    async def _refund(self, payment: Payment, number: str, minor: int) -> Refund:
        order = RefundOrder(
            number=number,
            amount=Money(minor, "USD"),
            reason="wrong size",
            client_ip="",
            notify_url=payment.notify_url,
        )
        return await refund_payment(self._context, await self._seen(payment.order_no.removeprefix("order-")), order)

    async def _ship(self, payment: Payment) -> None:
        """A parcel whose number and address could be taken for a card's."""
        self._clock.leap(1)
        parcel = Tracking(
            tracking_no=PARCEL_NO,
            carrier="Rowing Boat",
            shipped_on="2026-03-01",
            direction=Direction.FORWARD,
            status=ShipmentState.SHIPPED,
            number_type=NumberType.CARRIER,
            url=f"https://parcels.example.com/{PARCEL_NO}",
        )
        await add_tracking(self._context, payment, parcel)
        self._clock.leap(1)
        moved_on = StatusChange(ShipmentState.DELIVERED), FieldChange("url", f"https://t.example.com/{PARCEL_NO}")
        await change_tracking(self._context, payment, PARCEL_NO, moved_on, {"shelf": "9"})

    async def _seen(self, name: str) -> Payment:
        found = await self._context.reads.payment(self._merchant_id, self._payments[name].payment_id)
        assert found is not None
        return found

    async def _work(self) -> None:
        while await ask_again_round(self._context) + await expire_round(self._context):
            self._clock.leap(1)

    async def _deliver(self) -> None:
        jobs = asyncio.create_task(self._house.run_jobs())
        try:
            async with asyncio.timeout(_DELIVERED_WITHIN_S):
                while await self._undelivered():  # noqa: ASYNC110  # Nothing in this process is told of it.
                    await asyncio.sleep(0.05)
        finally:
            jobs.cancel()
            await asyncio.gather(jobs, return_exceptions=True)

    async def _undelivered(self) -> list[Webhook]:
        waiting = Filter(state=(WebhookState.WAITING,))
        return await self._context.store.listing.newest(Webhook, waiting, merchant_id=None, limit=1)


def card(number: str) -> Card:
    return Card(
        number=Secret(number),
        first_name="Amy",
        last_name="Lee",
        security_code=Secret("401"),
        expiry_month=12,
        expiry_year=2035,
    )


def demo_dir(told: Told, directory: Path) -> Path:
    """A data directory as a demo leaves it, with a copy of the story's SQLite database."""
    directory.mkdir(parents=True, exist_ok=True)
    source = Path(told.database_url.removeprefix("sqlite:///"))
    (directory / "polygate.db").write_bytes(source.read_bytes())
    (directory / "master.key").write_text(told.master_key)
    return directory
