"""Pay money out of a merchant's balance: reserve it, send it, settle or release it, and hear if it comes back."""

from __future__ import annotations

from typing import Any, Final

from polygate.connectors.contract import Conversation, Transfer
from polygate.core import paying_out, routing
from polygate.core.attempts import Attempt
from polygate.core.facts import ANNOUNCED
from polygate.core.ids import AttemptId, PayoutId
from polygate.core.outcomes import Outcome
from polygate.core.payout_decisions import PayoutDecision
from polygate.core.payouts import Payout, PayoutOrder, Receiver
from polygate.core.people import AuditEntry
from polygate.core.refusals import Reason, Refused
from polygate.core.repeats import PayoutTaken
from polygate.core.transitions import AttemptState
from polygate.core.webhooks import announce
from polygate.operations import audit
from polygate.operations.audit import Actor
from polygate.operations.balances import balance_of
from polygate.operations.concluding import follow
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert, Stale, Taken, Update

RECEIVER_NAMED: Final = "payout.receiver_named"
REJECTED: Final = "payout.rejected"


async def pay_out(
    context: Context,
    order: PayoutOrder,
    *,
    at_once: bool,
    payout_id: PayoutId | None = None,
    in_answer: bool = False,
    also: tuple[Any, ...] = (),
) -> Payout:
    """Reserve the money and send it, `at_once` or by the jobs; without a receiver it waits for one to be named.

    `payout_id` is for orders whose API prescribes what identifiers look like, `in_answer` for APIs in which the answer
    alone tells of what is refused within the call. Raises Refused: ORDER_TAKEN, BALANCE_TOO_SMALL, and
    METHOD_NOT_ENABLED or CURRENCY_NOT_SUPPORTED where nobody pays so; then nothing is stored.
    `also` are rows that are written with it.
    """
    async with context.turn(order.merchant_id, order.amount.currency):
        decision = await _taken_in(context, order, payout_id or PayoutId(context.mint()), later=not at_once, also=also)
    if order.receiver is None or not at_once:
        return decision.payout
    return await _ask(context, decision.payout, decision.attempts[0], in_answer=in_answer)


async def _taken_in(
    context: Context, order: PayoutOrder, payout_id: PayoutId, *, later: bool, also: tuple[Any, ...]
) -> PayoutDecision:
    """A lost race means that another payout took effect: deciding again ends, at the latest with the balance."""
    while True:
        balance = await balance_of(context, order.merchant_id, order.amount.currency)
        try:
            decision = paying_out.open_payout(
                order,
                payout_id=payout_id,
                balance=balance,
                now_ms=context.clock(),
                mint=context.mint,
            )
        except Refused:
            if first := await _first(context, order):
                raise PayoutTaken(first) from None
            raise
        if order.receiver is not None:
            decision = _sending(context, decision, later=later)
        try:
            await apply_payout(context, decision, also=also)
        except Taken as taken:
            if isinstance(taken.row, Payout):
                raise PayoutTaken(await _first(context, order) or decision.payout) from None
        except Stale:
            continue
        else:
            return decision


async def bring_payout_forward(context: Context, due: Attempt) -> None:
    """Send a planned attempt, inquire about one in doubt. Safe to call from several processes at once."""
    payout, attempt = await _seen(context, due)
    if attempt.state is AttemptState.PLANNED:
        decision = paying_out.send_planned(
            payout,
            attempt,
            timeout_ms=context.timeout_ms(attempt.acquirer),
            now_ms=context.clock(),
            mint=context.mint,
        )
        if decision is None:
            return
        try:
            await apply_payout(context, decision)
        except Stale:
            return  # Somebody else moved it; it is due again when the claim runs out.
        await _ask(context, decision.payout, decision.attempts[0])
    elif attempt.may_be_answered:
        outcome = await _run(context, attempt, context.connector(attempt.acquirer).inquire(follow(attempt)))
        await _conclude(context, payout, attempt, outcome)


async def look_for_return(context: Context, payout: Payout) -> None:
    """Ask whether a paid payout came back."""
    attempt = await context.reads.attempt(payout.merchant_id, payout.attempt_id)
    if attempt is None:
        raise LookupError(f"payout {payout.payout_id} has no attempt")
    outcome = await _run(context, attempt, context.connector(attempt.acquirer).inquire(follow(attempt)))
    while True:
        current = await context.reads.payout(payout.merchant_id, payout.payout_id) or payout
        decision = paying_out.look_again(current, outcome, now_ms=context.clock(), mint=context.mint)
        if decision is None:
            return
        try:
            await apply_payout(context, decision)
        except Stale:
            continue
        return


async def name_receiver(context: Context, actor: Actor, payout: Payout, receiver: Receiver) -> Payout:
    """The operator names whom a waiting payout goes to; the jobs send it. Raises Refused(PAYOUT_NOT_NOW)."""
    named = paying_out.name_receiver(payout, receiver, now_ms=context.clock())
    return await _by_operator(context, actor, RECEIVER_NAMED, payout, _sending(context, named, later=True))


