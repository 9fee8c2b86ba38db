"""Bring a database to the current schema, or tell which one it has."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from polygate.store.engine import connected

_LOCK: Final = 0x706F6C79
"""PostgreSQL advisory lock under which one process migrates while the others wait."""


def migrate(url: str) -> str:
    """Upgrade to the newest schema and return its revision. Safe to call from several processes at once."""
    with connected(url) as connection:
        config = _config()
        config.attributes["connection"] = connection
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(config, "head")
        connection.commit()
    return newest()


def revision(url: str) -> str | None:
    """The schema a database has; None if it has none."""
    with connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The schema this version of the program works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
