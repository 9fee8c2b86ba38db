"""An acquirer says that something happened to an attempt. It is not believed, but asked."""

from __future__ import annotations

from polygate.core.ids import AttemptId, MerchantId
from polygate.operations.ask_again import ask_again
from polygate.operations.context import Context


async def hear_notice(context: Context, merchant_id: MerchantId, attempt_id: AttemptId) -> None:
    """Bring an attempt forward that a notice names. A notice about nothing of ours changes nothing."""
    attempt = await context.reads.attempt(merchant_id, attempt_id)
    if attempt is not None:
        await ask_again(context, attempt)
