"""What merchants and apps prove themselves with.

For a while after it was replaced, a key or secret is as good as its successor. So nobody compares with one alone:
`live_merchant_secrets`, `live_access_keys` and `live_app_secrets` name all that are good now, and `fitting` tries them.
What we send to merchants is signed and encrypted by the one in use: `merchant_secret`, `access_key`, `app_secret`.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from polygate.core.cards import Secret
from polygate.core.ids import MerchantId
from polygate.core.merchants import App, Merchant, Token
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert
from polygate.store.reads import Caller
from polygate.store.vault import Vault, hash_of

TOKEN_LIFE_MS: Final = 3_600_000
_TOKEN_BYTES: Final = 32


class Verified(msgspec.Struct, frozen=True):
    """An app that showed a secret of its own."""

    app: App
    ends_ms: int
    """When that secret ends; 0 for the one in use."""

    def token_life_ms(self, now_ms: int) -> int:
        """A token lives no longer than the secret that it was got with."""
        return min(TOKEN_LIFE_MS, self.ends_ms - now_ms) if self.ends_ms else TOKEN_LIFE_MS


def merchant_secret(vault: Vault, merchant: Merchant) -> Secret:
    """The secret key in use."""
    return vault.open_secret(merchant.sealed_secret_key, context=merchant_place(merchant.merchant_id))


def live_merchant_secrets(context: Context, merchant: Merchant) -> tuple[Secret, ...]:
    """The secret keys that are good now, the one in use first."""
    current = merchant_secret(context.vault, merchant)
    if context.clock() >= merchant.previous_secret_key_until_ms:
        return (current,)
    place = merchant_place(merchant.merchant_id)
    return current, context.vault.open_secret(merchant.sealed_previous_secret_key, context=place)


def access_key(vault: Vault, merchant: Merchant) -> Secret:
    """The key of calls and callbacks that are encrypted. Raises LookupError where the merchant has none any more."""
    if not merchant.sealed_access_key:
        raise LookupError(f"merchant {merchant.merchant_no} has to be given a new access key")
    return vault.open_secret(merchant.sealed_access_key, context=access_place(merchant.merchant_id))


def live_access_keys(context: Context, merchant: Merchant) -> tuple[Secret, ...]:
    """The access keys that are good now, the one in use first. Raises LookupError as `access_key` does."""
    current = access_key(context.vault, merchant)
    if context.clock() >= merchant.previous_access_key_until_ms:
        return (current,)
    place = access_place(merchant.merchant_id)
    return current, context.vault.open_secret(merchant.sealed_previous_access_key, context=place)


def app_secret(vault: Vault, app: App) -> Secret:
    """The secret in use."""
    return vault.open_secret(app.sealed_secret, context=app_place(app.app_id))


def live_app_secrets(context: Context, app: App) -> tuple[Secret, ...]:
    """The secrets that are good now, the one in use first."""
    current = app_secret(context.vault, app)
    if context.clock() >= app.previous_secret_until_ms:
        return (current,)
    return current, context.vault.open_secret(app.sealed_previous_secret, context=app_place(app.app_id))


def fitting(live: Iterable[Secret], fits: Callable[[Secret], bool]) -> Secret | None:
    """The secret that a caller proved to have, e.g. by a signature; None for none.

    Every one is tried, whichever fits, so that the time it takes does not tell.
    """
    return next((secret for secret, good in [(secret, fits(secret)) for secret in live] if good), None)


async def verified_merchant(context: Context, merchant_no: str, secret: str) -> Merchant | None:
    """The merchant of a number and a secret key, or None if the pair is wrong: whichever half is, in the same time."""
    merchant = await context.reads.merchant_by_no(merchant_no)
    live = live_merchant_secrets(context, merchant) if merchant else (_nobodys_secret(context.vault),)
    return merchant if fitting(live, _equals(secret)) else None


async def merchant_with_key(context: Context, key: Secret) -> Merchant | None:
    """Whose access key it is. It is found by its hash, so that no comparison tells how much of a key is right."""
    shown = hash_of(key).hex()
    merchant = await context.reads.merchant_by_access_key(shown)
    if merchant is None or merchant.access_key_hash == shown:
        return merchant
    return merchant if context.clock() < merchant.previous_access_key_until_ms else None


async def verified_app(context: Context, app_id: str, secret: str) -> Verified | None:
    """The app of a credential pair, or None if the pair is wrong: whichever half is, in the same time."""
    app = await context.reads.app(app_id)
    live = live_app_secrets(context, app) if app else (_nobodys_secret(context.vault),)
    shown = fitting(live, _equals(secret))
    if app is None or shown is None:
        return None
    return Verified(app, 0 if shown is live[0] else app.previous_secret_until_ms)


async def issue_token(context: Context, app: App, *, ends_ms: int = 0) -> Secret:
    """A new access token; older ones stay good until they expire. `ends_ms`: see `Verified`."""
    now_ms = context.clock()
    token = Secret("at_" + base64.urlsafe_b64encode(secrets.token_bytes(_TOKEN_BYTES)).decode().rstrip("="))
    row = Token(
        token_hash=hash_of(token),
        merchant_id=app.merchant_id,
        app_id=app.app_id,
        secret_version=app.secret_version - 1 if ends_ms else app.secret_version,
        expires_ms=now_ms + Verified(app, ends_ms).token_life_ms(now_ms),
    )
    await context.store.submit(Change((Insert(row),)))
    return token


async def holder(context: Context, token: Secret) -> Caller | None:
    """Who holds a token; None if it was never issued or its app's secret has ended since. It may have expired.

    The tokens of a disabled app have ended too, but whoever holds one is told why.
    """
    caller = await context.reads.caller(hash_of(token))
    if caller is None or (caller.app.enabled and not caller.app.accepts(caller.token, context.clock())):
        return None
    return caller


def merchant_place(merchant_id: MerchantId) -> str:
    """Where a secret key is sealed to; likewise the other two."""
    return f"merchant:{merchant_id}"


def access_place(merchant_id: MerchantId) -> str:
    return f"merchant:{merchant_id}:access"


def app_place(app_id: str) -> str:
    return f"app:{app_id}"


def _equals(shown: str) -> Callable[[Secret], bool]:
    return lambda secret: hmac.compare_digest(secret.reveal().encode(), shown.encode())


def _nobodys_secret(vault: Vault) -> Secret:
    """Matches nothing, and takes as long to come by as an app's own."""
    nobodys = Secret(secrets.token_hex(17))
    vault.seal_secret(nobodys, context="nobody")
    return nobodys
