"""The two drivers and what they have in common: errors of the network, secrets, amounts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from polygate.client import (
    AsyncChannelClient,
    AsyncGatewayClient,
    AsyncMerchantClient,
    AsyncSignedClient,
    ChannelClient,
    GatewayClient,
    InvalidSignature,
    MerchantClient,
    Money,
    NetworkUnknown,
    NotSent,
    Secret,
    SignedClient,
)
from polygate.client.calls import Request
from polygate.client.channel import CreditOrder
from polygate.client.gateway import RefundOrder
from polygate.client.wire import decimal_text
from tests.client.talking import settled
from tests.support.server import free_port

pytestmark = pytest.mark.anyio

SECRET = Secret("7c1f0b9e5d2a4836b1e0c9d8f7a65432")
CLIENTS: list[Callable[[str], Any]] = [
    lambda url: GatewayClient(url, app_id="100", secret=SECRET),
    lambda url: AsyncGatewayClient(url, app_id="100", secret=SECRET),
    lambda url: SignedClient(url, app_id="100", secret=SECRET),
    lambda url: AsyncSignedClient(url, app_id="100", secret=SECRET),
    lambda url: MerchantClient(url, merchant_no="100", secret_key=SECRET),
    lambda url: AsyncMerchantClient(url, merchant_no="100", secret_key=SECRET),
    lambda url: ChannelClient(url, merchant_id="100", access_key=SECRET),
    lambda url: AsyncChannelClient(url, merchant_id="100", access_key=SECRET),
]
each_client = pytest.mark.parametrize("client_at", CLIENTS)


def some_call(client: Any) -> Any:
    """A call that every test may make: it moves no money."""
    match client:
        case GatewayClient() | AsyncGatewayClient():
            return client.query(order_no="order-1")
        case SignedClient() | AsyncSignedClient():
            return client.query_payment(payment_no="1")
        case MerchantClient() | AsyncMerchantClient():
            return client.find_order("1")
        case _:
            return client.balance()


async def close(client: Any) -> None:
    if isinstance(client, GatewayClient | SignedClient | MerchantClient | ChannelClient):
        client.close()
    else:
        await client.aclose()


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Somebody who reads a request, says just this and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)


@each_client
async def test_a_closed_door_means_that_nothing_was_sent(client_at: Callable[[str], Any]) -> None:
    """Such a call may be repeated."""
    client = client_at(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotSent):
        await settled(some_call(client))
    await close(client)


@each_client
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<html></html>",
        b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
async def test_whatever_is_no_answer_leaves_the_outcome_unknown(client_at: Callable[[str], Any], answer: bytes) -> None:
    """Nothing, half of it, a proxy's page, a redirect, a fault."""
    with answering(answer) as url:
        client = client_at(url)
        with pytest.raises(NetworkUnknown) as caught:
            await settled(some_call(client))
        await close(client)
    assert SECRET.reveal() not in str(caught.value)


@pytest.mark.parametrize("client_at", [CLIENTS[0], CLIENTS[2]])
async def test_an_empty_answer_says_nothing(client_at: Callable[[str], Any]) -> None:
    """Least of all who gave it, to those who want to know."""
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as url, client_at(url) as client:
        wanted = InvalidSignature if isinstance(client, SignedClient) else NetworkUnknown
        with pytest.raises(wanted):
            some_call(client)


@each_client
async def test_secrets_do_not_show(client_at: Callable[[str], Any]) -> None:
    """Neither in a client nor in a request."""
    client = client_at("https://pay.example/")
    assert repr(client).startswith(f"{type(client).__name__}('https://pay.example', ")
    assert repr(client).endswith("Secret(***))")
    assert SECRET.reveal() not in repr(client)
    assert repr(Request("POST", "https://a.example/x", {"Authorization": "secret"}, b"card")) == (
        "Request(POST https://a.example/x)"
    )
    await close(client)


async def test_who_brings_an_http_client_closes_it() -> None:
    """One's own is closed at the end of the block, a borrowed one is not."""
    with httpx.Client() as lent, GatewayClient("https://pay.example", app_id="1", secret=SECRET, http=lent) as client:
        client.close()
        assert not lent.is_closed
    async with httpx.AsyncClient() as lent_too:
        async with AsyncGatewayClient("https://pay.example", app_id="1", secret=SECRET, http=lent_too):
            pass
        assert not lent_too.is_closed
    closed = []
    with GatewayClient("https://pay.example", app_id="1", secret=SECRET) as own:
        closed.append(own._http.is_closed)
    closed.append(own._http.is_closed)
    async with AsyncGatewayClient("https://pay.example", app_id="1", secret=SECRET) as own_too:
        closed.append(own_too._http.is_closed)
    closed.append(own_too._http.is_closed)
    assert closed == [False, True, False, True]


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://Pay.Example:443/", "https://pay.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://pay.example/below/", "https://pay.example/below"),
    ],
)
def test_the_address_is_the_one_that_will_be_called(url: str, base: str) -> None:
    """In the form in which it goes over the wire, since it may be signed."""
    assert SignedClient(url, app_id="1", secret=SECRET).base_url == base


@pytest.mark.parametrize(
    ("amount", "text"),
    [("10.50", "10.50"), (Money(1050, "USD"), "10.50"), (Money(1050, "JPY"), "1050"), (Money(1050, "KWD"), "1.050")],
)
def test_amounts_are_money_or_text(amount: Money | str, text: str) -> None:
    assert decimal_text(amount) == text


@pytest.mark.parametrize("amount", [10.5, 10, None])
def test_a_number_is_no_amount(amount: Any) -> None:
    """A float has lost the amount before anybody looks; a bare integer could mean cents."""
    with pytest.raises(TypeError):
        decimal_text(amount)
    with pytest.raises(TypeError):
        ChannelClient("https://a.example", merchant_id="1", access_key=SECRET).create_credit(
            CreditOrder(amount=amount, source_no="1")
        )
    with pytest.raises(TypeError):
        GatewayClient("https://a.example", app_id="1", secret=SECRET).refund(
            RefundOrder(amount=amount, client_ip="::1", order_no="order-1", reason="x", refund_number="1")
        )


@pytest.mark.parametrize(
    "amount", ["", "ten", "1e3", "-1", "+1", "1,000", ".5", "5.", "NaN", "Infinity", "\uff11", " 1"]
)
def test_a_text_must_be_plain(amount: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        decimal_text(amount)
