"""`polygate merchant`: open accounts, list them, look at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.fees import fee_schedule, fees_shown
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import MerchantNo, known

if TYPE_CHECKING:
    from polygate.core.merchants import App, Merchant

app = typer.Typer(no_args_is_help=True, help="Merchants: account holders with their keys, fees and balances.")

_NAME_MAX_LENGTH: Final = 128
_LIMIT_MAX: Final = 1_000_000


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option(help="The merchant's name, as operators and payers see it.")],
    mcc: Annotated[str, typer.Option(help="Merchant category code, 4 digits (ISO 18245).")] = "5999",
    fee_percent: Annotated[
        str, typer.Option(help="Your share of a captured payment, e.g. 2.9; at most 2 decimals.")
    ] = "0",
    fee_fixed: Annotated[
        list[str] | None,
        typer.Option(help="Fixed part in minor units of a currency: USD:30 is 0.30 USD. Once for each currency."),
    ] = None,
    payout_fee_percent: Annotated[
        str, typer.Option(help="What a payout costs beside its amount: a share of it, e.g. 0.5.")
    ] = "0",
    payout_fee_fixed: Annotated[
        list[str] | None, typer.Option(help="Fixed part of it, as in --fee-fixed. Once for each currency.")
    ] = None,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Open a merchant's account. Its keys are shown now and never again."""
    from polygate.operations.new_accounts import create_merchant

    fees = fee_schedule(fee_percent, fee_fixed or [])
    payout_fees = fee_schedule(payout_fee_percent, payout_fee_fixed or [], option="--payout-fee")
    if not (mcc.isascii() and mcc.isdigit() and len(mcc) == 4):
        raise Mistake("--mcc must be 4 digits")
    checked = checked_name(name)
    place = opened.place(data_dir, database_url)

    async def work() -> dict[str, Any]:
        async with place.house() as house:
            made = await create_merchant(house.context, name=checked, mcc=mcc, fees=fees, payout_fees=payout_fees)
            return {
                "merchantNo": made.merchant.merchant_no,
                "name": made.merchant.name,
                "mcc": made.merchant.mcc,
                "fees": fees_shown(made.merchant),
                "accessKey": made.access_key.reveal(),
                "secretKey": made.secret_key.reveal(),
            }

    _print(opened.run(work()), as_json)
    printed.talk("keep the two keys now: they are not shown again")


