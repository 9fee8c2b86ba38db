"""The states of an order (section 5.1): every transition that is allowed, and every one that is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from typing import Any, Final
from urllib.parse import urljoin

import pytest

from polygate.assembly import House
from tests.gateway_api.payer import Payer
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop, eventually, move, shop_in

pytestmark = pytest.mark.anyio

ORDER: Final = "states-1"
APPROVED, DECLINED, ASKING = "4444333322221111", "4000000000000002", "4000000000003220"
DECLINED_LATER: Final = "4000008400001629"
HOME: Final = "https://shop.example.com/"
LIFE: Final = "5"
"""Minutes that the payer has."""


class Order:
    """One order, its merchant and its payer."""

    def __init__(self, shop: Shop, clock: MovableClock) -> None:
        self.shop: Final = shop
        self.clock: Final = clock
        self.payer: Final = Payer(shop.house)
        self.page = ""
        """The hosted page, where there is one."""
        self.buttons = ""
        """Where the buttons of the issuer's or the wallet's page lead, which the payer has open."""

    async def pay(self, **changes: Any) -> None:
        paid = await self.shop.pay(ORDER, expiryTime=LIFE, frontUrl=HOME, **changes)
        if url := paid.get("payUrl"):
            self.buttons = await self.payer.buttons(url)

    async def open(self, **changes: Any) -> None:
        order = {"amount": "100.00", "currency": "USD", "orderNo": ORDER, "expiryTime": LIFE, "frontUrl": HOME}
        self.page = (await self.shop.call("cashier/order", order | changes))["redirectUrl"]

    async def press(self, choice: str) -> None:
        await self.payer.press(self.buttons, choice)

    async def pass_time(self, **span: float) -> None:
        """And a round of the jobs, with the token renewed."""
        move(self.shop.house, self.clock, **span)
        await self.shop.sign_in()

    @property
    async def state(self) -> str:
        return await self.shop.status(ORDER)


Step = Callable[[Order], Awaitable[Any]]


def paying(**changes: Any) -> Step:
    return lambda order: order.pay(**changes)


def opening(**changes: Any) -> Step:
    return lambda order: order.open(**changes)


def pressing(choice: str) -> Step:
    return lambda order: order.press(choice)


def paying_on_the_page(number: str) -> Step:
    return lambda order: order.payer.pay(order.page, number)


def waiting(**span: float) -> Step:
    return lambda order: order.pass_time(**span)


async def challenged_on_the_page(order: Order) -> None:
    """The payer's card wants 3-D Secure, and its issuer's page stands open."""
    page = await order.payer.pay(order.page, ASKING)
    order.buttons = str(page.url)


async def canceling_on_the_page(order: Order) -> None:
    await order.payer.press(urljoin(order.page, f"cancel?{order.page.partition('?')[2]}"), "")


async def canceling(order: Order) -> None:
    assert await order.shop.code("cancel", {"orderNo": ORDER}) == "0000"


async def capturing(order: Order) -> None:
    assert await order.shop.code("capture", {"orderNo": ORDER, "captureAmount": "100.00"}) == "0000"


WALLET: Final = {"paymentMethodType": "wechat", "wechat": {"productType": "h5"}, "currency": "HKD", "card": None}
EXPIRY: Final = waiting(minutes=int(LIFE))

ALLOWED: Final[dict[str, tuple[str, list[Step]]]] = {
    "opened": ("created", [opening()]),
    "authorized": ("authorized", [paying(capture="manual")]),
    "paid": ("successed", [paying()]),
    "declined": ("failed", [paying(card_no=DECLINED)]),
    "waiting for 3-D Secure": ("pending", [paying(card_no=ASKING)]),
    "waiting for a wallet": ("pending", [paying(**WALLET)]),
    "created, waiting for 3-D Secure": ("pending", [opening(), challenged_on_the_page]),
    "created, paid": ("successed", [opening(), paying_on_the_page(APPROVED)]),
    "created, authorized": ("authorized", [opening(captureMethod="manual"), paying_on_the_page(APPROVED)]),
    "created, canceled": ("canceled", [opening(), canceling]),
    "created, canceled by the payer": ("canceled", [opening(), canceling_on_the_page]),
    "created, expired": ("expired", [opening(), EXPIRY]),
    "created, declined": ("created", [opening(), paying_on_the_page(DECLINED)]),
    "created, declined after 3-D Secure": ("created", [opening(), paying_on_the_page(DECLINED_LATER)]),
    "created, declined twice": ("created", [opening(), *[paying_on_the_page(DECLINED)] * 2]),
    "created, declined three times": ("failed", [opening(), *[paying_on_the_page(DECLINED)] * 3]),
    "created, declined twice, paid": (
        "successed",
        [opening(), *[paying_on_the_page(DECLINED)] * 2, paying_on_the_page(APPROVED)],
    ),
    "pending, passed": ("successed", [paying(card_no=ASKING), pressing("pass")]),
    "pending, passed, authorized": ("authorized", [paying(card_no=ASKING, capture="manual"), pressing("pass")]),
    "pending, failed": ("failed", [paying(card_no=ASKING), pressing("fail")]),
    "pending, canceled by the payer": ("canceled", [paying(card_no=ASKING), pressing("cancel")]),
    "pending, canceled": ("canceled", [paying(card_no=ASKING), canceling]),
    "pending, expired": ("expired", [paying(card_no=ASKING), EXPIRY]),
    "pending wallet, paid": ("successed", [paying(**WALLET), pressing("pass")]),
    "pending wallet, failed": ("failed", [paying(**WALLET), pressing("fail")]),
    "pending wallet, canceled by the payer": ("canceled", [paying(**WALLET), pressing("cancel")]),
    "pending wallet, canceled": ("canceled", [paying(**WALLET), canceling]),
    "pending wallet, expired": ("expired", [paying(**WALLET), EXPIRY]),
    "authorized, captured": ("successed", [paying(capture="manual"), capturing]),
    "authorized, canceled": ("canceled", [paying(capture="manual"), canceling]),
    "authorized, a week old": ("canceled", [paying(capture="manual"), waiting(days=7)]),
    "expired wallet, paid after all": ("successed", [paying(**WALLET), EXPIRY, pressing("pass")]),
}
"""What happened → the state at the end, and the steps to it."""


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house) as shop:
        yield shop


@pytest.fixture
def order(shop: Shop, working: House, clock: MovableClock) -> Order:
    return Order(shop, clock)


@pytest.mark.parametrize(("state", "steps"), ALLOWED.values(), ids=ALLOWED)
async def test_a_transition_that_is_allowed_happens(order: Order, state: str, steps: list[Step]) -> None:
    """By the merchant's calls, the payer's hand, or time."""
    for step in steps:
        await step(order)
    await order.shop.becomes(ORDER, state)


ENDS: Final[dict[str, list[Step]]] = {
    "failed": [paying(card_no=ASKING), pressing("fail")],
    "canceled": [paying(card_no=ASKING), canceling],
    "expired": [paying(card_no=ASKING), EXPIRY],
    "successed": [paying(card_no=ASKING), pressing("pass")],
}


@pytest.mark.parametrize(("state", "choice"), [*product(ENDS, ("pass", "fail", "cancel"))])
async def test_a_card_payer_who_acts_after_the_end_changes_nothing(order: Order, state: str, choice: str) -> None:
    """The page was still open."""
    for step in ENDS[state]:
        await step(order)
    await order.shop.becomes(ORDER, state)
    await order.press(choice)
    await settled(order)
    assert await order.state == state


@pytest.mark.parametrize("choice", ["pass", "fail", "cancel"])
async def test_a_wallet_payer_who_acts_after_the_cancel_changes_nothing(order: Order, choice: str) -> None:
    """What was paid nevertheless is given back."""
    await order.pay(**WALLET)
    await canceling(order)
    await order.press(choice)
    await settled(order)
    assert await order.state == "canceled"
    balances = await order.shop.house.context.reads.balances(order.shop.merchant.merchant_id)
    assert not any(balances.values())


AUTHORIZED: Final = [paying(capture="manual")]
BEGUN: Final[dict[str, list[Step]]] = {
    "created": [opening()],
    "pending": [paying(card_no=ASKING)],
    "pending wallet": [paying(**WALLET)],
    "authorized": AUTHORIZED,
    "successed": [paying()],
    "successed wallet": [paying(**WALLET), pressing("pass")],
    "failed": [paying(card_no=DECLINED)],
    "canceled": [*AUTHORIZED, canceling],
    "expired": [opening(), EXPIRY],
    "expired wallet": [paying(**WALLET), EXPIRY],
}

VERBS: Final = {
    "capture": {"orderNo": ORDER, "captureAmount": "100.00"},
    "cancel": {"orderNo": ORDER},
    "refund": {"orderNo": ORDER, "amount": "1", "clientIp": "::1", "reason": "x", "refundNumber": "R"},
    "payment": payment_body(ORDER),
}

ANSWERS: Final = {
    "created": ("3004", "canceled", "3010", "3002"),
    "pending": ("3004", "canceled", "3010", "3002"),
    "pending wallet": ("3004", "canceled", "3010", "3002"),
    "authorized": ("successed", "canceled", "3010", "3002"),
    "successed": ("3004", "3008", "successed", "3002"),
    "successed wallet": ("3004", "3008", "successed", "3002"),
    "failed": ("3004", "3008", "3010", "3002"),
    "canceled": ("3004", "canceled", "3010", "3002"),
    "expired": ("3004", "3008", "3010", "3002"),
    "expired wallet": ("3004", "3008", "3010", "3002"),
}
"""To each verb in turn: the code of the refusal, or the state after its `0000`."""


@pytest.mark.parametrize(("begun", "verb"), [*product(BEGUN, VERBS)])
async def test_every_call_in_every_state(order: Order, begun: str, verb: str) -> None:
    """Carried out or refused as the table says; a refusal changes nothing."""
    for step in BEGUN[begun]:
        await step(order)
    state = begun.partition(" ")[0]
    await order.shop.becomes(ORDER, state)
    expected = ANSWERS[begun][list(VERBS).index(verb)]
    code = await order.shop.code(verb, VERBS[verb])
    told = (code, await order.state)
    assert told == ((expected, state) if expected.isdigit() else ("0000", expected))


@pytest.mark.parametrize("state", ["successed", "failed", "canceled", "expired"])
async def test_time_changes_nothing_about_an_order_that_ended(order: Order, state: str) -> None:
    for step in BEGUN[state]:
        await step(order)
    await order.shop.becomes(ORDER, state)
    await order.pass_time(days=8)
    await settled(order)
    assert await order.state == state


async def settled(order: Order) -> None:
    """Wait until the jobs have done what is due, which here must be nothing that shows."""
    fetch = order.shop.house.context.store.fetch

    async def nothing_due() -> bool:
        now_ms = order.clock()
        due = "SELECT (SELECT count(*) FROM payments WHERE due_ms > 0 AND due_ms <= %s)"
        due += " + (SELECT count(*) FROM attempts WHERE due_ms > 0 AND due_ms <= %s)"
        return await fetch(due, (now_ms, now_ms)) == [(0,)]

    move(order.shop.house, order.clock, minutes=2)
    await eventually(nothing_due)
    await asyncio.sleep(0.05)
