"""Whose something is: the merchant that an option names, and the one thing that a number means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from polygate.cli import printed
from polygate.cli.mistakes import Mistake

if TYPE_CHECKING:
    from typing import TypeVar

    from polygate.core.merchants import Merchant
    from polygate.core.payments import Payment
    from polygate.core.payouts import Payout
    from polygate.core.subscriptions import Subscription
    from polygate.store.reads import Reads

    Row = TypeVar("Row", Payment, Payout, Subscription)

MerchantNo = Annotated[str, typer.Argument(help="The merchant's number, 14 digits.")]
OfMerchant = Annotated[str, typer.Option(help="Only this merchant's, by merchantNo.")]
Whose = Annotated[str, typer.Option(help="Whose number it is, where several merchants use it.")]


async def known(reads: Reads, merchant_no: str) -> Merchant:
    """The merchant of a number. Raises Mistake."""
    merchant = await reads.merchant_by_no(merchant_no)
    if merchant is None:
        raise Mistake(f"there is no merchant {printed.plain(merchant_no)}; `polygate merchant list` shows them")
    return merchant


async def the_one(
    reads: Reads,
    found: Sequence[Row],
    number: str,
    merchant_no: str,
    *,
    noun: str,
    identity: Callable[[Row], int],
    identity_name: str = "id",
    number_name: str = "",
) -> Row:
    """The only one that has a number, or the only one of a merchant. Raises Mistake where there is none, or more."""
    if merchant_no:
        owner = await known(reads, merchant_no)
        found = [each for each in found if each.merchant_id == owner.merchant_id]
    if not found:
        named = " ".join(filter(None, (noun, number_name, printed.plain(number))))
        raise Mistake(f"there is no {named}; `polygate {noun} list` shows them")
    if len(found) > 1:
        owners = [await reads.merchant(each.merchant_id) for each in found]
        listed = ", ".join(
            f"{identity(each)} (merchant {owner.merchant_no if owner else '?'}, {each.protocol})"
            for each, owner in zip(found, owners, strict=True)
        )
        raise Mistake(f"several {noun}s have this number, give the {identity_name} of one or --merchant: {listed}")
    return found[0]
