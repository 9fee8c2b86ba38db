"""Several tries to pay for one thing, chargebacks, apps in test mode, and retries that count from the first failure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _int(name: str, default: int | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=None if default is None else str(default))


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _is_test() -> sa.Column[bool]:
    return sa.Column("is_test", sa.Boolean, nullable=False, server_default=sa.true())


def upgrade() -> None:
    for column in (_is_test(), _text("group_no", ""), _int("tries_most", 3), _int("charged_back_minor", 0)):
        op.add_column("payments", column)
    # Only payments of APIs with such groups are in here: all others cost nothing more than before.
    grouped = sa.text("group_no <> ''")
    for name, columns in (
        ("payments_group", ["merchant_id", "group_no"]),
        ("payments_grouped_age", ["merchant_id", "protocol", "created_ms", "payment_id"]),
    ):
        op.create_index(name, "payments", columns, postgresql_where=grouped, sqlite_where=grouped)
    op.create_index("refunds_age", "refunds", ["merchant_id", "protocol", "created_ms", "refund_id"])
    op.create_table(
        "paid_groups",
        *(_int("merchant_id"), _text("protocol"), _text("group_no"), _int("payment_id"), _int("due_ms")),
        _int("version"),
        sa.PrimaryKeyConstraint("merchant_id", "protocol", "group_no"),
    )
    due = sa.text("due_ms > 0")
    op.create_index("paid_groups_due", "paid_groups", ["due_ms"], postgresql_where=due, sqlite_where=due)
    op.create_table(
        "chargebacks",
        *(_int("merchant_id"), _int("chargeback_id"), _int("payment_id"), _text("case_no"), _int("amount_minor")),
        *(_text("currency"), _text("reason"), _int("created_ms")),
        sa.PrimaryKeyConstraint("merchant_id", "chargeback_id"),
        sa.UniqueConstraint("payment_id", "case_no", "merchant_id"),
    )
    for column in (_is_test(), _text("domain", "")):
        op.add_column("apps", column)
    op.create_index("apps_domain", "apps", ["merchant_id", "domain"])
    op.add_column("webhooks", _int("first_failed_ms", 0))


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
