"""Which orders a caller may make, and finding the one that a request names among the caller's (section 1.5)."""

from __future__ import annotations

from typing import Final, Protocol

from polygate.core.merchants import App
from polygate.core.methods import Method
from polygate.core.payments import Payment
from polygate.operations.context import Context
from polygate.operations.look_up import OrderKey, find_payment
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.store.reads import Caller

NAME: Final = "gateway"
"""This protocol, in the rows of its orders."""


class NamesOrder(Protocol):
    """A request about one order: by the merchant's number, by ours, or by both."""

    @property
    def order_no(self) -> str: ...
    @property
    def trade_no(self) -> int | None: ...


def require_method(app: App, method: Method) -> None:
    """Raises Rejected (1006)."""
    if method.value not in app.methods:
        raise Rejected(Code.NOT_ENABLED, f"paymentMethodType: {method} is not enabled for this app")


def order_key(caller: Caller, asked: NamesOrder) -> OrderKey:
    return OrderKey(caller.merchant.merchant_id, NAME, asked.order_no, asked.trade_no)


async def find_order(context: Context, caller: Caller, asked: NamesOrder) -> Payment:
    """Raises Refused: NOT_FOUND or DIFFERENT_ORDERS."""
    return await find_payment(context, order_key(caller, asked))
