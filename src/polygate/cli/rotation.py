"""New keys and secrets of merchants and apps, and how long those before go on; and a new master key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from polygate.cli import opened, printed
from polygate.cli.app import AppId, known_app
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import MerchantNo, known
from polygate.core.merchants import OVERLAP_HOURS, OVERLAP_HOURS_MAX

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from polygate.core.cards import Secret
    from polygate.core.merchants import App, Merchant
    from polygate.operations.new_accounts import NewApp

merchants = typer.Typer()
"""Merged into the group of `polygate.cli.merchant`."""
apps = typer.Typer()
"""Likewise into that of `polygate.cli.app`."""

_HOUR_MS: Final = 3_600_000

Overlap = Annotated[
    int,
    typer.Option(help="Hours for which the one before goes on; 0 to end it at once.", min=0, max=OVERLAP_HOURS_MAX),
]


@merchants.command(name="rotate-secret-key")
def rotate_secret_key(
    merchant_no: MerchantNo,
    *,
    overlap: Overlap = OVERLAP_HOURS,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Give a merchant a new secret key, shown now and never again. The one before goes on for the overlap."""
    from polygate.operations import rotation

    place = opened.place(data_dir, database_url)
    key, owner = opened.run(_rotated(place, merchant_no, rotation.rotate_secret_key, overlap))
    _show_new({"merchantNo": merchant_no, "secretKey": key.reveal()}, owner.previous_secret_key_until_ms, as_json)


@merchants.command(name="rotate-access-key")
def rotate_access_key(
    merchant_no: MerchantNo,
    *,
    overlap: Overlap = OVERLAP_HOURS,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Give a merchant a new access key, shown now and never again. The one before goes on for the overlap.

    Callbacks are encrypted by the new one at once.
    """
    from polygate.operations import rotation

    place = opened.place(data_dir, database_url)
    key, owner = opened.run(_rotated(place, merchant_no, rotation.rotate_access_key, overlap))
    _show_new({"merchantNo": merchant_no, "accessKey": key.reveal()}, owner.previous_access_key_until_ms, as_json)


@merchants.command(name="end-overlap")
def end_merchant_overlap(
    merchant_no: MerchantNo,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """End the keys of a merchant that were replaced and go on for a while: from now on only the newest are good."""
    from polygate.operations import rotation

    place = opened.place(data_dir, database_url)

    async def work() -> Merchant:
        async with place.house() as house:
            owner = await known(house.context.reads, merchant_no)
            return await rotation.end_merchant_overlap(house.context, owner)

    printed.record({"merchantNo": opened.run(work()).merchant_no}, as_json)
    printed.talk("only its newest keys are good from now on")


@apps.command(name="rotate-secret")
def rotate_secret(
    app_id: AppId,
    *,
    overlap: Overlap = OVERLAP_HOURS,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Give an app a new secret, shown only now. The one before and its access tokens go on for the overlap.

    Webhooks are signed by the new one at once.
    """
    from polygate.operations.rotation import rotate_app_secret

    place = opened.place(data_dir, database_url)

    async def work() -> NewApp:
        async with place.house() as house:
            shop = await known_app(house.context.reads, app_id)
            return await rotate_app_secret(house.context, shop, overlap_ms=overlap * _HOUR_MS)

    made = opened.run(work())
    values = {"appId": made.app.app_id, "name": made.app.name, "appSecret": made.secret.reveal()}
    _show_new(values, made.app.previous_secret_until_ms, as_json)


@apps.command(name="end-overlap")
def end_app_overlap(
    app_id: AppId,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """End an app's secret that was replaced and goes on for a while, and the access tokens that it opened."""
    from polygate.operations import rotation

    place = opened.place(data_dir, database_url)

    async def work() -> App:
        async with place.house() as house:
            return await rotation.end_app_overlap(house.context, await known_app(house.context.reads, app_id))

    printed.record({"appId": opened.run(work()).app_id}, as_json)
    printed.talk("only its newest secret is good from now on")


def rotate_master_key(
    new_key_file: Annotated[
        Path,
        typer.Option(help="File with the new one, from `polygate master-key`.", exists=True, dir_okay=False),
    ],
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Put everything sealed under a new master key; the one in the settings is the one so far.

    Running processes go on. Whatever starts afterwards needs the new key, and only that one.
    """
    from polygate.operations import rotation
    from polygate.store.vault import read_master_key

    place = opened.place(data_dir, database_url)
    try:
        new = read_master_key(new_key_file.read_text())
    except ValueError as error:
        raise Mistake(f"--new-key-file: {error}") from None

    async def work() -> int:
        async with place.house() as house:
            return await rotation.rotate_master_key(house.context, master=house.settings.master_key, new=new)

    printed.record({"dataKeys": opened.run(work())}, as_json)
    printed.talk("whatever starts from now on needs the new master key; backups made before still need the old one")


async def _rotated(
    place: opened.Place, merchant_no: str, rotate: Callable[..., Awaitable[Secret]], overlap: int
) -> tuple[Secret, Merchant]:
    """The new key, and the merchant that has it."""
    async with place.house() as house:
        owner = await known(house.context.reads, merchant_no)
        key = await rotate(house.context, owner, overlap_ms=overlap * _HOUR_MS)
        return key, await known(house.context.reads, merchant_no)


def _show_new(values: dict[str, str], before_until_ms: int, as_json: bool) -> None:
    printed.record(values | {"beforeUntil": printed.moment(before_until_ms)}, as_json)
    printed.talk("keep it now: it is not shown again")
