"""The card vault: AES-256-GCM under data keys, which are themselves kept wrapped under the master key.

The master key never leaves the process and is never stored. Losing it loses every kept card and secret; the same
card has the same fingerprint for as long as the fingerprint key lives.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from polygate.core.cards import Card, CardOnFile, Secret
from polygate.core.ids import MerchantId

_NONCE_BYTES: Final = 12
PURPOSES: Final = ("cards", "secrets", "fingerprints", "links")
"""What each data key is for: one leaking does not open the others."""


class DataKey(msgspec.Struct, frozen=True):
    """A key as it is stored: wrapped under the master key."""

    key_id: str
    purpose: str
    wrapped: bytes
    created_ms: int


class VaultCard(msgspec.Struct, frozen=True):
    """A kept card. Only `sealed` holds the number; the security code is never kept."""

    merchant_id: MerchantId
    card_id: int
    payment_id: int
    key_id: str
    sealed: bytes
    fingerprint: str
    created_ms: int


class WrongMasterKey(Exception):
    """The master key does not open the data keys of this database."""


class Vault:
    """Seals and opens what must not be read from the database alone."""

    def __init__(self, keys: Sequence[tuple[str, str, bytes]]) -> None:
        """Keys as (purpose, id, key), oldest first: the newest of each purpose seals, every one opens."""
        self._keys = {purpose: (key_id, key) for purpose, key_id, key in keys}
        self._by_id = {key_id: key for _, key_id, key in keys}

    def __repr__(self) -> str:
        return "Vault(***)"

    def seal_secret(self, secret: Secret, *, context: str) -> bytes:
        """`context` names the place it belongs to; a sealed secret does not open anywhere else."""
        key_id, key = self._keys["secrets"]
        return key_id.encode() + b"\0" + _seal(key, secret.reveal().encode(), context)

    def open_secret(self, sealed: bytes, *, context: str) -> Secret:
        key_id, _, box = sealed.partition(b"\0")
        return Secret(_open(self._by_id[key_id.decode()], box, context).decode())

    def keep_card(
        self, card: Card, *, merchant_id: MerchantId, card_id: int, payment_id: int, now_ms: int
    ) -> VaultCard:
        """The row that keeps a card's number and expiry for later charges."""
        key_id, key = self._keys["cards"]
        kept = f"{card.number.reveal()}|{card.expiry_month or ''}|{card.expiry_year or ''}"
        return VaultCard(
            merchant_id=merchant_id,
            card_id=card_id,
            payment_id=payment_id,
            key_id=key_id,
            sealed=_seal(key, kept.encode(), f"card:{merchant_id}:{card_id}"),
            fingerprint=self.fingerprint(card.number),
            created_ms=now_ms,
        )

    def open_card(self, row: VaultCard) -> Secret:
        """The kept card number."""
        kept = _open(self._by_id[row.key_id], row.sealed, f"card:{row.merchant_id}:{row.card_id}")
        return Secret(kept.decode().partition("|")[0])

    def on_file(self, card: Card) -> CardOnFile:
        """What may be remembered of a card outside the vault."""
        return CardOnFile(
            masked=card.masked,
            brand=card.brand,
            fingerprint=self.fingerprint(card.number),
            holder=card.holder,
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
        )

    def fingerprint(self, number: Secret) -> str:
        return hmac.digest(self._keys["fingerprints"][1], number.reveal().encode(), "sha256").hex()

    def link_mac(self, purpose: str, *parts: int) -> bytes:
        """128 bits that only we can make, binding a link to what it opens."""
        message = ":".join((purpose, *map(str, parts))).encode()
        return hmac.digest(self._keys["links"][1], message, "sha256")[:16]

    def link_key(self, purpose: str) -> bytes:
        """A key for short-lived signed tokens of one purpose."""
        return hmac.digest(self._keys["links"][1], purpose.encode(), "sha256")


def read_master_key(text: str) -> Secret:
    """The master key from its setting: 32 bytes as base64 or 64 hex digits. Raises ValueError."""
    _master_bytes(Secret(text.strip()))
    return Secret(text.strip())


def new_master_key() -> Secret:
    return Secret(base64.b64encode(os.urandom(32)).decode())


def new_data_key(master: Secret, *, purpose: str, key_id: str, now_ms: int) -> DataKey:
    row = DataKey(key_id=key_id, purpose=purpose, wrapped=b"", created_ms=now_ms)
    return replace(row, wrapped=_seal(_master_bytes(master), os.urandom(32), _place_of(row)))


def rewrapped(rows: Iterable[DataKey], *, master: Secret, new: Secret) -> tuple[DataKey, ...]:
    """The same data keys under another master key: whatever they sealed stays as it is. Raises WrongMasterKey."""
    return tuple(
        replace(row, wrapped=_seal(_master_bytes(new), _unwrapped(master, row), _place_of(row))) for row in rows
    )


def open_vault(master: Secret, rows: Iterable[DataKey]) -> Vault:
    """Unwrap the data keys. Raises WrongMasterKey."""
    oldest_first = sorted(rows, key=lambda row: row.created_ms)
    return Vault([(row.purpose, row.key_id, _unwrapped(master, row)) for row in oldest_first])


def hash_of(token: Secret) -> bytes:
    """The only form in which a random access token is stored."""
    return hashlib.sha256(token.reveal().encode()).digest()


def _unwrapped(master: Secret, row: DataKey) -> bytes:
    try:
        return _open(_master_bytes(master), row.wrapped, _place_of(row))
    except InvalidTag:
        raise WrongMasterKey(f"the master key does not open data key {row.key_id} of this database") from None


def _place_of(row: DataKey) -> str:
    return f"key:{row.purpose}:{row.key_id}"


def _master_bytes(master: Secret) -> bytes:
    text = master.reveal()
    try:
        key = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != 32:
        raise ValueError("the master key must be 32 bytes, written as base64 or as 64 hex digits")
    return key


def _seal(key: bytes, plain: bytes, context: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def _open(key: bytes, box: bytes, context: str) -> bytes:
    return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context.encode())
