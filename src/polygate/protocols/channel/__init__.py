"""The Channel API: collections and payouts, encrypted with the merchant's access key, below `/api/channel`."""

from polygate.protocols.channel.amounts import json_number
from polygate.protocols.channel.door import PREFIX
from polygate.protocols.channel.envelope import InvalidData, decrypt, decrypt_object, encrypt
from polygate.protocols.channel.errors import Code
from polygate.protocols.channel.protocol import ChannelProtocol
from polygate.protocols.channel.schemas import is_callback_url

PROTOCOL = ChannelProtocol()

__all__ = [
    "PREFIX",
    "PROTOCOL",
    "Code",
    "InvalidData",
    "decrypt",
    "decrypt_object",
    "encrypt",
    "is_callback_url",
    "json_number",
]
