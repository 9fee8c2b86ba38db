"""The `respCode` table (section 11): every code provoked from outside, its status, its words and what it leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import msgspec
import pytest

from polygate.assembly import House
from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import Line, LineDown, Transport
from polygate.core.cards import Secret
from polygate.operations.administer import allow_addresses, disable_app, set_merchant_enabled
from polygate.operations.credentials import issue_token
from polygate.operations.new_accounts import NewMerchant, create_app
from polygate.protocols.gateway.errors import Code
from tests.gateway_api.answers import ECHOED, check
from tests.gateway_api.payer import Payer
from tests.protocols.gateway.examples import BILLING, PRODUCT, THREE_DS_DATA, TRACKING
from tests.support.bodies import payment_body, refund_body
from tests.support.house import METHODS, Account, MovableClock, Shop, at_work, eventually, house_at
from tests.support.receiver import receiver

pytestmark = pytest.mark.anyio

ORDER: Final = "coded-1"
REQUESTS_PER_SECOND: Final = 20

TOLD_ELSEWHERE: Final = {"3009": "on the hosted page", "4012": "by notification: the payer cancels, nobody asks us"}


class Scene(NamedTuple):
    """A merchant with two apps: one provokes, the other looks on and is not affected."""

    shop: Shop
    witness: Shop
    clock: MovableClock
    database: Path

    async def seen(self) -> dict[str, Any]:
        """What a query says of the order."""
        await self.witness.sign_in()
        return await self.witness.query(ORDER)


Arrange = Callable[[Scene], Awaitable[dict[str, str] | None]]
"""What happens before; it may return numbers of the gateway's that the request then names."""


class Case(NamedTuple):
    code: str
    what: str
    path: str
    body: Any
    arrange: Arrange | None = None
    names: str = ""
    """The field that `respMsg` begins with."""
    options: Mapping[str, Any] = {}
    """Of the request, besides its body."""
    times: int = 1


