"""The endpoints of the Merchant API: who, read, operation, show (section 6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from polygate.core.ids import PaymentId, RefundId
from polygate.core.payments import Payment
from polygate.core.refunds import RefundOrder
from polygate.core.refusals import Refused
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.charging import CardCharge
from polygate.operations.context import Context
from polygate.operations.open_checkout import open_checkout
from polygate.operations.refund_payment import refund_payment
from polygate.operations.replace_tracking import Parcel, replace_tracking
from polygate.operations.take_payment import take_payment
from polygate.protocols.merchant import answers, bodies, schemas
from polygate.protocols.merchant.answers import Answer
from polygate.protocols.merchant.auth import Caller
from polygate.protocols.merchant.errors import ON_CREATION, SAID, Code, Rejected
from polygate.protocols.merchant.orders import app_for, order_of, own_payment, refuse_used
from polygate.protocols.merchant.schemas import Creation, RefundRequest, Search, TrackingRow, unique_id_in
from polygate.protocols.merchant.states import NAME
from polygate.protocols.reading.fields import Shape

Asked = TypeVar("Asked")


class Endpoint(msgspec.Struct, Generic[Asked], frozen=True):
    """A call with a body."""

    read: Callable[[bytes], Asked]
    handle: Callable[[Context, Caller, Asked], Awaitable[Answer]]
    echoes_number: bool = False
    """Whether errors tell the `transactionId` again."""


class Listing(msgspec.Struct, frozen=True):
    """A search with a query."""

    shape: Shape
    handle: Callable[[Context, Caller, Search], Awaitable[Answer]]


async def checkout(context: Context, caller: Caller, asked: Creation) -> Answer:
    """Sections 6.1 and 6.2."""
    app = await app_for(context, caller, asked)
    await refuse_used(context, caller, asked)
    try:
        opened = await open_checkout(
            context,
            order_of(context, caller, app, asked),
            payment_id=PaymentId(context.mint_long()),
            plan=asked.plan,
            is_repeatable=False,
        )
    except Refused as refused:
        raise _refused(refused) from None
    link = context.links.checkout(opened.merchant_id, opened.payment_id, opened.language.lower())
    return answers.created(context, opened, app, redirect_url=link)


async def payment(context: Context, caller: Caller, asked: Creation) -> Answer:
    """Sections 6.3 and 6.4."""
    app = await app_for(context, caller, asked)
    await refuse_used(context, caller, asked)
    assert asked.card is not None
    how = CardCharge(card=asked.card, statement=answers.descriptor(app), client_ip=asked.client_ip)
    try:
        taken = await take_payment(
            context,
            order_of(context, caller, app, asked),
            how,
            payment_id=PaymentId(context.mint_long()),
            plan=asked.plan,
        )
    except Refused as refused:
        raise _refused(refused) from None
    return answers.created(context, taken, app, redirect_url=await _challenge(context, taken))


async def refund(context: Context, caller: Caller, asked: RefundRequest) -> Answer:
    """Section 6.5. Everything that is wrong with a refund has one code."""
    found = await own_payment(context, caller, asked.unique_id)
    app = await context.reads.app(found.app_id) if found else None
    if found is None or app is None:
        raise Rejected(Code.REFUND_FAILED, "transaction not found")
    if not app.may_call_from(caller.address):
        raise Rejected(Code.REFUND_FAILED, "refunds of this app are not allowed from this address")
    order = RefundOrder(
        number=asked.number,
        amount=schemas.amount_in(asked.amount_text, found.currency),
        reason=asked.remark,
        client_ip=caller.address,
        notify_url=found.notify_url,
    )
    try:
        return answers.refund(context, await refund_payment(context, found, order))
    except Refused as refused:
        raise Rejected(Code.REFUND_FAILED, SAID.get(refused.reason, refused.said)) from None


async def upload(context: Context, caller: Caller, asked: tuple[TrackingRow, ...]) -> Answer:
    """Section 6.6."""
    parcels = []
    for place, row in enumerate(asked, 1):
        found = await own_payment(context, caller, row.unique_id)
        if found is None:
            raise Rejected(Code.NOT_UPLOADED, f"row {place}: transaction not found")
        if found.state is not PaymentState.CAPTURED:
            raise Rejected(Code.NOT_UPLOADED, f"row {place}: transaction is not paid")
        parcels.append(Parcel(found, tracking_no=row.number, carrier=row.company, remark=row.remark))
    await replace_tracking(context, parcels)
    return answers.said(context, Code.UPLOADED)


async def list_orders(context: Context, caller: Caller, asked: Search) -> Answer:
    """Section 6.7."""
    named = asked.wanted.get("uniqueId")
    total, rows = await context.reads.search_payments(
        caller.merchant.merchant_id,
        NAME,
        payment_id=None if named is None else PaymentId(unique_id_in(named)),
        order_no=asked.wanted.get("transactionId"),
        group_no=asked.wanted.get("orderId"),
        from_ms=asked.from_ms,
        to_ms=asked.to_ms,
        offset=(asked.page - 1) * asked.page_size,
        limit=asked.page_size,
    )
    apps = {app.app_id: app for app in await context.reads.apps(caller.merchant.merchant_id)}
    return answers.page(context, asked, total, [answers.found(context, row, apps[row.app_id]) for row in rows])


async def list_refunds(context: Context, caller: Caller, asked: Search) -> Answer:
    """Section 6.9."""
    merchant_id = caller.merchant.merchant_id
    named = asked.wanted.get("uniqueId")
    payment_id = None if named is None else unique_id_in(named)
    if (transaction_id := asked.wanted.get("transactionId")) is not None:
        paid = await context.reads.payment_by_order(merchant_id, NAME, transaction_id)
        # Both names may be given; then both have to fit.
        fits = paid is not None and payment_id in {None, paid.payment_id}
        payment_id = paid.payment_id if paid and fits else 0
    refund_named = asked.wanted.get("refundUniqueId")
    total, rows = await context.reads.search_refunds(
        merchant_id,
        NAME,
        payment_id=None if payment_id is None else PaymentId(payment_id),
        refund_id=None if refund_named is None else RefundId(unique_id_in(refund_named)),
        number=asked.wanted.get("refundTransactionId"),
        from_ms=asked.from_ms,
        to_ms=asked.to_ms,
        offset=(asked.page - 1) * asked.page_size,
        limit=asked.page_size,
    )
    return answers.page(context, asked, total, [answers.refund_row(context, row) for row in rows])


async def find_order(context: Context, caller: Caller, unique_id: str) -> Answer:
    """Section 6.8."""
    found = await own_payment(context, caller, unique_id_in(unique_id))
    app = await context.reads.app(found.app_id) if found else None
    if found is None or app is None:
        raise Rejected(Code.NOT_FOUND, "transaction not found")
    return answers.found(context, found, app)


ENDPOINTS: Final[Mapping[str, Endpoint[Any]]] = {
    "/checkout/payment": Endpoint(schemas.read_creation(bodies.CHECKOUT_PAYMENT), checkout, echoes_number=True),
    "/checkout/subscription": Endpoint(
        schemas.read_creation(bodies.CHECKOUT_SUBSCRIPTION), checkout, echoes_number=True
    ),
    "/api/payment": Endpoint(schemas.read_creation(bodies.PAYMENT), payment, echoes_number=True),
    "/api/subscription": Endpoint(schemas.read_creation(bodies.SUBSCRIPTION), payment, echoes_number=True),
    "/api/refund": Endpoint(schemas.read_refund, refund),
    "/upload/trackingNumber": Endpoint(schemas.read_tracking, upload),
}
"""All POST."""

LISTINGS: Final[Mapping[str, Listing]] = {
    "/search/list/order": Listing(bodies.ORDER_SEARCH, list_orders),
    "/search/list/refund": Listing(bodies.REFUND_SEARCH, list_refunds),
}
"""All GET."""

ONE_ORDER: Final = "/search/order/"
"""GET; what follows is the `uniqueId`."""


async def _challenge(context: Context, taken: Payment) -> str:
    """Where the payer has to authenticate; empty where there is no need to."""
    if taken.state is not PaymentState.PENDING:
        return ""
    charge = await context.reads.attempt(taken.merchant_id, taken.charge_id)
    if charge is None or charge.state is not AttemptState.NEEDS_PAYER:
        return ""
    return context.links.challenge(taken.merchant_id, taken.payment_id)


def _refused(refused: Refused) -> Rejected:
    return Rejected(ON_CREATION.get(refused.reason, Code.FAILED), SAID.get(refused.reason, refused.said))
