"""Lists, a page at a time: how many, from where on, and how one goes on behind the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import printed
from polygate.cli.owners import known

if TYPE_CHECKING:
    from typing import TypeVar

    from polygate.cli.opened import Place
    from polygate.core.agreements import Agreement
    from polygate.core.merchants import Merchant
    from polygate.core.payments import Payment
    from polygate.core.payouts import Payout
    from polygate.core.subscriptions import Subscription
    from polygate.core.webhooks import Webhook
    from polygate.store.listing import Filter

    Row = TypeVar("Row", Agreement, Payment, Payout, Subscription, Webhook)

NEWEST: Final = 2**63 - 1
"""The largest identifier there can be."""

Limit = Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)]
Before = Annotated[int, typer.Option(help="Go on with older ones than this id.", max=NEWEST)]


async def newest(
    place: Place,
    row_type: type[Row],
    wanted: Filter,
    summary: Callable[[Row, Merchant | None], dict[str, Any]],
    *,
    merchant_no: str,
    before: int,
    limit: int,
) -> list[dict[str, Any]]:
    """What `show` prints: summaries of the newest rows, of one merchant or of all. Raises Mistake for one unknown."""
    async with place.store() as store:
        owner = await known(store.reads, merchant_no) if merchant_no else None
        of = owner.merchant_id if owner else None
        found = await store.listing.newest(row_type, wanted, merchant_id=of, before=before, limit=limit + 1)
        return [summary(each, owner or await store.reads.merchant(each.merchant_id)) for each in found]


def show(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    limit: int,
    as_json: bool,
    again: str,
    right: Sequence[str] = (),
) -> None:
    """Print a page of rows; one more of them than `limit` tells that there are more.

    `again` is the command and the option that go on behind the value of the first column.
    """
    printed.rows(rows[:limit], columns, as_json, right=right)
    tell_more(rows, columns[0], limit=limit, again=again)


def tell_more(rows: Sequence[Mapping[str, Any]], column: str, *, limit: int, again: str) -> None:
    if len(rows) > limit:
        printed.talk(f"there are more: {again} {rows[limit - 1][column]}")
