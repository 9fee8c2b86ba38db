"""Stores that are closed whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from polygate.store.opened import Store, open_store
from polygate.store.postgres.database import PostgresDatabase


@asynccontextmanager
async def store_at(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def postgres_store(url: str, *, patience_s: float) -> AsyncIterator[Store]:
    """One that waits for an absent server as long as the test has time for."""
    database = PostgresDatabase(url, patience_s=patience_s)
    await database.open()
    try:
        yield Store(database)
    finally:
        await database.close()
