"""What decisions about payouts are made of: the rows that are written together, and how a payout ends."""

from __future__ import annotations

from typing import Any

import msgspec

from polygate.core import ledger
from polygate.core.attempts import Attempt
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import Mint
from polygate.core.outcomes import Approved, Declined
from polygate.core.payouts import LOOKS_AFTER_MS, BankTransfer, Payout, Reserve
from polygate.core.transitions import PAYOUT, PayoutEvent, after


class PayoutDecision(msgspec.Struct, frozen=True):
    """Rows that are written together. `payout` carries the version it will have afterwards."""

    payout: Payout
    is_new: bool = False
    reserve: Reserve | None = None
    """The guard of the balance, with its next version; 1 where it is new."""
    transfer: BankTransfer | None = None
    """Paid by the operator: nobody may have named the transfer before."""
    attempts: tuple[Attempt, ...] = ()
    postings: tuple[ledger.PostingRow, ...] = ()
    facts: tuple[Fact, ...] = ()


def paid(payout: Payout, attempt: Attempt, outcome: Approved, now_ms: int, mint: Mint) -> PayoutDecision:
    """The receiver has the money. An acquirer is asked later whether it came back; by hand, the operator tells."""
    paid_out = moved(
        payout,
        now_ms,
        PayoutEvent.PAID,
        reference=outcome.reference,
        due_ms=0 if attempt.is_by_hand else now_ms + LOOKS_AFTER_MS[0],
        paid_ms=now_ms,
        closed_ms=now_ms,
    )
    postings = ledger.for_payout(attempt.acquirer, payout.amount, payout.fee)
    return PayoutDecision(
        payout=paid_out,
        postings=posting_rows(paid_out, attempt.attempt_id, postings, now_ms, mint),
        facts=(announced(paid_out, FactKind.PAYOUT_PAID, now_ms, mint),),
    )


def failed(payout: Payout, attempt_id: int, refusal: Declined, now_ms: int, mint: Mint) -> PayoutDecision:
    """The receiver will not have the money: what was set aside is free again."""
    said = refusal.said or refusal.why.value
    why = refusal.why.value
    ended = moved(payout, now_ms, PayoutEvent.DECLINED, why_failed=why, said=said, closed_ms=now_ms)
    released = ledger.release_payout(payout.amount, payout.fee)
    return PayoutDecision(
        payout=ended,
        postings=posting_rows(ended, attempt_id, released, now_ms, mint),
        facts=(announced(ended, FactKind.PAYOUT_FAILED, now_ms, mint),),
    )


def returned(payout: Payout, refusal: Declined, now_ms: int, mint: Mint) -> PayoutDecision:
    """What was paid came back: it is the merchant's again, with the fee."""
    said = refusal.said or refusal.why.value
    why = refusal.why.value
    back = moved(payout, now_ms, PayoutEvent.RETURNED, why_failed=why, said=said, due_ms=0, closed_ms=now_ms)
    postings = ledger.for_returned_payout(payout.acquirer, payout.amount, payout.fee)
    return PayoutDecision(
        payout=back,
        postings=posting_rows(back, payout.attempt_id, postings, now_ms, mint),
        facts=(announced(back, FactKind.PAYOUT_RETURNED, now_ms, mint),),
    )


def payout_shown(payout: Payout) -> dict[str, Any]:
    """A payout as it stood at an event: all that a webhook about it needs, so that its body never changes."""
    return {
        "protocol": payout.protocol,
        "app_id": payout.app_id,
        "number": payout.number,
        "state": payout.state.value,
        "amount_minor": payout.amount_minor,
        "fee_minor": payout.fee_minor,
        "currency": payout.currency,
        "receiver": msgspec.to_builtins(payout.receiver),
        "attach": payout.attach,
        "reference": payout.reference,
        "why_failed": payout.why_failed,
        "said": payout.said,
        "created_ms": payout.created_ms,
        "changed_ms": payout.changed_ms,
        "paid_ms": payout.paid_ms,
        "closed_ms": payout.closed_ms,
        "notify_url": payout.notify_url,
    }


def moved(payout: Payout, now_ms: int, event: PayoutEvent | None = None, **changes: Any) -> Payout:
    """With its next version; `event` is what changes its state."""
    if event is not None:
        changes["state"] = after(PAYOUT, payout.state, event)
    return msgspec.structs.replace(payout, **{"version": payout.version + 1, "changed_ms": now_ms, **changes})


def posting_rows(
    payout: Payout, attempt_id: int, postings: tuple[ledger.Posting, ...], now_ms: int, mint: Mint
) -> tuple[ledger.PostingRow, ...]:
    return ledger.rows_of(
        postings, payout.merchant_id, subject_id=payout.payout_id, attempt_id=attempt_id, at_ms=now_ms, mint=mint
    )


def announced(payout: Payout, kind: FactKind, now_ms: int, mint: Mint) -> Fact:
    return fact(payout, kind, now_ms, mint, payout_shown(payout))


def fact(payout: Payout, kind: FactKind, now_ms: int, mint: Mint, data: dict[str, Any]) -> Fact:
    return Fact(
        merchant_id=payout.merchant_id,
        fact_id=mint(),
        payment_id=payout.payout_id,
        refund_id=0,
        at_ms=now_ms,
        kind=kind,
        data=data,
    )
