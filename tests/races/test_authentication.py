"""The payer's browser, the merchant's poll, the jobs' inquiry and a cancel, all about one payment at once."""

import asyncio

import pytest

from tests.support.bodies import payment_body
from tests.support.crowd import Answer, Call, Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")

CHALLENGED = "4000000000003220"
ORDERS = 12


async def awaiting_return(crowd: Crowd, order_no: str) -> tuple[str, str]:
    """An order whose payer has passed the challenge and is about to be sent back, and where to."""
    answer = await crowd.pay(order_no, card_no=CHALLENGED)
    assert (answer["orderStatus"], answer["lastEvent"]) == ("pending", "REDIRECT")
    return order_no, await crowd.authenticate(answer["payUrl"])


async def keep_jobs_awake(crowd: Crowd, order_no: str) -> None:
    """Refunds wake the background loops, which then look for other work as well."""
    await crowd.pay(order_no)
    for n in range(12):
        body = {"amount": "0.01", "clientIp": "203.0.113.9", "orderNo": order_no, "reason": "awake"}
        await crowd.call("refund", body | {"refundNumber": f"{order_no}-{n}"}, process=n)


async def test_browser_poll_and_inquiry_at_once_are_one_conclusion(house: House, crowd: Crowd, order_no: str) -> None:
    """Whoever brings the acquirer's answer first, it is booked and announced once."""
    orders = [await awaiting_return(crowd, f"{order_no}-{n}") for n in range(ORDERS)]
    with house.books.impatient():
        await asyncio.gather(
            keep_jobs_awake(crowd, f"{order_no}-awake"),
            *(crowd.browse(back, process=n) for _, back in orders for n in range(4)),
            *(crowd.call("query", {"orderNo": order}, process=n) for order, _ in orders for n in range(4)),
        )
        house.books.settle(15)
    for order, _ in orders:
        assert house.books.payment(order)["state"] == "captured"
        assert [(c["amount_minor"], c["state"]) for c in house.books.charges(order)] == [(10_000, "approved")]
        assert house.books.announced(order) == ["PaymentCaptured"]
        (returned,) = house.books.rows(
            "SELECT COUNT(*) AS times FROM facts f JOIN payments p ON p.payment_id = f.payment_id "
            "WHERE p.order_no = ? AND f.kind = 'PayerReturned'",
            order,
        )
        assert returned["times"] == 1


async def test_an_inquiry_while_the_charge_is_asked_changes_nothing(house: House, crowd: Crowd, order_no: str) -> None:
    """The jobs may ask about a charge whose own answer is just being written down: the money is taken once and kept."""
    orders = [f"{order_no}-{n}" for n in range(64)]
    with house.books.impatient():
        awake = asyncio.create_task(keep_jobs_awake(crowd, f"{order_no}-awake"))
        answers = await crowd.at_once([("payment", payment_body(order)) for order in orders])
        await awake
        house.books.settle(15)
    for order, answer in zip(orders, answers, strict=True):
        payment = house.books.payment(order)
        # An inquiry that overtakes its charge makes the acquirer promise never to carry it out.
        assert payment["state"] in {"captured", "failed"}
        if answer["orderStatus"] != "pending":
            assert payment["state"] == {"successed": "captured", "failed": "failed"}[answer["orderStatus"]]


async def test_a_cancel_while_the_payer_returns_leaves_one_result(house: House, crowd: Crowd, order_no: str) -> None:
    """Either the payment is canceled and nothing is kept of the payer's money, or it is too late to cancel."""
    orders = [await awaiting_return(crowd, f"{order_no}-{n}") for n in range(ORDERS)]

    async def both(n: int, order: str, back: str) -> Answer:
        canceled, _ = await asyncio.gather(
            crowd.call("cancel", {"orderNo": order}, process=n), crowd.browse(back, process=n + 1)
        )
        return canceled

    answers = await asyncio.gather(*(both(n, order, back) for n, (order, back) in enumerate(orders)))
    house.books.settle(15)
    for (order, _), answer in zip(orders, answers, strict=True):
        assert (answer["respCode"], house.books.payment(order)["state"]) in {("0000", "canceled"), ("3008", "captured")}


@pytest.mark.parametrize("card_no", ["4444333322221111", CHALLENGED])
async def test_a_cancel_while_the_charge_is_asked_leaves_one_result(
    house: House, crowd: Crowd, order_no: str, card_no: str
) -> None:
    """A merchant may give up while its own `payment` call still runs: whatever is approved then is given back."""
    orders = [f"{order_no}-{n}" for n in range(ORDERS)]
    calls: list[Call] = []
    for order in orders:
        calls += [("payment", payment_body(order, card_no=card_no)), *([("cancel", {"orderNo": order})] * 5)]
    answers = await crowd.at_once(calls)
    house.books.settle(15)
    for n, order in enumerate(orders):
        payment, *cancels = answers[6 * n : 6 * n + 6]
        codes = {answer["respCode"] for answer in cancels}
        state = house.books.payment(order)["state"]
        if state == "canceled":
            assert codes <= {"0000", "3001"}
        elif state == "captured":
            assert payment["orderStatus"] == "successed"
            assert codes <= {"3001", "3008"}
        else:
            assert (state, codes, payment["lastEvent"]) == ("pending", {"3001"}, "REDIRECT")
