"""What the payer pays for: the merchant and the order, as far as the merchant told us.

The order is kept in the words of the API it came by, which tells what they mean.
"""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.checkout.amounts import Amount, shown
from polygate.checkout.words import Words
from polygate.core.money import parse
from polygate.core.payments import Payment
from polygate.core.subscriptions import Plan
from polygate.operations.context import Context
from polygate.protocols.contract import HostedItem, HostedOrder
from polygate.protocols.registry import protocols

DESCRIPTION_SHOWN: Final = 50
"""Characters of the description at the head of the page (gateway contract, 4.2)."""


class Item(msgspec.Struct, frozen=True):
    name: str
    quantity: str
    price: str
    """Of one piece."""


class Summary(msgspec.Struct, frozen=True):
    merchant: str
    amount: Amount
    order_no: str
    description: str
    """As much of it as heads the page."""
    whole_description: str
    """All of it; empty if the head has it already."""
    items: tuple[Item, ...]
    terms: str
    """What the payer agrees to by paying; empty where nothing is charged later."""


async def summary_of(context: Context, payment: Payment, words: Words) -> Summary:
    merchant = await context.reads.merchant(payment.merchant_id)
    order = await hosted_order(context, payment)
    description = order.description
    head = _shortened(description)
    name = merchant.name if merchant else ""
    amount = shown(payment.shown, words.tag)
    return Summary(
        merchant=name,
        amount=amount,
        order_no=payment.group_no or payment.order_no,
        description=head,
        whole_description=description if description != head else "",
        items=tuple(_item(item, words) for item in order.items),
        terms=_terms(order.plan, words, merchant=name, amount=amount) if order.plan else "",
    )


async def hosted_order(context: Context, payment: Payment) -> HostedOrder:
    """What the API of the order says about it."""
    details = await context.reads.order_details(payment.merchant_id, payment.payment_id)
    return protocols()[payment.protocol].hosted_order(payment, details) if details else HostedOrder()


def _terms(plan: Plan, words: Words, *, merchant: str, amount: Amount) -> str:
    if plan.charges_total < 2:
        return ""
    each = f"{amount.text} {amount.code}".strip()
    return words(f"terms.{plan.cycle}", merchant=merchant, amount=each, count=plan.charges_total)


def _shortened(text: str) -> str:
    return text if len(text) <= DESCRIPTION_SHOWN else f"{text[:DESCRIPTION_SHOWN]}…"


def _item(item: HostedItem, words: Words) -> Item:
    try:
        text = shown(parse(item.price, item.currency), words.tag).text
    except (KeyError, ValueError):
        # A price need not fit the currency (gateway contract, 3.5): it is only shown.
        text = f"{item.price} {item.currency}".strip()
    return Item(name=item.name, quantity=item.quantity, price=text)
