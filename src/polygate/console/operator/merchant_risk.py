"""A merchant's fraud check: how often payers may pay, and what the score decides (`docs/operating/risk.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec.structs import asdict, replace
from starlette.responses import Response

from polygate.console.operator.merchant import MERCHANT, changed, of_merchant
from polygate.console.page import Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.merchants import Merchant
from polygate.core.risk import MAX_SCORE, RiskPolicy

LIMIT_MOST: Final = 1_000_000
_BOUNDS: Final = {
    "per_card": (0, LIMIT_MOST),
    "per_address": (0, LIMIT_MOST),
    "per_app": (0, LIMIT_MOST),
    "authenticate_at": (0, MAX_SCORE),
    "stop_at": (1, MAX_SCORE),
}


@of_merchant
async def show(visit: Visit, merchant: Merchant) -> Response:
    return _show(visit, merchant, {name: str(value) for name, value in asdict(merchant.risk).items()}, {})


@of_merchant
async def save(visit: Visit, merchant: Merchant) -> Response:
    values = {name: visit.form(name) for name in _BOUNDS}
    numbers: dict[str, int] = {}
    faults = {}
    for name, (least, most) in _BOUNDS.items():
        text = values[name]
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(LIMIT_MOST)) else -1
        if least <= number <= most:
            numbers[name] = number
        else:
            faults[name] = visit.words("merchants.number_wrong", least=least, most=visit.count(most))
    always = visit.form("always") == "yes"
    if faults:
        return _show(visit, merchant, values | {"always": str(always)}, faults)
    policy = RiskPolicy(**numbers, always=always)
    return await changed(
        visit, merchant, lambda kept: replace(kept, risk=policy), "merchant.risk_changed", place="risk"
    )


def _show(visit: Visit, merchant: Merchant, values: Mapping[str, str], faults: dict[str, str]) -> Response:
    usual = asdict(RiskPolicy())
    return visit.show(
        "operator/risk", 422 if faults else 200, merchant=merchant, values=values, usual=usual, faults=faults,
        bounds=_BOUNDS,
    )  # fmt: skip


PAGES: Final = (
    Page("GET", f"{MERCHANT}/risk", show, Permission.OPERATE),
    Page("POST", f"{MERCHANT}/risk", save, Permission.OPERATE),
)
