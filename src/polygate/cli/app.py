"""`polygate app`: a merchant's shops and their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from polygate.cli import opened, printed
from polygate.cli.demo import METHODS
from polygate.cli.merchant import checked_name, known
from polygate.cli.mistakes import Mistake

if TYPE_CHECKING:
    from polygate.core.merchants import App, Merchant

app = typer.Typer(no_args_is_help=True, help="Apps: a merchant's shops, each with a credential pair of its own.")


@app.command()
def create(
    *,
    merchant: Annotated[str, typer.Option(help="Whose shop it is: the merchantNo.")],
    name: Annotated[str, typer.Option(help="The shop's name.")],
    method: Annotated[
        list[str] | None, typer.Option(help=f"Payment method to enable, once for each: {', '.join(METHODS)}.")
    ] = None,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Add a shop to a merchant, with card payments unless --method says otherwise. Its secret is shown only now."""
    from polygate.operations.credentials import create_app

    methods = tuple(dict.fromkeys(method or ["card"]))
    if unknown := [each for each in methods if each not in METHODS]:
        raise Mistake(f"--method {printed.plain(unknown[0])}: must be one of {', '.join(METHODS)}")
    checked = checked_name(name)
    place = opened.place(data_dir, database_url)

    async def work() -> dict[str, Any]:
        async with place.house() as house:
            owner = await known(house.context.reads, merchant)
            made = await create_app(house.context, owner, name=checked, methods=methods)
            return {
                "appId": made.app.app_id,
                "merchantNo": owner.merchant_no,
                "name": made.app.name,
                "methods": list(made.app.methods),
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
        printed.json([row | {"methods": list(each.methods)} for row, (each, _) in zip(rows, shown, strict=True)])
    else:
        cells = [(*row.values(), ", ".join(each.methods)) for row, (each, _) in zip(rows, shown, strict=True)]
        printed.table(("appId", "merchantNo", "name", "enabled", "webhooks to", "methods"), cells)
    if len(found) > limit:
        printed.talk(f"there are more: polygate app list --after {shown[-1][0].app_id}")


def _summary(shop: App, owner: Merchant | None) -> dict[str, object]:
    return {
        "appId": shop.app_id,
        "merchantNo": owner.merchant_no if owner else "",
        "name": shop.name,
        "enabled": shop.enabled,
        "subscribeUrl": shop.subscribe_url,
    }
