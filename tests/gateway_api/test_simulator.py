"""The processor simulator's table (section 12), through the API and in every way a card can be used."""

from __future__ import annotations

import pytest

from polygate.assembly import House
from tests.gateway_api.payer import Payer
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop, all_asked, eventually, move

pytestmark = pytest.mark.anyio

SILENT = "4000000000000119"


PLAIN = [
    ("4444333322221111", "auto", "N", "0000"),
    ("6212454545454690", "auto", "N", "0000"),
    ("5555555555554444", "auto", "N", "0000"),
    ("3566002020360505", "auto", "N", "0000"),
    ("6200000000000005", "auto", "N", "0000"),
    ("4111111111111111", "auto", "Y", "0000"),
    ("378282246310005", "no", "Y", "0000"),
    ("4000000000000002", "auto", "N", "4001"),
    ("4000000000009995", "no", "N", "4002"),
    ("4000000000000069", "auto", "Y", "4003"),
    ("4000000000000127", "auto", "N", "4004"),
    ("4000000000009987", "auto", "N", "4005"),
    ("4000000000000077", "auto", "N", "4006"),
    ("4000000000006975", "no", "N", "4007"),
    ("4000000000000010", "auto", "N", "4011"),
    ("4000000000000093", "auto", "N", "4014"),
    ("4000000000003220", "no", "N", "4009"),
    ("4000000000003055", "no", "N", "0000"),
    ("4000008400001629", "no", "N", "4001"),
    ("4100000000000019", "auto", "Y", "4010"),
    ("4100000000000019", "auto", "N", "0000"),
]


@pytest.mark.parametrize("capture", ["auto", "manual"])
async def test_a_card_without_3d_secure_does_as_its_row_says(shop: Shop, capture: str) -> None:
    """Approved or declined at once; the query says the same."""
    good = "successed" if capture == "auto" else "authorized"
    for number, mode, fraud, code in PLAIN:
        order_no = f"{number}-{mode}-{fraud}"
        cvc = "1234" if number.startswith("37") else "123"
        paid = await shop.pay(order_no, card_no=number, cvc=cvc, threeDsMode=mode, fraudMode=fraud, capture=capture)
        told = (paid["respCode"], paid["orderStatus"], await shop.status(order_no))
        status = good if code == "0000" else "failed"
        assert told == (code, status, status), order_no


SECURE = [
    ("4000000000003220", "auto", "Y", "successed"),
    ("4000000000003220", "standard", "Y", "successed"),
    ("4000000000003055", "auto", "N", "successed"),
    ("4000000000003055", "standard", "N", "successed"),
    ("4000008400001629", "auto", "N", "failed"),
    ("4000008400001629", "standard", "N", "failed"),
    ("4444333322221111", "standard", "N", "successed"),
    ("378282246310005", "standard", "N", "successed"),
    ("4000000000000002", "standard", "N", "failed"),
]


async def test_a_card_with_3d_secure_does_as_its_row_says(shop: Shop) -> None:
    """With `standard` every card gets the page, and only one of them a challenge."""
    payer, home = Payer(shop.house), "https://shop.example.com/"
    for number, mode, challenged, status in SECURE:
        order_no = f"{number}-{mode}"
        paid = await shop.pay(order_no, card_no=number, cvc=None, threeDsMode=mode, frontUrl=home)
        assert (paid["orderStatus"], paid["ddc"]["challenged"]) == ("pending", challenged), order_no
        if challenged == "Y":
            await payer.answer(paid["payUrl"], "pass")
        else:
            await payer.open(paid["payUrl"])
        assert await shop.status(order_no) == status, order_no


@pytest.mark.parametrize("cvc", ["000", "0000"])
async def test_the_code_000_does_not_match(shop: Shop, cvc: str) -> None:
    """`cvcResult` `N`, 4004; only the three zeros."""
    paid = await shop.pay("code-1", cvc=cvc)
    extend = (await shop.query("code-1"))["extend"]
    assert (paid["respCode"], extend["cvcResult"]) == (("4004", "N") if cvc == "000" else ("0000", "M"))


