"""`polygate payout`: what was paid out, what waits for its receiver, and what happened to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.mistakes import Mistake, refusals_told, states
from polygate.cli.owners import OfMerchant, Whose, the_one

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Concatenate, ParamSpec

    from polygate.core.merchants import Merchant
    from polygate.core.payouts import Payout, Receiver
    from polygate.operations.audit import Actor
    from polygate.operations.context import Context
    from polygate.operations.timeline import Entry
    from polygate.store.reads import Reads

    Said = ParamSpec("Said")

app = typer.Typer(no_args_is_help=True, help="Payouts: money that leaves merchants' balances.")

Number = Annotated[str, typer.Argument(help="Any number of it: ours, the merchant's or the bank's.")]


@app.command(name="list")
def list_(
    *,
    merchant: OfMerchant = "",
    state: Annotated[str, typer.Option(help="Only waiting, sent, paid, failed or returned.")] = "",
    limit: paging.Limit = 50,
    before: paging.Before = paging.NEWEST,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List payouts, the newest first."""
    from polygate.core.payouts import Payout
    from polygate.core.transitions import PayoutState
    from polygate.store.listing import Filter

    wanted = Filter(state=states(state, PayoutState))
    place = opened.place(data_dir, database_url)

    found = paging.newest(
        place, Payout, wanted, lambda each, _: _summary(each), merchant_no=merchant, before=before, limit=limit
    )
    columns = ("id", "number", "state", "amount", "receiver", "created", "said")
    again = "polygate payout list --before"
    paging.show(opened.run(found), columns, limit=limit, as_json=as_json, again=again, right=("amount",))


@app.command()
def show(
    number: Number,
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a payout's timeline: attempts, facts, postings, webhooks and their tries."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[Payout, Merchant | None, tuple[Entry, ...]]:
        from polygate.operations.timeline import entries_about

        async with place.store() as store:
            payout = await _found(store.reads, number, merchant)
            entries = await entries_about(store.reads, payout.merchant_id, payout.payout_id)
            return payout, await store.reads.merchant(payout.merchant_id), entries

    from polygate.cli.payment import as_data, print_entries

    payout, owner, entries = opened.run(work())
    header = _header(payout, owner)
    if as_json:
        printed.json(header | {"timeline": as_data(entries)})
        return
    printed.pairs(header)
    typer.echo()
    print_entries(entries)


@app.command(name="name-receiver")
def name_receiver(
    number: Number,
    *,
    name: Annotated[str, typer.Option(help="The holder's name.")],
    account: Annotated[str, typer.Option(help="Account number, with --ifsc; or a UPI address.")],
    ifsc: Annotated[str, typer.Option(help="IFSC code of the account's branch; empty for a UPI address.")] = "",
    bank: Annotated[str, typer.Option(help="The bank's name.")] = "",
    phone: Annotated[str, typer.Option(help="The holder's telephone.")] = "",
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say whom a waiting payout goes to. A running server or worker then hands it to the bank."""
    from polygate.operations import pay_out

    receiver = receiver_of(name, account, ifsc, bank, phone)
    place = opened.place(data_dir, database_url)
    change_payout(number, merchant, place, as_json, pay_out.name_receiver, receiver)


@app.command()
def reject(
    number: Number,
    *,
    why: Annotated[str, typer.Option(help="What the merchant is told.")],
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Refuse a payout that waits for its receiver; its money is free again."""
    from polygate.operations import pay_out

    if not why.strip() or not why.isprintable():
        raise Mistake("--why must say something, in printable characters")
    place = opened.place(data_dir, database_url)
    change_payout(number, merchant, place, as_json, pay_out.reject_payout, said=why)


def receiver_of(name: str, account: str, ifsc: str, bank: str, phone: str) -> Receiver:
    """A bank account if there is an IFSC code, else a UPI address. Raises Mistake."""
    from polygate.core.payouts import PayoutMethod, Receiver

    if not name.strip() or not account.strip():
        raise Mistake("--name and --account must be given")
    if not ifsc and account.count("@") != 1:
        raise Mistake("--account must be a UPI address, as in name@bank, or have an --ifsc")
    method = PayoutMethod.BANK_ACCOUNT if ifsc else PayoutMethod.UPI
    return Receiver(method, name, account, bank_code=ifsc, bank_name=bank, phone=phone)


def receiver_shown(receiver: Receiver | None) -> dict[str, str]:
    if receiver is None:
        return {"method": "none"}
    shown = {"method": receiver.method.value, "name": receiver.name, "account": receiver.account}
    return shown | {"bankCode": receiver.bank_code, "bank": receiver.bank_name, "phone": receiver.phone}


def change_payout(
    number: str,
    merchant: str,
    place: opened.Place,
    as_json: bool,
    operation: Callable[Concatenate[Context, Actor, Payout, Said], Awaitable[Payout]],
    *said: Said.args,
    **named: Said.kwargs,
) -> None:
    """Do something to the payout of a number, and print it as it is then. Raises Mistake where it is refused."""
    from polygate.operations.audit import AT_COMMAND_LINE

    async def work() -> Payout:
        async with place.house() as house:
            payout = await _found(house.context.reads, number, merchant)
            with refusals_told():
                return await operation(house.context, AT_COMMAND_LINE, payout, *said, **named)

    printed.record(_summary(opened.run(work())), as_json)


async def _found(reads: Reads, number: str, merchant_no: str) -> Payout:
    """The one payout of a number. Raises Mistake where there is none, or more than one."""
    found = await reads.payouts_numbered(number)
    return await the_one(reads, found, number, merchant_no, noun="payout", identity=lambda payout: payout.payout_id)


def _summary(payout: Payout) -> dict[str, Any]:
    receiver = payout.receiver
    return {
        "id": str(payout.payout_id),
        "number": payout.number,
        "state": payout.state.value,
        "amount": str(payout.amount),
        "receiver": f"{receiver.name}, {receiver.account}" if receiver else "",
        "created": printed.moment(payout.created_ms),
        "reference": payout.reference,
        "said": payout.said.replace("_", " "),
    }


def _header(payout: Payout, owner: Merchant | None) -> dict[str, Any]:
    """What one wants to know first."""
    return _summary(payout) | {
        "fee": str(payout.fee) if payout.fee_minor else "",
        "merchant": f"{owner.merchant_no} {owner.name}" if owner else str(payout.merchant_id),
        "app": payout.app_id,
        "protocol": payout.protocol,
        "acquirer": payout.acquirer,
        "paid": printed.moment(payout.paid_ms),
        "closed": printed.moment(payout.closed_ms),
        "looksAgain": printed.moment(payout.due_ms),
    }
