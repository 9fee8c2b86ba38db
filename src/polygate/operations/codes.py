"""One-time codes of an authenticator app (RFC 6238), and recovery codes for whoever lost it."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import Final

import pyotp
from cryptography.exceptions import InvalidTag
from msgspec.structs import replace

from polygate.core.cards import Secret
from polygate.core.people import User
from polygate.operations.context import Context
from polygate.store.vault import Vault

STEP_S: Final = 30
_STEPS_OFF: Final = 1
"""How many steps a telephone's clock may be wrong, either way."""
_RECOVERY_CODES: Final = 10
_ISSUER: Final = "Polygate"


class Offer:
    """A secret to be put into an authenticator app, not yet in force."""

    def __init__(self, vault: Vault, user: User, secret: str) -> None:
        self.secret: Final = Secret(secret)
        self.key: Final = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
        """As people type it."""
        self.address: Final = pyotp.TOTP(secret, name=user.login, issuer=_ISSUER).provisioning_uri()
        """What the code to scan says."""
        sealed = vault.seal_secret(self.secret, context=_offer_place(user))
        self.sealed: Final = base64.urlsafe_b64encode(sealed).decode()
        """For the form in between; it opens for this user and here only."""


def offer(context: Context, user: User) -> Offer:
    return Offer(context.vault, user, pyotp.random_base32())


def offered(context: Context, user: User, sealed: str) -> Offer | None:
    """What a form brought back; None for what we never offered to this user."""
    try:
        secret = context.vault.open_secret(base64.urlsafe_b64decode(sealed), context=_offer_place(user))
    except (ValueError, binascii.Error, InvalidTag, KeyError):
        return None
    return Offer(context.vault, user, secret.reveal())


def accepted(context: Context, user: User, taken: Offer, code: str) -> tuple[User, tuple[str, ...]] | None:
    """The user with the offered secret in force, and new recovery codes; None if the code is not the app's."""
    step = _step_of(taken.secret, code, after=0, now_ms=context.clock())
    if not step:
        return None
    codes = tuple(_new_recovery_code() for _ in range(_RECOVERY_CODES))
    changed = replace(
        user,
        sealed_code_secret=context.vault.seal_secret(taken.secret, context=_place(user)),
        last_code_step=step,
        recovery_hashes=tuple(_hash(context.vault, user, each) for each in codes),
    )
    return changed, codes


def spent(context: Context, user: User, typed: str) -> User | None:
    """The user once a code is used up, a one-time code or a recovery code; None if it is neither, or used already."""
    code = "".join(typed.split()).lower()
    if not user.has_codes:
        return None
    if code.isascii() and code.isdecimal():
        secret = context.vault.open_secret(user.sealed_code_secret, context=_place(user))
        step = _step_of(secret, code, after=user.last_code_step, now_ms=context.clock())
        return replace(user, last_code_step=step) if step else None
    found = _hash(context.vault, user, code)
    if not any(hmac.compare_digest(found, each) for each in user.recovery_hashes):
        return None
    return replace(user, recovery_hashes=tuple(each for each in user.recovery_hashes if each != found))


def without_codes(user: User) -> User:
    return replace(user, sealed_code_secret=b"", last_code_step=0, recovery_hashes=())


def _step_of(secret: Secret, code: str, *, after: int, now_ms: int) -> int:
    """The step whose code it is, later than `after`; 0 for none."""
    now = now_ms // (STEP_S * 1_000)
    codes = pyotp.TOTP(secret.reveal())
    steps = range(max(now - _STEPS_OFF, after + 1), now + _STEPS_OFF + 1)
    return next((step for step in steps if hmac.compare_digest(codes.generate_otp(step), code)), 0)


def _new_recovery_code() -> str:
    """60 bits."""
    code = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    return f"{code[:6]}-{code[6:]}"


def _hash(vault: Vault, user: User, code: str) -> str:
    """Keyed, so that the database alone gives nobody a chance to guess."""
    key = vault.link_key("console-recovery")
    return hmac.digest(key, f"{user.user_id}:{code.replace('-', '')}".encode(), "sha256").hex()


def _place(user: User) -> str:
    return f"user:{user.user_id}:codes"


def _offer_place(user: User) -> str:
    return f"user:{user.user_id}:offer"
