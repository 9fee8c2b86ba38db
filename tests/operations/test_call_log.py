"""Every call of the front doors is remembered, masked, a moment after its answer; and never at the payments' cost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import structlog

from polygate.assembly import House
from polygate.core.calls import NOBODY, Call
from polygate.core.ids import LAST
from polygate.jobs.upkeep import upkeep_round
from polygate.operations.call_log import Heard
from polygate.protocols.registry import protocols
from tests.channel_api.client import client_in
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop, house_at, shop_in

pytestmark = pytest.mark.anyio

CARD: Final = "4444333322221111"
WORDS: Final = protocols()["gateway"].call_words


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house) as shop:
        yield shop


async def logged(house: House, **filters: Any) -> list[Call]:
    """Oldest first."""
    await house.call_log.write_all()
    found = await house.context.reads.calls(**({"merchant_id": None, "before": LAST, "limit": 100} | filters))
    return found[::-1]


async def test_a_call_is_found_under_its_request_id(house: House, shop: Shop) -> None:
    """With who, what, how it ended, and the order it named."""
    response = await shop.ask("payment", payment_body("logged-1"))
    (call,) = await logged(house)
    assert str(call.call_id) == response.headers["x-request-id"]
    assert await house.context.reads.call(call.call_id) == call
    assert (call.merchant_id, call.app_id, call.proven) == (shop.merchant.merchant_id, shop.app.app_id, True)
    assert (call.protocol, call.method, call.path) == ("gateway", "POST", "/gateway/v1/payment")
    assert (call.status, call.code, call.said, call.refused) == (200, "0000", "success", False)
    assert (call.order_no, call.address) == ("logged-1", "127.0.0.1")
    assert call.at_ms == house.context.clock()
    assert call.duration_us > 0
    asked, answered = json.loads(call.request), json.loads(call.answer)
    assert (asked["amount"], asked["card"]["cardNo"], asked["card"]["cvc"]) == ("100.00", "444433******1111", "***")
    assert answered["orderNo"] == "logged-1"


async def test_no_secret_is_written_down(house: House, shop: Shop) -> None:
    """Signing in, paying, a secret in the wrong place, a card number in the wrong place: none of it is in the table."""
    token = await shop.sign_in()
    await shop.ask("payment", payment_body("logged-1"))
    await shop.ask("payment", payment_body(CARD, billingDesc=shop.secret.reveal()))
    await shop.ask(f"{shop.secret.reveal()}?number={CARD}&key={token}", {"orderNo": token})
    await shop.ask("payment", content=f'{{"cardNo":"{CARD}","cvc":"739",')
    await house.call_log.write_all()
    rows = await house.context.store.fetch("SELECT * FROM calls")
    assert len(rows) == 5
    for hidden in (token, shop.secret.reveal(), CARD, '"739"', '"123"'):
        assert hidden not in repr(rows)


async def test_who_fails_to_prove_who_they_are_is_named_all_the_same(house: House, shop: Shop) -> None:
    """So that a merchant's developers find why they are not let in; nobody is named for a token out of nowhere."""
    await shop.ask("connect/token", shop.credentials | {"secret": "wrong"}, headers={})
    await shop.ask("query", {"orderNo": "x"}, headers={"Authorization": "at_wrong"})
    await shop.ask("connect/token", {"appId": "100000000000000", "secret": "wrong"}, headers={})
    own, strange, unknown = await logged(house)
    assert (own.merchant_id, own.app_id, own.proven) == (shop.merchant.merchant_id, shop.app.app_id, False)
    assert (own.status, own.code, own.refused) == (401, "1001", True)
    assert (strange.merchant_id, strange.app_id) == (NOBODY, "")
    assert (unknown.merchant_id, unknown.app_id) == (NOBODY, "100000000000000")


async def test_an_encrypted_call_is_shown_as_what_was_in_it(house: House) -> None:
    async with client_in(house) as client:
        await client.sealed("Debit/GetV2", {"sourceNo": "PO-7", "cvc": "739"})
        await client.sealed("Debit/GetV2", "no object")
        await client.code("Debit/Get", {"sourceNo": "PO-8"})
        opened, closed, plain = await logged(house)
        owner = client.merchant.merchant_id
    assert (opened.merchant_id, opened.proven, opened.order_no) == (owner, True, "PO-7")
    assert json.loads(opened.request) == {"sourceNo": "PO-7", "cvc": "***"}
    assert (opened.code, opened.said, opened.refused) == ("1202", "order not found", True)
    assert (closed.merchant_id, closed.proven, closed.code) == (owner, False, "1102")
    assert json.loads(closed.request) == {"data": "(encrypted)"}
    assert (plain.merchant_id, plain.proven, plain.order_no) == (owner, True, "PO-8")


