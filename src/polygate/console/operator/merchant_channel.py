"""What a merchant and the operator agreed on for the Channel API: callbacks, payout account and limits."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace
from starlette.responses import Response

from polygate.console.operator.merchant import MERCHANT, changed, of_merchant
from polygate.console.page import Page
from polygate.console.receiver_form import methods_for, read_receiver, typed, values_of
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.merchants import Limits, Merchant
from polygate.core.money import Money, parse, plain
from polygate.protocols.channel import is_callback_url

_PLACE: Final = "channel"
_URLS: Final = ("credit_url", "debit_url")
_BOUNDS: Final = ("credit_least", "credit_most", "debit_least", "debit_most")


@of_merchant
async def show(visit: Visit, merchant: Merchant) -> Response:
    return _show(visit, merchant, {})


@of_merchant
async def save_callbacks(visit: Visit, merchant: Merchant) -> Response:
    """A new address is asked first whether anybody listens there (Channel API, section 9.1)."""
    urls = {name: visit.form(name) for name in _URLS}
    faults: dict[str, str] = {}
    for name, url in urls.items():
        if url and url != getattr(merchant.channel, name):
            if not is_callback_url(url):
                faults[name] = visit.words("merchants.url_wrong")
            elif why := await visit.context.why_deaf(url):
                faults[name] = visit.words("merchants.url_deaf", why=why)
    if faults:
        return _show(visit, merchant, faults, **urls)
    return await changed(
        visit,
        merchant,
        lambda kept: replace(kept, channel=replace(kept.channel, **urls)),
        "merchant.callbacks_changed",
        place=_PLACE,
    )


@of_merchant
async def save_account(visit: Visit, merchant: Merchant) -> Response:
    faults: dict[str, str] = {}
    receiver = None if "none" in visit.form else read_receiver(visit, visit.context.channel.currency, faults)
    if faults:
        return _show(visit, merchant, faults, receiver=typed(visit))
    return await changed(
        visit,
        merchant,
        lambda kept: replace(kept, channel=replace(kept.channel, receiver=receiver)),
        "merchant.payout_account_changed",
        place=_PLACE,
    )


@of_merchant
async def save_limits(visit: Visit, merchant: Merchant) -> Response:
    currency = visit.context.channel.currency
    texts = {name: visit.form(name) for name in _BOUNDS}
    minor: dict[str, int] = {}
    faults: dict[str, str] = {}
    for name, text in texts.items():
        try:
            minor[name] = parse(text or "0", currency).minor
        except ValueError:
            faults[name] = visit.words("merchants.amount_wrong", currency=currency)
    for name in ("credit", "debit"):
        if 0 < minor.get(f"{name}_most", 0) < minor.get(f"{name}_least", 0):
            faults[f"{name}_most"] = visit.words("merchants.bounds_wrong")
    if faults:
        return _show(visit, merchant, faults, **texts)
    limits = {f"{name}_limits": Limits(minor[f"{name}_least"], minor[f"{name}_most"]) for name in ("credit", "debit")}
    return await changed(
        visit,
        merchant,
        lambda kept: replace(kept, channel=replace(kept.channel, **limits)),
        "merchant.limits_changed",
        place=_PLACE,
    )


def _show(visit: Visit, merchant: Merchant, faults: dict[str, str], **typed_now: Any) -> Response:
    """Each form as it is kept, save for the one that was just filled in."""
    terms, currency = merchant.channel, visit.context.channel.currency
    values: dict[str, Any] = {
        "credit_url": terms.credit_url,
        "debit_url": terms.debit_url,
        "receiver": values_of(terms.receiver),
        "credit_least": _amount(terms.credit_limits.least_minor, currency),
        "credit_most": _amount(terms.credit_limits.most_minor, currency),
        "debit_least": _amount(terms.debit_limits.least_minor, currency),
        "debit_most": _amount(terms.debit_limits.most_minor, currency),
    }
    return visit.show(
        "operator/channel",
        422 if faults else 200,
        merchant=merchant,
        values=values | typed_now,
        faults=faults,
        currency=currency,
        methods=methods_for(visit, currency),
    )


def _amount(minor: int, currency: str) -> str:
    return plain(Money(minor, currency)) if minor else ""


PAGES: Final = (
    Page("GET", f"{MERCHANT}/{_PLACE}", show, Permission.OPERATE),
    Page("POST", f"{MERCHANT}/{_PLACE}/callbacks", save_callbacks, Permission.OPERATE),
    Page("POST", f"{MERCHANT}/{_PLACE}/account", save_account, Permission.OPERATE, needs_code=True),
    Page("POST", f"{MERCHANT}/{_PLACE}/limits", save_limits, Permission.OPERATE),
)
