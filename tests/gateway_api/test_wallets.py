"""Wallets, from the merchant's request to the books: every method in each of its ways, and every way it can end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from polygate.assembly import House
from polygate.assembly.doctor import examine
from polygate.assembly.sandbox_book import StoredBook
from polygate.connectors.sandbox import SandboxAcquirer
from polygate.connectors.sandbox.book import Choice
from polygate.core.cards import Secret
from polygate.core.emv_qr import parse, text_at
from polygate.core.ids import PaymentId
from polygate.core.methods import PRODUCTS, Method, Product
from polygate.operations.charging import WalletCharge
from polygate.operations.take_payment import pay_open_payment
from polygate.protocols.gateway.methods import WALLET_METHODS
from polygate.protocols.gateway.webhook import write
from tests.core.tables import Row, table
from tests.gateway_api.answers import check
from tests.gateway_api.payer import Payer
from tests.support.books import Books
from tests.support.house import MASTER_KEY, MovableClock, Shop, all_asked, eventually, move, open_account

pytestmark = pytest.mark.anyio

FRONT_URL: Final = "https://shop.example/done?basket=7"
CODE: Final = "120061098828009406"


class Unwatched:
    """Nobody looks at how far the doctor is."""

    def expect(self, rows: int) -> None: ...
    def begin(self, check: str) -> None: ...
    def advance(self, rows: int) -> None: ...


@pytest.fixture
async def shop(working: House, clock: MovableClock) -> AsyncIterator[Shop]:
    """A merchant who takes everything. Afterwards nothing is in doubt, the books are right and the doctor says so."""
    account = await open_account(working, "Wallet Shop", methods=tuple(Method))
    shop = Shop(working, account, check=check)
    async with shop.http:
        yield shop
        books = Books(working.settings.database_url)

        async def settled() -> bool:
            move(working, clock, seconds=1)
            overdue = "SELECT 1 FROM attempts WHERE due_ms > 0 AND due_ms <= ?"
            return books.in_doubt() == books.rows(overdue, clock.now_ms) == []

        await eventually(settled)
        books.audit()
        findings = await examine(working.settings.database_url, Secret(MASTER_KEY), Unwatched(), clock=clock)
        assert [finding for finding in findings if not finding.holds] == []


@pytest.fixture
def payer(working: House) -> Payer:
    return Payer(working)


def order(order_no: str, method: str = "wechat", wallet: Any = None, **changes: Any) -> dict[str, Any]:
    """A wallet payment of 88.00; `wallet` is the method's own object."""
    body = {
        "amount": "88.00",
        "currency": "SGD",
        "orderNo": order_no,
        "paymentMethodType": method,
        "deviceInfo": {"clientIp": "203.0.113.9", "language": "en-US", "browser": {"userAgent": "Test/1"}},
    }
    return body | ({} if wallet is None else {method: wallet}) | changes


async def pay(shop: Shop, order_no: str, method: str = "wechat", wallet: Any = None, **changes: Any) -> dict[str, Any]:
    return await shop.call("payment", order(order_no, method, wallet, **changes))


async def pay_unheard(house: House, order_no: str) -> None:
    """The payer pays in the wallet, and the news of it gets lost."""
    books = Books(house.settings.database_url)
    (entry,) = books.charges(order_no)
    deaf = SandboxAcquirer(StoredBook(house.context.store), house.context.clock)
    paid = await deaf.choose(entry["merchant_id"], entry["attempt_id"], entry["key"], Choice.PASS)
    assert paid is not None
    assert paid.payer_choice == Choice.PASS


async def told(shop: Shop, order_no: str) -> list[dict[str, Any]]:
    """The bodies of the notifications about an order, oldest first."""
    number = Books(shop.house.settings.database_url).payment(order_no)["payment_id"]
    webhooks = await shop.house.context.reads.webhooks(shop.merchant.merchant_id, number)
    return [msgspec.json.decode(write(webhook, shop.merchant)) for webhook in webhooks]


