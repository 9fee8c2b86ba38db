"""Small indexes for what operators look at: money that came too late, and payouts under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _index(name: str, table: str, columns: list[str], only: str) -> None:
    where = sa.text(only)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    _index("attempts_given_back", "attempts", ["attempt_id", "merchant_id"], "kind = 'give_back'")
    _index(
        "payments_paid_late",
        "payments",
        ["payment_id", "merchant_id"],
        "state = 'captured' AND capture_mode = 'auto' AND captured_ms > expires_ms AND expires_ms > 0",
    )
    _index("payouts_open", "payouts", ["payout_id", "merchant_id"], "state IN ('waiting', 'sent')")


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
