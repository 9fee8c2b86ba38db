"""The outbox of a house, delivered round by round under the test's clock."""

from __future__ import annotations

from typing import Final

from polygate.assembly import House
from polygate.core.webhooks import Webhook, WebhookState, WebhookTry
from polygate.protocols.contract import MerchantProtocol
from polygate.protocols.gateway.protocol import GatewayProtocol
from polygate.webhooks.addresses import AddressPolicy
from polygate.webhooks.deliver import Deliverer
from polygate.webhooks.sender import Sender
from tests.support.house import eventually


class Impatient(GatewayProtocol):
    """The protocol as it is, but for the ten seconds it waits for an answer."""

    webhook_timeout_s: float = 0.3


class Outbox:
    """`retry_delays_s` as the operator's setting; None is the protocol's own schedule."""

    def __init__(
        self,
        house: House,
        *,
        allow_private: bool = True,
        retry_delays_s: tuple[int, ...] | None = None,
        timeout_s: float = Impatient.webhook_timeout_s,
        protocol: MerchantProtocol | None = None,
    ) -> None:
        """`protocol` is another one than the Gateway API's."""
        protocol = protocol or Impatient()
        protocol.webhook_timeout_s = timeout_s
        self._house: Final = house
        self._sender: Final = Sender()
        self._deliverer: Final = Deliverer(
            house.context,
            {protocol.name: protocol},
            self._sender,
            AddressPolicy(allow_private=allow_private),
            retry_delays_s=retry_delays_s,
        )

    async def close(self) -> None:
        await self._deliverer.stop()

    @property
    def under_way(self) -> bool:
        """Whether anything that was claimed is not written down yet."""
        return bool(self._deliverer._tasks)  # Nobody else asks.

    async def round(self) -> int:
        """Claim and start what is due; how many that were."""
        return await self._deliverer.round()

    async def deliver(self) -> int:
        """One round, and wait until its tries are written down; how many were made."""
        before = await self._tries_made()
        claimed = await self.round()

        async def written() -> bool:
            return await self._tries_made() >= before + claimed

        await eventually(written)
        return claimed

    async def webhooks(self) -> list[Webhook]:
        """Oldest first."""
        ids = await self._house.context.store.fetch("SELECT webhook_id FROM webhooks ORDER BY webhook_id")
        found = [await self._house.context.reads.webhook_by_id(webhook_id) for (webhook_id,) in ids]
        return [webhook for webhook in found if webhook is not None]

    async def only(self) -> Webhook:
        (webhook,) = await self.webhooks()
        return webhook

    async def states(self) -> list[WebhookState]:
        return [webhook.state for webhook in await self.webhooks()]

    async def tries(self, webhook: Webhook) -> list[WebhookTry]:
        return await self._house.context.reads.webhook_tries(webhook.merchant_id, webhook.webhook_id)

    async def _tries_made(self) -> int:
        """Each try ends as a row; a webhook without an address ends without one."""
        rows = await self._house.context.store.fetch(
            "SELECT (SELECT count(*) FROM webhook_tries) + "
            "(SELECT count(*) FROM webhooks WHERE state IN ('no_address', 'replaced'))"
        )
        return int(rows[0][0])
