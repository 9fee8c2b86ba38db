"""The key, or the secret, before the one in use: it is good for a while after it was replaced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    nothing = sa.text("x''" if op.get_bind().dialect.name == "sqlite" else "''")
    for table, key in (("merchants", "secret_key"), ("merchants", "access_key"), ("apps", "secret")):
        sealed, until = f"sealed_previous_{key}", f"previous_{key}_until_ms"
        op.add_column(table, sa.Column(sealed, sa.LargeBinary, nullable=False, server_default=nothing))
        op.add_column(table, sa.Column(until, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("merchants", sa.Column("previous_access_key_hash", sa.Text, nullable=False, server_default=""))
    op.create_index("merchants_previous_access_key", "merchants", ["previous_access_key_hash"])


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
