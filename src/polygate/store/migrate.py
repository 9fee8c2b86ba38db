"""Bring a database to the current schema."""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from polygate.store.engine import connected
from polygate.store.schema import MIGRATIONS, newest, refuse_newer

_LOCK: Final = 0x706F6C79
"""PostgreSQL advisory lock under which one process migrates while the others wait."""


def migrate(url: str) -> str:
    """Upgrade to the newest schema and return its revision. Raises Unavailable or NewerSchema.

    All of it happens or none, and several processes may call it at once.
    """
    with connected(url) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        else:
            # The driver would begin a transaction only at the first INSERT, and leave half a schema after a crash.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        refuse_newer(MigrationContext.configure(connection).get_current_revision())
        command.upgrade(config, "head")
        connection.commit()
    return newest()
