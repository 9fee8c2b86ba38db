"""What is sealed opens only where it belongs, under the right key, and as it was."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from polygate.core.cards import Card, Secret
from polygate.core.ids import MerchantId
from polygate.core.payments import Payment
from polygate.store.contract import Change, Insert
from polygate.store.engine import connected
from polygate.store.opened import Store, unlock_vault
from polygate.store.vault import (
    PURPOSES,
    DataKey,
    Vault,
    VaultCard,
    WrongMasterKey,
    hash_of,
    new_data_key,
    new_master_key,
    open_vault,
    read_master_key,
    rewrapped,
)
from tests.store.samples import some
from tests.store.stores import store_at

NUMBER = "4444333322221111"
OTHER = "5555444433332226"
MASTER = new_master_key()


def keys_under(master: Secret, *, generation: int = 1) -> list[DataKey]:
    return [
        new_data_key(master, purpose=purpose, key_id=f"{purpose}-{generation}", now_ms=generation)
        for purpose in PURPOSES
    ]


def card(number: str = NUMBER) -> Card:
    return Card(Secret(number), "Amy", "Lee", Secret("401"), 12, 2030)


def keep(vault: Vault, *, number: str = NUMBER, merchant: int = 7, card_id: int = 1) -> VaultCard:
    return vault.keep_card(card(number), merchant_id=MerchantId(merchant), card_id=card_id, payment_id=5, now_ms=9)


@pytest.fixture(scope="module")
def vault() -> Vault:
    return open_vault(MASTER, keys_under(MASTER))


@given(secret=st.text().map(Secret))
def test_a_secret_opens_as_it_was_sealed(secret: Secret) -> None:
    """Any text, the empty one too."""
    vault = open_vault(MASTER, keys_under(MASTER))

    assert secret == vault.open_secret(vault.seal_secret(secret, context="here"), context="here")


def test_a_secret_opens_nowhere_else(vault: Vault) -> None:
    """A sealed secret copied into another row stays shut."""
    sealed = vault.seal_secret(Secret("s3cret"), context="app:1")

    with pytest.raises(InvalidTag):
        vault.open_secret(sealed, context="app:2")


def test_sealing_twice_looks_different(vault: Vault) -> None:
    """Who reads the database cannot tell that two secrets are equal."""
    sealed = {vault.seal_secret(Secret("s3cret"), context="here") for _ in range(50)}

    assert len(sealed) == 50


def test_a_kept_card_gives_its_number_back(vault: Vault) -> None:
    """Only the number: expiry is beside it in the box, the security code was never kept."""
    row = keep(vault)

    assert Secret(NUMBER) == vault.open_card(row)


@pytest.mark.parametrize("change", [{"merchant_id": 8}, {"card_id": 2}])
def test_a_kept_card_opens_for_its_merchant_and_row_only(vault: Vault, change: dict[str, Any]) -> None:
    """Moving the box to another merchant's row does not make it theirs."""
    moved = msgspec.structs.replace(keep(vault), **change)

    with pytest.raises(InvalidTag):
        vault.open_card(moved)


def test_no_flipped_byte_goes_unnoticed(vault: Vault) -> None:
    """Wherever it is: nonce, text, tag, or the name of the key."""
    card_row, secret = keep(vault), vault.seal_secret(Secret("s3cret"), context="here")
    for place in range(len(card_row.sealed)):
        with pytest.raises(InvalidTag):
            vault.open_card(msgspec.structs.replace(card_row, sealed=flipped(card_row.sealed, place)))
    for place in range(len(secret)):
        with pytest.raises((InvalidTag, KeyError, ValueError)):
            vault.open_secret(flipped(secret, place), context="here")


def flipped(box: bytes, place: int) -> bytes:
    return box[:place] + bytes([box[place] ^ 0x01]) + box[place + 1 :]


@pytest.mark.parametrize("cut", [0, 1, 11, 12, 27])
def test_a_box_that_was_cut_short_is_refused(vault: Vault, cut: int) -> None:
    """Half a row is no row."""
    row = keep(vault)

    with pytest.raises((InvalidTag, ValueError)):
        vault.open_card(msgspec.structs.replace(row, sealed=row.sealed[:cut]))


def test_a_card_does_not_open_with_the_key_of_secrets(vault: Vault) -> None:
    """Each purpose has a key of its own."""
    row = keep(vault)

    with pytest.raises(InvalidTag):
        vault.open_card(msgspec.structs.replace(row, key_id="secrets-1"))


