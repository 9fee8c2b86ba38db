"""Counting checked payments: what a limit sees, on both databases."""

from __future__ import annotations

from typing import Any, Final

import pytest

from polygate.core.outcomes import Decline
from polygate.core.payments import Payment
from polygate.core.risk import Counts, RiskEvent
from polygate.store.contract import Change, Insert
from polygate.store.opened import Store
from tests.store.samples import MERCHANT, some

pytestmark = pytest.mark.anyio

NOW_MS: Final = 1_750_000_000_000
HOUR_MS: Final = 3_600_000


def event(number: int, **changes: Any) -> RiskEvent:
    """A payment with card A from address X in app 1, checked now and not stopped."""
    fields = {"at_ms": NOW_MS, "fingerprint": "A", "client_ip": "X", "app_id": "1", "stopped": False}
    return some(RiskEvent, number, **(fields | {"payment_id": number} | changes))


async def counted(store: Store, **changes: Any) -> Counts:
    """What a payment with card A from address X in app 1 would be told now."""
    asked: dict[str, Any] = {
        "fingerprint": "A",
        "client_ip": "X",
        "app_id": "1",
        "since_ms": NOW_MS - HOUR_MS,
        "per_card": 100,
        "per_address": 100,
        "per_app": 100,
    }
    return await store.reads.risk_counts(MERCHANT, **(asked | changes))  # type: ignore[arg-type]


async def test_card_address_and_app_are_counted_apart(store: Store) -> None:
    """Each by its own value, whatever the others are."""
    events = [event(1), event(2, fingerprint="B"), event(3, client_ip="Y"), event(4, app_id="2"), event(5)]
    await store.submit(Change((), tuple(events)))

    assert await counted(store) == Counts(of_card=4, of_address=4, of_app=4, cards=1)
    assert await counted(store, fingerprint="B") == Counts(of_card=1, of_address=4, of_app=4, cards=1)
    assert await counted(store, app_id="3", client_ip="Z") == Counts(of_card=4)


async def test_what_is_older_than_the_window_is_not_counted(store: Store) -> None:
    """An hour to the millisecond."""
    ages = (HOUR_MS, HOUR_MS - 1, 0)
    await store.submit(Change((), tuple(event(place, at_ms=NOW_MS - age) for place, age in enumerate(ages))))

    assert (await counted(store)).of_card == 2


async def test_stopped_payments_and_other_merchants_are_not_counted(store: Store) -> None:
    """Whoever is stopped may try again an hour after the payments that went through, however often they tried."""
    await store.submit(Change((), (event(1, stopped=True), event(2, merchant_id=MERCHANT + 1))))

    assert not await counted(store)


async def test_a_wallet_has_no_card_to_count(store: Store) -> None:
    """Other wallets are not its card; its address and app count as for anybody."""
    await store.submit(Change((), (event(1, fingerprint=""), event(2, fingerprint=""), event(3))))

    assert await counted(store, fingerprint="") == Counts(of_address=3, of_app=3, cards=1)


async def test_payers_without_an_address_are_not_counted_together(store: Store) -> None:
    """They have nothing in common."""
    await store.submit(Change((), (event(1, client_ip=""), event(2, client_ip=""))))

    assert await counted(store, client_ip="") == Counts(of_card=2, of_app=2)


async def test_declines_are_those_of_the_cards_payments(store: Store) -> None:
    """A payer's own cancel is none, nor is a decline of another card."""
    declines = (Decline.INSUFFICIENT_FUNDS, Decline.NO_REASON, Decline.CANCELED_BY_PAYER, None, Decline.NO_REASON)
    for number, why in enumerate(declines, 1):
        payment = some(Payment, number, order_no=str(number), decline=why.value if why else "")
        card = "A" if number < len(declines) else "B"
        await store.submit(Change((Insert(payment),), (event(number, fingerprint=card),)))

    assert (await counted(store)).declines == 2
    assert (await counted(store, fingerprint="B")).declines == 1


async def test_no_more_is_counted_than_a_limit_needs(store: Store) -> None:
    """However many there are, and nothing where there is no limit."""
    await store.submit(Change((), tuple(event(number) for number in range(9))))

    assert await counted(store, per_card=3, per_address=0, per_app=9) == Counts(of_card=3, of_app=9)


async def test_what_no_limit_counts_any_more_is_forgotten(store: Store) -> None:
    """And nothing younger."""
    await store.submit(Change((), (event(1, at_ms=NOW_MS - 1), event(2))))

    assert await store.forget_risk_events(NOW_MS) == 1
    assert (await counted(store)).of_card == 1
