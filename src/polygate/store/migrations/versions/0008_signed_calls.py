"""Numbers that are unique within an app, and nonces that sign one call only."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NUMBERS: Final = {"payments": "order_no", "refunds": "number"}


def upgrade() -> None:
    for table, number in _NUMBERS.items():
        op.add_column(table, sa.Column("number_scope", sa.Text, nullable=False, server_default=""))
        _drop_unique(table, [number, "merchant_id", "protocol"])
        op.create_index(
            f"{table}_unique_number", table, [number, "merchant_id", "protocol", "number_scope"], unique=True
        )
    op.create_table(
        "used_nonces",
        sa.Column("merchant_id", sa.BigInteger, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("used_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "app_id", "nonce"),
    )
    op.create_index("used_nonces_age", "used_nonces", ["used_ms"])


def _drop_unique(table: str, columns: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(f"{table}_{'_'.join(columns)}_key", table)
        return
    # SQLite cannot take a constraint away: the table is written anew. Ours has no name, so it is given one on the way.
    with op.batch_alter_table(table, naming_convention={"uq": "uq_%(table_name)s"}) as anew:
        anew.drop_constraint(f"uq_{table}", type_="unique")


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