async def reject_payout(context: Context, actor: Actor, payout: Payout, *, said: str) -> Payout:
    """The operator refuses a payout that was not sent. Raises Refused(PAYOUT_NOT_NOW)."""
    rejected = paying_out.reject(payout, said=said, now_ms=context.clock(), mint=context.mint)
    return await _by_operator(context, actor, REJECTED, payout, rejected)


async def _by_operator(context: Context, actor: Actor, action: str, before: Payout, decision: PayoutDecision) -> Payout:
    entry = audited(context, actor, action, before, decision.payout)
    try:
        await apply_payout(context, decision, also=(entry,))
    except Stale:
        raise Refused(Reason.PAYOUT_NOT_NOW, "the payout changed meanwhile") from None
    return decision.payout


def audited(context: Context, actor: Actor, action: str, before: Payout, after: Payout) -> AuditEntry:
    """Who did it, to be committed with what was done."""
    return audit.entry(
        context,
        actor,
        action,
        merchant_id=after.merchant_id,
        about=after.number,
        before=_told(before),
        after=_told(after),
    )


def _told(payout: Payout) -> dict[str, str]:
    """What the audit log may hold: of an account its last digits only."""
    receiver = payout.receiver
    whom = f"{receiver.method.value} {receiver.name} …{receiver.account[-4:]}" if receiver else ""
    return {
        "state": payout.state.value,
        "acquirer": payout.acquirer,
        "receiver": whom,
        "reference": payout.reference,
        "said": payout.said,
    }


def _sending(context: Context, decision: PayoutDecision, *, later: bool) -> PayoutDecision:
    payout = decision.payout
    assert payout.receiver is not None
    route = routing.choose_for_payout(payout.receiver.method, payout.currency, offers=context.payout_offers())
    return paying_out.send(
        decision,
        route=route,
        attempt_id=AttemptId(context.mint()),
        timeout_ms=context.timeout_ms(route.acquirer),
        now_ms=context.clock(),
        mint=context.mint,
        later=later,
    )


async def _first(context: Context, order: PayoutOrder) -> Payout | None:
    return await context.reads.payout_by_number(order.merchant_id, order.protocol, order.app_id, order.number)


async def _ask(context: Context, payout: Payout, attempt: Attempt, *, in_answer: bool = False) -> Payout:
    assert payout.receiver is not None
    order = Transfer(payout.merchant_id, attempt.attempt_id, payout.amount, payout.receiver, payout.description)
    outcome = await _run(context, attempt, context.connector(attempt.acquirer).pay_out(order))
    return await _conclude(context, payout, attempt, outcome, in_answer=in_answer)


async def _run(context: Context, attempt: Attempt, conversation: Conversation) -> Outcome:
    return await context.transport.run(context.connector(attempt.acquirer), conversation)


async def _conclude(
    context: Context, payout: Payout, attempt: Attempt, outcome: Outcome, *, in_answer: bool = False
) -> Payout:
    while True:
        decision = paying_out.conclude(payout, attempt, outcome, now_ms=context.clock(), mint=context.mint)
        if decision is None:
            return await context.reads.payout(payout.merchant_id, payout.payout_id) or payout
        try:
            await apply_payout(context, decision, in_answer=in_answer)
        except Stale:
            payout, attempt = await _seen(context, attempt)
            continue
        return decision.payout


async def _seen(context: Context, attempt: Attempt) -> tuple[Payout, Attempt]:
    """The payout, read no later than its attempt, so that a change of either shows in the payout's version."""
    payout = await context.reads.payout(attempt.merchant_id, PayoutId(attempt.payment_id))
    current = await context.reads.attempt(attempt.merchant_id, attempt.attempt_id)
    if payout is None or current is None:
        raise LookupError(f"attempt {attempt.attempt_id} has no payout")
    return payout, current


async def apply_payout(
    context: Context, decision: PayoutDecision, *, in_answer: bool = False, also: tuple[Any, ...] = ()
) -> None:
    """Durable on return. Raises Taken or Stale; then nothing was written. `in_answer` is as for payments."""
    told = [
        announce(fact, webhook_id=context.mint(), in_answer=in_answer)
        for fact in decision.facts
        if fact.kind in ANNOUNCED
    ]
    guards: list[Insert | Update] = [Insert(decision.payout) if decision.is_new else Update(decision.payout)]
    if decision.reserve is not None:
        guards.append(Insert(decision.reserve) if decision.reserve.version == 1 else Update(decision.reserve))
    if decision.transfer is not None:
        guards.append(Insert(decision.transfer))
    puts: list[Any] = [*decision.attempts, *decision.postings, *decision.facts, *told, *also]
    await context.store.submit(Change(tuple(guards), tuple(puts)))
    if told:
        context.webhooks_wait.set()
    if any(attempt.state is AttemptState.PLANNED for attempt in decision.attempts):
        context.work_waits.set()
