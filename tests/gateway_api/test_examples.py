"""Acceptance 9: the published request examples, as they stand, one after the other in a fitting order (section 14).

The clock stands before the cards' expiry date, so nothing in them has to be moved.
"""

from __future__ import annotations

import msgspec
import pytest

from polygate.core.cards import Secret
from polygate.operations.administer import set_may_initiate
from polygate.operations.new_accounts import NewApp
from polygate.store.contract import Change, Insert
from tests.gateway_api.answers import check
from tests.protocols.gateway import examples
from tests.support.house import Account, Shop, open_account

pytestmark = pytest.mark.anyio


@pytest.fixture
async def published(shop: Shop) -> Shop:
    """A merchant whose app has the number and the secret that the examples use."""
    context = shop.house.context
    account = await open_account(shop.house, "Published Shop")
    app_id, secret = examples.TOKEN["appId"], Secret(examples.TOKEN["secret"])
    app = msgspec.structs.replace(
        account.app.app, app_id=app_id, sealed_secret=context.vault.seal_secret(secret, context=f"app:{app_id}")
    )
    await context.store.submit(Change((Insert(app),)))
    client = Shop(shop.house, Account(account.merchant, NewApp(app, secret), ""), check=check)
    assert client.credentials == examples.TOKEN
    await client.sign_in()
    return client


async def test_payment_query_refund_and_refund_query(published: Shop) -> None:
    """4.3, 4.8, 4.9 and 4.10: they share one order number."""
    paid = await published.call("payment", examples.PAYMENT)
    assert (paid["respCode"], paid["amount"], paid["orderStatus"]) == ("0000", "199.68", "successed")
    found = await published.call("query", examples.QUERY)
    assert (found["respCode"], found["order"]["tradeNo"]) == ("0000", paid["tradeNo"])
    refunded = await published.call("refund", examples.REFUND)
    assert (refunded["respCode"], refunded["amount"], refunded["refundStatus"]) == ("0000", "50.00", "accepted")
    assert (await published.call("refundQuery", examples.REFUND_QUERY)) == refunded


async def test_cashier_order(published: Shop) -> None:
    """4.2; its repeat is the same session."""
    opened = await published.call("cashier/order", examples.CASHIER)
    assert (opened["respCode"], opened["expiresIn"]) == ("0000", 60)
    assert await published.call("cashier/order", examples.CASHIER) == opened


async def test_capture(published: Shop) -> None:
    """4.4, on an authorization with the number of the example."""
    order_no = examples.CAPTURE["orderNo"]
    await published.call("payment", examples.PAYMENT | {"orderNo": order_no, "card": MANUAL})
    captured = await published.call("capture", examples.CAPTURE)
    assert (captured["respCode"], captured["amount"], captured["orderStatus"]) == ("0000", "100.55", "successed")


async def test_cancel(published: Shop) -> None:
    """4.5: the number in it is the gateway's to give, so only its form can be accepted as it stands."""
    assert await published.code("cancel", examples.CANCEL) == "3001"
    paid = await published.call("payment", examples.PAYMENT | {"card": MANUAL})
    canceled = await published.call("cancel", {"tradeNo": paid["tradeNo"]})
    assert (canceled["respCode"], canceled["orderStatus"]) == ("0000", "canceled")


async def test_mit_and_token_payment(published: Shop) -> None:
    """4.6 and 4.7: the first keeps the card until June 2027, the second charges it and renews it until December.

    The identifier in the example is the gateway's to give, so only its form can be accepted as it stands.
    """
    await set_may_initiate(published.house.context.store, published.app, may=True)
    first = await published.call("mitPayment", examples.MIT_PAYMENT)
    assert (first["respCode"], first["amount"], first["orderStatus"]) == ("0000", "100.99", "successed")
    assert await published.code("subscriptionPayment", examples.SUBSCRIPTION_PAYMENT) == "3030"
    named = {"transactionIdentifier": first["transactionIdentifier"]}
    again = await published.call("subscriptionPayment", examples.SUBSCRIPTION_PAYMENT | named)
    assert (again["respCode"], again["amount"], again["orderStatus"]) == ("0000", "100.99", "successed")
    assert again["transactionIdentifier"] == first["transactionIdentifier"]


async def test_add_many_change_and_read_parcels(published: Shop) -> None:
    """4.11 to 4.14, about the order of 4.3; the second parcel of the batch is of an order nobody made."""
    paid = await published.call("payment", examples.PAYMENT)
    first, second = (f"{paid['tradeNo']}-Fb{number}" for number in ("202208290000001", "202208290000002"))
    done = {"respCode": "0000", "respMsg": "success"}
    added = await published.call("shipping/tracking", examples.TRACKING)
    assert added == {"desc": "1 accepted", "trackings": [first], **done}
    unknown = {"index": 1, "orderNo": "NO-SUCH-ORDER", "trackingNo": "Fb202208290000003"}
    assert await published.call("shipping/tracking-batch", examples.TRACKING_BATCH) == {
        "desc": "1 accepted, 1 rejected",
        "trackings": [second],
        "errors": [unknown | {"respCode": "3001", "respMsg": "order not found"}],
        **done,
    }
    changed = await published.call("shipping/tracking-modify", examples.TRACKING_CHANGE)
    assert changed == {"desc": "updated", "trackings": [first], **done}
    assert await published.call("shipping/retrieve", examples.TRACKING_RETRIEVE) == {
        **examples.TRACKING,
        "shippingStatus": "CANCELLED",
        "matedata": {"ticket": "77"},
        "desc": "",
        "tradeNo": paid["tradeNo"],
        **done,
    }


async def test_subscription(published: Shop) -> None:
    """4.15."""
    answer = await published.call("webhook/subscribe", examples.SUBSCRIBE)
    assert answer == {**examples.SUBSCRIBE, "respCode": "0000", "respMsg": "success"}


async def test_own_authentication(published: Shop) -> None:
    """6.4, added to the payment."""
    body = examples.PAYMENT | {"threeDsData": examples.THREE_DS_DATA}
    assert await published.code("payment", body) == "0000"


MANUAL = examples.CARD | {"captureMethod": "manual"}
