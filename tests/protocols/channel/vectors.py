"""The published vectors of the Channel API, held as data, and its worked requests, answers and callbacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from polygate.core.cards import Secret


class Vector(msgspec.Struct, frozen=True):
    key: str
    text: str
    data: str

    @property
    def secret(self) -> Secret:
        return Secret(self.key)


_HERE: Final = Path(__file__).parent
VECTORS: Final = msgspec.json.decode((_HERE / "vectors.json").read_bytes(), type=tuple[Vector, ...])
PUBLIC, QUERY, SMALLEST, COLLECTION, *_ = VECTORS
KEY: Final = QUERY.secret
MERCHANT_ID: Final = "1514639549140992"
MESSAGES: Final[dict[str, Any]] = msgspec.json.decode((_HERE / "messages.json").read_bytes())
"""Requests and answers by the client's names of the calls, and three callbacks."""