@pytest.fixture
async def house(tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    async with house_at(tmp_path / "house.db", clock, requests_per_second=REQUESTS_PER_SECOND) as house:
        yield house


@pytest.fixture
async def scene(shop: Shop, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Scene]:
    second = await create_app(shop.house.context, shop.merchant, name="Witness", methods=METHODS)
    token = await issue_token(shop.house.context, second.app)
    account = Account(NewMerchant(shop.merchant, Secret(""), Secret("")), second, token.reveal())
    witness = Shop(shop.house, account, check=check)
    async with witness.http:
        yield Scene(shop, witness, clock, tmp_path / "house.db")


def paid(**changes: Any) -> Arrange:
    """The order is there: paid by card unless something else is said."""

    async def arrange(scene: Scene) -> None:
        await scene.shop.pay(ORDER, **changes)

    return arrange


def asked(path: str, body: Any, after: Arrange | None = None) -> Arrange:
    """Something was asked for before, successfully."""

    async def arrange(scene: Scene) -> None:
        if after is not None:
            await after(scene)
        assert await scene.shop.code(path, body) == "0000"

    return arrange


def aged(after: Arrange, **span: float) -> Arrange:
    """Time has passed since, and a new token was had."""

    async def arrange(scene: Scene) -> None:
        await after(scene)
        scene.clock.move(**span)
        await scene.shop.sign_in()

    return arrange


async def an_hour_passed(scene: Scene) -> None:
    scene.clock.move(hours=1)


async def app_disabled(scene: Scene) -> None:
    await disable_app(scene.shop.house.context.store, scene.shop.app)


async def caller_elsewhere(scene: Scene) -> None:
    await allow_addresses(scene.shop.house.context.store, scene.shop.app, ("203.0.113.0/24", "2001:db8::/32"))


async def another_order(scene: Scene) -> dict[str, str]:
    await scene.shop.pay(ORDER)
    return {"tradeNo": (await scene.shop.pay("coded-2"))["tradeNo"]}


async def card_kept(scene: Scene) -> dict[str, str]:
    kept = await scene.shop.pay("coded-2", billing=BILLING)
    return {"transactionIdentifier": kept["transactionIdentifier"]}


async def order_damaged(scene: Scene) -> None:
    """Somebody deleted what the order was made of: the program cannot explain that."""
    await scene.shop.pay(ORDER)
    with sqlite3.connect(scene.database) as damaged:
        damaged.execute("DELETE FROM order_details")


async def store_closed(scene: Scene) -> None:
    """The database takes no writes any more."""
    database = scene.shop.house.context.store._database
    await database._writer.close()  # type: ignore[attr-defined]


def pay(code: str, what: str, names: str = "", arrange: Arrange | None = None, **changes: Any) -> Case:
    return Case(code, what, "payment", payment_body(ORDER, **changes), arrange, names)


def wechat(code: str, what: str, names: str = "", *, currency: str = "HKD", **fields: str) -> Case:
    return pay(code, what, names, card=None, currency=currency, paymentMethodType="wechat", wechat=fields)


LOOK: Final = {"orderNo": ORDER}
CAPTURE: Final = LOOK | {"captureAmount": "100.00"}
REFUND: Final = refund_body(ORDER, "R-1", "1.00")
TRACK: Final = TRACKING | LOOK
UNTRACK: Final = LOOK | {
    "trackingNo": TRACKING["trackingNo"],
    "iterms": [{"op": "replace", "path": "/status", "value": "CANCELLED"}],
}
CARD: Final = payment_body(ORDER)["card"]
MIT: Final = {name: value for name, value in payment_body(ORDER, billing=BILLING).items() if name != "deviceInfo"}
AGAIN: Final = {"amount": "1.00", "orderNo": ORDER, "expiryMonth": "12", "expiryYear": "2035"}

TABLE: Final = [
    pay("0000", "a payment"),
    Case("1001", "an unknown app", "connect/token", {"appId": "1", "secret": "x"}),
    Case("1002", "no token", "payment", payment_body(ORDER), options={"headers": {}}),
    Case("1003", "an unknown token", "payment", payment_body(ORDER), options={"headers": {"Authorization": "at_x"}}),
    pay("1004", "an old token", arrange=an_hour_passed),
    pay("1005", "a disabled app", arrange=app_disabled),
    pay("1006", "a method the app may not take", "paymentMethodType", paymentMethodType="paypal"),
    Case("1006", "a charge without the payer by an app that may not", "mitPayment", MIT),
    pay("1007", "a caller from elsewhere", arrange=caller_elsewhere),
    pay("2001", "an array for an object", "card", card=[]),
    Case("2001", "no JSON", "payment", None, options={"content": b"{"}),
    pay("2002", "no currency", "currency", currency=None),
    pay("2002", "no name on the card", "card.firstName", card=CARD | {"firstName": ""}),
    Case("2002", "no reason for a refund", "refund", REFUND | {"reason": None}, paid(), "reason"),
    wechat("2002", "a mini program without its user", "wechat.openId", productType="mini-program"),
    pay("2003", "a long description", "description", description="x" * 51),
    Case(
        "2003", "a date that is none", "shipping/tracking", TRACK | {"shipmentDate": "tomorrow"}, paid(), "shipmentDate"
    ),
    pay("2004", "an unknown mode", "threeDsMode", threeDsMode="no、auto、standard"),
    wechat("2004", "an unknown product", "wechat.productType", productType="carrier-pigeon"),
    pay("2005", "nothing", "amount", amount="0"),
    Case("2005", "an exponent", "capture", CAPTURE | {"captureAmount": "1e2"}, paid(capture="manual"), "captureAmount"),
    pay("2006", "a currency nobody has", "currency", currency="XXX"),
    wechat("2006", "a currency the wallet does not take", "currency", currency="EUR", productType="qr-code"),
    pay("2007", "a slip in the number", "card.cardNo", card_no="4444333322221112"),
    pay("2008", "an old card", "card.expiryMonth", card=CARD | {"expiryYear": "2020"}),
    pay("2009", "a path for a URL", "frontUrl", frontUrl="done"),
    Case("2010", "no order", "query", {}, names="orderNo"),
    pay("2011", "no card", "card", card=None),
    pay("2012", "too many products", "productInfo", productInfo=[PRODUCT] * 201),
    Case("2012", "no parcel", "shipping/tracking-batch", []),
    Case("3001", "nobody's order", "query", LOOK),
    pay("3002", "the same order", arrange=paid()),
    Case("3003", "two orders", "query", LOOK, another_order),
    Case("3004", "a capture of what is captured at once", "capture", CAPTURE, paid()),
    Case("3005", "a capture of more", "capture", CAPTURE | {"captureAmount": "100.01"}, paid(capture="manual")),
    Case(
        "3006",
        "a second capture",
        "capture",
        CAPTURE | {"captureAmount": "40.00"},
        asked("capture", CAPTURE | {"captureAmount": "60"}, paid(capture="manual")),
    ),
    Case("3007", "a capture after a week", "capture", CAPTURE, aged(paid(capture="manual"), days=7)),
    Case("3008", "a void of what was paid", "cancel", LOOK, paid()),
    Case("3010", "a refund of what was not captured", "refund", REFUND, paid(capture="manual")),
    Case("3011", "a refund of more", "refund", REFUND | {"amount": "100.01"}, paid()),
    Case(
        "3012", "another refund of one number", "refund", REFUND | {"amount": "2.00"}, asked("refund", REFUND, paid())
    ),
    Case("3013", "a refund after a year", "refund", REFUND, aged(paid(), days=365)),
    Case("3014", "no refund", "refundQuery", LOOK, paid()),
    Case("3020", "a parcel of what was declined", "shipping/tracking", TRACK, paid(card_no="4000000000000002")),
    Case("3021", "an unknown parcel", "shipping/tracking-modify", UNTRACK, paid()),
    Case(
        "3022",
        "another parcel of one number",
        "shipping/tracking",
        TRACK | {"carrier": "Fedex"},
        asked("shipping/tracking", TRACK, paid()),
    ),
    Case(
        "3023",
        "a delivered parcel canceled",
        "shipping/tracking-modify",
        UNTRACK,
        asked("shipping/tracking", TRACK | {"shippingStatus": "DELIVERED"}, paid()),
    ),
    Case("3030", "a card nobody kept", "subscriptionPayment", AGAIN | {"transactionIdentifier": "1" * 33}),
    Case(
        "3031",
        "another card than the one kept",
        "subscriptionPayment",
        AGAIN | {"cardNo": "5555555555554444"},
        card_kept,
    ),
    pay("4001", "a declined card", card_no="4000000000000002"),
    pay("4002", "an empty account", card_no="4000000000009995"),
    pay("4003", "an expired card", card_no="4000000000000069"),
    pay("4004", "a wrong security code", cvc="000"),
    pay("4005", "a stolen card", card_no="4000000000009987"),
    pay("4006", "a card not permitted here", card_no="4000000000000077"),
    pay("4007", "a card over its limit", card_no="4000000000006975"),
    pay("4008", "a failed 3-D Secure", threeDsData=THREE_DS_DATA | {"authenticationResultCode": "N"}),
    pay("4009", "an issuer that insists", card_no="4000000000003220", threeDsMode="no"),
    pay("4010", "a risky card", card_no="4100000000000019", fraudMode="Y"),
    pay("4011", "a wrong address", card_no="4000000000000010"),
    wechat("4013", "an old code", productType="pay", authCode="120061098828009499"),
    pay("4014", "a silent bank", card_no="4000000000000093"),
    Case("9001", "a damaged order", "query", LOOK, order_damaged),
    pay("9002", "a silent acquirer", card_no="4000000000000119"),
    pay("9003", "a closed store", arrange=store_closed),
    Case("9404", "an unknown path", "nothing/here", {}),
    Case("9405", "another method", "query", LOOK, options={"method": "PUT"}),
    Case("9413", "a huge body", "query", {"orderNo": "x" * 1024 * 1024}),
    Case("9415", "a form", "query", None, options={"data": LOOK}),
    Case("9429", "a flood", "query", LOOK, times=REQUESTS_PER_SECOND * 2 + 1),
]


def test_no_code_is_missing() -> None:
    assert {case.code for case in TABLE} | set(TOLD_ELSEWHERE) == {code.code for code in Code}


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case.code} {case.what}")
async def test_a_code_is_answered_where_the_table_says(scene: Scene, case: Case) -> None:
    """With its HTTP status and the fields of such an answer, which the client checks by itself.

    1xxx to 3xxx leave everything as it was, and an order number that was free stays so; 4xxx leave an order that
    failed and took its number.
    """
    known = await case.arrange(scene) if case.arrange else None
    refused = case.code[0] in "123"
    before = await scene.seen() if refused else {}
    response, body = await provoked(scene, case, known)
    answer = response.json()
    assert answer["respCode"] == case.code, answer["respMsg"]
    if case.names:
        assert answer["respMsg"].partition(":")[0].partition(" ")[0] == case.names
    if response.status_code == 200 and case.code[0] in "23" and isinstance(body, dict):
        check_echoes(case.path, body, answer)
    if refused and case.code != "3007":
        assert await scene.seen() == before
        if before["respCode"] == "3001":
            assert (await scene.witness.pay(ORDER))["respCode"] == "0000"
    if case.code[0] == "4":
        after = (await scene.seen())["order"]
        assert (answer["orderStatus"], after["orderStatus"]) == ("failed", "failed")
        assert (answer["tradeNo"], answer["desc"]) == (after["tradeNo"], after["orderStatusDesc"])
        assert (await scene.witness.pay(ORDER))["respCode"] == "3002"


