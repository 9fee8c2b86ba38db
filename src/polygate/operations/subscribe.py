"""Where an app wants to be told of results."""

from __future__ import annotations

import msgspec

from polygate.core.merchants import App
from polygate.operations.context import Context
from polygate.store.contract import Change, Stale, Update


async def subscribe(context: Context, app: App, url: str) -> App:
    """Replace the app's address at once: webhooks still to be tried go to the new one."""
    while True:
        changed = msgspec.structs.replace(app, subscribe_url=url, version=app.version + 1)
        try:
            await context.store.submit(Change((Update(changed),)))
        except Stale:
            app = await context.reads.app(app.app_id) or app
            continue
        return changed
