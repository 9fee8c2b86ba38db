"""`polygate payout`: what an operator carries out by hand, where no acquirer does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from polygate.cli import opened, printed
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import Whose
from polygate.cli.payout import Number, change_payout, receiver_of

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer()
"""Merged into the group of `polygate.cli.payout`."""


@app.command(name="take-by-hand")
def take_by_hand(
    number: Number,
    *,
    name: Annotated[str, typer.Option(help="The holder's name, where the payout has no receiver yet.")] = "",
    account: Annotated[str, typer.Option(help="Account number, with --ifsc; or a UPI address.")] = "",
    ifsc: Annotated[str, typer.Option(help="IFSC code of the account's branch; empty for a UPI address.")] = "",
    bank: Annotated[str, typer.Option(help="The bank's name.")] = "",
    phone: Annotated[str, typer.Option(help="The holder's telephone.")] = "",
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Pay it yourself: no acquirer is asked for it any more. Refused once one may have heard of it."""
    from polygate.operations import pay_by_hand

    receiver = receiver_of(name, account, ifsc, bank, phone) if any((name, account, ifsc, bank, phone)) else None
    place = opened.place(data_dir, database_url)
    change_payout(number, merchant, place, as_json, pay_by_hand.take_by_hand, receiver)


@app.command(name="mark-paid")
def mark_paid(
    number: Number,
    *,
    reference: Annotated[str, typer.Option(help="The bank's number of the transfer (UTR): 12 to 35 letters, digits.")],
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say that you paid a payout taken by hand. Its money leaves the balance, and the merchant is told."""
    from polygate.core.by_hand import bank_reference
    from polygate.operations import pay_by_hand

    given = _checked("--reference", reference, bank_reference)
    place = opened.place(data_dir, database_url)
    change_payout(number, merchant, place, as_json, pay_by_hand.mark_paid, given)


@app.command(name="mark-failed")
def mark_failed(
    number: Number,
    *,
    said: Annotated[str, typer.Option(help="Why; the merchant is told.")],
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say that a payout taken by hand could not be paid. Its money is free again, and the merchant is told."""
    from polygate.core.by_hand import what_happened
    from polygate.operations import pay_by_hand

    given = _checked("--said", said, what_happened)
    place = opened.place(data_dir, database_url)
    change_payout(number, merchant, place, as_json, pay_by_hand.mark_failed, given)


@app.command(name="mark-returned")
def mark_returned(
    number: Number,
    *,
    said: Annotated[str, typer.Option(help="What happened.")] = "the receiver's bank sent it back",
    merchant: Whose = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Say that a payout paid by hand came back. Its money is in the balance again, and the merchant is told."""
    from polygate.core.by_hand import what_happened
    from polygate.operations import pay_by_hand

    given = _checked("--said", said, what_happened)
    place = opened.place(data_dir, database_url)
    change_payout(number, merchant, place, as_json, pay_by_hand.mark_returned, given)


def _checked(option: str, text: str, check: Callable[[str], str]) -> str:
    try:
        return check(text)
    except ValueError as wrong:
        raise Mistake(f"{option}: {wrong}") from None
