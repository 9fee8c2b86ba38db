"""The `respCode` table (section 11): every code that can be reached, provoked through the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import LineDown, Transport
from polygate.core.outcomes import Decline
from polygate.protocols.gateway.errors import Code
from polygate.store.contract import Change, Update
from tests.protocols.gateway.examples import PRODUCT, THREE_DS_DATA
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop

pytestmark = pytest.mark.anyio

NOT_HERE = {
    "1007": "no list of caller addresses yet",
    "3009": "told on the hosted page, never by this API: a repeat is 3002",
    "4012": "the payer is gone by then; see the 3-D Secure tests for the query and the notification",
    "9429": "no rate limit yet",
} | dict.fromkeys(
    ["3020", "3021", "3022", "3023", "3030", "3031", "4013"], "belongs to shipping, stored cards and wallets"
)

Provoke = Callable[[Shop, MovableClock, pytest.MonkeyPatch], Awaitable[Any]]


def sending(path: str, body: dict[str, Any], **options: Any) -> Provoke:
    async def provoke(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
        return await shop.ask(path, body, **options)

    return provoke


def paying(**changes: Any) -> Provoke:
    return sending("payment", payment_body("coded-1", **changes))


def after_paying(path: str, body: dict[str, Any], **changes: Any) -> Provoke:
    async def provoke(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
        await shop.pay("coded-1", **changes)
        return await shop.ask(path, {"orderNo": "coded-1"} | body)

    return provoke


def answered(**body: Any) -> Provoke:
    """Pay while the acquirer answers this."""

    async def line(_: Ask) -> Answer:
        return Answer(200, body)

    return over(line)


def over(line: Callable[[Ask], Awaitable[Answer]]) -> Provoke:
    async def provoke(shop: Shop, _: MovableClock, patch: pytest.MonkeyPatch) -> Any:
        patch.setattr(shop.house.context, "transport", Transport({"sandbox": line}))
        return await shop.ask("payment", payment_body("coded-1"))

    return provoke


async def line_down(_: Ask) -> Answer:
    raise LineDown


async def expired_token(shop: Shop, clock: MovableClock, _: pytest.MonkeyPatch) -> Any:
    clock.move(hours=1)
    return await shop.ask("query", {"orderNo": "coded-1"})


async def as_xml(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
    return await shop.ask("query", LOOK, headers={"Authorization": shop.token, "Content-Type": "text/xml"})


async def disabled_app(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
    app = msgspec.structs.replace(shop.app, enabled=False, version=shop.app.version + 1)
    await shop.house.context.store.submit(Change((Update(app),)))
    return await shop.ask("query", {"orderNo": "coded-1"})


async def too_late(shop: Shop, clock: MovableClock, days: int, path: str, **body: str) -> Any:
    paid = await shop.pay("coded-1", capture="manual" if path == "capture" else "auto")
    clock.move(days=days)
    await shop.sign_in()
    return await shop.ask(path, {"tradeNo": paid["tradeNo"], **body})


async def late_capture(shop: Shop, clock: MovableClock, _: pytest.MonkeyPatch) -> Any:
    return await too_late(shop, clock, 7, "capture", captureAmount="1.00")


async def late_refund(shop: Shop, clock: MovableClock, _: pytest.MonkeyPatch) -> Any:
    return await too_late(shop, clock, 365, "refund", **REFUND)


async def two_orders(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
    await shop.pay("coded-1")
    other = await shop.pay("coded-2")
    return await shop.ask("query", {"orderNo": "coded-1", "tradeNo": other["tradeNo"]})


async def second_capture(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
    await shop.pay("coded-1", capture="manual")
    await shop.call("capture", {"orderNo": "coded-1", "captureAmount": "60"})
    return await shop.ask("capture", {"orderNo": "coded-1", "captureAmount": "40"})


async def second_refund(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
    await shop.pay("coded-1")
    await shop.refund("coded-1", "R", "1.00")
    return await shop.ask("refund", {"orderNo": "coded-1", **REFUND, "amount": "2.00"})


async def broken_row(shop: Shop, _: MovableClock, patch: pytest.MonkeyPatch) -> Any:
    """A bug of ours: what the order was made of is not there."""

    async def nothing(*_: object) -> None:
        return None

    await shop.pay("coded-1")
    patch.setattr(shop.house.context.reads, "order_details", nothing)
    return await shop.ask("query", {"orderNo": "coded-1"})


async def closed_store(shop: Shop, _: MovableClock, __: pytest.MonkeyPatch) -> Any:
    """The database takes no writes any more."""
    database = shop.house.context.store._database
    await database._writer.close()  # type: ignore[attr-defined]
    return await shop.ask("payment", payment_body("coded-1"))


REFUND = {"amount": "1.00", "clientIp": "::1", "reason": "x", "refundNumber": "R"}
LOOK = {"orderNo": "coded-1"}
CARD = payment_body("coded-1")["card"]

TABLE: dict[str, Provoke] = {
    "0000": paying(),
    "1001": sending("connect/token", {"appId": "1", "secret": "x"}),
    "1002": sending("query", LOOK, headers={}),
    "1003": sending("query", LOOK, headers={"Authorization": "at_unknown"}),
    "1004": expired_token,
    "1005": disabled_app,
    "1006": paying(paymentMethodType="paypal"),
    "2001": paying(card=[]),
    "2002": paying(currency=None),
    "2003": paying(description="x" * 51),
    "2004": paying(threeDsMode="perhaps"),
    "2005": paying(amount="0"),
    "2006": paying(currency="XXX"),
    "2007": paying(card_no="4444333322221112"),
    "2008": paying(card=CARD | {"expiryYear": "2020"}),
    "2009": paying(frontUrl="done"),
    "2010": sending("query", {}),
    "2011": paying(card=None),
    "2012": paying(productInfo=[PRODUCT] * 201),
    "3001": sending("query", LOOK),
    "3002": after_paying("payment", payment_body("coded-1")),
    "3003": two_orders,
    "3004": after_paying("capture", {"captureAmount": "1"}),
    "3005": after_paying("capture", {"captureAmount": "100.01"}, capture="manual"),
    "3006": second_capture,
    "3007": late_capture,
    "3008": after_paying("cancel", {}),
    "3010": after_paying("refund", REFUND, capture="manual"),
    "3011": after_paying("refund", REFUND | {"amount": "100.01"}),
    "3012": second_refund,
    "3013": late_refund,
    "3014": after_paying("refundQuery", {}),
    "4001": paying(card_no="4000000000000002"),
    "4002": paying(card_no="4000000000009995"),
    "4003": paying(card_no="4000000000000069"),
    "4004": paying(cvc="000"),
    "4005": paying(card_no="4000000000009987"),
    "4006": answered(status="declined", reason=Decline.NOT_PERMITTED),
    "4007": answered(status="declined", reason=Decline.OVER_LIMIT),
    "4008": paying(threeDsData=THREE_DS_DATA | {"authenticationResultCode": "N"}),
    "4009": paying(card_no="4000000000003220", threeDsMode="no"),
    "4010": paying(card_no="4100000000000019", fraudMode="Y"),
    "4011": answered(status="declined", reason=Decline.ADDRESS_MISMATCH),
    "4014": over(line_down),
    "9001": broken_row,
    "9002": answered(status="a word nobody has met before"),
    "9003": closed_store,
    "9404": sending("nothing/here", {}),
    "9405": sending("query", LOOK, method="PUT"),
    "9413": sending("query", {"orderNo": "x" * 1024 * 1024}),
    "9415": as_xml,
}


def test_every_code_is_in_the_table_or_says_why_not() -> None:
    assert {code.code for code in Code} == set(TABLE) | set(NOT_HERE)


@pytest.mark.parametrize("code", TABLE)
async def test_a_code_can_be_provoked(
    shop: Shop, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """With its HTTP status and the fields of such an answer, which the client checks by itself.

    1xxx, 2xxx, 3xxx and 9xxx leave no new order behind; 4xxx leaves one that failed, 9002 one that is pending.
    """
    response = await TABLE[code](shop, clock, monkeypatch)
    assert response.json()["respCode"] == code
    orders = await shop.house.context.store.fetch("SELECT order_no, state FROM payments WHERE order_no = 'coded-1'")
    match code[0], code:
        case "4", _:
            assert orders == [("coded-1", "failed")]
        case _, "9002":
            assert orders == [("coded-1", "pending")]
        case _ if TABLE[code].__qualname__.startswith(("paying", "sending")) and code != "0000":
            assert orders == []


@pytest.mark.parametrize("retried", ["9003"])
async def test_a_store_that_takes_nothing_says_when_to_come_back(
    shop: Shop, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, retried: str
) -> None:
    """HTTP 503 with `Retry-After`."""
    response = await TABLE[retried](shop, clock, monkeypatch)
    assert int(response.headers["retry-after"]) >= 1


async def test_an_internal_fault_tells_nothing(
    shop: Shop, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP 500 with a plain apology; what went wrong stays in the log."""
    response = await broken_row(shop, clock, monkeypatch)
    assert (response.status_code, response.json()) == (500, {"respCode": "9001", "respMsg": "internal error"})
