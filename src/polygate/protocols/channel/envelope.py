"""The envelope of V2 calls and callbacks: AES-256 in ECB mode over JSON text, in Base64 (Channel API, section 4).

The mode proves nothing and hides no repeated block. It is what deployed clients speak; TLS and the list of allowed
addresses protect what it does not, and receivers of callbacks ask back before they move money.
"""

from __future__ import annotations

import base64
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from polygate.core.cards import Secret

_BLOCK_BITS: Final = 128
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class InvalidData(Exception):
    """Not an envelope under this key. It says no more: whoever could tell the faults apart could guess plaintexts."""

    def __init__(self) -> None:
        super().__init__("invalid data")


def encrypt(text: str, key: Secret) -> str:
    """Standard Base64 with padding and without line breaks. Raises ValueError if the key has not 32 bytes."""
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = _cipher(key).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(data: str, key: Secret) -> str:
    """The text that was encrypted. Blanks and line breaks inside the Base64 do not matter.

    Raises InvalidData for whatever is wrong with `data`, and ValueError if the key has not 32 bytes.
    """
    decryptor = _cipher(key).decryptor()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    try:
        sealed = base64.b64decode(b"".join(data.encode("ascii").split()), validate=True)
        padded = decryptor.update(sealed) + decryptor.finalize()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:  # Also those of Base64 and of UTF-8.
        raise InvalidData from None


def decrypt_object(data: str, key: Secret) -> dict[str, Any]:
    """The members of the JSON object that was encrypted; numbers with a fraction are Decimals, exactly as written.

    Raises InvalidData for whatever is wrong with `data` or with what is in it, and ValueError if the key has not 32
    bytes.
    """
    text = decrypt(data, key)
    try:
        return _OBJECT.decode(text)
    except (msgspec.DecodeError, InvalidOperation, RecursionError):
        raise InvalidData from None


def _cipher(key: Secret) -> Cipher[modes.ECB]:
    """The key is the text's own bytes, although it looks like hex digits."""
    return Cipher(algorithms.AES256(key.reveal().encode()), modes.ECB())  # noqa: S305  # The protocol's own mode.
