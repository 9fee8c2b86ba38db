"""What tests of kept cards share: first payments that keep one, and charges without the payer."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

from polygate.core.agreements import Agreement, agreement_id_in
from polygate.operations.administer import set_may_initiate
from tests.protocols.gateway.examples import BILLING, MIT_PAYMENT
from tests.support.house import Shop

CARD_NO: Final = "4444333322221111"
OTHER_CARD_NO: Final = "5555555555554444"
STOLEN_LATER: Final = "4000000000000341"
"""Good for the first payment only."""
INSISTS: Final = "4000000000003220"
"""Its bank wants 3-D Secure."""

_numbers = count(1)


async def keep(shop: Shop, card_no: str = CARD_NO, *, plan: str = "RECURRING", **changes: Any) -> str:
    """A first payment that keeps the card; its identifier."""
    billing = BILLING | {"customerInitiatedReason": plan}
    paid = await shop.pay(f"first-{next(_numbers)}", card_no=card_no, billing=billing, **changes)
    assert paid["respCode"] == "0000", paid
    return str(paid["transactionIdentifier"])


def again(identifier: str = "", **changes: Any) -> dict[str, Any]:
    """The body of a charge of a kept card."""
    named = {"transactionIdentifier": identifier} if identifier else {}
    return {"amount": "9.99", "orderNo": f"again-{next(_numbers)}"} | named | changes


def by_number(card_no: str = CARD_NO, **changes: Any) -> dict[str, Any]:
    return again(cardNo=card_no, expiryMonth="12", expiryYear="2035", **changes)


def mit(**changes: Any) -> dict[str, Any]:
    """The published body, with changes to the card by its own field names."""
    card = MIT_PAYMENT["card"] | {name: changes.pop(name) for name in tuple(changes) if name in _OF_CARD}
    return MIT_PAYMENT | {"orderNo": f"mit-{next(_numbers)}", "card": card} | changes


_OF_CARD: Final = ("cardNo", "cvc", "captureMethod", "expiryMonth", "expiryYear", "firstName", "lastName")


async def may_initiate(shop: Shop) -> Shop:
    """The same shop, once the operator has granted it payments without the payer."""
    await set_may_initiate(shop.house.context.store, shop.app, may=True)
    return shop


async def agreement(shop: Shop, identifier: str) -> Agreement:
    """As it stands in the store."""
    found = await shop.house.context.reads.agreement(shop.merchant.merchant_id, agreement_id_in(identifier))
    assert found is not None
    return found


async def facts(shop: Shop, answer: dict[str, Any]) -> list[str]:
    """The kinds of what happened to a payment."""
    context = shop.house.context
    found = await context.reads.facts(shop.merchant.merchant_id, int(answer["tradeNo"]))  # type: ignore[arg-type]
    return [fact.kind.value for fact in found]
