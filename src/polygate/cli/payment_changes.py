"""`polygate payment`: what an operator writes down about a payment, or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from polygate.cli import opened, printed
from polygate.cli.mistakes import Mistake, refusals_told
from polygate.cli.payment import Number, Owner, found_payment

if TYPE_CHECKING:
    from polygate.core.chargebacks import Chargeback
    from polygate.core.money import Money
    from polygate.core.payments import Payment

app = typer.Typer()
"""Merged into the group of `polygate.cli.payment`."""

_TEXT_MAX = 255


@app.command()
def chargeback(
    number: Number,
    *,
    case: Annotated[str, typer.Option(help="The acquirer's number of the case; told twice, it is recorded once.")],
    amount: Annotated[str, typer.Option(help="In the payment's currency; by default all that is left of it.")] = "",
    reason: Annotated[str, typer.Option(help="Why, as the acquirer says.")] = "",
    merchant: Owner = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Record that the payer got money back through their bank. The merchant owes it, and is told where its API can."""
    _check_text("--case", case, is_needed=True)
    _check_text("--reason", reason)
    place = opened.place(data_dir, database_url)

    async def work() -> Chargeback:
        from polygate.operations.charge_back import charge_back

        async with place.house() as house:
            payment = await found_payment(house.context.reads, number, merchant)
            first = await house.context.reads.chargeback_by_case(payment.merchant_id, payment.payment_id, case)
            # Told again without an amount, it is the same case.
            wanted = first.amount if first and not amount else _amount(payment, amount)
            with refusals_told():
                return await charge_back(house.context, payment, wanted, case_no=case, reason=reason)

    recorded = opened.run(work())
    shown = {
        "chargeback": str(recorded.chargeback_id),
        "payment": str(recorded.payment_id),
        "case": recorded.case_no,
        "amount": str(recorded.amount),
        "reason": recorded.reason,
        "recorded": printed.moment(recorded.created_ms),
    }
    printed.record(shown, as_json)


@app.command()
def close(
    number: Number,
    *,
    merchant: Owner = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Close an order that nobody has paid. The payer's page says so, and the merchant is told."""
    place = opened.place(data_dir, database_url)

    async def work() -> Payment:
        from polygate.operations.close_others import close_unpaid

        async with place.house() as house:
            payment = await found_payment(house.context.reads, number, merchant)
            with refusals_told():
                return await close_unpaid(house.context, payment)

    closed = opened.run(work())
    shown = {"tradeNo": str(closed.payment_id), "orderNo": closed.order_no, "state": closed.state.value}
    printed.record(shown, as_json)


def _amount(payment: Payment, text: str) -> Money:
    from polygate.core.money import parse

    if not text:
        amount = payment.refundable
    else:
        try:
            amount = parse(text, payment.currency)
        except ValueError as error:
            raise Mistake(f"--amount {printed.plain(text)}: {error}") from None
    if amount.minor <= 0:
        raise Mistake("nothing is left of this payment" if not text else "--amount must be more than zero")
    return amount


def _check_text(option: str, text: str, *, is_needed: bool = False) -> None:
    if (is_needed and not text.strip()) or (text and not text.isprintable()) or len(text) > _TEXT_MAX:
        raise Mistake(f"{option} must be printable, and at most {_TEXT_MAX} characters")
