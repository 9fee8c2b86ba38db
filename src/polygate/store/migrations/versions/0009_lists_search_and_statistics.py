"""What lists, search and statistics need to stay quick at millions of payments.

Indexes that every payment would pay for are few and small: what is still open, what was not delivered, and numbers
that people search by. As before, none begins with the merchant.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _index(name: str, table: str, columns: list[str | sa.TextClause], only: str | None = None) -> None:
    where = None if only is None else sa.text(only)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    op.create_table(
        "statistics",
        *(_int("merchant_id"), _int("since_ms"), _text("kind"), _text("method")),
        *(_text("currency"), sa.Column("held", sa.Boolean, nullable=False), _text("why"), _int("count")),
        _int("amount_minor"),
        sa.PrimaryKeyConstraint("merchant_id", "since_ms", "kind", "method", "currency", "held", "why"),
    )
    # For operators, who look at all merchants at once.
    _index("statistics_since", "statistics", ["since_ms"])
    op.create_table(
        "counted_facts",
        *(_int("merchant_id"), _int("counted_to"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id"),
    )

    op.create_table(
        "saved_views",
        *(_int("merchant_id"), _int("view_id"), _int("user_id"), _text("place"), _text("name"), _text("query")),
        _int("created_ms"),
        sa.PrimaryKeyConstraint("merchant_id", "view_id"),
    )
    _index("saved_views_user", "saved_views", ["user_id", "merchant_id"])

    # Each list by itself, for operators; those of one merchant go by the primary key.
    for table, key in (
        ("refunds", "refund_id"),
        ("payouts", "payout_id"),
        ("subscriptions", "subscription_id"),
        ("agreements", "agreement_id"),
        ("shipments", "shipment_id"),
        ("webhooks", "webhook_id"),
    ):
        _index(f"{table}_number", table, [key, "merchant_id"])
    _index(
        "payments_open",
        "payments",
        ["payment_id", "merchant_id"],
        "state IN ('created', 'pending', 'authorized', 'capturing', 'voiding')",
    )
    _index("webhooks_open", "webhooks", ["webhook_id", "merchant_id"], "state IN ('waiting', 'given_up')")

    _index("attempts_reference", "attempts", ["reference", "merchant_id"], "reference <> ''")
    _index("payouts_reference", "payouts", ["reference", "merchant_id"], "reference <> ''")
    _index("shipments_tracking", "shipments", ["tracking_no", "merchant_id"])
    # Parts of texts: the last four digits of a card, and the bank's number of a transfer.
    masked = "rtrim(substr(card, 12, 19), '\",brand')"
    last_four = sa.text(f"substr({masked}, length({masked}) - 3, 4)")
    _index("payments_card", "payments", [last_four, "payment_id"], "card <> 'null'")
    _index(
        "payments_bank",
        "payments",
        [sa.text("substr(details, length(details) - 13, 12)"), "payment_id"],
        'substr(details, length(details) - 31, 18) = \'"bank_reference":"\'',
    )


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
