"""Payouts between two crashes: whatever gets lost on the way, a receiver is paid once, and the balance is right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from polygate.assembly import House
from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import LineDown
from polygate.core.attempts import Attempt
from polygate.core.ids import MerchantId
from polygate.core.money import Money
from polygate.core.payouts import Payout, PayoutMethod, PayoutOrder, Receiver
from polygate.core.refusals import Reason, Refused
from polygate.core.repeats import PayoutTaken
from polygate.core.transitions import AttemptState, PayoutState
from polygate.jobs.payments import ask_again_round
from polygate.jobs.payouts import return_round
from polygate.operations.balances import Funds, funds_of
from polygate.operations.credentials import create_app, create_merchant
from polygate.operations.pay_out import bring_payout_forward, look_for_return, name_receiver, pay_out, reject_payout
from tests.support.house import MovableClock, house_at

pytestmark = pytest.mark.anyio

PRICE: Final = Money(85_000, "INR")
OPENING_MINOR: Final = 200_000
RECEIVER: Final = Receiver(PayoutMethod.UPI, "Ravi K", "ravi@examplebank")

Line = Callable[[Ask], Awaitable[Answer]]


class Bank:
    """A house with a merchant that has 2,000.00 INR, and a line to the acquirer that tests can cut."""

    def __init__(self, house: House, clock: MovableClock, merchant_id: MerchantId, app_id: str) -> None:
        self.context: Final = house.context
        self.clock: Final = clock
        self._ids: Final = merchant_id, app_id
        self._lines = house.context.transport._lines
        self._good: Line = self._lines["sandbox"]

    def speak(self, line: Line) -> None:
        """From now on, this is how the acquirer is reached."""
        self._lines["sandbox"] = line  # type: ignore[index]

    async def reach(self, ask: Ask) -> Answer:
        """The acquirer itself."""
        return await self._good(ask)

    def order(self, number: str = "PO-1", amount: Money = PRICE, receiver: Receiver | None = RECEIVER) -> PayoutOrder:
        merchant_id, app_id = self._ids
        return PayoutOrder(
            merchant_id=merchant_id,
            app_id=app_id,
            protocol="channel",
            number=number,
            amount=amount,
            fee=Money(0, amount.currency),
            receiver=receiver,
            description="",
            attach="",
            notify_url="",
            request={},
        )

    async def pay(self, number: str = "PO-1", *, at_once: bool = False, **changes: object) -> Payout:
        return await pay_out(self.context, self.order(number, **changes), at_once=at_once)  # type: ignore[arg-type]

    async def work(self, seconds: float = 0) -> None:
        """What the jobs do after a while."""
        self.clock.move(seconds=seconds)
        await ask_again_round(self.context)
        await return_round(self.context)

    async def seen(self, payout: Payout) -> Payout:
        found = await self.context.reads.payout(payout.merchant_id, payout.payout_id)
        assert found is not None
        return found

    async def attempts(self, payout: Payout) -> list[Attempt]:
        return await self.context.reads.attempts(payout.merchant_id, payout.payout_id)  # type: ignore[arg-type]

    async def transfers(self) -> list[tuple[str, int]]:
        """What the acquirer's own book says was sent."""
        sql = "SELECT state, amount_minor FROM sandbox_book WHERE kind = 'transfer' ORDER BY attempt_id"
        return [(state, minor) for state, minor in await self.context.store.fetch(sql)]

    async def funds(self) -> Funds:
        return await funds_of(self.context, self._ids[0], PRICE.currency)


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    clock = MovableClock()
    async with house_at(tmp_path / "house.db", clock) as house:
        opening = (Money(OPENING_MINOR, PRICE.currency),)
        made = await create_merchant(house.context, name="Shop", mcc="5999", fees={}, opening_balances=opening)
        shop = await create_app(house.context, made.merchant, name="Shop", methods=("card",))
        yield Bank(house, clock, made.merchant.merchant_id, shop.app.app_id)


UNTOUCHED: Final = Funds(OPENING_MINOR, 0)
HELD: Final = Funds(OPENING_MINOR - PRICE.minor, PRICE.minor)
GONE: Final = Funds(OPENING_MINOR - PRICE.minor, 0)


async def test_sent_at_once_it_is_with_the_bank_when_the_call_returns(bank: Bank) -> None:
    payout = await bank.pay(at_once=True)
    assert (payout.state, await bank.funds()) == (PayoutState.SENT, HELD)
    await bank.work(3)
    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)


async def test_an_answer_that_is_lost_is_asked_for(bank: Bank) -> None:
    """The bank has it, we do not know: nothing is sent again, and the money stays held meanwhile."""

    async def deaf(ask: Ask) -> Answer:
        await bank.reach(ask)
        raise ConnectionResetError

    bank.speak(deaf)
    payout = await bank.pay(at_once=True)
    assert (payout.state, await bank.funds()) == (PayoutState.SENT, HELD)
    bank.speak(bank.reach)
    await bank.work(60)

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)
    assert await bank.transfers() == [("processing", PRICE.minor)]


