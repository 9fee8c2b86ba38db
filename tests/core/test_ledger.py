"""The ledger: balanced by construction, each event posted as the chart says, balances as sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core import ledger
from polygate.core.ids import MerchantId
from polygate.core.ledger import Posting, PostingRow
from polygate.core.money import Money

AMOUNT: Final = Money(60_00, "USD")
WHOLE: Final = Money(100_00, "USD")
FEE: Final = Money(1_50, "USD")
NOTHING: Final = Money(0, "USD")

CHART: Final[dict[str, tuple[Sequence[Posting], str]]] = {
    "authorization": (
        ledger.for_authorization("bank", WHOLE),
        """
        acquirer:bank:held -> merchant:held 10000 authorization
        """,
    ),
    "sale": (
        ledger.for_sale("bank", AMOUNT, FEE),
        """
        acquirer:bank:receivable -> merchant:pending 6000 capture
        merchant:pending -> fees:earned 150 fee
        """,
    ),
    "sale without a fee": (
        ledger.for_sale("bank", AMOUNT, NOTHING),
        """
        acquirer:bank:receivable -> merchant:pending 6000 capture
        """,
    ),
    "capture asked": (
        ledger.reserve_capture(AMOUNT),
        """
        merchant:held -> merchant:capturing 6000 capture reserved
        """,
    ),
    "part captured": (
        ledger.for_capture("bank", AMOUNT, authorized=WHOLE, fee=FEE),
        """
        merchant:capturing -> acquirer:bank:held 6000 capture
        acquirer:bank:receivable -> merchant:pending 6000 capture
        merchant:pending -> fees:earned 150 fee
        merchant:held -> acquirer:bank:held 4000 rest released
        """,
    ),
    "all captured": (
        ledger.for_capture("bank", WHOLE, authorized=WHOLE, fee=NOTHING),
        """
        merchant:capturing -> acquirer:bank:held 10000 capture
        acquirer:bank:receivable -> merchant:pending 10000 capture
        """,
    ),
    "capture declined": (
        ledger.release_capture(AMOUNT),
        """
        merchant:capturing -> merchant:held 6000 capture declined
        """,
    ),
    "void": (
        ledger.for_void("bank", WHOLE),
        """
        merchant:held -> acquirer:bank:held 10000 void
        """,
    ),
    "refund asked": (
        ledger.reserve_refund(AMOUNT),
        """
        merchant:pending -> merchant:reserved 6000 refund reserved
        """,
    ),
    "refund": (
        ledger.for_refund("bank", AMOUNT),
        """
        merchant:reserved -> acquirer:bank:receivable 6000 refund
        """,
    ),
    "refund declined": (
        ledger.release_refund(AMOUNT),
        """
        merchant:reserved -> merchant:pending 6000 refund declined
        """,
    ),
    "late sale": (
        ledger.for_unclaimed("bank", WHOLE, captured=True),
        """
        acquirer:bank:receivable -> suspense:unclaimed 10000 unclaimed
        """,
    ),
    "late authorization": (
        ledger.for_unclaimed("bank", WHOLE, captured=False),
        """
        acquirer:bank:held -> suspense:held 10000 unclaimed hold
        """,
    ),
    "late sale given back": (
        ledger.return_unclaimed("bank", WHOLE, captured=True),
        """
        suspense:unclaimed -> acquirer:bank:receivable 10000 given back
        """,
    ),
    "late authorization released": (
        ledger.return_unclaimed("bank", WHOLE, captured=False),
        """
        suspense:held -> acquirer:bank:held 10000 hold released
        """,
    ),
    "sale settled at once": (
        ledger.for_sale("bank", WHOLE, Money(250, "USD"), into=ledger.AVAILABLE),
        """
        acquirer:bank:receivable -> merchant:available 10000 capture
        merchant:available -> fees:earned 250 fee
        """,
    ),
    "refund of it accepted": (
        ledger.reserve_refund(WHOLE, out_of=ledger.AVAILABLE),
        """
        merchant:available -> merchant:reserved 10000 refund reserved
        """,
    ),
    "refund of it declined": (
        ledger.release_refund(WHOLE, into=ledger.AVAILABLE),
        """
        merchant:reserved -> merchant:available 10000 refund declined
        """,
    ),
    "payout accepted": (
        ledger.reserve_payout(WHOLE, Money(250, "USD")),
        """
        merchant:available -> merchant:paying 10250 payout reserved
        """,
    ),
    "payout paid": (
        ledger.for_payout("bank", WHOLE, Money(250, "USD")),
        """
        merchant:paying -> acquirer:bank:receivable 10000 payout
        merchant:paying -> fees:earned 250 payout fee
        """,
    ),
    "payout failed": (
        ledger.release_payout(WHOLE, Money(250, "USD")),
        """
        merchant:paying -> merchant:available 10250 payout failed
        """,
    ),
    "payout returned": (
        ledger.for_returned_payout("bank", WHOLE, Money(250, "USD")),
        """
        acquirer:bank:receivable -> merchant:available 10000 payout returned
        fees:earned -> merchant:available 250 payout fee returned
        """,
    ),
    "chargeback": (
        ledger.for_chargeback("bank", AMOUNT),
        """
        merchant:pending -> acquirer:bank:charged_back 6000 chargeback
        """,
    ),
    "opening": (
        ledger.opening(WHOLE),
        """
        equity:opening -> merchant:available 10000 opening balance
        """,
    ),
}


@pytest.mark.parametrize("event", CHART)
def test_every_event_is_posted_as_the_chart_says(event: str) -> None:
    """From the debit side to the credit side, and nothing else."""
    postings, written = CHART[event]
    lines = [f"{p.debit} -> {p.credit} {p.amount.minor} {p.why}" for p in postings]

    assert [line.strip() for line in written.strip().splitlines()] == lines


def test_postings_use_accounts_of_the_chart_only() -> None:
    """And every account of the chart is used by some event."""
    used = {account for postings, _ in CHART.values() for p in postings for account in (p.debit, p.credit)}

    assert set(ledger.ACCOUNTS) == {account for account in used if not account.startswith("acquirer:")}
    at_acquirer = {ledger.held_by("bank"), ledger.receivable("bank"), ledger.charged_back_at("bank")}
    assert at_acquirer == used - set(ledger.ACCOUNTS)


def test_only_what_was_charged_back_may_be_owed() -> None:
    """Of the available balance, in the same currency; of nothing else but what is not settled yet."""
    charged_back = ledger.charged_back_at("bank")

    def wrong(**balances: int) -> list[tuple[str, str]]:
        names = {"free": ledger.AVAILABLE, "back": charged_back, "fees": ledger.FEES, "pending": ledger.PENDING}
        return ledger.below_zero({(names[name], "INR"): minor for name, minor in balances.items()})

    assert wrong(free=-500, back=500, pending=-1) == []
    assert wrong(free=-501, back=500) == [(ledger.AVAILABLE, "INR")]
    assert wrong(free=0, back=500, fees=-1) == [(ledger.FEES, "INR")]
    other = {(ledger.AVAILABLE, "INR"): -1, (charged_back, "BRL"): 500}
    assert ledger.below_zero(other) == [(ledger.AVAILABLE, "INR")]


ACCOUNTS = st.sampled_from([*ledger.ACCOUNTS, ledger.receivable("bank"), ledger.held_by("bank")])
ROWS = st.builds(
    PostingRow,
    merchant_id=st.sampled_from([MerchantId(1), MerchantId(2)]),
    posting_id=st.integers(1, 10**18),
    payment_id=st.just(0),
    attempt_id=st.just(0),
    at_ms=st.just(0),
    why=st.just("capture"),
    debit=ACCOUNTS,
    credit=ACCOUNTS,
    amount_minor=st.integers(0, 10**12),
    currency=st.sampled_from(["USD", "JPY"]),
)


@given(st.lists(ROWS))
def test_all_balances_of_a_merchant_and_a_currency_sum_to_nothing(rows: list[PostingRow]) -> None:
    """Whatever is posted: no posting has one leg only, and no merchant's or currency's money reaches another's."""
    sums: dict[tuple[int, str], int] = {}
    for (merchant, _, currency), minor in ledger.balances(rows).items():
        sums[merchant, currency] = sums.get((merchant, currency), 0) + minor

    assert not any(sums.values())
    assert {(row.merchant_id, row.currency) for row in rows} == set(sums)


@given(st.lists(ROWS))
def test_a_balance_does_not_depend_on_the_order_of_postings(rows: list[PostingRow]) -> None:
    """It is a sum; what is credited less what is debited."""
    shuffled = sorted(rows, key=lambda row: (row.amount_minor, row.posting_id), reverse=True)

    assert ledger.balances(rows) == ledger.balances(shuffled)
    for (merchant, account, currency), minor in ledger.balances(rows).items():
        own = [row for row in rows if (row.merchant_id, row.currency) == (merchant, currency)]
        credited = sum(row.amount_minor for row in own if row.credit == account)
        assert minor == credited - sum(row.amount_minor for row in own if row.debit == account)
