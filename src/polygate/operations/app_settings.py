"""What people change about an app in the console, with an entry of the audit log for each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polygate.core.merchants import App
from polygate.core.people import AuditEntry
from polygate.operations.administer import change_app
from polygate.operations.audit import Actor, entry
from polygate.operations.context import Context


async def change_settings(
    context: Context, actor: Actor, app: App, change: Callable[[App], App], *, action: str = "app.changed"
) -> App:
    """The app as it is after the change. What changes nothing is neither written nor told."""

    def tell(before: App, after: App) -> AuditEntry:
        return entry(
            context, actor, action, merchant_id=after.merchant_id, about=after.app_id,
            before=shown(before), after=shown(after),
        )  # fmt: skip

    return await change_app(context.store, app, change, tell=tell)


def shown(app: App) -> dict[str, Any]:
    """What the audit log may hold of an app: no secrets."""
    return {
        "name": app.name,
        "enabled": app.enabled,
        "methods": ", ".join(app.methods),
        "payoutMethods": ", ".join(app.payout_methods),
        "allowedAddresses": ", ".join(app.allowed_addresses),
        "subscribeUrl": app.subscribe_url,
        "maySetStatement": app.may_set_statement,
        "mayInitiate": app.may_initiate,
    }
