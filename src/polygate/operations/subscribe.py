"""Where an app wants to be told of results."""

from __future__ import annotations

from msgspec.structs import replace

from polygate.core.merchants import App
from polygate.operations.administer import change_app
from polygate.operations.context import Context


async def subscribe(context: Context, app: App, url: str) -> App:
    """Replace the app's address at once: webhooks still to be tried go to the new one."""
    return await change_app(context.store, app, lambda app: replace(app, subscribe_url=url))
