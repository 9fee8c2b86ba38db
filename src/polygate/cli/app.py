"""`polygate app`: a merchant's shops and their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.merchant import checked_name
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import OfMerchant, known
from polygate.core.methods import Method
from polygate.core.payouts import PayoutMethod

if TYPE_CHECKING:
    from polygate.core.merchants import App, Merchant
    from polygate.store.reads import Reads

app = typer.Typer(no_args_is_help=True, help="Apps: a merchant's shops, each with a credential pair of its own.")

METHODS: Final = ", ".join(Method)
PAYOUT_METHODS: Final = ", ".join(PayoutMethod)

AppId = Annotated[str, typer.Argument(help="The app's id, 15 digits.")]
Methods = Annotated[list[str] | None, typer.Option(help=f"Payment method to enable, once for each: {METHODS}.")]
PayoutMethods = Annotated[
    list[str] | None,
    typer.Option(help=f"Kind of account that payouts may go to, once for each: {PAYOUT_METHODS}. Signed API only."),
]


@app.command()
def create(
    *,
    merchant: Annotated[str, typer.Option(help="Whose shop it is: the merchantNo.")],
    name: Annotated[str, typer.Option(help="The shop's name, for operators; payers see the merchant's.")],
    method: Methods = None,
    payout_method: PayoutMethods = None,
    may_initiate: Annotated[
        bool, typer.Option("--may-initiate", help="Let it charge cards without the payer: mitPayment.")
    ] = False,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Add a shop to a merchant, with card payments unless --method says otherwise. Its secret is shown only now."""
    from polygate.operations.new_accounts import create_app

    enabled = checked_methods(method or [Method.CARD])
    paid_to = checked_payout_methods(payout_method or [])
    checked = checked_name(name)
    place = opened.place(data_dir, database_url)

    async def work() -> dict[str, Any]:
        async with place.house() as house:
            owner = await known(house.context.reads, merchant)
            made = await create_app(
                house.context,
                owner,
                name=checked,
                methods=enabled,
                payout_methods=paid_to,
                may_initiate=may_initiate,
            )
            return {
                "appId": made.app.app_id,
                "merchantNo": owner.merchant_no,
                "name": made.app.name,
                "methods": list(made.app.methods),
                "payoutMethods": list(made.app.payout_methods),
                "mayInitiate": made.app.may_initiate,
                "appSecret": made.secret.reveal(),
            }

    made = opened.run(work())
    if as_json:
        printed.json(made)
    else:
        lists = {name: ", ".join(made[name]) for name in ("methods", "payoutMethods")}
        printed.pairs(made | lists)
    printed.talk("keep the secret now: it is not shown again")


@app.command(name="list")
def list_(
    *,
    merchant: OfMerchant = "",
    limit: paging.Limit = 50,
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
    rows = [summary(each, owner) for each, owner in found]
    if as_json:
        printed.json(
            [
                row | {"secretBeforeUntil": printed.moment(each.previous_secret_until_ms)} | lists_of(each)
                for row, (each, _) in zip(rows[:limit], found, strict=False)
            ]
        )
    else:
        cells = [
            (*row.values(), ", ".join(each.allowed_addresses) or "anywhere", ", ".join(each.methods))
            for row, (each, _) in zip(rows[:limit], found, strict=False)
        ]
        headings = (
            "appId",
            "merchantNo",
            "name",
            "enabled",
            "initiates",
            "webhooks to",
            "mode",
            "domain",
            "callers",
            "methods",
        )
        printed.table(headings, cells)
    paging.tell_more(rows, "appId", limit=limit, again="polygate app list --after")


def checked_methods(names: list[str]) -> tuple[str, ...]:
    """Each once, in the order in which they were named. Raises Mistake."""
    unknown = [name for name in names if name not in list(Method)]
    if unknown:
        raise Mistake(f"--method {printed.plain(unknown[0])}: must be one of {METHODS}")
    return tuple(dict.fromkeys(map(str, names)))


def checked_payout_methods(names: list[str]) -> tuple[str, ...]:
    """Likewise for payouts. Raises Mistake."""
    unknown = [name for name in names if name not in list(PayoutMethod)]
    if unknown:
        raise Mistake(f"--payout-method {printed.plain(unknown[0])}: must be one of {PAYOUT_METHODS}")
    return tuple(dict.fromkeys(map(str, names)))


def lists_of(shop: App) -> dict[str, list[str]]:
    """What there can be several of."""
    return {
        "allowedAddresses": list(shop.allowed_addresses),
        "methods": list(shop.methods),
        "payoutMethods": list(shop.payout_methods),
    }


async def known_app(reads: Reads, app_id: str) -> App:
    """The app of an id. Raises Mistake."""
    shop = await reads.app(app_id)
    if shop is None:
        raise Mistake(f"there is no app {printed.plain(app_id)}; `polygate app list` shows them")
    return shop


def summary(shop: App, owner: Merchant | None) -> dict[str, object]:
    return {
        "appId": shop.app_id,
        "merchantNo": owner.merchant_no if owner else "",
        "name": shop.name,
        "enabled": shop.enabled,
        "mayInitiate": shop.may_initiate,
        "subscribeUrl": shop.subscribe_url,
        "mode": "test" if shop.is_test else "live",
        "domain": shop.domain,
    }
