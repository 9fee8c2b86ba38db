"""Something to see on every page: what the parts of addresses name in the look at all pages.

An area whose pages show something more adds it to the house here, and says what its part of the path is.
"""

from __future__ import annotations

import httpx

from polygate.assembly import House
from polygate.core.access import Role
from polygate.core.ids import LAST
from polygate.core.merchants import Merchant
from polygate.operations.credentials import create_app, issue_token
from tests.support.bodies import payment_body
from tests.support.console import somebody


async def furnish(house: House, merchant: Merchant) -> dict[str, str]:
    """Part of a path → what stands there."""
    reads, merchant_id = house.context.reads, merchant.merchant_id
    colleague = await somebody(house, Role.SUPPORT, merchant_id, login="amy@shop.example")
    shop = await create_app(house.context, merchant, name="Web <shop>", methods=("card", "wechat"))
    token = (await issue_token(house.context, shop.app)).reveal()
    transport = httpx.ASGITransport(house.app, client=("203.0.113.9", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=house.settings.base_url) as http:
        for order_no, changes in (("order-1", {}), ("order-2", {"card_no": "4000000000000002"})):
            body = payment_body(order_no, notifyUrl="https://shop.example/hooks", **changes)
            answer = await http.post("/gateway/v1/payment", json=body, headers={"Authorization": token})
            assert answer.status_code == 200, answer.text

    await house.call_log.write_all()
    calls = await reads.calls(merchant_id=merchant_id, before=LAST, limit=1)
    payment = await reads.payment_by_order(merchant_id, "gateway", "order-1")
    assert payment is not None
    webhooks = await reads.webhooks(merchant_id, payment.payment_id)
    return {
        "merchant_no": merchant.merchant_no,
        "user_id": str(colleague.user.user_id),
        "app_id": shop.app.app_id,
        "payment_id": str(payment.payment_id),
        "webhook_id": str(webhooks[0].webhook_id),
        "call_id": str(calls[0].call_id),
    }
