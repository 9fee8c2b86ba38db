"""How far a payment or payout has come: a few steps to look at, where the timeline has everything to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from polygate.console import shown
from polygate.console.visit import Visit
from polygate.core.money import Money
from polygate.core.payments import CaptureMode, Payment
from polygate.core.payouts import Payout
from polygate.core.transitions import PaymentState, PayoutState


class Step(msgspec.Struct, frozen=True):
    name: str
    """In the reader's words."""
    kind: str
    """`good`, `bad` or `past` for what happened, `wait` for what goes on, `next` for what may come."""
    at_ms: int = 0
    text: str = ""


_ENDED: Final = {PaymentState.FAILED: "bad", PaymentState.CANCELED: "past", PaymentState.EXPIRED: "past"}
_GOES_ON: Final = frozenset({PaymentState.CREATED, PaymentState.PENDING, PaymentState.CAPTURING, PaymentState.VOIDING})
_HELD_NOW: Final = frozenset({PaymentState.AUTHORIZED})
"""Later the time of the last answer is that of another one."""
_HELD: Final = _HELD_NOW | {PaymentState.CAPTURING, PaymentState.VOIDING, PaymentState.CAPTURED}


def of_payment(payment: Payment, visit: Visit) -> Iterator[Step]:
    state, words = payment.state, visit.words

    def named(of: PaymentState) -> str:
        return words(f"payments.state_{of}")

    def text(minor: int) -> str:
        return shown.amount_text(Money(minor, payment.currency), words)

    yield Step(words("life.ordered"), "good", payment.created_ms)
    if payment.capture_mode is CaptureMode.MANUAL and state in _HELD:
        yield Step(named(PaymentState.AUTHORIZED), "good", payment.answered_ms if state in _HELD_NOW else 0)
    if state in _GOES_ON:
        yield Step(named(state), "wait")
    if state in _ENDED:
        yield Step(named(state), _ENDED[state], payment.finished_ms)
    elif state is PaymentState.CAPTURED:
        yield Step(named(state), "good", payment.captured_ms)
    elif state is not PaymentState.VOIDING:
        yield Step(named(PaymentState.CAPTURED), "next")
    if payment.refunding_minor:
        yield Step(words("payments.refunded"), "past", text=text(payment.refunding_minor))
    if payment.charged_back_minor:
        yield Step(words("payments.charged_back"), "bad", text=text(payment.charged_back_minor))


def of_payout(payout: Payout, visit: Visit) -> Iterator[Step]:
    state, words = payout.state, visit.words
    paid = words(f"payouts.state_{PayoutState.PAID}")
    yield Step(words("life.ordered"), "good", payout.created_ms)
    if state in {PayoutState.WAITING, PayoutState.SENT}:
        yield Step(words(f"payouts.state_{state}"), "wait")
        yield Step(paid, "next")
    if payout.paid_ms:
        yield Step(paid, "good", payout.paid_ms)
    if state in {PayoutState.FAILED, PayoutState.RETURNED}:
        yield Step(words(f"payouts.state_{state}"), "bad", payout.closed_ms)
