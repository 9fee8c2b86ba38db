"""All checks, in the order in which they are told, over one snapshot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

import msgspec

from polygate.assembly import sandbox_book
from polygate.assembly.doctor.acquirer import check_sandbox_book
from polygate.assembly.doctor.attempts import check_attempts
from polygate.assembly.doctor.cards import check_card_numbers
from polygate.assembly.doctor.finding import Finding, Tally
from polygate.assembly.doctor.keys import check_schema, check_vault
from polygate.assembly.doctor.ledger import check_balances, check_postings
from polygate.assembly.doctor.outbox import check_outbox, check_webhooks
from polygate.assembly.doctor.payments import check_payments
from polygate.assembly.doctor.payouts import check_payouts, check_reserves
from polygate.assembly.doctor.snapshot import Snapshot, open_snapshot
from polygate.assembly.doctor.stored_cards import check_stored_cards
from polygate.core.cards import Secret
from polygate.operations.context import Clock, wall_clock


class Check(msgspec.Struct, frozen=True):
    """One check: what it proves, what it counts, and the tables it reads from end to end, for those who wait."""

    name: str
    of: str
    run: Callable[[Snapshot, Tally], Awaitable[None]]
    reads: tuple[str, ...] = ()


def checks(master: Secret | None) -> tuple[Check, ...]:
    """All that look at a current schema. `master` opens the vault; None leaves that out."""
    book = sandbox_book.TABLE.name
    texts = ("payments", "order_details", "attempts", "refunds", "postings", "facts", "webhooks", "webhook_tries", book)
    return (
        Check("the vault opens", "secrets", partial(check_vault, master=master)),
        Check("postings balance", "postings", check_postings, ("postings",)),
        Check("balances equal postings", "balances", check_balances, ("postings",)),
        Check(
            "payments equal postings",
            "payments",
            check_payments,
            ("payments", "attempts", "refunds", "postings", "chargebacks", "payouts"),
        ),
        Check("payouts equal postings", "payouts", check_payouts, ("payouts", "postings")),
        Check("reserves equal postings", "reserves", check_reserves),
        Check("no attempt is overdue", "attempts", check_attempts),
        # Facts that are announced are as many as webhooks.
        Check(
            "outbox equals facts", "facts", check_outbox, ("payments", "refunds", "chargebacks", "webhooks", "webhooks")
        ),
        Check("webhook tries on record", "webhooks", check_webhooks, ("webhooks", "webhook_tries")),
        Check("the sandbox acquirer's book equals ours", "attempts", check_sandbox_book, ("attempts", book)),
        Check("stored cards have their numbers", "rows", check_stored_cards),
        Check("no clear card number", "texts", check_card_numbers, texts),
    )


class Progress(Protocol):
    """Whoever shows how far the work is, in rows."""

    def expect(self, rows: int) -> None: ...
    def begin(self, check: str) -> None: ...
    def advance(self, rows: int) -> None: ...


async def examine(url: str, master: Secret | None, progress: Progress, *, clock: Clock = wall_clock) -> list[Finding]:
    """Every finding. A database with another schema is not looked at any further.

    Safe beside a running server. Raises Unavailable.
    """
    schema = Tally("the schema is current", "schema")
    check_schema(url, schema)
    findings = [schema.finding()]
    if not findings[0].holds:
        return findings
    every = checks(master)
    async with open_snapshot(url, clock=clock, on_rows=progress.advance) as snapshot:
        sizes = {
            table: (await snapshot.fetch(f"SELECT COUNT(*) FROM {table}"))[0][0]
            for table in dict.fromkeys(table for check in every for table in check.reads)
        }
        progress.expect(sum(sizes[table] for check in every for table in check.reads))
        for check in every:
            progress.begin(check.name)
            findings.append(await _run(check, snapshot))
    return findings


async def _run(check: Check, snapshot: Snapshot) -> Finding:
    tally = Tally(check.name, check.of)
    try:
        await check.run(snapshot, tally)
    except (ValueError, TypeError, LookupError) as error:
        # A row that makes no sense is a fault of the data, and must not hide what the other checks find.
        tally.fault(f"stopped at a row that cannot be read: {type(error).__name__}: {error}")
    return tally.finding()
