"""News for waiting pages: what a stream of events says, when it ends, and how many there may be."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from polygate.checkout.live import Live
from polygate.checkout.phases import look
from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState
from polygate.operations.hear_payer import give_up, leave_method
from polygate.store.contract import Busy, Unavailable
from tests.checkout.payer import MINUTE_MS, Payer
from tests.support.houses import postgres_house
from tests.support.server import Shop

pytestmark = pytest.mark.anyio

SEEN_WITHIN_S = 2.0
"""A payer beside the page does not wait longer than this."""
STOPS_WITHIN_S = 5.0
"""Half of the grace that a server gives to what is under way."""


@pytest.fixture
def methods() -> tuple[str, ...]:
    return ("card", "wechat", "alipay")


async def waiting(payer: Payer) -> tuple[Payment, str]:
    """An order whose page shows a code."""
    payment, url = await payer.checkout()
    await payer.choose(url)
    return payment, url


async def follow(live: Live, payer: Payer, payment: Payment, method: str = "GET") -> Response:
    seen = await look(payer.context, payment.merchant_id, payment.payment_id)
    assert seen is not None
    return live.follow(Request({"type": "http", "method": method, "headers": []}), seen)


async def stream(live: Live, payer: Payer, payment: Payment) -> AsyncGenerator[str, None]:
    """What the browser of one waiting page is sent, piece by piece."""
    answer = await follow(live, payer, payment)
    assert isinstance(answer, StreamingResponse)
    pieces = answer.body_iterator
    assert isinstance(pieces, AsyncGenerator)
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece


async def test_the_phase_comes_at_once_and_again_when_it_changes(payer: Payer) -> None:
    """Chosen again, chosen anew, paid: each is told; after a result there is nothing more to tell."""
    payment, url = await waiting(payer)
    ids = payment.merchant_id, payment.payment_id

    async with aclosing(stream(Live(payer.context, pause_s=0.01), payer, payment)) as pieces:
        assert await anext(pieces) == "retry: 1000\n\n"
        assert await anext(pieces) == "data: scan\n\n"
        await leave_method(payer.context, *ids)
        assert await anext(pieces) == "data: form\n\n"
        await payer.choose(url)
        assert await anext(pieces) == "data: scan\n\n"
        await payer.at_wallet(payment, "pass")
        assert [piece async for piece in pieces] == ["data: paid\n\n"]


async def test_a_stream_closes_the_order_when_its_time_is_up(payer: Payer) -> None:
    """The page need not wait for the jobs."""
    payment, _ = await waiting(payer)

    async with aclosing(stream(Live(payer.context, pause_s=0.01), payer, payment)) as pieces:
        await anext(pieces)
        await anext(pieces)
        payer.wait(60 * MINUTE_MS)
        assert [piece async for piece in pieces] == ["data: expired\n\n"]
    assert (await payer.now(payment)).state is PaymentState.EXPIRED


async def test_silence_is_broken_by_comments(payer: Payer) -> None:
    """So that no proxy takes a quiet stream for a dead one; browsers ignore them."""
    payment, _ = await waiting(payer)

    async with aclosing(stream(Live(payer.context, pause_s=0.01, heartbeat_s=0.05), payer, payment)) as pieces:
        assert [await anext(pieces) for _ in range(4)] == ["retry: 1000\n\n", "data: scan\n\n", ":\n\n", ":\n\n"]


async def test_a_stream_does_not_live_for_good(payer: Payer) -> None:
    """It ends, and the browser opens another, which begins with the phase: nothing in between is missed."""
    payment, _ = await waiting(payer)
    live = Live(payer.context, pause_s=0.01, life_s=0.1)

    assert [piece async for piece in stream(live, payer, payment)] == ["retry: 1000\n\n", "data: scan\n\n"]
    await give_up(payer.context, payment.merchant_id, payment.payment_id)
    assert [piece async for piece in stream(live, payer, payment)] == ["retry: 1000\n\n", "data: canceled\n\n"]


async def test_a_process_that_stops_ends_its_streams(payer: Payer) -> None:
    """At once, however long they would have slept."""
    payment, _ = await waiting(payer)

    async with aclosing(stream(Live(payer.context, pause_s=60), payer, payment)) as pieces:
        await anext(pieces)
        await anext(pieces)
        payer.context.stopping.set()
        assert [piece async for piece in pieces] == []


async def test_streams_are_bounded(payer: Payer) -> None:
    """Beyond the bound 503, until one ends or its browser goes away; asking for the head alone opens none."""
    payment, _ = await waiting(payer)
    live = Live(payer.context, streams_max=2, pause_s=0.01)

    async with aclosing(stream(live, payer, payment)) as first, aclosing(stream(live, payer, payment)) as second:
        await anext(first)
        await anext(second)
        refused = await follow(live, payer, payment)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        await first.aclose()
        assert (await follow(live, payer, payment)).status_code == 200
    head = await follow(live, payer, payment, "HEAD")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert not isinstance(head, StreamingResponse)


@pytest.mark.parametrize("error", [Busy("full"), Unavailable("down")])
async def test_a_store_that_is_away_is_waited_for(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The stream stays, and tells what happened once the store is back."""
    payment, _ = await waiting(payer)

    async def refuse(_: str, __: Sequence[Any]) -> list[tuple[Any, ...]]:
        raise error

    async with aclosing(stream(Live(payer.context, pause_s=0.01, heartbeat_s=0.05), payer, payment)) as pieces:
        await anext(pieces)
        await anext(pieces)
        await give_up(payer.context, payment.merchant_id, payment.payment_id)
        with monkeypatch.context() as patched:
            patched.setattr(payer.context.reads._rows, "fetch", refuse)
            assert await anext(pieces) == ":\n\n"
        assert await anext(pieces) == "data: canceled\n\n"