WAYS: Final = """
    # method       productType    event      further
      wechat       qr-code        QRCODE     -
      wechat       pay            SDK        openId
      wechat       in-app         SDK        -
      wechat       mini-program   SDK        openId,subAppId
      wechat       h5             REDIRECT   -
      alipay       qr-code        QRCODE     -
      alipay       pay            SDK        openId
      alipay       in-app         SDK        subAppId
      alipay       mini-program   SDK        openId,subAppId
      alipay       h5             REDIRECT   -
      alipayPlus   qr-code        QRCODE     -
      alipayPlus   pay            SDK        openId
      alipayPlus   in-app         SDK        -
      alipayPlus   mini-program   SDK        openId,subAppId
      alipayPlus   h5             REDIRECT   -
      upay         qr-code        QRCODE     -
      payNow       qr-code        QRCODE     -
      grabPay      qr-code        QRCODE     -
      grabPay      h5             REDIRECT   -
      shopeePay    qr-code        QRCODE     -
      shopeePay    h5             REDIRECT   -
      paypal       qr-code        REDIRECT   -          # Both of its products redirect.
      paypal       h5             REDIRECT   -
      applePay     h5             REDIRECT   -
      googlePay    h5             REDIRECT   -
"""


def test_every_way_is_listed() -> None:
    """All but `pay` at UnionPay, which is only for scanned codes."""
    listed = {(row.method, row.productType) for row in table(WAYS)}
    assert listed | {("upay", "pay")} == {(str(m), str(p)) for m in WALLET_METHODS for p in PRODUCTS[m]}


@pytest.mark.parametrize("row", table(WAYS), ids=str)
async def test_each_method_is_paid_in_each_of_its_ways(shop: Shop, payer: Payer, row: Row) -> None:
    """Pending with somewhere to go; once the payer has paid there, done, told, and found by a query."""
    wallet = {"productType": row.productType} | {name: "x1" for name in row.further.split(",") if name != "-"}
    answer = await pay(shop, "wallet-1", row.method, wallet, frontUrl=FRONT_URL, threeDsMode="standard")

    assert (answer["respCode"], answer["respMsg"]) == ("0000", "payer action required")
    assert (answer["orderStatus"], answer["lastEvent"]) == ("pending", row.event)
    pending = (await shop.query("wallet-1"))["order"]
    assert (pending["orderStatus"], pending["brand"]) == ("pending", row.method)
    assert await told(shop, "wallet-1") == []

    at_wallet = answer["payUrl"]
    if row.method == "payNow":
        assert text_at(parse(at_wallet), "54") == "88.00"
        at_wallet = (await shop.http.post("/sandbox/scan", data={"code": at_wallet})).headers["location"]
    back = await payer.answer(at_wallet, "pass")
    assert back.startswith(FRONT_URL)
    assert dict(parse_qsl(urlsplit(back).query))["status"] == "successed"

    found = await shop.query("wallet-1")
    assert "extend" not in found
    assert {name: found["order"][name] for name in ("orderStatus", "brand", "paymentMethodType")} == {
        "orderStatus": "successed",
        "brand": row.method,
        "paymentMethodType": row.method,
    }
    (entry,) = Books(shop.house.settings.database_url).charges("wallet-1")
    assert found["order"]["payNo"] == entry["reference"]
    assert found["order"]["payName"].startswith("Wallet user ")
    (body,) = await told(shop, "wallet-1")
    assert {name: body[name] for name in ("paymentMethodType", "orderStatus", "lastEvent", "amount", "respCode")} == {
        "paymentMethodType": row.method,
        "orderStatus": "successed",
        "lastEvent": "CAPTURED",
        "amount": "88.00",
        "respCode": "0000",
    }


ENDS: Final = """
    # choice   status     code   query
      fail     failed     4001   no_reason_given
      cancel   canceled   4012   canceled_by_the_payer
"""


@pytest.mark.parametrize("method", [str(method) for method in WALLET_METHODS])
@pytest.mark.parametrize("row", table(ENDS), ids=str)
async def test_each_method_can_fail_and_be_canceled(shop: Shop, payer: Payer, method: str, row: Row) -> None:
    """The payer is sent back and the merchant told, with the reason."""
    answer = await pay(shop, "wallet-1", method, frontUrl=FRONT_URL)
    at_wallet = answer["payUrl"]
    if method == "payNow":
        at_wallet = (await shop.http.post("/sandbox/scan", data={"code": at_wallet})).headers["location"]
    back = dict(parse_qsl(urlsplit(await payer.answer(at_wallet, row.choice)).query))

    assert (back["status"], back["orderNo"], back["amount"]) == (row.status, "wallet-1", "88.00")
    found = (await shop.query("wallet-1"))["order"]
    assert (found["orderStatus"], found["orderStatusDesc"].replace(" ", "_")) == (row.status, row.query)
    assert "payName" not in found
    (body,) = await told(shop, "wallet-1")
    assert (body["orderStatus"], body["respCode"]) == (row.status, row.code)


