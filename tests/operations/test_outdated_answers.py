"""Answers and claims that come too late must not undo what was concluded meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.outcomes import Approved
from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.ask_again import ask_again
from polygate.operations.concluding import conclude
from polygate.operations.context import Context
from tests.support.house import MovableClock, house_at, shop_in

ORDER: Final = "late-0001"


@asynccontextmanager
async def captured(directory: Path) -> AsyncIterator[tuple[Context, Payment, Attempt]]:
    """A payment that was approved in its call, and its charge."""
    async with house_at(directory / "polygate.db", MovableClock()) as house, shop_in(house) as shop:
        await shop.pay(ORDER)
        context = house.context
        paid = await context.reads.payment_by_order(shop.merchant.merchant_id, "gateway", ORDER)
        assert paid is not None
        charge = await context.reads.attempt(paid.merchant_id, paid.charge_id)
        assert charge is not None
        yield context, paid, charge


async def test_an_outdated_claim_of_a_concluded_charge_changes_nothing(tmp_path: Path) -> None:
    """A worker that claimed a charge just before it was approved must not take the approval for an unclaimed one."""
    async with captured(tmp_path) as (context, paid, charge):
        await ask_again(context, msgspec.structs.replace(charge, state=AttemptState.ASKED, closed_ms=0))

        after = await context.reads.payment(paid.merchant_id, paid.payment_id)
        attempts = await context.reads.attempts(paid.merchant_id, paid.payment_id)
        assert after == paid
        assert [attempt.kind for attempt in attempts] == [AttemptKind.CHARGE]


async def test_a_second_conclusion_returns_what_the_first_one_decided(tmp_path: Path) -> None:
    """An answer applied to an outdated payment loses against its version and finds the attempt closed."""
    async with captured(tmp_path) as (context, paid, charge):
        outdated = msgspec.structs.replace(charge, state=AttemptState.UNKNOWN, closed_ms=0)
        before = msgspec.structs.replace(paid, state=PaymentState.PENDING, version=paid.version - 1)

        again = await conclude(context, before, outdated, Approved(reference="r"))

        assert again == paid
