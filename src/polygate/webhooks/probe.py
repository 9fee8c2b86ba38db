"""Whether anybody listens at an address, asked before it is kept (Channel API, section 9.1)."""

from __future__ import annotations

from typing import Final

from polygate.webhooks.addresses import AddressPolicy
from polygate.webhooks.sender import Sender

TEXT: Final = b"Test"
TIMEOUT_S: Final = 10.0


async def why_deaf(sender: Sender, url: str, policy: AddressPolicy) -> str:
    """What came instead of an answer with status 200, in a few words; empty if that is what came."""
    headers = {"Content-Type": "text/plain"}
    delivery = await sender.post(url, headers=headers, body=TEXT, timeout_s=TIMEOUT_S, policy=policy)
    if delivery.error:
        return delivery.error
    return "" if delivery.status == 200 else f"it answered {delivery.status}"
