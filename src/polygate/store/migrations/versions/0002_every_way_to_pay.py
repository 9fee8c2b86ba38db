"""Wallets, kept cards that are charged again, shipments, and what the fraud check needs to remember."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _int(name: str, default: int | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=None if default is None else str(default))


def _text(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _bool(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def upgrade() -> None:
    for column in (_text("product", ""), _text("attach", ""), _int("risk_score", -1)):
        op.add_column("payments", column)
    # For operators, who look for a payment by our number, or for the latest, without saying whose it is.
    op.create_index("payments_number", "payments", ["payment_id", "merchant_id"])
    for column in (_bool("captures"), _text("payer_action", ""), _text("payer_code", ""), _text("payer_info", "{}")):
        op.add_column("attempts", column)
    op.execute(
        "UPDATE attempts SET captures = (SELECT p.capture_mode = 'auto' FROM payments p "
        "WHERE p.merchant_id = attempts.merchant_id AND p.payment_id = attempts.payment_id)"
    )
    op.execute("UPDATE attempts SET payer_action = 'authenticate' WHERE payer_url <> ''")
    # What was given up is asked about from now on until the acquirer has closed it, instead of being forgotten.
    op.execute("UPDATE attempts SET state = 'declined' WHERE state = 'abandoned'")

    for column in (_text("allowed_addresses", "[]"), _bool("may_initiate")):
        op.add_column("apps", column)
    op.add_column("merchants", _text("risk", "{}"))
    changed = sa.text("risk <> '{}'")
    op.create_index("merchants_risk", "merchants", ["merchant_id"], postgresql_where=changed, sqlite_where=changed)

    for column in (_text("card", "{}"), _int("changed_ms", 0), _text("why", "")):
        op.add_column("agreements", column)
    op.execute(
        "UPDATE agreements SET changed_ms = created_ms, card = (SELECT p.card FROM payments p "
        "WHERE p.merchant_id = agreements.merchant_id AND p.payment_id = agreements.payment_id)"
    )
    op.create_index("agreements_fingerprint", "agreements", ["fingerprint", "merchant_id"])
    op.create_index("agreements_payment", "agreements", ["payment_id", "merchant_id"])
    op.create_index("vault_cards_payment", "vault_cards", ["payment_id", "merchant_id"])

    op.create_table(
        "shipments",
        *(_int("merchant_id"), _int("shipment_id"), _int("payment_id"), _text("tracking_no"), _text("carrier")),
        *(_text("shipped_on"), _text("direction"), _text("status"), _text("number_type"), _text("url")),
        *(_text("data"), _int("created_ms"), _int("changed_ms"), _int("version")),
        sa.PrimaryKeyConstraint("merchant_id", "shipment_id"),
        sa.UniqueConstraint("payment_id", "tracking_no", "merchant_id"),
    )

    op.create_table(
        "risk_events",
        *(_int("merchant_id"), _int("event_id"), _int("at_ms"), _text("app_id"), _int("payment_id")),
        *(_text("fingerprint"), _text("client_ip"), _int("score"), _bool("stopped")),
        sa.PrimaryKeyConstraint("merchant_id", "event_id"),
    )
    # Only what is counted: whoever is stopped again and again must not make the counting slow.
    passed = sa.text("NOT stopped")
    for counted in ("fingerprint", "client_ip", "app_id"):
        columns = [counted, "merchant_id", "at_ms"]
        op.create_index(f"risk_events_{counted}", "risk_events", columns, postgresql_where=passed, sqlite_where=passed)
    op.create_index("risk_events_age", "risk_events", ["at_ms"])
    op.create_table(
        "blocks",
        *(_int("merchant_id"), _int("block_id"), _text("kind"), _text("value"), _text("shown"), _text("why")),
        *(_int("created_ms"), _int("until_ms")),
        sa.PrimaryKeyConstraint("merchant_id", "block_id"),
        sa.UniqueConstraint("kind", "value", "merchant_id"),
    )

    for column in (_text("method", ""), _text("product", ""), _text("code", ""), _text("description", "")):
        op.add_column("sandbox_book", column)
    # For the few entries that have a code to scan; cards, which are many, are left out of it.
    coded = sa.text("code <> ''")
    op.create_index("sandbox_book_coded", "sandbox_book", ["reference"], sqlite_where=coded, postgresql_where=coded)


def downgrade() -> None:
    raise NotImplementedError("the books are never thrown away by a migration")
