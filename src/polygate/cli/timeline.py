"""The timeline of a payment or payout in the words of the command line.

Nothing secret is in it: cards are masked, and links that would let their reader act for the payer are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, assert_never

import msgspec

from polygate.cli.printed import moment
from polygate.core.attempts import Attempt
from polygate.core.facts import Fact, FactKind
from polygate.core.ledger import PostingRow
from polygate.core.money import Money
from polygate.core.payments import NOT_SCORED, OrderDetails
from polygate.core.refunds import Refund
from polygate.core.risk import MAX_SCORE, Assessment, Verdict
from polygate.core.webhooks import Webhook, WebhookTry
from polygate.operations.timeline import Entry, Timeline

_Said = tuple[str, str, str, Mapping[str, Any]]
"""Kind, title, the rest for people, and the same for scripts."""

_VERDICTS: Final = {
    Verdict.PASSED: "passed",
    Verdict.AUTHENTICATE: "authentication asked for",
    Verdict.STOPPED: "stopped",
}


class Event(msgspec.Struct, frozen=True):
    """One line of the timeline."""

    at_ms: int
    kind: str
    """What knows of it: `request`, `fact`, `attempt`, `refund`, `posting`, `webhook` or `try`."""
    title: str
    said: str
    """The rest, for people."""
    data: Mapping[str, Any]
    """The same, for scripts."""


def event_of(entry: Entry) -> Event:
    """An entry in the words of the command line."""
    match entry.row:
        case OrderDetails() as details:
            said = "request", "as received", ", ".join(_flat(details.request)), details.request
        case Attempt() as attempt:
            said = _of_attempt(attempt)
        case Fact() as fact:
            said = _of_fact(fact)
        case PostingRow() as posting:
            said = _of_posting(posting)
        case Refund() as refund:
            said = _of_refund(refund)
        case Webhook() as webhook:
            said = _of_webhook(webhook)
        case WebhookTry() as made:
            said = _of_try(made)
        case _:
            assert_never(entry.row)
    return Event(entry.at_ms, *said)


def header(timeline: Timeline) -> dict[str, Any]:
    """What one wants to know first."""
    payment, merchant = timeline.payment, timeline.merchant
    card = payment.card
    return {
        "tradeNo": str(payment.payment_id),
        "orderNo": payment.order_no,
        "group": payment.group_no,
        "state": payment.state.value,
        "amount": str(payment.asked),
        "captured": str(payment.captured) if payment.captured_minor else "",
        "refunded": str(Money(payment.refunding_minor, payment.currency)) if payment.refunding_minor else "",
        "chargedBack": str(Money(payment.charged_back_minor, payment.currency)) if payment.charged_back_minor else "",
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


def _of_attempt(attempt: Attempt) -> _Said:
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
    return "attempt", _asked(data), "; ".join(said), data


def _of_fact(fact: Fact) -> _Said:
    """Told facts carry the whole payment for their webhook; the timeline shows that already."""
    shown = {} if "app_id" in fact.data else dict(fact.data)
    if "acquirer" in shown:  # It is about an attempt.
        said = _asked(shown) + (f": {shown['said']}" if "said" in shown else "")
    elif fact.kind is FactKind.RISK_ASSESSED:
        said = _assessed(msgspec.convert(shown, Assessment))
    elif fact.kind is FactKind.CHARGEBACK_RECORDED:
        amount = Money(fact.data["amount_minor"], fact.data["currency"])
        shown = {
            "chargeback": str(fact.data["chargeback_id"]),
            "case": fact.data["case_no"],
            "amount": str(amount),
            "reason": fact.data["reason"],
        }
        said = ", ".join(_flat({name: value for name, value in shown.items() if value}))
    elif fact.kind is FactKind.SHIPMENT_CHANGED:
        changes = (f"{name} {' → '.join(filter(None, pair))}" for name, pair in shown["changes"].items())
        said = f"{shown['tracking_no']}: {', '.join(changes)}"
    elif fact.kind is FactKind.SHIPMENT_ADDED:
        said = f"{shown['tracking_no']}: {shown['status']} on {shown['shipped_on']} with {shown['carrier']}"
    else:
        said = ", ".join(_flat({name: value for name, value in shown.items() if value != "" and name != "attempt"}))
    return "fact", fact.kind.value, said, {"kind": fact.kind.value, **shown}


def _asked(attempt: Mapping[str, Any]) -> str:
    """`charge 10.99 USD → sandbox`."""
    return f"{attempt['kind'].replace('_', ' ')} {attempt['amount']} → {attempt['acquirer']}"


def _assessed(assessment: Assessment) -> str:
    """`stopped with score 100 of 100: the card has used up its 5 payments an hour (card limit, 100)`."""
    reasons = "; ".join(f"{reason.said} ({reason.rule}, {reason.points})" for reason in assessment.reasons)
    verdict = f"{_VERDICTS[assessment.verdict]} with score {assessment.score} of {MAX_SCORE}"
    return f"{verdict}: {reasons}" if reasons else verdict


def _of_posting(posting: PostingRow) -> _Said:
    amount = str(Money(posting.amount_minor, posting.currency))
    data = {"why": posting.why, "debit": posting.debit, "credit": posting.credit, "amount": amount}
    said = f"{posting.debit} → {posting.credit}  {amount}"
    return "posting", posting.why, said, data


def _of_refund(refund: Refund) -> _Said:
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
    return "refund", title, "; ".join(said), data


def _of_webhook(webhook: Webhook) -> _Said:
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
    return "webhook", webhook.kind, said, data


def _of_try(made: WebhookTry) -> _Said:
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
    return "try", title, said, data


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
