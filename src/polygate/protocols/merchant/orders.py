"""The orders that calls make, and the ones they name."""

from __future__ import annotations

from typing import Final

from polygate.core.cards import is_card_number
from polygate.core.ids import PaymentId
from polygate.core.merchants import App
from polygate.core.methods import Method
from polygate.core.payments import CaptureMode, Payment, PaymentOrder
from polygate.core.refusals import Reason
from polygate.core.routing import NO_ACQUIRER, has_currency, offered
from polygate.operations.close_others import is_paid
from polygate.operations.context import Context
from polygate.operations.links import LOCALES, locale_wanted
from polygate.protocols.merchant.auth import Caller
from polygate.protocols.merchant.bodies import DEFAULT, METHODS
from polygate.protocols.merchant.errors import SAID, Code, Rejected
from polygate.protocols.merchant.schemas import Creation
from polygate.protocols.merchant.states import NAME

KEPT_FOR: Final = "RECURRING"
"""What a subscription's card is kept for."""


async def app_for(context: Context, caller: Caller, asked: Creation) -> App:
    """The app that an order names and that may take it. Raises Rejected (500)."""
    if asked.app_id:
        app = await context.reads.app(str(int(asked.app_id)))
    else:
        app = await context.reads.app_by_domain(caller.merchant.merchant_id, asked.domain)
    if app is None or not caller.may_use(app):
        raise Rejected(Code.BAD_PARAMETER, f"{'appId' if asked.app_id else 'domain'} is unknown or disabled")
    _check_method(context, app, asked)
    if asked.card is not None and not app.is_test and not is_card_number(asked.card.number.reveal()):
        raise Rejected(Code.BAD_PARAMETER, "card.cardNumber has a wrong check digit")
    return app


async def refuse_used(context: Context, caller: Caller, asked: Creation) -> None:
    """Raises Rejected: 501 for a number that was used, 400 for an order that is paid."""
    merchant_id = caller.merchant.merchant_id
    if await context.reads.payment_by_order(merchant_id, NAME, asked.transaction_id):
        raise Rejected(Code.NUMBER_TAKEN)
    if await is_paid(context, merchant_id, NAME, asked.order_id):
        raise Rejected(Code.FAILED, SAID[Reason.GROUP_PAID])


def order_of(context: Context, caller: Caller, app: App, asked: Creation) -> PaymentOrder:
    return PaymentOrder(
        merchant_id=caller.merchant.merchant_id,
        app_id=app.app_id,
        protocol=NAME,
        order_no=asked.transaction_id,
        amount=asked.amount,
        capture_mode=CaptureMode.AUTO,
        three_ds="standard" if asked.secure else "auto",
        fraud_check=False,
        life_ms=context.merchant.order_life_ms,
        notify_url=asked.notification_url,
        front_url=asked.callback_url,
        language=LOCALES[locale_wanted(asked.accept_language)],
        attach="",
        keep_card=KEPT_FOR if asked.plan else "",
        fee=caller.merchant.fee_rule(asked.amount.currency),
        request=asked.as_sent,
        late_goes_back=True,
        is_test=app.is_test,
        group_no=asked.order_id,
        # "One transactionId, one transaction": a new try needs a new number (section 6.1).
        tries_most=1,
    )


async def own_payment(context: Context, caller: Caller, unique_id: int) -> Payment | None:
    """A transaction of the caller's by our number; None also for one of another merchant, or of another API."""
    if not unique_id:
        return None
    payment = await context.reads.payment(caller.merchant.merchant_id, PaymentId(unique_id))
    return payment if payment is not None and payment.protocol == NAME else None


def _check_method(context: Context, app: App, asked: Creation) -> None:
    """Raises Rejected (500) where nothing could ever take the order."""
    offers = context.offers(is_test=app.is_test)
    usable = [method for method in offered(app.methods, asked.amount, offers=offers) if method in METHODS.values()]
    wanted = wanted_method(asked)
    if wanted is None and usable:
        return
    if wanted in usable:
        return
    if not offers:
        raise Rejected(Code.BAD_PARAMETER, NO_ACQUIRER)
    enabled = [method for method in METHODS.values() if method in app.methods and wanted in {None, method}]
    if not any(method in offer for offer in offers.values() for method in enabled):
        raise Rejected(Code.BAD_PARAMETER, _not_enabled(asked, wanted))
    currency = asked.amount.currency
    if not any(has_currency(offer, method, currency) for offer in offers.values() for method in enabled):
        raise Rejected(Code.BAD_PARAMETER, SAID[Reason.CURRENCY_NOT_SUPPORTED])
    raise Rejected(Code.BAD_PARAMETER, SAID[Reason.AMOUNT_TOO_LARGE])


def wanted_method(asked: Creation) -> Method | None:
    """The only one that the order may be paid with; None where the payer chooses. Raises Rejected (500)."""
    if asked.card is not None or asked.plan is not None:
        return Method.CARD
    if asked.method == DEFAULT:
        return None
    if asked.method not in METHODS:
        raise Rejected(Code.BAD_PARAMETER, SAID[Reason.METHOD_NOT_ENABLED])
    return METHODS[asked.method]


def _not_enabled(asked: Creation, wanted: Method | None) -> str:
    """In words of fields that the call has: those about cards know no `transactionMethod`."""
    if wanted is None:
        return "no payment method is enabled for this app"
    if asked.card is not None or asked.plan is not None:
        return "cards are not enabled for this app"
    return SAID[Reason.METHOD_NOT_ENABLED]
