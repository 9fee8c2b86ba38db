"""Collections: the payer's page, and every way a collection ends (sections 6, 7.1 to 7.4 and 8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from polygate.assembly import House
from polygate.assembly.sandbox_book import StoredBook
from polygate.connectors.sandbox import SandboxAcquirer
from polygate.connectors.sandbox.book import Choice
from polygate.core.facts import FactKind
from polygate.core.merchants import FeeRule
from polygate.core.payments import DAY_MS
from polygate.jobs.payments import ask_again_round, expire_round
from tests.channel_api.client import Client, client_in
from tests.support.house import MovableClock, all_asked, eventually, move

pytestmark = pytest.mark.anyio

ORDER, RECORD = "channelCreditOrderSimpleInfo", "channelPaymentRecordSimpleInfo"
PAYER = {
    "accountName": "Meera Shah", "bankNo": "ICIC0000001", "bankName": "ICICI Bank",
    "bankAccount": "000401234567", "accountType": "1", "mobile": "9876501234",
}  # fmt: skip
LIFE_MINUTES = 30
NOT_FOUND = 1200.14
"""An amount that the sandbox does not find when its payer says to have paid."""


async def test_a_collection_begins_with_a_page_and_links(client: Client, clock: MovableClock) -> None:
    """Every member of the answer, whatever its value (section 7.1)."""
    result = await client.credit("PI-1", 1200.5, payerAccountDetailList=[PAYER])
    order, record = result[ORDER], result[RECORD]
    link = record["upiUrl"]

    assert order | {"id": 0, "cashierLink": ""} == {
        "id": 0,
        "merchantId": int(client.merchant_id),
        "merchantSourceNo": "PI-1",
        "fiatAmount": Decimal("1200.5"),
        "tokenAmount": Decimal("1200.5"),
        "processCode": 10,
        "createdTime": clock.now_ms,
        "updatedTime": clock.now_ms,
        "cashierLink": "",
        "payerAccountDetailList": [PAYER],
        "payeeAccountDetail": {
            "accountName": "Sandbox Collect", "bankNo": "", "bankName": "", "bankAccount": "collect01@sandbox",
            "accountType": "2", "mobile": "",
        },
        "paid": False,
        "callbackCode": 0,
        "closedTime": None,
    }  # fmt: skip
    assert 0 < order["id"] < 2**53
    assert record == {"upi": "collect01@sandbox", "upiUrl": link, "utr": "", "errorMessage": ""}
    assert link == (f"upi://pay?pa=collect01%40sandbox&pn=Sandbox%20Collect&am=1200.50&tr={order['id']}&cu=INR")
    query = urlsplit(link).query
    assert result["deeplink"] == {
        "other": link,
        "gpay": f"tez://upi/pay?{query}",
        "phonepe": f"phonepe://pay?{query}",
        "paytmmp": f"paytmmp://pay?{query}",
    }
    assert await client.query("Credit", "PI-1") == result


async def test_what_is_not_given_of_a_payer_is_empty(client: Client) -> None:
    result = await client.credit(payerAccountDetailList=[{"accountName": "Meera", "mobile": None, "else": 7}])

    assert result[ORDER]["payerAccountDetailList"] == [dict.fromkeys(PAYER, "") | {"accountName": "Meera"}]


async def test_the_page_shows_the_code_the_apps_and_the_amount(client: Client) -> None:
    result = await client.credit("PI-1", 1200.5)
    page = await client.open_page(result)

    assert page.status_code == 200
    for shown in ("₹1,200.50", "collect01@sandbox", "<svg", "PI-1", "tez://upi/pay?", "phonepe://", "paytmmp://"):
        assert shown in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_code_of_the_page_opens_the_payment_in_a_wallet(client: Client) -> None:
    """A camera reads the same link that the answer has."""
    result = await client.credit()
    scanned = await client.http.post("/sandbox/scan", data={"code": result[RECORD]["upiUrl"]})

    assert scanned.status_code == 303
    assert "/sandbox/wallet/" in scanned.headers["location"]


async def test_paid(client: Client, clock: MovableClock) -> None:
    """The money is the merchant's to use at once."""
    result = await client.credit("PI-1", 1200.5)
    before = await client.balance()
    clock.move(minutes=2)
    page = await client.pay(result)
    paid = await client.query("Credit", "PI-1")

    assert "Payment successful" in page.text
    assert (paid[ORDER]["processCode"], paid[ORDER]["paid"]) == (30, True)
    assert paid[ORDER]["closedTime"] == paid[ORDER]["updatedTime"] == clock.now_ms
    assert paid[RECORD]["upiUrl"] == paid[RECORD]["errorMessage"] == ""
    assert (len(paid[RECORD]["utr"]), paid[RECORD]["utr"].isdigit()) == (12, True)
    assert set(paid["deeplink"].values()) == {""}
    assert await client.balance() == (before[0] + Decimal("1200.5"), 0, before[2] + Decimal("1200.5"))


