"""All merchants: find one, and open the account of a new one."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from starlette.responses import Response

from polygate.console.operator.fee_form import ALL_OTHERS, read_percent
from polygate.console.page import OPERATOR, Page
from polygate.console.paging import FETCHED, Listing
from polygate.console.visit import Visit
from polygate.core import ids
from polygate.core.access import Permission
from polygate.core.ids import MerchantId
from polygate.core.merchants import FeeRule
from polygate.core.methods import Method
from polygate.operations.open_account import OpenedBefore, open_account

MERCHANTS: Final = f"{OPERATOR}/merchants"
NAME_MAX_LENGTH: Final = 128
_TEXT_MAX_LENGTH: Final = 128
_FORM_LIFE_MS: Final = 86_400_000
"""A form that was opened longer ago makes nothing."""
_MCC: Final = re.compile("[0-9]{4}")


async def merchants(visit: Visit) -> Response:
    text = visit.query("find")[:_TEXT_MAX_LENGTH]
    found = await visit.context.store.operating.merchants(text, before=visit.before, limit=FETCHED)
    return visit.show("operator/merchants", listing=Listing(found, lambda merchant: merchant.merchant_id), text=text)


async def show_new(visit: Visit) -> Response:
    return _new(visit, _Said(methods=tuple(map(str, Method))), {})


async def create(visit: Visit) -> Response:
    """The keys are on the answer itself: they are shown once."""
    said = _Said(
        name=visit.form("name"),
        mcc=visit.form("mcc"),
        app_name=visit.form("app_name"),
        fee=visit.form("fee"),
        payout_fee=visit.form("payout_fee"),
        methods=tuple(str(method) for method in Method if method in visit.form.all("method")),
    )
    faults = {}
    for field in ("name", "app_name"):
        if not is_name(getattr(said, field)):
            faults[field] = visit.words("merchants.name_wrong", most=NAME_MAX_LENGTH)
    if not is_mcc(said.mcc):
        faults["mcc"] = visit.words("merchants.mcc_wrong")
    fees = {field: _fees(visit, field, getattr(said, field), faults) for field in ("fee", "payout_fee")}
    if not said.methods:
        faults["method"] = visit.words("merchants.method_wrong")
    merchant_id = _number_of_form(visit)
    if faults or not merchant_id:
        return _new(visit, said, faults)
    try:
        made = await open_account(
            visit.context,
            visit.actor,
            merchant_id=MerchantId(merchant_id),
            name=said.name,
            mcc=said.mcc,
            fees=fees["fee"],
            payout_fees=fees["payout_fee"],
            app_name=said.app_name,
            methods=said.methods,
        )
    except OpenedBefore as before:
        return await visit.go(f"{MERCHANTS}/{before.merchant_no}", "merchants.opened_before", kind="bad")
    return visit.show(
        "operator/new_keys",
        merchant=made.merchant.merchant,
        secret_key=made.merchant.secret_key.reveal(),
        access_key=made.merchant.access_key.reveal(),
        app=made.app.app,
        app_secret=made.app.secret.reveal(),
    )


def is_name(text: str) -> bool:
    return 0 < len(text) <= NAME_MAX_LENGTH and text.isprintable()


def is_mcc(text: str) -> bool:
    """A merchant category code (ISO 18245)."""
    return _MCC.fullmatch(text) is not None


class _Said(msgspec.Struct, frozen=True):
    """The form, as it was filled in."""

    name: str = ""
    mcc: str = ""
    app_name: str = ""
    fee: str = ""
    payout_fee: str = ""
    methods: tuple[str, ...] = ()


def _new(visit: Visit, said: _Said, faults: dict[str, str]) -> Response:
    status = 422 if visit.form("number") else 200
    return visit.show(
        "operator/new_merchant", status, said=said, faults=faults, methods=tuple(Method), number=visit.context.mint()
    )


def _number_of_form(visit: Visit) -> int:
    """The identifier that came with the form, so that sending it twice opens one account; 0 if it is too old."""
    text = visit.form("number")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(ids.LAST)) + 1 else 0
    return number if visit.now_ms - _FORM_LIFE_MS < ids.made_at_ms(number) <= visit.now_ms + _FORM_LIFE_MS else 0


def _fees(visit: Visit, field: str, text: str, faults: dict[str, str]) -> dict[str, FeeRule]:
    try:
        basis_points = read_percent(text)
    except ValueError:
        faults[field] = visit.words("merchants.fault_percent")
        return {}
    return {ALL_OTHERS: FeeRule(basis_points)} if basis_points else {}


PAGES: Final = (
    Page("GET", MERCHANTS, merchants, Permission.OPERATE),
    Page("GET", f"{MERCHANTS}/new", show_new, Permission.OPERATE),
    Page("POST", f"{MERCHANTS}/new", create, Permission.OPERATE, needs_code=True),
)
