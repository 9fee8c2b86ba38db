"""Groups: several tries to pay for one thing, of which at most one may succeed (merchant contract, section 8)."""

from __future__ import annotations

import msgspec

from polygate.core.ids import MerchantId, PaymentId
from polygate.core.payments import Payment


class PaidGroup(msgspec.Struct, frozen=True):
    """The one try that succeeded. Its key is the group: a second one cannot be written."""

    merchant_id: MerchantId
    protocol: str
    group_no: str
    payment_id: PaymentId
    due_ms: int
    """When the jobs close the other tries; 0 once there are none."""
    version: int = 1


class Others(msgspec.Struct, frozen=True):
    """What is known about the other tries while one is concluded."""

    is_one_paid: bool = False
    is_one_open: bool = False


ALONE = Others()


def must_be_only(payment: Payment) -> bool:
    """Whether no other try may succeed beside it. Renewals are meant to come again and again."""
    return bool(payment.group_no) and not payment.is_renewal


def paid(payment: Payment, others: Others, *, now_ms: int) -> PaidGroup | None:
    """What is written together with a success; None for a payment that has no others."""
    if not must_be_only(payment):
        return None
    return PaidGroup(
        merchant_id=payment.merchant_id,
        protocol=payment.protocol,
        group_no=payment.group_no,
        payment_id=payment.payment_id,
        due_ms=now_ms if others.is_one_open else 0,
    )


def closed(group: PaidGroup) -> PaidGroup:
    """The same once its other tries are closed."""
    return msgspec.structs.replace(group, due_ms=0, version=group.version + 1)
