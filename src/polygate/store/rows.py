"""How values become rows: one table for each kind of value, one column for each of its fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, get_origin, get_type_hints

import msgspec

from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt
from polygate.core.blocks import Block
from polygate.core.books import BooksRound
from polygate.core.calls import Call
from polygate.core.chargebacks import Chargeback
from polygate.core.facts import Fact
from polygate.core.groups import PaidGroup
from polygate.core.ledger import PostingRow
from polygate.core.merchants import App, Merchant, Token, UsedNonce
from polygate.core.payments import OrderDetails, Payment
from polygate.core.payouts import BankTransfer, Payout, Reserve
from polygate.core.people import AuditEntry, Guesses, Session, User
from polygate.core.refunds import Refund
from polygate.core.risk import RiskEvent
from polygate.core.saved_views import SavedView
from polygate.core.shipments import Shipment
from polygate.core.statistics import BusinessDay, Counted
from polygate.core.subscriptions import Subscription
from polygate.core.webhooks import Webhook, WebhookTry
from polygate.store.contract import Change, StoreError
from polygate.store.vault import DataKey, VaultCard

_REMEMBERED: Final = 1_024
"""Values of a table that is read often."""


class Table:
    """One table: its name, primary key and how a value of its type is written and read.

    Values are kept as integers, text, booleans or bytes; everything richer is JSON text.
    """

    def __init__(
        self,
        row_type: type[msgspec.Struct],
        name: str,
        key: tuple[str, ...],
        *,
        fixed: tuple[str, ...] = (),
        append_only: bool = False,
        read_often: bool = False,
    ) -> None:
        """`read_often` is for what every request reads and hardly anything changes: the same row again is the same
        value again, not one decoded anew."""
        declared = get_type_hints(row_type)
        hints = {field: declared[field] for field in row_type.__struct_fields__}
        self.row_type = row_type
        self.name = name
        self.key = key
        self.append_only = append_only
        self.columns: Final = tuple(hints)
        self.kinds: Final = tuple(_kind(hint) for hint in hints.values())
        self.changing: Final = tuple(c for c in self.columns if c not in (*key, *fixed))
        """The columns an update writes."""
        self.column_list: Final = ", ".join(self.columns)
        self._encoders = tuple((i, e) for i, h in enumerate(hints.values()) if (e := _encoder(h)) is not None)
        self._decoders = tuple((i, d) for i, h in enumerate(hints.values()) if (d := _decoder(h)) is not None)
        self._key_places = tuple(self.columns.index(c) for c in key)
        if read_often:
            self.decode = lru_cache(_REMEMBERED)(self.decode)  # type: ignore[method-assign]

    def encode(self, row: Any) -> list[Any]:
        """Column values in the order of `columns`."""
        values = list(msgspec.structs.astuple(row))
        for place, encoder in self._encoders:
            values[place] = encoder(values[place])
        return values

    def decode(self, values: tuple[Any, ...]) -> Any:
        row = list(values)
        for place, decoder in self._decoders:
            row[place] = decoder(row[place])
        return self.row_type(**dict(zip(self.columns, row, strict=True)))

    def key_of(self, encoded: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(encoded[place] for place in self._key_places)


def _kind(hint: Any) -> str:
    base = getattr(hint, "__supertype__", hint)
    if base in {int, bool, bytes}:
        return str(base.__name__)
    return "str"


def _encoder(hint: Any) -> Callable[[Any], Any] | None:
    base = getattr(hint, "__supertype__", hint)
    if base in {int, bool, bytes, str}:
        return None
    if isinstance(base, type) and issubclass(base, StrEnum):
        return lambda member: member.value
    encode = msgspec.json.Encoder(order="deterministic").encode
    return lambda value: encode(value).decode()


def _decoder(hint: Any) -> Callable[[Any], Any] | None:
    base = getattr(hint, "__supertype__", hint)
    if base in {int, str}:
        return None
    if base in {bool, bytes}:
        return base  # type: ignore[no-any-return]
    if get_origin(base) is None and isinstance(base, type) and issubclass(base, StrEnum):
        return base
    return msgspec.json.Decoder(base).decode


_TABLES: Final = {
    table.row_type: table
    for table in (
        Table(Merchant, "merchants", ("merchant_id",), read_often=True),
        Table(App, "apps", ("merchant_id", "app_id"), read_often=True),
        Table(Token, "tokens", ("token_hash",), read_often=True),
        Table(UsedNonce, "used_nonces", ("merchant_id", "app_id", "nonce")),
        Table(
            Payment,
            "payments",
            ("merchant_id", "payment_id"),
            fixed=(
                "protocol", "order_no", "app_id", "amount_minor", "currency", "capture_mode", "three_ds",
                "fraud_check", "is_checkout", "keep_card", "fee_basis_points", "fee_fixed_minor", "notify_url",
                "front_url", "language", "attach", "created_ms", "late_goes_back", "is_test", "group_no", "tries_most",
                "number_scope",
            ),
        ),
        Table(OrderDetails, "order_details", ("merchant_id", "payment_id")),
        Table(Attempt, "attempts", ("merchant_id", "attempt_id")),
        Table(Refund, "refunds", ("merchant_id", "refund_id")),
        Table(Chargeback, "chargebacks", ("merchant_id", "chargeback_id"), append_only=True),
        Table(PaidGroup, "paid_groups", ("merchant_id", "protocol", "group_no")),
        Table(Agreement, "agreements", ("merchant_id", "agreement_id")),
        Table(Payout, "payouts", ("merchant_id", "payout_id")),
        Table(BankTransfer, "bank_transfers", ("reference",), append_only=True),
        Table(Reserve, "reserves", ("merchant_id", "currency")),
        Table(Subscription, "subscriptions", ("merchant_id", "subscription_id")),
        Table(RiskEvent, "risk_events", ("merchant_id", "event_id"), append_only=True),
        Table(Block, "blocks", ("merchant_id", "block_id")),
        Table(
            Shipment,
            "shipments",
            ("merchant_id", "shipment_id"),
            fixed=("payment_id", "created_ms"),
        ),
        Table(PostingRow, "postings", ("merchant_id", "posting_id"), append_only=True),
        Table(Fact, "facts", ("merchant_id", "fact_id"), append_only=True),
        Table(Call, "calls", ("merchant_id", "call_id"), append_only=True),
        Table(Webhook, "webhooks", ("merchant_id", "webhook_id")),
        Table(WebhookTry, "webhook_tries", ("merchant_id", "webhook_id", "try_no"), append_only=True),
        Table(User, "users", ("merchant_id", "user_id"), fixed=("login", "created_ms")),
        Table(
            Session,
            "sessions",
            ("merchant_id", "session_id"),
            fixed=("user_id", "token_hash", "epoch", "created_ms", "address", "user_agent"),
        ),
        Table(AuditEntry, "audit_entries", ("merchant_id", "entry_id"), append_only=True),
        Table(Guesses, "guesses", ("who",)),
        Table(BusinessDay, "business_days", ("merchant_id", "day", "currency")),
        Table(Counted, "counted_facts", ("merchant_id",)),
        Table(BooksRound, "books_rounds", ("merchant_id",)),
        Table(SavedView, "saved_views", ("merchant_id", "view_id"), append_only=True),
        Table(DataKey, "data_keys", ("key_id",), fixed=("purpose", "created_ms")),
        Table(VaultCard, "vault_cards", ("merchant_id", "card_id")),
    )
}  # fmt: skip


def register(table: Table) -> None:
    """Add the table of a plug that keeps rows of its own (the sandbox acquirer's book)."""
    _TABLES[table.row_type] = table


def table_of(row_type: type[Any]) -> Table:
    """The table that keeps values of a type."""
    return _TABLES[row_type]


def tables() -> tuple[Table, ...]:
    return tuple(_TABLES.values())


def puts_by_table(changes: Sequence[Change], results: Sequence[StoreError | None]) -> dict[Table, list[list[Any]]]:
    """The puts of the changes that hold, encoded, in the order in which they are to be written."""
    puts: dict[Table, list[list[Any]]] = {}
    for change, lost in zip(changes, results, strict=True):
        if lost is None:
            for row in change.puts:
                table = table_of(type(row))
                puts.setdefault(table, []).append(table.encode(row))
    return puts


def claim_sql(table: Table, *, passing_over: int, lock: str = "") -> str:
    """Put off due rows and return them; parameters: now, merchants passed over, how many, the time put off to."""
    key = ", ".join(table.key)
    others = f"AND merchant_id NOT IN ({', '.join(['%s'] * passing_over)})" if passing_over else ""
    # Materialized: a planner free to run the inner query twice would lock, and claim, more rows than asked for.
    return (
        f"WITH due AS MATERIALIZED (SELECT {key} FROM {table.name} "
        f"WHERE due_ms > 0 AND due_ms <= %s {others} ORDER BY due_ms LIMIT %s {lock}) "
        f"UPDATE {table.name} SET due_ms = %s WHERE ({key}) IN (SELECT {key} FROM due) RETURNING {table.column_list}"
    )
