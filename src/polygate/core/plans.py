"""Plans: what a merchant, the payer or the clock wants done with a payment, before any acquirer hears of it.

Each function refuses what may not be done now, and otherwise returns what is to be written first.
"""

from __future__ import annotations

import msgspec

from polygate.core import agreements, attempts, decisions, ledger
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.decisions import Decision
from polygate.core.facts import FactKind
from polygate.core.ids import AttemptId, Mint, PaymentId, RefundId
from polygate.core.methods import Method
from polygate.core.money import Money
from polygate.core.outcomes import Decline, Details
from polygate.core.payments import (
    DAY_MS,
    IN_DOUBT_RECHECK_MS,
    NOT_SCORED,
    REFUND_WINDOW_DAYS,
    CaptureMode,
    Means,
    OrderDetails,
    Payment,
    PaymentOrder,
)
from polygate.core.payouts import Balance
from polygate.core.refunds import Refund, RefundOrder
from polygate.core.refusals import Reason, Refused
from polygate.core.risk import Assessment
from polygate.core.routing import Route
from polygate.core.transitions import PAYMENT, AttemptState, PaymentEvent, PaymentState, RefundState, after


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
        product="",
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
        attach=order.attach,
        risk_score=NOT_SCORED,
        due_ms=now_ms + order.life_ms,
        expires_ms=now_ms + order.life_ms,
        created_ms=now_ms,
        answered_ms=0,
        captured_ms=0,
        finished_ms=0,
        late_goes_back=order.late_goes_back,
        is_test=order.is_test,
        group_no=order.group_no,
        tries_most=order.tries_most,
        number_scope=order.number_scope,
    )
    return Decision(
        payment=payment,
        is_new=True,
        details=OrderDetails(order.merchant_id, payment_id, order.request),
        facts=(decisions.fact(payment, FactKind.PAYMENT_REQUESTED, now_ms, mint, {"amount": str(order.amount)}),),
    )


def refuse_closed(payment: Payment, *, now_ms: int) -> None:
    """Raises Refused(SESSION_CLOSED) where an order does not wait for its payer any more."""
    if payment.state is not PaymentState.CREATED or now_ms >= payment.expires_ms:
        raise Refused(Reason.SESSION_CLOSED, "the session is closed or expired")


def note_risk(opened: Decision, assessment: Assessment | None, *, now_ms: int, mint: Mint) -> Decision:
    """The same payment with its score, and on its timeline what made it. Without one, an earlier try's score goes."""
    if assessment is None:
        return msgspec.structs.replace(opened, payment=msgspec.structs.replace(opened.payment, risk_score=NOT_SCORED))
    payment = msgspec.structs.replace(opened.payment, risk_score=assessment.score)
    told = decisions.fact(payment, FactKind.RISK_ASSESSED, now_ms, mint, msgspec.to_builtins(assessment))
    return msgspec.structs.replace(opened, payment=payment, facts=(*opened.facts, told))


def plan_charge(
    opened: Decision,
    *,
    attempt_id: AttemptId,
    means: Means,
    route: Route,
    timeout_ms: int,
    now_ms: int,
    mint: Mint,
) -> Decision:
    """The intention to collect, on a payment just opened or (with `is_new` false) on one that waits for the payer."""
    payment = opened.payment
    refuse_closed(payment, now_ms=now_ms)
    attempt = attempts.begin(
        merchant_id=payment.merchant_id,
        attempt_id=attempt_id,
        payment_id=payment.payment_id,
        kind=AttemptKind.CHARGE,
        acquirer=route.acquirer,
        why=route.why,
        amount=payment.asked,
        # A wallet takes the money when the payer pays: there is nothing to capture later (gateway contract, 8.2).
        captures=payment.capture_mode is CaptureMode.AUTO or means.method is not Method.CARD,
        now_ms=now_ms,
        timeout_ms=timeout_ms,
    )
    asked = msgspec.structs.replace(
        payment,
        state=after(PAYMENT, payment.state, PaymentEvent.ASKED),
        version=payment.version + (0 if opened.is_new else 1),
        method=means.method.value,
        product=means.product,
        card=means.card,
        agreement_id=means.agreement_id,
        charge_id=attempt_id,
        acquirer=route.acquirer,
        reference="",
        decline="",
        details=Details(),
    )
    asking = decisions.fact(asked, FactKind.ACQUIRER_ASKED, now_ms, mint, decisions.about(attempt))
    return msgspec.structs.replace(opened, payment=asked, attempts=(attempt,), facts=(*opened.facts, asking))


def charge_under(planned: Decision, agreement: Agreement, *, now_ms: int, mint: Mint) -> Decision:
    """A planned charge of a kept card, and with it the version that the charge makes of its agreement."""
    payment = planned.payment
    if payment.card is None:
        raise ValueError("only a card is charged under an agreement")
    used = agreements.use(agreement, payment.card, now_ms=now_ms)
    facts = planned.facts
    if used.card != agreement.card:
        expiry = f"{used.card.expiry_year}-{used.card.expiry_month:02d}"
        facts += (agreements.fact(used, FactKind.CARD_RENEWED, payment.payment_id, now_ms, mint(), expiry=expiry),)
    return msgspec.structs.replace(planned, agreement=used, facts=facts)


