"""`mitPayment`: the merchant charges a card that it knows, and no payer is there (section 4.6)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import Transport
from polygate.operations.administer import change_app, set_may_initiate
from tests.gateway_api.stored import CARD_NO, INSISTS, facts, may_initiate, mit
from tests.gateway_api.tables import GONE, Case, go_through
from tests.protocols.gateway.examples import DEVICE, MIT_PAYMENT
from tests.support.house import Shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def merchant(shop: Shop) -> Shop:
    """A shop that may charge without the payer."""
    return await may_initiate(shop)


async def test_it_is_a_restricted_product(shop: Shop) -> None:
    """Without the operator's word HTTP 403, 1006, and nothing is charged; with it at once, until it is withdrawn."""
    refused = await shop.ask("mitPayment", MIT_PAYMENT)
    assert (refused.status_code, refused.json()["respCode"]) == (403, "1006")
    assert await shop.house.context.store.fetch("SELECT count(*) FROM payments") == [(0,)]
    granted = await set_may_initiate(shop.house.context.store, shop.app, may=True)
    assert await shop.code("mitPayment", MIT_PAYMENT) == "0000"
    await set_may_initiate(shop.house.context.store, granted, may=False)
    assert await shop.code("mitPayment", mit()) == "1006"


async def test_the_published_example_is_charged_at_once(merchant: Shop) -> None:
    """Final in the answer, and found by a query; the card is kept, as the example asks."""
    paid = await merchant.call("mitPayment", MIT_PAYMENT)
    assert (paid["respCode"], paid["orderStatus"], paid["lastEvent"]) == ("0000", "successed", "CAPTURED")
    assert (paid["amount"], paid["currency"], paid["orderNo"]) == ("100.99", "USD", MIT_PAYMENT["orderNo"])
    found = await merchant.query(MIT_PAYMENT["orderNo"])
    assert found["order"]["tradeComments"] == "monthly fee"
    assert found["billing"] == MIT_PAYMENT["billing"]
    assert found["extend"]["transactionIdentifier"] == paid["transactionIdentifier"]


@pytest.mark.parametrize("keeps", ["store", "none", None])
async def test_the_card_is_kept_only_where_the_payer_agreed(merchant: Shop, keeps: str | None) -> None:
    """With `none`, or nothing said, there is no identifier, and no number in the vault."""
    billing = MIT_PAYMENT["billing"] | {"storedcredentials": keeps}
    paid = await merchant.call("mitPayment", mit(billing=billing))
    assert ("transactionIdentifier" in paid) is (keeps == "store")
    kept = await merchant.house.context.store.fetch("SELECT count(*) FROM vault_cards")
    assert kept == [(int(keeps == "store"),)]
    assert ("CardKept" in await facts(merchant, paid)) is (keeps == "store")


async def test_a_manual_one_is_authorized_and_then_captured(merchant: Shop) -> None:
    """As any other authorization; the identifier comes with the first answer."""
    body = mit(captureMethod="manual")
    held = await merchant.call("mitPayment", body)
    assert (held["orderStatus"], held["lastEvent"]) == ("authorized", "AUTHORIZED")
    assert "transactionIdentifier" in held
    captured = await merchant.call("capture", {"orderNo": body["orderNo"], "captureAmount": "60"})
    assert (captured["respCode"], captured["amount"]) == ("0000", "60.00")


@pytest.mark.parametrize(
    ("card_no", "code"),
    [
        (INSISTS, "4009"),
        ("4000000000003055", "0000"),
        ("4000008400001629", "4001"),
        ("4000000000009995", "4002"),
        ("4000000000009987", "4005"),
    ],
)
async def test_nobody_is_asked_to_authenticate(merchant: Shop, card_no: str, code: str) -> None:
    """A bank that would like 3-D Secure does without; one that insists declines. No decline leaves a card behind."""
    paid = await merchant.call("mitPayment", mit(cardNo=card_no))
    assert (paid["respCode"], paid["orderStatus"]) == (code, "successed" if code == "0000" else "failed")
    assert ("transactionIdentifier" in paid) is (code == "0000")


