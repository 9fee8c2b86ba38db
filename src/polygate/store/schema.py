"""Which schema this program works with, and whether a database has it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from polygate.store.contract import StoreError
from polygate.store.direct import revision

MIGRATIONS: Final = Path(__file__).parent / "migrations"


class NotMigrated(StoreError):
    """The database's schema is older than the one this program works with."""


class NewerSchema(StoreError):
    """The database was migrated by a newer version of the program."""


def known() -> list[str]:
    """The schemas there have been, oldest first: each migration's file begins with the one that it leads to."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def newest() -> str:
    """The schema this version of the program works with."""
    return known()[-1]


def check(url: str) -> None:
    """Raises NotMigrated, NewerSchema or Unavailable unless the database has the schema this program works with."""
    found, wanted = revision(url), newest()
    refuse_newer(found)
    if found != wanted:
        raise NotMigrated(
            f"the database has schema {found or 'none'}, this program needs {wanted}: run polygate migrate"
        )


def refuse_newer(found: str | None) -> None:
    """Raises NewerSchema for a schema that this program has not heard of."""
    if found is not None and found not in known():
        raise NewerSchema(
            f"the database has schema {found}, which is newer than this program's {newest()}: install a newer version"
        )