async def test_the_start_of_a_wallet_is_handed_over_whole(shop: Shop) -> None:
    """Text under each of the six names; a page where the payment can be finished."""
    answer = await pay(shop, "wallet-1", "wechat", {"productType": "mini-program", "openId": "o1", "subAppId": "wx1"})

    assert set(answer["payInfo"]) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert answer["payInfo"]["timeStamp"] == str(shop.house.context.clock() // 1_000)
    assert answer["payUrl"].startswith("http://gateway.test/q/")


CODES: Final = """
    # authCode               status      event      respCode
      120061098828009406     successed   CAPTURED   0000
      1234567890             successed   CAPTURED   0000
      120061098828009499     failed      REFUSED    4013
      120061098828009498     pending     WAIT       9002
"""


@pytest.mark.parametrize("method", ["wechat", "alipay", "alipayPlus", "upay", "upi"])
@pytest.mark.parametrize("row", table(CODES), ids=str)
async def test_a_scanned_code_decides_at_once(shop: Shop, clock: MovableClock, method: str, row: Row) -> None:
    """Or ten seconds later, for the one that the wallet has to think about. No page is involved."""
    wallet = {"productType": "pay", "authCode": row.authCode, "storeId": "P000001"}
    own = "upay" if method == "upi" else method
    answer = await pay(shop, "wallet-1", method, **{own: wallet})

    assert (answer["orderStatus"], answer["lastEvent"], answer["respCode"]) == (row.status, row.event, row.respCode)
    if row.status == "pending":
        await all_asked(shop.house)
        move(shop.house, clock, seconds=10)
        await shop.becomes("wallet-1", "successed")
    found = (await shop.query("wallet-1"))["order"]
    assert (found["brand"], found["paymentMethodType"]) == (own, own)


async def test_a_scanned_code_is_neither_kept_nor_shown(shop: Shop, payer: Payer) -> None:
    """In no table, in no answer; not even where it was of no use or wrong."""
    codes = {"wechat-1": CODE, "wechat-2": f"{CODE[:-2]}99", "wechat-3": "1234"}
    for order_no, code in codes.items():
        await pay(shop, order_no, "wechat", {"productType": "pay", "authCode": code})
    await pay(shop, "wechat-4", "wechat", {"productType": "qr-code", "authCode": CODE, "storeId": "P000001"})

    database = Path(shop.house.settings.database_url.removeprefix("sqlite:///"))
    kept = b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))
    assert b"P000001" in kept
    assert not [code for code in codes.values() if len(code) > 4 and code.encode() in kept]


NEEDS: Final = """
    # method       object                                                     code   field
      wechat       {"productType":"pay"}                                      2002   authCode
      wechat       {"productType":"pay","authCode":"","openId":null}          2002   authCode
      upay         {"productType":"pay"}                                      2002   authCode
      upay         {"productType":"pay","openId":"o1"}                        2002   authCode
      alipay       {"productType":"mini-program"}                             2002   openId
      alipay       {"productType":"mini-program","subAppId":"wx1"}            2002   openId
      alipay       {"productType":"mini-program","openId":"o1"}               2002   subAppId
      alipayPlus   {"productType":"PAY"}                                      2002   authCode
      alipay       {"productType":"pay","authCode":"123456789"}               2003   authCode
      upay         {"productType":"pay","authCode":"123456789"}               2003   authCode
      wechat       {"attach":"123456789012345678901234567890123456789012345678901"}   2003   attach
      wechat       {"storeId":"1234567890123456789012345678901"}              2003   storeId
      wechat       {"productType":"barcode"}                                  2004   productType
      upay         {"productType":"h5"}                                       2004   productType
      payNow       {"productType":"h5"}                                       2004   productType
      grabPay      {"productType":"pay"}                                      2004   productType
      applePay     {"productType":"qr-code"}                                  2004   productType
      wechat       "qr-code"                                                  2001   -
      wechat       ["qr-code"]                                                2001   -
"""


@pytest.mark.parametrize("row", table(NEEDS), ids=str)
async def test_what_a_way_needs_must_be_given(shop: Shop, row: Row) -> None:
    """The field is named, and the number stays free."""
    answer = await pay(shop, "wallet-1", row.method, msgspec.json.decode(row.object))

    named = f"{row.method}.{row.field}: " if row.field != "-" else f"{row.method}: "
    assert answer["respCode"] == row.code
    assert answer["respMsg"].startswith(named)
    assert await shop.code("query", {"orderNo": "wallet-1"}) == "3001"


