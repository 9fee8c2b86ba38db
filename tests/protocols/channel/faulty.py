"""The negative corpus of the envelope: all that is no call under `KEY`, which must be one and the same error.

Each is made of what an honest sender made (`COLLECTION`, `QUERY`) or of blocks that no honest sender makes.
"""

from __future__ import annotations

import base64
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from polygate.core.cards import Secret
from polygate.protocols.channel import encrypt
from tests.protocols.channel.vectors import COLLECTION, KEY, PUBLIC, QUERY

BLOCK: Final = 16
ECB: Final = modes.ECB()  # noqa: S305
OTHER_KEY: Final = Secret("7c1f0b9e5d2a4836b1e0c9d8f7a65433")
BYTES: Final = base64.b64decode(COLLECTION.data)
BLOCKS: Final = [BYTES[at : at + BLOCK] for at in range(0, len(BYTES), BLOCK)]


def encoded(*blocks: bytes) -> str:
    return base64.b64encode(b"".join(blocks)).decode()


def sealed(padded: bytes, key: bytes = KEY.reveal().encode(), mode: modes.ECB | modes.CBC | modes.CTR = ECB) -> str:
    """Whole blocks encrypted as they are."""
    encryptor = Cipher(algorithms.AES(key), mode).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def padded(text: str) -> bytes:
    """By PKCS7."""
    missing = BLOCK - len(text.encode()) % BLOCK
    return text.encode() + bytes([missing]) * missing