@app.command(name="list")
def list_(
    *,
    limit: paging.Limit = 50,
    after: Annotated[str, typer.Option(help="Go on after this merchantNo.")] = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List merchants, the oldest first."""
    place = opened.place(data_dir, database_url)

    async def work() -> list[dict[str, Any]]:
        async with place.store() as store:
            start = (await known(store.reads, after)).merchant_id if after else 0
            return [_summary(each) for each in await store.reads.merchants(after=start, limit=limit + 1)]

    columns = ("merchantNo", "name", "mcc", "enabled", "since")
    again = "polygate merchant list --after"
    paging.show(opened.run(work()), columns, limit=limit, as_json=as_json, again=again)


@app.command()
def show(
    merchant_no: MerchantNo,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a merchant: balances by currency, fees and apps. Secrets are not shown."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[Merchant, dict[tuple[str, str], int], list[App]]:
        async with place.store() as store:
            merchant = await known(store.reads, merchant_no)
            return (
                merchant,
                await store.reads.balances(merchant.merchant_id),
                await store.reads.apps(merchant.merchant_id),
            )

    merchant, sums, apps = opened.run(work())
    header = _summary(merchant) | _keys_before(merchant) | {"fees": fees_shown(merchant)}
    balances = _balances(sums)
    shops = [{"appId": each.app_id, "name": each.name, "methods": list(each.methods)} for each in apps]
    if as_json:
        printed.json(header | {"balances": balances, "apps": shops})
        return
    _print(header, as_json=False)
    typer.echo("\nBalances")
    columns = ("currency", "pending", "available", "paying", "reserved")
    printed.table(columns, [tuple(row[column] for column in columns) for row in balances], right=columns[1:])
    typer.echo("\nApps")
    printed.table(("appId", "name", "methods"), [(s["appId"], s["name"], ", ".join(s["methods"])) for s in shops])


@app.command()
def disable(
    merchant_no: MerchantNo,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Refuse the calls of all its apps, and new payments on their open pages. What was begun is finished and told."""
    _set_enabled(merchant_no, False, opened.place(data_dir, database_url), as_json)


@app.command()
def enable(
    merchant_no: MerchantNo,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Let its apps call again; those disabled by themselves stay so."""
    _set_enabled(merchant_no, True, opened.place(data_dir, database_url), as_json)


@app.command()
def risk(
    merchant_no: MerchantNo,
    *,
    per_card: Annotated[
        int | None, typer.Option(help="Payments an hour with one card; 0 for no limit.", min=0, max=_LIMIT_MAX)
    ] = None,
    per_address: Annotated[
        int | None,
        typer.Option(help="Payments an hour from one payer's address; 0 for no limit.", min=0, max=_LIMIT_MAX),
    ] = None,
    per_app: Annotated[
        int | None, typer.Option(help="Payments an hour of one app; 0 for no limit.", min=0, max=_LIMIT_MAX)
    ] = None,
    authenticate_at: Annotated[
        int | None,
        typer.Option(help="Score from which a card must pass 3-D Secure in mode auto; 0 for never.", min=0, max=100),
    ] = None,
    stop_at: Annotated[int | None, typer.Option(help="Score from which a payment is stopped.", min=1, max=100)] = None,
    always: Annotated[
        bool | None,
        typer.Option(
            "--always/--on-request", help="Check every payment, or those with fraudMode Y. Default: on request."
        ),
    ] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="First go back to the defaults.")] = False,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a merchant's fraud check, after changing what the options name. Running servers follow within a second.

    Only checked payments that were not stopped are counted against the limits. The rules: docs/operating/risk.md.
    """
    from msgspec.structs import asdict, replace

    from polygate.core.risk import RiskPolicy
    from polygate.operations.manage_risk import change_policy

    options = {
        "per_card": per_card,
        "per_address": per_address,
        "per_app": per_app,
        "authenticate_at": authenticate_at,
        "stop_at": stop_at,
        "always": always,
    }
    changes = {name: value for name, value in options.items() if value is not None}
    place = opened.place(data_dir, database_url)

    async def work() -> Merchant:
        async with place.store() as store:
            merchant = await known(store.reads, merchant_no)
            if not changes and not defaults:
                return merchant
            return await change_policy(
                store, merchant, lambda policy: replace(RiskPolicy() if defaults else policy, **changes)
            )

    policy = opened.run(work()).risk
    if as_json:
        printed.json(asdict(policy))
        return
    usual = asdict(RiskPolicy())
    rows = [(f"--{name.replace('_', '-')}", value, usual[name]) for name, value in asdict(policy).items()]
    printed.table(("setting", "value", "default"), rows)


def _set_enabled(merchant_no: str, enabled: bool, place: opened.Place, as_json: bool) -> None:
    from polygate.operations.administer import set_merchant_enabled

    async def work() -> Merchant:
        async with place.store() as store:
            return await set_merchant_enabled(store, await known(store.reads, merchant_no), enabled=enabled)

    printed.record(_summary(opened.run(work())), as_json)


def checked_name(name: str) -> str:
    """A name that can be shown. Raises Mistake."""
    name = name.strip()
    if not 0 < len(name) <= _NAME_MAX_LENGTH or not name.isprintable():
        raise Mistake(f"--name must have 1 to {_NAME_MAX_LENGTH} printable characters")
    return name


def _summary(merchant: Merchant) -> dict[str, Any]:
    return {
        "merchantNo": merchant.merchant_no,
        "name": merchant.name,
        "mcc": merchant.mcc,
        "enabled": merchant.enabled,
        "since": printed.moment(merchant.created_ms),
    }


def _keys_before(merchant: Merchant) -> dict[str, str]:
    """Until when keys go on that were replaced."""
    return {
        "secretKeyBeforeUntil": printed.moment(merchant.previous_secret_key_until_ms),
        "accessKeyBeforeUntil": printed.moment(merchant.previous_access_key_until_ms),
    }


def _balances(sums: dict[tuple[str, str], int]) -> list[dict[str, str]]:
    """Currencies in which the merchant has or owes something."""
    from polygate.core import ledger
    from polygate.core.money import Money, plain

    accounts = {
        "pending": ledger.PENDING,
        "available": ledger.AVAILABLE,
        "paying": ledger.PAYING,
        "reserved": ledger.RESERVED,
    }
    return [
        {"currency": currency}
        | {name: plain(Money(sums.get((account, currency), 0), currency)) for name, account in accounts.items()}
        for currency in sorted({currency for _, currency in sums})
        if any(sums.get((account, currency)) for account in accounts.values())
    ]


def _print(values: dict[str, Any], as_json: bool) -> None:
    if as_json:
        printed.json(values)
        return
    fees = "; ".join(rule if currency == "*" else f"{currency}: {rule}" for currency, rule in values["fees"].items())
    printed.pairs(values | {"fees": fees or "none"})
