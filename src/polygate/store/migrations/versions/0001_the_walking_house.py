"""The first schema: merchants, payments with attempts and refunds, ledger, outbox, vault, sandbox book.

Only primary keys begin with the merchant. An index that began with it too would look as good to PostgreSQL for finding
a row by its key while the tables are new and without statistics, and every update would read all of a merchant's rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
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


def _due_index(table: str) -> None:
    """Only what is due is indexed: the index stays small however much history there is."""
    due = sa.text("due_ms > 0")
    op.create_index(f"{table}_due", table, ["due_ms"], postgresql_where=due, sqlite_where=due)


def upgrade() -> None:
    op.create_table(
        "merchants",
        *(_int("merchant_id"), _text("merchant_no"), _text("name"), _text("mcc"), _bool("enabled")),
        *(_text("access_key"), _bytes("sealed_secret_key"), _text("fees"), _int("created_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id"),
        sa.UniqueConstraint("merchant_no"),
        sa.UniqueConstraint("access_key"),
    )
    op.create_table(
        "apps",
        *(_int("merchant_id"), _text("app_id"), _text("name"), _bool("enabled"), _bytes("sealed_secret")),
        *(_int("secret_version"), _text("methods"), _bool("may_set_statement"), _text("website_id")),
        *(_text("subscribe_url"), _int("created_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "app_id"),
        sa.UniqueConstraint("app_id"),
    )
    op.create_table(
        "tokens",
        *(_bytes("token_hash"), _int("merchant_id"), _text("app_id"), _int("secret_version"), _int("expires_ms")),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("tokens_expiry", "tokens", ["expires_ms"])
    op.create_table(
        "payments",
        *(_int("merchant_id"), _int("payment_id"), _text("protocol"), _text("order_no"), _text("app_id")),
        *(_text("state"), _int("amount_minor"), _text("currency"), _int("captured_minor"), _int("refunding_minor")),
        *(_text("method"), _text("capture_mode"), _text("three_ds"), _bool("fraud_check"), _bool("is_checkout")),
        *(_int("tries"), _text("keep_card"), _int("agreement_id"), _int("fee_basis_points"), _int("fee_fixed_minor")),
        *(_int("charge_id"), _text("acquirer"), _text("reference"), _text("card"), _text("details"), _text("decline")),
        *(_text("notify_url"), _text("front_url"), _text("language"), _int("due_ms"), _int("expires_ms")),
        *(_int("created_ms"), _int("answered_ms"), _int("captured_ms"), _int("finished_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "payment_id"),
        sa.UniqueConstraint("order_no", "merchant_id", "protocol"),
    )
    _due_index("payments")
    op.create_table(
        "order_details",
        *(_int("merchant_id"), _int("payment_id"), _text("request")),
        sa.PrimaryKeyConstraint("merchant_id", "payment_id"),
    )
    op.create_table(
        "attempts",
        *(_int("merchant_id"), _int("attempt_id"), _int("payment_id"), _int("refund_id"), _int("original_id")),
        *(_text("kind"), _text("state"), _text("acquirer"), _text("why"), _int("amount_minor"), _text("currency")),
        *(_text("reference"), _text("original_reference"), _text("payer_url"), _text("challenge"), _int("asks")),
        *(_int("due_ms"), _int("created_ms"), _int("closed_ms"), _text("said")),
        sa.PrimaryKeyConstraint("merchant_id", "attempt_id"),
    )
    op.create_index("attempts_payment", "attempts", ["payment_id", "merchant_id"])
    _due_index("attempts")
    op.create_table(
        "refunds",
        *(_int("merchant_id"), _int("refund_id"), _int("payment_id"), _text("protocol"), _text("number")),
        *(_text("state"), _int("amount_minor"), _text("currency"), _text("reason"), _text("client_ip")),
        *(_text("notify_url"), _text("said"), _int("created_ms"), _int("finished_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "refund_id"),
        sa.UniqueConstraint("number", "merchant_id", "protocol"),
    )
    op.create_index("refunds_payment", "refunds", ["payment_id", "merchant_id"])
    op.create_table(
        "agreements",
        *(_int("merchant_id"), _int("agreement_id"), _int("payment_id"), _text("app_id"), _text("fingerprint")),
        *(_text("currency"), _text("plan"), _text("state"), _int("created_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "agreement_id"),
    )
    op.create_table(
        "postings",
        *(_int("merchant_id"), _int("posting_id"), _int("payment_id"), _int("attempt_id"), _int("at_ms")),
        *(_text("why"), _text("debit"), _text("credit"), _int("amount_minor"), _text("currency")),
        sa.PrimaryKeyConstraint("merchant_id", "posting_id"),
        sa.CheckConstraint("amount_minor > 0 AND debit <> credit", name="postings_move_something"),
    )
    op.create_index("postings_payment", "postings", ["payment_id", "merchant_id"])
    op.create_table(
        "facts",
        *(_int("merchant_id"), _int("fact_id"), _int("payment_id"), _int("refund_id"), _int("at_ms")),
        *(_text("kind"), _text("data")),
        sa.PrimaryKeyConstraint("merchant_id", "fact_id"),
    )
    op.create_index("facts_payment", "facts", ["payment_id", "merchant_id"])
    op.create_table(
        "webhooks",
        *(_int("merchant_id"), _int("webhook_id"), _int("fact_id"), _int("payment_id"), _int("refund_id")),
        *(_text("protocol"), _text("app_id"), _text("kind"), _int("at_ms"), _text("data"), _text("url")),
        *(_text("body"), _text("state"), _int("tries"), _int("due_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "webhook_id"),
    )
    op.create_index("webhooks_payment", "webhooks", ["payment_id", "merchant_id"])
    _due_index("webhooks")
    op.create_table(
        "webhook_tries",
        *(_int("merchant_id"), _int("webhook_id"), _int("try_no"), _int("at_ms"), _text("url"), _int("status")),
        *(_text("error"), _text("answer"), _int("duration_ms")),
        sa.PrimaryKeyConstraint("merchant_id", "webhook_id", "try_no"),
    )
    op.create_table(
        "data_keys",
        *(_text("key_id"), _text("purpose"), _bytes("wrapped"), _int("created_ms")),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "vault_cards",
        *(_int("merchant_id"), _int("card_id"), _int("payment_id"), _text("key_id"), _bytes("sealed")),
        *(_text("fingerprint"), _int("created_ms")),
        sa.PrimaryKeyConstraint("merchant_id", "card_id"),
    )
    op.create_index("vault_cards_fingerprint", "vault_cards", ["fingerprint", "merchant_id"])
    op.create_table(
        "sandbox_book",
        *(_int("merchant_id"), _int("attempt_id"), _int("original_id"), _text("kind"), _int("amount_minor")),
        *(_text("currency"), _text("state"), _int("due_ms"), _bool("capture"), _text("scenario"), _text("masked")),
        *(_text("decline"), _text("payer_choice"), _text("key"), _text("reference"), _text("return_url")),
        *(_text("details"), _int("created_ms"), _int("changed_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "attempt_id"),
    )
    op.create_index("sandbox_book_original", "sandbox_book", ["original_id", "merchant_id"])
    op.create_table("writers", _int("writer_id"), _int("batch"), sa.PrimaryKeyConstraint("writer_id"))
    nodes = op.create_table("node_counter", _int("value"))
    op.bulk_insert(nodes, [{"value": 0}])


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
