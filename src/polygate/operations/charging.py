"""The ways to pay, for the length of one request, and what each has the acquirer told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from polygate.connectors.contract import Charge, Conversation, Initiator, WalletOrder
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt
from polygate.core.cards import Card, Cryptogram, Secret
from polygate.core.methods import Method, Product
from polygate.core.outcomes import Authentication
from polygate.core.payments import Means, Payment
from polygate.operations.context import Context


class CardCharge(msgspec.Struct, frozen=True):
    """A card, given by the payer or kept since an earlier payment."""

    card: Card
    authentication: Authentication | None = None
    """A 3-D Secure result obtained by the merchant itself."""
    cryptogram: Cryptogram | None = None
    statement: str = ""
    client_ip: str = ""
    billing: Mapping[str, Any] | None = None
    shipping: Mapping[str, Any] | None = None
    is_doubtful: bool = False
    """The risk check wants the payer authenticated, where the order leaves that open (gateway contract, 6.1)."""
    initiator: Initiator = Initiator.PAYER
    agreement: Agreement | None = None
    """The one under which a kept card is charged."""
    plan: str = ""
    """What this charge is for, where the merchant says so; otherwise what the payer agreed to."""
    first_reference: str = ""
    """The scheme's number of the payment that made the agreement."""

    def means(self, context: Context) -> Means:
        agreement_id = self.agreement.agreement_id if self.agreement else 0
        return Means(Method.CARD, card=context.vault.on_file(self.card), agreement_id=agreement_id)

    def conversation(self, context: Context, payment: Payment, attempt: Attempt) -> Conversation:
        back = context.links.challenge_return(payment.merchant_id, payment.payment_id)
        charge = Charge(
            merchant=payment.merchant_id,
            attempt=attempt.attempt_id,
            amount=payment.asked,
            card=self.card,
            capture=attempt.captures,
            three_ds="standard" if self.is_doubtful and payment.three_ds == "auto" else payment.three_ds,
            authentication=self.authentication,
            fraud_check=payment.fraud_check,
            statement=self.statement,
            client_ip=self.client_ip,
            return_url=back if self.initiator is Initiator.PAYER else "",
            billing=self.billing,
            initiator=self.initiator,
            plan=self.plan or (self.agreement.plan if self.agreement else payment.keep_card),
            first_reference=self.first_reference,
            cryptogram=self.cryptogram,
            protocol=payment.protocol,
        )
        return context.connector(attempt.acquirer).authorize(charge)


class WalletCharge(msgspec.Struct, frozen=True):
    """A wallet, and where the payer meets it. What is not given is empty."""

    method: Method
    product: Product
    code: Secret | None = None
    """What the payer's wallet showed and the merchant scanned."""
    payer_id: str = ""
    app_id: str = ""
    store: str = ""
    credit_allowed: bool = True
    description: str = ""
    client_ip: str = ""
    billing: Mapping[str, Any] | None = None
    shipping: Mapping[str, Any] | None = None
    number: str = ""
    """The order's number as the payer's bank shows it; by default our own identifier."""
    note: str = ""
    """What the payer's bank shows beside it."""

    def means(self, context: Context) -> Means:
        return Means(self.method, self.product.value)

    def conversation(self, context: Context, payment: Payment, attempt: Attempt) -> Conversation:
        order = WalletOrder(
            merchant=payment.merchant_id,
            attempt=attempt.attempt_id,
            amount=payment.asked,
            method=self.method,
            product=self.product,
            code=self.code,
            payer_id=self.payer_id,
            app_id=self.app_id,
            store=self.store,
            credit_allowed=self.credit_allowed,
            description=self.description,
            client_ip=self.client_ip,
            return_url=context.links.wallet_return(payment.merchant_id, payment.payment_id),
            expires_ms=payment.expires_ms,
            number=self.number or str(payment.payment_id),
            note=self.note,
        )
        return context.connector(attempt.acquirer).collect(order)


How = CardCharge | WalletCharge