def leave_method(payment: Payment, charge: Attempt, *, now_ms: int, mint: Mint) -> Decision:
    """The payer, who has not paid in the wallet or confirmed at the bank yet, would rather choose again on the hosted
    page."""
    leaves = payment.state is PaymentState.PENDING and payment.is_checkout and now_ms < payment.expires_ms
    if not leaves or charge.state is not AttemptState.NEEDS_PAYER:
        raise Refused(Reason.SESSION_CLOSED, "there is nothing to turn away from")
    waiting = decisions.moved(payment, PaymentEvent.METHOD_LEFT, due_ms=payment.expires_ms)
    left = {"method": payment.method, "attempt": str(charge.attempt_id)}
    return Decision(
        payment=waiting,
        attempts=decisions.given_up(charge, now_ms, mint),
        facts=(decisions.fact(waiting, FactKind.METHOD_LEFT, now_ms, mint, left),),
    )


def plan_completion(payment: Payment, attempt: Attempt, *, timeout_ms: int, now_ms: int, mint: Mint) -> Decision | None:
    """The payer is back from authentication: ask the acquirer to go on. None if somebody already did."""
    if payment.state is not PaymentState.PENDING or attempt.state is not AttemptState.NEEDS_PAYER:
        return None
    return Decision(
        payment=decisions.moved(payment),
        attempts=(attempts.send(attempt, now_ms=now_ms, timeout_ms=timeout_ms),),
        facts=(decisions.fact(payment, FactKind.PAYER_RETURNED, now_ms, mint, {"attempt": str(attempt.attempt_id)}),),
    )


