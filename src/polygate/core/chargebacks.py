"""Chargebacks: what payers got back through their banks. The acquirer has taken the money already; we write it down."""

from __future__ import annotations

from typing import Any

import msgspec

from polygate.core import decisions, ledger
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import AttemptId, MerchantId, Mint, PaymentId
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.payouts import Reserve
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import PaymentState


class Chargeback(msgspec.Struct, frozen=True):
    """One of a payment; written once."""

    merchant_id: MerchantId
    chargeback_id: int
    payment_id: PaymentId
    case_no: str
    """The acquirer's number of the case, unique for a payment: whoever tells of it twice changes nothing."""
    amount_minor: int
    currency: str
    reason: str
    created_ms: int

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Recorded(msgspec.Struct, frozen=True):
    """Rows that are written together. `payment` carries the version it will have afterwards."""

    payment: Payment
    chargeback: Chargeback
    postings: tuple[ledger.PostingRow, ...]
    facts: tuple[Fact, ...]
    reserve: Reserve | None


def same(first: Chargeback, amount: Money) -> Chargeback:
    """The one that was told of before, if it is the same. Raises Refused(CHARGEBACK_TAKEN)."""
    if first.amount == amount:
        return first
    raise Refused(Reason.CHARGEBACK_TAKEN, f"case {first.case_no} was recorded with {first.amount}")


def record(
    payment: Payment,
    amount: Money,
    *,
    chargeback_id: int,
    case_no: str,
    reason: str,
    reserve: Reserve | None,
    now_ms: int,
    mint: Mint,
) -> Recorded:
    """Raises Refused: CHARGEBACK_NOT_NOW, CHARGEBACK_TOO_LARGE. The amount is more than zero.

    `reserve` guards the merchant's available balance, where the payment went in there. What is charged back is gone:
    if the balance does not suffice, the merchant owes it.
    """
    if payment.state is not PaymentState.CAPTURED:
        raise Refused(Reason.CHARGEBACK_NOT_NOW, f"a payment that is {payment.state} cannot be charged back")
    if payment.refundable < amount:
        raise Refused(
            Reason.CHARGEBACK_TOO_LARGE,
            f"the amount is more than the {payment.refundable} that were neither refunded nor charged back",
        )
    chargeback = Chargeback(
        merchant_id=payment.merchant_id,
        chargeback_id=chargeback_id,
        payment_id=payment.payment_id,
        case_no=case_no,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        created_ms=now_ms,
    )
    changed = decisions.moved(payment, charged_back_minor=payment.charged_back_minor + amount.minor)
    postings = ledger.rows_of(
        ledger.for_chargeback(payment.acquirer, amount, out_of=payment.owed_in),
        payment.merchant_id,
        subject_id=payment.payment_id,
        attempt_id=AttemptId(0),
        at_ms=now_ms,
        mint=mint,
    )
    told = decisions.fact(changed, FactKind.CHARGEBACK_RECORDED, now_ms, mint, shown(changed, chargeback))
    return Recorded(changed, chargeback, postings, (told,), reserve)


def shown(payment: Payment, chargeback: Chargeback) -> dict[str, Any]:
    """A chargeback for the webhook about it."""
    return {
        "protocol": payment.protocol,
        "app_id": payment.app_id,
        "order_no": payment.order_no,
        "chargeback_id": chargeback.chargeback_id,
        "case_no": chargeback.case_no,
        "amount_minor": chargeback.amount_minor,
        "currency": chargeback.currency,
        "reason": chargeback.reason,
        "notify_url": payment.notify_url,
    }
