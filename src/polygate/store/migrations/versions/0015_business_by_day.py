"""Statistics as one row for each day and currency, with its sums: a quarter is read in hundredths of a second.

What was counted is kept, and added up for all merchants together. And the last look at all the books is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ALL = 0
_ROWS = 500
_SPANS = 48
Lines = dict[tuple[str, str, bool, str], list[int]]
"""Counts and amounts of half hours, one after the other."""
_SUMS = ("facts", "paid", "volume_minor", "refunded_minor", "approvals", "declines")


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    days = op.create_table(
        "business_days",
        *(_int("merchant_id"), _int("day"), _text("currency")),
        *(_int(name) for name in _SUMS),
        _text("lines"),
        sa.PrimaryKeyConstraint("merchant_id", "day", "currency"),
    )
    connection = op.get_bind()
    rows: list[dict[str, Any]] = []
    for row in _days(connection):
        rows.append(row)
        if len(rows) == _ROWS:
            connection.execute(days.insert(), rows)
            rows = []
    if rows:
        connection.execute(days.insert(), rows)
    op.execute(
        "INSERT INTO counted_facts (merchant_id, counted_to, version) "
        f"SELECT {_ALL}, min(counted_to), 1 FROM counted_facts HAVING count(*) > 0"
    )
    op.drop_table("statistics")
    # Who had most, without a look at the half hours.
    op.create_index("business_days_sums", "business_days", ["currency", "day", "merchant_id", *_SUMS])
    op.create_table(
        "books_rounds",
        *(_int("merchant_id"), _int("as_of_ms"), _int("ended_ms"), _int("postings"), _text("faults")),
        sa.PrimaryKeyConstraint("merchant_id"),
    )


def _days(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Each day's row, and those of all merchants together."""
    everybody: defaultdict[tuple[int, str], Lines] = defaultdict(dict)
    kept = connection.execute(
        sa.text(
            "SELECT merchant_id, day, currency, kind, method, held, why, counts, amounts FROM statistics "
            "ORDER BY merchant_id, day, currency"
        ),
        execution_options={"yield_per": _ROWS},
    )
    for (merchant_id, day, currency), alike in groupby(kept, key=itemgetter(0, 1, 2)):
        lines: Lines = {}
        for *_, kind, method, held, why, counts, amounts in alike:
            lines[kind, method, bool(held), why] = json.loads(counts) + json.loads(amounts)
        yield _day(merchant_id, day, currency, lines)
        _add(everybody[day, currency], lines)
    for (day, currency), lines in everybody.items():
        yield _day(_ALL, day, currency, lines)


def _add(total: Lines, lines: Lines) -> None:
    for key, numbers in lines.items():
        before = total.get(key)
        total[key] = numbers if before is None else [a + b for a, b in zip(before, numbers, strict=True)]


def _day(merchant_id: int, day: int, currency: str, lines: Lines) -> dict[str, Any]:
    sums = dict.fromkeys(_SUMS, 0)
    for (kind, _, held, _), numbers in lines.items():
        count, amount_minor = sum(numbers[:_SPANS]), sum(numbers[_SPANS:])
        sums["facts"] += count
        if kind == "PaymentCaptured":
            sums["paid"] += count
            sums["volume_minor"] += amount_minor
        if kind == "RefundSucceeded":
            sums["refunded_minor"] += amount_minor
        if kind == "PaymentFailed":
            sums["declines"] += count
        if kind == "PaymentAuthorized" or (kind == "PaymentCaptured" and not held):
            sums["approvals"] += count
    kept = [[*key, numbers[:_SPANS], numbers[_SPANS:]] for key, numbers in lines.items()]
    return {"merchant_id": merchant_id, "day": day, "currency": currency, **sums, "lines": json.dumps(kept)}


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
