"""The calls of the Merchant API as its reference shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.protocols.documenting.openapi import object_of
from polygate.protocols.merchant import bodies
from polygate.protocols.merchant.answer_schemas import (
    CREATED,
    FOUND,
    MESSAGE,
    REFUND,
    REFUND_ROW,
    STATES,
    TIMESTAMP,
    page,
)
from polygate.protocols.merchant.errors import Code
from polygate.protocols.reading.fields import Shape
from polygate.protocols.reading.json_schema import Schema

ONE_ORDER: Final = "/search/order/{uniqueId}"


class Call(msgspec.Struct, frozen=True):
    title: str
    about: str
    group: str
    shape: Shape
    answer: Schema
    done: tuple[Code, ...]
    """What it answers where it was carried out."""
    refused: tuple[Code, ...]
    is_search: bool = False
    is_list: bool = False


_CREATING: Final = (Code.BAD_PARAMETER, Code.NUMBER_TAKEN, Code.FAILED)
_OUTCOMES: Final = (Code.APPROVED, Code.DECLINED, Code.PENDING, Code.CLOSED, Code.REDIRECT)
_RECURRING: Final = "The card is kept, and charged again on its schedule, each time as a transaction of its own."

CALLS: Final[Mapping[str, Call]] = {
    "/checkout/payment": Call(
        "Open an order on the hosted page", "The payer goes to `redirectUrl` and pays there, by card or otherwise.",
        "Checkout", bodies.CHECKOUT_PAYMENT, CREATED, (Code.REDIRECT,), _CREATING,
    ),
    "/checkout/subscription": Call(
        "Open a subscription on the hosted page", f"The payer pays the first time by card. {_RECURRING}",
        "Checkout", bodies.CHECKOUT_SUBSCRIPTION, CREATED, (Code.REDIRECT,), _CREATING,
    ),
    "/api/payment": Call(
        "Charge a card", "301 sends the payer to 3-D Secure. The final result is in the notification.",
        "Direct payments", bodies.PAYMENT, CREATED, _OUTCOMES, _CREATING,
    ),
    "/api/subscription": Call(
        "Charge a card now and later", _RECURRING,
        "Direct payments", bodies.SUBSCRIPTION, CREATED, _OUTCOMES, _CREATING,
    ),
    "/api/refund": Call(
        "Give money back", "All or a part. A repeated call with the same content gives the first refund again.",
        "Refunds", bodies.REFUND, REFUND, (Code.REFUND_ACCEPTED, Code.REFUNDED, Code.REFUND_FAILED),
        (Code.REFUND_FAILED,),
    ),
    "/upload/trackingNumber": Call(
        "Upload tracking numbers",
        "All rows or none. A row for a transaction that has one takes its place. One object counts as a list of one.",
        "Shipping", bodies.TRACKING, object_of({"code": {}, "message": MESSAGE, "timestamp": TIMESTAMP}),
        (Code.UPLOADED,), (Code.NOT_UPLOADED,), is_list=True,
    ),
    "/search/list/order": Call(
        "Search transactions",
        "Everything that is given has to fit. Without any number and date, those of the last month.",
        "Searches", bodies.ORDER_SEARCH, page(FOUND), (Code.FOUND,), (Code.NOT_FOUND,), is_search=True,
    ),
    ONE_ORDER: Call(
        "Look up a transaction", "`code` is its state.",
        "Searches", Shape(), FOUND, STATES, (Code.NOT_FOUND,), is_search=True,
    ),
    "/search/list/refund": Call(
        "Search refunds", "Likewise; dates are those of the request.",
        "Searches", bodies.REFUND_SEARCH, page(REFUND_ROW), (Code.FOUND,), (Code.NOT_FOUND,), is_search=True,
    ),
}  # fmt: skip
