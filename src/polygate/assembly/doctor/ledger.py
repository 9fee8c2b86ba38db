"""The ledger by itself: every posting is sound, and balances are their sums (architecture, section 4, rule 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.core import ledger
from polygate.core.ids import MerchantId
from polygate.core.ledger import PostingRow
from polygate.core.money import EXPONENTS, Money
from polygate.store.rows import table_of


async def check_postings(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 6: every posting moves a positive amount between two different accounts of the chart, in a known currency.

    A posting names both its sides, so that the accounts of the chart add up to zero in every currency, unless money
    went to or came from outside it.
    """
    sums: defaultdict[str, int] = defaultdict(int)
    async for chunk in snapshot.chunks("SELECT posting_id, debit, credit, amount_minor, currency FROM postings"):
        tally.looked_at += len(chunk)
        for posting_id, debit, credit, amount_minor, currency in chunk:
            sums[currency] += amount_minor * (ledger.is_in_chart(credit) - ledger.is_in_chart(debit))
            if amount_minor <= 0:
                tally.fault(f"posting {posting_id} moves {amount_minor} minor units of {currency}")
            elif debit == credit:
                tally.fault(f"posting {posting_id} moves money from {debit} to itself")
            elif currency not in EXPONENTS:
                tally.fault(f"posting {posting_id} is in an unknown currency, {currency}")
            else:
                for account in (debit, credit):
                    if not ledger.is_in_chart(account):
                        tally.fault(f"posting {posting_id} names an account that is not in the chart: {account}")
    for currency, rest in sums.items():
        if rest:
            tally.fault(f"debits and credits of the chart differ by {rest} minor units of {currency}")
    tally.note = f"{len(sums)} currencies"


async def check_balances(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 6: the balances the product shows equal the fold of the postings, and none is below zero that must not be.

    The fold is the core's own, in Python; the balances are what the database adds up in SQL.
    """
    table = table_of(PostingRow)
    sums: defaultdict[tuple[MerchantId, str, str], int] = defaultdict(int)
    async for chunk in snapshot.chunks(f"SELECT {table.column_list} FROM {table.name}"):
        for place, part in ledger.balances(table.decode(row) for row in chunk).items():
            sums[place] += part
    folded: defaultdict[MerchantId, dict[tuple[str, str], int]] = defaultdict(dict)
    for (merchant_id, account, currency), balance in sums.items():
        folded[merchant_id][account, currency] = balance
    for merchant_id, balances in folded.items():
        tally.looked_at += len(balances)
        _compare(tally, merchant_id, balances, await snapshot.reads.balances(merchant_id))


def _compare(
    tally: Tally,
    merchant_id: MerchantId,
    folded: Mapping[tuple[str, str], int],
    shown: Mapping[tuple[str, str], int],
) -> None:
    below_zero = ledger.below_zero(folded)
    for account, currency in sorted({*folded, *shown}):
        balance = folded.get((account, currency), 0)
        where = f"merchant {merchant_id}: {account}"
        if balance != shown.get((account, currency), 0):
            shown_minor = shown.get((account, currency), 0)
            tally.fault(f"{where} is {shown_minor}, its postings add up to {balance} ({currency}, minor units)")
        elif (account, currency) in below_zero:
            tally.fault(f"{where} is below zero: {Money(balance, currency)}")
