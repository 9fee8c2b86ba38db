"""Something to see on every page: what the parts of addresses name, wherever all pages are walked through.

An area whose pages show something more adds it to the house here, and says what its part of the path is: a part that
nobody says fails the walks (`test_walks.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
import msgspec
from msgspec.structs import replace

from polygate.assembly import House
from polygate.core import agreements, ledger, subscriptions
from polygate.core.access import Role
from polygate.core.attempts import AttemptKind
from polygate.core.blocks import Block, BlockKind
from polygate.core.ids import LAST
from polygate.core.merchants import Merchant
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.payouts import PayoutOrder
from polygate.core.saved_views import SavedView
from polygate.core.subscriptions import Cycle
from polygate.core.transitions import AttemptState
from polygate.operations.charge_back import charge_back
from polygate.operations.credentials import issue_token
from polygate.operations.manage_risk import add_block
from polygate.operations.new_accounts import create_app
from polygate.operations.pay_out import pay_out
from polygate.store.contract import Change, Insert
from tests.support.bodies import payment_body, refund_body
from tests.support.console import somebody

CARD_NO: Final = "4012888888881881"
"""Approved as any valid number is, and on no list of test cards that a page might show."""
DECLINED: Final = "4000000000000002"
AMEX, AMEX_CODE = "371449635398431", "9573"
"""A card with a security code of four digits, which stand nowhere by chance."""
ANYBODYS: Final = {"currency": "INR", "figure": "available", "block_id": "404"}
"""Parts of addresses that name nobody's own."""


class Furniture(msgspec.Struct, frozen=True):
    parts: Mapping[str, str]
    """Part of a path → what stands there."""
    secrets: Mapping[str, str]
    """What was used here and stands on no page: its name → itself."""


async def _furnish_money(house: House, merchant: Merchant, payment: Payment) -> dict[str, str]:
    """A payout that waits for its receiver, a stored card, a subscription, and something on a balance."""
    context, merchant_id = house.context, merchant.merchant_id
    opening = ledger.rows_of(
        ledger.opening(Money(500_000, "INR")), merchant_id,
        subject_id=0, attempt_id=0, at_ms=context.clock(), mint=context.mint,
    )  # fmt: skip
    card = payment.card
    assert card is not None
    agreement = agreements.make(
        merchant_id=merchant_id, agreement_id=context.mint(), payment_id=payment.payment_id, app_id=payment.app_id,
        currency="USD", plan="RECURRING", card=card, now_ms=context.clock(),
    )  # fmt: skip
    subscription = subscriptions.begin(
        payment, subscription_id=context.mint(), cycle=Cycle.MONTH, charges_total=12, now_ms=context.clock()
    )
    await context.store.submit(Change((Insert(agreement), Insert(subscription)), opening))
    order = PayoutOrder(
        merchant_id, payment.app_id, "channel", "wages-1", Money(1_000, "INR"), Money(0, "INR"), None, "", "", "", {}
    )
    payout = await pay_out(context, order, at_once=False)
    return {
        "payout_id": str(payout.payout_id),
        "identifier": agreements.identifier(agreement.agreement_id),
        "subscription_id": str(subscription.subscription_id),
    }


async def _furnish_operators(house: House, merchant: Merchant, payment: Payment) -> None:
    """A block and a chargeback, an outcome that nobody knows, and money that goes back."""
    context = house.context
    block = Block(merchant.merchant_id, context.mint(), BlockKind.COUNTRY, "KP", "KP", "sanctions", context.clock(), 0)
    await add_block(context.store, block)
    await charge_back(context, payment, Money(500, "USD"), case_no="C-1", reason="goods not received")
    charge = await context.reads.attempt(merchant.merchant_id, payment.charge_id)
    assert charge is not None
    unknown = replace(
        charge, attempt_id=context.mint(), state=AttemptState.UNKNOWN, closed_ms=0, due_ms=context.clock()
    )
    back = replace(unknown, attempt_id=context.mint(), kind=AttemptKind.GIVE_BACK, state=AttemptState.PLANNED)
    await context.store.submit(Change((), (unknown, back)))


async def furnish(house: House, merchant: Merchant) -> Furniture:
    reads, merchant_id = house.context.reads, merchant.merchant_id
    colleague = await somebody(house, Role.SUPPORT, merchant_id, login=f"amy@shop-{merchant.merchant_no}.example")
    shop = await create_app(house.context, merchant, name="Web <shop>", methods=("card", "wechat"))
    token = (await issue_token(house.context, shop.app)).reveal()
    transport = httpx.ASGITransport(house.app, client=("203.0.113.9", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=house.settings.base_url) as http:
        for path, body in (
            ("payment", _order("order-1")),
            ("payment", _order("order-2", card_no=DECLINED)),
            ("payment", _order("order-3", card_no=AMEX, cvc=AMEX_CODE)),
            ("refund", refund_body("order-3", "back-1", "12.34")),
        ):
            answer = await http.post(f"/gateway/v1/{path}", json=body, headers={"Authorization": token})
            assert answer.json()["respCode"] in {"0000", "4001"}, answer.text

    await house.call_log.write_all()
    calls = await reads.calls(merchant_id=merchant_id, before=LAST, limit=1)
    payment = await reads.payment_by_order(merchant_id, "gateway", "order-1")
    assert payment is not None
    webhooks = await reads.webhooks(merchant_id, payment.payment_id)
    attempts = await reads.attempts(merchant_id, payment.payment_id)
    await _furnish_operators(house, merchant, payment)
    view = SavedView(
        merchant_id, house.context.mint(), colleague.user.user_id, "payments", "Failed", "state=failed",
        created_ms=house.context.clock(),
    )  # fmt: skip
    await house.context.store.submit(Change((Insert(view),)))
    parts = {
        **await _furnish_money(house, merchant, payment),
        "merchant_no": merchant.merchant_no,
        "number": merchant.merchant_no,
        "user_id": str(colleague.user.user_id),
        "app_id": shop.app.app_id,
        "payment_id": str(payment.payment_id),
        "webhook_id": str(webhooks[0].webhook_id),
        "call_id": str(calls[0].call_id),
        "attempt_id": str(attempts[0].attempt_id),
        "view_id": str(view.view_id),
    }
    secrets = {
        "card number": CARD_NO,
        "other card number": AMEX,
        "security code": AMEX_CODE,
        "app secret": shop.secret.reveal(),
        "token": token,
        "password": colleague.password.reveal(),
    }
    return Furniture(parts | ANYBODYS, secrets)


def _order(number: str, **changes: Any) -> dict[str, Any]:
    return payment_body(number, **({"card_no": CARD_NO, "notificationUrl": "https://shop.example/hooks"} | changes))
