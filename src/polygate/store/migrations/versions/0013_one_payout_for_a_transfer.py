"""The transfers that operators made by hand: each pays one payout, whoever marks what in the same instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_transfers",
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("merchant_id", sa.BigInteger, nullable=False),
        sa.Column("payout_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    # Of two that were marked at once with one number, the first keeps it.
    op.execute(
        "INSERT INTO bank_transfers (reference, merchant_id, payout_id) "
        "SELECT reference, merchant_id, payout_id FROM payouts AS p "
        "WHERE acquirer = 'by-hand' AND reference <> '' AND NOT EXISTS (SELECT 1 FROM payouts AS first "
        "WHERE first.reference = p.reference AND first.reference <> '' AND first.acquirer = 'by-hand' "
        "AND first.payout_id < p.payout_id)"
    )


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
