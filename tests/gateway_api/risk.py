"""What tests of the fraud check share: payers at addresses of the public internet, policies and blocks."""

from __future__ import annotations

from typing import Any, Final

from polygate.cli.timeline import event_of
from polygate.core.blocks import ALL_MERCHANTS, Block, BlockKind
from polygate.core.payments import Payment
from polygate.core.risk import RiskPolicy
from polygate.operations.manage_risk import add_block, change_policy
from polygate.operations.timeline import timeline_of
from tests.support.house import MovableClock, Shop

HOME: Final = "1.1.1.1"
GOOD: Final = "4444333322221111"
DECLINED: Final = "4000000000000002"
CARDS: Final = (GOOD, "4111111111111111", "5555555555554444", "5100000000000008", "3566002020360505")
ADDRESS: Final = {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"}
BILLING: Final = {"address": ADDRESS, "email": "amy@example.com"}
SHIPPING: Final = {"address": ADDRESS | {"country": "CN"}, "firstName": "Amy", "lastName": "Lee", "phone": {}}


async def pay(shop: Shop, order_no: str, *, address: str = HOME, **changes: Any) -> str:
    """The code of a payment that is checked unless `fraudMode` says otherwise."""
    device = {"clientIp": address, "language": "en-US", "browser": {"userAgent": "Test/1"}}
    return str((await shop.pay(order_no, **({"fraudMode": "Y", "deviceInfo": device} | changes)))["respCode"])


async def later(shop: Shop, clock: MovableClock, **span: float) -> None:
    """Let time pass; access tokens live for an hour only."""
    clock.move(**span)
    await shop.sign_in()


async def set_policy(shop: Shop, clock: MovableClock, **changes: Any) -> None:
    """As an operator does, and wait until the server has seen it."""
    merchant = await shop.house.context.reads.merchant(shop.merchant.merchant_id)
    assert merchant is not None
    await change_policy(shop.house.context.store, merchant, lambda _: RiskPolicy(**changes))
    clock.move(seconds=1)


async def block(shop: Shop, clock: MovableClock, kind: BlockKind, value: str, **changes: Any) -> Block:
    """As an operator does, and wait until the server has seen it."""
    context = shop.house.context
    fields: dict[str, Any] = {
        "merchant_id": ALL_MERCHANTS,
        "block_id": context.mint(),
        "shown": value,
        "why": "",
        "created_ms": clock(),
        "until_ms": 0,
    }
    added = await add_block(context.store, Block(kind=kind, value=value, **(fields | changes)))
    clock.move(seconds=1)
    return added


async def found(shop: Shop, order_no: str) -> Payment:
    """The payment of an order number."""
    payment = await shop.house.context.reads.payment_by_order(shop.merchant.merchant_id, "gateway", order_no)
    assert payment is not None
    return payment


async def asked(shop: Shop, order_no: str) -> int:
    """How often an acquirer was asked about an order."""
    payment = await found(shop, order_no)
    return len(await shop.house.context.reads.attempts(payment.merchant_id, payment.payment_id))


async def told(shop: Shop, order_no: str) -> list[str]:
    """What the timeline says about each check of a payment."""
    timeline = await timeline_of(shop.house.context.reads, await found(shop, order_no))
    return [event.said for event in map(event_of, timeline.entries) if event.title == "RiskAssessed"]


async def score(shop: Shop, order_no: str) -> str | None:
    """The `riskScore` that a query tells."""
    told: str | None = (await shop.query(order_no))["extend"].get("riskScore")
    return told