TOLERATED: Final = """
    # method       object                                                event
      wechat       null                                                  QRCODE
      wechat       {}                                                    QRCODE
      wechat       {"productType":"QR-Code"}                             QRCODE
      wechat       {"productType":null,"unknown":[1]}                    QRCODE
      wechat       {"productType":"qr-code","authCode":"1"}              QRCODE
      upay         {}                                                    QRCODE
      payNow       null                                                  QRCODE
      grabPay      null                                                  QRCODE
      paypal       null                                                  REDIRECT
      applePay     null                                                  REDIRECT
      googlePay    {"token":{"signature":"x"}}                           REDIRECT
      paypal       {"metadata":"a,b"}                                    REDIRECT
      paypal       {"metadata":{"a":"b","c":1,"d":{"e":[true]}}}         REDIRECT
      paypal       {"metadata":[1,{"a":"b"}]}                            REDIRECT
      paypal       {"metadata":7}                                        REDIRECT
      paypal       {"metadata":false}                                    REDIRECT
"""


@pytest.mark.parametrize("row", table(TOLERATED), ids=str)
async def test_what_is_left_out_or_odd_is_tolerated(shop: Shop, row: Row) -> None:
    """A missing object or product means the usual one; data of the merchant's own may be anything."""
    answer = await pay(shop, "wallet-1", row.method, **{row.method: msgspec.json.decode(row.object)})
    assert (answer["respCode"], answer["lastEvent"]) == ("0000", row.event)


async def test_objects_of_other_methods_are_ignored(shop: Shop) -> None:
    """Even broken ones, and a card's number is not kept."""
    others = {"alipay": {"productType": "nonsense"}, "card": {"cardNo": "1"}, "paypal": "x", "upay": []}
    assert (await pay(shop, "wallet-1", "wechat", {}, **others))["lastEvent"] == "QRCODE"


LISTED: Final = """
    # method       taken                              not
      wechat       HKD,CNY,USD,SGD                    EUR
      alipay       HKD,CNY,USD,SGD                    MYR
      alipayPlus   HKD,USD,SGD,MYR,THB,PHP,KRW        CNY
      upay         HKD,CNY,USD,SGD                    JPY
      payNow       SGD                                USD
      grabPay      SGD,MYR                            HKD
      shopeePay    SGD,MYR,THB,PHP                    USD
      paypal       USD,EUR,JPY                        XXX
      applePay     USD,EUR,JPY                        XXX
      googlePay    USD,EUR,JPY                        XXX
"""


@pytest.mark.parametrize("row", table(LISTED), ids=str)
async def test_each_method_takes_its_currencies(shop: Shop, row: Row) -> None:
    """Others are refused before an order is made."""
    for currency in row.taken.split(","):
        answer = await pay(shop, f"wallet-{currency}", row.method, currency=currency)
        assert answer["respCode"] == "0000"
    refused = await pay(shop, "wallet-no", row.method, currency=getattr(row, "not"))
    assert refused["respCode"] == "2006"
    assert await shop.code("query", {"orderNo": "wallet-no"}) == "3001"


async def test_no_method_takes_more_than_it_can(shop: Shop) -> None:
    """A cent more than banks transfer at once is no amount for PayNow, though it is one for other wallets."""
    answer = await pay(shop, "wallet-much", "payNow", currency="SGD", amount="200000.01")
    assert answer["respCode"] == "2005"
    assert await shop.code("query", {"orderNo": "wallet-much"}) == "3001"
    for method, amount in (("payNow", "200000.00"), ("grabPay", "200000.01")):
        assert (await pay(shop, f"wallet-{method}", method, currency="SGD", amount=amount))["respCode"] == "0000"


async def test_a_method_the_app_has_not_is_refused_before_its_currency_and_after_its_fields(shop: Shop) -> None:
    """Section 4.1: shape and formats first; an order in a wrong currency of a wrong method is told of the method."""
    account = await open_account(shop.house, "Card Shop", methods=("card",))
    other = Shop(shop.house, account, check=check)
    async with other.http:
        codes = [
            await other.code("payment", order("wallet-1", "payNow", currency="USD")),
            await other.code("payment", order("wallet-1", "payNow", {"productType": "h5"}, currency="USD")),
            await other.code("payment", order("wallet-1", "wechat", {"productType": "pay"})),
        ]
    assert codes == ["1006", "2004", "2002"]


