"""Developers → Requests: the log of calls, and what each refusal means."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec
from starlette.responses import Response

from polygate.console.page import MERCHANT, Page
from polygate.console.paging import FETCHED, PAGE_ROWS, Listing
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.calls import Call
from polygate.protocols.registry import protocols

_PLACE: Final = "developers/requests"
REQUESTS: Final = f"{MERCHANT}/{_PLACE}"
ENDINGS: Final = ("refused", "done")


async def requests(visit: Visit) -> Response:
    ending = visit.query("ending")
    found = await visit.context.reads.calls(
        merchant_id=visit.merchant_id,
        before=visit.before,
        limit=FETCHED,
        protocol=visit.query("protocol"),
        app_id=visit.query("app"),
        order_no=visit.query("order"),
        code=visit.query("code"),
        refused=ending == "refused" if ending in ENDINGS else None,
    )
    oldest = found[PAGE_ROWS - 1].call_id if len(found) > PAGE_ROWS else 0
    return visit.show(
        "requests/list",
        listing=Listing(found, lambda call: call.call_id),
        apis=list(protocols()),
        apps=await visit.context.reads.apps(visit.merchant_id),
        left_out=await visit.context.reads.calls_left_out(after=oldest, before=visit.before),
    )


async def request(visit: Visit) -> Response:
    named = visit.part("call_id")
    known = named.isascii() and named.isdecimal() and len(named) < 20
    call = await visit.context.reads.call(int(named)) if known else None
    if call is None or call.merchant_id != visit.merchant_id:
        return visit.lost("requests.gone", visit.at(_PLACE))
    return visit.show(
        "requests/one", call=call, asked=_pretty(call.request), answered=_pretty(call.answer), meaning=_meaning(call)
    )


def _meaning(call: Call) -> str:
    """What the reference says about the code of a refused call."""
    return _codes(call.protocol).get(call.code, "") if call.refused else ""


@cache
def _codes(protocol: str) -> Mapping[str, str]:
    served = protocols().get(protocol)
    paths: Mapping[str, Any] = served.reference("").document["paths"] if served else {}
    listed = [code for item in paths.values() for operation in item.values() for code in operation.get("x-codes", ())]
    return {str(each["code"]): str(each["about"]) for each in listed}


def _pretty(text: str) -> str:
    try:
        return msgspec.json.format(text, indent=2) if text else ""
    except msgspec.DecodeError:
        return text  # Only its form was kept, or it was cut off.


PAGES: Final = (
    Page("GET", REQUESTS, requests, Permission.VIEW_INTEGRATION),
    Page("GET", f"{REQUESTS}/{{call_id}}", request, Permission.VIEW_INTEGRATION),
)
