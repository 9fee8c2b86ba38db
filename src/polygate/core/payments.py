"""Payments: what a payer owes, and every decision about it.

Each function here takes values and returns a `Decision`: the rows that are written together, or not at all. The
payment's version guards them: whoever decides on an outdated payment loses and decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

import msgspec

from polygate.core import attempts, ledger
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.cards import CardOnFile
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import AttemptId, MerchantId, PaymentId, RefundId
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.outcomes import Approved, Decline, Declined, Details, NeedsPayer, NotSent, Outcome, Unknown
from polygate.core.refunds import Refund, RefundOrder
from polygate.core.refusals import Reason, Refused
from polygate.core.routing import Route
from polygate.core.schedules import send_again_delay_ms
from polygate.core.transitions import (
    PAYMENT,
    REFUND,
    AttemptState,
    PaymentEvent,
    PaymentState,
    RefundEvent,
    RefundState,
    after,
    is_final,
)

DAY_MS: Final = 86_400_000
AUTHORIZATION_LIFE_MS: Final = 7 * DAY_MS
"""How long an authorization may wait for its capture (gateway contract, 4.4)."""
REFUND_WINDOW_MS: Final = 365 * DAY_MS
"""How long after the capture a refund may be asked for (gateway contract, 4.9)."""
CHECKOUT_TRIES: Final = 3
"""How many cards a payer may try on the hosted page (gateway contract, 5.1)."""
IN_DOUBT_RECHECK_MS: Final = 5_000
"""An overdue payment whose attempt is in doubt does not expire; it is looked at again after this."""
GIVE_BACK_AGAIN_MS: Final = 3_600_000
"""The pause before money that is not ours to keep is offered back once more."""

Mint = Callable[[], int]
"""Gives the next identifier."""


class CaptureMode(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"


class Payment(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    payment_id: PaymentId
    protocol: str
    order_no: str
    """The merchant's own number, unique per merchant and protocol."""
    app_id: str
    state: PaymentState
    amount_minor: int
    currency: str
    captured_minor: int
    refunding_minor: int
    """Refunds accepted or done; what is left to refund is guarded by this row's version."""
    method: str
    """`card`, or empty while the payer has not chosen."""
    capture_mode: CaptureMode
    three_ds: str
    fraud_check: bool
    is_checkout: bool
    tries: int
    """Declined attempts on the hosted page."""
    keep_card: str
    """The plan kind under which the payer's card is to be kept for later charges; empty if it is not."""
    agreement_id: int
    """0 unless this payment made an agreement to charge the card again."""
    fee_basis_points: int
    fee_fixed_minor: int
    charge_id: AttemptId
    """The latest attempt to collect; 0 while there was none."""
    acquirer: str
    reference: str
    """The acquirer's number of the collecting attempt, once known."""
    card: CardOnFile | None
    details: Details
    decline: str
    """A `Decline`, empty unless the last attempt was declined."""
    notify_url: str
    front_url: str
    language: str
    due_ms: int
    """When the jobs look at it; 0 once nothing can fall due."""
    expires_ms: int
    created_ms: int
    answered_ms: int
    captured_ms: int
    finished_ms: int
    version: int = 1

    @property
    def asked(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def captured(self) -> Money:
        return Money(self.captured_minor, self.currency)

    @property
    def shown(self) -> Money:
        """What merchants see as the amount: what was captured, once it was."""
        return self.captured if self.state is PaymentState.CAPTURED else self.asked

    @property
    def refundable(self) -> Money:
        return Money(self.captured_minor - self.refunding_minor, self.currency)

    @property
    def why_declined(self) -> Decline | None:
        return Decline(self.decline) if self.decline else None


class OrderDetails(msgspec.Struct, frozen=True):
    """What the merchant told about an order and we only keep and show; written once."""

    merchant_id: MerchantId
    payment_id: PaymentId
    request: Mapping[str, Any]
    """The request as received, in the protocol's own field names, card data masked."""


class Agreement(msgspec.Struct, frozen=True):
    """The payer's consent to charge a kept card again."""

    merchant_id: MerchantId
    agreement_id: int
    payment_id: PaymentId
    app_id: str
    fingerprint: str
    currency: str
    plan: str
    state: str
    created_ms: int
    version: int = 1


class PaymentOrder(msgspec.Struct, frozen=True):
    """A protocol-neutral order for a payment, with or without a way to pay yet."""

    merchant_id: MerchantId
    app_id: str
    protocol: str
    order_no: str
    amount: Money
    capture_mode: CaptureMode
    three_ds: str
    fraud_check: bool
    life_ms: int
    """How long the payer may take."""
    notify_url: str
    front_url: str
    language: str
    keep_card: str
    fee: FeeRule
    request: Mapping[str, Any]


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


# --- opening and asking --------------------------------------------------------------------------------------------


def open_payment(order: PaymentOrder, *, payment_id: PaymentId, is_checkout: bool, now_ms: int, mint: Mint) -> Decision:
    """A new order that waits for the payer to choose how to pay."""
    payment = Payment(
        merchant_id=order.merchant_id,
        payment_id=payment_id,
        protocol=order.protocol,
        order_no=order.order_no,
        app_id=order.app_id,
        state=PaymentState.CREATED,
        amount_minor=order.amount.minor,
        currency=order.amount.currency,
        captured_minor=0,
        refunding_minor=0,
        method="",
        capture_mode=order.capture_mode,
        three_ds=order.three_ds,
        fraud_check=order.fraud_check,
        is_checkout=is_checkout,
        tries=0,
        keep_card=order.keep_card,
        agreement_id=0,
        fee_basis_points=order.fee.basis_points,
        fee_fixed_minor=order.fee.fixed_minor,
        charge_id=AttemptId(0),
        acquirer="",
        reference="",
        card=None,
        details=Details(),
        decline="",
        notify_url=order.notify_url,
        front_url=order.front_url,
        language=order.language,
        due_ms=now_ms + order.life_ms,
        expires_ms=now_ms + order.life_ms,
        created_ms=now_ms,
        answered_ms=0,
        captured_ms=0,
        finished_ms=0,
    )
    return Decision(
        payment=payment,
        is_new=True,
        details=OrderDetails(order.merchant_id, payment_id, order.request),
        facts=(_fact(payment, FactKind.PAYMENT_REQUESTED, now_ms, mint, {"amount": str(order.amount)}),),
    )


def plan_charge(
    opened: Decision,
    *,
    attempt_id: AttemptId,
    method: str,
    card: CardOnFile,
    route: Route,
    timeout_ms: int,
    now_ms: int,
    mint: Mint,
) -> Decision:
    """The intention to collect, on a payment just opened or (with `is_new` false) on one that waits for the payer."""
    payment = opened.payment
    if payment.state is not PaymentState.CREATED or now_ms >= payment.expires_ms:
        raise Refused(Reason.SESSION_CLOSED, "the session is closed or expired")
    attempt = attempts.begin(
        merchant_id=payment.merchant_id,
        attempt_id=attempt_id,
        payment_id=payment.payment_id,
        kind=AttemptKind.CHARGE,
        acquirer=route.acquirer,
        why=route.why,
        amount=payment.asked,
        now_ms=now_ms,
        timeout_ms=timeout_ms,
    )
    asked = msgspec.structs.replace(
        payment,
        state=after(PAYMENT, payment.state, PaymentEvent.ASKED),
        version=payment.version + (0 if opened.is_new else 1),
        method=method,
        card=card,
        charge_id=attempt_id,
        acquirer=route.acquirer,
        reference="",
        decline="",
        details=Details(),
    )
    asking = _fact(asked, FactKind.ACQUIRER_ASKED, now_ms, mint, _about(attempt))
    return msgspec.structs.replace(opened, payment=asked, attempts=(attempt,), facts=(*opened.facts, asking))


def plan_completion(payment: Payment, attempt: Attempt, *, timeout_ms: int, now_ms: int, mint: Mint) -> Decision | None:
    """The payer is back from authentication: ask the acquirer to go on. None if somebody already did."""
    if payment.state is not PaymentState.PENDING or attempt.state is not AttemptState.NEEDS_PAYER:
        return None
    return Decision(
        payment=_next(payment),
        attempts=(attempts.send(attempt, now_ms=now_ms, timeout_ms=timeout_ms),),
        facts=(_fact(payment, FactKind.PAYER_RETURNED, now_ms, mint, {"attempt": str(attempt.attempt_id)}),),
    )


def plan_capture(
    payment: Payment,
    charge: Attempt,
    amount: Money,
    *,
    attempt_id: AttemptId,
    timeout_ms: int,
    now_ms: int,
    mint: Mint,
) -> Decision | None:
    """Reserve the amount and intend to capture it. None where the same capture was already made (a safe retry).

    Precedence of refusals: state, age, repeat, amount (gateway contract, 4.4).
    """
    if payment.state is PaymentState.CAPTURED and payment.capture_mode is CaptureMode.MANUAL:
        if payment.captured == amount:
            return None
        raise Refused(Reason.ALREADY_CAPTURED, f"already captured {payment.captured}")
    if payment.state is not PaymentState.AUTHORIZED:
        raise Refused(Reason.CAPTURE_NOT_NOW, f"a payment that is {payment.state} cannot be captured")
    if now_ms >= payment.expires_ms:
        raise Refused(Reason.AUTHORIZATION_TOO_OLD, "the authorization is older than 7 days")
    if amount.minor > payment.amount_minor:
        raise Refused(Reason.CAPTURE_TOO_LARGE, f"captureAmount is more than the authorized {payment.asked}")
    attempt = _about_charge(charge, AttemptKind.CAPTURE, amount, attempt_id, now_ms=now_ms, timeout_ms=timeout_ms)
    capturing = _next(payment, PaymentEvent.CAPTURE_ASKED)
    return Decision(
        payment=capturing,
        attempts=(attempt,),
        postings=_rows(capturing, attempt, ledger.reserve_capture(amount), now_ms, mint),
        facts=(_fact(capturing, FactKind.CAPTURE_REQUESTED, now_ms, mint, _about(attempt)),),
    )


def plan_void(
    payment: Payment, charge: Attempt, *, attempt_id: AttemptId, timeout_ms: int, now_ms: int, mint: Mint
) -> Decision | None:
    """Intend to release an authorization. None where it is canceled already (a safe retry)."""
    if payment.state is PaymentState.CANCELED:
        return None
    if payment.state is not PaymentState.AUTHORIZED:
        raise Refused(Reason.VOID_NOT_NOW, f"a payment that is {payment.state} cannot be canceled")
    attempt = _about_charge(charge, AttemptKind.VOID, payment.asked, attempt_id, now_ms=now_ms, timeout_ms=timeout_ms)
    return Decision(
        payment=_next(payment, PaymentEvent.VOID_ASKED),
        attempts=(attempt,),
        facts=(_fact(payment, FactKind.VOID_REQUESTED, now_ms, mint, _about(attempt)),),
    )


def cancel_unpaid(
    payment: Payment, charge: Attempt | None, *, why: Decline | None, now_ms: int, mint: Mint
) -> Decision:
    """Close an order nobody has paid. An attempt still in doubt goes on: should it be approved, it is given back.

    `why` is the payer's cancel, None where the merchant gave up.
    """
    if payment.state not in {PaymentState.CREATED, PaymentState.PENDING}:
        raise Refused(Reason.VOID_NOT_NOW, f"a payment that is {payment.state} cannot be canceled")
    canceled = _next(
        payment,
        PaymentEvent.CANCELED,
        due_ms=0,
        finished_ms=now_ms,
        answered_ms=now_ms,
        decline=why.value if why else "",
    )
    return Decision(
        payment=canceled,
        attempts=_left_behind(charge, now_ms, "the order was canceled"),
        facts=(_announce(canceled, FactKind.PAYMENT_CANCELED, now_ms, mint),),
    )


def expire(payment: Payment, charge: Attempt | None, *, now_ms: int, mint: Mint) -> Decision | None:
    """Close an order whose time is over, or look again later while an attempt is in doubt. None if it is not due."""
    if payment.state not in {PaymentState.CREATED, PaymentState.PENDING} or now_ms < payment.expires_ms:
        return None
    if charge is not None and charge.in_doubt:
        return Decision(payment=_next(payment, due_ms=now_ms + IN_DOUBT_RECHECK_MS))
    expired = _next(payment, PaymentEvent.EXPIRED, due_ms=0, finished_ms=now_ms)
    return Decision(
        payment=expired,
        attempts=_left_behind(charge, now_ms, "the payer did not come back in time"),
        facts=(_announce(expired, FactKind.PAYMENT_EXPIRED, now_ms, mint),),
    )


def plan_refund(
    payment: Payment,
    charge: Attempt,
    order: RefundOrder,
    *,
    refund_id: RefundId,
    attempt_id: AttemptId,
    now_ms: int,
    mint: Mint,
) -> Decision:
    """Reserve the money; the jobs ask the acquirer (gateway contract, 4.9)."""
    if payment.state is not PaymentState.CAPTURED:
        raise Refused(Reason.REFUND_NOT_NOW, f"a payment that is {payment.state} cannot be refunded")
    if now_ms >= payment.captured_ms + REFUND_WINDOW_MS:
        raise Refused(Reason.REFUND_TOO_LATE, "the refund window of 365 days is over")
    if order.amount.minor > payment.refundable.minor:
        raise Refused(Reason.REFUND_TOO_LARGE, f"amount is more than the {payment.refundable} left to refund")
    refund = Refund(
        merchant_id=payment.merchant_id,
        refund_id=refund_id,
        payment_id=payment.payment_id,
        protocol=payment.protocol,
        number=order.number,
        state=RefundState.ACCEPTED,
        amount_minor=order.amount.minor,
        currency=order.amount.currency,
        reason=order.reason,
        client_ip=order.client_ip,
        notify_url=order.notify_url,
        said="",
        created_ms=now_ms,
        finished_ms=0,
    )
    attempt = msgspec.structs.replace(
        _about_charge(charge, AttemptKind.REFUND, order.amount, attempt_id, now_ms=now_ms, timeout_ms=0, planned=True),
        refund_id=refund_id,
    )
    reserved = _next(payment, refunding_minor=payment.refunding_minor + order.amount.minor)
    said = {"refund": str(refund_id), "number": order.number, "amount": str(order.amount), "reason": order.reason}
    return Decision(
        payment=reserved,
        attempts=(attempt,),
        refund=refund,
        postings=_rows(reserved, attempt, ledger.reserve_refund(order.amount), now_ms, mint),
        facts=(_fact(reserved, FactKind.REFUND_REQUESTED, now_ms, mint, said, refund_id=refund_id),),
    )


def plan_sending(payment: Payment, attempt: Attempt, *, timeout_ms: int, now_ms: int, mint: Mint) -> Decision | None:
    """The jobs are about to send a planned attempt. None if somebody already did."""
    if attempt.state is not AttemptState.PLANNED:
        return None
    return Decision(
        payment=_next(payment),
        attempts=(attempts.send(attempt, now_ms=now_ms, timeout_ms=timeout_ms),),
        facts=(_fact(payment, FactKind.ACQUIRER_ASKED, now_ms, mint, _about(attempt)),),
    )


# --- concluding ----------------------------------------------------------------------------------------------------


def conclude(
    payment: Payment, attempt: Attempt, outcome: Outcome, *, refund: Refund | None, now_ms: int, mint: Mint
) -> Decision | None:
    """What an answer means, whichever way it came: a call, a notice, an inquiry, the payer's return.

    None if the attempt is closed already, or its refund is: the first conclusion stands.
    """
    if not attempt.in_doubt or (refund is not None and is_final(REFUND, refund.state)):
        return None
    if isinstance(outcome, NeedsPayer) and attempt.kind is not AttemptKind.CHARGE:
        # No payer is there to authenticate. Waiting for one would leave the money reserved for good: ask again.
        outcome = Unknown("it asked for the payer, who has no part in this")
    heard = attempts.hear(attempt, outcome, now_ms=now_ms)
    answered = _fact(payment, FactKind.ACQUIRER_ANSWERED, now_ms, mint, {**_about(heard), "said": heard.said})
    match attempt.kind:
        case AttemptKind.CHARGE:
            decided = _conclude_charge(payment, heard, outcome, now_ms, mint)
        case AttemptKind.CAPTURE:
            decided = _conclude_capture(payment, heard, outcome, now_ms, mint)
        case AttemptKind.VOID:
            decided = _conclude_void(payment, heard, now_ms, mint)
        case AttemptKind.REFUND:
            if refund is None:
                raise ValueError("a refund attempt is concluded with its refund")
            decided = _conclude_refund(payment, heard, refund, now_ms, mint)
        case AttemptKind.GIVE_BACK:
            decided = _conclude_give_back(payment, heard, now_ms, mint)
        case _:
            assert_never(attempt.kind)
    # One row for each attempt, as it stands in the end: a store cannot write the same row twice in one statement.
    touched = {changed.attempt_id: changed for changed in (heard, *decided.attempts)}
    return msgspec.structs.replace(decided, attempts=tuple(touched.values()), facts=(answered, *decided.facts))


def _conclude_charge(payment: Payment, charge: Attempt, outcome: Outcome, now_ms: int, mint: Mint) -> Decision:
    current = payment.state is PaymentState.PENDING and payment.charge_id == charge.attempt_id
    match outcome:
        case Approved() if current:
            return _collected(payment, charge, outcome, now_ms, mint)
        case Approved():
            return _unclaimed(payment, charge, now_ms, mint)
        case Declined() if current:
            return _declined(payment, outcome.why, attempts.details_of(outcome), now_ms, mint)
        case NotSent() if current:
            return _declined(payment, Decline.UNREACHABLE, Details(), now_ms, mint)
        case NeedsPayer() if current:
            waits = {"challenge": outcome.challenge}
            return Decision(
                payment=_next(payment, due_ms=payment.expires_ms),
                facts=(_fact(payment, FactKind.PAYER_ASKED, now_ms, mint, waits),),
            )
        case NeedsPayer():
            # The order was closed while the acquirer made up its mind: nobody will authenticate.
            abandoned = attempts.abandon(charge, now_ms=now_ms, said="the order was closed")
            return Decision(payment=_next(payment), attempts=(abandoned,))
        case _:
            return Decision(payment=_next(payment))


def _collected(payment: Payment, charge: Attempt, outcome: Approved, now_ms: int, mint: Mint) -> Decision:
    captured = payment.capture_mode is CaptureMode.AUTO
    agreement = _agreement(payment, now_ms, mint) if payment.keep_card and payment.card else None
    known: dict[str, Any] = {
        "reference": outcome.reference,
        "details": outcome.details,
        "answered_ms": now_ms,
        "agreement_id": agreement.agreement_id if agreement else 0,
    }
    if captured:
        paid = _next(
            payment,
            PaymentEvent.CAPTURED,
            captured_minor=payment.amount_minor,
            captured_ms=now_ms,
            finished_ms=now_ms,
            due_ms=0,
            **known,
        )
        postings = ledger.for_sale(charge.acquirer, charge.amount, _fee(payment, charge.amount))
        kind = FactKind.PAYMENT_CAPTURED
    else:
        until_ms = now_ms + AUTHORIZATION_LIFE_MS
        paid = _next(payment, PaymentEvent.AUTHORIZED, due_ms=until_ms, expires_ms=until_ms, **known)
        postings = ledger.for_authorization(charge.acquirer, charge.amount)
        kind = FactKind.PAYMENT_AUTHORIZED
    return Decision(
        payment=paid,
        postings=_rows(paid, charge, postings, now_ms, mint),
        facts=(_announce(paid, kind, now_ms, mint),),
        agreement=agreement,
    )


def _unclaimed(payment: Payment, charge: Attempt, now_ms: int, mint: Mint) -> Decision:
    """Approved, but the order is closed: the money is not the merchant's, and goes back."""
    captured = payment.capture_mode is CaptureMode.AUTO
    give_back = _about_charge(
        charge, AttemptKind.GIVE_BACK, charge.amount, AttemptId(mint()), now_ms=now_ms, timeout_ms=0, planned=True
    )
    postings = ledger.for_unclaimed(charge.acquirer, charge.amount, captured=captured)
    return Decision(
        payment=_next(payment),
        attempts=(give_back,),
        postings=_rows(payment, charge, postings, now_ms, mint),
        facts=(_fact(payment, FactKind.LATE_APPROVAL_REVERSED, now_ms, mint, _about(give_back)),),
    )


def _declined(payment: Payment, why: Decline, details: Details, now_ms: int, mint: Mint) -> Decision:
    known: dict[str, Any] = {"decline": why.value, "details": details, "answered_ms": now_ms}
    if why is Decline.CANCELED_BY_PAYER:
        canceled = _next(payment, PaymentEvent.CANCELED, due_ms=0, finished_ms=now_ms, **known)
        return Decision(payment=canceled, facts=(_announce(canceled, FactKind.PAYMENT_CANCELED, now_ms, mint),))
    tries = payment.tries + 1
    if payment.is_checkout and tries < CHECKOUT_TRIES and now_ms < payment.expires_ms:
        again = _next(payment, PaymentEvent.DECLINED_FOR_NOW, tries=tries, due_ms=payment.expires_ms, **known)
        tried = {"decline": why.value, "try": str(tries)}
        return Decision(payment=again, facts=(_fact(again, FactKind.PAYMENT_TRY_DECLINED, now_ms, mint, tried),))
    failed = _next(payment, PaymentEvent.DECLINED, tries=tries, due_ms=0, finished_ms=now_ms, **known)
    return Decision(payment=failed, facts=(_announce(failed, FactKind.PAYMENT_FAILED, now_ms, mint),))


def refuse_unasked(opened: Decision, *, card: CardOnFile, why: Decline, now_ms: int, mint: Mint) -> Decision:
    """A payment that fails before any acquirer is asked, e.g. on a failed authentication the merchant brought."""
    asked = msgspec.structs.replace(
        opened.payment, state=after(PAYMENT, opened.payment.state, PaymentEvent.ASKED), method="card", card=card
    )
    declined = _declined(asked, why, Details(), now_ms, mint)
    return msgspec.structs.replace(
        opened,
        payment=msgspec.structs.replace(declined.payment, version=opened.payment.version),
        facts=(*opened.facts, *declined.facts),
    )


def _conclude_capture(payment: Payment, attempt: Attempt, outcome: Outcome, now_ms: int, mint: Mint) -> Decision:
    if attempt.is_open:
        return Decision(payment=_next(payment))
    if attempt.state is AttemptState.APPROVED:
        details = payment.details
        arn = attempts.details_of(outcome).arn
        captured = _next(
            payment,
            PaymentEvent.CAPTURED,
            captured_minor=attempt.amount_minor,
            captured_ms=now_ms,
            answered_ms=now_ms,
            finished_ms=now_ms,
            due_ms=0,
            details=msgspec.structs.replace(details, arn=arn) if arn else details,
        )
        postings = ledger.for_capture(
            attempt.acquirer, attempt.amount, authorized=payment.asked, fee=_fee(payment, attempt.amount)
        )
        return Decision(
            payment=captured,
            postings=_rows(captured, attempt, postings, now_ms, mint),
            facts=(_announce(captured, FactKind.PAYMENT_CAPTURED, now_ms, mint),),
        )
    back = _next(payment, PaymentEvent.CAPTURE_DECLINED)
    return Decision(
        payment=back,
        postings=_rows(back, attempt, ledger.release_capture(attempt.amount), now_ms, mint),
        facts=(_fact(back, FactKind.CAPTURE_DECLINED, now_ms, mint, _about(attempt)),),
    )


def _conclude_void(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
    if attempt.is_open:
        return Decision(payment=_next(payment))
    if attempt.state is AttemptState.APPROVED:
        voided = _next(payment, PaymentEvent.VOIDED, due_ms=0, answered_ms=now_ms, finished_ms=now_ms)
        return Decision(
            payment=voided,
            postings=_rows(voided, attempt, ledger.for_void(attempt.acquirer, attempt.amount), now_ms, mint),
            facts=(_announce(voided, FactKind.PAYMENT_CANCELED, now_ms, mint),),
        )
    back = _next(payment, PaymentEvent.VOID_DECLINED, due_ms=max(payment.due_ms, now_ms + DAY_MS))
    return Decision(payment=back, facts=(_fact(back, FactKind.VOID_DECLINED, now_ms, mint, _about(attempt)),))


def _conclude_refund(payment: Payment, attempt: Attempt, refund: Refund, now_ms: int, mint: Mint) -> Decision:
    if attempt.is_open:
        return Decision(payment=_next(payment))
    if attempt.state is AttemptState.NOT_SENT:
        # Nobody refused it, and it was accepted: it stays so (gateway contract, 5.3).
        return Decision(payment=_next(payment), attempts=(_sent_anew(attempt, refund.created_ms, now_ms, mint),))
    approved = attempt.state is AttemptState.APPROVED
    event, kind = (
        (RefundEvent.APPROVED, FactKind.REFUND_SUCCEEDED)
        if approved
        else (RefundEvent.DECLINED, FactKind.REFUND_FAILED)
    )
    concluded = msgspec.structs.replace(
        refund,
        state=after(REFUND, refund.state, event),
        finished_ms=now_ms,
        said="" if approved else attempt.said,
        version=refund.version + 1,
    )
    released = 0 if approved else refund.amount_minor
    changed = _next(payment, refunding_minor=payment.refunding_minor - released)
    postings = ledger.for_refund(attempt.acquirer, refund.amount) if approved else ledger.release_refund(refund.amount)
    return Decision(
        payment=changed,
        refund=concluded,
        postings=_rows(changed, attempt, postings, now_ms, mint),
        facts=(_fact(changed, kind, now_ms, mint, refund_shown(changed, concluded), refund_id=refund.refund_id),),
    )


def _conclude_give_back(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
    if attempt.state is AttemptState.APPROVED:
        captured = payment.capture_mode is CaptureMode.AUTO
        postings = ledger.return_unclaimed(attempt.acquirer, attempt.amount, captured=captured)
        return Decision(payment=_next(payment), postings=_rows(payment, attempt, postings, now_ms, mint))
    if attempt.is_open:
        return Decision(payment=_next(payment))
    if attempt.state is AttemptState.NOT_SENT:
        return Decision(payment=_next(payment), attempts=(_sent_anew(attempt, payment.finished_ms, now_ms, mint),))
    # The payer's money may not stay in suspense because the acquirer said no once.
    again = attempts.anew(attempt, AttemptId(mint()), now_ms=now_ms, due_ms=now_ms + GIVE_BACK_AGAIN_MS)
    return Decision(payment=_next(payment), attempts=(again,))


# --- parts ---------------------------------------------------------------------------------------------------------


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
        "notify_url": refund.notify_url or payment.notify_url,
    }


def _next(payment: Payment, event: PaymentEvent | None = None, **changes: Any) -> Payment:
    if event is not None:
        changes["state"] = after(PAYMENT, payment.state, event)
    return msgspec.structs.replace(payment, version=payment.version + 1, **changes)


def _about_charge(
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
        now_ms=now_ms,
        timeout_ms=timeout_ms,
        original=charge,
        planned=planned,
    )


def _sent_anew(attempt: Attempt, since_ms: int, now_ms: int, mint: Mint) -> Attempt:
    """What certainly was not carried out may be asked for again, under a new key and without doing it twice."""
    return attempts.anew(
        attempt, AttemptId(mint()), now_ms=now_ms, due_ms=now_ms + send_again_delay_ms(now_ms - since_ms)
    )


def _left_behind(charge: Attempt | None, now_ms: int, said: str) -> tuple[Attempt, ...]:
    if charge is None or charge.state is not AttemptState.NEEDS_PAYER:
        return ()
    return (attempts.abandon(charge, now_ms=now_ms, said=said),)


def _agreement(payment: Payment, now_ms: int, mint: Mint) -> Agreement:
    assert payment.card is not None
    return Agreement(
        merchant_id=payment.merchant_id,
        agreement_id=mint(),
        payment_id=payment.payment_id,
        app_id=payment.app_id,
        fingerprint=payment.card.fingerprint,
        currency=payment.currency,
        plan=payment.keep_card,
        state="live",
        created_ms=now_ms,
    )


def _fee(payment: Payment, captured: Money) -> Money:
    return FeeRule(payment.fee_basis_points, payment.fee_fixed_minor).fee(captured)


def _rows(
    payment: Payment, attempt: Attempt, postings: tuple[ledger.Posting, ...], now_ms: int, mint: Mint
) -> tuple[ledger.PostingRow, ...]:
    return tuple(
        ledger.PostingRow(
            merchant_id=payment.merchant_id,
            posting_id=mint(),
            payment_id=payment.payment_id,
            attempt_id=attempt.attempt_id,
            at_ms=now_ms,
            why=posting.why,
            debit=posting.debit,
            credit=posting.credit,
            amount_minor=posting.amount.minor,
            currency=posting.amount.currency,
        )
        for posting in postings
    )


def _about(attempt: Attempt) -> dict[str, str]:
    return {
        "attempt": str(attempt.attempt_id),
        "kind": attempt.kind.value,
        "acquirer": attempt.acquirer,
        "amount": str(attempt.amount),
        "state": attempt.state.value,
    }


def _announce(payment: Payment, kind: FactKind, now_ms: int, mint: Mint) -> Fact:
    return _fact(payment, kind, now_ms, mint, payment_shown(payment))


def _fact(
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


def is_closed(payment: Payment) -> bool:
    return is_final(PAYMENT, payment.state)