async def provoked(scene: Scene, case: Case, known: dict[str, str] | None) -> tuple[httpx.Response, Any]:
    """The last answer, and the body that was sent."""
    body = case.body | known if known else case.body
    for _ in range(case.times - 1):
        await scene.shop.ask(case.path, body, **case.options)
    return await scene.shop.ask(case.path, body, **case.options), body


def check_echoes(path: str, body: dict[str, Any], answer: dict[str, Any]) -> None:
    """Section 1.3: what the request said, else nothing."""
    sources = {"amount": "captureAmount" if path == "capture" else "amount", "refundOrderNo": "refundNumber"}
    for name in ECHOED[path] - {"respCode", "respMsg", "mercId", "trackings"}:
        assert answer[name] == (body.get(sources.get(name, name)) or ""), name


async def test_a_capture_that_comes_too_late_releases_the_amount(scene: Scene) -> None:
    """Of the refusals only 3007 changes something: the order becomes `canceled`, as the contract says."""
    await aged(paid(capture="manual"), days=7)(scene)
    assert await scene.shop.code("capture", CAPTURE) == "3007"
    assert (await scene.seen())["order"]["orderStatus"] == "canceled"


async def test_3009_a_closed_session_is_told_on_its_page(scene: Scene) -> None:
    """Nothing can be paid there any more, and the API's own word for a repeat is 3002."""
    order = {"amount": "5.00", "currency": "USD", "orderNo": ORDER, "expiryTime": "1"}
    opened = await scene.shop.call("cashier/order", order)
    scene.clock.move(minutes=1)
    payer = Payer(scene.shop.house)
    page = await payer.pay(opened["redirectUrl"], "4444333322221111")
    assert (page.status_code, 'name="card_number"' in page.text) == (200, False)
    assert (await scene.seen())["order"]["orderStatus"] == "expired"
    assert await scene.shop.code("cashier/order", order) == "3002"


