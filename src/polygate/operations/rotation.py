"""New keys and secrets for merchants and apps. The one before goes on for a while, so that nobody need hurry.

Each change is in the audit log: who made it, and until when the one before goes on.

Only the last one before is ever good: to rotate again ends an older one at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec.structs import replace

from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.core.people import AuditEntry
from polygate.operations.administer import change_app, change_merchant
from polygate.operations.audit import AT_COMMAND_LINE, Actor, entry
from polygate.operations.context import Context
from polygate.operations.credentials import access_place, app_place, merchant_place
from polygate.operations.new_accounts import NewApp, new_access_key, new_app_secret, new_merchant_secret
from polygate.store.contract import Change
from polygate.store.vault import hash_of, rewrapped


async def rotate_master_key(context: Context, *, master: Secret, new: Secret, actor: Actor = AT_COMMAND_LINE) -> int:
    """Put the data keys under another master key, all of them or none; returns how many. Raises WrongMasterKey.

    Processes that run have them open and go on; whatever starts from now on needs the new master key.
    """
    keys = rewrapped(await context.reads.data_keys(), master=master, new=new)
    await context.store.submit(Change((), (*keys, entry(context, actor, "master_key.rotated"))))
    return len(keys)


async def rotate_secret_key(
    context: Context, merchant: Merchant, *, overlap_ms: int = 0, actor: Actor = AT_COMMAND_LINE
) -> Secret:
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

    await change_merchant(
        context.store, merchant, rotated, tell=_merchant_told(context, actor, "merchant.secret_key_rotated")
    )
    return key


async def rotate_access_key(
    context: Context, merchant: Merchant, *, overlap_ms: int = 0, actor: Actor = AT_COMMAND_LINE
) -> Secret:
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

    await change_merchant(
        context.store, merchant, rotated, tell=_merchant_told(context, actor, "merchant.access_key_rotated")
    )
    return key


async def rotate_app_secret(
    context: Context, app: App, *, overlap_ms: int = 0, actor: Actor = AT_COMMAND_LINE
) -> NewApp:
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

    told = _app_told(context, actor, "app.secret_rotated")
    return NewApp(await change_app(context.store, app, rotated, tell=told), secret)


async def end_merchant_overlap(context: Context, merchant: Merchant, *, actor: Actor = AT_COMMAND_LINE) -> Merchant:
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

    told = _merchant_told(context, actor, "merchant.overlap_ended")
    return await change_merchant(context.store, merchant, ended, tell=told)


async def end_app_overlap(context: Context, app: App, *, actor: Actor = AT_COMMAND_LINE) -> App:
    """The secret before is good no more, and the tokens that it opened have ended."""

    def ended(app: App) -> App:
        return replace(app, sealed_previous_secret=b"", previous_secret_until_ms=0)

    return await change_app(context.store, app, ended, tell=_app_told(context, actor, "app.overlap_ended"))


def _until(context: Context, overlap_ms: int) -> int:
    return context.clock() + overlap_ms if overlap_ms else 0


def _merchant_told(context: Context, actor: Actor, action: str) -> Callable[[Merchant, Merchant], AuditEntry]:
    def shown(merchant: Merchant) -> dict[str, str]:
        return {
            "secretKeyBeforeUntil": _time(merchant.previous_secret_key_until_ms),
            "accessKeyBeforeUntil": _time(merchant.previous_access_key_until_ms),
        }

    def told(before: Merchant, after: Merchant) -> AuditEntry:
        return entry(
            context, actor, action, merchant_id=after.merchant_id, about=after.merchant_no,
            before=shown(before), after=shown(after),
        )  # fmt: skip

    return told


def _app_told(context: Context, actor: Actor, action: str) -> Callable[[App, App], AuditEntry]:
    def told(before: App, after: App) -> AuditEntry:
        return entry(
            context, actor, action, merchant_id=after.merchant_id, about=after.app_id,
            before={"secretBeforeUntil": _time(before.previous_secret_until_ms)},
            after={"secretBeforeUntil": _time(after.previous_secret_until_ms)},
        )  # fmt: skip

    return told


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="seconds") if at_ms else ""
