"""What is due is closed once and at once, also where somebody else moves it in the same moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from polygate.core.ids import PaymentId
from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.apply import apply
from polygate.operations.ask_again import ask_again
from polygate.operations.expire import expire
from tests.support.house import MovableClock, Shop, house_at, shop_in

LIFE_MS: Final = 60_000


async def seen(shop: Shop, body: dict[str, Any]) -> Payment:
    payment = await shop.house.context.reads.payment(shop.merchant.merchant_id, PaymentId(int(body["tradeNo"])))
    assert payment is not None
    return payment


async def a_wallet_order(shop: Shop, order_no: str) -> Payment:
    body = {
        "amount": "88.00",
        "currency": "HKD",
        "orderNo": order_no,
        "paymentMethodType": "wechat",
        "wechat": {"productType": "qr-code"},
        "deviceInfo": {"browser": {"userAgent": "till"}, "clientIp": "203.0.113.9", "language": "en-US"},
        "expiryTime": "1",
    }
    return await seen(shop, await shop.call("payment", body))


async def test_an_order_expires_although_its_wallet_is_asked_in_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inquiry comes between the look and the write: the order is looked at anew, and not only a claim later."""
    clock = MovableClock()
    async with house_at(tmp_path / "polygate.db", clock) as house, shop_in(house) as shop:
        payment = await a_wallet_order(shop, "wallet-0001")
        clock.move(milliseconds=LIFE_MS)
        between: list[bool] = []

        async def asked_first(*args: Any, **kwargs: Any) -> None:
            if not between:
                between.append(True)
                attempt = await house.context.reads.attempt(payment.merchant_id, payment.charge_id)
                assert attempt is not None
                await ask_again(house.context, attempt)
            await apply(*args, **kwargs)

        monkeypatch.setattr("polygate.operations.expire.apply", asked_first)
        await expire(house.context, payment)
        after = await house.context.reads.payment(payment.merchant_id, payment.payment_id)
        charge = await house.context.reads.attempt(payment.merchant_id, payment.charge_id)

    assert between
    assert after is not None
    assert charge is not None
    assert (after.state, charge.state) == (PaymentState.EXPIRED, AttemptState.NEEDS_PAYER)


async def test_an_authorization_made_meanwhile_is_not_released(tmp_path: Path) -> None:
    """A worker that still holds the order as it was due finds an authorization with seven days before it."""
    clock = MovableClock()
    async with house_at(tmp_path / "polygate.db", clock) as house, shop_in(house) as shop:
        authorized = await seen(shop, await shop.pay("auth-0001", capture="manual"))
        await expire(house.context, authorized)
        after = await house.context.reads.payment(authorized.merchant_id, authorized.payment_id)

        assert after is not None
        assert after.state is PaymentState.AUTHORIZED
        clock.move(days=7)
        await expire(house.context, after)
        released = await house.context.reads.payment(authorized.merchant_id, authorized.payment_id)

    assert released is not None
    assert released.state is PaymentState.CANCELED
