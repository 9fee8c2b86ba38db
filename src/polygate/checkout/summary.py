"""What the payer pays for: the merchant and the order, as far as the merchant told us.

The order is kept in the words of the API it came by; hosted pages are opened by the Gateway API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from polygate.checkout.amounts import Amount, shown
from polygate.checkout.words import Words
from polygate.core.money import parse
from polygate.core.payments import OrderDetails, Payment
from polygate.operations.context import Context

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


async def summary_of(context: Context, payment: Payment, words: Words) -> Summary:
    merchant = await context.reads.merchant(payment.merchant_id)
    details = await context.reads.order_details(payment.merchant_id, payment.payment_id)
    request: Mapping[str, Any] = details.request if details else {}
    description = description_in(details)
    head = _shortened(description)
    return Summary(
        merchant=merchant.name if merchant else "",
        amount=shown(payment.shown, words.tag),
        order_no=payment.order_no,
        description=head,
        whole_description=description if description != head else "",
        items=tuple(_item(product, payment.currency, words) for product in request.get("productInfo", ())),
    )


def description_in(details: OrderDetails | None) -> str:
    """What the merchant says the order is about; empty if nothing."""
    return str(details.request.get("description", "")) if details else ""


def _shortened(text: str) -> str:
    return text if len(text) <= DESCRIPTION_SHOWN else f"{text[:DESCRIPTION_SHOWN]}…"


def _item(product: Mapping[str, str], currency: str, words: Words) -> Item:
    price = product["price"]
    try:
        text = shown(parse(price, currency), words.tag).text
    except ValueError:
        # A price need not fit the currency (gateway contract, 3.5): it is only shown.
        text = f"{price} {currency}"
    return Item(name=product["productName"], quantity=product["quantity"].lstrip("0"), price=text)
