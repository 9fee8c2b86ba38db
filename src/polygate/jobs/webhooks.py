"""The loop that empties the outbox."""

from __future__ import annotations

from polygate.jobs.rounds import repeat
from polygate.operations.context import Context
from polygate.webhooks.deliver import Deliverer


async def run(context: Context, deliverer: Deliverer) -> None:
    """Until canceled."""
    try:
        await repeat("webhooks", deliverer.round, context.webhooks_wait)
    finally:
        await deliverer.stop()