async def test_a_process_that_dies_before_it_asks_sends_nothing_twice(bank: Bank) -> None:
    """The acquirer never heard of it and promises never to carry it out; then it is sent under a new key."""

    async def dead(ask: Ask) -> Answer:
        raise ConnectionResetError

    bank.speak(dead)
    payout = await bank.pay(at_once=True)
    bank.speak(bank.reach)
    await bank.work(60)
    again = await bank.seen(payout)
    assert (again.state, await bank.funds()) == (PayoutState.SENT, HELD)
    for _ in range(5):
        await bank.work(60)

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)
    assert [attempt.state for attempt in await bank.attempts(payout)] == [AttemptState.NOT_SENT, AttemptState.APPROVED]
    assert await bank.transfers() == [("processing", PRICE.minor)]


async def test_a_bank_that_cannot_be_reached_is_tried_until_it_can(bank: Bank) -> None:
    async def down(ask: Ask) -> Answer:
        raise LineDown

    bank.speak(down)
    payout = await bank.pay()
    for _ in range(4):
        await bank.work(120)
    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.SENT, HELD)
    bank.speak(bank.reach)
    for _ in range(4):
        await bank.work(7_200)

    assert (await bank.seen(payout)).state is PayoutState.PAID
    assert await bank.transfers() == [("processing", PRICE.minor)]


async def test_ten_workers_on_one_payout_send_it_once(bank: Bank) -> None:
    payout = await bank.pay()
    (planned,) = await bank.attempts(payout)
    await asyncio.gather(*(bring_payout_forward(bank.context, planned) for _ in range(10)))
    bank.clock.move(seconds=3)
    (asked,) = await bank.attempts(payout)
    await asyncio.gather(*(bring_payout_forward(bank.context, asked) for _ in range(10)))

    assert (await bank.seen(payout)).state is PayoutState.PAID
    assert await bank.transfers() == [("processing", PRICE.minor)]
    webhooks = await bank.context.reads.webhooks(payout.merchant_id, payout.payout_id)  # type: ignore[arg-type]
    assert [webhook.kind for webhook in webhooks] == ["PayoutPaid"]


async def test_ten_workers_hear_of_one_return_once(bank: Bank) -> None:
    payout = await bank.pay(receiver=Receiver(PayoutMethod.UPI, "REVERSE K", "ravi@examplebank"))
    await bank.work()
    await bank.work(3)
    bank.clock.move(seconds=10)
    paid = await bank.seen(payout)
    assert paid.state is PayoutState.PAID
    await asyncio.gather(*(look_for_return(bank.context, paid) for _ in range(10)))

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.RETURNED, UNTOUCHED)
    webhooks = await bank.context.reads.webhooks(payout.merchant_id, payout.payout_id)  # type: ignore[arg-type]
    assert [webhook.kind for webhook in webhooks] == ["PayoutPaid", "PayoutReturned"]


async def test_a_paid_payout_is_asked_about_for_days_and_then_left(bank: Bank) -> None:
    payout = await bank.pay()
    await bank.work()
    await bank.work(3)
    for _ in range(20):
        await bank.work(86_400)

    assert ((await bank.seen(payout)).state, (await bank.seen(payout)).due_ms) == (PayoutState.PAID, 0)


async def test_a_number_is_used_once_whatever_the_rest_says(bank: Bank) -> None:
    """The second caller is given the first one, and nothing more is held."""
    first = await bank.pay()
    for amount in (PRICE, Money(1, "INR"), Money(10_000_000, "INR")):
        with pytest.raises(PayoutTaken) as caught:
            await bank.pay(amount=amount)
        assert caught.value.first.payout_id == first.payout_id
    assert await bank.funds() == HELD


async def test_two_at_once_that_fit_only_alone_are_one(bank: Bank) -> None:
    asked = [bank.pay(f"PO-{n}", amount=Money(150_000, "INR")) for n in range(2)]
    done = await asyncio.gather(*asked, return_exceptions=True)

    (refused,) = [each for each in done if isinstance(each, Refused)]
    assert refused.reason is Reason.BALANCE_TOO_SMALL
    assert await bank.funds() == Funds(50_000, 150_000)


async def test_a_receiver_is_named_once(bank: Bank) -> None:
    """Of two operators one is told that it is too late; so is who rejects what was handed over."""
    payout = await bank.pay(receiver=None)
    done = await asyncio.gather(
        *(name_receiver(bank.context, payout, RECEIVER) for _ in range(2)), return_exceptions=True
    )
    assert [type(each) for each in done].count(Refused) == 1
    with pytest.raises(Refused) as caught:
        await reject_payout(bank.context, await bank.seen(payout), said="too late")
    assert caught.value.reason is Reason.PAYOUT_NOT_NOW
    await bank.work()
    await bank.work(3)

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)


async def test_the_balance_remembers_how_far_it_was_counted(bank: Bank) -> None:
    """Also long after, when nothing is added up from the beginning any more."""
    for number in range(4):
        await bank.pay(f"PO-{number}", amount=Money(10_000, "INR"))
        await bank.work(3_600)
        await bank.work(3)
    reserve = await bank.context.reads.reserve(bank.order().merchant_id, "INR")

    assert await bank.funds() == Funds(OPENING_MINOR - 40_000, 0)
    assert reserve is not None
    assert (reserve.version, reserve.counted_minor) == (4, OPENING_MINOR - 30_000)
