"""What the Channel API answers: the objects of section 6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from polygate.core import upi
from polygate.core.attempts import Attempt
from polygate.core.merchants import FeeRule, Merchant
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.balances import Funds
from polygate.operations.context import Context
from polygate.protocols.channel.accounts import collecting_account, receiver_shown
from polygate.protocols.channel.amounts import number
from polygate.protocols.channel.states import ProcessCode, credit_code, debit_code

Answer = dict[str, Any]

CREDIT: Final = "channelCreditOrderSimpleInfo"
DEBIT: Final = "channelDebitOrderSimpleInfo"
RECORD: Final = "channelPaymentRecordSimpleInfo"
DEEPLINK: Final = "deeplink"

_EXPIRED: Final = "not paid in time"


async def credit_result(context: Context, merchant: Merchant, payment: Payment) -> Answer:
    """A collection as it stands (sections 6.1, 6.3 and 6.4)."""
    ids = payment.merchant_id, payment.payment_id
    details = await context.reads.order_details(*ids)
    charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
    link = charge.payer_code if charge else ""
    open_link = link if charge and _is_payable(payment, charge, context.clock()) else ""
    payee = upi.payee_in(link)
    code = credit_code(payment)
    request: Mapping[str, Any] = details.request if details else {}
    paid = code is ProcessCode.COMPLETED
    return {
        CREDIT: {
            "id": payment.payment_id,
            "merchantId": int(merchant.merchant_no),
            "merchantSourceNo": payment.order_no,
            "fiatAmount": number(payment.shown),
            "tokenAmount": number(payment.shown - _fee(payment)),
            "processCode": code.value,
            "createdTime": payment.created_ms,
            "updatedTime": max(payment.created_ms, payment.answered_ms, payment.payer_said_ms, payment.finished_ms),
            "cashierLink": context.links.wallet_page(*ids),
            "payerAccountDetailList": request.get("payerAccountDetailList", []),
            "payeeAccountDetail": collecting_account(payee.address, payee.name) if payee.address else None,
            "paid": paid,
            "callbackCode": await context.reads.last_status(*ids),
            "closedTime": payment.finished_ms or None,
        },
        RECORD: {
            "upi": payee.address,
            "upiUrl": open_link,
            "utr": payment.details.bank_reference if paid else "",
            "errorMessage": _why(payment) if code is ProcessCode.FAILED else "",
        },
        DEEPLINK: {"other": open_link, **(upi.app_links(open_link) if open_link else dict.fromkeys(upi.APPS, ""))},
    }


async def debit_result(context: Context, merchant: Merchant, payout: Payout) -> Answer:
    """A payout as it stands (sections 6.2 and 6.3)."""
    code = debit_code(payout)
    return {
        DEBIT: {
            "id": payout.payout_id,
            "merchantId": int(merchant.merchant_no),
            "merchantSourceNo": payout.number,
            "fiatAmount": number(payout.amount),
            "tokenAmount": number(payout.taken),
            "processCode": code.value,
            "createdTime": payout.created_ms,
            "updatedTime": payout.changed_ms,
            "payeeAccountDetail": receiver_shown(payout.receiver) if payout.receiver else None,
            "paid": code is ProcessCode.COMPLETED,
            "callbackCode": await context.reads.last_status(payout.merchant_id, payout.payout_id),
            "closedTime": payout.closed_ms or None,
        },
        RECORD: {
            "upi": "",
            "upiUrl": "",
            "utr": payout.reference,
            "errorMessage": payout.said.replace("_", " ") if code is ProcessCode.FAILED else "",
        },
    }


def balance_result(funds: Funds, currency: str) -> Answer:
    """Section 7.9."""
    return {
        "balance": number(Money(funds.total_minor, currency)),
        "frozenBalance": number(Money(funds.held_minor, currency)),
        "remainBalance": number(Money(funds.available_minor, currency)),
    }


def _fee(payment: Payment) -> Money:
    return FeeRule(payment.fee_basis_points, payment.fee_fixed_minor).fee(payment.shown)


def _is_payable(payment: Payment, charge: Attempt, now_ms: int) -> bool:
    waits = payment.state is PaymentState.PENDING and charge.state is AttemptState.NEEDS_PAYER
    return waits and now_ms < payment.expires_ms


def _why(payment: Payment) -> str:
    return payment.decline.replace("_", " ") or (_EXPIRED if payment.state is PaymentState.EXPIRED else "canceled")