async def test_an_acquirer_that_asks_for_the_payer_has_declined(
    merchant: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4009 at once instead of waiting for somebody who will never come."""

    async def line(_: Ask) -> Answer:
        return Answer(200, {"status": "payer", "reference": "X-1", "url": "https://bank.example/acs", "challenge": "Y"})

    monkeypatch.setattr(merchant.house.context, "transport", Transport({"sandbox": line}))
    paid = await merchant.call("mitPayment", mit())
    assert (paid["respCode"], paid["orderStatus"], paid["desc"]) == (
        "4009",
        "failed",
        "3-D Secure required by the issuer",
    )


async def test_the_acquirer_hears_who_starts_the_payment_and_what_for(
    merchant: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issuers judge it by other rules; the plan is told also where the card is not kept."""
    heard: list[Ask] = []
    real = merchant.house.context.transport._lines["sandbox"]

    async def line(ask: Ask) -> Answer:
        heard.append(ask)
        return await real(ask)

    monkeypatch.setattr(merchant.house.context, "transport", Transport({"sandbox": line}))
    billing = MIT_PAYMENT["billing"] | {"customerInitiatedReason": "INSTALMENT", "storedcredentials": "none"}
    await merchant.call("mitPayment", mit(billing=billing))
    await merchant.pay("with-payer-1")
    mine, payers = (ask.body for ask in heard)
    assert (mine["initiator"], mine["plan"], mine["threeDs"], mine["returnUrl"]) == ("merchant", "INSTALMENT", "no", "")
    assert (payers["initiator"], payers["plan"]) == ("payer", "")


async def test_silence_is_pending_until_the_acquirer_is_asked(merchant: Shop) -> None:
    """9002: the money may have moved. A repeat charges nothing."""
    body = mit(cardNo="4000000000000119")
    paid = await merchant.call("mitPayment", body)
    assert (paid["respCode"], paid["orderStatus"], paid["lastEvent"]) == ("9002", "pending", "WAIT")
    assert await merchant.code("mitPayment", body) == "3002"


async def test_an_order_number_is_charged_once_over_all_endpoints(merchant: Shop) -> None:
    """Section 1.4."""
    body = mit()
    assert await merchant.code("mitPayment", body) == "0000"
    assert await merchant.code("mitPayment", body) == "3002"
    assert (await merchant.pay(body["orderNo"]))["respCode"] == "3002"


async def test_an_app_without_cards_cannot(merchant: Shop) -> None:
    """The method must be enabled as well."""
    store = merchant.house.context.store
    await change_app(store, merchant.app, lambda app: replace(app, methods=("wechat",), may_initiate=True))
    assert await merchant.code("mitPayment", mit()) == "1006"


CASES: list[Case] = [
    ("amount", "0000", ["0.01", "1", 100.99, "9999999.99"]),
    ("amount", "2002", [GONE, None, ""]),
    ("amount", "2005", ["0", "-1", "1.234", "1e3", "10000000"]),
    ("currency", "0000", ["EUR", "usd"]),
    ("currency", "2002", [GONE]),
    ("currency", "2006", ["XXX"]),
    ("orderNo", "2002", [GONE]),
    ("orderNo", "2003", ["1234", "with blank", "x" * 65]),
    ("card", "2002", [GONE, None]),
    ("card", "2001", [[], "4444333322221111"]),
    ("card.cardNo", "2002", [GONE]),
    ("card.cardNo", "2007", ["4444333322221112", "411111111111"]),
    ("card.cvc", "0000", [GONE, "401", "4010"]),
    ("card.cvc", "2003", ["1", "12345"]),
    ("card.expiryMonth", "2002", [GONE]),
    ("card.expiryYear", "2008", ["20x7"]),
    ("card.firstName", "2002", [GONE]),
    ("card.captureMethod", "2004", ["later"]),
    ("billing", "2002", [GONE, None]),
    ("billing.address", "2002", [GONE]),
    ("billing.customerInitiatedReason", "0000", [GONE, "recurring", "INSTALMENT", "UNSCHEDULED"]),
    ("billing.customerInitiatedReason", "2004", ["RECURRING/INSTALMENT/UNSCHEDULED"]),
    ("billing.storedcredentials", "0000", [GONE, "none", "STORE"]),
    ("billing.storedcredentials", "2004", ["keep"]),
    ("description", "0000", [GONE, "x" * 50]),
    ("description", "2003", ["x" * 51]),
    ("deviceInfo", "0000", [GONE, DEVICE]),
    ("deviceInfo.clientIp", "2003", ["localhost"]),
    ("notificationUrl", "0000", [GONE, "https://shop.example.com/notify"]),
    ("notificationUrl", "2009", ["shop.example.com"]),
    # Fields of other payments are unknown here, and unknown fields are ignored.
    ("threeDsMode", "0000", ["standard", "perhaps"]),
    ("paymentMethodType", "0000", ["wechat"]),
]


async def test_every_limit_holds_on_both_sides(merchant: Shop) -> None:
    """Each field of the table in section 4.6, one wrong value at a time."""
    await go_through(merchant, "mitPayment", MIT_PAYMENT | {"deviceInfo": DEVICE}, CASES)


async def test_a_refused_one_echoes_what_it_understood(merchant: Shop) -> None:
    """The four fields that are always there (section 1.3), and nothing of the card."""
    refused = await merchant.call("mitPayment", mit(orderNo="echo-12345", firstName=""))
    assert refused == {
        "amount": "100.99",
        "currency": "USD",
        "orderNo": "echo-12345",
        "tradeNo": "",
        "respCode": "2002",
        "respMsg": "card.firstName: is required",
    }
    assert CARD_NO not in str(refused)