def test_another_master_key_is_refused() -> None:
    """And the message names the key it does not open, never the key itself."""
    rows = keys_under(MASTER)
    other = new_master_key()

    with pytest.raises(WrongMasterKey, match="cards-1") as caught:
        open_vault(other, rows)

    assert other.reveal() not in str(caught.value)
    assert MASTER.reveal() not in str(caught.value)


def test_a_data_key_serves_no_other_purpose() -> None:
    """A key's row renamed in the database is refused like a wrong master key."""
    rows = keys_under(MASTER)
    rows[0] = msgspec.structs.replace(rows[0], purpose="links")

    with pytest.raises(WrongMasterKey):
        open_vault(MASTER, rows)


def test_the_newest_key_seals_and_older_ones_still_open() -> None:
    """After a new data key, what was sealed before is still readable, and the new key is the one in use."""
    old_rows, new_rows = keys_under(MASTER), keys_under(MASTER, generation=2)
    old, both = open_vault(MASTER, old_rows), open_vault(MASTER, [*new_rows, *old_rows])
    kept, secret = keep(old), old.seal_secret(Secret("s3cret"), context="here")

    assert Secret(NUMBER) == both.open_card(kept)
    assert Secret("s3cret") == both.open_secret(secret, context="here")
    assert keep(both).key_id == "cards-2"


def test_fingerprints_are_equal_for_equal_cards_only(vault: Vault) -> None:
    """One card is recognized across merchants and payments; another one never passes for it."""
    assert keep(vault).fingerprint == keep(vault, merchant=8, card_id=2).fingerprint
    assert keep(vault).fingerprint == vault.on_file(card()).fingerprint
    assert keep(vault).fingerprint != keep(vault, number=OTHER).fingerprint


def test_fingerprints_under_another_key_differ(vault: Vault) -> None:
    """Without the key, nobody can try all card numbers against a fingerprint."""
    other = open_vault(MASTER, keys_under(MASTER))

    assert vault.fingerprint(Secret(NUMBER)) != other.fingerprint(Secret(NUMBER))


def test_links_are_bound_to_their_purpose_and_parts(vault: Vault) -> None:
    """What opens one payment's page opens no other page and no other payment's."""
    made = {
        vault.link_mac("checkout", 7, 1),
        vault.link_mac("checkout", 7, 2),
        vault.link_mac("checkout", 71),
        vault.link_mac("checkout", 8, 1),
        vault.link_mac("return", 7, 1),
    }

    assert len(made) == 5
    assert {16} == {len(mac) for mac in made}
    assert vault.link_mac("checkout", 7, 1) in made
    assert vault.link_key("a") != vault.link_key("b")


def test_nothing_shows_what_is_inside(vault: Vault) -> None:
    """Neither the vault nor a row of it says anything in a log or a traceback."""
    shown = f"{vault!r} {vault!s} {keep(vault)!r} {card()!r} {MASTER!r}"

    assert NUMBER not in shown
    assert MASTER.reveal() not in shown
    assert "401" not in repr(card())


# --- the master key ------------------------------------------------------------------------------------------------

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "given", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), f"  {base64.b64encode(KEY).decode()}\n"]
)
def test_the_master_key_is_read_from_hex_or_base64(given: str) -> None:
    """Either way it is the same key, with the line's end that a file has."""
    opened = open_vault(read_master_key(given), keys_under(Secret(KEY.hex())))

    assert Secret(NUMBER) == opened.open_card(keep(opened))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "password",
        KEY.hex()[:-1],
        KEY.hex() + "00",
        KEY.hex()[:-1] + "g",
        " ".join(KEY.hex()[place : place + 2] for place in range(0, 64, 2))[:64],
        base64.b64encode(KEY[:-1]).decode(),
        base64.b64encode(KEY + b"\0").decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.b64encode(KEY).decode().replace("=", "!"),
        "\N{DIGIT ONE}\N{FULLWIDTH DIGIT ONE}" * 32,
    ],
)
def test_anything_else_is_no_master_key(text: str) -> None:
    """And the message says what is wanted without repeating what was given."""
    with pytest.raises(ValueError, match="32 bytes") as caught:
        read_master_key(text)

    assert not text or text not in str(caught.value)


def test_new_master_keys_are_readable_and_different() -> None:
    """256 bits of the system's randomness."""
    made = {new_master_key().reveal() for _ in range(20)}

    assert len(made) == 20
    assert all(read_master_key(text).reveal() == text for text in made)


