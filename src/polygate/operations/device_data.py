"""The token of the device data step before 3-D Secure (gateway contract, 6.3): whoever has it was told of the payment.

It opens nothing and names nothing about the card.
"""

from __future__ import annotations

from typing import Final

import jwt

from polygate.core.ids import PaymentId
from polygate.core.payments import Payment
from polygate.store.vault import Vault

LIFE_S: Final = 600
"""Ten minutes (gateway contract, 6.3)."""
_PURPOSE: Final = "ddc"
_ALGORITHM: Final = "HS256"


def device_data_token(vault: Vault, payment: Payment, now_ms: int) -> str:
    """A JWT (RFC 7519) that names the payment; good for LIFE_S from now."""
    issued_s = now_ms // 1_000
    claims = {"sub": str(payment.payment_id), "iat": issued_s, "exp": issued_s + LIFE_S}
    return jwt.encode(claims, vault.link_key(_PURPOSE), algorithm=_ALGORITHM)


def read_device_data_token(vault: Vault, token: str, now_ms: int) -> PaymentId | None:
    """The payment a token was made for; None if it is not ours or too old."""
    # The library would look at the wall clock, and our time comes from the context.
    options: jwt.types.Options = {"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False}
    try:
        claims = jwt.decode(token, vault.link_key(_PURPOSE), algorithms=[_ALGORITHM], options=options)
    except jwt.InvalidTokenError:
        return None
    return PaymentId(int(claims["sub"])) if now_ms < claims["exp"] * 1_000 else None
