"""`polygate app`: what an app may do, how, and from where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import typer

from polygate.cli import opened, printed
from polygate.cli.app import (
    METHODS,
    PAYOUT_METHODS,
    AppId,
    Methods,
    PayoutMethods,
    checked_methods,
    checked_payout_methods,
    known_app,
    lists_of,
    summary,
)
from polygate.cli.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from polygate.core.merchants import App, Merchant
    from polygate.store.opened import Store

_DOMAIN: Final = re.compile(r"(?=.{1,128}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")

app = typer.Typer()
"""Merged into the group of `polygate.cli.app`."""


@app.command()
def disable(
    app_id: AppId,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Refuse an app's calls, and new payments on its open pages, from now on. Its access tokens end for good."""
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
    place = opened.place(data_dir, database_url)
    _change(app_id, lambda store, shop: allow_addresses(store, shop, networks), place, as_json)


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
        raise Mistake(f"give --method, once for each: {METHODS}")
    wanted = checked_methods(method)
    place = opened.place(data_dir, database_url)
    _change(app_id, lambda store, shop: set_methods(store, shop, wanted), place, as_json)


@app.command(name="payout-methods")
def payout_methods(
    app_id: AppId,
    *,
    payout_method: PayoutMethods = None,
    none: Annotated[bool, typer.Option("--none", help="No payouts by APIs that name the kind of account.")] = False,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say to which kinds of accounts an app may pay out; they replace those said before. Payouts under way go on."""
    from polygate.operations.administer import set_payout_methods

    if bool(payout_method) is none:
        raise Mistake(f"give either --payout-method, once for each, or --none: {PAYOUT_METHODS}")
    wanted = checked_payout_methods(payout_method or [])
    place = opened.place(data_dir, database_url)
    _change(app_id, lambda store, shop: set_payout_methods(store, shop, wanted), place, as_json)


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
    place = opened.place(data_dir, database_url)
    _change(app_id, lambda store, shop: set_may_initiate(store, shop, may=granted), place, as_json)


@app.command()
def statement(
    app_id: AppId,
    *,
    granted: Annotated[bool | None, typer.Option("--grant/--withdraw", help="Whether it may from now on.")] = None,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say whether an app may set the text on the payer's statement (billingDesc). Else it is the merchant's name."""
    from polygate.operations.administer import set_may_set_statement

    if granted is None:
        raise Mistake("give either --grant or --withdraw")
    place = opened.place(data_dir, database_url)
    _change(app_id, lambda store, shop: set_may_set_statement(store, shop, may=granted), place, as_json)


@app.command()
def mode(
    app_id: AppId,
    *,
    is_test: Annotated[bool | None, typer.Option("--test/--live", help="What its new payments are.")] = None,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say whether an app's new payments are tests, which simulated acquirers take, or live, which only real ones do."""
    from polygate.connectors.registry import connectors
    from polygate.core.routing import NO_ACQUIRER
    from polygate.operations.administer import set_test_mode

    if is_test is None:
        raise Mistake("give either --test or --live")
    served = is_test or any(not connector.is_simulated for connector in connectors().values())
    said = "" if served else f"{NO_ACQUIRER}: the orders of this app are refused until one is"
    place = opened.place(data_dir, database_url)
    _change(app_id, lambda store, shop: set_test_mode(store, shop, is_test=is_test), place, as_json, said)


@app.command()
def domain(
    app_id: AppId,
    name: Annotated[str, typer.Argument(help="Main domain of the shop, e.g. shop.example; empty for none.")],
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say which domain an app is for: the Merchant API shows it on statements, and finds the app by it."""
    from polygate.operations.administer import set_domain

    plain = name.strip().lower()
    if plain and not _DOMAIN.fullmatch(plain):
        raise Mistake("the domain must be one without scheme and path, e.g. shop.example")
    place = opened.place(data_dir, database_url)
    _change(app_id, lambda store, shop: set_domain(store, shop, plain), place, as_json)


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
            shop = await known_app(store.reads, app_id)
            return shop, await change(store, shop), await store.reads.merchant(shop.merchant_id)

    before, shop, owner = opened.run(work())
    lists = lists_of(shop)
    if as_json:
        printed.json(summary(shop, owner) | lists)
    else:
        cells = {name: ", ".join(values) for name, values in lists.items()}
        printed.pairs(summary(shop, owner) | cells | {"allowedAddresses": cells["allowedAddresses"] or "anywhere"})
    if said and shop != before:
        printed.talk(said)
