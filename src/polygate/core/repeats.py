"""Repeats: when the same number comes twice, is it a safe retry or a mistake? Nothing is ever done twice.

The unique index settles who was first; these rules say what the second one is told (gateway contract, 1.4 and 4.2).
"""

from __future__ import annotations

from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import PaymentState


def same_session(first: Payment, *, amount: Money, now_ms: int) -> Payment:
    """A repeated checkout gets its open session back while nothing about it differs."""
    if (
        first.state is PaymentState.CREATED
        and first.asked == amount
        and first.is_checkout
        and now_ms < first.expires_ms
    ):
        return first
    raise order_taken(first)


def same_refund(first: Refund, *, payment_id: int, amount: Money) -> Refund:
    """A repeated refund number gives the first refund back if it asks for the same."""
    if first.payment_id == payment_id and first.amount == amount:
        return first
    raise Refused(Reason.REFUND_NUMBER_TAKEN, f"refund number {first.number} was used with other content")


class PayoutTaken(Refused):
    """The number is that of an earlier payout: each protocol decides whether an equal order is a safe retry."""

    def __init__(self, first: Payout) -> None:
        super().__init__(Reason.ORDER_TAKEN, f"payout number {first.number} is already used")
        self.first = first


def order_taken(first: Payment) -> Refused:
    return Refused(Reason.ORDER_TAKEN, f"orderNo {first.order_no} is already used")
