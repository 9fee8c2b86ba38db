"""The life of one payment as a list of events in the order of time, from every table that knows about it.

Nothing secret is in it: cards are masked, and links that would let their reader act for the payer are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from polygate.cli.printed import moment
from polygate.core.attempts import Attempt
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.ledger import PostingRow
from polygate.core.merchants import Merchant
from polygate.core.money import Money
from polygate.core.payments import NOT_SCORED, OrderDetails, Payment
from polygate.core.refunds import Refund
from polygate.core.risk import MAX_SCORE, Assessment, Verdict
from polygate.core.webhooks import Webhook, WebhookTry
from polygate.store.reads import Reads

_FIRST: Final = {"request": 0, "fact": 1}
_VERDICTS: Final = {
    Verdict.PASSED: "passed",
    Verdict.AUTHENTICATE: "authentication asked for",
    Verdict.STOPPED: "stopped",
}


class Event(msgspec.Struct, frozen=True):
    """One line of the timeline."""

    at_ms: int
    """When it happened; for what takes a while, when it ended or, if it has not, began."""
    order: int
    """The row's identifier: the order in which things were made."""
    kind: str
    """What knows of it: `request`, `fact`, `attempt`, `refund`, `posting`, `webhook` or `try`."""
    title: str
    said: str
    """The rest, for people."""
    data: Mapping[str, Any]
    """The same, for scripts."""


class Timeline(msgspec.Struct, frozen=True):
    payment: Payment
    merchant: Merchant | None
    events: tuple[Event, ...]


async def timeline_of(reads: Reads, payment: Payment) -> Timeline:
    """Everything that is on record about a payment."""
    key = payment.merchant_id, payment.payment_id
    events = [
        *_request(payment, await reads.order_details(*key)),
        *(_of_refund(refund) for refund in await reads.refunds(*key)),
        *await events_about(reads, *key),
    ]
    return Timeline(payment, await reads.merchant(payment.merchant_id), _in_order(events))


async def events_about(reads: Reads, merchant_id: MerchantId, subject_id: int) -> tuple[Event, ...]:
    """What payments and payouts have in common: attempts, facts, postings, webhooks and their tries."""
    key = merchant_id, PaymentId(subject_id)
    webhooks = await reads.webhooks(*key)
    events = [
        *(_of_attempt(attempt) for attempt in await reads.attempts(*key)),
        *(_of_fact(fact) for fact in await reads.facts(*key)),
        *(_of_posting(posting) for posting in await reads.postings(*key)),
        *(_of_webhook(webhook) for webhook in webhooks),
    ]
    for webhook in webhooks:
        events += [_of_try(each) for each in await reads.webhook_tries(merchant_id, webhook.webhook_id)]
    return _in_order(events)