def test_a_token_is_remembered_by_its_hash_only() -> None:
    """SHA-256: the token is random, so that no slow hash is needed."""
    assert len(hash_of(Secret("token"))) == 32
    assert hash_of(Secret("token")) == hash_of(Secret("token"))
    assert hash_of(Secret("token")) != hash_of(Secret("tokem"))


# --- in the database -----------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_the_first_start_makes_the_keys_and_later_ones_use_them(store: Store) -> None:
    """What was sealed before a restart opens after it."""
    first = await unlock_vault(store, MASTER, now_ms=1)
    kept = keep(first)

    again = await unlock_vault(store, MASTER, now_ms=2)

    assert Secret(NUMBER) == again.open_card(kept)
    assert len(PURPOSES) == len(await store.reads.data_keys())


@pytest.mark.anyio
async def test_processes_that_start_at_once_share_the_keys(store: Store, other_store: Store) -> None:
    """The first to write a key makes it; the others take that one."""
    vaults = await asyncio.gather(
        *(unlock_vault((store, other_store)[place % 2], MASTER, now_ms=place) for place in range(6))
    )

    assert len({each.fingerprint(Secret(NUMBER)) for each in vaults}) == 1
    kept = [keep(each) for each in vaults]
    assert {Secret(NUMBER)} == {each.open_card(row) for each in vaults for row in kept}


@pytest.mark.anyio
async def test_a_wrong_master_key_adds_no_keys(store: Store, database_url: str) -> None:
    """A process started with the wrong key must not leave anything that the right one cannot open."""
    await unlock_vault(store, MASTER, now_ms=1)
    with connected(database_url) as connection:
        connection.execute(text("DELETE FROM data_keys WHERE purpose = 'links'"))  # A first start that was interrupted.
        connection.commit()

    with pytest.raises(WrongMasterKey):
        await unlock_vault(store, new_master_key(), now_ms=2)

    assert len(PURPOSES) - 1 == len(await store.reads.data_keys())
    await unlock_vault(store, MASTER, now_ms=3)


@pytest.mark.anyio
async def test_a_new_master_key_opens_what_was_sealed_under_the_one_before(store: Store) -> None:
    """Nothing is sealed anew but the data keys, and those all at once: the old master key opens nothing any more."""
    old, new = MASTER, new_master_key()
    kept = keep(await unlock_vault(store, old, now_ms=1))
    rows = await store.reads.data_keys()

    await store.submit(Change((), rewrapped(rows, master=old, new=new)))

    assert Secret(NUMBER) == (await unlock_vault(store, new, now_ms=2)).open_card(kept)
    assert len(rows) == len(await store.reads.data_keys())
    with pytest.raises(WrongMasterKey):
        await unlock_vault(store, old, now_ms=3)
    with pytest.raises(WrongMasterKey):
        rewrapped(await store.reads.data_keys(), master=old, new=new)


def card_numbers() -> list[str]:
    return [NUMBER, base64.b64encode(NUMBER.encode()).decode().rstrip("="), NUMBER.encode().hex()]


@pytest.mark.anyio
async def test_the_database_contains_no_card_number(store: Store, database_url: str) -> None:
    """Neither in the files of SQLite nor in any row of PostgreSQL: not plain, not encoded, not the security code."""
    unlocked = await unlock_vault(store, MASTER, now_ms=1)
    payment = some(Payment, card=unlocked.on_file(card()))
    await store.submit(Change((Insert(payment),), (keep(unlocked),)))

    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        contents = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    else:
        contents = dumped(database_url)

    assert b"444433******1111" in contents  # What may be shown is there: we are looking in the right place.
    for trace in card_numbers():
        assert trace.encode() not in contents


def dumped(url: str) -> bytes:
    """Every row of every table as text."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        contents = b""
        for (name,) in names:
            with connection.cursor().copy(
                psycopg.sql.SQL("COPY {} TO STDOUT").format(psycopg.sql.Identifier(name))
            ) as rows:
                contents += b"".join(bytes(row) for row in rows)
        return contents


@pytest.mark.anyio
async def test_the_vault_opens_from_a_copy_of_the_database_with_the_master_key_only(
    store: Store, database_url: str
) -> None:
    """Who steals the database alone has boxes; who restores it with the key has cards."""
    kept = keep(await unlock_vault(store, MASTER, now_ms=1))
    await store.submit(Change((Insert(kept),)))

    async with store_at(database_url) as restored:
        with pytest.raises(WrongMasterKey):
            await unlock_vault(restored, Secret(os.urandom(32).hex()), now_ms=2)
        assert Secret(NUMBER) == (await unlock_vault(restored, MASTER, now_ms=2)).open_card(kept)
