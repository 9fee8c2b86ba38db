"""Where the payer's browser may go when there is nothing left to do here."""

from __future__ import annotations

from urllib.parse import urlsplit

from polygate.core.ids import MerchantId, PaymentId
from polygate.operations.context import Context


async def front_origin(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> tuple[str, ...]:
    """The shop's origin, if a form on the issuer's page leads there; for that page's Content-Security-Policy.

    A direct payment goes from the issuer's form by redirects alone to the shop, and Chromium holds such redirects to
    the policy of the page with the form. A checkout ends on our own page first, wherever the shop is.
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
