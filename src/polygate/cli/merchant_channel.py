"""What `polygate merchant` sets for the Channel API: callback addresses, payout account and limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from polygate.cli import opened, printed
from polygate.cli.merchant import app
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import MerchantNo, known

if TYPE_CHECKING:
    from polygate.core.merchants import ChannelTerms, Limits, Merchant

__all__ = ["app"]


@app.command()
def callbacks(
    merchant_no: MerchantNo,
    *,
    credit: Annotated[
        str | None, typer.Option(help="Where callbacks about collections go that name no address; '' for nowhere.")
    ] = None,
    debit: Annotated[str | None, typer.Option(help="Likewise about payouts.")] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Probe loopback and private addresses too, as in a demo.")
    ] = False,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a merchant's callback addresses, after changing what the options name.

    A new address is probed first: it has to answer a POST of `Test` with status 200.
    """
    from msgspec.structs import replace

    changes = {name: url for name, url in (("credit_url", credit), ("debit_url", debit)) if url is not None}
    place = opened.place(data_dir, database_url)

    async def work() -> Merchant:
        async with place.store() as store:
            merchant = await known(store.reads, merchant_no)
        if not changes:
            return merchant
        await _probe([url for url in changes.values() if url], allow_private=allow_private)
        return await _changed(place, merchant, lambda terms: replace(terms, **changes))

    terms = opened.run(work()).channel
    printed.record({"merchantNo": merchant_no, "credit": terms.credit_url, "debit": terms.debit_url}, as_json)


@app.command(name="payout-account")
def payout_account(
    merchant_no: MerchantNo,
    *,
    name: Annotated[str, typer.Option(help="The holder's name.")] = "",
    account: Annotated[str, typer.Option(help="Account number, with --ifsc; or a UPI address.")] = "",
    ifsc: Annotated[str, typer.Option(help="IFSC code of the account's branch; empty for a UPI address.")] = "",
    bank: Annotated[str, typer.Option(help="The bank's name.")] = "",
    phone: Annotated[str, typer.Option(help="The holder's telephone.")] = "",
    none: Annotated[bool, typer.Option("--none", help="Have none: payouts without a receiver wait.")] = False,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show the account that a merchant's payouts go to which name nobody, after changing it if --account is given."""
    from msgspec.structs import replace

    from polygate.cli.payout import receiver_of, receiver_shown

    receiver = receiver_of(name, account, ifsc, bank, phone) if account else None
    place = opened.place(data_dir, database_url)

    async def work() -> Merchant:
        async with place.store() as store:
            merchant = await known(store.reads, merchant_no)
        if receiver is None and not none:
            return merchant
        return await _changed(place, merchant, lambda terms: replace(terms, receiver=receiver))

    kept = opened.run(work()).channel.receiver
    printed.record({"merchantNo": merchant_no} | receiver_shown(kept), as_json)


@app.command()
def limits(
    merchant_no: MerchantNo,
    *,
    credit: Annotated[
        str | None,
        typer.Option(help="Least and most of a collection in minor units, e.g. 10000:5000000; 0 for no bound."),
    ] = None,
    debit: Annotated[str | None, typer.Option(help="Likewise of a payout.")] = None,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show between which amounts a merchant's orders have to be, after changing what the options name."""
    from msgspec.structs import replace

    wanted = (("credit_limits", "--credit", credit), ("debit_limits", "--debit", debit))
    changes = {field: _limits(option, text) for field, option, text in wanted if text is not None}
    place = opened.place(data_dir, database_url)

    async def work() -> Merchant:
        async with place.store() as store:
            merchant = await known(store.reads, merchant_no)
        return await _changed(place, merchant, lambda terms: replace(terms, **changes)) if changes else merchant

    terms = opened.run(work()).channel
    shown = {"credit": terms.credit_limits, "debit": terms.debit_limits}
    texts = {name: f"{each.least_minor}:{each.most_minor}" for name, each in shown.items()}
    printed.record({"merchantNo": merchant_no} | texts, as_json)


async def _changed(place: opened.Place, merchant: Merchant, change: Callable[[ChannelTerms], ChannelTerms]) -> Merchant:
    from msgspec.structs import replace

    from polygate.operations.administer import change_merchant

    async with place.store() as store:
        return await change_merchant(
            store, merchant, lambda merchant: replace(merchant, channel=change(merchant.channel))
        )


async def _probe(urls: list[str], *, allow_private: bool) -> None:
    from polygate.protocols.channel import is_callback_url
    from polygate.webhooks.addresses import AddressPolicy
    from polygate.webhooks.probe import why_deaf
    from polygate.webhooks.sender import Sender

    async with Sender() as sender:
        for url in urls:
            if not is_callback_url(url):
                raise Mistake(f"{printed.plain(url)} is no address: http or https, at most 512 characters")
            if why := await why_deaf(sender, url, AddressPolicy(allow_private=allow_private)):
                raise Mistake(f"{printed.plain(url)} was not kept: {why}")


def _limits(option: str, text: str) -> Limits:
    from polygate.core.merchants import Limits

    least, _, most = text.partition(":")
    if not (f"{least}{most}".isascii() and least.isdigit() and most.isdigit()):
        raise Mistake(f"{option}: write least and most in minor units, e.g. 10000:5000000")
    if 0 < int(most) < int(least):
        raise Mistake(f"{option}: the least is more than the most")
    return Limits(int(least), int(most))
