"""Notifications of the Gateway API: are they genuine, and what do they say (section 10)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.client.errors import InvalidSignature
from polygate.client.wire import Priced, decode_notification, header_lines
from polygate.core.cards import Secret
from polygate.protocols.gateway import webhook_signature

FRESH_MS: Final = 300_000
"""A notification is signed anew for each try; an older one is somebody's recording (section 10.3)."""


class _Notification(Priced, msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="notifyType"):
    api_version: str
    notify_id: str
    """The same on every try: drop what was seen before."""
    notify_time: str
    app_id: str
    merc_id: str
    order_no: str
    trade_no: str
    amount: str
    currency: str
    resp_code: str
    """`0000`, or why it failed."""
    resp_msg: str


class PaymentNotification(_Notification, frozen=True, kw_only=True, tag="payment"):
    order_status: str
    last_event: str
    payment_method_type: str = ""
    authorize_code: str = ""
    transaction_identifier: str = ""
    transaction_time: str = ""
    attach: str = ""

    @property
    def is_paid(self) -> bool:
        return self.order_status == "successed"


class RefundNotification(_Notification, frozen=True, kw_only=True, tag="refund"):
    refund_order_no: str
    refund_trade_no: str
    refund_status: str
    finish_time: str = ""
    desc: str = ""


Notification = PaymentNotification | RefundNotification

_DECODER: Final[msgspec.json.Decoder[Notification]] = msgspec.json.Decoder(Notification)


def verify_notification(headers: Mapping[str, str], body: bytes, *, secret: Secret, now_ms: int) -> Notification:
    """What the notification says. `headers` may spell their names in any case; `body` is as received, unparsed.

    Raises InvalidSignature if it is not signed with the app's secret, or not within five minutes of `now_ms`.
    """
    method, timestamp, nonce, given = (
        "".join(header_lines(headers, name)) for name in ("X-Sign-Method", "X-Timestamp", "X-Nonce", "X-Sign")
    )
    if not (method == "sha256" and (timestamp + nonce + given).isascii() and timestamp.isdigit()):
        raise InvalidSignature("the notification carries no signature of this protocol")
    expected = webhook_signature(body, secret=secret, timestamp=timestamp, nonce=nonce)
    if not hmac.compare_digest(expected, given.lower()):
        raise InvalidSignature("the notification is not signed with this secret")
    if abs(now_ms - int(timestamp)) > FRESH_MS:
        raise InvalidSignature("the notification was not sent just now")
    return decode_notification(body, _DECODER)
