"""The way back to the shop: where the payer's browser goes when there is nothing left to do here."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec.structs import replace

from polygate.checkout.words import Words
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.payments import Payment
from polygate.operations.context import Context
from polygate.protocols.contract import MerchantProtocol


def way_back(protocols: Mapping[str, MerchantProtocol], payment: Payment, words: Words) -> str:
    """The shop's address with the protocol's parameters, in the language the payer reads; empty without one."""
    return protocols[payment.protocol].browser_return(replace(payment, language=words.tag))


async def front_origin(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> tuple[str, ...]:
    """The origins that a form on the way through 3-D Secure leads to besides our own, for that page's form policy.

    A checkout ends on our own page, whatever the shop's address is.
    """
    payment = await context.reads.payment(merchant_id, payment_id)
    if payment is None or payment.is_checkout or not payment.front_url:
        return ()
    url = urlsplit(payment.front_url)
    try:
        host = url.netloc.encode("idna").decode()
    except UnicodeError:
        return ()
    return (f"{url.scheme}://{host}",)
