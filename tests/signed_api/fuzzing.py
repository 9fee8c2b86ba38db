"""What schemathesis is told of the Signed API beyond its document: how calls are signed, and two claims of our own.

Loaded by its command line as a module of hooks. A check's name is its own among those of all APIs.
"""

from __future__ import annotations

import secrets
import time
from functools import cache
from typing import Any, Final

import msgspec
import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis import Case, CheckContext, HookContext, Response

from polygate.protocols.signed import PREFIXES
from polygate.protocols.signed.methods import COUNTRIES, PAY_TYPES
from tests.signed_api.client import v2_sign
from tests.support.fuzz_hooks import is_positive, note, read_known

FORM: Final = frozenset({"Request.InvalidJson", "Parameter.Missing", "Parameter.Invalid", "Amount.Invalid"})
MOST: Final = 10_000
"""Ten thousand payouts of this much leave something of the demo's balance."""


class Known(msgspec.Struct, frozen=True):
    """What there is on the server."""

    app_id: str
    secret: str
    names: dict[str, dict[str, str]]
    """The two numbers of one payment, payout and refund."""


_used: Final[set[str]] = set()
"""Numbers of new trades and refunds."""


@cache
def known() -> Known:
    return read_known(Known)


class Signature(AuthBase):
    """Over the very bytes that are about to be sent."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body: Any = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        now, nonce = str(time.time_ns() // 1_000_000), secrets.token_hex(16)
        sign = v2_sign(known().app_id, known().secret, str(request.method), str(request.url), now, nonce, body=raw)
        proof = f"appId={known().app_id},sign={sign},timestamp={now},nonce={nonce}"
        request.headers["Authorization"] = f"V2_SHA256 {proof}"
        return request


schemathesis.auth.set_from_requests(Signature())  # type: ignore[attr-defined]


def path_of(case: Case[Any]) -> str:
    prefix = next(prefix for prefix in reversed(PREFIXES) if case.path.startswith(f"{prefix}/"))
    return str(case.path.removeprefix(f"{prefix}/"))


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Let requests that fit the document name what there is, and ask for what can be carried out."""
    if is_positive(case) and isinstance(case.body, dict):
        case.body = real(path_of(case), case.body)


def real(path: str, body: dict[str, Any]) -> dict[str, Any]:
    noun, verb = path.split("/")
    if noun == "balance":
        return body
    if verb == "query":
        return {name: value and known().names[noun].get(name, value) for name, value in body.items()}
    changed = dict(body)
    name = "merchantRefundNo" if noun == "refund" else "merchantTradeNo"
    if changed[name] in _used:
        changed[name] = f"fuzz-{len(_used)}"
    _used.add(changed[name])
    whole, _, cents = changed["amount"].partition(".")
    changed["amount"] = f"{int(whole) % MOST or 1}.{cents or '0'}"
    if noun == "refund":
        changed |= {"paymentNo": known().names["payment"]["paymentNo"], "amount": "0.01"}
    elif noun == "payment":
        changed["currency"] = PAY_TYPES[changed["payMethod"]["type"]].currency
    else:
        kind = changed["payoutMethod"]["type"]
        changed["currency"] = next(code for code, (_, kinds) in COUNTRIES.items() if kind in kinds)
        # A schema of one object for all types cannot hold the addresses to their forms.
        changed["payoutMethod"] = changed["payoutMethod"] | {"vpa": "asha@upi", "pixKeyType": "EVP", "mode": "NEFT"}
    return changed


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    note(path_of(case), response.json()["code"])


@schemathesis.check
def signed_reads_what_fits(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A request that fits its schema is not refused for its form, nor for who sends it."""
    if is_positive(case):
        answer = response.json()
        assert response.status_code == 200, response.text
        assert answer["code"].removeprefix("Common.") not in FORM, f"{answer['code']} {answer['errorMessage']}"


@schemathesis.check
def answers_are_signed(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Every 200, by the method and the address that were asked."""
    if response.status_code != 200:
        return
    said = dict(pair.split("=", 1) for pair in response.headers["authorization"][0].partition(" ")[2].split(","))
    url = str(response.request.url)
    lines = said["appId"], known().secret, "POST", url, said["timestamp"], said["nonce"]
    assert said["sign"] == v2_sign(*lines, body=response.content)
