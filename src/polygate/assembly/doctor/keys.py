"""The schema is the newest, and the master key opens what is sealed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.operations.credentials import access_place, app_place, merchant_place
from polygate.store.direct import revision
from polygate.store.rows import table_of
from polygate.store.schema import NewerSchema, NotMigrated, check
from polygate.store.vault import VaultCard, WrongMasterKey, open_vault

Row = TypeVar("Row", bound=msgspec.Struct)

SAMPLE: Final = 100
"""How many of the newest secrets of each kind are opened."""


def check_schema(url: str, tally: Tally) -> None:
    """The database has the schema this program works with; no other check means anything before."""
    tally.looked_at = 1
    try:
        check(url)
    except (NotMigrated, NewerSchema) as error:
        tally.fault(str(error))
    tally.note = f"revision {revision(url) or 'none'}"


async def check_vault(snapshot: Snapshot, tally: Tally, *, master: Secret | None) -> None:
    """Rule 8: the vault opens with the master key, and a sample of what is sealed in it can be read."""
    if master is None:
        tally.leave_out("no master key was given")
        return
    try:
        vault = open_vault(master, await snapshot.reads.data_keys())
    except WrongMasterKey as wrong:
        tally.fault(str(wrong))
        return
    for merchant in await _newest(snapshot, Merchant):
        for key, sealed, place in (
            ("secret key", merchant.sealed_secret_key, merchant_place),
            ("secret key before", merchant.sealed_previous_secret_key, merchant_place),
            ("access key", merchant.sealed_access_key, access_place),
            ("access key before", merchant.sealed_previous_access_key, access_place),
        ):
            opening = partial(vault.open_secret, sealed, context=place(merchant.merchant_id))
            if sealed:
                _try(tally, f"the {key} of merchant {merchant.merchant_no}", opening)
    for app in await _newest(snapshot, App):
        for name, sealed in (("secret", app.sealed_secret), ("secret before", app.sealed_previous_secret)):
            if sealed:
                opening = partial(vault.open_secret, sealed, context=app_place(app.app_id))
                _try(tally, f"the {name} of app {app.app_id}", opening)
    for card in await _newest(snapshot, VaultCard):
        _try(tally, f"kept card {card.card_id}", partial(vault.open_card, card))


async def _newest(snapshot: Snapshot, row_type: type[Row]) -> list[Row]:
    table = table_of(row_type)
    rows = await snapshot.fetch(
        f"SELECT {table.column_list} FROM {table.name} ORDER BY created_ms DESC LIMIT %s", (SAMPLE,)
    )
    return [table.decode(row) for row in rows]


def _try(tally: Tally, name: str, opening: Callable[[], Secret]) -> None:
    tally.looked_at += 1
    try:
        opening()
    except (InvalidTag, KeyError, ValueError):
        tally.fault(f"{name} does not open")
