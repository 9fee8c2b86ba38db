"""The Gateway API: access tokens, JSON over POST, `/gateway/v1`."""

from polygate.protocols.gateway.protocol import GatewayProtocol

PROTOCOL = GatewayProtocol()

__all__ = ["PROTOCOL"]
