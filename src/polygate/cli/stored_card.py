"""`polygate stored-card`: the agreements under which merchants may charge kept cards, and ending one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.mistakes import Mistake, states
from polygate.cli.owners import OfMerchant

if TYPE_CHECKING:
    from polygate.core.agreements import Agreement
    from polygate.core.merchants import Merchant
    from polygate.store.reads import Reads

app = typer.Typer(no_args_is_help=True, help="Stored cards: what payers agreed to, without any card number.")

_WHY_MAX_LENGTH: Final = 255

Identifier = Annotated[
    str, typer.Argument(metavar="IDENTIFIER", help="The transactionIdentifier, from `stored-card list`.")
]


@app.command(name="list")
def list_(
    *,
    merchant: OfMerchant = "",
    state: Annotated[str, typer.Option(help="Only live or revoked.")] = "",
    limit: paging.Limit = 50,
    before: Annotated[str, typer.Option(help="Go on with older ones than this identifier.")] = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List stored cards, the newest first."""
    from polygate.core.agreements import Agreement, agreement_id_in
    from polygate.core.transitions import AgreementState
    from polygate.store.listing import Filter

    wanted = Filter(state=states(state, AgreementState))
    place = opened.place(data_dir, database_url)
    older = agreement_id_in(before) if before else paging.NEWEST
    found = paging.newest(place, Agreement, wanted, _summary, merchant_no=merchant, before=older, limit=limit)
    columns = ("identifier", "merchantNo", "card", "expiry", "currency", "plan", "state", "created")
    again = "polygate stored-card list --before"
    paging.show(opened.run(found), columns, limit=limit, as_json=as_json, again=again)


@app.command()
def show(
    identifier: Identifier,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Show a stored card: whose it is, what was agreed to, and why it ended."""
    place = opened.place(data_dir, database_url)

    async def work() -> dict[str, Any]:
        async with place.store() as store:
            agreement = await _known(store.reads, identifier)
            return _details(agreement, await store.reads.merchant(agreement.merchant_id))

    printed.record(opened.run(work()), as_json)


@app.command()
def revoke(
    identifier: Identifier,
    *,
    why: Annotated[str, typer.Option(help="The reason, for those who read it later.")] = "revoked by the operator",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Let a stored card be charged no more. Its number is erased later; this cannot be undone."""
    from polygate.core.refusals import Refused
    from polygate.operations.revoke_agreement import revoke_agreement

    reason = why.strip()
    if not reason or len(reason) > _WHY_MAX_LENGTH or not reason.isprintable():
        raise Mistake(f"--why must be 1 to {_WHY_MAX_LENGTH} characters that can be printed")
    place = opened.place(data_dir, database_url)

    async def work() -> dict[str, Any]:
        async with place.house() as house:
            agreement = await _known(house.context.reads, identifier)
            try:
                revoked = await revoke_agreement(house.context, agreement, reason)
            except Refused:
                raise Mistake(f"stored card {printed.plain(identifier)} is revoked already") from None
            return _details(revoked, await house.context.reads.merchant(revoked.merchant_id))

    printed.record(opened.run(work()), as_json)


def _summary(agreement: Agreement, owner: Merchant | None) -> dict[str, Any]:
    from polygate.core.agreements import identifier

    card = agreement.card
    return {
        "identifier": identifier(agreement.agreement_id),
        "merchantNo": owner.merchant_no if owner else "",
        "card": f"{card.brand} {card.masked}",
        "expiry": f"{card.expiry_year}-{card.expiry_month:02d}" if card.expiry_year and card.expiry_month else "",
        "currency": agreement.currency,
        "plan": agreement.plan,
        "state": agreement.state.value,
        "created": printed.moment(agreement.created_ms),
    }


def _details(agreement: Agreement, owner: Merchant | None) -> dict[str, Any]:
    return _summary(agreement, owner) | {
        "holder": agreement.card.holder,
        "appId": agreement.app_id,
        "tradeNo": str(agreement.payment_id),
        "changed": printed.moment(agreement.changed_ms),
        "why": agreement.why,
    }


async def _known(reads: Reads, text: str) -> Agreement:
    """Raises Mistake."""
    from polygate.core.agreements import agreement_id_in

    agreement = await reads.agreement_by_id(agreement_id_in(text))
    if agreement is None:
        raise Mistake(f"there is no stored card {printed.plain(text)}; `polygate stored-card list` shows them")
    return agreement
