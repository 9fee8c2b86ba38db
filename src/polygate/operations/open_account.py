"""Open a merchant's account together with its first app: both at once, or neither."""

from __future__ import annotations

import msgspec

from polygate.core.ids import MerchantId
from polygate.core.merchants import FeeRule
from polygate.operations.audit import Actor, entry
from polygate.operations.context import Context
from polygate.operations.merchant_settings import shown
from polygate.operations.new_accounts import NUMBER_TRIES, NewApp, NewMerchant, app_told, new_app, new_merchant
from polygate.store.contract import Change, Insert, Taken


class NewAccount(msgspec.Struct, frozen=True):
    merchant: NewMerchant
    app: NewApp


class OpenedBefore(Exception):
    """The same form was sent before; what it made has been shown, and is not shown again."""

    def __init__(self, merchant_no: str) -> None:
        super().__init__(f"merchant {merchant_no} was opened already")
        self.merchant_no = merchant_no


async def open_account(
    context: Context,
    actor: Actor,
    *,
    merchant_id: MerchantId,
    name: str,
    mcc: str,
    fees: dict[str, FeeRule],
    payout_fees: dict[str, FeeRule],
    app_name: str,
    methods: tuple[str, ...],
) -> NewAccount:
    """With fresh keys, which are shown once. Raises OpenedBefore where there is a merchant with this identifier."""
    for _ in range(NUMBER_TRIES):
        merchant = new_merchant(
            context, merchant_id=merchant_id, name=name, mcc=mcc, fees=fees, payout_fees=payout_fees
        )
        app = new_app(context, merchant_id, name=app_name, methods=methods)
        opened = entry(
            context, actor, "merchant.opened", merchant_id=merchant_id, about=merchant.merchant.merchant_no,
            after=shown(merchant.merchant),
        )  # fmt: skip
        guards = (Insert(merchant.merchant), Insert(app.app))
        try:
            await context.store.submit(Change(guards, (opened, app_told(context, actor, app.app))))
        except Taken:
            if first := await context.reads.merchant(merchant_id):
                raise OpenedBefore(first.merchant_no) from None
            continue
        return NewAccount(merchant, app)
    raise RuntimeError("no free number was found")
