"""The log of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _bool(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def upgrade() -> None:
    op.create_table(
        "calls",
        *(_int("merchant_id"), _int("call_id"), _int("at_ms"), _text("protocol"), _text("app_id"), _bool("proven")),
        *(_text("address"), _text("method"), _text("path"), _int("status"), _text("code"), _text("said")),
        *(_bool("refused"), _int("duration_us"), _text("order_no"), _text("request"), _text("answer")),
        _int("left_out"),
        sa.PrimaryKeyConstraint("merchant_id", "call_id"),
    )
    # For operators, who look at everybody's newest, and for forgetting the oldest.
    op.create_index("calls_number", "calls", ["call_id", "merchant_id"])


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
