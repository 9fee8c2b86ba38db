"""Payments with their attempts, stored cards and parcels, and what was given back of them."""

from __future__ import annotations

from collections.abc import Sequence

from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt
from polygate.core.chargebacks import Chargeback
from polygate.core.groups import PaidGroup
from polygate.core.ids import AttemptId, MerchantId, PaymentId, RefundId
from polygate.core.payments import OrderDetails, Payment
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.transitions import AgreementState
from polygate.store.reads.questions import Questions, identifier
from polygate.store.vault import VaultCard


class PaymentReads(Questions):
    async def payment(self, merchant_id: MerchantId, payment_id: PaymentId) -> Payment | None:
        return await self._one(Payment, "merchant_id = %s AND payment_id = %s", merchant_id, payment_id)

    async def payment_by_order(
        self, merchant_id: MerchantId, protocol: str, order_no: str, scope: str = ""
    ) -> Payment | None:
        """`scope` is the app in APIs that number by app."""
        where = "merchant_id = %s AND protocol = %s AND order_no = %s AND number_scope = %s"
        return await self._one(Payment, where, merchant_id, protocol, order_no, scope)

    async def payments_numbered(self, number: str) -> list[Payment]:
        """Whoever's payments carry a number, ours or a merchant's; for operators only."""
        if our_id := identifier(number):
            found = await self._many(Payment, "payment_id = %s", our_id)
            if found:
                return found
        return await self._many(Payment, "order_no = %s ORDER BY payment_id LIMIT 20", number)

    async def search_payments(
        self,
        merchant_id: MerchantId,
        protocol: str,
        *,
        payment_id: PaymentId | None,
        order_no: str | None,
        group_no: str | None,
        from_ms: int | None,
        to_ms: int | None,
        offset: int,
        limit: int,
    ) -> tuple[int, list[Payment]]:
        """How many a merchant has of an API with groups that fit in everything that is given, and a page of them, the
        newest first."""
        given = {
            "merchant_id = %s": merchant_id,
            "protocol = %s": protocol,
            "payment_id = %s": payment_id,
            "order_no = %s": order_no,
            "group_no = %s": group_no,
            "created_ms >= %s": from_ms,
            "created_ms <= %s": to_ms,
            "group_no <> %s": "",
        }
        return await self._page(Payment, given, "created_ms DESC, payment_id DESC", offset, limit)

    async def search_refunds(
        self,
        merchant_id: MerchantId,
        protocol: str,
        *,
        payment_id: PaymentId | None,
        refund_id: RefundId | None,
        number: str | None,
        from_ms: int | None,
        to_ms: int | None,
        offset: int,
        limit: int,
    ) -> tuple[int, list[Refund]]:
        """Likewise."""
        given = {
            "merchant_id = %s": merchant_id,
            "protocol = %s": protocol,
            "payment_id = %s": payment_id,
            "refund_id = %s": refund_id,
            "number = %s": number,
            "created_ms >= %s": from_ms,
            "created_ms <= %s": to_ms,
        }
        return await self._page(Refund, given, "created_ms DESC, refund_id DESC", offset, limit)

    async def order_details(self, merchant_id: MerchantId, payment_id: PaymentId) -> OrderDetails | None:
        return await self._one(OrderDetails, "merchant_id = %s AND payment_id = %s", merchant_id, payment_id)

    async def attempt(self, merchant_id: MerchantId, attempt_id: AttemptId) -> Attempt | None:
        return await self._one(Attempt, "merchant_id = %s AND attempt_id = %s", merchant_id, attempt_id)

    async def attempts(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Attempt]:
        return await self._many(
            Attempt, "merchant_id = %s AND payment_id = %s ORDER BY attempt_id", merchant_id, payment_id
        )

    async def agreement(self, merchant_id: MerchantId, agreement_id: int) -> Agreement | None:
        return await self._one(Agreement, "merchant_id = %s AND agreement_id = %s", merchant_id, agreement_id)

    async def agreement_by_card(self, merchant_id: MerchantId, fingerprint: str) -> Agreement | None:
        """The newest of a card that lives."""
        where = "merchant_id = %s AND fingerprint = %s AND state = %s ORDER BY agreement_id DESC LIMIT 1"
        return await self._one(Agreement, where, merchant_id, fingerprint, AgreementState.LIVE.value)

    async def living_agreements(self, merchant_id: MerchantId, fingerprint: str) -> list[Agreement]:
        """All about a card under which it may be charged."""
        where = "merchant_id = %s AND fingerprint = %s AND state = %s ORDER BY agreement_id"
        return await self._many(Agreement, where, merchant_id, fingerprint, AgreementState.LIVE.value)

    async def agreement_by_id(self, agreement_id: int) -> Agreement | None:
        """Whoever's agreement has an id; for operators only."""
        return await self._one(Agreement, "agreement_id = %s", agreement_id)

    async def kept_card(self, agreement: Agreement) -> VaultCard | None:
        """The sealed number of an agreement's card."""
        where = "merchant_id = %s AND payment_id = %s AND fingerprint = %s"
        return await self._one(VaultCard, where, agreement.merchant_id, agreement.payment_id, agreement.fingerprint)

    async def payments_by_orders(self, merchant_id: MerchantId, protocol: str, numbers: Sequence[str]) -> list[Payment]:
        """Those with one of these numbers, oldest first."""
        places = ", ".join(["%s"] * len(numbers))
        where = f"merchant_id = %s AND protocol = %s AND order_no IN ({places}) ORDER BY payment_id"
        return await self._many(Payment, where, merchant_id, protocol, *numbers) if numbers else []

    async def refund(self, merchant_id: MerchantId, refund_id: RefundId) -> Refund | None:
        return await self._one(Refund, "merchant_id = %s AND refund_id = %s", merchant_id, refund_id)

    async def refund_by_number(
        self, merchant_id: MerchantId, protocol: str, number: str, scope: str = ""
    ) -> Refund | None:
        """`scope` is the app in APIs that number by app."""
        where = "merchant_id = %s AND protocol = %s AND number = %s AND number_scope = %s"
        return await self._one(Refund, where, merchant_id, protocol, number, scope)

    async def refunds(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Refund]:
        """Oldest first."""
        return await self._many(
            Refund, "merchant_id = %s AND payment_id = %s ORDER BY refund_id", merchant_id, payment_id
        )

    async def chargebacks(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Chargeback]:
        """Oldest first."""
        where = "payment_id = %s AND merchant_id = %s ORDER BY chargeback_id"
        return await self._many(Chargeback, where, payment_id, merchant_id)

    async def chargeback_by_case(
        self, merchant_id: MerchantId, payment_id: PaymentId, case_no: str
    ) -> Chargeback | None:
        where = "payment_id = %s AND merchant_id = %s AND case_no = %s"
        return await self._one(Chargeback, where, payment_id, merchant_id, case_no)

    async def paid_group(self, merchant_id: MerchantId, protocol: str, group_no: str) -> PaidGroup | None:
        where = "merchant_id = %s AND protocol = %s AND group_no = %s"
        return await self._one(PaidGroup, where, merchant_id, protocol, group_no)

    async def unpaid_of_group(self, merchant_id: MerchantId, protocol: str, group_no: str) -> list[Payment]:
        """Its tries that are not over yet, renewals aside; oldest first."""
        where = (
            "merchant_id = %s AND group_no = %s AND group_no <> '' AND protocol = %s "
            "AND state IN ('created', 'pending') AND (agreement_id = 0 OR keep_card <> '') ORDER BY payment_id"
        )
        return await self._many(Payment, where, merchant_id, group_no, protocol)

    async def shipment(self, merchant_id: MerchantId, payment_id: PaymentId, tracking_no: str) -> Shipment | None:
        return await self._one(
            Shipment, "payment_id = %s AND tracking_no = %s AND merchant_id = %s", payment_id, tracking_no, merchant_id
        )

    async def shipments(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Shipment]:
        """Oldest first."""
        return await self._many(
            Shipment, "payment_id = %s AND merchant_id = %s ORDER BY shipment_id", payment_id, merchant_id
        )
