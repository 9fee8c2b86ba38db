"""What the acquirer enters for each order: pure decisions about one charge and all that stands under it."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from polygate.connectors.sandbox import scenarios, wallets
from polygate.connectors.sandbox.book import (
    Choice,
    Entry,
    Kind,
    State,
    captured_minor,
    details_in,
    has,
    json_of,
    refunded_minor,
    standing,
)
from polygate.connectors.sandbox.messages import ChargeOrder, CollectOrder, FollowOrder
from polygate.core.cards import mask
from polygate.core.money import Money
from polygate.core.outcomes import Decline, Details

FollowUp = Literal[Kind.CAPTURE, Kind.REVERSE, Kind.CLOSE, Kind.REFUND]


def charge(order: ChargeOrder, now_ms: int, key: str, *, undecided_ms: int) -> Entry:
    """A charge as it arrives: waiting for the payer behind `key`, or already put to the issuer.

    `undecided_ms` is how long an issuer that says so takes to decide.
    """
    number = order.card.number.reveal()
    scenario = scenarios.scenario_of(order)
    entry = Entry(
        merchant_id=order.merchant,
        attempt_id=order.key,
        kind=Kind.CHARGE,
        amount_minor=order.amount_minor,
        currency=order.currency,
        state=State.AWAITING,
        capture=order.capture,
        scenario=scenario.name,
        masked=mask(number),
        decline=scenarios.verdict(order, now_ms) or "",
        reference=scenarios.reference(order.merchant, order.key),
        return_url=order.return_url,
        details=json_of(scenarios.details_of(order)),
        created_ms=now_ms,
        changed_ms=now_ms,
    )
    if scenarios.needs_payer(order):
        return replace(entry, key=key)
    if scenario.waits and not entry.decline:
        return replace(entry, state=State.PROCESSING, due_ms=now_ms + undecided_ms)
    return _charged(entry, now_ms)


def _charged(entry: Entry, now_ms: int) -> Entry:
    """The charge after the issuer was asked: settled, or settling late."""
    late_ms = scenarios.SCENARIOS[entry.scenario].late_ms
    if late_ms:
        return replace(entry, state=State.PROCESSING, due_ms=now_ms + late_ms, changed_ms=now_ms)
    return replace(entry, state=State.DECLINED if entry.decline else State.APPROVED, changed_ms=now_ms)


def collection(order: CollectOrder, now_ms: int, key: str) -> Entry:
    """A payment from a wallet as it arrives: waiting for the payer behind `key`, or taken with a scanned code."""
    entry = Entry(
        merchant_id=order.merchant,
        attempt_id=order.key,
        kind=Kind.CHARGE,
        amount_minor=order.amount_minor,
        currency=order.currency,
        state=State.AWAITING,
        capture=True,
        reference=wallets.number_of(order),
        return_url=order.return_url,
        method=order.method,
        product=order.product,
        description=order.description,
        details=json_of(wallets.details_of(order)),
        created_ms=now_ms,
        changed_ms=now_ms,
    )
    if wallets.is_refused_at_once(order):
        return replace(entry, state=State.DECLINED, decline=Decline.NO_REASON)
    if order.code is None:
        return replace(entry, key=key, code=wallets.code_to_scan(order))
    shown = order.code.reveal()
    if shown.endswith(wallets.SLOW_CODE_ENDING):
        return replace(entry, state=State.PROCESSING, due_ms=now_ms + wallets.SLOW_MS)
    if shown.endswith(wallets.WRONG_CODE_ENDING):
        return replace(entry, state=State.DECLINED, decline=Decline.WRONG_CODE)
    return replace(entry, state=State.APPROVED)


def chosen(entry: Entry, choice: Choice, now_ms: int) -> Entry:
    """An awaiting charge with what the payer pressed: a card is charged once we are told, a wallet pays right away."""
    entry = replace(entry, payer_choice=choice, changed_ms=now_ms)
    if not entry.method:
        return entry
    match choice:
        case Choice.PASS:
            return replace(entry, state=State.APPROVED)
        case Choice.FAIL:
            return replace(entry, state=State.DECLINED, decline=Decline.NO_REASON)
        case Choice.CANCEL:
            return replace(entry, state=State.DECLINED, decline=Decline.CANCELED_BY_PAYER)


def settled(entry: Entry, now_ms: int) -> Entry:
    """An awaiting charge of a card once the payer has chosen."""
    if entry.payer_choice == Choice.CANCEL:
        return replace(entry, state=State.DECLINED, decline=Decline.CANCELED_BY_PAYER, changed_ms=now_ms)
    passed = entry.payer_choice == Choice.PASS
    details = replace(details_in(entry), authentication=scenarios.authentication_of(entry.masked, passed=passed))
    entry = replace(entry, details=json_of(details))
    if passed:
        return _charged(entry, now_ms)
    return replace(entry, state=State.DECLINED, decline=Decline.AUTHENTICATION_FAILED, changed_ms=now_ms)


def given_up(charge: Entry, now_ms: int) -> Entry:
    """An awaiting charge reversed before the payer confirmed or paid: no money will be taken."""
    return replace(charge, state=State.DECLINED, decline=Decline.NO_REASON, changed_ms=now_ms)


def follow_up(kind: FollowUp, order: FollowOrder, charge: Entry | None, under: list[Entry], now_ms: int) -> Entry:
    """The decision about a capture, a reversal or a refund, given the charge and all that stands under it."""
    entry = Entry(
        merchant_id=order.merchant,
        attempt_id=order.key,
        original_id=order.original,
        kind=kind,
        amount_minor=order.amount_minor,
        currency=order.currency,
        state=State.DECLINED,
        decline=Decline.NOT_PERMITTED,
        reference=scenarios.reference(order.merchant, order.key),
        created_ms=now_ms,
        changed_ms=now_ms,
    )
    if charge is None or charge.kind not in (Kind.CHARGE, Kind.TOMBSTONE) or charge.currency != order.currency:
        return entry
    now = standing(charge, now_ms=now_ms)
    taken = captured_minor(charge, under)
    refunded = refunded_minor(under, now_ms=now_ms)
    reversed_ = has(Kind.REVERSE, under)
    match kind:
        case Kind.CAPTURE:
            open_ = now == State.APPROVED and not charge.capture and not reversed_ and not has(Kind.CAPTURE, under)
            if open_ and 0 < order.amount_minor <= charge.amount_minor:
                details = Details(arn=scenarios.arn(order.merchant, order.original))
                return replace(entry, state=State.APPROVED, decline="", details=json_of(details))
        case Kind.REVERSE:
            # Asked for when an order is given up: afterwards nothing is held or taken, whatever there was. While the
            # charge is still processing, so is its reversal, and both settle at once.
            back = 0 if reversed_ else taken - refunded
            state = State.PROCESSING if now == State.PROCESSING else State.APPROVED
            due_ms = charge.due_ms if now == State.PROCESSING else 0
            return replace(entry, state=state, decline="", amount_minor=back, due_ms=due_ms)
        case Kind.CLOSE:
            # A charge that waited was given up before this is entered; one that is past waiting stays as it is.
            return replace(entry, state=State.APPROVED, decline="", amount_minor=0)
        case Kind.REFUND:
            allowed = now == State.APPROVED and not reversed_ and refunded + order.amount_minor <= taken
            if allowed and order.amount_minor:
                remark = order.remark if order.by_code else ""
                decline = scenarios.refund_verdict(Money(order.amount_minor, order.currency), remark) or ""
                delay_ms = scenarios.REFUND_DELAY_BY_CODE_MS if order.by_code else scenarios.REFUND_DELAY_MS
                due_ms = now_ms + delay_ms
                return replace(entry, state=State.PROCESSING, decline=decline, due_ms=due_ms)
    return entry


def tombstone(merchant: int, attempt: int, currency: str, now_ms: int) -> Entry:
    """The promise never to carry out an order that has not arrived."""
    return Entry(
        merchant_id=merchant,
        attempt_id=attempt,
        kind=Kind.TOMBSTONE,
        amount_minor=0,
        currency=currency,
        state=State.NEVER,
        reference="",
        created_ms=now_ms,
        changed_ms=now_ms,
    )
