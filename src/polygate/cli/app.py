"""`polygate app`: a merchant's shops and their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, printed
from polygate.cli.merchant import checked_name, known
from polygate.cli.mistakes import Mistake
from polygate.core.methods import Method

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from polygate.core.merchants import App, Merchant
    from polygate.store.opened import Store

app = typer.Typer(no_args_is_help=True, help="Apps: a merchant's shops, each with a credential pair of its own.")

_METHODS: Final = ", ".join(Method)

AppId = Annotated[str, typer.Argument(help="The app's id, 15 digits.")]
Methods = Annotated[list[str] | None, typer.Option(help=f"Payment method to enable, once for each: {_METHODS}.")]


@app.command()
def create(
    *,
    merchant: Annotated[str, typer.Option(help="Whose shop it is: the merchantNo.")],
    name: Annotated[str, typer.Option(help="The shop's name, for operators; payers see the merchant's.")],
    method: Methods = None,
    may_initiate: Annotated[
        bool, typer.Option("--may-initiate", help="Let it charge cards without the payer: mitPayment.")
    ] = False,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Add a shop to a merchant, with card payments unless --method says otherwise. Its secret is shown only now."""
    from polygate.operations.credentials import create_app

    enabled = _methods(method or [Method.CARD])
    checked = checked_name(name)
    place = opened.place(data_dir, database_url)

    async def work() -> dict[str, Any]:
        async with place.house() as house:
            owner = await known(house.context.reads, merchant)
            made = await create_app(house.context, owner, name=checked, methods=enabled, may_initiate=may_initiate)
            return {
                "appId": made.app.app_id,
                "merchantNo": owner.merchant_no,
                "name": made.app.name,
                "methods": list(made.app.methods),
                "mayInitiate": made.app.may_initiate,
                "appSecret": made.secret.reveal(),
            }

    made = opened.run(work())
    if as_json:
        printed.json(made)
    else:
        printed.pairs(made | {"methods": ", ".join(made["methods"])})
    printed.talk("keep the secret now: it is not shown again")