@pytest.mark.parametrize(("choice", "why"), [("fail", "no reason"), ("cancel", "canceled by payer")])
async def test_failed_and_canceled_are_40(client: Client, choice: str, why: str) -> None:
    await client.pay(await client.credit("PI-1"), choice)
    ended = await client.query("Credit", "PI-1")

    assert (ended[ORDER]["processCode"], ended[ORDER]["paid"]) == (40, False)
    assert (ended[RECORD]["errorMessage"], ended[RECORD]["utr"]) == (why, "")
    assert (await client.balance())[0] == 10_000


async def test_a_payer_who_says_to_have_paid_is_believed_by_the_sandbox(client: Client) -> None:
    """The shortest way through a trial (section 11)."""
    result = await client.credit("PI-1")
    here = urlsplit(result[ORDER]["cashierLink"]).path.removesuffix("/page")
    page = await client.http.post(f"{here}/paid", follow_redirects=True)

    assert "Payment successful" in page.text
    assert (await client.order("Credit", "PI-1"))["processCode"] == 30
    assert (await client.balance())[0] == Decimal("11200.5")


async def test_a_payer_who_says_to_have_paid_makes_it_20(client: Client, clock: MovableClock) -> None:
    """It proves nothing: the page goes on waiting, and the bank's word decides."""
    result = await client.credit("PI-1", NOT_FOUND)
    clock.move(seconds=30)
    here = urlsplit(result[ORDER]["cashierLink"]).path.removesuffix("/page")
    page = await client.http.post(f"{here}/paid", follow_redirects=True)
    order = await client.order("Credit", "PI-1")

    assert "We are asking your bank" in page.text
    assert (order["processCode"], order["paid"], order["updatedTime"]) == (20, False, clock.now_ms)
    again = await client.http.post(f"{here}/paid", follow_redirects=True)
    assert again.status_code == 200
    await client.pay(result)
    assert (await client.order("Credit", "PI-1"))["processCode"] == 30


