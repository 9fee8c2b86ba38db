"""What the gateway writes for one payment, taken down from the store itself while one is made.

A payment is posted to the real application over a store whose connection keeps a record of the statements. So pgbench
runs what the gateway runs, and follows when the gateway changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
import msgspec

from bench.payment import PATH, body_around_order_number, order_number
from polygate.assembly.sandbox_book import StoredBook
from polygate.connectors import sandbox
from polygate.connectors.registry import connectors
from polygate.connectors.transport import Transport
from polygate.core.ids import EXACT_TICK_MS, IdSequence
from polygate.operations.context import Context, wall_clock
from polygate.operations.credentials import issue_token
from polygate.operations.links import Links
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.protocols.registry import protocols
from polygate.store.contract import Change
from polygate.store.migrate import migrate
from polygate.store.opened import Store, unlock_vault
from polygate.store.sqlite.database import write
from polygate.store.vault import new_master_key
from polygate.web.app import create_app as create_web_app

NOTIFY_URL: Final = "http://127.0.0.1:65535/"
_ORDER_NO: Final = order_number(1)


class Statement(msgspec.Struct, frozen=True):
    """SQL with a `?` for each of its values."""

    sql: str
    values: tuple[Any, ...]


class Transaction(msgspec.Struct, frozen=True):
    statements: tuple[Statement, ...]
    is_of_acquirer: bool
    """The sandbox acquirer's own book: another company's work, done in our database."""


class Recording(msgspec.Struct, frozen=True):
    """What one captured payment writes, in order, and the values that are another payment's own."""

    transactions: tuple[Transaction, ...]
    identifiers: tuple[int, ...]
    order_no: str


async def record() -> Recording:
    """Make a payment with the notification address of a merchant, and tell what was written for it."""
    with TemporaryDirectory(prefix="polygate-bench-") as directory:
        path = Path(directory) / "polygate.db"
        migrate(f"sqlite:///{path}")
        database = _RecordingDatabase(path)
        try:
            return await _record(database)
        finally:
            await database.close()


async def _record(database: _RecordingDatabase) -> Recording:
    store = Store(database)
    vault = await unlock_vault(store, new_master_key(), now_ms=wall_clock())
    identifiers = _NotedIds(node=0)
    context = Context(
        store=store,
        vault=vault,
        transport=Transport({sandbox.CONNECTOR.name: sandbox.SandboxAcquirer(StoredBook(store), wall_clock).answer}),
        connectors=connectors(),
        links=Links("http://127.0.0.1", vault),
        ids=identifiers,
        exact_ids=IdSequence(0, tick_ms=EXACT_TICK_MS),
    )
    made = await create_merchant(context, name="Bench", mcc="5999", fees={})
    shop = await create_app(context, made.merchant, name="Bench", methods=("card",))
    token = await issue_token(context, shop.app)
    database.transactions.clear()
    identifiers.noted.clear()
    routes = [route for protocol in protocols().values() for route in protocol.routes(context)]
    application = httpx.ASGITransport(create_web_app(routes, ready=store.reads.ping))
    async with httpx.AsyncClient(transport=application, base_url="http://127.0.0.1") as client:
        answer = await client.post(
            PATH,
            content=_ORDER_NO.encode().join(body_around_order_number(NOTIFY_URL)),
            headers={"Authorization": token.reveal(), "Content-Type": "application/json"},
        )
    if answer.json().get("orderStatus") != "successed":
        raise AssertionError(f"the payment to record was not captured: {answer.text}")
    return Recording(tuple(database.transactions), tuple(identifiers.noted), _ORDER_NO)


class _NotedIds(IdSequence):
    def __init__(self, node: int) -> None:
        super().__init__(node)
        self.noted: list[int] = []

    def take(self, now_ms: int) -> int:
        self.noted.append(super().take(now_ms))
        return self.noted[-1]


class _Tape(sqlite3.Connection):
    """A connection that keeps what it is told to execute."""

    told: list[Statement]

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        self.told.append(Statement(sql, tuple(values)))
        return super().execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Any], /) -> sqlite3.Cursor:
        rows = list(rows)
        # PostgreSQL is sent one statement for all rows of a table, and so is pgbench.
        marks = f"({', '.join('?' * len(rows[0]))})"
        many = sql.replace(f"VALUES {marks}", f"VALUES {', '.join([marks] * len(rows))}", 1)
        self.told.append(Statement(many, tuple(value for row in rows for value in row)))
        return super().executemany(sql, rows)


class _RecordingDatabase:
    """Honors `polygate.store.contract.Database` on one connection, and keeps every transaction."""

    dialect: Final = "sqlite"

    def __init__(self, path: Path) -> None:
        self._tape = sqlite3.connect(path, isolation_level=None, factory=_Tape)
        self._tape.told = []
        self.transactions: list[Transaction] = []

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return sqlite3.Connection.execute(self._tape, sql.replace("%s", "?"), params).fetchall()

    async def fetch_shared(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return await self.fetch(sql, params)

    async def fetch_apart(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return await self.fetch(sql, params)

    async def submit(self, change: Change) -> None:
        self._tape.told.clear()
        [lost] = write(self._tape, [change])
        if lost is not None:
            raise lost
        _begin, *statements, _commit = self._tape.told
        is_of_acquirer = all(isinstance(guard.row, sandbox.Entry) for guard in change.guards)
        self.transactions.append(Transaction(tuple(statements), is_of_acquirer))

    async def claim(
        self, row_type: type[Any], *, now_ms: int, until_ms: int, limit: int, passing_over: Sequence[int] = ()
    ) -> list[Any]:
        return []

    async def execute(self, sql: str, params: Sequence[Any]) -> int:
        return 0

    async def close(self) -> None:
        self._tape.close()
