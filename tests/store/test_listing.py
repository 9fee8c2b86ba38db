"""Lists show everything once, newest first, whatever they are narrowed to and however far one has to look."""

from __future__ import annotations

from typing import Any, Final

import pytest

from polygate.core.agreements import Agreement
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import EXACT_TICK_MS, IdSequence, MerchantId, lengthened
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.transitions import PaymentState, ShipmentState
from polygate.core.webhooks import Webhook, WebhookState
from polygate.store import listing
from polygate.store.contract import Change
from polygate.store.listing import NARROWED_BY, Filter
from polygate.store.opened import Store
from tests.store.samples import MERCHANT, some

pytestmark = pytest.mark.anyio

OURS: Final = MerchantId(MERCHANT)
ALL: Final = Filter()
NOW_MS: Final = 2_400_000_000_000
"""Late enough: in 2046 the usual identifiers are nearly as long as they get."""
KEYS: Final[dict[type[Any], str]] = {
    Payment: "payment_id",
    Refund: "refund_id",
    Payout: "payout_id",
    Subscription: "subscription_id",
    Agreement: "agreement_id",
    Shipment: "shipment_id",
    Webhook: "webhook_id",
    Fact: "fact_id",
}


async def everything(store: Store, row_type: type[Any], filter_: Filter = ALL, *, limit: int = 3) -> list[Any]:
    """All pages of our merchant's list; none but the last is empty without saying why."""
    rows: list[Any] = []
    async for page in store.listing.pages(row_type, filter_, merchant_id=OURS, limit=limit):
        assert len(page.rows) <= limit
        assert len(page.rows) == limit or not page.before or page.looked_to_ms
        rows += page.rows
    return rows


def payments(count: int, **fields: Any) -> list[Payment]:
    """Oldest first, a second apart; their identifiers have the three lengths that APIs prescribe."""
    usual, exact = IdSequence(3), IdSequence(3, tick_ms=EXACT_TICK_MS)
    rows = []
    for number in range(count):
        at_ms = NOW_MS + number * 1_000
        made = (usual.take, lambda at_ms: lengthened(usual.take(at_ms)), exact.take)[number % 3](at_ms)
        varied = {name: values[number % len(values)] for name, values in fields.items()}
        rows.append(some(Payment, number, payment_id=made, created_ms=at_ms, order_no=f"o{number}", **varied))
    return rows


@pytest.mark.parametrize("row_type", KEYS)
async def test_every_list_is_read_page_by_page(store: Store, row_type: type[Any]) -> None:
    """Of one merchant without the others' rows; operators see everybody's."""
    key = KEYS[row_type]
    ours = [some(row_type, number, **{key: number}) for number in (1, 2, 4, 5, 7)]
    theirs = [some(row_type, number, merchant_id=8, **{key: number}) for number in (3, 6)]
    await store.submit(Change((), tuple(ours + theirs)))

    assert await everything(store, row_type, limit=2) == ours[::-1]
    if row_type is Fact:
        with pytest.raises(ValueError, match="of one merchant"):
            await store.listing.newest(row_type, merchant_id=None, limit=3)
        return
    found = await store.listing.newest(row_type, merchant_id=None, before=7, limit=3)
    assert [getattr(row, key) for row in found] == [6, 5, 4]


async def test_payments_of_every_api_are_one_list_in_the_order_of_time(store: Store) -> None:
    """Some APIs have shorter identifiers; whichever a page ends with, the next one goes on right there."""
    rows = payments(20)
    await store.submit(Change((), tuple(rows)))

    for limit in (1, 2, 3, 7, 50):
        assert await everything(store, Payment, limit=limit) == rows[::-1]


async def test_what_arrives_meanwhile_neither_hides_nor_repeats_anything(store: Store) -> None:
    """It is newer than the page that was read, so it does not move the following ones."""
    *rows, late = payments(9)
    await store.submit(Change((), tuple(rows)))
    first = await store.listing.page(Payment, merchant_id=OURS, limit=4)
    await store.submit(Change((), (late,)))
    second = await store.listing.page(Payment, merchant_id=OURS, before=first.before, limit=4)

    assert [*first.rows, *second.rows] == rows[::-1]
    assert second.before == 0


