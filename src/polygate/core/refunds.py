"""Refunds: money given back on request, reserved the moment it is accepted."""

from __future__ import annotations

import msgspec

from polygate.core.ids import MerchantId, PaymentId, RefundId
from polygate.core.money import Money
from polygate.core.transitions import RefundState


class Refund(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    refund_id: RefundId
    payment_id: PaymentId
    protocol: str
    number: str
    """The merchant's own number, unique per merchant, protocol and `number_scope`."""
    state: RefundState
    amount_minor: int
    currency: str
    reason: str
    client_ip: str
    notify_url: str
    """Where its webhook goes."""
    said: str
    created_ms: int
    finished_ms: int
    version: int = 1
    number_scope: str = ""
    """As its payment's."""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class RefundOrder(msgspec.Struct, frozen=True):
    """What a merchant asks for."""

    number: str
    amount: Money
    reason: str
    client_ip: str
    notify_url: str
