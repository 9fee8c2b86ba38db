"""The acceptance checks of the contract (section 13), one by one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.channel_api.client import HERE, Client
from tests.support.house import MovableClock, all_asked, move

pytestmark = pytest.mark.anyio

# The first check, all vectors both ways, is in tests/protocols/channel and test_examples.


async def test_2_another_merchants_key_and_cut_base64_are_told_apart_by_nobody(client: Client, other: Client) -> None:
    wrong_key = await client.sealed("Debit/GetV2", {"sourceNo": "PO-1"}, key=other.key)
    headers = {"Authorization": client.merchant_id}
    cut = await client.call("Debit/GetV2", {"data": "8hQFJs0gp+lO/EHznIB3CuGi8D2HAe0JQgOuI2gj0"}, headers=headers)

    assert wrong_key == cut == {"code": 1102, "errorDesc": "invalid data", "result": None}


async def test_3_a_number_without_encryption_needs_a_listed_address(client: Client) -> None:
    """The key works from anywhere while there is no list."""
    by_number = {"Authorization": client.merchant_id}
    ask = "Debit/Get", {"sourceNo": "PO-1"}

    assert await client.code(*ask) == 1202
    assert await client.code(*ask, headers=by_number) == 1001
    await client.allow("198.51.100.0/24")
    assert await client.code(*ask, headers=by_number) == 1001
    assert await client.code(*ask) == 1002
    await client.allow("198.51.100.0/24", HERE)
    assert await client.code(*ask, headers=by_number) == 1202
    assert await client.code(*ask) == 1202


async def test_4_a_payout_needs_an_amount_and_a_number_only(client: Client) -> None:
    answer = await client.call("Debit/Set", {"amount": 850, "sourceNo": "PO-1"})

    assert (answer["code"], answer["result"]["channelDebitOrderSimpleInfo"]["processCode"]) == (0, 10)
    assert answer["result"]["channelDebitOrderSimpleInfo"]["payeeAccountDetail"] is None


async def test_5_a_number_is_used_once_in_each_direction(client: Client) -> None:
    await client.debit("NO-1")

    assert await client.code("Debit/Set", {"amount": 850, "sourceNo": "NO-1"}) == 1201
    assert await client.code("Credit/Set", {"amount": 850, "sourceNo": "NO-1"}) == 0
    assert await client.code("Credit/Set", {"amount": 850, "sourceNo": "NO-1"}) == 1201


@pytest.mark.parametrize("amount", [0, -1, "5", 1.234, True, None, [5], {"a": 5}, 10**12, 0.001])
@pytest.mark.parametrize("path", ["Debit/Set", "Credit/Set"])
async def test_6_an_amount_is_a_positive_number_with_two_decimals(client: Client, path: str, amount: object) -> None:
    answer = await client.call(path, {"amount": amount, "sourceNo": "NO-1"})

    assert (answer["code"], answer["errorDesc"]) == (1103, "invalid parameter: amount")


async def test_7_a_payout_above_the_balance_leaves_it_unchanged(client: Client) -> None:
    before = await client.balance()

    answer = await client.call("Debit/Set", {"amount": 10_000.01, "sourceNo": "PO-1"})

    assert answer == {"code": 1203, "errorDesc": "insufficient balance", "result": None}
    assert await client.balance() == before
    assert await client.code("Debit/Get", {"sourceNo": "PO-1"}) == 1202


@pytest.mark.usefixtures("working")
async def test_8_a_payout_is_held_back_and_then_gone(client: Client, clock: MovableClock) -> None:
    await client.debit("PO-1", 850)
    assert await client.balance() == (Decimal(10_000), Decimal(850), Decimal(9_150))
    await client.becomes("Debit", "PO-1", 20)
    await all_asked(client.house)

    await all_asked(client.house)
    move(client.house, clock, seconds=3)
    order = await client.becomes("Debit", "PO-1", 30)

    assert (order["paid"], order["closedTime"]) == (True, clock.now_ms)
    assert await client.balance() == (Decimal(9_150), Decimal(0), Decimal(9_150))


async def test_11_an_order_is_found_by_either_number_or_both(client: Client, other: Client) -> None:
    first, second = await client.debit("PO-1"), await client.debit("PO-2")
    ids = [each["channelDebitOrderSimpleInfo"]["id"] for each in (first, second)]

    assert await client.code("Debit/Get", {"channelDebitOrderId": ids[0]}) == 0
    assert await client.code("Debit/Get", {"sourceNo": "PO-1"}) == 0
    assert await client.code("Debit/Get", {"sourceNo": "PO-1", "channelDebitOrderId": ids[0]}) == 0
    assert await client.code("Debit/Get", {"sourceNo": "PO-1", "channelDebitOrderId": ids[1]}) == 1202
    assert await client.code("Debit/Get", {"sourceNo": "PO-3", "channelDebitOrderId": ids[0]}) == 1202
    assert await other.code("Debit/Get", {"channelDebitOrderId": ids[0]}) == 1202
    assert await other.code("Debit/Get", {"sourceNo": "PO-1"}) == 1202
    assert await client.code("Debit/Get", {}) == 1103
    # A collection's number names no payout.
    assert await client.code("Credit/Get", {"channelCreditOrderId": ids[0]}) == 1202
