"""`polygate block`: cards, addresses, e-mail addresses and countries that no payment is taken from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from polygate.cli import opened, printed
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import known
from polygate.cli.payment import found_payment

if TYPE_CHECKING:
    from polygate.core.blocks import Block, BlockKind
    from polygate.core.cards import Secret
    from polygate.core.merchants import Merchant
    from polygate.operations.context import Context

app = typer.Typer(
    no_args_is_help=True, help="Blocks: cards, addresses, e-mail addresses and countries that no payment is taken from."
)

_WHY_MAX_LENGTH: Final = 128
_HOUR_MS: Final = 3_600_000
_EVERYBODY: Final = "all"

Named: TypeAlias = "tuple[BlockKind, str, str]"
"""Kind, value and the value as people may see it."""


@app.command()
def add(
    *,
    card: Annotated[bool, typer.Option("--card", help="A card, whose number is read from standard input.")] = False,
    card_of: Annotated[str, typer.Option(help="The card of a payment, by its tradeNo or orderNo.")] = "",
    address: Annotated[str, typer.Option(help="An address or a network: 203.0.113.9, 203.0.113.0/24.")] = "",
    email: Annotated[str, typer.Option(help="An e-mail address of the bill.")] = "",
    country: Annotated[
        str, typer.Option(help="A country of the billing address, by its two ISO 3166-1 letters: GB.")
    ] = "",
    merchant: Annotated[str, typer.Option(help="For this merchantNo only; otherwise for all merchants.")] = "",
    why: Annotated[str, typer.Option(help="The reason, for the timeline of the payments that it stops.")] = "",
    hours: Annotated[int, typer.Option(help="How long it lasts; 0 for good.", min=0, max=87_600)] = 0,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Block one card, address, e-mail address or country, within a second on every running server.

    What is blocked already gets the new reason and end. A card's number is neither kept nor shown.
    """
    from polygate.core.blocks import BlockKind

    if sum(map(bool, (card, card_of, address, email, country))) != 1:
        raise Mistake("say what to block: one of --card, --card-of, --address, --email and --country")
    if len(why) > _WHY_MAX_LENGTH or not why.isprintable():
        raise Mistake(f"--why must have at most {_WHY_MAX_LENGTH} printable characters")
    place = opened.place(data_dir, database_url)
    given = {BlockKind.ADDRESS: address, BlockKind.EMAIL: email, BlockKind.COUNTRY: country}
    named = next((_spelled(kind, text) for kind, text in given.items() if text), None)
    number = _card_number() if card else None

    async def work() -> tuple[Block, Merchant | None]:
        async with place.house() as house:
            context = house.context
            what = (_card(number, context) if number else named) or await _card_of(context, card_of, merchant)
            return await _add(context, what, merchant, why.strip(), hours)

    printed.record(_shown(*opened.run(work())), as_json)


@app.command(name="list")
def list_(
    *,
    merchant: Annotated[str, typer.Option(help="Only what stops this merchantNo's payments.")] = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List the blocks in force, the oldest first."""
    place = opened.place(data_dir, database_url)

    async def work() -> list[tuple[Block, Merchant | None]]:
        from polygate.core.blocks import ALL_MERCHANTS
        from polygate.operations.context import wall_clock

        async with place.store() as store:
            owner = await known(store.reads, merchant) if merchant else None
            wanted = {ALL_MERCHANTS, owner.merchant_id} if owner else None
            live = [block for block in await store.reads.blocks() if not block.is_over(wall_clock())]
            return [
                (block, await store.reads.merchant(block.merchant_id))
                for block in live
                if wanted is None or block.merchant_id in wanted
            ]

    rows = [_shown(block, owner) for block, owner in opened.run(work())]
    printed.rows(rows, ("id", "kind", "value", "merchant", "why", "since", "until"), as_json)


@app.command()
def remove(
    block_id: Annotated[int, typer.Argument(metavar="ID", help="The block's id, from `block list`.")],
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Take a block away, within a second on every running server."""
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[Block, Merchant | None]:
        async with place.store() as store:
            block = await store.reads.block(block_id)
            if block is None or not await store.remove_block(block):
                raise Mistake(f"there is no block {block_id}; `polygate block list` shows them")
            return block, await store.reads.merchant(block.merchant_id)

    printed.record(_shown(*opened.run(work())), as_json)


async def _add(context: Context, what: Named, merchant_no: str, why: str, hours: int) -> tuple[Block, Merchant | None]:
    from polygate.core.blocks import ALL_MERCHANTS, Block
    from polygate.operations.manage_risk import add_block

    kind, value, shown = what
    owner = await known(context.reads, merchant_no) if merchant_no else None
    now_ms = context.clock()
    block = Block(
        merchant_id=owner.merchant_id if owner else ALL_MERCHANTS,
        block_id=context.mint(),
        kind=kind,
        value=value,
        shown=shown,
        why=why,
        created_ms=now_ms,
        until_ms=now_ms + hours * _HOUR_MS if hours else 0,
    )
    return await add_block(context.store, block), owner


def _card(number: Secret, context: Context) -> Named:
    from polygate.core.blocks import BlockKind
    from polygate.core.cards import mask

    return BlockKind.CARD, context.vault.fingerprint(number), mask(number.reveal())


async def _card_of(context: Context, number: str, merchant_no: str) -> Named:
    from polygate.core.blocks import BlockKind

    payment = await found_payment(context.reads, number, merchant_no)
    if payment.card is None:
        raise Mistake(f"payment {payment.payment_id} was not paid by card")
    return BlockKind.CARD, payment.card.fingerprint, payment.card.masked


def _spelled(kind: BlockKind, text: str) -> Named:
    from polygate.core.blocks import block_value

    try:
        value = block_value(kind, text)
    except ValueError as error:
        raise Mistake(f"--{kind.value} {printed.plain(text)}: {error}") from None
    return kind, value, value


def _card_number() -> Secret:
    """Never an argument: those stand in the shell's history, and in the list of processes."""
    import getpass
    import re

    from polygate.core.cards import Secret, is_card_number

    typed = getpass.getpass("Card number: ") if sys.stdin.isatty() else sys.stdin.readline()
    number = re.sub(r"[\s-]", "", typed)
    if not is_card_number(number):
        raise Mistake("standard input must have one valid card number")
    return Secret(number)


def _shown(block: Block, owner: Merchant | None) -> dict[str, Any]:
    return {
        "id": str(block.block_id),
        "kind": block.kind.value,
        "value": block.shown,
        "merchant": owner.merchant_no if owner else _EVERYBODY,
        "why": block.why,
        "since": printed.moment(block.created_ms),
        "until": printed.moment(block.until_ms),
    }