async def test_4012_a_payer_who_cancels_is_told_by_notification(scene: Scene) -> None:
    """`canceled`, with a `tradeNo`, and the reason in the query too."""
    with receiver() as merchant:
        async with at_work(scene.shop.house):
            waiting = await scene.shop.pay(
                ORDER,
                card_no="4000000000003220",
                frontUrl="https://shop.example.com/",
                notificationUrl=merchant.url,
            )
            await Payer(scene.shop.house).answer(waiting["payUrl"], "cancel")

            async def told() -> dict[str, Any] | None:
                bodies = [msgspec.json.decode(each.raw) for each in merchant.received]
                return next(iter(bodies), None)

            body = await eventually(told)
    assert body is not None
    assert (body["respCode"], body["orderStatus"], body["tradeNo"]) == ("4012", "canceled", waiting["tradeNo"])
    order = (await scene.seen())["order"]
    assert (order["orderStatus"], order["orderStatusDesc"]) == ("canceled", "canceled by the payer")


@pytest.mark.parametrize("case", [case for case in TABLE if case.code in {"9003", "9429"}], ids=lambda case: case.code)
async def test_who_may_come_back_is_told_when(scene: Scene, case: Case) -> None:
    """`Retry-After`, in seconds."""
    if case.arrange is not None:
        await case.arrange(scene)
    response, _ = await provoked(scene, case, None)
    assert int(response.headers["retry-after"]) >= 1


async def speechless(_: Ask) -> Answer:
    return Answer(200, {"status": "a word nobody has met before"})


async def unreachable(_: Ask) -> Answer:
    raise LineDown


@pytest.mark.parametrize(("line", "told"), [(speechless, ("9002", "pending")), (unreachable, ("4014", "failed"))])
async def test_what_was_not_understood_is_in_doubt_and_what_was_not_sent_has_failed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, line: Line, told: tuple[str, str]
) -> None:
    """An acquirer that answers in unknown words may have charged the card; one that never heard of it has not."""
    monkeypatch.setattr(scene.shop.house.context, "transport", Transport({"sandbox": line}))
    paid = await scene.shop.pay(ORDER)
    assert (paid["respCode"], paid["orderStatus"]) == told


async def test_an_internal_fault_tells_nothing(scene: Scene) -> None:
    """A plain apology; what went wrong stays in the log."""
    await order_damaged(scene)
    response = await scene.shop.ask("query", LOOK)
    assert (response.status_code, response.json()) == (500, {"respCode": "9001", "respMsg": "internal error"})


async def test_a_disabled_merchant_is_1005_too(scene: Scene) -> None:
    """For each of its apps, until it is enabled again."""
    store = scene.shop.house.context.store
    merchant = await set_merchant_enabled(store, scene.shop.merchant, enabled=False)
    assert [await shop.code("query", LOOK) for shop in (scene.shop, scene.witness)] == ["1005", "1005"]
    assert await scene.witness.code("connect/token", scene.witness.credentials) == "1005"
    await set_merchant_enabled(store, merchant, enabled=True)
    assert await scene.shop.code("query", LOOK) == "3001"