def _in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Within one millisecond: what was told, what happened, and then what was written down because of it."""
    return tuple(sorted(events, key=lambda event: (event.at_ms, _FIRST.get(event.kind, len(_FIRST)), event.order)))


def header(timeline: Timeline) -> dict[str, Any]:
    """What one wants to know first."""
    payment, merchant = timeline.payment, timeline.merchant
    card = payment.card
    return {
        "tradeNo": str(payment.payment_id),
        "orderNo": payment.order_no,
        "state": payment.state.value,
        "amount": str(payment.asked),
        "captured": str(payment.captured) if payment.captured_minor else "",
        "refunded": str(Money(payment.refunding_minor, payment.currency)) if payment.refunding_minor else "",
        "merchant": f"{merchant.merchant_no} {merchant.name}" if merchant else str(payment.merchant_id),
        "app": payment.app_id,
        "protocol": payment.protocol + (", hosted page" if payment.is_checkout else ""),
        "method": payment.method + (f" ({payment.product})" if payment.product else ""),
        "capture": payment.capture_mode.value,
        "card": f"{card.brand} {card.masked}, {card.holder}" if card else "",
        "acquirer": f"{payment.acquirer} {payment.reference}".strip(),
        "decline": payment.decline.replace("_", " "),
        "risk": "" if payment.risk_score == NOT_SCORED else str(payment.risk_score),
        "created": moment(payment.created_ms),
        "expires": "" if payment.finished_ms else moment(payment.expires_ms),
        "finished": moment(payment.finished_ms),
    }


def _request(payment: Payment, details: OrderDetails | None) -> Iterator[Event]:
    if details is not None:
        said = ", ".join(_flat(details.request))
        yield Event(payment.created_ms, payment.payment_id, "request", "as received", said, details.request)


def _of_attempt(attempt: Attempt) -> Event:
    said = [attempt.why, attempt.state.value]
    if attempt.said and attempt.said != attempt.state:
        said.append(f"said {attempt.said!r}")
    if attempt.reference:
        said.append(f"reference {attempt.reference}")
    if attempt.asks > 1:
        said.append(f"asked {attempt.asks} times")
    data = {
        "attempt": str(attempt.attempt_id),
        "kind": attempt.kind.value,
        "amount": str(attempt.amount),
        "acquirer": attempt.acquirer,
        "why": attempt.why,
        "state": attempt.state.value,
        "said": attempt.said,
        "reference": attempt.reference,
        "asks": attempt.asks,
        "created": moment(attempt.created_ms),
        "due": moment(attempt.due_ms),
        "closed": moment(attempt.closed_ms),
    }
    at_ms = attempt.closed_ms or attempt.created_ms
    return Event(at_ms, attempt.attempt_id, "attempt", _asked(data), "; ".join(said), data)


def _of_fact(fact: Fact) -> Event:
    """Told facts carry the whole payment for their webhook; the timeline shows that already."""
    shown = {} if "app_id" in fact.data else dict(fact.data)
    if "acquirer" in shown:  # It is about an attempt.
        said = _asked(shown) + (f": {shown['said']}" if "said" in shown else "")
    elif fact.kind is FactKind.RISK_ASSESSED:
        said = _assessed(msgspec.convert(shown, Assessment))
    elif fact.kind is FactKind.SHIPMENT_CHANGED:
        changes = (f"{name} {' → '.join(filter(None, pair))}" for name, pair in shown["changes"].items())
        said = f"{shown['tracking_no']}: {', '.join(changes)}"
    elif fact.kind is FactKind.SHIPMENT_ADDED:
        said = f"{shown['tracking_no']}: {shown['status']} on {shown['shipped_on']} with {shown['carrier']}"
    else:
        said = ", ".join(_flat({name: value for name, value in shown.items() if value != "" and name != "attempt"}))
    return Event(fact.at_ms, fact.fact_id, "fact", fact.kind.value, said, {"kind": fact.kind.value, **shown})


def _asked(attempt: Mapping[str, Any]) -> str:
    """`charge 10.99 USD → sandbox`."""
    return f"{attempt['kind'].replace('_', ' ')} {attempt['amount']} → {attempt['acquirer']}"


def _assessed(assessment: Assessment) -> str:
    """`stopped with score 100 of 100: the card has used up its 5 payments an hour (card limit, 100)`."""
    reasons = "; ".join(f"{reason.said} ({reason.rule}, {reason.points})" for reason in assessment.reasons)
    verdict = f"{_VERDICTS[assessment.verdict]} with score {assessment.score} of {MAX_SCORE}"
    return f"{verdict}: {reasons}" if reasons else verdict


def _of_posting(posting: PostingRow) -> Event:
    amount = str(Money(posting.amount_minor, posting.currency))
    data = {"why": posting.why, "debit": posting.debit, "credit": posting.credit, "amount": amount}
    said = f"{posting.debit} → {posting.credit}  {amount}"
    return Event(posting.at_ms, posting.posting_id, "posting", posting.why, said, data)


def _of_refund(refund: Refund) -> Event:
    said = [refund.state.value, *(text for text in (refund.reason, refund.said) if text)]
    data = {
        "refund": str(refund.refund_id),
        "number": refund.number,
        "amount": str(refund.amount),
        "state": refund.state.value,
        "reason": refund.reason,
        "said": refund.said,
        "created": moment(refund.created_ms),
        "finished": moment(refund.finished_ms),
    }
    title = f"{refund.number}  {refund.amount}"
    return Event(refund.finished_ms or refund.created_ms, refund.refund_id, "refund", title, "; ".join(said), data)


def _of_webhook(webhook: Webhook) -> Event:
    data = {
        "webhook": str(webhook.webhook_id),
        "kind": webhook.kind,
        "state": webhook.state.value,
        "tries": webhook.tries,
        "url": webhook.url,
        "nextTry": moment(webhook.due_ms),
    }
    waits = f", next {moment(webhook.due_ms)}" if webhook.due_ms else ""
    said = f"{webhook.webhook_id} {webhook.state.value.replace('_', ' ')}, tries: {webhook.tries}{waits}"
    return Event(webhook.at_ms, webhook.webhook_id, "webhook", webhook.kind, said, data)


def _of_try(made: WebhookTry) -> Event:
    answer = str(made.status) if made.status else made.error
    data = {
        "webhook": str(made.webhook_id),
        "try": made.try_no,
        "url": made.url,
        "status": made.status,
        "error": made.error,
        "answer": made.answer,
        "ms": made.duration_ms,
    }
    title = f"{made.try_no} of {made.webhook_id}"
    said = f"{answer} in {made.duration_ms} ms from {made.url}"
    return Event(made.at_ms, made.webhook_id, "try", title, said, data)


def _flat(value: Any, name: str = "") -> Iterator[str]:
    """`card.cardNo=444433******1111`, ..."""
    match value:
        case dict():
            for inner_name, inner in value.items():
                yield from _flat(inner, f"{name}.{inner_name}" if name else inner_name)
        case list():
            for place, inner in enumerate(value):
                yield from _flat(inner, f"{name}[{place}]")
        case _:
            yield f"{name}={value}"
