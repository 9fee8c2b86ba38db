"""What is written is what is read, for every kind of row and every value its fields may hold."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import msgspec
import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from polygate.core.ledger import PostingRow
from polygate.store.contract import Change, Insert, Update
from polygate.store.engine import connected
from polygate.store.opened import Store, open_store
from polygate.store.rows import Table, tables
from tests.store.samples import rows, unique_keys

every_table = pytest.mark.parametrize("table", tables(), ids=attrgetter("name"))
every_rewritten_table = pytest.mark.parametrize(
    "table", [table for table in tables() if not table.append_only], ids=attrgetter("name")
)
# Each example empties the table it uses, so that one store serves them all.
searched = settings(max_examples=4, suppress_health_check=list(HealthCheck))


class Blocking:
    """A store for tests that are no coroutines: Hypothesis draws its examples outside of any event loop."""

    def __init__(self, runner: asyncio.Runner, store: Store, beside: Connection) -> None:
        self._runner = runner
        self._store = store
        self._beside = beside.execution_options(isolation_level="AUTOCOMMIT")
        self.unique_keys = unique_keys(beside)

    def empty(self, table: Table) -> None:
        self._beside.execute(text(f"DELETE FROM {table.name}"))

    def submit(self, *changes: Change) -> None:
        async def all_at_once() -> None:
            await asyncio.gather(*(self._store.submit(change) for change in changes))

        self._runner.run(all_at_once())

    def kept(self, table: Table) -> dict[Any, Any]:
        """By key, as the store's own reads see them."""
        found = self._runner.run(self._store.fetch(f"SELECT {table.column_list} FROM {table.name}"))
        return {table.key_of(values): table.decode(values) for values in found}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blocking]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("round-trip") / "polygate.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("migrated_postgres")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, connected(url) as beside:
        opened = runner.run(open_store(url))
        yield Blocking(runner, opened, beside)
        runner.run(opened.close())


def possible(row: Any) -> bool:
    """A posting that moves nothing, or nowhere, is refused by the database itself."""
    return not isinstance(row, PostingRow) or (row.amount_minor > 0 and row.debit != row.credit)


def batches(table: Table, keys: list[tuple[str, ...]]) -> st.SearchStrategy[list[Any]]:
    """Rows that do not get in each other's way, written side by side: large values beside small ones."""
    row = rows(table.row_type).filter(possible)
    return st.lists(row, min_size=1, max_size=4, unique_by=tuple(attrgetter(*key) for key in keys))


def by_key(table: Table, some: list[Any]) -> dict[Any, Any]:
    return {table.key_of(table.encode(row)): row for row in some}


@every_table
@searched
@given(data=st.data())
def test_inserted_rows_come_back_equal(store: Blocking, table: Table, data: st.DataObject) -> None:
    """Whatever a field may hold is what is read: every script, quotes, emoji, 64-bit integers, nothing at all."""
    store.empty(table)
    batch = data.draw(batches(table, store.unique_keys[table.name]))

    store.submit(*(Change((Insert(row),)) for row in batch))

    assert by_key(table, batch) == store.kept(table)


@every_table
@searched
@given(data=st.data())
def test_put_rows_come_back_equal(store: Blocking, table: Table, data: st.DataObject) -> None:
    """Puts go another way than guards, with the same result."""
    store.empty(table)
    batch = data.draw(batches(table, store.unique_keys[table.name]))

    store.submit(Change((), tuple(batch)))

    assert by_key(table, batch) == store.kept(table)


@every_rewritten_table
@searched
@given(data=st.data())
def test_changed_rows_come_back_equal(store: Blocking, table: Table, data: st.DataObject) -> None:
    """An update, or a put of a row that is there, replaces all of it but its key and what is fixed."""
    store.empty(table)
    first, other = data.draw(rows(table.row_type)), data.draw(rows(table.row_type))
    versioned = "version" in table.columns
    if versioned:
        first = msgspec.structs.replace(first, version=1)
    changed = msgspec.structs.replace(first, **{column: getattr(other, column) for column in table.changing})
    if versioned:
        changed = msgspec.structs.replace(changed, version=2)

    store.submit(Change((Insert(first),)))
    store.submit(Change((Update(changed),)) if versioned else Change((), (changed,)))

    assert by_key(table, [changed]) == store.kept(table)
