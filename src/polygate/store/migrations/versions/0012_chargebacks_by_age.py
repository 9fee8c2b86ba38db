"""For operators, who list the chargebacks of all merchants."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("chargebacks_number", "chargebacks", ["chargeback_id", "merchant_id"])


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
