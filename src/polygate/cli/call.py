"""`polygate call`: what merchants' servers asked lately, and what they were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import OfMerchant, known

if TYPE_CHECKING:
    from polygate.core.calls import Call
    from polygate.store.opened import Store

app = typer.Typer(no_args_is_help=True, help="Calls: the log of what merchants' servers asked lately, masked.")

_COLUMNS: Final = ("id", "at", "merchantNo", "call", "status", "code", "said", "order", "ms", "from")


@app.command(name="list")
def list_(
    *,
    merchant: OfMerchant = "",
    app_id: Annotated[str, typer.Option("--app", help="Only this app's, by appId.")] = "",
    protocol: Annotated[str, typer.Option(help="Only of this API, e.g. gateway or channel.")] = "",
    order: Annotated[str, typer.Option(help="Only those that named this order.")] = "",
    code: Annotated[str, typer.Option(help="Only those answered with this code.")] = "",
    refused: Annotated[bool, typer.Option("--refused", help="Only those that were refused.")] = False,
    limit: paging.Limit = 50,
    before: paging.Before = paging.NEWEST,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List calls, the newest first. A merchant in parentheses is one that the caller only said to be."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[list[dict[str, Any]], int]:
        async with place.store() as store:
            owner = await known(store.reads, merchant) if merchant else None
            found = await store.reads.calls(
                merchant_id=owner.merchant_id if owner else None,
                before=before,
                limit=limit + 1,
                protocol=protocol,
                app_id=app_id,
                order_no=order,
                code=code,
                refused=True if refused else None,
            )
            oldest = found[limit - 1].call_id if len(found) > limit else 0
            missing = await store.reads.calls_left_out(after=oldest, before=before)
            return [await _summary(store, call) for call in found], missing

    rows, missing = opened.run(work())
    printed.rows(rows[:limit], _COLUMNS, as_json, right=("status", "ms"))
    if missing:
        printed.talk(f"{missing} more were not written down, because too many came at once")
    paging.tell_more(rows, "id", limit=limit, again="polygate call list --before")


@app.command()
def show(
    call_id: Annotated[int, typer.Argument(metavar="ID", help="The call's X-Request-Id, or its id in `call list`.")],
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a call with its request and its answer. Card numbers, codes, keys and tokens are not in it."""
    place = opened.place(data_dir, database_url)

    async def work() -> dict[str, Any]:
        async with place.store() as store:
            call = await store.reads.call(call_id)
            if call is None:
                raise Mistake(f"there is no call {call_id}, or no more; `polygate call list` shows them")
            return await _summary(store, call) | {"request": call.request, "answer": call.answer}

    printed.record(opened.run(work()), as_json)


async def _summary(store: Store, call: Call) -> dict[str, Any]:
    owner = await store.reads.merchant(call.merchant_id)
    merchant_no = owner.merchant_no if owner else ""
    return {
        "id": str(call.call_id),
        "at": printed.moment(call.at_ms),
        "merchantNo": merchant_no if call.proven or not merchant_no else f"({merchant_no})",
        "appId": call.app_id,
        "protocol": call.protocol,
        "call": f"{call.method} {call.path}",
        "status": call.status or "left",
        "code": call.code,
        "said": call.said,
        "refused": call.refused,
        "order": call.order_no,
        "ms": f"{call.duration_us / 1_000:.1f}",
        "from": call.address,
    }
