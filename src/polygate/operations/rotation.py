"""New keys and secrets for merchants and apps. The one before goes on for a while, so that nobody need hurry.

Only the last one before is ever good: to rotate again ends an older one at once.
"""

from __future__ import annotations

from msgspec.structs import replace

from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.operations.administer import change_app, change_merchant
from polygate.operations.context import Context
from polygate.operations.credentials import (
    NewApp,
    access_place,
    app_place,
    merchant_place,
    new_access_key,
    new_app_secret,
    new_merchant_secret,
)
from polygate.store.vault import hash_of


async def rotate_secret_key(context: Context, merchant: Merchant, *, overlap_ms: int = 0) -> Secret:
    """A merchant's new secret key. The one before ends after `overlap_ms`."""
    key, until_ms = new_merchant_secret(), _until(context, overlap_ms)
    sealed = context.vault.seal_secret(key, context=merchant_place(merchant.merchant_id))

    def rotated(merchant: Merchant) -> Merchant:
        return replace(
            merchant,
            sealed_secret_key=sealed,
            sealed_previous_secret_key=merchant.sealed_secret_key if until_ms else b"",
            previous_secret_key_until_ms=until_ms,
        )

    await change_merchant(context.store, merchant, rotated)
    return key


async def rotate_access_key(context: Context, merchant: Merchant, *, overlap_ms: int = 0) -> Secret:
    """A merchant's new access key. The one before ends after `overlap_ms`."""
    key, until_ms = new_access_key(), _until(context, overlap_ms)
    sealed = context.vault.seal_secret(key, context=access_place(merchant.merchant_id))

    def rotated(merchant: Merchant) -> Merchant:
        # Of a key that was once kept in the open nothing is sealed: it ended long ago, and does not come back.
        goes_on = until_ms if merchant.sealed_access_key else 0
        return replace(
            merchant,
            access_key_hash=hash_of(key).hex(),
            sealed_access_key=sealed,
            sealed_previous_access_key=merchant.sealed_access_key if goes_on else b"",
            previous_access_key_hash=merchant.access_key_hash if goes_on else "",
            previous_access_key_until_ms=goes_on,
        )

    await change_merchant(context.store, merchant, rotated)
    return key


async def rotate_app_secret(context: Context, app: App, *, overlap_ms: int = 0) -> NewApp:
    """An app's new secret. The one before ends after `overlap_ms`, and its tokens with it (gateway contract, 2.1)."""
    secret, until_ms = new_app_secret(), _until(context, overlap_ms)
    sealed = context.vault.seal_secret(secret, context=app_place(app.app_id))

    def rotated(app: App) -> App:
        return replace(
            app,
            sealed_secret=sealed,
            secret_version=app.secret_version + 1,
            sealed_previous_secret=app.sealed_secret if until_ms else b"",
            previous_secret_until_ms=until_ms,
        )

    return NewApp(await change_app(context.store, app, rotated), secret)


async def end_merchant_overlap(context: Context, merchant: Merchant) -> Merchant:
    """Both keys before are good no more, from this moment on."""

    def ended(merchant: Merchant) -> Merchant:
        return replace(
            merchant,
            sealed_previous_secret_key=b"",
            previous_secret_key_until_ms=0,
            sealed_previous_access_key=b"",
            previous_access_key_hash="",
            previous_access_key_until_ms=0,
        )

    return await change_merchant(context.store, merchant, ended)


async def end_app_overlap(context: Context, app: App) -> App:
    """The secret before is good no more, and the tokens that it opened have ended."""
    return await change_app(
        context.store, app, lambda app: replace(app, sealed_previous_secret=b"", previous_secret_until_ms=0)
    )


def _until(context: Context, overlap_ms: int) -> int:
    return context.clock() + overlap_ms if overlap_ms else 0
