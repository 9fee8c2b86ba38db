"""What schemathesis is told of the Gateway API beyond its document: real numbers and cards, and two claims of our own.

Loaded by its command line as a module of hooks. A check's name is its own among those of all APIs.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from tests.support.fuzz_hooks import is_positive, note, read_known

FORM: Final = frozenset({"2001", "2002", "2003", "2004", "2010", "2011", "2012"})
"""The codes for requests that do not fit their schema."""
BEYOND_SCHEMAS: Final = ("expiryTime:", "].value:", "no text under this key")
"""What messages say about what a schema cannot: a number's range in text, a value by its `path`, what is kept."""
FUTURE: Final = {"expiryMonth": "12", "expiryYear": "2035"}


class Known(msgspec.Struct, frozen=True):
    """What there is on the server."""

    credentials: dict[str, str]
    card_no: str
    orders: dict[str, str]
    """An order for each path that is about one."""
    tracking_no: str
    identifier: str


@cache
def known() -> Known:
    return read_known(Known)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Let requests that fit the document name things that exist, so that they get past the first look."""
    if is_positive(case) and isinstance(case.body, dict):
        case.body = real(case.path.removeprefix("/gateway/v1/"), case.body)


def real(path: str, body: dict[str, Any]) -> dict[str, Any]:
    if path == "connect/token":
        return body | known().credentials
    changed = dict(body)
    if path in known().orders:
        changed.pop("tradeNo", None)
        changed["orderNo"] = known().orders[path]
    if path in {"shipping/retrieve", "shipping/tracking-modify"}:
        changed["trackingNo"] = known().tracking_no
    if path == "subscriptionPayment":
        changed.pop("cardNo", None)
        changed |= {"transactionIdentifier": known().identifier} | FUTURE
    if isinstance(card := changed.get("card"), dict):
        changed["card"] = card | {"cardNo": known().card_no} | FUTURE
    return changed


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    note(case.path.removeprefix("/gateway/v1/"), response.json()["respCode"])


@schemathesis.check
def what_the_document_allows_is_understood(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A request that fits its schema is not refused for its form."""
    if not is_positive(case):
        return
    answer = response.json()
    beyond = any(words in answer["respMsg"] for words in BEYOND_SCHEMAS)
    assert beyond or answer["respCode"] not in FORM, f"{answer['respCode']} {answer['respMsg']}"


@schemathesis.check
def nothing_else_is_carried_out(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A body that is neither an object nor a list is refused for its shape."""
    if case.media_type == "application/json" and not isinstance(case.body, dict | list) and response.status_code == 200:
        assert response.json()["respCode"] == "2001", response.text
