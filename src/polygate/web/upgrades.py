"""Decline offers to change the protocol, and serve the request that came with them.

Java's HTTP client offers `h2c` with every plain request. The parser under uvicorn stops at such an offer and loses the
body; a server that does not want to upgrade is meant to answer as if nothing had been offered (RFC 9110, 7.8).
"""

from __future__ import annotations

import re
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFER: Final = re.compile(rb"\r\n(?i:upgrade)[ \t]*:")
"""Such a line can only be a header: no JSON and no form has a bare line break in front of that word and a colon."""


class DecliningUpgrades(HttpToolsProtocol):
    """Reads HTTP/1.1 as if nobody had ever offered anything else."""

    def data_received(self, data: bytes) -> None:
        super().data_received(_OFFER.sub(b"\r\nX-Declined-Upgrade:", data))
