"""Merchants, apps and what they prove themselves with."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final

import msgspec

from polygate.core.cards import Secret
from polygate.core.ids import MerchantId
from polygate.core.ledger import PostingRow, opening
from polygate.core.merchants import App, FeeRule, Merchant, Token
from polygate.core.money import Money
from polygate.operations.administer import change_app, change_merchant
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert, Taken
from polygate.store.reads import Caller
from polygate.store.vault import Vault, hash_of

TOKEN_LIFE_MS: Final = 3_600_000
_TOKEN_BYTES: Final = 32
_NUMBER_TRIES: Final = 5


class NewMerchant(msgspec.Struct, frozen=True):
    """A merchant just made; the keys are shown once."""

    merchant: Merchant
    secret_key: Secret
    access_key: Secret


class NewApp(msgspec.Struct, frozen=True):
    app: App
    secret: Secret


def merchant_secret(vault: Vault, merchant: Merchant) -> Secret:
    return vault.open_secret(merchant.sealed_secret_key, context=_merchant_place(merchant.merchant_id))


def access_key(vault: Vault, merchant: Merchant) -> Secret:
    """The key of calls and callbacks that are encrypted. Raises LookupError where the merchant has none any more."""
    if not merchant.sealed_access_key:
        raise LookupError(f"merchant {merchant.merchant_no} has to be given a new access key")
    return vault.open_secret(merchant.sealed_access_key, context=_access_place(merchant.merchant_id))


def app_secret(vault: Vault, app: App) -> Secret:
    return vault.open_secret(app.sealed_secret, context=_app_place(app.app_id))


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
    secret_key, key = Secret(secrets.token_hex(32)), _new_access_key()
    merchant_id = MerchantId(context.mint())
    for _ in range(_NUMBER_TRIES):
        merchant = Merchant(
            merchant_id=merchant_id,
            merchant_no=_digits(14),
            name=name,
            mcc=mcc,
            enabled=True,
            access_key_hash=hash_of(key).hex(),
            sealed_secret_key=context.vault.seal_secret(secret_key, context=_merchant_place(merchant_id)),
            fees=fees,
            created_ms=now_ms,
            sealed_access_key=context.vault.seal_secret(key, context=_access_place(merchant_id)),
            payout_fees=payout_fees or {},
        )
        balances = tuple(
            PostingRow(
                merchant_id, context.mint(), 0, 0, now_ms, p.why, p.debit, p.credit, p.amount.minor, p.amount.currency
            )
            for amount in opening_balances
            for p in opening(amount)
        )
        try:
            await context.store.submit(Change((Insert(merchant),), balances))
        except Taken:
            continue
        return NewMerchant(merchant, secret_key, key)
    raise RuntimeError("no free merchant number was found")


async def rotate_access_key(context: Context, merchant: Merchant) -> Secret:
    """A new access key; the old one opens nothing from now on."""
    key = _new_access_key()
    sealed = context.vault.seal_secret(key, context=_access_place(merchant.merchant_id))

    def rotated(merchant: Merchant) -> Merchant:
        return msgspec.structs.replace(merchant, access_key_hash=hash_of(key).hex(), sealed_access_key=sealed)

    await change_merchant(context.store, merchant, rotated)
    return key


async def merchant_with_key(context: Context, key: Secret) -> Merchant | None:
    """Whose access key it is. It is found by its hash, so that no comparison tells how much of a key is right."""
    return await context.reads.merchant_by_access_key(hash_of(key).hex())


async def create_app(
    context: Context, merchant: Merchant, *, name: str, methods: tuple[str, ...], may_initiate: bool = False
) -> NewApp:
    """A shop of a merchant with a credential pair of its own."""
    secret = _new_app_secret()
    for _ in range(_NUMBER_TRIES):
        app_id = _digits(15)
        app = App(
            merchant_id=merchant.merchant_id,
            app_id=app_id,
            name=name,
            enabled=True,
            sealed_secret=context.vault.seal_secret(secret, context=_app_place(app_id)),
            secret_version=1,
            methods=methods,
            may_set_statement=True,
            website_id=_digits(5),
            subscribe_url="",
            created_ms=context.clock(),
            may_initiate=may_initiate,
        )
        try:
            await context.store.submit(Change((Insert(app),)))
        except Taken:
            continue
        return NewApp(app, secret)
    raise RuntimeError("no free app number was found")


async def rotate_app_secret(context: Context, app: App) -> NewApp:
    """A new secret for an app. The old one and all its tokens end at once (gateway contract, 2.1)."""
    secret = _new_app_secret()
    sealed = context.vault.seal_secret(secret, context=_app_place(app.app_id))

    def rotated(app: App) -> App:
        return msgspec.structs.replace(app, sealed_secret=sealed, secret_version=app.secret_version + 1)

    return NewApp(await change_app(context.store, app, rotated), secret)


async def verified_app(context: Context, app_id: str, secret: str) -> App | None:
    """The app of a credential pair, or None if the pair is wrong: whichever half is, in the same time."""
    app = await context.reads.app(app_id)
    expected = app_secret(context.vault, app) if app else _nobodys_secret(context.vault)
    return app if hmac.compare_digest(expected.reveal().encode(), secret.encode()) else None


async def issue_token(context: Context, app: App) -> Secret:
    """A new access token; older ones stay good until they expire."""
    token = Secret("at_" + base64.urlsafe_b64encode(secrets.token_bytes(_TOKEN_BYTES)).decode().rstrip("="))
    row = Token(
        token_hash=hash_of(token),
        merchant_id=app.merchant_id,
        app_id=app.app_id,
        secret_version=app.secret_version,
        expires_ms=context.clock() + TOKEN_LIFE_MS,
    )
    await context.store.submit(Change((Insert(row),)))
    return token


async def holder(context: Context, token: Secret) -> Caller | None:
    """Who holds a token; None if it was never issued or its app's secret has changed since. It may have expired.

    The tokens of a disabled app have ended too, but whoever holds one is told why.
    """
    caller = await context.reads.caller(hash_of(token))
    if caller is None or (caller.app.enabled and caller.token.secret_version != caller.app.secret_version):
        return None
    return caller


def _new_app_secret() -> Secret:
    return Secret(secrets.token_hex(17).upper())


def _nobodys_secret(vault: Vault) -> Secret:
    """Matches nothing, and takes as long to come by as an app's own."""
    nobodys = Secret(secrets.token_hex(17))
    vault.seal_secret(nobodys, context="nobody")
    return nobodys


def _digits(count: int) -> str:
    """Random digits, the first of them not zero."""
    return str(10 ** (count - 1) + secrets.randbelow(9 * 10 ** (count - 1)))


def _merchant_place(merchant_id: MerchantId) -> str:
    return f"merchant:{merchant_id}"


def _access_place(merchant_id: MerchantId) -> str:
    return f"merchant:{merchant_id}:access"


def _new_access_key() -> Secret:
    return Secret(secrets.token_hex(16))


def _app_place(app_id: str) -> str:
    return f"app:{app_id}"
