"""A house on a loopback port in a thread of its own, with a clock that tests move: for browsers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import uvicorn
import uvloop

from polygate.assembly import House, open_house
from polygate.core.merchants import Merchant
from polygate.operations.new_accounts import create_merchant
from polygate.settings import Settings
from polygate.store.migrate import migrate
from polygate.store.vault import new_master_key
from tests.support.house import MovableClock, eventually
from tests.support.server import free_port

Result = TypeVar("Result")

_START_S: Final = 30


class Served:
    """The house and its one merchant, seen from a test in another thread."""

    def __init__(self, house: House, merchant: Merchant, clock: MovableClock, loop: asyncio.AbstractEventLoop) -> None:
        self.house: Final = house
        self.merchant: Final = merchant
        self.clock: Final = clock
        self.base_url: Final = house.settings.base_url
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What a coroutine returns, run where the house lives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=_START_S)


@contextmanager
def served(folder: Path, *, codes_required: bool = True) -> Iterator[Served]:
    database_url = f"sqlite:///{folder / 'polygate.db'}"
    migrate(database_url)
    port, clock = free_port(), MovableClock()
    settings = Settings(
        database_url=database_url,
        master_key=new_master_key(),
        base_url=f"http://127.0.0.1:{port}",
        console_codes_required=codes_required,
    )
    opened: list[Served] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def live() -> None:
        async with open_house(settings, clock=clock) as house:
            made = await create_merchant(house.context, name="Ana & Söhne <Tools>", mcc="5999", fees={})
            config = uvicorn.Config(house.app, port=port, lifespan="off", access_log=False, log_level="warning")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve())

            async def started() -> bool:
                return server.started

            await eventually(started)
            opened.append(Served(house, made.merchant, clock, asyncio.get_running_loop()))
            ready.set()
            await stop.wait()
            house.context.stopping.set()
            server.should_exit = True
            await serving

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
        thread.join()
