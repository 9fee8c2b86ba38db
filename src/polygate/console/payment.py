"""One payment: what is known about it, its whole timeline, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from polygate.console import life, refunds, shown
from polygate.console.page import Page
from polygate.console.payments import PAYMENTS, STATE_KINDS
from polygate.console.story import story
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.ids import DIGITS_MAX, PaymentId
from polygate.core.money import Money, parse, plain
from polygate.core.payments import Payment
from polygate.core.refunds import RefundOrder
from polygate.core.refusals import Refused
from polygate.core.transitions import PaymentState
from polygate.operations.capture_payment import capture_payment
from polygate.operations.refund_payment import refund_payment
from polygate.operations.tell_again import KeepsChanging, tell_again
from polygate.operations.timeline import timeline_of
from polygate.operations.void_payment import void_payment

_REASON_MOST: Final = 200
_VOIDABLE: Final = frozenset({PaymentState.CREATED, PaymentState.PENDING, PaymentState.AUTHORIZED})
_REFUSALS: Final = frozenset(
    {
        "refund_not_now", "refund_too_large", "refund_too_late", "refund_number_taken", "balance_too_small",
        "capture_not_now", "capture_too_large", "already_captured", "authorization_too_old", "void_not_now", "busy",
    }
)  # fmt: skip
"""Those that are told in words of our own."""


async def payment(visit: Visit) -> Response:
    found = await _payment(visit)
    if found is None:
        return _gone(visit)
    reads = visit.context.reads
    return visit.show(
        "payments/one",
        payment=found,
        app=await reads.app(found.app_id),
        refunds=await reads.refunds(found.merchant_id, found.payment_id),
        parcels=await reads.shipments(found.merchant_id, found.payment_id),
        lines=story((await timeline_of(reads, found)).entries, visit),
        kinds=STATE_KINDS,
        refund_kinds=refunds.KINDS,
        can_refund=found.state is PaymentState.CAPTURED and found.refundable.minor > 0,
        can_capture=found.state is PaymentState.AUTHORIZED,
        can_void=found.state in _VOIDABLE,
        plain=plain,
        steps=life.of_payment(found, visit),
    )


async def show_refund(visit: Visit) -> Response:
    found = await _payment(visit)
    if found is None:
        return _gone(visit)
    # The refund's number is in the form: whoever sends it twice asks for the same refund twice.
    values = {"amount": plain(found.refundable), "reason": "", "once": str(visit.context.mint())}
    return visit.show("payments/refund", payment=found, values=values, faults={}, amount=None)


async def refund(visit: Visit) -> Response:
    """Asks once more with the amount in words; the form that says `confirmed` does it."""
    found = await _payment(visit)
    if found is None:
        return _gone(visit)
    values = {name: visit.form(name) for name in ("amount", "reason", "once")}
    faults: dict[str, str] = {}
    amount = _amount(visit, found, faults)
    is_repeat = bool(visit.form("confirmed"))
    if amount is not None and not is_repeat and found.refundable < amount:
        faults["amount"] = visit.words(
            "payments.refused_refund_too_large", left=shown.amount_text(found.refundable, visit.words)
        )
    if len(values["reason"]) > _REASON_MOST or not values["reason"].isprintable():
        faults["reason"] = visit.words("payments.reason_wrong", most=_REASON_MOST)
    if not _is_number(values["once"]):
        return await visit.go(visit.at(f"payments/{found.payment_id}/refund"), "payments.form_lost", kind="bad")
    if faults or amount is None:
        return visit.again("payments/refund", faults, payment=found, values=values, amount=None)
    if not is_repeat:
        return visit.show("payments/refund", payment=found, values=values, faults={}, amount=amount)
    order = RefundOrder(
        number=values["once"],
        amount=amount,
        reason=values["reason"],
        client_ip=visit.entrance.address,
        # Whoever was told of the payment hears of its refund.
        notify_url=found.notify_url,
    )
    entry = visit.entry("payment.refunded", about=found.order_no, after={"amount": str(amount), "refund": order.number})
    try:
        await refund_payment(visit.context, found, order, also=(entry,))
    except Refused as refused:
        return await _refused(visit, found, refused)
    return await visit.go(_path(visit, found), "payments.refund_done", amount=amount)


async def capture(visit: Visit) -> Response:
    found = await _payment(visit)
    if found is None:
        return _gone(visit)
    faults: dict[str, str] = {}
    amount = _amount(visit, found, faults)
    if amount is None:
        return await visit.go(_path(visit, found), "payments.amount_wrong", kind="bad")
    entry = visit.entry("payment.captured", about=found.order_no, after={"amount": str(amount)})
    try:
        captured = await capture_payment(visit.context, found, amount, also=(entry,))
    except Refused as refused:
        return await _refused(visit, found, refused)
    if captured.state is PaymentState.CAPTURING:
        return await visit.go(_path(visit, found), "payments.capture_waits", amount=amount)
    return await visit.go(_path(visit, found), "payments.capture_done", amount=amount)


async def void(visit: Visit) -> Response:
    found = await _payment(visit)
    if found is None:
        return _gone(visit)
    entry = visit.entry("payment.voided", about=found.order_no)
    try:
        voided = await void_payment(visit.context, found, also=(entry,))
    except Refused as refused:
        return await _refused(visit, found, refused)
    if voided.state is PaymentState.VOIDING:
        return await visit.go(_path(visit, found), "payments.void_waits")
    return await visit.go(_path(visit, found), "payments.void_done")


async def resend(visit: Visit) -> Response:
    found, named = await _payment(visit), visit.part("webhook_id")
    if found is None:
        return _gone(visit)
    webhook = await visit.context.reads.webhook(visit.merchant_id, int(named)) if _is_number(named) else None
    if webhook is None or webhook.payment_id != found.payment_id:
        return visit.lost("payments.webhook_gone", _path(visit, found))
    entry = visit.entry("webhook.resent", about=str(webhook.webhook_id))
    try:
        await tell_again(visit.context.store, webhook, now_ms=visit.now_ms, also=(entry,))
    except KeepsChanging:
        return await visit.go(_path(visit, found), "payments.refused_busy", kind="bad")
    visit.context.webhooks_wait.set()
    return await visit.go(_path(visit, found), "payments.webhook_resent")


async def _payment(visit: Visit) -> Payment | None:
    """One of this merchant's own."""
    named = visit.part("payment_id")
    return await visit.context.reads.payment(visit.merchant_id, PaymentId(int(named))) if _is_number(named) else None