FAULTY: Final = {
    # Base64
    "padding alone": "====",
    "no Base64": "not base64!",
    "one letter": "A",
    "four letters": "AAAA",
    "the URL-safe alphabet": COLLECTION.data.replace("+", "-").replace("/", "_"),
    "one letter of the URL-safe alphabet": COLLECTION.data.replace("+", "-", 1),
    "Base64 without its padding": QUERY.data.rstrip("="),
    "too much padding": QUERY.data + "=",
    "far too much padding": QUERY.data + "====",
    "something after the padding": QUERY.data + "AAAA",
    "one letter after the padding": QUERY.data + "A",
    "a no-break space": QUERY.data[:8] + "\u00a0" + QUERY.data[8:],
    "full-width letters": "".join(chr(ord(letter) + 0xFEE0) for letter in QUERY.data),
    "letters with accents": "Zürich",
    "a NUL": QUERY.data[:8] + "\0" + QUERY.data[8:],
    "a NUL at its end": QUERY.data + "\0",
    "hex digits": base64.b64decode(QUERY.data).hex(),
    "Base64 twice": base64.b64encode(QUERY.data.encode()).decode(),
    "the JSON text itself": QUERY.text,
    "the JSON text in Base64": base64.b64encode(QUERY.text.encode()).decode(),
    # blocks
    "cut Base64": COLLECTION.data[:-3],
    "cut by one letter": COLLECTION.data[:-1],
    "cut to letters that decode": COLLECTION.data[:-4],
    "a missing last block": encoded(*BLOCKS[:-1]),
    "a missing first block": encoded(*BLOCKS[1:]),
    "a missing block in the middle": encoded(*BLOCKS[:2], *BLOCKS[3:]),
    "its first block alone": encoded(BLOCKS[0]),
    "its last block alone": encoded(BLOCKS[-1]),
    "the first two blocks swapped": encoded(BLOCKS[1], BLOCKS[0], *BLOCKS[2:]),
    "the last block first": encoded(BLOCKS[-1], *BLOCKS[:-1]),
    "all blocks backwards": encoded(*reversed(BLOCKS)),
    "the first block twice": encoded(BLOCKS[0], *BLOCKS),
    "the last block twice": encoded(*BLOCKS, BLOCKS[-1]),
    "the whole twice": encoded(*BLOCKS, *BLOCKS),
    "a byte too many": base64.b64encode(BYTES + b"\0").decode(),
    "a byte too few": base64.b64encode(BYTES[:-1]).decode(),
    "a bit of the first byte flipped": encoded(bytes([BYTES[0] ^ 0x80]), BYTES[1:]),
    "a bit of the last byte flipped": encoded(BYTES[:-1], bytes([BYTES[-1] ^ 1])),
    # keys and modes
    "another merchant's key": encrypt(COLLECTION.text, OTHER_KEY),
    "the public vector's key": PUBLIC.data,
    "the key in capital letters": encrypt(QUERY.text, Secret(KEY.reveal().upper())),
    "the key backwards": encrypt(QUERY.text, Secret(KEY.reveal()[::-1])),
    "the key's hex digits decoded, as AES-128": sealed(padded(QUERY.text), bytes.fromhex(KEY.reveal())),
    "half the key, as AES-128": sealed(padded(QUERY.text), KEY.reveal()[:16].encode()),
    "three quarters of the key, as AES-192": sealed(padded(QUERY.text), KEY.reveal()[:24].encode()),
    "a key of zeros": sealed(padded(QUERY.text), bytes(32)),
    "CBC, its vector ahead": encoded(
        b"0123456789abcdef", base64.b64decode(sealed(padded(QUERY.text), mode=modes.CBC(b"0123456789abcdef")))
    ),
    "CBC with another vector": sealed(padded(QUERY.text), mode=modes.CBC(b"0123456789abcdef")),
    "CTR": sealed(padded(QUERY.text), mode=modes.CTR(bytes(BLOCK))),
    # paddings
    "a padding of zeros": sealed(b'{"a":1}'.ljust(BLOCK, b"\0")),
    "a padding of blanks": sealed(b'{"a":1}'.ljust(BLOCK)),
    "the padding of ISO 7816": sealed(b'{"a":1}\x80'.ljust(BLOCK, b"\0")),
    "the padding of ANSI X9.23": sealed(b'{"a":1}'.ljust(BLOCK - 1, b"\0") + b"\x09"),
    "a padding of 17": sealed(b'{"a":1}'.ljust(BLOCK, b"\x11")),
    "a padding of 255": sealed(b'{"a":1}'.ljust(BLOCK, b"\xff")),
    "a padding that says 0": sealed(b'{"a":1}        \0'),
    "a padding with one wrong byte": sealed(b'{"a":1}' + b"\x09" * 7 + b"\x08" + b"\x09"),
    "a padding longer than it is": sealed(b'{"a":1}'.ljust(BLOCK, b"\x0a")),
    "a padding shorter than it is": sealed(b'{"a":1}'.ljust(BLOCK, b"\x08")),
    "no padding": sealed(b'{"a":"12345678"}'),
    "only padding": sealed(b"\x10" * BLOCK),
    "a second padding inside the first": sealed(padded(QUERY.text) + b"\x10" * BLOCK),
    # what is inside
    "an empty text": encrypt("", KEY),
    "blanks inside": encrypt("   ", KEY),
    "no UTF-8": sealed(b'{"a":"\xff"}'.ljust(BLOCK, b"\x07")),
    "UTF-8 that is too long": sealed(b'{"a":"\xc0\xaf"}'.ljust(BLOCK, b"\x06")),
    "half a character at the end": sealed(b'{"a":1}\xe0\xa4'.ljust(BLOCK, b"\x07")),
    "UTF-16": sealed('{"a":1}'.encode("utf-16-le") + b"\x02\x02"),
    "a surrogate in UTF-8": sealed(b'{"a":"\xed\xa0\x80"}'.ljust(BLOCK, b"\x05")),
    "a byte order mark": encrypt('\ufeff{"a":1}', KEY),
    "a text": encrypt("Test", KEY),
    "a JSON text": encrypt('"Test"', KEY),
    "JSON inside a JSON text": encrypt('"{\\"sourceNo\\":\\"PO-1\\"}"', KEY),
    "a number": encrypt("1", KEY),
    "true": encrypt("true", KEY),
    "null": encrypt("null", KEY),
    "an empty list": encrypt("[]", KEY),
    "a list": encrypt('[{"a":1}]', KEY),
    "a form": encrypt("sourceNo=PO-1&amount=5", KEY),
    "two objects": encrypt('{"a":1}{"a":1}', KEY),
    "an unfinished object": encrypt('{"a":1', KEY),
    "a bracket too many": encrypt('{"a":1}}', KEY),
    "a comma too many": encrypt('{"a":1,}', KEY),
    "a comment": encrypt('{"a":1/* one */}', KEY),
    "single quotes": encrypt("{'a':1}", KEY),
    "names without quotes": encrypt("{a:1}", KEY),
    "no number": encrypt('{"a":NaN}', KEY),
    "an infinite number": encrypt('{"a":Infinity}', KEY),
    "a leading zero": encrypt('{"a":01}', KEY),
    "a number beyond every calculation": encrypt('{"a":1e99999999999999999999}', KEY),
    "a control in a text": encrypt('{"a":"\n"}', KEY),
    "a NUL after the object": encrypt('{"a":1}\0', KEY),
    "a lone surrogate": encrypt(r'{"a":"\ud800"}', KEY),
    "a nest without an end": encrypt('{"a":' + "[" * 20_000, KEY),
    "an envelope in an envelope": encrypt(QUERY.data, KEY),
}  # fmt: skip
