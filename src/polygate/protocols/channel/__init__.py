"""The Channel API: collections and payouts, encrypted with the merchant's access key, below `/api/channel`."""

from polygate.protocols.channel.amounts import json_number
from polygate.protocols.channel.envelope import InvalidData, decrypt, decrypt_object, encrypt

__all__ = ["InvalidData", "decrypt", "decrypt_object", "encrypt", "json_number"]