def _gone(visit: Visit) -> Response:
    return visit.lost("payments.gone", visit.at("payments"))


async def _refused(visit: Visit, found: Payment, refused: Refused) -> Response:
    """In a sentence, with what is left where that is the matter."""
    reason = refused.reason.value if refused.reason.value in _REFUSALS else "busy"
    values: Mapping[str, Any] = {}
    if reason == "refund_too_large":
        again = await visit.context.reads.payment(found.merchant_id, found.payment_id) or found
        values = {"left": again.refundable}
    elif reason == "capture_too_large":
        values = {"most": found.asked}
    return await visit.go(_path(visit, found), f"payments.refused_{reason}", kind="bad", **values)


def _amount(visit: Visit, payment: Payment, faults: dict[str, str]) -> Money | None:
    try:
        amount = parse(visit.form("amount"), payment.currency)
    except ValueError:
        amount = Money(0, payment.currency)
    if 0 < amount.minor < 2**62:
        return amount
    faults["amount"] = visit.words("payments.amount_wrong")
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < len(text) <= DIGITS_MAX


def _path(visit: Visit, payment: Payment) -> str:
    return visit.at(f"payments/{payment.payment_id}")


_PAYMENT: Final = f"{PAYMENTS}/{{payment_id}}"
PAGES: Final = (
    Page("GET", _PAYMENT, payment, Permission.VIEW),
    Page("GET", f"{_PAYMENT}/refund", show_refund, Permission.REFUND),
    Page("POST", f"{_PAYMENT}/refund", refund, Permission.REFUND),
    Page("POST", f"{_PAYMENT}/capture", capture, Permission.MANAGE_PAYMENTS),
    Page("POST", f"{_PAYMENT}/void", void, Permission.MANAGE_PAYMENTS),
    Page("POST", f"{_PAYMENT}/webhooks/{{webhook_id}}/resend", resend, Permission.MANAGE_INTEGRATION),
)
