"""People of the console with their sessions and wrong guesses, and the record of who changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _bool(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def upgrade() -> None:
    op.create_table(
        "users",
        *(_int("merchant_id"), _int("user_id"), _text("login"), _text("name"), _text("role"), _bool("enabled")),
        *(_text("password_hash"), _bool("must_change_password"), _int("created_ms"), _bytes("sealed_code_secret")),
        *(_int("last_code_step"), _text("recovery_hashes"), _int("epoch"), _text("language"), _text("timezone")),
        _int("version"),
        sa.PrimaryKeyConstraint("merchant_id", "user_id"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "sessions",
        *(_int("merchant_id"), _int("session_id"), _int("user_id"), _bytes("token_hash"), _int("epoch")),
        *(_int("created_ms"), _int("seen_ms"), _text("address"), _text("user_agent"), _bool("code_wanted")),
        *(_int("code_ms"), _int("ended_ms"), _text("flash"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "session_id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("sessions_user", "sessions", ["merchant_id", "user_id"])
    op.create_table(
        "audit_entries",
        *(_int("merchant_id"), _int("entry_id"), _int("at_ms"), _int("user_id"), _text("login"), _text("role")),
        *(_text("action"), _text("about"), _text("before"), _text("after"), _text("address")),
        sa.PrimaryKeyConstraint("merchant_id", "entry_id"),
    )
    # For operators, who look at the latest of all merchants.
    op.create_index("audit_entries_newest", "audit_entries", ["entry_id"])
    op.create_table(
        "guesses",
        *(_text("who"), _int("count"), _int("locked_until_ms"), _int("changed_ms"), _int("version")),
        sa.PrimaryKeyConstraint("who"),
    )


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
