"""A whole house inside the test process: real store, acquirer, routes and jobs, and a clock that the test moves."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, NamedTuple, TypeVar

import httpx

from polygate import settings
from polygate.assembly import House, open_house
from polygate.operations.credentials import issue_token
from polygate.operations.new_accounts import NewApp, NewMerchant, create_app, create_merchant
from polygate.settings import Settings
from polygate.store.migrate import migrate
from polygate.store.opened import Store
from polygate.store.rows import tables
from tests.support.bodies import payment_body, refund_body

BASE_URL: Final = "http://gateway.test"
MASTER_KEY: Final = "5c" * 32
START: Final = datetime(2026, 3, 2, 4, 0, 0, tzinfo=UTC)
"""Noon in the API's own zone, and before every expiry date in the published examples."""
METHODS: Final = ("card", "wechat")
NAMES: Final = ("Demo Shop", "Other Shop")

Result = TypeVar("Result")


class MovableClock:
    """Stands still until it is moved, so that deadlines are met to the millisecond."""

    def __init__(self) -> None:
        self.now_ms = int(START.timestamp() * 1_000)

    def __call__(self) -> int:
        return self.now_ms

    def move(self, **span: float) -> None:
        """By a `timedelta`'s keywords."""
        self.now_ms += timedelta(**span) // timedelta(milliseconds=1)


class Account(NamedTuple):
    """A merchant with one app and a token issued at the start."""

    merchant: NewMerchant
    app: NewApp
    token: str


class _Furnished(NamedTuple):
    database: Path
    accounts: Mapping[str, Account]


_furnished: _Furnished | None = None


async def _template() -> _Furnished:
    """A database with two merchants, made once for each test process: most of a test's durable commits, saved."""
    global _furnished  # noqa: PLW0603  # A cache, and `functools` has none for coroutines.
    if _furnished is None:
        path = Path(mkdtemp(prefix="polygate-house-")) / "house.db"
        migrate(f"sqlite:///{path}")
        async with open_house(_settings(path), clock=MovableClock()) as house:
            accounts = {name: await open_account(house, name) for name in NAMES}
        _furnished = _Furnished(path, accounts)
    return _furnished


def _furnish(database: Path, template: _Furnished) -> None:
    if not database.exists():
        shutil.copy(template.database, database)


def _settings(database: Path, **changes: Any) -> Settings:
    return settings.read(
        {},
        database_url=f"sqlite:///{database}",
        master_key=MASTER_KEY,
        base_url=BASE_URL,
        **({"allow_private_webhooks": True} | changes),
    )


async def open_account(house: House, name: str, *, methods: tuple[str, ...] = METHODS) -> Account:
    """A further merchant."""
    merchant = await create_merchant(house.context, name=name, mcc="5999", fees={})
    app = await create_app(house.context, merchant.merchant, name=name, methods=methods)
    issued = await issue_token(house.context, app.app)
    return Account(merchant, app, issued.reveal())


@contextlib.asynccontextmanager
async def house_at(database: Path, clock: MovableClock, **changes: Any) -> AsyncIterator[House]:
    """The house over a SQLite file; one that is not there yet begins with two merchants. `changes` are settings."""
    _furnish(database, await _template())
    async with open_house(_settings(database, **changes), clock=clock) as house:
        yield house


@contextlib.asynccontextmanager
async def at_work(house: House) -> AsyncIterator[None]:
    """The background jobs, for as long as the block runs."""
    jobs = asyncio.create_task(house.run_jobs())
    try:
        yield
    finally:
        jobs.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await jobs


def move(house: House, clock: MovableClock, **span: float) -> None:
    """Move the clock and wake the jobs, which would look at it half a second later by themselves."""
    clock.move(**span)
    house.context.work_waits.set()
    house.context.webhooks_wait.set()


async def eventually(seen: Callable[[], Awaitable[Result]], *, timeout_s: float = 8.0) -> Result:
    """What `seen` returns once that is true; fails when it never is."""
    async with asyncio.timeout(timeout_s):
        while True:
            result = await seen()
            if result:
                return result
            await asyncio.sleep(0.01)


async def all_asked(house: House) -> None:
    """Wait until the jobs have put everything planned to the acquirer, so that its own time starts to run."""

    async def seen() -> bool:
        under_way = "SELECT count(*) FROM attempts WHERE state IN ('planned', 'asked')"
        return await house.context.store.fetch(under_way) == [(0,)]

    await eventually(seen)


async def rows(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    counts = [(await store.fetch(f"SELECT count(*) FROM {table.name}"))[0][0] for table in tables()]
    return dict(zip((table.name for table in tables()), counts, strict=True))


Check = Callable[[str, httpx.Response], None]


class Shop:
    """A merchant's client of the Gateway API, inside the process; `check` sees every answer."""

    def __init__(self, house: House, account: Account, *, check: Check) -> None:
        self.house: Final = house
        self.merchant: Final = account.merchant.merchant
        self.app: Final = account.app.app
        self.secret: Final = account.app.secret
        self.check: Final = check
        self.token = account.token
        self.http: Final = httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url=BASE_URL)

    @property
    def credentials(self) -> dict[str, str]:
        return {"appId": self.app.app_id, "secret": self.secret.reveal()}

    async def sign_in(self) -> str:
        """A new access token, used from now on."""
        token: str = (await self.call("connect/token", self.credentials))["accessToken"]
        self.token = token
        return token

    async def ask(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """One request, exactly as given: `options` are those of httpx. A `headers` option replaces the token."""
        options.setdefault("headers", {"Authorization": self.token})
        if body is not None:
            options["json"] = body
        response = await self.http.request(options.pop("method", "POST"), f"/gateway/v1/{path}", **options)
        self.check(path, response)
        return response

    async def call(self, path: str, body: Any, **options: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.ask(path, body, **options)).json()
        return answer

    async def code(self, path: str, body: Any, **options: Any) -> str:
        """The `respCode` alone."""
        return str((await self.call(path, body, **options))["respCode"])

    async def pay(self, order_no: str, **changes: Any) -> dict[str, Any]:
        """A card payment that must be understood, whatever becomes of it."""
        return await self.call("payment", payment_body(order_no, **changes))

    async def query(self, order_no: str) -> dict[str, Any]:
        return await self.call("query", {"orderNo": order_no})

    async def status(self, order_no: str) -> str:
        """The order's `orderStatus` in a query."""
        return str((await self.query(order_no))["order"]["orderStatus"])

    async def becomes(self, order_no: str, status: str) -> None:
        """Wait until the order has this status."""

        async def seen() -> bool:
            return await self.status(order_no) == status

        await eventually(seen)

    async def refund(self, order_no: str, number: str, amount: str, **changes: Any) -> dict[str, Any]:
        return await self.call("refund", refund_body(order_no, number, amount, **changes))


def no_check(path: str, response: httpx.Response) -> None:
    """For tests that are about something else than the form of answers."""


@contextlib.asynccontextmanager
async def shop_in(house: House, *, check: Check = no_check, name: str = NAMES[0]) -> AsyncIterator[Shop]:
    """A client of one of the merchants that every house has, or of a new one under another name."""
    known = (await _template()).accounts
    shop = Shop(house, known[name] if name in known else await open_account(house, name), check=check)
    async with shop.http:
        yield shop
