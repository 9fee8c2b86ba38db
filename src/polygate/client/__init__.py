"""Typed clients of the four APIs, each for blocking programs and for event loops.

What belongs to one API is in `polygate.client.gateway`, `.merchant`, `.signed` and `.channel`: orders, answers and
notifications. Amounts are `Money` or decimal text, secrets are `Secret`; neither is ever a plain number or a plain
string by accident.
"""

from polygate.client.channel import AsyncChannelClient, ChannelClient
from polygate.client.errors import (
    ApiError,
    AuthenticationFailed,
    ClientError,
    InvalidSignature,
    NetworkUnknown,
    NotSent,
)
from polygate.client.gateway import AsyncGatewayClient, GatewayClient
from polygate.client.merchant import AsyncMerchantClient, MerchantClient
from polygate.client.signed import AsyncSignedClient, SignedClient
from polygate.core.cards import Secret
from polygate.core.money import Money

__all__ = [
    "ApiError",
    "AsyncChannelClient",
    "AsyncGatewayClient",
    "AsyncMerchantClient",
    "AsyncSignedClient",
    "AuthenticationFailed",
    "ChannelClient",
    "ClientError",
    "GatewayClient",
    "InvalidSignature",
    "MerchantClient",
    "Money",
    "NetworkUnknown",
    "NotSent",
    "Secret",
    "SignedClient",
]