@app.command(name="list")
def list_(
    *,
    merchant: Annotated[str, typer.Option(help="Only this merchant's, by merchantNo.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 50,
    after: Annotated[str, typer.Option(help="Go on after this appId.")] = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List apps in the order of their appId. Secrets are not shown."""
    place = opened.place(data_dir, database_url)

    async def work() -> list[tuple[App, Merchant | None]]:
        async with place.store() as store:
            owner = await known(store.reads, merchant) if merchant else None
            found = await store.reads.apps_after(
                after, limit=limit + 1, merchant_id=owner.merchant_id if owner else None
            )
            return [(each, owner or await store.reads.merchant(each.merchant_id)) for each in found]

    found = opened.run(work())
    shown = found[:limit]
    rows = [_summary(each, owner) for each, owner in shown]
    if as_json:
        printed.json(
            [
                row | {"allowedAddresses": list(each.allowed_addresses), "methods": list(each.methods)}
                for row, (each, _) in zip(rows, shown, strict=True)
            ]
        )
    else:
        cells = [
            (*row.values(), ", ".join(each.allowed_addresses) or "anywhere", ", ".join(each.methods))
            for row, (each, _) in zip(rows, shown, strict=True)
        ]
        headings = ("appId", "merchantNo", "name", "enabled", "initiates", "webhooks to", "callers", "methods")
        printed.table(headings, cells)
    if len(found) > limit:
        printed.talk(f"there are more: polygate app list --after {shown[-1][0].app_id}")


@app.command()
def disable(
    app_id: AppId,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Refuse an app's calls from now on. Its access tokens end for good."""
    from polygate.operations.administer import disable_app

    said = "its calls are refused from now on; its access tokens are gone, and it will need new ones"
    _change(app_id, disable_app, opened.place(data_dir, database_url), as_json, said)


@app.command()
def enable(
    app_id: AppId,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Let a disabled app call again, with new access tokens."""
    from polygate.operations.administer import enable_app

    said = "it may call again, with new access tokens: those it had are gone"
    _change(app_id, enable_app, opened.place(data_dir, database_url), as_json, said)


@app.command()
def allow(
    app_id: AppId,
    *,
    address: Annotated[
        list[str] | None, typer.Option(help="Address or network, e.g. 203.0.113.0/24. Once for each.")
    ] = None,
    anywhere: Annotated[bool, typer.Option("--anywhere", help="Let calls come from any address again.")] = False,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say from which addresses an app may call; they replace those said before.

    Behind a proxy, its addresses must be named in POLYGATE_TRUSTED_PROXIES: otherwise every call seems to come from it.
    """
    from polygate.operations.administer import allow_addresses

    if bool(address) is anywhere:
        raise Mistake("give either --address, once for each, or --anywhere")
    networks = tuple(dict.fromkeys(_network(each) for each in address or []))

    async def change(store: Store, shop: App) -> App:
        return await allow_addresses(store, shop, networks)

    _change(app_id, change, opened.place(data_dir, database_url), as_json)


@app.command()
def methods(
    app_id: AppId,
    *,
    method: Methods = None,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say how an app's payers may pay; the methods replace those said before. Payments under way go on."""
    from polygate.operations.administer import set_methods

    if not method:
        raise Mistake(f"give --method, once for each: {_METHODS}")
    wanted = _methods(method)

    async def change(store: Store, shop: App) -> App:
        return await set_methods(store, shop, wanted)

    _change(app_id, change, opened.place(data_dir, database_url), as_json)


@app.command()
def initiate(
    app_id: AppId,
    *,
    granted: Annotated[bool | None, typer.Option("--grant/--withdraw", help="Whether it may from now on.")] = None,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say whether an app may charge cards without the payer, which is what mitPayment does."""
    from polygate.operations.administer import set_may_initiate

    if granted is None:
        raise Mistake("give either --grant or --withdraw")
    may = granted

    async def change(store: Store, shop: App) -> App:
        return await set_may_initiate(store, shop, may=may)

    _change(app_id, change, opened.place(data_dir, database_url), as_json)


def _methods(names: list[str]) -> tuple[str, ...]:
    """Each once, in the order in which they were named. Raises Mistake."""
    unknown = [name for name in names if name not in list(Method)]
    if unknown:
        raise Mistake(f"--method {printed.plain(unknown[0])}: must be one of {_METHODS}")
    return tuple(dict.fromkeys(map(str, names)))


def _network(text: str) -> str:
    from polygate.core.addresses import network

    try:
        return network(text)
    except ValueError as error:
        raise Mistake(f"--address {printed.plain(text)}: {error}") from None


def _change(
    app_id: str, change: Callable[[Store, App], Awaitable[App]], place: opened.Place, as_json: bool, said: str = ""
) -> None:
    """Show the app after a change; `said` is what that means for it, unless nothing was changed."""

    async def work() -> tuple[App, App, Merchant | None]:
        async with place.store() as store:
            shop = await store.reads.app(app_id)
            if shop is None:
                raise Mistake(f"there is no app {printed.plain(app_id)}; `polygate app list` shows them")
            return shop, await change(store, shop), await store.reads.merchant(shop.merchant_id)

    before, shop, owner = opened.run(work())
    lists = {"allowedAddresses": list(shop.allowed_addresses), "methods": list(shop.methods)}
    if as_json:
        printed.json(_summary(shop, owner) | lists)
    else:
        cells = {name: ", ".join(values) for name, values in lists.items()}
        printed.pairs(_summary(shop, owner) | cells | {"allowedAddresses": cells["allowedAddresses"] or "anywhere"})
    if said and shop != before:
        printed.talk(said)


def _summary(shop: App, owner: Merchant | None) -> dict[str, object]:
    return {
        "appId": shop.app_id,
        "merchantNo": owner.merchant_no if owner else "",
        "name": shop.name,
        "enabled": shop.enabled,
        "mayInitiate": shop.may_initiate,
        "subscribeUrl": shop.subscribe_url,
    }
