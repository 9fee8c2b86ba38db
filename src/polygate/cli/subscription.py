"""`polygate subscription`: cards that are charged again and again, and the end of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, printed
from polygate.cli.merchant import known
from polygate.cli.mistakes import Mistake, states

if TYPE_CHECKING:
    from polygate.core.merchants import Merchant
    from polygate.core.payments import Payment
    from polygate.core.subscriptions import Subscription
    from polygate.store.reads import Reads

app = typer.Typer(no_args_is_help=True, help="Subscriptions: kept cards that are charged on a schedule.")

Number = Annotated[str, typer.Argument(help="The subscription's id, or a number of its first payment.")]
Owner = Annotated[str, typer.Option(help="Whose number it is, where several merchants use it.")]

_NEWEST: Final = 2**63 - 1


@app.command(name="list")
def list_(
    *,
    merchant: Annotated[str, typer.Option(help="Only this merchant's, by merchantNo.")] = "",
    state: Annotated[str, typer.Option(help="Only those in this state, e.g. active, completed or ended.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 50,
    before: Annotated[int, typer.Option(help="Go on with older ones than this id.", max=_NEWEST)] = _NEWEST,
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

    async def work() -> list[dict[str, Any]]:
        async with place.store() as store:
            owner = await known(store.reads, merchant) if merchant else None
            found = await store.listing.newest(
                Subscription,
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
        columns = ("id", "number", "merchantNo", "state", "amount", "cycle", "charges", "next")
        printed.table(columns, [tuple(row[column] for column in columns) for row in rows], right=("amount",))
    if len(found) > limit:
        printed.talk(f"there are more: polygate subscription list --before {rows[-1]['id']}")


@app.command()
def show(
    number: Number,
    merchant: Owner = "",
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
    merchant: Owner = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Charge the card no more. What was charged stays charged."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[Subscription, Merchant | None]:
        from polygate.core.refusals import Refused
        from polygate.operations.charge_subscription import cancel_subscription

        async with place.house() as house:
            found = await _found(house.context.reads, number, merchant)
            try:
                canceled = await cancel_subscription(house.context, found)
            except Refused as refused:
                raise Mistake(refused.said) from None
            return canceled, await house.context.reads.merchant(canceled.merchant_id)

    canceled, owner = opened.run(work())
    shown = _summary(canceled, owner)
    if as_json:
        printed.json(shown)
    else:
        printed.pairs(shown)


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
    if merchant_no:
        owner = await known(reads, merchant_no)
        found = [each for each in found if each.merchant_id == owner.merchant_id]
    if not found:
        raise Mistake(f"there is no subscription {printed.plain(number)}; `polygate subscription list` shows them")
    if len(found) > 1:
        listed = ", ".join(str(each.subscription_id) for each in found)
        raise Mistake(f"several subscriptions have this number, give the id of one or --merchant: {listed}")
    return found[0]
