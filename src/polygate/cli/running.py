"""Run a house until it is told to stop: the HTTP server, the background jobs, or both in one process."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias

import structlog
import uvicorn
import uvloop

from polygate.assembly import House, open_house
from polygate.cli.listening import listen
from polygate.jobs.rounds import end
from polygate.settings import SettingError, Settings
from polygate.store.contract import StoreError
from polygate.web.arrivals import BoundedArrivals
from polygate.web.proxies import BehindProxies

OnStart: TypeAlias = Callable[[House], Awaitable[None]]
_GRACE_S = 10


def run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop. Ctrl-C is how a server is told to stop, and no failure; SIGTERM is left to the system."""
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def log_to_stderr(level: str) -> None:
    """One line of text for each event on a terminal, JSON elsewhere."""
    render: list[Any]
    if sys.stderr.isatty():
        # Plain tracebacks: the pretty ones print local variables, and with them whatever a request carried.
        render = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    else:
        render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # It repeats itself several times a second while a database is away; our own warnings say it once a round.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def serve(settings: Settings, *, jobs: bool, on_start: OnStart) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first. Raises Mistake where it cannot.

    `on_start` is called when nothing can keep it from serving any more, and before the first request is answered.
    """
    async with open_house(settings) as house:
        server = _Server(
            house,
            uvicorn.Config(
                BehindProxies(house.app, settings.trusted_proxies) if settings.trusted_proxies else house.app,
                loop="uvloop",
                http=BoundedArrivals,
                ws="none",
                lifespan="off",
                access_log=False,
                log_level="warning",
                server_header=False,
                proxy_headers=False,
                ssl_certfile=settings.tls_certificate or None,
                ssl_keyfile=settings.tls_key or None,
                timeout_graceful_shutdown=_GRACE_S,
            ),
        )
        _read_certificate(server.config)
        sockets = listen(settings.host, settings.port)
        await on_start(house)
        background = [asyncio.create_task(house.keep_call_log())]
        if jobs:
            background.append(asyncio.create_task(house.run_jobs()))
        _spare_the_collector()
        try:
            await server.serve(sockets)
        finally:
            await end(*background)
            with suppress(StoreError):
                await house.call_log.write_all()


class _Server(uvicorn.Server):
    """Lets waiting pages' streams end first: it would hold the others up until its grace is over."""

    def __init__(self, house: House, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = house.context.stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


def _read_certificate(config: uvicorn.Config) -> None:
    """Raises SettingError: of all that the server's setup needs, only these files can be wrong."""
    try:
        config.load()
    except OSError as error:
        said = error.strerror or error
        raise SettingError(f"POLYGATE_TLS_CERTIFICATE and POLYGATE_TLS_KEY cannot be used: {said}") from None


def _spare_the_collector() -> None:
    """Leave what lives as long as the process out of garbage collection, and collect the rest less often.

    A payment makes a few hundred short-lived objects, nearly all freed by counting. In the interpreter's own setting
    the collector looks through them after every 700, which took about a sixth of the time under load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def work(settings: Settings, *, on_start: OnStart) -> None:
    """The background jobs alone, until SIGINT or SIGTERM."""
    async with open_house(settings) as house:
        await on_start(house)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        background = asyncio.create_task(house.run_jobs())
        _spare_the_collector()
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({background, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        await end(background)