async def test_each_waiting_page_names_its_stream(payer: Payer) -> None:
    """On the hosted page and beside a code: neither kept nor collected by anybody on the way."""
    payment, url = await payer.checkout()
    await payer.pay(url)
    direct, link = await payer.direct_wallet()
    await payer.at_wallet(direct, "pass")

    for address in (url.replace("cashier.html", "events"), f"{link}/events"):
        events = await payer.get(address)
        assert events.status_code == 200
        assert events.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.headers["cache-control"] == "no-store"
        assert events.headers["referrer-policy"] == "no-referrer"
        assert events.headers["x-accel-buffering"] == "no"
        assert events.text == "retry: 1000\n\ndata: paid\n\n"
    waiting_url = (await waiting(payer))[1]
    assert f'data-events="events?{waiting_url.partition("?")[2]}"' in (await payer.get(waiting_url)).text
    waiting_link = (await payer.direct_wallet())[1]
    place = f"/q/{waiting_link.rpartition('/')[2]}"
    assert f'data-events="{place}/events"' in (await payer.get(f"{waiting_link}/page")).text
    assert (await payer.get(f"/h5/en-us/events?token={payment.payment_id}")).status_code == 404


def test_a_change_by_another_process_is_seen(postgres_url: str, tmp_path: Path) -> None:
    """Canceled through one server, told by the other within two seconds; open streams do not keep it from stopping."""
    with postgres_house(tmp_path, postgres_url) as house:
        first, second = house.servers
        shop = Shop(first.base_url, house.demo)

        def at_second() -> tuple[str, str]:
            """A new order, and its stream at the other server."""
            number = f"order-{uuid4()}"
            order = {"amount": "10.00", "currency": "USD", "orderNo": number}
            page = str(shop.call("cashier/order", order)["redirectUrl"])
            assert httpx.post(page, data={"method": "wechat"}).status_code == 303
            return number, page.replace(first.base_url, second.base_url).replace("cashier.html", "events")

        number, events = at_second()
        with httpx.stream("GET", events, timeout=10) as answer:
            lines = (line for line in answer.iter_lines() if line.startswith("data:"))
            assert next(lines) == "data: scan"
            canceled_at = time.monotonic()
            assert shop.call("cancel", {"orderNo": number})["orderStatus"] == "canceled"
            assert next(lines) == "data: canceled"
            assert time.monotonic() - canceled_at < SEEN_WITHIN_S
            assert list(lines) == []
        _, events = at_second()
        with httpx.stream("GET", events, timeout=10) as answer:
            next(answer.iter_lines())
            stopped_at = time.monotonic()
            second.stop()
            assert time.monotonic() - stopped_at < STOPS_WITHIN_S
        shop.http.close()
