"""The story's database on each store, a copy for each test that damages it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from tests.doctor.story import Told, tell


class Patient(msgspec.Struct, frozen=True):
    """A database to be damaged and looked at."""

    told: Told

    def harm(self, *statements: str, **values: Any) -> None:
        """Run SQL behind the gateway's back; `:name` are values. Each statement must hit something."""
        with _connected(self.told.database_url) as connection:
            for statement in statements:
                assert connection.execute(*_for(connection, statement, self._values() | values)).rowcount, statement

    def ask(self, sql: str, **values: Any) -> Any:
        """The first value of the first row."""
        with _connected(self.told.database_url) as connection:
            row = connection.execute(*_for(connection, sql, self._values() | values)).fetchone()
            assert row is not None, sql
            return row[0]

    def _values(self) -> dict[str, Any]:
        """What statements may name: the merchant, the story's end, payments and payouts by name, e.g. `:in_doubt`."""
        ids = self.told.payments | self.told.payouts
        named = {name.replace("-", "_"): subject_id for name, subject_id in ids.items()}
        return named | {"merchant": self.told.merchant_id, "now": self.told.now_ms}


def _connected(url: str) -> Any:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA ignore_check_constraints = ON")
        return closing(connection)
    return closing(psycopg.connect(url, autocommit=True))


def _for(connection: Any, sql: str, values: dict[str, Any]) -> tuple[str, Any]:
    return (sql if isinstance(connection, sqlite3.Connection) else re.sub(r"(?<!\w):(\w+)", r"%(\1)s", sql)), values


@pytest.fixture
def patient(told: Told, tmp_path: Path) -> Patient:
    """A copy of the story on SQLite."""
    copy = tmp_path / "polygate.db"
    copy.write_bytes(Path(told.database_url.removeprefix("sqlite:///")).read_bytes())
    return Patient(msgspec.structs.replace(told, database_url=f"sqlite:///{copy}"))


@pytest.fixture
async def postgres_patient(postgres_url: str) -> Patient:
    return Patient(await tell(postgres_url))
