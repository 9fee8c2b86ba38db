"""A payment's timeline in the reader's words: one line for each thing that is on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, assert_never

import msgspec

from polygate.console import books, shown
from polygate.console.visit import Visit
from polygate.core.attempts import Attempt
from polygate.core.facts import Fact, FactKind
from polygate.core.ledger import PostingRow
from polygate.core.masking import masked_text
from polygate.core.money import Money
from polygate.core.payments import OrderDetails
from polygate.core.refunds import Refund
from polygate.core.webhooks import Webhook, WebhookTry
from polygate.operations.timeline import Entry

_FACT_KINDS: Final[Mapping[FactKind, str]] = {
    FactKind.PAYMENT_AUTHORIZED: "good",
    FactKind.PAYMENT_CAPTURED: "good",
    FactKind.REFUND_SUCCEEDED: "good",
    FactKind.PAYMENT_TRY_DECLINED: "bad",
    FactKind.PAYMENT_FAILED: "bad",
    FactKind.CAPTURE_DECLINED: "bad",
    FactKind.VOID_DECLINED: "bad",
    FactKind.REFUND_FAILED: "bad",
    FactKind.LATE_APPROVAL_REVERSED: "bad",
    FactKind.CHARGEBACK_RECORDED: "bad",
    FactKind.PAYOUT_PAID: "good",
    FactKind.PAYOUT_FAILED: "bad",
    FactKind.PAYOUT_RETURNED: "bad",
}
_ATTEMPT_KINDS: Final = {"approved": "good", "declined": "bad", "not_sent": "bad", "unknown": "wait"}
_REFUND_KINDS: Final = {"succeeded": "good", "failed": "bad"}
_WEBHOOK_KINDS: Final = {"delivered": "good", "given_up": "bad", "waiting": "wait"}
_HTTP_GOOD: Final = range(200, 300)
_KNOWN_ALREADY: Final = frozenset({"attempt", "app_id", "protocol", "order_no", "notify_url", "state"})


class Line(msgspec.Struct, frozen=True):
    at_ms: int
    source: str
    """What knows of it: `request`, `fact`, `attempt`, `refund`, `posting`, `webhook` or `try`."""
    title: str
    kind: str = "quiet"
    """How good the news is: as in badges."""
    text: str = ""
    details: tuple[tuple[str, str], ...] = ()
    """Names and values for whoever wants to know everything."""
    webhook_id: int = 0
    """What may be sent again."""


def story(entries: Sequence[Entry], visit: Visit) -> list[Line]:
    """A line for each entry of a timeline."""
    kinds = {entry.row.webhook_id: entry.row.kind for entry in entries if isinstance(entry.row, Webhook)}
    return [_told(entry, visit, kinds) for entry in entries]


def _told(entry: Entry, visit: Visit, kinds: Mapping[int, str]) -> Line:
    """An entry in the reader's words. Links by which one could act for the payer are left out.

    `kinds` are what the notifications tell of.
    """
    words, row = visit.words, entry.row
    match row:
        case OrderDetails():
            return Line(entry.at_ms, "request", words("story.request"), details=tuple(_flat(row.request)))
        case Fact():
            return _of_fact(row, visit)
        case Attempt():
            details = (
                (words("story.routing"), row.why), (words("story.state"), words(f"story.attempt_{row.state.value}")),
                (words("story.said"), row.said), (words("story.reference"), row.reference),
                (words("story.asked_times"), str(row.asks) if row.asks > 1 else ""),
            )  # fmt: skip
            asked = words(f"story.kind_{row.kind.value}")
            title = f"{asked} · {_money(row.amount, visit)} → {books.acquirer_name(row.acquirer, words)}"
            kind = _ATTEMPT_KINDS.get(row.state.value, "wait")
            text = words(f"story.attempt_{row.state.value}")
            return Line(entry.at_ms, "attempt", title, kind, text, _given(details))
        case PostingRow():
            amount = _money(Money(row.amount_minor, row.currency), visit)
            title = f"{books.account(row.debit, words)} → {books.account(row.credit, words)}"
            text = f"{amount} · {books.event(row.why, words)} · {row.debit} → {row.credit}"
            return Line(entry.at_ms, "posting", title, "quiet", text)
        case Refund():
            title = f"{words('story.refund')} · {_money(row.amount, visit)}"
            about = [(words("story.number"), row.number), (words("story.reason"), row.reason)]
            about.append((words("story.said"), row.said))
            kind = _REFUND_KINDS.get(row.state.value, "wait")
            return Line(entry.at_ms, "refund", title, kind, words(f"refunds.state_{row.state.value}"), _given(about))
        case Webhook():
            kind = _WEBHOOK_KINDS.get(row.state.value, "quiet")
            text = words(f"story.webhook_{row.state.value}", tries=visit.count(row.tries))
            title = f"{words('story.webhook')} · {words(f'webhooks.event_{row.kind}')}"
            return Line(entry.at_ms, "webhook", title, kind, text, webhook_id=row.webhook_id)
        case WebhookTry():
            told = words(f"webhooks.event_{kinds[row.webhook_id]}")
            title = f"{words('story.try', number=visit.count(row.try_no))} · {told}"
            kind = "good" if row.status in _HTTP_GOOD and not row.error else "bad"
            text = f"{row.status or row.error} · {visit.count(row.duration_ms)} ms · {row.url}"
            answer = _given([(words("story.answer"), masked_text(row.answer))])
            return Line(entry.at_ms, "try", title, kind, text, answer)
        case _:
            assert_never(row)


def _of_fact(fact: Fact, visit: Visit) -> Line:
    """Told facts carry the whole payment for their webhook; the page shows that already."""
    words = visit.words
    data = {} if "app_id" in fact.data else dict(fact.data)
    text = ""
    if fact.kind is FactKind.RISK_ASSESSED:
        text = words("story.score", score=data.get("score", 0))
    elif "decline" in data or fact.kind is FactKind.PAYMENT_FAILED:
        decline = str(data.get("decline") or fact.data.get("decline") or "")
        text = words(f"declines.{decline}") if words.has(f"declines.{decline}") else ""
    elif "by" in data:
        text = str(data["by"])
    elif "amount" in data and "acquirer" in data:
        asked = shown.amount_kept(str(data["amount"]), words)
        text = f"{asked} → {books.acquirer_name(str(data['acquirer']), words)}"
    elif "amount" in data:
        text = shown.amount_kept(str(data["amount"]), words)
    details = tuple((name, value) for name, value in _flat(data) if name not in _KNOWN_ALREADY and value)
    kind = _FACT_KINDS.get(fact.kind, "quiet")
    return Line(fact.at_ms, "fact", words(f"story.fact_{fact.kind.value}"), kind, text, details)


def _money(amount: Money, visit: Visit) -> str:
    return shown.amount_text(amount, visit.words)


def _given(details: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in details if value)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """`card.cardNo` and its value, and so on."""
    match value:
        case dict():
            for inner_name, inner in value.items():
                yield from _flat(inner, f"{name}.{inner_name}" if name else inner_name)
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from _flat(inner, f"{name}[{place}]")
        case _:
            yield name, str(value)
