"""A gateway on a loopback port in a thread of its own, with a clock that tests move: for browsers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import uvicorn
import uvloop

from polygate.assembly import open_house
from polygate.core.attempts import Attempt
from polygate.core.methods import Method
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.jobs.rounds import end
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.settings import Settings
from polygate.store.migrate import migrate
from polygate.store.vault import new_master_key
from tests.checkout.payer import START_MS, Payer
from tests.support.house import eventually
from tests.support.server import free_port

Result = TypeVar("Result")

SGD: Final = Money(10_099, "SGD")
"""The one currency that every simulated wallet takes."""
_START_S: Final = 30


class Served:
    """The gateway, seen from a test in another thread."""

    def __init__(self, payer: Payer, loop: asyncio.AbstractEventLoop) -> None:
        self._payer = payer
        self.base_url: Final = payer.context.links.base_url
        self._loop = loop

    def order(self, **changes: Any) -> tuple[Payment, str]:
        """An open order that every wallet can pay, and the address of its page."""
        return self._run(self._payer.checkout(**({"amount": SGD, "front_url": ""} | changes)))

    def direct(self, method: Method, **changes: Any) -> tuple[Payment, str]:
        """A payment the merchant took by API, and what its code says."""
        return self._run(self._payer.direct_wallet(method, **({"amount": SGD} | changes)))

    def charge(self, payment: Payment) -> Attempt:
        """The attempt that waits for the payer."""

        async def latest() -> Attempt | None:
            now = await self._payer.now(payment)
            return await self._payer.context.reads.attempt(now.merchant_id, now.charge_id)

        found = self._run(latest())
        assert found is not None
        return found

    def link(self, payment: Payment) -> str:
        """What a code says where the scheme does not prescribe it."""
        return self._payer.context.links.wallet(payment.merchant_id, payment.payment_id)

    def now(self, payment: Payment) -> Payment:
        return self._run(self._payer.now(payment))

    def wait(self, ms: int) -> None:
        """Let time pass for the gateway, though not for browsers."""
        self._payer.wait(ms)

    def _run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=_START_S)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Pages, sandbox and jobs, with one merchant whose app may take everything."""
    database_url = f"sqlite:///{folder / 'polygate.db'}"
    migrate(database_url)
    port = free_port()
    settings = Settings(database_url=database_url, master_key=new_master_key(), base_url=f"http://127.0.0.1:{port}")
    opened: list[Served] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def live() -> None:
        now = [START_MS]
        async with open_house(settings, clock=lambda: now[0]) as house:
            made = await create_merchant(house.context, name="Ana & Söhne <Tools>", mcc="5999", fees={})
            shop = await create_app(
                house.context, made.merchant, name="Shop", methods=tuple(method.value for method in Method)
            )
            config = uvicorn.Config(house.app, port=port, lifespan="off", access_log=False, log_level="warning")
            server = uvicorn.Server(config)
            serving, jobs = asyncio.create_task(server.serve()), asyncio.create_task(house.run_jobs())

            async def started() -> bool:
                return server.started

            async with Payer(house, made.merchant, shop.app, now) as payer:
                await eventually(started)
                opened.append(Served(payer, asyncio.get_running_loop()))
                ready.set()
                await stop.wait()
            house.context.stopping.set()
            server.should_exit = True
            await serving
            await end(jobs)

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(live())

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(_START_S)
    try:
        yield opened[0]
    finally:
        opened[0]._loop.call_soon_threadsafe(stop.set)
        thread.join(_START_S)