async def test_a_number_is_used_once(shop: Shop, payer: Payer) -> None:
    """A repeat is refused, and the first payment goes on."""
    first = await pay(shop, "wallet-1")
    assert (await pay(shop, "wallet-1"))["respCode"] == "3002"
    assert (await pay(shop, "wallet-1", "alipay", {"productType": "pay", "authCode": CODE}))["respCode"] == "3002"
    await payer.press(await payer.buttons(first["payUrl"]), "pass")
    assert await shop.status("wallet-1") == "successed"


async def test_the_merchants_own_data_comes_back_with_the_news(shop: Shop, payer: Payer) -> None:
    """For WeChat only, which alone has it."""
    wechat = await pay(shop, "wallet-1", "wechat", {"attach": "table 7"})
    alipay = await pay(shop, "wallet-2", "alipay", {"attach": "table 7"})
    for answer in (wechat, alipay):
        await payer.press(await payer.buttons(answer["payUrl"]), "pass")

    assert [body.get("attach") for body in await told(shop, "wallet-1")] == ["table 7"]
    assert ["attach" in body for body in await told(shop, "wallet-2")] == [False]


async def test_an_order_nobody_pays_expires(shop: Shop, payer: Payer, clock: MovableClock) -> None:
    """To the minute, and the merchant is told."""
    await pay(shop, "wallet-1", expiryTime="30")
    move(shop.house, clock, minutes=29, seconds=59)
    await all_asked(shop.house)
    assert await shop.status("wallet-1") == "pending"
    move(shop.house, clock, seconds=1)
    await shop.becomes("wallet-1", "expired")
    assert [body["orderStatus"] for body in await told(shop, "wallet-1")] == ["expired"]


async def test_a_payment_after_the_order_expired_counts(shop: Shop, payer: Payer, clock: MovableClock) -> None:
    """The wallet took the money: the order is successful after all, and both are told (section 5.1)."""
    answer = await pay(shop, "wallet-1", frontUrl=FRONT_URL, expiryTime="30")
    buttons = await payer.buttons(answer["payUrl"])
    move(shop.house, clock, minutes=31)
    await shop.becomes("wallet-1", "expired")

    back = await payer.press(buttons, "pass")
    assert "status=successed" in back.headers["location"]
    assert await shop.status("wallet-1") == "successed"
    bodies = await told(shop, "wallet-1")
    assert [(body["orderStatus"], body["respCode"]) for body in bodies] == [("expired", "0000"), ("successed", "0000")]
    assert len({body["notifyId"] for body in bodies}) == 2
    assert (await shop.refund("wallet-1", "r1", "88.00"))["refundStatus"] == "accepted"


async def test_a_payment_nobody_told_of_is_found_by_asking(shop: Shop, clock: MovableClock) -> None:
    """Neither a push nor the payer's return: the jobs ask."""
    await pay(shop, "wallet-1")
    await pay_unheard(shop.house, "wallet-1")
    assert await shop.status("wallet-1") == "pending"
    move(shop.house, clock, seconds=2)
    await shop.becomes("wallet-1", "successed")


async def test_a_payment_just_before_the_end_is_asked_after_at_the_end(shop: Shop, clock: MovableClock) -> None:
    """What was paid in time is never called expired, even if nobody had heard of it."""
    await pay(shop, "wallet-1", expiryTime="1")
    await pay_unheard(shop.house, "wallet-1")
    move(shop.house, clock, minutes=1)
    await shop.becomes("wallet-1", "successed")
    assert [body["orderStatus"] for body in await told(shop, "wallet-1")] == ["successed"]


async def test_a_canceled_order_cannot_be_paid(shop: Shop, payer: Payer, clock: MovableClock) -> None:
    """The wallet is told to close; its page, open before, says that the order is closed."""
    answer = await pay(shop, "wallet-1")
    buttons = await payer.buttons(answer["payUrl"])
    canceled = await shop.call("cancel", {"orderNo": "wallet-1"})
    assert (canceled["respCode"], canceled["orderStatus"]) == ("0000", "canceled")
    await all_asked(shop.house)

    pressed = await payer.press(buttons, "pass")
    assert (pressed.status_code, "This payment is closed" in pressed.text) == (200, True)
    assert await shop.code("cancel", {"orderNo": "wallet-1"}) == "0000"
    assert await shop.status("wallet-1") == "canceled"
    assert [body["orderStatus"] for body in await told(shop, "wallet-1")] == ["canceled"]


