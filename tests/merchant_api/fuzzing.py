"""What schemathesis is told of the Merchant API beyond its document: what there is, and a claim of our own.

Loaded by its command line as a module of hooks. A check's name is its own among those of all APIs.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any, Final

import msgspec
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from tests.support.fuzz_hooks import is_positive, note, read_known

_numbers: Final = count()
AMOUNT: Final = "1.00"


class Known(msgspec.Struct, frozen=True):
    """What there is on the server."""

    app_id: str
    unique_id: str
    """Of a paid transaction."""


@cache
def known() -> Known:
    return read_known(Known)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Let requests that fit the document get past the first look, and name what there is."""
    if not is_positive(case):
        return
    if isinstance(case.body, dict):
        case.body = real(case.path, case.body)
    elif isinstance(case.body, list):
        case.body = [row | {"uniqueId": known().unique_id} for row in case.body if isinstance(row, dict)]
    if "uniqueId" in (case.path_parameters or {}):
        case.path_parameters["uniqueId"] = known().unique_id
    for name in ("startDate", "endingDate"):
        # Two dates that are chosen apart seldom fit together.
        if name == "endingDate" and "startDate" in (case.query or {}):
            case.query.pop(name, None)


def real(path: str, body: dict[str, Any]) -> dict[str, Any]:
    if path == "/api/refund":
        return body | {"uniqueId": known().unique_id, "amount": "0.01", "refundTransactionId": f"RF-{next(_numbers)}"}
    # Decimals, decline codes and numbers that are used once are more than a schema can say.
    number = f"fuzz-{next(_numbers)}"
    changed = body | {"transactionId": number, "orderId": number, "appId": known().app_id, "amount": AMOUNT}
    changed |= {"currency": "USD", "secure": False}
    products = [item for item in changed.get("productInfos", ()) if isinstance(item, dict)]
    changed["productInfos"] = [item | ({"price": AMOUNT} if "price" in item else {}) for item in products]
    if "transactionMethod" in changed:
        changed["transactionMethod"] = "CreditCard"
    return changed


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    note(case.path, str(response.json()["code"]))


@schemathesis.check
def merchant_reads_what_fits(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A request that fits its schema is not refused for its form."""
    if is_positive(case):
        answer = response.json()
        assert answer["code"] not in {500, 112, 122, 142}, f"{answer['code']} {answer['message']}"
