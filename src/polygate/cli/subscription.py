"""`polygate subscription`: cards that are charged again and again, and the end of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.mistakes import refusals_told, states
from polygate.cli.owners import OfMerchant, Whose, the_one

if TYPE_CHECKING:
    from polygate.core.merchants import Merchant
    from polygate.core.payments import Payment
    from polygate.core.subscriptions import Subscription
    from polygate.store.reads import Reads

app = typer.Typer(no_args_is_help=True, help="Subscriptions: kept cards that are charged on a schedule.")

Number = Annotated[str, typer.Argument(help="The subscription's id, or a number of its first payment.")]


@app.command(name="list")
def list_(
    *,
    merchant: OfMerchant = "",
    state: Annotated[str, typer.Option(help="Only those in this state, e.g. active, completed or ended.")] = "",
    limit: paging.Limit = 50,
    before: paging.Before = paging.NEWEST,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List subscriptions, the newest first."""
    from polygate.core.subscriptions import Subscription
    from polygate.core.transitions import SubscriptionState
    from polygate.store.listing import Filter

    wanted = Filter(state=states(state, SubscriptionState))
    place = opened.place(data_dir, database_url)

    found = paging.newest(place, Subscription, wanted, _summary, merchant_no=merchant, before=before, limit=limit)
    columns = ("id", "number", "merchantNo", "state", "amount", "cycle", "charges", "next")
    again = "polygate subscription list --before"
    paging.show(opened.run(found), columns, limit=limit, as_json=as_json, again=again, right=("amount",))


@app.command()
def show(
    number: Number,
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a subscription and every charge of it."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[dict[str, Any], list[Payment]]:
        async with place.store() as store:
            reads = store.reads
            found = await _found(reads, number, merchant)
            first = await reads.payment(found.merchant_id, found.payment_id)
            later = await reads.renewals(first) if first and found.agreement_id else []
            owner = await reads.merchant(found.merchant_id)
            return _summary(found, owner) | _more(found), [*([first] if first else []), *later]

    header, payments = opened.run(work())
    charges = [
        {
            "tradeNo": str(payment.payment_id),
            "orderNo": payment.order_no,
            "state": payment.state.value,
            "decline": payment.decline.replace("_", " "),
            "created": printed.moment(payment.created_ms),
        }
        for payment in payments
    ]
    if as_json:
        printed.json(header | {"payments": charges})
        return
    printed.pairs(header)
    typer.echo()
    printed.table(("tradeNo", "orderNo", "state", "decline", "created"), [tuple(row.values()) for row in charges])


@app.command()
def cancel(
    number: Number,
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Charge the card no more. What was charged stays charged."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[Subscription, Merchant | None]:
        from polygate.operations.charge_subscription import cancel_subscription

        async with place.house() as house:
            found = await _found(house.context.reads, number, merchant)
            with refusals_told():
                canceled = await cancel_subscription(house.context, found)
            return canceled, await house.context.reads.merchant(canceled.merchant_id)

    printed.record(_summary(*opened.run(work())), as_json)


def _summary(subscription: Subscription, owner: Merchant | None) -> dict[str, Any]:
    return {
        "id": str(subscription.subscription_id),
        "number": subscription.number,
        "merchantNo": owner.merchant_no if owner else "",
        "state": subscription.state.value,
        "amount": str(subscription.amount),
        "cycle": subscription.cycle.value,
        "charges": f"{subscription.charges_made} of {subscription.charges_total}",
        "next": printed.moment(subscription.due_ms),
    }


def _more(subscription: Subscription) -> dict[str, Any]:
    return {
        "declinesInARow": subscription.declines,
        "firstPayment": str(subscription.payment_id),
        "app": subscription.app_id,
        "protocol": subscription.protocol,
        "began": printed.moment(subscription.anchor_ms),
        "changed": printed.moment(subscription.changed_ms),
        "why": subscription.why,
    }


async def _found(reads: Reads, number: str, merchant_no: str) -> Subscription:
    """The one subscription of a number. Raises Mistake where there is none, or more than one."""
    found = await reads.subscriptions_numbered(number)
    return await the_one(
        reads, found, number, merchant_no, noun="subscription", identity=lambda each: each.subscription_id
    )
