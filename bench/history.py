"""A long history, written by the database itself: millions of payments in minutes, with what lists and search look at.

Rows are made in SQL from their number, so that two stores hold the very same. Each kind of row begins as a real one of
the gateway's; what tells rows apart is written over it. Left out is what no list looks at: requests as received,
postings, bodies and tries of webhooks, the sandbox acquirer's book.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, text

import polygate.assembly.sandbox_book  # noqa: F401 - It registers the sandbox acquirer's table.
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt
from polygate.core.facts import Fact
from polygate.core.ids import EPOCH_MS, MerchantId
from polygate.core.merchants import Merchant
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.webhooks import Webhook
from polygate.store.engine import connected
from polygate.store.rows import table_of
from tests.store.samples import some

LARGE: Final = MerchantId(1_001)
"""Has 19 of 20 payments."""
SMALL: Final = MerchantId(1_002)
DAYS: Final = 90
_DAY_MS: Final = 86_400_000
_CHUNK: Final = 100_000

_AT: Final = "(:start + n * :step)"
_ID: Final = f"(({_AT} - {EPOCH_MS}) * 1048576)"


def _dice(sides: int, salt: int) -> str:
    """A number below `sides` that looks thrown, the same for the same payment everywhere."""
    return f"((n + {salt}) * 2654435761 % 4294967296 / 16 % {sides})"


_FATE: Final = _dice(1_000, 1)
_STATE: Final = (
    f"CASE WHEN {_FATE} < 900 THEN 'captured' WHEN {_FATE} < 970 THEN 'failed' WHEN {_FATE} < 985 THEN 'expired' "
    f"WHEN {_FATE} < 997 THEN 'canceled' ELSE 'authorized' END"
)
_FACT: Final = (
    f"CASE WHEN {_FATE} < 900 THEN 'PaymentCaptured' WHEN {_FATE} < 970 THEN 'PaymentFailed' "
    f"WHEN {_FATE} < 985 THEN 'PaymentExpired' WHEN {_FATE} < 997 THEN 'PaymentCanceled' ELSE 'PaymentAuthorized' END"
)
_KIND: Final = _dice(100, 2)
_METHOD: Final = (
    f"CASE WHEN n % 100000 = 7 THEN 'pix' WHEN {_KIND} < 70 THEN 'card' WHEN {_KIND} < 80 THEN 'wechat' "
    f"WHEN {_KIND} < 90 THEN 'alipay' ELSE 'upi' END"
)
_OWNER: Final = f"CASE WHEN n % 20 = 0 THEN {SMALL} ELSE {LARGE} END"
_APP: Final = f"CASE WHEN {_dice(10, 3)} < 7 THEN '100000000000001' ELSE '100000000000002' END"
_CURRENCY: Final = f"CASE WHEN {_KIND} >= 90 THEN 'INR' WHEN {_dice(10, 4)} < 6 THEN 'USD' ELSE 'EUR' END"
_AMOUNT: Final = f"(100 + {_dice(50_000, 5)})"
_FOUR: Final = f"substr(cast(10000 + {_dice(10_000, 6)} AS text), 2)"
_MASKED: Final = f"'444433******' || {_FOUR}"
_REFERENCE: Final = f"'ref-' || cast({_dice(1_000_003, 7)} AS text) || '-' || cast(n AS text)"
_TWELVE: Final = "substr(cast(1000000000000 + n * 7919 AS text), 2)"

_JSON_CARD: Final = (
    "'{\"masked\":\"' || " + _MASKED + " || '\",\"brand\":\"VISA\",\"fingerprint\":\"' || "
    "'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' || "
    "'\",\"holder\":\"Amy Lee\",\"expiry_month\"\\:12,\"expiry_year\"\\:2035}'"
)  # fmt: skip
_JSON_DETAILS: Final = (
    f'CASE WHEN {_KIND} >= 90 THEN \'{{"payer":"amy@upi","bank_reference":"\' || {_TWELVE} || \'"}}\' '
    'ELSE \'{"auth_code":"123456","avs_result":"Y"}\' END'
)
_JSON_TOLD: Final = '\'{"protocol":"gateway","app_id":"100000000000001","order_no":"\' || n || \'"}\''

Columns = Mapping[str, str]
_FOR_ALL: Final[Columns] = {"merchant_id": _OWNER, "app_id": _APP, "currency": _CURRENCY, "version": "2"}


class Kind(msgspec.Struct, frozen=True):
    """Rows of one type: for which payments there is one, and the columns that tell them apart."""

    row_type: type[Any]
    columns: Columns
    where: str = "1 = 1"


def _kinds() -> list[Kind]:
    ended = f"{_AT} + 900"
    facts = [
        Kind(
            Fact,
            {
                "fact_id": f"{_ID} + {place}",
                "payment_id": _ID,
                "refund_id": "0",
                "at_ms": at,
                "kind": kind,
                "data": data,
            },
        )
        for place, at, kind, data in (
            (10, _AT, "'PaymentRequested'", '\'{"amount":"10.99 USD"}\''),
            (11, _AT, "'AcquirerAsked'", '\'{"kind":"charge","acquirer":"sandbox","state":"asked"}\''),
            (12, ended, "'AcquirerAnswered'", '\'{"kind":"charge","acquirer":"sandbox","said":"approved"}\''),
            (13, ended, _FACT, _JSON_TOLD),
        )
    ]
    refunded = f"n % 30 = 0 AND {_FATE} < 900"
    return [
        Kind(
            Payment,
            {
                "payment_id": _ID, "order_no": "'ORDER-' || n", "state": _STATE, "amount_minor": _AMOUNT,
                "captured_minor": f"CASE WHEN {_FATE} < 900 THEN {_AMOUNT} ELSE 0 END", "method": _METHOD,
                "protocol": f"CASE WHEN {_KIND} >= 90 THEN 'channel' ELSE 'gateway' END", "acquirer": "'sandbox'",
                "product": "''", "attach": "''", "notify_url": "''", "front_url": "''", "language": "'en-US'",
                "keep_card": "''", "agreement_id": "0", "refunding_minor": "0", "three_ds": "'no'",
                "capture_mode": "'auto'", "reference": _REFERENCE, "details": _JSON_DETAILS,
                "card": f"CASE WHEN {_KIND} < 70 THEN {_JSON_CARD} ELSE 'null' END",
                "decline": f"CASE WHEN {_FATE} BETWEEN 900 AND 969 THEN 'insufficient_funds' ELSE '' END",
                "created_ms": _AT, "answered_ms": ended, "captured_ms": ended, "finished_ms": ended,
                "expires_ms": f"{_AT} + 600000",
            },
        ),
        Kind(
            Attempt,
            {
                "attempt_id": f"{_ID} + 1", "payment_id": _ID, "original_id": f"{_ID} + 1", "refund_id": "0",
                "kind": "'charge'", "acquirer": "'sandbox'",
                "state": f"CASE WHEN {_FATE} BETWEEN 900 AND 969 THEN 'declined' ELSE 'approved' END",
                "amount_minor": _AMOUNT, "reference": _REFERENCE, "created_ms": _AT, "closed_ms": ended,
                "why": "'sandbox takes card in USD'", "payer_url": "''", "payer_code": "''",
                "payer_action": "''", "challenge": "''", "original_reference": "''", "said": "'approved'",
            },
        ),
        *facts,
        Kind(
            Webhook,
            {
                "webhook_id": f"{_ID} + 30", "fact_id": f"{_ID} + 13", "payment_id": _ID, "refund_id": "0",
                "protocol": "'gateway'", "kind": _FACT, "at_ms": ended, "data": _JSON_TOLD, "body": "''",
                "url": "'https://shop.example/told'", "tries": "1",
                "state": "CASE WHEN n % 5000 = 3 THEN 'given_up' ELSE 'delivered' END",
            },
        ),
        Kind(
            Refund,
            {
                "refund_id": f"{_ID} + 40", "payment_id": _ID, "protocol": "'gateway'", "number": "'REFUND-' || n",
                "state": "CASE WHEN n % 90 = 0 THEN 'failed' ELSE 'succeeded' END", "amount_minor": _AMOUNT,
                "reason": "'damaged'", "client_ip": "'203.0.113.9'", "notify_url": "''", "said": "''",
                "created_ms": f"{_AT} + 1000", "finished_ms": f"{_AT} + 1400",
            },
            refunded,
        ),
        Kind(
            Fact,
            {
                "fact_id": f"{_ID} + 14", "payment_id": _ID, "refund_id": f"{_ID} + 40", "at_ms": f"{_AT} + 1400",
                "kind": "CASE WHEN n % 90 = 0 THEN 'RefundFailed' ELSE 'RefundSucceeded' END", "data": _JSON_TOLD,
            },
            refunded,
        ),
        Kind(
            Payout,
            {
                "payout_id": f"{_ID} + 50", "number": "'PAYOUT-' || n", "protocol": "'channel'", "state": "'paid'",
                "amount_minor": _AMOUNT, "reference": _TWELVE, "attempt_id": "0", "created_ms": _AT,
                "changed_ms": ended, "paid_ms": ended, "closed_ms": ended,
            },
            "n % 500 = 1",
        ),
        Kind(
            Shipment,
            {
                "shipment_id": f"{_ID} + 60", "payment_id": _ID, "tracking_no": "'TRACK-' || n",
                "status": "'delivered'", "created_ms": _AT, "changed_ms": ended,
            },
            "n % 50 = 1",
        ),
        Kind(
            Agreement,
            {
                "agreement_id": f"{_ID} + 70", "payment_id": _ID, "card": _JSON_CARD, "state": "'live'",
                "created_ms": _AT, "changed_ms": ended,
            },
            "n % 200 = 1",
        ),
        Kind(
            Subscription,
            {
                "subscription_id": f"{_ID} + 80", "payment_id": _ID, "number": "'ORDER-' || n", "state": "'active'",
                "amount_minor": _AMOUNT, "created_ms": _AT, "changed_ms": ended,
            },
            "n % 1000 = 1",
        ),
    ]  # fmt: skip


def fill(url: str, payments: int, *, end_ms: int, on_rows: Callable[[int], None]) -> None:
    """Payments of the last 90 days before a time, into a migrated and empty database."""
    step = max(DAYS * _DAY_MS // payments, 1)
    with connected(url) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
        for number, merchant_id in enumerate((LARGE, SMALL), 1):
            _insert_one(connection, some(Merchant, number, merchant_id=merchant_id, merchant_no=f"{merchant_id:014d}"))
        kinds = [_statement(kind, is_sqlite=is_sqlite) for kind in _kinds()]
        for first in range(1, payments + 1, _CHUNK):
            last = min(first + _CHUNK - 1, payments)
            for sql, usual in kinds:
                params = {"first": first, "last": last, "start": end_ms - step * payments, "step": step, **usual}
                connection.execute(sql, params)
            connection.commit()
            on_rows(last)
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        else:
            connection.commit()
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def _statement(kind: Kind, *, is_sqlite: bool) -> tuple[Any, dict[str, Any]]:
    """The insertion of a chunk, and the values that all its rows have."""
    table = table_of(kind.row_type)
    usual = dict(zip(table.columns, table.encode(some(kind.row_type, 0)), strict=True))
    columns = {name: f":u_{name}" for name in table.columns} | {
        name: expression for name, expression in {**_FOR_ALL, **kind.columns}.items() if name in table.columns
    }
    following = "SELECT n + 1 FROM numbers WHERE n < :last"
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT cast(:first AS bigint) UNION ALL {following})"
    # PostgreSQL has to be told the types of values that stand alone.
    types = {"int": "bigint", "str": "text", "bool": "boolean", "bytes": "bytea"}
    casts = dict(zip(table.columns, table.kinds, strict=True))
    selected = ", ".join(
        expression if is_sqlite else f"CAST({expression} AS {types[casts[name]]})"
        for name, expression in columns.items()
    )
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) {numbers} SELECT {selected} FROM numbers WHERE {kind.where}"
    values = {f"u_{name}": usual[name] for name, expression in columns.items() if expression == f":u_{name}"}
    return text(sql), values


def _insert_one(connection: Connection, row: Any) -> None:
    table = table_of(type(row))
    marks = ", ".join(f":{name}" for name in table.columns)
    values = dict(zip(table.columns, table.encode(row), strict=True))
    connection.execute(text(f"INSERT INTO {table.name} ({table.column_list}) VALUES ({marks})"), values)
