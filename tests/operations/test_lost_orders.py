"""A process that dies between writing down an order and giving it: the jobs go on where it stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from polygate.core import plans
from polygate.core.attempts import Attempt
from polygate.core.facts import FactKind
from polygate.core.outcomes import Approved
from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState, PaymentState, RefundState
from polygate.operations.apply import apply
from polygate.operations.ask_again import ask_again
from polygate.operations.concluding import conclude
from polygate.operations.context import Context
from tests.support.house import MovableClock, Shop, house_at, shop_in

ORDER: Final = "lost-0001"
CHALLENGED: Final = "4000000000003220"


@asynccontextmanager
async def returned(directory: Path, *, choice: str) -> AsyncIterator[tuple[Shop, Payment, Attempt]]:
    """An order whose payer is back from the issuer's page; it is written down, and then nobody tells the acquirer."""
    clock = MovableClock()
    async with house_at(directory / "polygate.db", clock) as house, shop_in(house) as shop:
        answer = await shop.pay(ORDER, card_no=CHALLENGED)
        issuer = await shop.http.get(answer["payUrl"])
        if choice:
            await shop.http.post(issuer.headers["location"], data={"choice": choice})
        payment, charge = await seen(shop)
        decision = plans.plan_completion(payment, charge, timeout_ms=2_000, now_ms=clock(), mint=house.context.mint)
        assert decision is not None
        await apply(house.context, decision)
        clock.move(seconds=6)
        yield shop, decision.payment, decision.attempts[0]


async def seen(shop: Shop) -> tuple[Payment, Attempt]:
    """The order and its charge as they stand."""
    reads = shop.house.context.reads
    payment = await reads.payment_by_order(shop.merchant.merchant_id, "gateway", ORDER)
    assert payment is not None
    charge = await reads.attempt(payment.merchant_id, payment.charge_id)
    assert charge is not None
    return payment, charge


async def test_a_payer_who_is_back_is_not_sent_away_again(tmp_path: Path) -> None:
    """The acquirer still waits for a payer who has passed the challenge: it is told, and takes the money."""
    async with returned(tmp_path, choice="pass") as (shop, _, asked):
        await ask_again(shop.house.context, asked)
        payment, charge = await seen(shop)
    assert (payment.state, charge.state) == (PaymentState.CAPTURED, AttemptState.APPROVED)


async def test_a_payer_who_failed_the_challenge_is_declined(tmp_path: Path) -> None:
    async with returned(tmp_path, choice="fail") as (shop, _, asked):
        await ask_again(shop.house.context, asked)
        payment, _ = await seen(shop)
    assert (payment.state, payment.decline) == (PaymentState.FAILED, "authentication_failed")


async def test_a_payer_who_came_back_too_early_may_go_there_again(tmp_path: Path) -> None:
    """Nothing was chosen on the issuer's page: the acquirer still needs the payer, and the order waits on."""
    async with returned(tmp_path, choice="") as (shop, _, asked):
        await ask_again(shop.house.context, asked)
        payment, charge = await seen(shop)
    assert (payment.state, charge.state) == (PaymentState.PENDING, AttemptState.NEEDS_PAYER)


async def test_an_order_canceled_meanwhile_does_not_go_on(tmp_path: Path) -> None:
    """The acquirer is asked how things stand, and not to take money for an order that nobody wants any more."""
    async with returned(tmp_path, choice="pass") as (shop, _, asked):
        assert await shop.code("cancel", {"orderNo": ORDER}) == "0000"
        await ask_again(shop.house.context, asked)
        payment, charge = await seen(shop)
        taken = await shop.house.context.store.fetch("SELECT state FROM sandbox_book")
    assert (payment.state, charge.state) == (PaymentState.CANCELED, AttemptState.NEEDS_PAYER)
    assert taken == [("awaiting",)]


async def test_a_refund_is_concluded_once(tmp_path: Path) -> None:
    """Two workers with the same good news, of which the second has read its payment before the first one spoke."""
    clock = MovableClock()
    async with house_at(tmp_path / "polygate.db", clock) as house, shop_in(house) as shop:
        context = house.context
        await shop.pay(ORDER)
        await shop.refund(ORDER, "R-1", "30.00")
        (planned,) = [a for a in await attempts_of(context, shop) if a.state is AttemptState.PLANNED]
        await ask_again(context, planned)
        before, _ = await seen(shop)
        (pending,) = [a for a in await attempts_of(context, shop) if a.state is AttemptState.PENDING]
        clock.move(seconds=3)
        await ask_again(context, pending)

        after = await conclude(context, before, pending, Approved(reference="again"))

        refunds = await context.reads.refunds(before.merchant_id, before.payment_id)
        facts = await context.reads.facts(before.merchant_id, before.payment_id)
    assert after.version == before.version + 1
    assert [refund.state for refund in refunds] == [RefundState.SUCCEEDED]
    assert [fact.kind for fact in facts].count(FactKind.REFUND_SUCCEEDED) == 1


async def attempts_of(context: Context, shop: Shop) -> list[Attempt]:
    payment, _ = await seen(shop)
    return await context.reads.attempts(payment.merchant_id, payment.payment_id)
