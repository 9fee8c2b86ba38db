"""`polygate payment`: the latest payments, and the whole life of one on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, printed
from polygate.cli.merchant import known
from polygate.cli.mistakes import Mistake, states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polygate.core.merchants import Merchant
    from polygate.core.payments import Payment
    from polygate.operations.timeline import Entry, Timeline
    from polygate.store.reads import Reads

app = typer.Typer(no_args_is_help=True, help="Payments: the latest ones, and what happened to one.")

_NEWEST: Final = 2**63 - 1

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
    merchant: Annotated[str, typer.Option(help="Only this merchant's, by merchantNo.")] = "",
    state: Annotated[str, typer.Option(help="Only those in this state, e.g. pending, authorized or captured.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 50,
    before: Annotated[int, typer.Option(help="Go on with older ones than this tradeNo.", max=_NEWEST)] = _NEWEST,
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

    async def work() -> list[dict[str, str]]:
        async with place.store() as store:
            owner = await known(store.reads, merchant) if merchant else None
            found = await store.listing.newest(
                Payment,
                wanted,
                merchant_id=owner.merchant_id if owner else None,
                before=before,
                limit=limit + 1,
            )
            return [_summary(each, owner or await store.reads.merchant(each.merchant_id)) for each in found]

    found = opened.run(work())
    rows = found[:limit]
    if as_json:
        printed.json(rows)
    else:
        columns = ("tradeNo", "orderNo", "merchantNo", "state", "amount", "method", "created")
        printed.table(columns, [tuple(row[column] for column in columns) for row in rows], right=("amount",))
    if len(found) > limit:
        printed.talk(f"there are more: polygate payment list --before {rows[-1]['tradeNo']}")


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="The payment's tradeNo, or the merchant's orderNo.")],
    merchant: Annotated[str, typer.Option(help="Whose orderNo it is, where several merchants use it.")] = "",
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
    found = await reads.payments_numbered(number)
    if merchant_no:
        owner = await known(reads, merchant_no)
        found = [payment for payment in found if payment.merchant_id == owner.merchant_id]
    if not found:
        raise Mistake(
            f"there is no payment with tradeNo or orderNo {printed.plain(number)}; `polygate payment list` shows them"
        )
    if len(found) > 1:
        owners = [await reads.merchant(payment.merchant_id) for payment in found]
        listed = ", ".join(
            f"{payment.payment_id} (merchant {owner.merchant_no if owner else '?'}, {payment.protocol})"
            for payment, owner in zip(found, owners, strict=True)
        )
        raise Mistake(f"several payments have this number, give the tradeNo of one or --merchant: {listed}")
    return found[0]


def _summary(payment: Payment, owner: Merchant | None) -> dict[str, str]:
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
