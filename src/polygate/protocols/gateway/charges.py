"""How a payment request wants the money collected."""

from __future__ import annotations

from polygate.operations.charging import CardCharge, How, WalletCharge
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.protocols.gateway.order_view import statement
from polygate.protocols.gateway.schemas import PaymentRequest
from polygate.store.reads import Caller


def charge_of(caller: Caller, asked: PaymentRequest) -> How:
    """A charge of the card, or a collection from the wallet, as section 4.3 describes them."""
    if asked.card is not None:
        return CardCharge(
            card=asked.card,
            authentication=asked.three_ds_data.authentication if asked.three_ds_data else None,
            cryptogram=asked.three_ds_data.cryptogram if asked.three_ds_data else None,
            statement=statement(asked.statement, app=caller.app, merchant=caller.merchant),
            client_ip=asked.client_ip,
            billing=asked.billing,
            shipping=asked.shipping,
        )
    if asked.wallet is None:
        raise Rejected(Code.METHOD_MISFIT)
    return WalletCharge(
        method=asked.method,
        product=asked.wallet.product,
        code=asked.wallet.code,
        payer_id=asked.wallet.payer_id,
        app_id=asked.wallet.app_id,
        store=asked.wallet.store,
        credit_allowed=asked.wallet.credit_allowed,
        description=asked.description or caller.merchant.name,
        client_ip=asked.client_ip,
        billing=asked.billing,
        shipping=asked.shipping,
    )
