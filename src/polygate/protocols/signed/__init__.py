"""The Signed API: every message proves itself by `V2_SHA256`, below `/v2` and `/pg/v2`."""

from polygate.protocols.signed.browser_return import signed_return, verified_return
from polygate.protocols.signed.door import PREFIXES
from polygate.protocols.signed.errors import Code
from polygate.protocols.signed.protocol import SignedProtocol
from polygate.protocols.signed.signature import (
    Authorization,
    HeaderFault,
    HeaderMalformed,
    HeaderMissing,
    is_signed,
    notification_headers,
    read_header,
    sign,
)

PROTOCOL = SignedProtocol()

__all__ = [
    "PREFIXES",
    "PROTOCOL",
    "Authorization",
    "Code",
    "HeaderFault",
    "HeaderMalformed",
    "HeaderMissing",
    "is_signed",
    "notification_headers",
    "read_header",
    "sign",
    "signed_return",
    "verified_return",
]
