"""Merchants and apps as they are made: with numbers of their own, and keys and secrets that are shown once."""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from polygate.core.cards import Secret, looks_like_card
from polygate.core.ids import MerchantId
from polygate.core.ledger import PostingRow, opening
from polygate.core.merchants import App, FeeRule, Merchant
from polygate.core.money import Money
from polygate.core.people import AuditEntry
from polygate.operations.audit import AT_COMMAND_LINE, Actor, entry
from polygate.operations.context import Context
from polygate.operations.credentials import access_place, app_place, merchant_place
from polygate.store.contract import Change, Insert, Taken
from polygate.store.vault import hash_of

NUMBER_TRIES: Final = 5
"""How many numbers are tried for something new, should they be taken."""


class NewMerchant(msgspec.Struct, frozen=True):
    """A merchant just made; the keys are shown once."""

    merchant: Merchant
    secret_key: Secret
    access_key: Secret


class NewApp(msgspec.Struct, frozen=True):
    app: App
    secret: Secret


def new_merchant(
    context: Context,
    *,
    merchant_id: MerchantId,
    name: str,
    mcc: str,
    fees: dict[str, FeeRule],
    payout_fees: dict[str, FeeRule] | None = None,
) -> NewMerchant:
    """A merchant with fresh keys and a number that may be taken, not stored yet."""
    secret_key, key = new_merchant_secret(), new_access_key()
    merchant = Merchant(
        merchant_id=merchant_id,
        merchant_no=_digits(14),
        name=name,
        mcc=mcc,
        enabled=True,
        access_key_hash=hash_of(key).hex(),
        sealed_secret_key=context.vault.seal_secret(secret_key, context=merchant_place(merchant_id)),
        fees=fees,
        created_ms=context.clock(),
        sealed_access_key=context.vault.seal_secret(key, context=access_place(merchant_id)),
        payout_fees=payout_fees or {},
    )
    return NewMerchant(merchant, secret_key, key)


async def create_merchant(
    context: Context,
    *,
    name: str,
    mcc: str,
    fees: dict[str, FeeRule],
    payout_fees: dict[str, FeeRule] | None = None,
    opening_balances: tuple[Money, ...] = (),
) -> NewMerchant:
    """A merchant with fresh keys. `opening_balances` are for demonstrations: money out of nowhere, and booked so."""
    now_ms = context.clock()
    merchant_id = MerchantId(context.mint())
    for _ in range(NUMBER_TRIES):
        made = new_merchant(context, merchant_id=merchant_id, name=name, mcc=mcc, fees=fees, payout_fees=payout_fees)
        balances = tuple(
            PostingRow(
                merchant_id, context.mint(), 0, 0, now_ms, p.why, p.debit, p.credit, p.amount.minor, p.amount.currency
            )
            for amount in opening_balances
            for p in opening(amount)
        )
        try:
            await context.store.submit(Change((Insert(made.merchant),), balances))
        except Taken:
            continue
        return made
    raise RuntimeError("no free merchant number was found")


def new_app(
    context: Context,
    merchant_id: MerchantId,
    *,
    name: str,
    methods: tuple[str, ...],
    payout_methods: tuple[str, ...] = (),
    may_initiate: bool = False,
) -> NewApp:
    """A shop with a fresh secret and a number that may be taken, not stored yet."""
    secret, app_id = new_app_secret(), _digits(15)
    app = App(
        merchant_id=merchant_id,
        app_id=app_id,
        name=name,
        enabled=True,
        sealed_secret=context.vault.seal_secret(secret, context=app_place(app_id)),
        secret_version=1,
        methods=methods,
        may_set_statement=True,
        website_id=_digits(5),
        subscribe_url="",
        created_ms=context.clock(),
        may_initiate=may_initiate,
        payout_methods=payout_methods,
    )
    return NewApp(app, secret)


def app_told(context: Context, actor: Actor, app: App) -> AuditEntry:
    """For the audit log."""
    return entry(
        context, actor, "app.created", merchant_id=app.merchant_id, about=app.app_id,
        after={"name": app.name, "methods": ", ".join(app.methods)},
    )  # fmt: skip


async def create_app(
    context: Context,
    merchant: Merchant,
    *,
    name: str,
    methods: tuple[str, ...],
    payout_methods: tuple[str, ...] = (),
    may_initiate: bool = False,
    actor: Actor = AT_COMMAND_LINE,
) -> NewApp:
    """A shop of a merchant with a credential pair of its own."""
    for _ in range(NUMBER_TRIES):
        made = new_app(
            context,
            merchant.merchant_id,
            name=name,
            methods=methods,
            payout_methods=payout_methods,
            may_initiate=may_initiate,
        )
        try:
            await context.store.submit(Change((Insert(made.app),), (app_told(context, actor, made.app),)))
        except Taken:
            continue
        return made
    raise RuntimeError("no free app number was found")


def new_access_key() -> Secret:
    return Secret(secrets.token_hex(16))


def new_app_secret() -> Secret:
    return Secret(secrets.token_hex(17).upper())


def new_merchant_secret() -> Secret:
    return Secret(secrets.token_hex(32))


def _digits(count: int) -> str:
    """Random digits, the first of them not zero; never those of a card, for which searches would take them."""
    while looks_like_card(digits := str(10 ** (count - 1) + secrets.randbelow(9 * 10 ** (count - 1)))):
        pass
    return digits