def hear_payer(payment: Payment, *, now_ms: int, mint: Mint) -> Decision | None:
    """The payer says to have paid. None where that changes nothing."""
    if payment.state is not PaymentState.PENDING or payment.payer_said_ms:
        return None
    said = decisions.moved(payment, payer_said_ms=now_ms)
    return Decision(payment=said, facts=(decisions.fact(said, FactKind.PAYER_SAID_PAID, now_ms, mint, {}),))


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

    Precedence of refusals: repeat, state, age, amount (gateway contract, 4.4). `amount` is more than zero.
    """
    if payment.state is PaymentState.CAPTURED and not charge.captures:
        if payment.captured == amount:
            return None
        raise Refused(Reason.ALREADY_CAPTURED, f"already captured {payment.captured}")
    if payment.state is PaymentState.CANCELED and _was_released_by_age(payment, charge):
        raise Refused(Reason.AUTHORIZATION_TOO_OLD, "the authorization is older than 7 days")
    if payment.state is not PaymentState.AUTHORIZED:
        raise Refused(Reason.CAPTURE_NOT_NOW, f"a payment that is {payment.state} cannot be captured")
    if now_ms >= payment.expires_ms:
        raise Refused(Reason.AUTHORIZATION_TOO_OLD, "the authorization is older than 7 days")
    if payment.asked < amount:
        raise Refused(Reason.CAPTURE_TOO_LARGE, f"captureAmount is more than the authorized {payment.asked}")
    attempt = decisions.about_charge(
        charge, AttemptKind.CAPTURE, amount, attempt_id, now_ms=now_ms, timeout_ms=timeout_ms
    )
    capturing = decisions.moved(payment, PaymentEvent.CAPTURE_ASKED)
    return Decision(
        payment=capturing,
        attempts=(attempt,),
        postings=decisions.posting_rows(capturing, attempt, ledger.reserve_capture(amount), now_ms, mint),
        facts=(decisions.fact(capturing, FactKind.CAPTURE_REQUESTED, now_ms, mint, decisions.about(attempt)),),
    )


def _was_released_by_age(payment: Payment, charge: Attempt) -> bool:
    """An approved authorization that ended on its last day or later, and not by a cancel before."""
    return charge.state is AttemptState.APPROVED and payment.finished_ms >= payment.expires_ms


def plan_void(
    payment: Payment, charge: Attempt, *, attempt_id: AttemptId, timeout_ms: int, now_ms: int, mint: Mint
) -> Decision | None:
    """Intend to release an authorization. None where it is canceled already (a safe retry)."""
    if payment.state is PaymentState.CANCELED:
        return None
    if payment.state is not PaymentState.AUTHORIZED:
        raise Refused(Reason.VOID_NOT_NOW, f"a payment that is {payment.state} cannot be canceled")
    attempt = decisions.about_charge(
        charge, AttemptKind.VOID, payment.asked, attempt_id, now_ms=now_ms, timeout_ms=timeout_ms
    )
    return Decision(
        payment=decisions.moved(payment, PaymentEvent.VOID_ASKED),
        attempts=(attempt,),
        facts=(decisions.fact(payment, FactKind.VOID_REQUESTED, now_ms, mint, decisions.about(attempt)),),
    )


def cancel_unpaid(
    payment: Payment, charge: Attempt | None, *, why: Decline | None, now_ms: int, mint: Mint
) -> Decision:
    """Close an order nobody has paid. An attempt still in doubt goes on: should it be approved, it is given back.

    `why` is the payer's cancel, None where the merchant gave up.
    """
    if payment.state not in {PaymentState.CREATED, PaymentState.PENDING}:
        raise Refused(Reason.VOID_NOT_NOW, f"a payment that is {payment.state} cannot be canceled")
    canceled = decisions.moved(
        payment,
        PaymentEvent.CANCELED,
        due_ms=0,
        finished_ms=now_ms,
        answered_ms=now_ms,
        decline=why.value if why else "",
    )
    return Decision(
        payment=canceled,
        attempts=decisions.given_up(charge, now_ms, mint),
        facts=(decisions.announced(canceled, FactKind.PAYMENT_CANCELED, now_ms, mint),),
    )


def expire(payment: Payment, charge: Attempt | None, *, now_ms: int, mint: Mint) -> Decision | None:
    """Close an order whose time is over, or look again later while an attempt is in doubt. None if it is not due."""
    if payment.state not in {PaymentState.CREATED, PaymentState.PENDING} or now_ms < payment.expires_ms:
        return None
    if charge is not None and charge.in_doubt:
        return Decision(payment=decisions.moved(payment, due_ms=now_ms + IN_DOUBT_RECHECK_MS))
    # A wallet may have been paid in time and tell so later; an authentication that comes now is too late.
    late = charge is not None and charge.is_paid_elsewhere and not payment.late_goes_back
    behind = () if late else decisions.given_up(charge, now_ms, mint)
    expired = decisions.moved(payment, PaymentEvent.EXPIRED, due_ms=0, finished_ms=now_ms)
    return Decision(
        payment=expired,
        attempts=behind,
        facts=(decisions.announced(expired, FactKind.PAYMENT_EXPIRED, now_ms, mint),),
    )


def plan_refund(
    payment: Payment,
    charge: Attempt,
    order: RefundOrder,
    *,
    refund_id: RefundId,
    attempt_id: AttemptId,
    window_days: int = REFUND_WINDOW_DAYS,
    balance: Balance | None = None,
    now_ms: int,
    mint: Mint,
) -> Decision:
    """Reserve the money; the jobs ask the acquirer (gateway contract, 4.9). The amount is more than zero.

    `balance` is what the merchant has available, where the payment went in there and so has to come out of it.
    """
    if payment.state is not PaymentState.CAPTURED:
        raise Refused(Reason.REFUND_NOT_NOW, f"a payment that is {payment.state} cannot be refunded")
    if now_ms >= payment.captured_ms + window_days * DAY_MS:
        raise Refused(Reason.REFUND_TOO_LATE, f"the refund window of {window_days} days is over")
    if payment.refundable < order.amount:
        raise Refused(Reason.REFUND_TOO_LARGE, f"amount is more than the {payment.refundable} left to refund")
    if balance is not None and balance.available_minor < order.amount.minor:
        raise Refused(Reason.BALANCE_TOO_SMALL, "the available balance is too small for the refund")
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
        number_scope=payment.number_scope,
    )
    attempt = msgspec.structs.replace(
        decisions.about_charge(
            charge, AttemptKind.REFUND, order.amount, attempt_id, now_ms=now_ms, timeout_ms=0, planned=True
        ),
        refund_id=refund_id,
    )
    reserved = decisions.moved(payment, refunding_minor=payment.refunding_minor + order.amount.minor)
    said = {"refund": str(refund_id), "number": order.number, "amount": str(order.amount), "reason": order.reason}
    return Decision(
        payment=reserved,
        attempts=(attempt,),
        refund=refund,
        reserve=balance.reserve if balance else None,
        postings=decisions.posting_rows(
            reserved, attempt, ledger.reserve_refund(order.amount, out_of=payment.owed_in), now_ms, mint
        ),
        facts=(decisions.fact(reserved, FactKind.REFUND_REQUESTED, now_ms, mint, said, refund_id=refund_id),),
    )


def plan_sending(payment: Payment, attempt: Attempt, *, timeout_ms: int, now_ms: int, mint: Mint) -> Decision | None:
    """The jobs are about to send a planned attempt. None if somebody already did."""
    if attempt.state is not AttemptState.PLANNED:
        return None
    return Decision(
        payment=decisions.moved(payment),
        attempts=(attempts.send(attempt, now_ms=now_ms, timeout_ms=timeout_ms),),
        facts=(decisions.fact(payment, FactKind.ACQUIRER_ASKED, now_ms, mint, decisions.about(attempt)),),
    )