async def test_money_taken_for_a_canceled_order_is_given_back(shop: Shop, clock: MovableClock) -> None:
    """The payer was faster than the merchant's cancel, and slower than the news of it."""
    await pay(shop, "wallet-1")
    await pay_unheard(shop.house, "wallet-1")
    assert (await shop.call("cancel", {"orderNo": "wallet-1"}))["orderStatus"] == "canceled"
    books = Books(shop.house.settings.database_url)

    async def given_back() -> bool:
        move(shop.house, clock, seconds=1)
        return books.rows("SELECT 1 FROM sandbox_book WHERE kind = 'reverse' AND amount_minor = 8800") != []

    await eventually(given_back)
    assert await shop.status("wallet-1") == "canceled"
    assert [body["orderStatus"] for body in await told(shop, "wallet-1")] == ["canceled"]
    assert (await shop.refund("wallet-1", "r1", "1"))["respCode"] == "3010"


async def test_a_paid_wallet_is_refunded_and_neither_captured_nor_voided(
    shop: Shop, payer: Payer, clock: MovableClock
) -> None:
    """The money was taken at once (section 8.2)."""
    answer = await pay(shop, "wallet-1")
    assert await shop.code("capture", {"orderNo": "wallet-1", "captureAmount": "88.00"}) == "3004"
    await payer.press(await payer.buttons(answer["payUrl"]), "pass")

    assert await shop.code("capture", {"orderNo": "wallet-1", "captureAmount": "88.00"}) == "3004"
    assert await shop.code("cancel", {"orderNo": "wallet-1"}) == "3008"
    assert (await shop.refund("wallet-1", "r1", "50.00"))["refundStatus"] == "accepted"
    assert (await shop.refund("wallet-1", "r2", "38.01"))["respCode"] == "3011"

    async def refunded() -> bool:
        move(shop.house, clock, seconds=1)
        return str((await shop.call("refundQuery", {"orderNo": "r1"}))["refundStatus"]) == "successed"

    await eventually(refunded)
    assert (await shop.query("wallet-1"))["order"]["orderStatus"] == "successed"


async def test_a_card_to_keep_is_not_asked_of_a_wallet(shop: Shop) -> None:
    """No identifier comes of it."""
    address = {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"}
    billing = {"address": address, "storedcredentials": "store"}
    answer = await pay(shop, "wallet-1", "alipay", {"productType": "pay", "authCode": CODE}, billing=billing)
    assert answer["orderStatus"] == "successed"
    assert "transactionIdentifier" not in answer


async def test_a_wallet_alone_is_enough_for_a_hosted_order(shop: Shop) -> None:
    """Its app needs no cards; a currency that none of its methods takes is refused."""
    account = await open_account(shop.house, "Wallets Only", methods=("wechat", "payNow"))
    other = Shop(shop.house, account, check=check)
    opening = {"amount": "1", "orderNo": "hosted-1"}
    async with other.http:
        assert await other.code("cashier/order", opening | {"currency": "EUR"}) == "2006"
        assert await other.code("cashier/order", opening | {"currency": "SGD"}) == "0000"


async def test_a_page_that_would_only_hold_a_cards_amount_takes_a_wallets_at_once(
    shop: Shop, working: House, clock: MovableClock
) -> None:
    """`captureMethod` is about cards: the wallet's order is `successed`, and there is nothing to capture."""
    session = {"amount": "100.99", "currency": "USD", "captureMethod": "manual", "orderNo": "manual-page"}
    opened = await shop.call("cashier/order", session)
    assert opened["respCode"] == "0000"
    number = Books(shop.house.settings.database_url).payment("manual-page")["payment_id"]
    how = WalletCharge(Method.PAYPAL, Product.H5)
    await pay_open_payment(shop.house.context, shop.merchant.merchant_id, PaymentId(number), how)
    await pay_unheard(shop.house, "manual-page")
    move(working, clock, seconds=3)

    await shop.becomes("manual-page", "successed")
    assert await shop.code("capture", {"orderNo": "manual-page", "captureAmount": "100.99"}) == "3004"
    assert [body["orderStatus"] for body in await told(shop, "manual-page")] == ["successed"]


async def test_no_nonce_looks_like_a_card_number(shop: Shop) -> None:
    """It is made of letters, so that the search for card numbers never stumbles over it."""
    answer = await pay(shop, "nonce-1", wallet={"productType": "in-app", "subAppId": "wx1"})
    assert answer["payInfo"]["nonceStr"].isalpha()
