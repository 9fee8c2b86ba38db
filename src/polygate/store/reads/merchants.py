"""Merchants, their apps, and who calls."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from polygate.core.ids import MerchantId
from polygate.core.merchants import App, Merchant, Token, UsedNonce
from polygate.store.reads.questions import Questions
from polygate.store.rows import table_of


class Caller(msgspec.Struct, frozen=True):
    """Who holds a token: everything a request needs to know about its sender, in one read."""

    token: Token
    app: App
    merchant: Merchant


class MerchantReads(Questions):
    async def caller(self, token_hash: bytes) -> Caller | None:
        found = await self._shared(
            f"SELECT {_columns(Token, App, Merchant)} FROM tokens JOIN apps ON apps.merchant_id = tokens.merchant_id "
            "AND apps.app_id = tokens.app_id JOIN merchants ON merchants.merchant_id = tokens.merchant_id "
            "WHERE token_hash = %s",
            (token_hash,),
        )
        return Caller(*_split(found[0], Token, App, Merchant)) if found else None

    async def shop(self, merchant_id: MerchantId, app_id: str) -> tuple[App, Merchant] | None:
        """An app and its merchant."""
        found = await self._shared(
            f"SELECT {_columns(App, Merchant)} FROM apps JOIN merchants ON merchants.merchant_id = apps.merchant_id "
            "WHERE apps.merchant_id = %s AND app_id = %s",
            (merchant_id, app_id),
        )
        if not found:
            return None
        app, merchant = _split(found[0], App, Merchant)
        return app, merchant

    async def app(self, app_id: str) -> App | None:
        return await self._one(App, "app_id = %s", app_id)

    async def apps(self, merchant_id: MerchantId) -> list[App]:
        return await self._many(App, "merchant_id = %s ORDER BY app_id", merchant_id)

    async def apps_after(self, app_id: str, *, limit: int, merchant_id: MerchantId | None = None) -> list[App]:
        """In the order of their ids, of one merchant or (for operators only) of all."""
        if merchant_id is None:
            return await self._many(App, "app_id > %s ORDER BY app_id LIMIT %s", app_id, limit)
        where = "merchant_id = %s AND app_id > %s ORDER BY app_id LIMIT %s"
        return await self._many(App, where, merchant_id, app_id, limit)

    async def is_nonce_used(self, app: App, nonce: str) -> bool:
        """Whether a signed call of an app brought it lately."""
        where = "merchant_id = %s AND app_id = %s AND nonce = %s"
        return await self._one(UsedNonce, where, app.merchant_id, app.app_id, nonce) is not None

    async def merchant(self, merchant_id: MerchantId) -> Merchant | None:
        return await self._one(Merchant, "merchant_id = %s", merchant_id)

    async def merchant_by_no(self, merchant_no: str) -> Merchant | None:
        return await self._one(Merchant, "merchant_no = %s", merchant_no)

    async def merchant_by_access_key(self, key_hash: str) -> Merchant | None:
        """Whose access key, or whose access key before, has a hash."""
        where = "access_key_hash = %s OR previous_access_key_hash = %s"
        return await self._one(Merchant, where, key_hash, key_hash)

    async def first_app(self, merchant_id: MerchantId) -> App | None:
        """The oldest; the one of APIs that know merchants only."""
        return await self._one(App, "merchant_id = %s ORDER BY created_ms, app_id LIMIT 1", merchant_id)

    async def app_by_domain(self, merchant_id: MerchantId, domain: str) -> App | None:
        """The oldest, should several have it."""
        where = "merchant_id = %s AND domain = %s AND domain <> '' ORDER BY created_ms, app_id LIMIT 1"
        return await self._one(App, where, merchant_id, domain)

    async def merchants(self, *, after: int = 0, limit: int = 100) -> list[Merchant]:
        return await self._many(Merchant, "merchant_id > %s ORDER BY merchant_id LIMIT %s", after, limit)


@cache
def _columns(*row_types: type[Any]) -> str:
    """Of joined tables."""
    tables = map(table_of, row_types)
    return ", ".join(f"{table.name}.{column}" for table in tables for column in table.columns)


def _split(row: tuple[Any, ...], *row_types: type[Any]) -> Iterator[Any]:
    """The values in a row of joined tables."""
    for table in map(table_of, row_types):
        yield table.decode(row[: len(table.columns)])
        row = row[len(table.columns) :]
