"""The fraud check of a payment that is about to be taken: gather the evidence, let the core judge, note the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from polygate.connectors.contract import Initiator
from polygate.core import addresses, plans
from polygate.core.blocks import Block, Traces
from polygate.core.decisions import Decision
from polygate.core.payments import Means
from polygate.core.risk import WINDOW_MS, Counts, Evidence, RiskEvent, Verdict, assess
from polygate.operations.charging import CardCharge, How
from polygate.operations.context import Context


class Assessed(msgspec.Struct, frozen=True):
    opened: Decision
    """The payment, with score and reasons if there was anything to judge."""
    how: How
    """As it was, or with authentication asked for."""
    is_stopped: bool = False
    also: tuple[RiskEvent, ...] = ()
    """To be written together with the payment, so that later checks count it."""


async def assess_risk(context: Context, opened: Decision, means: Means, how: How) -> Assessed:
    """Block lists are for every payment; everything else only where the merchant or the operator wants a check.

    Payments that arrive in the same moment do not see each other: a limit can be exceeded by as many.
    """
    payment = opened.payment
    now_ms = context.clock()
    in_force = await context.risk_rules.in_force()
    policy = in_force.policy(payment.merchant_id)
    traces = _traces(means, how)
    blocks = in_force.blocks.hits(payment.merchant_id, traces, now_ms=now_ms)
    if not (payment.fraud_check or policy.always) or _is_merchant_initiated(how):
        judged = assess(Evidence(blocks=blocks), policy) if blocks else None
        noted = plans.note_risk(opened, judged, now_ms=now_ms, mint=context.mint)
        return Assessed(noted, how, is_stopped=bool(blocks))
    counts = await context.reads.risk_counts(
        payment.merchant_id,
        fingerprint=traces.fingerprint,
        client_ip=addresses.subscriber(traces.address),
        app_id=payment.app_id,
        since_ms=now_ms - WINDOW_MS,
        per_card=policy.per_card,
        per_address=policy.per_address,
        per_app=policy.per_app,
    )
    assessment = assess(_evidence(how, traces, counts, blocks), policy)
    event = RiskEvent(
        merchant_id=payment.merchant_id,
        event_id=context.mint(),
        at_ms=now_ms,
        app_id=payment.app_id,
        payment_id=payment.payment_id,
        fingerprint=traces.fingerprint,
        client_ip=addresses.subscriber(traces.address),
        score=assessment.score,
        stopped=assessment.verdict is Verdict.STOPPED,
    )
    if isinstance(how, CardCharge) and assessment.verdict is Verdict.AUTHENTICATE:
        how = msgspec.structs.replace(how, is_doubtful=True)
    noted = plans.note_risk(opened, assessment, now_ms=now_ms, mint=context.mint)
    return Assessed(noted, how, event.stopped, (event,))


def _evidence(how: How, traces: Traces, counts: Counts, blocks: tuple[Block, ...]) -> Evidence:
    return Evidence(
        blocks=blocks,
        counts=counts,
        address=traces.address,
        has_code=not isinstance(how, CardCharge) or how.card.security_code is not None,
        billing_country=traces.country,
        shipping_country=_country(how.shipping),
    )


def _is_merchant_initiated(how: How) -> bool:
    """The payer has no part in it: nobody's speed, address or security code tells anything."""
    return isinstance(how, CardCharge) and how.initiator is Initiator.MERCHANT


def _traces(means: Means, how: How) -> Traces:
    return Traces(
        fingerprint=means.card.fingerprint if means.card else "",
        address=how.client_ip,
        email=str((how.billing or {}).get("email") or ""),
        country=_country(how.billing),
    )


def _country(block: Mapping[str, Any] | None) -> str:
    address = (block or {}).get("address")
    return str(address.get("country") or "").upper() if isinstance(address, Mapping) else ""
