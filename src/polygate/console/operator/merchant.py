"""One merchant: the account at a glance, name and trade, and whether its calls are answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from msgspec.structs import replace
from starlette.responses import Response

from polygate.console.operator.merchants import MERCHANTS, NAME_MAX_LENGTH, is_mcc, is_name
from polygate.console.page import Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.merchants import Merchant
from polygate.operations.merchant_settings import change_settings

MERCHANT: Final = f"{MERCHANTS}/{{number}}"

OfMerchant = Callable[[Visit, Merchant], Awaitable[Response]]


def of_merchant(handler: OfMerchant) -> Callable[[Visit], Awaitable[Response]]:
    """A handler of an operators' page about the merchant that its path names."""

    async def found(visit: Visit) -> Response:
        merchant = await visit.context.reads.merchant_by_no(visit.part("number"))
        if merchant is None:
            return visit.lost("merchants.gone", MERCHANTS)
        return await handler(visit, merchant)

    return found


def path(merchant: Merchant, place: str = "") -> str:
    """Of an operators' page about a merchant."""
    return f"{MERCHANTS}/{merchant.merchant_no}" + (f"/{place}" if place else "")


@of_merchant
async def show(visit: Visit, merchant: Merchant) -> Response:
    return await _show(visit, merchant, {"name": merchant.name, "mcc": merchant.mcc}, {})


@of_merchant
async def save(visit: Visit, merchant: Merchant) -> Response:
    values = {"name": visit.form("name"), "mcc": visit.form("mcc")}
    faults = {}
    if not is_name(values["name"]):
        faults["name"] = visit.words("merchants.name_wrong", most=NAME_MAX_LENGTH)
    if not is_mcc(values["mcc"]):
        faults["mcc"] = visit.words("merchants.mcc_wrong")
    if faults:
        return await _show(visit, merchant, values, faults)
    return await changed(visit, merchant, lambda kept: replace(kept, **values), "merchant.changed")


@of_merchant
async def disable(visit: Visit, merchant: Merchant) -> Response:
    return await changed(
        visit, merchant, lambda kept: replace(kept, enabled=False), "merchant.disabled", told="merchants.disabled_done"
    )


@of_merchant
async def enable(visit: Visit, merchant: Merchant) -> Response:
    return await changed(
        visit, merchant, lambda kept: replace(kept, enabled=True), "merchant.enabled", told="merchants.enabled_done"
    )


async def changed(
    visit: Visit,
    merchant: Merchant,
    change: Callable[[Merchant], Merchant],
    action: str,
    *,
    told: str = "merchants.saved",
    place: str = "",
) -> Response:
    """The change made, and on to the page that shows it."""
    after = await change_settings(visit.context, visit.actor, merchant, change, action=action)
    return await visit.go(path(after, place), told, name=after.name)


async def _show(visit: Visit, merchant: Merchant, values: dict[str, str], faults: dict[str, str]) -> Response:
    shown: dict[str, Any] = {
        "merchant": merchant,
        "apps": await visit.context.reads.apps(merchant.merchant_id),
        "people": len(await visit.context.reads.users(merchant.merchant_id)),
        "values": values,
        "faults": faults,
    }
    return visit.show("operator/merchant", 422 if faults else 200, **shown)


PAGES: Final = (
    Page("GET", MERCHANT, show, Permission.OPERATE),
    Page("POST", MERCHANT, save, Permission.OPERATE),
    Page("POST", f"{MERCHANT}/disable", disable, Permission.OPERATE),
    Page("POST", f"{MERCHANT}/enable", enable, Permission.OPERATE),
)
