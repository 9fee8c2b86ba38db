"""The worked examples of the Signed API, held as data: requests, an answer, a notification, a browser redirect."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from polygate.core.cards import Secret


class Example(msgspec.Struct, frozen=True):
    """One signed message."""

    app_id: str
    secret: str
    method: str
    url: str
    timestamp: str
    nonce: str
    body: str
    sign: str

    def parts(self, **changes: Any) -> dict[str, Any]:
        """As arguments of `signature`."""
        named = {"app_id": self.app_id, "secret": Secret(self.secret), "method": self.method, "url": self.url.encode()}
        rest = {"timestamp": self.timestamp, "nonce": self.nonce, "body": self.body.encode()}
        return named | rest | changes

    @property
    def now_ms(self) -> int:
        return int(self.timestamp)


_HERE: Final = Path(__file__).parent
EXAMPLES: Final = msgspec.json.decode((_HERE / "examples.json").read_bytes(), type=tuple[Example, ...])
SEED, CREATE, ANSWER, NOTIFICATION, RETURN = EXAMPLES

RETURN_PARAMETERS: Final = {
    "paymentNo": "20240514151238000008000010970004",
    "merchantTradeNo": "T202405140001",
    "amount": "100.00",
    "currency": "INR",
    "status": "PAID",
    "merchantAttach": "cart=77",
}
RETURNED_URL: Final = (
    f"{RETURN.url}&{RETURN.body}&appId={RETURN.app_id}&timestamp={RETURN.timestamp}&nonce={RETURN.nonce}"
    f"&sign={RETURN.sign}"
)
MESSAGES: Final[dict[str, Any]] = msgspec.json.decode((_HERE / "messages.json").read_bytes())
"""Requests and answers by the client's names of the calls, and three notifications."""
