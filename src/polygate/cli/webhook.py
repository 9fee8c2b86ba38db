"""`polygate webhook`: what merchants were told, how every try went, and telling them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.mistakes import Mistake, states
from polygate.cli.owners import OfMerchant

if TYPE_CHECKING:
    from polygate.core.merchants import Merchant
    from polygate.core.webhooks import Webhook, WebhookTry
    from polygate.store.opened import Store

app = typer.Typer(no_args_is_help=True, help="Webhooks: the outbox, every try to deliver, and sending again.")


@app.command(name="list")
def list_(
    *,
    merchant: OfMerchant = "",
    state: Annotated[
        str, typer.Option(help="Only waiting, delivered, given_up, no_address, in_answer or replaced.")
    ] = "",
    limit: paging.Limit = 50,
    before: paging.Before = paging.NEWEST,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List webhooks, the newest first.

    Their kinds are our own names for what happened, whichever API tells of it: with a PaymentCaptured, the Gateway API
    tells orderStatus successed. `webhook show` has the body.
    """
    from polygate.core.webhooks import Webhook, WebhookState
    from polygate.store.listing import Filter

    wanted = Filter(state=states(state, WebhookState))
    place = opened.place(data_dir, database_url)

    found = paging.newest(place, Webhook, wanted, _summary, merchant_no=merchant, before=before, limit=limit)
    columns = ("id", "merchantNo", "kind", "state", "tries", "at", "nextTry", "payment", "url")
    again = "polygate webhook list --before"
    paging.show(opened.run(found), columns, limit=limit, as_json=as_json, again=again, right=("tries",))


@app.command()
def show(
    webhook_id: Annotated[int, typer.Argument(metavar="ID", help="The webhook's id, from `webhook list`.")],
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a webhook: its body and every try to deliver it."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[dict[str, Any], list[WebhookTry]]:
        async with place.store() as store:
            webhook = await _known(store, webhook_id)
            summary = _summary(webhook, await store.reads.merchant(webhook.merchant_id))
            tries = await store.reads.webhook_tries(webhook.merchant_id, webhook_id)
            return summary | {"body": webhook.body}, tries

    webhook, tries = opened.run(work())
    rows = [try_shown(each) for each in tries]
    if as_json:
        printed.json(webhook | {"triesMade": rows})
        return
    printed.pairs(webhook | {"body": webhook["body"] or "written at the first try"})
    columns = ("try", "at", "url", "status", "ms", "said")
    printed.table(columns, [tuple(row.values()) for row in rows], right=("try", "status", "ms"))


@app.command()
def resend(
    webhook_ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Ids of webhooks, from `webhook list`.")],
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Make webhooks due now, also delivered and given-up ones. A running server or worker then sends them."""
    place = opened.place(data_dir, database_url)

    async def work() -> list[dict[str, str]]:
        async with place.store() as store:
            for webhook_id in webhook_ids:  # All of them are known before any is touched.
                await _known(store, webhook_id)
            return [await _make_due(store, webhook_id) for webhook_id in dict.fromkeys(webhook_ids)]

    done = opened.run(work())
    if as_json:
        printed.json(done)
    else:
        printed.table(("id", "kind", "was", "now"), [tuple(row.values()) for row in done])
    of = done[0]["id"] if len(done) == 1 else "ID"
    printed.talk(f"a running server or worker sends them within a second; polygate webhook show {of} tells the answer")


async def _make_due(store: Store, webhook_id: int) -> dict[str, str]:
    from polygate.operations.context import wall_clock
    from polygate.operations.tell_again import KeepsChanging, tell_again

    try:
        was = await tell_again(store, await _known(store, webhook_id), now_ms=wall_clock())
    except KeepsChanging as error:
        raise Mistake(str(error)) from None
    return {"id": str(webhook_id), "kind": was.kind, "was": was.state.value, "now": "due"}


def try_shown(made: WebhookTry) -> dict[str, Any]:
    """One try, as lists show it."""
    return {
        "try": made.try_no,
        "at": printed.moment(made.at_ms),
        "url": made.url,
        "status": made.status or "",
        "ms": made.duration_ms,
        "said": made.error or made.answer,
    }


def _summary(webhook: Webhook, owner: Merchant | None) -> dict[str, Any]:
    return {
        "id": str(webhook.webhook_id),
        "merchantNo": owner.merchant_no if owner else "",
        "kind": webhook.kind,
        "state": webhook.state.value,
        "tries": webhook.tries,
        "at": printed.moment(webhook.at_ms),
        "nextTry": printed.moment(webhook.due_ms),
        "payment": str(webhook.payment_id),
        "refund": str(webhook.refund_id) if webhook.refund_id else "",
        "url": webhook.url,
    }


async def _known(store: Store, webhook_id: int) -> Webhook:
    webhook = await store.reads.webhook_by_id(webhook_id)
    if webhook is None:
        raise Mistake(f"there is no webhook {webhook_id}; `polygate webhook list` shows them")
    return webhook