@pytest.mark.parametrize(
    "narrowed",
    [
        Filter(state=("captured",)),
        Filter(state=("pending", "created")),
        Filter(state=("pending", "captured")),
        Filter(method=("card",)),
        Filter(method=("card", "pix"), currency=("USD",)),
        Filter(app_id=("a2",), protocol=("channel",)),
        Filter(least_minor=4, most_minor=9),
        Filter(most_minor=0),
        Filter(from_ms=NOW_MS + 4_000, until_ms=NOW_MS + 11_000),
        Filter(from_ms=NOW_MS + 10_000, state=("captured", "failed"), least_minor=2),
        Filter(until_ms=NOW_MS + 2_001),
    ],
)
@pytest.mark.parametrize("look", [listing.LOOK, 4, 1])
async def test_a_filter_leaves_exactly_what_it_says(
    store: Store, monkeypatch: pytest.MonkeyPatch, narrowed: Filter, look: int
) -> None:
    """However few rows one page looks at: then there are more pages, and the same rows."""
    monkeypatch.setattr(listing, "LOOK", look)
    rows = payments(
        24,
        state=[PaymentState.CAPTURED, PaymentState.PENDING, PaymentState.FAILED, PaymentState.CREATED],
        method=["card", "wechat", "pix"],
        currency=["USD", "EUR", "USD", "JPY", "USD"],
        app_id=["a1", "a2"],
        protocol=["gateway", "channel"],
        amount_minor=list(range(11)),
    )
    await store.submit(Change((), tuple(rows)))

    def wanted(row: Payment) -> bool:
        equal = all(
            not getattr(narrowed, name) or getattr(row, name) in getattr(narrowed, name)
            for name in ("state", "method", "app_id", "protocol", "currency")
        )
        least, most = narrowed.least_minor or 0, 100 if narrowed.most_minor is None else narrowed.most_minor
        from_ms, until_ms = narrowed.from_ms or 0, narrowed.until_ms or 2**60
        return equal and least <= row.amount_minor <= most and from_ms <= row.created_ms < until_ms

    assert await everything(store, Payment, narrowed) == [row for row in rows[::-1] if wanted(row)]


async def test_a_short_page_says_how_far_it_looked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """And where to go on; a list that ends says neither."""
    monkeypatch.setattr(listing, "LOOK", 5)
    rows = [row for row in payments(30, method=["wechat"]) if 2**53 < row.payment_id < 10**18]
    rows[0] = some(Payment, 0, payment_id=rows[0].payment_id, method="pix", created_ms=NOW_MS)
    await store.submit(Change((), tuple(rows)))

    first = await store.listing.page(Payment, Filter(method=("pix",)), merchant_id=OURS, limit=3)
    assert (first.rows, first.before) == ((), rows[-5].payment_id)
    assert first.looked_to_ms == rows[-5].created_ms
    assert await store.listing.newest(Payment, Filter(method=("pix",)), merchant_id=OURS, limit=3) == [rows[0]]


async def test_other_lists_are_narrowed_too(store: Store) -> None:
    """By what their rows have."""
    webhooks = [
        some(Webhook, n, webhook_id=n, state=state, kind=kind)
        for n, (state, kind) in enumerate(
            [(state, kind) for state in WebhookState for kind in ("PaymentCaptured", "RefundFailed")], 1
        )
    ]
    facts = [some(Fact, n, fact_id=n, kind=kind) for n, kind in enumerate(FactKind, 1)]
    parcels = [some(Shipment, n, shipment_id=n, payment_id=n, status=state) for n, state in enumerate(ShipmentState, 1)]
    await store.submit(Change((), (*webhooks, *facts, *parcels)))

    waiting = Filter(state=(WebhookState.WAITING, WebhookState.GIVEN_UP), kind=("RefundFailed",))
    found = await everything(store, Webhook, waiting)
    assert [(row.state, row.kind) for row in found] == [("given_up", "RefundFailed"), ("waiting", "RefundFailed")]
    assert [row.kind for row in await everything(store, Fact, Filter(kind=("CardKept",)))] == [FactKind.CARD_KEPT]
    assert [row.status for row in await everything(store, Shipment, Filter(state=("delivered",)))] == ["delivered"]


async def test_a_list_refuses_a_filter_it_does_not_know(store: Store) -> None:
    """It would show more than was asked for."""
    with pytest.raises(ValueError, match="list of Fact is not narrowed by currency"):
        await store.listing.page(Fact, Filter(currency=("USD",)), merchant_id=OURS, limit=1)
    assert "currency" in NARROWED_BY[Payment]
