"""Payouts with the guard of the balances they are taken from, subscriptions, and access keys that are secret."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    op.create_table(
        "payouts",
        *(_int("merchant_id"), _int("payout_id"), _text("protocol"), _text("app_id"), _text("number"), _text("state")),
        *(_int("amount_minor"), _text("currency"), _int("fee_minor"), _text("receiver"), _text("description")),
        *(_text("attach"), _text("notify_url"), _int("attempt_id"), _text("acquirer"), _text("reference")),
        *(_text("why_failed"), _text("said"), _int("due_ms"), _int("created_ms"), _int("changed_ms")),
        *(_int("paid_ms"), _int("closed_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "payout_id"),
        sa.UniqueConstraint("number", "merchant_id", "protocol", "app_id"),
    )
    due = sa.text("due_ms > 0")
    op.create_index("payouts_due", "payouts", ["due_ms"], postgresql_where=due, sqlite_where=due)
    # The few of each merchant that hold money back.
    under_way = sa.text("state IN ('waiting', 'sent')")
    op.create_index(
        "payouts_under_way",
        "payouts",
        ["merchant_id", "currency"],
        postgresql_where=under_way,
        sqlite_where=under_way,
    )
    accepted = sa.text("state = 'accepted'")
    op.create_index(
        "refunds_under_way",
        "refunds",
        ["merchant_id", "currency"],
        postgresql_where=accepted,
        sqlite_where=accepted,
    )
    op.create_table(
        "reserves",
        *(_int("merchant_id"), _text("currency"), _int("counted_minor"), _int("counted_to"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "currency"),
    )
    # Only the few postings that a payout can be taken from or goes back to are in here.
    available = sa.text("credit = 'merchant:available' OR debit = 'merchant:available'")
    op.create_index(
        "postings_available",
        "postings",
        ["merchant_id", "currency", "posting_id"],
        postgresql_where=available,
        sqlite_where=available,
    )
    op.create_table(
        "subscriptions",
        *(_int("merchant_id"), _int("subscription_id"), _int("payment_id"), _text("protocol"), _text("app_id")),
        *(_text("number"), _text("state"), _int("amount_minor"), _text("currency"), _text("cycle")),
        *(_int("charges_total"), _int("charges_made"), _int("declines"), _int("agreement_id"), _int("anchor_ms")),
        *(_int("due_ms"), _int("created_ms"), _int("changed_ms"), _text("why"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "subscription_id"),
        sa.UniqueConstraint("payment_id", "merchant_id"),
    )
    op.create_index("subscriptions_due", "subscriptions", ["due_ms"], postgresql_where=due, sqlite_where=due)
    op.add_column("apps", sa.Column("payout_methods", sa.Text, nullable=False, server_default="[]"))
    for column in ("payout_fees", "channel"):
        op.add_column("merchants", sa.Column(column, sa.Text, nullable=False, server_default="{}"))
    op.add_column("payments", sa.Column("late_goes_back", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("payments", sa.Column("payer_said_ms", sa.BigInteger, nullable=False, server_default="0"))
    _make_access_keys_secret()


def _make_access_keys_secret() -> None:
    """A key that lay here in plain text is none any more: it opens nothing, and its merchant is given a new one."""
    connection = op.get_bind()
    nothing = sa.text("x''" if connection.dialect.name == "sqlite" else "''")
    op.add_column("merchants", sa.Column("sealed_access_key", sa.LargeBinary, nullable=False, server_default=nothing))
    op.execute("ALTER TABLE merchants RENAME COLUMN access_key TO access_key_hash")
    merchants = sa.table("merchants", sa.column("merchant_id"), sa.column("access_key_hash"))
    for (merchant_id,) in connection.execute(sa.select(merchants.c.merchant_id)).fetchall():
        nobodys = merchants.update().where(merchants.c.merchant_id == merchant_id)
        connection.execute(nobodys.values(access_key_hash=secrets.token_hex(32)))


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
