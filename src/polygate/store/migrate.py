"""Bring a database to the current schema, or tell which one it has."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from polygate.store.contract import StoreError
from polygate.store.engine import connected

_LOCK: Final = 0x706F6C79
"""PostgreSQL advisory lock under which one process migrates while the others wait."""


class NotMigrated(StoreError):
    """The database's schema is older than the one this program works with."""


class NewerSchema(StoreError):
    """The database was migrated by a newer version of the program."""


def migrate(url: str) -> str:
    """Upgrade to the newest schema and return its revision. Raises Unavailable or NewerSchema.

    All of it happens or none, and several processes may call it at once.
    """
    with connected(url) as connection:
        config = _config()
        config.attributes["connection"] = connection
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        else:
            # The driver would begin a transaction only at the first INSERT, and leave half a schema after a crash.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        _refuse_newer(MigrationContext.configure(connection).get_current_revision())
        command.upgrade(config, "head")
        connection.commit()
    return newest()


def revision(url: str) -> str | None:
    """The schema a database has; None if it has none."""
    with connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(url: str) -> None:
    """Raises NotMigrated, NewerSchema or Unavailable unless the database has the schema this program works with."""
    found, wanted = revision(url), newest()
    _refuse_newer(found)
    if found != wanted:
        raise NotMigrated(
            f"the database has schema {found or 'none'}, this program needs {wanted}: run polygate migrate"
        )


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerSchema(
            f"the database has schema {found}, which is newer than this program's {newest()}: install a newer version"
        )


def newest() -> str:
    """The schema this version of the program works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
