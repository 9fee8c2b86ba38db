"""The Gateway API: access tokens, JSON over POST, `/gateway/v1`."""

from polygate.protocols.gateway.door import PREFIX
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.protocol import GatewayProtocol
from polygate.protocols.gateway.webhook import signature as webhook_signature

PROTOCOL = GatewayProtocol()

__all__ = ["PREFIX", "PROTOCOL", "Code", "webhook_signature"]
