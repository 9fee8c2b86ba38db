"""What merchants are told is what happened: outbox, facts and states agree (architecture, section 4, rule 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.assembly.doctor.together import ordered, together
from polygate.core.chargebacks import Chargeback
from polygate.core.facts import ANNOUNCED, Fact, FactKind
from polygate.core.methods import Method
from polygate.core.payments import CaptureMode, Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.transitions import PaymentState, PayoutState, RefundState
from polygate.core.webhooks import Webhook, WebhookState, WebhookTry

_KEY: Final = ("merchant_id", "payment_id")

_BY_STATE: Final[Mapping[PaymentState, FactKind | None]] = {
    PaymentState.CREATED: None,
    PaymentState.PENDING: None,
    PaymentState.AUTHORIZED: FactKind.PAYMENT_AUTHORIZED,
    PaymentState.CAPTURING: FactKind.PAYMENT_AUTHORIZED,
    PaymentState.VOIDING: FactKind.PAYMENT_AUTHORIZED,
    PaymentState.CAPTURED: FactKind.PAYMENT_CAPTURED,
    PaymentState.FAILED: FactKind.PAYMENT_FAILED,
    PaymentState.CANCELED: FactKind.PAYMENT_CANCELED,
    PaymentState.EXPIRED: FactKind.PAYMENT_EXPIRED,
}
"""The fact that brought a payment into its state, where merchants are told of it."""

_BY_REFUND_STATE: Final[Mapping[RefundState, FactKind | None]] = {
    RefundState.ACCEPTED: None,
    RefundState.SUCCEEDED: FactKind.REFUND_SUCCEEDED,
    RefundState.FAILED: FactKind.REFUND_FAILED,
}

_BY_PAYOUT_STATE: Final[Mapping[PayoutState, Sequence[FactKind]]] = {
    PayoutState.WAITING: (),
    PayoutState.SENT: (),
    PayoutState.PAID: (FactKind.PAYOUT_PAID,),
    PayoutState.FAILED: (FactKind.PAYOUT_FAILED,),
    PayoutState.RETURNED: (FactKind.PAYOUT_PAID, FactKind.PAYOUT_RETURNED),
}


async def check_outbox(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 5: state, fact and webhook were committed together.

    Each announced fact has exactly one webhook, which carries the same data; each webhook has its fact; each payment
    and refund in a state that merchants are told of has exactly one such fact, as has each chargeback.
    """
    streams = (
        ordered(snapshot, Payout, "merchant_id", "payout_id"),
        ordered(snapshot, Payment, *_KEY),
        ordered(snapshot, Refund, *_KEY),
        ordered(snapshot, Chargeback, *_KEY),
        ordered(snapshot, Fact, *_KEY, kinds=ANNOUNCED),
        ordered(snapshot, Webhook, *_KEY),
    )
    async for (_, subject_id), (payouts, payments, refunds, chargebacks, told, webhooks) in together(*streams):
        tally.looked_at += len(told)
        subject = "payout" if payouts else "payment"
        for said in (*_untold(payments, (*refunds, *chargebacks), payouts, told), *_unlike(told, webhooks)):
            tally.fault(f"{subject} {subject_id}: {said}")


def _untold(
    payments: Sequence[Payment], parts: Sequence[Refund | Chargeback], payouts: Sequence[Payout], told: Sequence[Fact]
) -> Iterator[str]:
    """Facts that are missing, or there twice, for the states that were reached."""
    times = Counter((fact.refund_id or fact.data.get("chargeback_id", 0), fact.kind) for fact in told)
    wanted: set[tuple[int, FactKind | None]] = {(0, _BY_STATE[payment.state]) for payment in payments}
    for part in parts:
        if isinstance(part, Refund):
            wanted.add((part.refund_id, _BY_REFUND_STATE[part.state]))
        else:
            wanted.add((part.chargeback_id, FactKind.CHARGEBACK_RECORDED))
    wanted |= {(0, kind) for payout in payouts for kind in _BY_PAYOUT_STATE[payout.state]}
    wanted |= {
        (0, FactKind.PAYMENT_AUTHORIZED)
        for payment in payments
        if payment.state is PaymentState.CAPTURED and payment.capture_mode is CaptureMode.MANUAL
        # A wallet takes the money at once, whatever the order wished for cards.
        if payment.method == Method.CARD
    }
    for part_id, kind in sorted((part_id, kind) for part_id, kind in wanted if kind is not None):
        if times[part_id, kind] == 0:
            yield f"no fact {kind}{_of(part_id, kind)}"
    for (part_id, kind), count in times.items():
        if count > 1:
            yield f"{count} facts {kind}{_of(part_id, kind)}"


def _of(part_id: int, kind: FactKind) -> str:
    if not part_id:
        return ""
    return f" of {'chargeback' if kind is FactKind.CHARGEBACK_RECORDED else 'refund'} {part_id}"


def _unlike(told: Sequence[Fact], webhooks: Sequence[Webhook]) -> Iterator[str]:
    """Webhooks that are missing, there twice, of no fact, or not what the fact says."""
    by_fact: dict[int, list[Webhook]] = {}
    for webhook in webhooks:
        by_fact.setdefault(webhook.fact_id, []).append(webhook)
    for fact in told:
        rows = by_fact.pop(fact.fact_id, [])
        if len(rows) != 1:
            yield f"{len(rows)} webhooks of its {fact.kind}"
        for webhook in rows:
            if (webhook.kind, webhook.refund_id, webhook.at_ms, webhook.data) != (
                fact.kind, fact.refund_id, fact.at_ms, fact.data,
            ):  # fmt: skip
                yield f"webhook {webhook.webhook_id} does not say what its {fact.kind} says"
    for rows in by_fact.values():
        yield f"webhook {rows[0].webhook_id} ({rows[0].kind}) belongs to no fact that is announced"


async def check_webhooks(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 5 at the other end: every try is on record, and what waits will be tried."""
    key = ("merchant_id", "webhook_id")
    streams = ordered(snapshot, Webhook, *key), ordered(snapshot, WebhookTry, *key)
    async for (_, webhook_id), (webhooks, tries) in together(*streams):
        tally.looked_at += len(webhooks)
        numbers = sorted(each.try_no for each in tries)
        for webhook in webhooks:
            if numbers != list(range(1, webhook.tries + 1)):
                tally.fault(f"webhook {webhook_id} counts {webhook.tries} tries, on record are {numbers}")
            if (webhook.state is WebhookState.WAITING) != (webhook.due_ms > 0):
                tally.fault(f"webhook {webhook_id} is {webhook.state}, its next try is due at {webhook.due_ms}")
        if not webhooks:
            tally.fault(f"there is no webhook {webhook_id}, but {len(tries)} tries of it")
