"""The states that an order can be in after what its customer was told, one rule for each way to shop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tests.crashes.orders import ABSENT, Told

_PAID: Final = {"successed": "captured", "authorized": "authorized", "failed": "failed"}


def by_card(told: Sequence[Told], hopes: str, at_last: bool) -> set[str]:
    """One call after the other, or a code that the merchant scanned: the last call decides."""
    states = {ABSENT}
    for each in told:
        states = _after(each, hopes)
    return states - {"capturing", "voiding"} if at_last else states


def _after(told: Told, hopes: str) -> set[str]:
    answer = told.answer
    code = answer["respCode"] if answer else ""
    in_doubt = answer is None or code == "9002"
    match told.call:
        case "payment" if answer is None:
            return {ABSENT, "pending", hopes, "failed"}
        case "payment" if in_doubt:
            return {"pending", hopes, "failed"}
        case "payment" if answer and answer["orderStatus"] == "pending":
            return {"pending"}
        case "payment" if answer:
            return {_PAID[answer["orderStatus"]]}
        case "capture":
            return {"authorized", "capturing", "captured"} if in_doubt else {"captured"}
        case "cancel":
            return {"authorized", "voiding", "canceled"} if in_doubt else {"canceled"}
        case "cashier/order":
            return {ABSENT, "created"} if in_doubt else {"created"}
        case "form":
            return {"created", "pending", "captured", "failed"} if in_doubt else {"pending", "captured"}
        case "refund":
            return {"captured"}
        case _:
            return {"pending", "captured"}


def regretted(told: Sequence[Told], _hopes: str, _at_last: bool) -> set[str]:
    """A payment by card and its cancel at the same time."""
    canceled = {(each.answer or {}).get("respCode") for each in told if each.call == "cancel"}
    paid = {(each.answer or {}).get("orderStatus") for each in told if each.call == "payment"}
    if canceled == {"0000"}:
        return {"canceled"}
    if paid == {"successed"} or canceled == {"3008"}:
        return {"captured"}
    # Neither was answered, or the cancel did not find the order yet.
    return {ABSENT, "pending", "captured", "canceled", "failed"}


def at_wallet(told: Sequence[Told], hopes: str, at_last: bool) -> set[str]:
    """An order that waits for its payer, who may be at the wallet while the merchant cancels or the time runs out."""
    opened = told[0].answer
    if opened is None:
        return {ABSENT, "pending", "failed"}
    if opened["orderStatus"] != "pending" or opened["respCode"] == "9002":
        return {"pending", "failed"}
    canceled = {(each.answer or {}).get("respCode") for each in told if each.call == "cancel"}
    if "0000" in canceled:
        return {"canceled"}
    if "3008" in canceled:
        return {hopes}
    states = {"canceled"} if canceled else set()
    if "press" in _calls(told):
        states |= {hopes}
    if not (at_last and has_chosen(told)):
        states |= {"pending", "expired"} if "time over" in _calls(told) else {"pending"}
    return states


def switched(told: Sequence[Told], _hopes: str, at_last: bool) -> set[str]:
    """The hosted page, where the payer leaves a wallet for the card: one of both takes the money."""
    if told[0].answer is None:
        return {ABSENT, "created"}
    tried, answered = _calls(told), _calls(each for each in told if each.answer)
    if "form" in answered:
        return {"captured"} if at_last else {"pending", "captured"}
    if "choose wallet" not in answered:
        return {"created", "pending"}
    if "press" in tried or "form" in tried:
        return {"created", "pending", "captured"}
    if "leave" in tried:
        return {"created"} if "leave" in answered else {"created", "pending"}
    return {"pending", "created"}


def has_chosen(told: Sequence[Told]) -> bool:
    """Whether the wallet said that it did as the payer pressed."""
    return any(each.call == "press" and each.answer and each.answer["leads"] for each in told)


def _calls(told: Iterable[Told]) -> set[str]:
    return {each.call for each in told}
