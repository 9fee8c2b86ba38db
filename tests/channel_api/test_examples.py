"""The contract's own examples: requests as they are printed, and answers and callbacks of the same shape (7 and 9)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from polygate.assembly import House
from polygate.client.channel import AccountDetail, AsyncChannelClient, CreditOrder, DebitOrder
from polygate.client.errors import ApiError, AuthenticationFailed, InvalidSignature
from polygate.core.cards import Secret
from polygate.core.money import Money
from polygate.jobs.payments import ask_again_round
from tests.channel_api.client import Client
from tests.protocols.channel.vectors import KEY, MERCHANT_ID, MESSAGES, VECTORS, Vector
from tests.support.house import BASE_URL, MovableClock
from tests.support.moody_receiver import Receiver
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


def shape(value: Any) -> Any:
    """Names and kinds of all there is; 850 and 1200.5 are both numbers, and so is null beside a time."""
    match value:
        case dict():
            return {name: shape(part) for name, part in value.items()}
        case list():
            return [shape(part) for part in value]
        case bool() | str():
            return type(value).__name__
        case _:
            return "number or null"


CALLS = [vector for vector in VECTORS if vector.key == KEY.reveal() and "sourceNo" in json.loads(vector.text)]
"""The others are callbacks, which go the other way."""


@pytest.mark.parametrize(
    ("call", "path"),
    [("create_credit", "Credit/Set"), ("create_debit", "Debit/Set")],
)
async def test_a_published_order_is_answered_in_the_published_shape(published: Client, call: str, path: str) -> None:
    example = MESSAGES[call]
    answer = await published.call(path, example["request"])

    assert shape(answer) == shape(example["answer"])
    assert [*answer["result"]] == [*example["answer"]["result"]]
    for name, members in example["answer"]["result"].items():
        assert [*answer["result"][name]] == [*members]


async def test_published_queries(published: Client) -> None:
    await published.call("Credit/Set", MESSAGES["create_credit"]["request"])
    order = (await published.call("Debit/Set", MESSAGES["create_debit"]["request"]))["result"]
    credit = await published.call("Credit/Get", MESSAGES["query_credit"]["request"])
    asked = MESSAGES["query_debit"]["request"] | {"channelDebitOrderId": order["channelDebitOrderSimpleInfo"]["id"]}
    debit = await published.call("Debit/Get", asked)

    credit["result"]["channelCreditOrderSimpleInfo"]["payerAccountDetailList"] = []
    assert shape(credit) == shape(MESSAGES["query_credit"]["answer"])
    assert shape(debit) == shape(MESSAGES["query_debit"]["answer"])


async def test_the_published_balance(published: Client) -> None:
    answer = await published.call("Merchant/Balance", method="GET")
    assert shape(answer) == shape(MESSAGES["balance"]["answer"])


@pytest.mark.parametrize("vector", CALLS, ids=lambda vector: vector.text[:40])
async def test_published_ciphertexts_are_understood(published: Client, vector: Vector) -> None:
    """As they stand in the contract, byte for byte."""
    said = json.loads(vector.text)
    direction = "Debit" if said["sourceNo"].startswith("PO") else "Credit"
    path = f"{direction}/{'Place' if 'amount' in said else 'GetV2'}"
    answer = await published.call(path, {"data": vector.data}, headers={"Authorization": MERCHANT_ID})

    assert answer["code"] == (0 if "amount" in said else 1202)


@pytest.fixture
async def program(house: House, published: Client) -> AsyncIterator[AsyncChannelClient]:
    """A program that uses our own client library."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app)) as http:
        yield AsyncChannelClient(BASE_URL, merchant_id=MERCHANT_ID, access_key=published.key, http=http)


async def test_our_own_client_goes_the_whole_way(
    program: AsyncChannelClient, published: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Collects, pays out, asks for both and for the balance, and opens the callbacks."""
    credit = await program.create_credit(
        CreditOrder(amount=Money(120_050, "INR"), source_no="PI-1", callback_url=receiver.url("/in"))
    )
    await published.pay(await published.query("Credit", "PI-1"))
    payee = AccountDetail(account_name="Ravi K", bank_account="ravi@examplebank", account_type="2")
    debit = await program.create_debit(
        DebitOrder(amount="850", source_no="PO-1", callback_url=receiver.url("/out"), payee_account_detail=payee)
    )
    await ask_again_round(published.house.context)
    clock.move(seconds=3)
    await ask_again_round(published.house.context)
    await outbox.deliver()

    assert (credit.order.process_code, debit.order.process_code) == (10, 10)
    assert (await program.query_credit(source_no="PI-1")).order.is_paid
    assert (await program.query_debit(order_id=debit.order.id)).order.is_paid
    funds = await program.balance()
    assert (funds.balance, funds.frozen_balance) == (Decimal("10350.5"), Decimal(0))
    told = sorted(program.verify_notification(callback.body).order.merchant_source_no for callback in receiver.received)
    assert told == ["PI-1", "PO-1"]
    forged = receiver.received[0].body.replace(b'"P', b'"Q', 1)
    with pytest.raises(InvalidSignature):
        program.verify_notification(forged)


async def test_our_own_client_tells_refusals_apart(program: AsyncChannelClient) -> None:
    with pytest.raises(ApiError, match="1202"):
        await program.query_debit(source_no="PO-9")


async def test_our_own_client_tells_who_is_not_known(house: House) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app)) as http:
        stranger = AsyncChannelClient(BASE_URL, merchant_id="1", access_key=Secret("0" * 32), http=http)
        with pytest.raises(AuthenticationFailed):
            await stranger.balance()
