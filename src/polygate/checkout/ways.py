"""The ways to pay that the page offers, and what the form says about the one that was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from polygate.checkout.card_form import Mistakes, read_card
from polygate.checkout.summary import hosted_order
from polygate.core.methods import PRODUCTS, SETTLED_AT_ONCE, Method, Product
from polygate.core.payments import Payment
from polygate.core.routing import offered
from polygate.operations.charging import CardCharge, How, WalletCharge
from polygate.operations.context import Context

_ON_THEIR_PAGE: Final = frozenset({Method.PAYPAL})
"""What their codes say is their own page, which the browser in use opens as well (gateway contract, 8.1)."""


async def ways_for(context: Context, payment: Payment) -> tuple[Method, ...]:
    """What the order can be paid with: enabled for its app, wanted by its merchant, and taken in its currency and
    amount by some acquirer. Nothing while the app or the merchant is disabled.

    The APIs that open hosted pages do not know payments from account to account.
    """
    app = await context.reads.app(payment.app_id)
    merchant = await context.reads.merchant(payment.merchant_id)
    if app is None or merchant is None or not (app.enabled and merchant.enabled):
        return ()
    offers = context.offers(is_test=payment.is_test)
    methods = offered(app.methods, payment.asked, offers=offers)
    wanted = (await hosted_order(context, payment)).methods
    return tuple(method for method in methods if method not in SETTLED_AT_ONCE and (wanted is None or method in wanted))


async def how_to_pay(
    context: Context, request: Request, payment: Payment, form: Mapping[str, str]
) -> How | Mistakes | None:
    """What a form's `method` says to charge, by default the card in its fields; None if that is not offered."""
    named = form.get("method", Method.CARD)
    method = next((way for way in await ways_for(context, payment) if way == named), None)
    client_ip = request.client.host if request.client else ""
    if method is None:
        return None
    if method is Method.CARD:
        order = await hosted_order(context, payment)
        card = read_card(form, context.clock(), any_digits=order.takes_any_digits)
        return card if isinstance(card, Mistakes) else CardCharge(card=card, client_ip=client_ip)
    return WalletCharge(
        method=method,
        product=product_for(method, in_hand=is_telephone(request)),
        description=(await hosted_order(context, payment)).description,
        client_ip=client_ip,
    )


def product_for(method: Method, *, in_hand: bool) -> Product:
    """Where the payer meets a wallet: a code to scan beside a telephone, the wallet's page on the telephone itself."""
    here = in_hand or method in _ON_THEIR_PAGE
    wanted = (Product.H5, Product.QR_CODE) if here else (Product.QR_CODE, Product.H5)
    return next(product for product in wanted if product in PRODUCTS[method])


def is_telephone(request: Request) -> bool:
    """Browsers on small touch devices all say so with this word."""
    return "Mobi" in request.headers.get("user-agent", "")
