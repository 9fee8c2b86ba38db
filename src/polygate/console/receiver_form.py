"""Whom money goes to, as people type it: for payouts, and for the account that a merchant's payouts go to."""

from __future__ import annotations

from typing import Final

from polygate.console.visit import Visit
from polygate.core.payouts import PayoutMethod, Receiver
from polygate.core.receivers import TEXT_MAX_LENGTH, wrong_in

FIELDS: Final = ("method", "name", "account", "bank_code", "bank_name", "phone")


def methods_for(visit: Visit, currency: str) -> tuple[PayoutMethod, ...]:
    """The kinds of account to which somebody pays out in a currency."""
    offers = visit.context.payout_offers().values()
    return tuple(m for m in PayoutMethod if any(currency in offer.get(m, ()) for offer in offers))


def methods_by_hand(visit: Visit, currency: str) -> tuple[PayoutMethod, ...]:
    """The kinds of account that an operator can pay to: where nobody pays out in a currency, any."""
    return methods_for(visit, currency) or tuple(PayoutMethod)


def values_of(receiver: Receiver | None) -> dict[str, str]:
    """For the form."""
    if receiver is None:
        return dict.fromkeys(FIELDS, "")
    return {field: str(getattr(receiver, field)) for field in FIELDS}


def typed(visit: Visit) -> dict[str, str]:
    """The form, as it was filled in."""
    return {field: visit.form(field) for field in FIELDS}


def read_receiver(visit: Visit, currency: str, faults: dict[str, str], *, by_hand: bool = False) -> Receiver | None:
    """None, with what is wrong in `faults`, where nobody could be paid so."""
    texts = typed(visit)
    methods = methods_by_hand(visit, currency) if by_hand else methods_for(visit, currency)
    method = next((each for each in methods if each == texts["method"]), None)
    if method is None:
        faults["method"] = visit.words("payouts.method_wrong")
        return None
    for field, text in texts.items():
        if len(text) > TEXT_MAX_LENGTH or not text.isprintable():
            faults[field] = visit.words("payouts.text_wrong", most=TEXT_MAX_LENGTH)
    receiver = Receiver(
        method,
        texts["name"],
        texts["account"],
        bank_code=texts["bank_code"] if method is PayoutMethod.BANK_ACCOUNT else "",
        bank_name=texts["bank_name"],
        phone=texts["phone"],
    )
    if wrong := wrong_in(receiver, currency):
        upi = wrong == "account" and method is PayoutMethod.UPI
        faults[wrong] = visit.words("payouts.upi_wrong" if upi else f"payouts.{wrong}_wrong")
    return None if faults else receiver
