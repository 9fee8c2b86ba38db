"""What is changed about merchants and apps while they trade: whether they may call, from where, and for what."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from polygate.core.merchants import App, Merchant
from polygate.core.people import AuditEntry
from polygate.store.contract import Change, Stale, Update
from polygate.store.opened import Store


async def disable_app(store: Store, app: App) -> App:
    """Refuse its calls from now on. Its tokens end with it, and do not come back (gateway contract, 2.1)."""

    return await change_app(store, app, disabled_app)


def disabled_app(app: App) -> App:
    """By two versions of its secret on, so that the tokens of one that is good for a while still end too."""
    return replace(app, enabled=False, secret_version=app.secret_version + 2) if app.enabled else app


async def enable_app(store: Store, app: App) -> App:
    """Let it call again, with new tokens."""
    return await change_app(store, app, lambda app: replace(app, enabled=True))


async def allow_addresses(store: Store, app: App, networks: tuple[str, ...]) -> App:
    """Let it call from these addresses and networks only; from anywhere if there are none."""
    return await change_app(store, app, lambda app: replace(app, allowed_addresses=networks))


async def set_methods(store: Store, app: App, methods: tuple[str, ...]) -> App:
    """Let new payments of it be made by these methods only; those under way go on."""
    return await change_app(store, app, lambda app: replace(app, methods=methods))


async def set_payout_methods(store: Store, app: App, methods: tuple[str, ...]) -> App:
    """Let new payouts of it go to these kinds of accounts only, in the APIs that name one (signed contract, 4.4)."""
    return await change_app(store, app, lambda app: replace(app, payout_methods=methods))


async def set_may_initiate(store: Store, app: App, *, may: bool) -> App:
    """Grant it payments without the payer, or take them away (gateway contract, 4.6)."""
    return await change_app(store, app, lambda app: replace(app, may_initiate=may))


async def set_may_set_statement(store: Store, app: App, *, may: bool) -> App:
    """Let its orders choose the text on the payer's statement, or show the merchant's name (gateway contract, 4.3)."""
    return await change_app(store, app, lambda app: replace(app, may_set_statement=may))


async def set_test_mode(store: Store, app: App, *, is_test: bool) -> App:
    """Have simulated acquirers serve its new payments, and no others; or the other way round."""
    return await change_app(store, app, lambda app: replace(app, is_test=is_test))


async def set_domain(store: Store, app: App, domain: str) -> App:
    """Its main domain, in lower case; empty for none."""
    return await change_app(store, app, lambda app: replace(app, domain=domain))


async def set_merchant_enabled(store: Store, merchant: Merchant, *, enabled: bool) -> Merchant:
    """Refuse or admit the calls of all its apps, each of which keeps what was said about itself."""
    return await change_merchant(store, merchant, lambda merchant: replace(merchant, enabled=enabled))


async def change_merchant(
    store: Store,
    merchant: Merchant,
    change: Callable[[Merchant], Merchant],
    *,
    tell: Callable[[Merchant, Merchant], AuditEntry] | None = None,
) -> Merchant:
    """The merchant as it is after the change, made on whatever it is by then. What changes nothing is not written.

    `tell` makes the entry of the audit log that is committed with it, from before and after.
    """
    while True:
        merchant = await store.reads.merchant(merchant.merchant_id) or merchant
        changed = change(merchant)
        if changed == merchant:
            return merchant
        changed = replace(changed, version=merchant.version + 1)
        try:
            await store.submit(Change((Update(changed),), (tell(merchant, changed),) if tell else ()))
        except Stale:
            continue
        return changed


async def change_app(
    store: Store, app: App, change: Callable[[App], App], *, tell: Callable[[App, App], AuditEntry] | None = None
) -> App:
    """Likewise an app."""
    while True:
        # What the caller holds may be out of date: "no change" would then be said of an app of the past.
        app = await store.reads.app(app.app_id) or app
        changed = change(app)
        if changed == app:
            return app
        changed = replace(changed, version=app.version + 1)
        try:
            await store.submit(Change((Update(changed),), (tell(app, changed),) if tell else ()))
        except Stale:
            continue
        return changed
