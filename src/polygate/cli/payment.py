"""`polygate payment`: the latest payments, and the whole life of one on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.mistakes import states
from polygate.cli.owners import OfMerchant, the_one

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polygate.core.merchants import Merchant
    from polygate.core.payments import Payment
    from polygate.operations.timeline import Entry, Timeline
    from polygate.store.reads import Reads

app = typer.Typer(no_args_is_help=True, help="Payments: the latest ones, and what happened to one.")

Number = Annotated[str, typer.Argument(help="The payment's tradeNo, or the merchant's orderNo.")]
Owner = Annotated[str, typer.Option(help="Whose orderNo it is, where several merchants use it.")]

_COLORS: Final = {
    "request": "bold",
    "attempt": "cyan",
    "fact": "green",
    "posting": "yellow",
    "refund": "magenta",
    "webhook": "blue",
    "try": "dim",
}


@app.command(name="list")
def list_(
    *,
    merchant: OfMerchant = "",
    state: Annotated[str, typer.Option(help="Only those in this state, e.g. pending, authorized or captured.")] = "",
    limit: paging.Limit = 50,
    before: Annotated[
        int, typer.Option(help="Go on with older ones than this tradeNo.", max=paging.NEWEST)
    ] = paging.NEWEST,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List payments, the newest first."""
    from polygate.core.payments import Payment
    from polygate.core.transitions import PaymentState
    from polygate.store.listing import Filter

    wanted = Filter(state=states(state, PaymentState))
    place = opened.place(data_dir, database_url)

    found = paging.newest(place, Payment, wanted, _summary, merchant_no=merchant, before=before, limit=limit)
    columns = ("tradeNo", "orderNo", "merchantNo", "state", "amount", "method", "created")
    again = "polygate payment list --before"
    paging.show(opened.run(found), columns, limit=limit, as_json=as_json, again=again, right=("amount",))


@app.command()
def show(
    number: Number,
    merchant: Owner = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a payment's timeline: request, attempts, facts, postings, refunds, webhooks and their tries. All masked."""
    place = opened.place(data_dir, database_url)

    async def work() -> Timeline:
        from polygate.operations.timeline import timeline_of

        async with place.store() as store:
            return await timeline_of(store.reads, await found_payment(store.reads, number, merchant))

    timeline = opened.run(work())
    if as_json:
        _print_json(timeline)
    else:
        _print(timeline)


async def found_payment(reads: Reads, number: str, merchant_no: str) -> Payment:
    """The one payment of a number. Raises Mistake where there is none, or more than one."""
    return await the_one(
        reads,
        await reads.payments_numbered(number),
        number,
        merchant_no,
        noun="payment",
        identity=lambda payment: payment.payment_id,
        identity_name="tradeNo",
        number_name="with tradeNo or orderNo",
    )


def _summary(payment: Payment, owner: Merchant | None) -> dict[str, Any]:
    return {
        "tradeNo": str(payment.payment_id),
        "orderNo": payment.order_no,
        "merchantNo": owner.merchant_no if owner else "",
        "state": payment.state.value,
        "amount": str(payment.asked),
        "method": payment.method,
        "created": printed.moment(payment.created_ms),
    }


def _print(timeline: Timeline) -> None:
    from polygate.cli.timeline import header

    printed.pairs(header(timeline))
    typer.echo()
    print_entries(timeline.entries)


def print_entries(entries: Sequence[Entry]) -> None:
    """A line for each."""
    from rich.text import Text

    from polygate.cli.timeline import event_of

    rows = []
    day = ""
    for event in map(event_of, entries):
        date, _, time = printed.moment(event.at_ms).partition(" ")
        rows.append(
            (
                date if date != day else "",
                time,
                Text(event.kind, style=_COLORS[event.kind]),
                event.title,
                event.said,
            )
        )
        day = date
    printed.table(("date", "time", "what", "", ""), rows)


def _print_json(timeline: Timeline) -> None:
    from polygate.cli.timeline import header

    printed.json(header(timeline) | {"timeline": as_data(timeline.entries)})


def as_data(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What `--json` prints of a timeline."""
    from polygate.cli.timeline import event_of

    return [
        {"at": printed.moment(event.at_ms), "what": event.kind, "data": event.data} for event in map(event_of, entries)
    ]
