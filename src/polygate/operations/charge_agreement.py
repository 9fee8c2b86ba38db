"""Charge a kept card again, without the payer (gateway contract, 4.7 and section 9)."""

from __future__ import annotations

import msgspec

from polygate.connectors.contract import Initiator
from polygate.core import agreements
from polygate.core.agreements import Agreement, Expiry
from polygate.core.cards import Card, Secret
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.payments import Payment, PaymentOrder
from polygate.operations.charging import CardCharge
from polygate.operations.context import Context
from polygate.operations.take_payment import take_payment
from polygate.store.contract import Stale


class LaterCharge(msgspec.Struct, frozen=True):
    """What a merchant says about the charge, besides the order."""

    expiry: Expiry | None
    """The card's, as the merchant knows it now."""
    plan: str
    """What the charge is for; empty where it is what the payer agreed to."""
    statement: str
    client_ip: str


async def find_agreement(
    context: Context, merchant_id: MerchantId, *, agreement_id: int | None, number: Secret | None
) -> Agreement:
    """The agreement that an identifier names, else the newest living one of a card; whichever app it was made with.

    Raises Refused: CARD_NOT_KNOWN (also for another merchant's), CARD_MISMATCH where both are given and differ.
    """
    fingerprint = context.vault.fingerprint(number) if number else ""
    if agreement_id is not None:
        return agreements.check(await context.reads.agreement(merchant_id, agreement_id), fingerprint=fingerprint)
    return agreements.check(await context.reads.agreement_by_card(merchant_id, fingerprint))


async def charge_agreement(
    context: Context,
    agreement: Agreement,
    order: PaymentOrder,
    charge: LaterCharge,
    *,
    payment_id: PaymentId | None = None,
) -> Payment:
    """The payment as it stands. Raises Refused: ORDER_TAKEN, CARD_NOT_KNOWN if the agreement was revoked meanwhile.

    A later expiry is kept with the payment, or not at all.
    """
    number, first_reference = await _kept(context, agreement)
    while True:
        known = agreements.renewed(agreement.card, charge.expiry)
        how = CardCharge(
            card=Card(
                number=number,
                # The holder was kept as one text.
                first_name=known.holder,
                last_name="",
                expiry_month=known.expiry_month,
                expiry_year=known.expiry_year,
            ),
            statement=charge.statement,
            client_ip=charge.client_ip,
            initiator=Initiator.MERCHANT,
            agreement=agreement,
            plan=charge.plan,
            first_reference=first_reference,
        )
        try:
            return await take_payment(context, order, how, payment_id=payment_id)
        except Stale:
            again = await context.reads.agreement(agreement.merchant_id, agreement.agreement_id)
            agreement = agreements.check(again)


async def _kept(context: Context, agreement: Agreement) -> tuple[Secret, str]:
    """The card's number, and the scheme's number of the payment in which the payer agreed."""
    row = await context.reads.kept_card(agreement)
    first = await context.reads.payment(agreement.merchant_id, agreement.payment_id)
    if row is None or first is None:
        raise LookupError(f"agreement {agreement.agreement_id} has no card")
    return context.vault.open_card(row), first.details.network_transaction_id