async def test_another_site_cannot_say_so(client: Client) -> None:
    result = await client.credit("PI-1")
    here = urlsplit(result[ORDER]["cashierLink"]).path.removesuffix("/page")
    answer = await client.http.post(f"{here}/paid", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert (await client.order("Credit", "PI-1"))["processCode"] == 10


@pytest.mark.parametrize("says_so", [False, True])
async def test_unpaid_it_closes_after_thirty_minutes(
    house: House, client: Client, clock: MovableClock, says_so: bool
) -> None:
    result = await client.credit("PI-1", NOT_FOUND)
    if says_so:
        here = urlsplit(result[ORDER]["cashierLink"]).path.removesuffix("/page")
        await client.http.post(f"{here}/paid")
    clock.move(minutes=LIFE_MINUTES, milliseconds=-1)
    await expire_round(house.context)
    assert (await client.order("Credit", "PI-1"))["closedTime"] is None

    clock.move(milliseconds=1)
    await expire_round(house.context)
    ended = await client.query("Credit", "PI-1")

    assert (ended[ORDER]["processCode"], ended[ORDER]["closedTime"]) == (40, clock.now_ms)
    assert ended[RECORD]["errorMessage"] == "not paid in time"
    assert ended[RECORD]["upiUrl"] == ""
    assert "time is up" in (await client.open_page(result)).text


async def test_its_link_is_gone_with_its_time(client: Client, clock: MovableClock) -> None:
    """Also before the jobs have come by."""
    await client.credit("PI-1")
    clock.move(minutes=LIFE_MINUTES)

    assert (await client.query("Credit", "PI-1"))["deeplink"]["other"] == ""


async def test_paid_in_time_and_heard_of_late_is_paid(house: House, client: Client, clock: MovableClock) -> None:
    """Before it closes, the acquirer is asked."""
    result = await client.credit("PI-1")
    clock.move(minutes=LIFE_MINUTES, milliseconds=-1)
    await pay_unheard(house, client, result)
    clock.move(milliseconds=1)
    await expire_round(house.context)

    assert (await client.order("Credit", "PI-1"))["processCode"] == 30


async def test_paid_after_it_closed_is_given_back(house: House, client: Client, clock: MovableClock) -> None:
    """It is not booked, and the timeline tells the operator (section 8)."""
    result = await client.credit("PI-1")
    clock.move(minutes=LIFE_MINUTES)
    await expire_round(house.context)
    await pay_unheard(house, client, result)

    for _ in range(20):
        clock.move(seconds=30)
        await ask_again_round(house.context)

    order = await client.order("Credit", "PI-1")
    facts = await house.context.reads.facts(client.merchant.merchant_id, order["id"])
    sums = await house.context.reads.balances(client.merchant.merchant_id)
    assert (order["processCode"], await client.balance()) == (40, (10_000, 0, 10_000))
    assert [fact.kind for fact in facts].count(FactKind.LATE_APPROVAL_REVERSED) == 1
    assert {account: minor for (account, _), minor in sums.items() if minor} == {
        "merchant:available": 1_000_000,
        "equity:opening": -1_000_000,
    }


async def test_the_wallet_is_told_that_it_closed(house: House, client: Client, clock: MovableClock) -> None:
    result = await client.credit("PI-1")
    clock.move(minutes=LIFE_MINUTES)
    await expire_round(house.context)
    clock.move(seconds=1)
    await ask_again_round(house.context)

    page = await client.http.get(await wallet_of(house, client, result))
    assert "This payment is closed" in page.text
    clock.move(milliseconds=DAY_MS)
    while await ask_again_round(house.context):
        clock.move(seconds=30)


async def test_a_fee_is_taken_off(house: House) -> None:
    """`tokenAmount` is what the balance gains (section 6.1)."""
    async with client_in(house, fees={"INR": FeeRule(basis_points=200, fixed_minor=50)}) as client:
        result = await client.credit("PI-1", 1000)
        await client.pay(result)

        assert result[ORDER]["tokenAmount"] == Decimal("979.5")
        assert await client.balance() == (Decimal("979.5"), 0, Decimal("979.5"))


async def test_an_app_without_upi_has_no_channel(house: House) -> None:
    async with client_in(house, methods=("card",)) as client:
        assert await client.code("Credit/Set", {"amount": 5, "sourceNo": "PI-1"}) == 1204
        assert await client.code("Credit/Get", {"sourceNo": "PI-1"}) == 1202


async def test_the_wallets_page_says_upi(house: House, client: Client) -> None:
    result = await client.credit("PI-1")
    page = await client.http.get(await wallet_of(house, client, result))

    assert ("UPI" in page.text, "Test Wallet" in page.text) == (True, True)


async def test_the_jobs_hear_of_a_payment_by_themselves(
    house: House, client: Client, working: House, clock: MovableClock
) -> None:
    """Where the acquirer's notice is lost."""
    result = await client.credit("PI-1")
    await pay_unheard(house, client, result)
    await all_asked(house)
    move(house, clock, minutes=1)

    async def seen() -> bool:
        return bool((await client.order("Credit", "PI-1"))["paid"])

    assert await eventually(seen)


async def wallet_of(house: House, client: Client, result: dict[str, Any]) -> str:
    """The address of the wallet's page, as the acquirer told it."""
    payment = await house.context.reads.payment(client.merchant.merchant_id, result[ORDER]["id"])
    assert payment is not None
    charge = await house.context.reads.attempt(client.merchant.merchant_id, payment.charge_id)
    assert charge is not None
    parts = urlsplit(charge.payer_url)
    return f"{parts.path}?{parts.query}"


async def pay_unheard(house: House, client: Client, result: dict[str, Any]) -> None:
    """The payer pays in the wallet, and nobody tells us: the book changes behind the gateway's back."""
    key = parse_qs(urlsplit(await wallet_of(house, client, result)).query)["key"][0]
    (row,) = await house.context.store.fetch("SELECT attempt_id FROM sandbox_book WHERE kind = 'charge'")
    quiet = SandboxAcquirer(StoredBook(house.context.store), house.context.clock)
    assert await quiet.choose(client.merchant.merchant_id, row[0], key, Choice.PASS)
