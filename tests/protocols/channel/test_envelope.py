"""The encrypted envelope: the vectors both ways, and one answer to whatever is wrong (section 4)."""

from __future__ import annotations

import base64
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.cards import Secret
from polygate.protocols.channel.envelope import InvalidData, decrypt, decrypt_object, encrypt
from tests.protocols.channel.faulty import BLOCK, BYTES, FAULTY, encoded, sealed
from tests.protocols.channel.vectors import COLLECTION, KEY, QUERY, VECTORS, Vector
from tests.protocols.foreign.runtimes import RUNTIMES, openssl

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.text[:32])
each_language = pytest.mark.parametrize("language", RUNTIMES)
texts = st.text(st.characters(codec="utf-8"), max_size=200)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=10,
)


@each_vector
def test_every_vector_is_reproduced_both_ways(vector: Vector) -> None:
    assert encrypt(vector.text, vector.secret) == vector.data
    assert decrypt(vector.data, vector.secret) == vector.text


@each_vector
def test_openssl_agrees(vector: Vector) -> None:
    """With the key's own characters as its bytes."""
    cipher = ("enc", "-aes-256-ecb", "-K", vector.key.encode().hex())
    assert base64.b64encode(openssl(*cipher, given=vector.text.encode())).decode() == vector.data
    assert openssl(*cipher, "-d", given=base64.b64decode(vector.data)).decode() == vector.text


@each_language
@each_vector
def test_other_languages_agree(language: str, vector: Vector) -> None:
    assert RUNTIMES[language].run("envelope", {"key": vector.key, "encrypt": vector.text}) == vector.data
    assert RUNTIMES[language].run("envelope", {"key": vector.key, "decrypt": vector.data}) == vector.text


@each_language
def test_other_languages_agree_on_other_alphabets(language: str) -> None:
    text = '{"accountName":"आशा राव ☂","amount":0.01}'
    data = encrypt(text, KEY)
    assert RUNTIMES[language].run("envelope", {"key": KEY.reveal(), "encrypt": text}) == data
    assert RUNTIMES[language].run("envelope", {"key": KEY.reveal(), "decrypt": data}) == text


@given(texts)
def test_what_was_encrypted_is_decrypted(text: str) -> None:
    data = encrypt(text, KEY)
    assert decrypt(data, KEY) == text
    assert len(base64.b64decode(data)) == (len(text.encode()) // BLOCK + 1) * BLOCK


@given(st.dictionaries(texts, json_values, max_size=5))
def test_what_is_in_an_object_comes_out_of_it(members: dict[str, object]) -> None:
    """Whatever its members, their order and its blanks."""
    for text in (json.dumps(members), json.dumps(members, indent=3, ensure_ascii=False)):
        assert decrypt_object(encrypt(text, KEY), KEY) == members


@pytest.mark.parametrize("blank", [" ", "\n", "\r\n", "\t", "\f\v"])
def test_blanks_inside_base64_do_not_matter(blank: str) -> None:
    """As of tools that break lines."""
    broken = blank + blank.join(COLLECTION.data[at : at + 7] for at in range(0, len(COLLECTION.data), 7)) + blank
    assert decrypt(broken, KEY) == COLLECTION.text


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("1200.5", Decimal("1200.5")),
        ("1200.50", Decimal("1200.50")),
        ("850", 850),
        ("0.1", Decimal("0.1")),
        ("99999999999.99", Decimal("99999999999.99")),
        ("8.5e2", Decimal("8.5e2")),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_numbers_come_out_exactly(number: str, value: object) -> None:
    """No binary float in between."""
    amount = decrypt_object(encrypt(f'{{"amount":{number}}}', KEY), KEY)["amount"]
    assert (type(amount), str(amount)) == (type(value), str(value))


NO_LETTERS = {"nothing": "", "blanks": "  \n", "half a surrogate pair": QUERY.data[:8] + "\ud800"}
"""What is refused before it comes to a merchant's key, or cannot be sent in JSON."""


@pytest.mark.parametrize("data", (NO_LETTERS | FAULTY).values(), ids=NO_LETTERS | FAULTY)
def test_every_fault_is_the_same_fault(data: str) -> None:
    """Base64, length, padding, key, alphabet, JSON: nothing tells them apart, neither words nor causes."""
    with pytest.raises(InvalidData) as caught:
        decrypt_object(data, KEY)
    assert (str(caught.value), caught.value.args) == ("invalid data", ("invalid data",))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@given(st.integers(0, len(BYTES) * 8 - 1))
def test_a_flipped_bit_never_leaves_the_text_as_it_was(bit: int) -> None:
    """It garbles one block of sixteen bytes: refused, or at least another text (the mode proves nothing)."""
    flipped = bytearray(BYTES)
    flipped[bit // 8] ^= 1 << bit % 8
    try:
        text = decrypt(encoded(bytes(flipped)), KEY)
    except InvalidData:
        return
    assert text != COLLECTION.text


@given(st.binary(max_size=100))
def test_no_bytes_break_it(blocks: bytes) -> None:
    """Whatever they decrypt to: an object or the one error."""
    for data in (base64.b64encode(blocks).decode(), sealed(blocks.ljust(112, b"\x01"))):
        try:
            found = decrypt_object(data, KEY)
        except InvalidData:
            continue
        assert isinstance(found, dict)


@pytest.mark.parametrize("key", ["", "7c1f0b9e5d2a4836", KEY.reveal() + "0", "ñ" * 32])
def test_a_key_has_32_bytes(key: str) -> None:
    """A shorter AES would work, and nobody could read the other side."""
    with pytest.raises(ValueError, match="key"):
        encrypt("{}", Secret(key))
    with pytest.raises(ValueError, match="key"):
        decrypt(QUERY.data, Secret(key))
