"""What schemathesis is told of the Channel API beyond its document: how calls are encrypted, and a claim of our own.

Loaded by its command line as a module of hooks. A check's name is its own among those of all APIs.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import msgspec
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from polygate.core.cards import Secret
from polygate.protocols.channel import PREFIX, encrypt
from tests.support.fuzz_hooks import is_positive, note, read_known

PLAIN_OF: Final = {"Credit/Place": "Credit/Set", "Credit/GetV2": "Credit/Get", "Debit/Place": "Debit/Set",
                   "Debit/GetV2": "Debit/Get"}  # fmt: skip
MOST: Final = 10_000
"""Ten thousand payouts of this much leave something of the demo's balance."""


class Known(msgspec.Struct, frozen=True):
    """What there is on the server."""

    merchant_no: str
    access_key: str
    orders: dict[str, dict[str, Any]]
    """The two numbers of one order for each direction."""


_used: Final[set[str]] = set()
"""Numbers of new orders."""


@cache
def known() -> Known:
    return read_known(Known)


def path_of(case: Case[Any]) -> str:
    return case.path.removeprefix(f"{PREFIX}/")


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Let requests that fit the document get past the first look: with the right proof, and about what there is."""
    path = path_of(case)
    case.headers["Authorization"] = known().merchant_no if path in PLAIN_OF else known().access_key
    if not is_positive(case) or not isinstance(case.body, dict):
        return
    if path not in PLAIN_OF:
        case.body = real(path, case.body)
    elif "data" in case.body:
        # What is encrypted is a call in the clear, with the text that stands for it as its number.
        number = "".join(each for each in str(case.body["data"]) if each.isprintable())[:64].strip() or "x"
        inner = real(PLAIN_OF[path], {"amount": 1, "sourceNo": number})
        case.body = case.body | {"data": encrypt(json.dumps(inner), Secret(known().access_key))}


def real(path: str, body: dict[str, Any]) -> dict[str, Any]:
    direction, verb = path.split("/")
    if verb == "Get":
        return {name: value and known().orders[direction].get(name, value) for name, value in body.items()}
    number = body["sourceNo"] if body["sourceNo"] not in _used else f"fuzz {len(_used)}"
    _used.add(number)
    # Decimals are more than a schema can say without binary fractions.
    return body | {"sourceNo": number, "amount": max(round(body["amount"] % MOST, 2), 0.01)}


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    note(path_of(case), str(response.json()["code"]))


@schemathesis.check
def channel_reads_what_fits(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A request that fits its schema is not refused for its form, nor for who sends it."""
    if is_positive(case):
        answer = response.json()
        assert not 1000 < answer["code"] < 1200, f"{answer['code']} {answer['errorDesc']}"