async def test_a_long_body_is_told_by_its_size(house: House, shop: Shop) -> None:
    await shop.ask("query", {"orderNo": "x", "more": "a" * 40_000})
    (call,) = await logged(house)
    assert call.request == "(more than 32,768 bytes)"


async def test_calls_are_found_by_what_one_looks_for(house: House, shop: Shop) -> None:
    await shop.pay("order-1")
    await shop.ask("query", {"orderNo": "order-1"})
    await shop.ask("query", {"orderNo": "order-2"})
    async with client_in(house) as client:
        await client.code("Debit/Get", {"sourceNo": "PO-8"})
    mine: dict[str, Any] = {"merchant_id": shop.merchant.merchant_id}
    assert len(await logged(house)) == 4
    assert len(await logged(house, **mine)) == 3
    assert [call.code for call in await logged(house, **mine, refused=True)] == ["3001"]
    assert len(await logged(house, **mine, order_no="order-1")) == 2
    assert len(await logged(house, code="0000", app_id=shop.app.app_id)) == 2
    assert len(await logged(house, protocol="channel")) == 1
    newest, *_ = await logged(house, **mine, limit=1)
    assert newest.order_no == "order-2"
    assert len(await logged(house, **mine, before=newest.call_id)) == 2


@pytest.mark.parametrize(("mode", "kept"), [("refused", ["3001"]), ("off", [])])
async def test_less_can_be_remembered(tmp_path: Path, clock: MovableClock, mode: str, kept: list[str]) -> None:
    """Each answer has its identifier all the same."""
    async with house_at(tmp_path / "other.db", clock, call_log=mode) as house, shop_in(house) as shop:
        await shop.pay("order-1")
        response = await shop.ask("query", {"orderNo": "order-2"})
        assert response.headers["x-request-id"].isdigit()
        assert [call.code for call in await logged(house)] == kept


async def test_what_finds_no_place_is_counted(house: House, shop: Shop) -> None:
    """In the process's log and in the table. Calls that were refused find a place where others do not."""

    def hear(count: int, status: int) -> None:
        for _ in range(count):
            house.call_log.hear(
                Heard(
                    call_id=house.call_log.next_id(), at_ms=house.context.clock(), protocol="gateway", words=WORDS,
                    method="POST", path="/gateway/v1/query", query="", address="", merchant=shop.merchant,
                    status=status, answer=b'{"respCode":"0000"}' if status == 200 else b"{}",
                )
            )  # fmt: skip

    hear(700, 200)
    hear(500, 401)
    with structlog.testing.capture_logs() as said:
        assert await house.call_log.write() == 200
    assert [(line["event"], line["count"]) for line in said] == [("calls_left_out_of_the_log", 200)]
    await house.call_log.write_all()
    assert await house.context.reads.calls_left_out(after=0, before=LAST) == 200
    done = await house.context.store.fetch("SELECT refused, count(*) FROM calls WHERE left_out = 0 GROUP BY refused")
    assert {bool(refused): count for refused, count in done} == {False: 600, True: 400}


async def test_large_bodies_do_not_fill_the_memory(house: House, shop: Shop) -> None:
    """At most 16 MiB wait, whatever is in them."""
    for _ in range(600):
        house.call_log.hear(
            Heard(
                call_id=house.call_log.next_id(), at_ms=0, protocol="x", words=WORDS, method="POST", path="", query="",
                address="", status=200, request=b" " * 32_768, answer=b" " * 32_768,
            )
        )  # fmt: skip
    await house.call_log.write_all()
    assert await house.context.store.fetch("SELECT count(*), sum(left_out) FROM calls") == [(257, 600 - 256)]


async def test_calls_are_forgotten_after_a_week(house: House, shop: Shop, clock: MovableClock) -> None:
    await shop.pay("order-1")
    await house.call_log.write_all()
    clock.move(days=6, hours=23)
    shop.token = await shop.sign_in()
    await shop.pay("order-2")
    await house.call_log.write_all()
    clock.move(hours=2)
    await upkeep_round(house.context)
    assert [call.order_no for call in await logged(house, protocol="gateway")] == ["", "order-2"]
    await upkeep_round(house.context, calls_kept_days=30)
    assert len(await logged(house)) == 2


async def test_a_database_that_is_away_costs_the_log_and_nothing_else(
    house: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be written is counted among what was left out."""
    from polygate.store.contract import Unavailable

    await shop.ask("query", {"orderNo": "x"})

    async def away(change: Any) -> None:
        raise Unavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(house.context.store, "submit", away)
        with pytest.raises(Unavailable):
            await house.call_log.write()
    assert await logged(house) == []
    assert await house.context.reads.calls_left_out(after=0, before=LAST) == 1
