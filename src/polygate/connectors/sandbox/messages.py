"""The sandbox acquirer's words: the shape of every message to it and of its answers, as plain JSON values.

Card numbers, security codes and the codes that wallets show are plain text only inside a message's body; on both sides
they are secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from polygate.connectors.contract import Initiator
from polygate.core.cards import Secret
from polygate.core.methods import Method, Product
from polygate.core.outcomes import Authentication, Details, PayerAction
from polygate.core.payouts import PayoutMethod


class CardData(msgspec.Struct, frozen=True, rename="camel"):
    number: Secret
    cvc: Secret | None
    expiry: str
    """`2027-06`, or empty."""
    holder: str


class ChargeOrder(msgspec.Struct, frozen=True, rename="camel"):
    """`charge`: the key is the attempt under which the acquirer acts only once."""

    merchant: int
    key: int
    amount_minor: Annotated[int, msgspec.Meta(gt=0)]
    currency: str
    card: CardData
    capture: bool
    three_ds: Annotated[str, msgspec.Meta(pattern="^(no|auto|standard)$")]
    authentication: Authentication | None
    cavv: Secret | None
    ds_trans_id: str
    xid: str
    fraud_check: bool
    street: str
    postcode: str
    statement: str
    client_ip: str
    return_url: str
    initiator: Initiator
    plan: str
    first_reference: str
    """The scheme's number of the payment in which the payer agreed to this one."""
    by_code: bool = False
    """Whether the security code says what the issuer does, instead of the number."""


class CollectOrder(msgspec.Struct, frozen=True, rename="camel"):
    """`collect`: a payment from a wallet. `code` is what the payer's wallet showed, if the merchant scanned it."""

    merchant: int
    key: int
    amount_minor: Annotated[int, msgspec.Meta(gt=0)]
    currency: str
    method: Method
    product: Product
    code: Secret | None
    payer_id: str
    app_id: str
    store: str
    credit_allowed: bool
    description: str
    client_ip: str
    return_url: str
    expires_ms: int
    number: str = ""
    note: str = ""


class TransferOrder(msgspec.Struct, frozen=True, rename="camel"):
    """`transfer`: pay money out to a receiver's account."""

    merchant: int
    key: int
    amount_minor: Annotated[int, msgspec.Meta(gt=0)]
    currency: str
    method: PayoutMethod
    name: str
    account: str
    bank_code: str
    mode: str
    description: str


class FollowOrder(msgspec.Struct, frozen=True, rename="camel"):
    """`complete`, `capture`, `reverse`, `refund` and `status`: an order about an earlier charge."""

    merchant: int
    key: int
    original: int
    reference: str
    amount_minor: Annotated[int, msgspec.Meta(ge=0)]
    currency: str
    by_code: bool = False
    """As in the charge that it is about; of refunds only."""
    remark: str = ""
    payer_says_paid: bool = False


class Reply(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Every answer. Which fields matter depends on `status`, which may be a word not met before."""

    status: str
    reference: str = ""
    reason: str = ""
    said: str = ""
    details: Details = Details()
    url: str = ""
    action: PayerAction = PayerAction.AUTHENTICATE
    challenge: str = ""
    code: str = ""
    info: Mapping[str, str] = {}
    check_after_ms: int = 0


_Message = TypeVar("_Message", ChargeOrder, CollectOrder, TransferOrder, FollowOrder, Reply)


def write(message: ChargeOrder | CollectOrder | TransferOrder | FollowOrder | Reply) -> dict[str, Any]:
    """The body of a message; `read` is its exact reverse."""
    body: dict[str, Any] = msgspec.to_builtins(message, enc_hook=_reveal)
    return body


def read(body: Mapping[str, Any], kind: type[_Message]) -> _Message:
    """The message in a body. Raises msgspec.ValidationError if it has another shape."""
    return msgspec.convert(body, kind, dec_hook=_hide)


def _reveal(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} is no message content")


def _hide(kind: type, value: object) -> Secret:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError(f"{kind.__name__} is no message content")