async def test_without_a_code_it_is_not_processed(shop: Shop) -> None:
    await shop.pay("code-2", cvc=None)
    assert (await shop.query("code-2"))["extend"]["cvcResult"] == "P"


BRANDS = {
    "4444333322221111": "VISA",
    "5100000000000008": "MASTERCARD",
    "5555555555554444": "MASTERCARD",
    "2221000000000009": "MASTERCARD",
    "2720990000000007": "MASTERCARD",
    "341111111111111": "AMEX",
    "378282246310005": "AMEX",
    "3566002020360505": "JCB",
    "6212454545454690": "UNIONPAY",
    "8100000000000000": "UNIONPAY",
    "6011000000000004": "DISCOVER",
    "6400000000000003": "DISCOVER",
    "6500000000000002": "DISCOVER",
    "30000000000004": "DINERS",
    "36000000000008": "DINERS",
    "38000000000006": "DINERS",
    "9000000000000001": "VISA",
}


async def test_the_brand_is_read_off_the_number(shop: Shop) -> None:
    for number, brand in BRANDS.items():
        await shop.pay(number, card_no=number)
        order = (await shop.query(number))["order"]
        assert (order["brand"], order["payNo"]) == (brand, f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}")


@pytest.mark.parametrize("capture", ["auto", "manual"])
async def test_no_answer_is_pending_and_settles_after_thirty_seconds(
    shop: Shop, working: House, clock: MovableClock, capture: str
) -> None:
    """9002 and `WAIT`; a query, not a second payment, brings the result."""
    paid = await shop.pay("silent-1", card_no=SILENT, capture=capture)
    assert (paid["respCode"], paid["orderStatus"], paid["lastEvent"]) == ("9002", "pending", "WAIT")
    assert (await shop.pay("silent-1", card_no=SILENT))["respCode"] == "3002"
    asked = await inquiries(working)
    move(working, clock, seconds=25)

    async def asked_again() -> bool:
        return await inquiries(working) > asked

    await eventually(asked_again)
    assert await shop.status("silent-1") == "pending"
    move(working, clock, seconds=5)
    await shop.becomes("silent-1", "successed" if capture == "auto" else "authorized")


async def inquiries(house: House) -> int:
    """How often the acquirer was asked about its charges."""
    found = await house.context.store.fetch("SELECT sum(asks) FROM attempts")
    return int(found[0][0])


async def test_a_silent_payment_that_was_given_up_is_given_back(
    shop: Shop, working: House, clock: MovableClock
) -> None:
    """Canceled while in doubt, approved afterwards: the order stays canceled, and the money goes back."""
    await shop.pay("silent-2", card_no=SILENT)
    assert await shop.code("cancel", {"orderNo": "silent-2"}) == "0000"
    move(working, clock, seconds=40)

    async def given_back() -> bool:
        found = await working.context.store.fetch("SELECT state FROM attempts WHERE kind = 'give_back'")
        return found == [("approved",)]

    await eventually(given_back)
    assert await shop.status("silent-2") == "canceled"
    balances = await working.context.reads.balances(shop.merchant.merchant_id)
    assert all(total == 0 for total in balances.values())


@pytest.mark.parametrize(("amount", "status"), [("1.13", "failed"), ("100.13", "failed"), ("1.31", "successed")])
async def test_a_refund_ending_in_13_fails(
    shop: Shop, working: House, clock: MovableClock, amount: str, status: str
) -> None:
    """Accepted first, as every refund; two seconds later it has failed, others have succeeded."""
    await shop.call("payment", payment_body("refund-13", amount="200.00"))
    assert (await shop.refund("refund-13", "R-1", amount))["refundStatus"] == "accepted"
    await all_asked(working)
    move(working, clock, seconds=2)

    async def ended() -> bool:
        return bool((await shop.call("refundQuery", {"orderNo": "R-1"}))["refundStatus"] == status)

    await eventually(ended)
