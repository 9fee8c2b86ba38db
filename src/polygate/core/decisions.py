"""Decisions: the rows that are written together, or not at all, and the parts they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from polygate.core import attempts, ledger
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.facts import Fact, FactKind
from polygate.core.groups import PaidGroup
from polygate.core.ids import AttemptId, Mint
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.payments import OrderDetails, Payment
from polygate.core.payouts import Reserve
from polygate.core.refunds import Refund
from polygate.core.schedules import payer_delay_ms
from polygate.core.transitions import PAYMENT, AttemptState, PaymentEvent, after

AFTER_CLOSE_MS: Final = 3_000
"""How soon an acquirer that was told to close a charge is asked whether it did."""


class Decision(msgspec.Struct, frozen=True):
    """Rows that are written together. `payment` carries the version it will have afterwards."""

    payment: Payment
    is_new: bool = False
    details: OrderDetails | None = None
    attempts: tuple[Attempt, ...] = ()
    refund: Refund | None = None
    postings: tuple[ledger.PostingRow, ...] = ()
    facts: tuple[Fact, ...] = ()
    agreement: Agreement | None = None
    """Made or used by this decision."""
    revoked: tuple[Agreement, ...] = ()
    reserve: Reserve | None = None
    """The guard of the available balance, with its next version, where something is taken out of it."""
    paid_group: PaidGroup | None = None
    """Where no other try to pay for the same may succeed."""


def payment_shown(payment: Payment) -> dict[str, Any]:
    """A payment as it stood at an event: all that a webhook about it needs, so that its body never changes."""
    return {
        "protocol": payment.protocol,
        "app_id": payment.app_id,
        "order_no": payment.order_no,
        "state": payment.state.value,
        "method": payment.method,
        "amount_minor": payment.shown.minor,
        "currency": payment.currency,
        "auth_code": payment.details.auth_code,
        "agreement_id": payment.agreement_id,
        "attach": payment.attach,
        "answered_ms": payment.answered_ms,
        "decline": payment.decline,
        "notify_url": payment.notify_url,
    }


def refund_shown(payment: Payment, refund: Refund) -> dict[str, Any]:
    """A refund as it stood at an event, for the webhook about it."""
    return {
        "protocol": payment.protocol,
        "app_id": payment.app_id,
        "order_no": payment.order_no,
        "number": refund.number,
        "state": refund.state.value,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "reason": refund.reason,
        "said": refund.said,
        "finished_ms": refund.finished_ms,
        "notify_url": refund.notify_url,
    }


def moved(payment: Payment, event: PaymentEvent | None = None, **changes: Any) -> Payment:
    if event is not None:
        changes["state"] = after(PAYMENT, payment.state, event)
    return msgspec.structs.replace(payment, version=payment.version + 1, **changes)


def fee(payment: Payment, captured: Money) -> Money:
    """What the operator earns on a captured amount, by the rule that was in force when the order was made."""
    return FeeRule(payment.fee_basis_points, payment.fee_fixed_minor).fee(captured)


def about_charge(
    charge: Attempt,
    kind: AttemptKind,
    amount: Money,
    attempt_id: AttemptId,
    *,
    now_ms: int,
    timeout_ms: int,
    planned: bool = False,
) -> Attempt:
    return attempts.begin(
        merchant_id=charge.merchant_id,
        attempt_id=attempt_id,
        payment_id=charge.payment_id,
        kind=kind,
        acquirer=charge.acquirer,
        why=f"{charge.acquirer} holds the charge",
        amount=amount,
        captures=charge.captures,
        now_ms=now_ms,
        timeout_ms=timeout_ms,
        original=charge,
        planned=planned,
    )


def given_up(charge: Attempt | None, now_ms: int, mint: Mint) -> tuple[Attempt, ...]:
    """Nobody waits for the payer of this charge any more: the acquirer is told to take no money for it.

    And asked soon what became of it, because the payer may have been faster: then the money is given back.
    """
    if charge is None or charge.state is not AttemptState.NEEDS_PAYER:
        return ()
    close = about_charge(
        charge, AttemptKind.CLOSE, charge.amount, AttemptId(mint()), now_ms=now_ms, timeout_ms=0, planned=True
    )
    ask_after_ms = max(AFTER_CLOSE_MS, payer_delay_ms(now_ms - charge.created_ms))
    return close, attempts.soon(charge, due_ms=now_ms + ask_after_ms)


def posting_rows(
    payment: Payment, attempt: Attempt, postings: tuple[ledger.Posting, ...], now_ms: int, mint: Mint
) -> tuple[ledger.PostingRow, ...]:
    return ledger.rows_of(
        postings,
        payment.merchant_id,
        subject_id=payment.payment_id,
        attempt_id=attempt.attempt_id,
        at_ms=now_ms,
        mint=mint,
    )


def about(attempt: Attempt) -> dict[str, str]:
    return {
        "attempt": str(attempt.attempt_id),
        "kind": attempt.kind.value,
        "acquirer": attempt.acquirer,
        "amount": str(attempt.amount),
        "state": attempt.state.value,
    }


def announced(payment: Payment, kind: FactKind, now_ms: int, mint: Mint) -> Fact:
    return fact(payment, kind, now_ms, mint, payment_shown(payment))


def fact(
    payment: Payment,
    kind: FactKind,
    now_ms: int,
    mint: Mint,
    data: Mapping[str, Any],
    *,
    refund_id: int = 0,
) -> Fact:
    return Fact(
        merchant_id=payment.merchant_id,
        fact_id=mint(),
        payment_id=payment.payment_id,
        refund_id=refund_id,
        at_ms=now_ms,
        kind=kind,
        data=data,
    )
