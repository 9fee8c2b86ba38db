"""The wire between a program and PostgreSQL, which a test may cut at the worst moment: in the middle of a commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Cut(Enum):
    """Where the wire breaks when a COMMIT comes along."""

    BEFORE = auto()
    """The server never hears of it, and rolls back."""
    AFTER = auto()
    """The server commits, and its answer is lost."""
    LATE = auto()
    """The program loses the connection; the server hears of the COMMIT half a second later, and commits."""


class Wire:
    """Relays connections; `cut` breaks the next one that commits."""

    LATE_S = 0.5

    def __init__(self, server: dict[str, Any]) -> None:
        self._server = server
        self._cut: Cut | None = None
        self._meanwhile: Callable[[], Awaitable[None]] | None = None
        self.was_cut = asyncio.Event()

    def cut(self, where: Cut, *, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """`meanwhile` happens between what becomes of the commit and the program's noticing the break."""
        self._cut, self._meanwhile = where, meanwhile

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = str(self._server["host"]), int(self._server.get("port") or 5432)
        if host.startswith("/"):
            server_reader, server_writer = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            server_reader, server_writer = await asyncio.open_connection(host, port)
        answers = asyncio.create_task(_copy(server_reader, writer))
        with suppress(ConnectionError):
            while sent := await reader.read(65536):
                # Named at its first use on a connection; later ones refer to it by number.
                if self._cut is not None and b"COMMIT\0" in sent:
                    await self._break(sent, answers, server_reader, writer, server_writer)
                    break
                server_writer.write(sent)
        answers.cancel()
        server_writer.close()
        writer.close()

    async def _break(
        self,
        sent: bytes,
        answers: asyncio.Task[None],
        server_reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        where, self._cut = self._cut, None
        answers.cancel()
        await asyncio.wait([answers])
        if where is Cut.LATE:
            writer.close()
            await asyncio.sleep(self.LATE_S)
        if where is Cut.BEFORE:
            server_writer.close()
        else:
            server_writer.write(sent)
            assert b"COMMIT\0" in await server_reader.read(65536)
        if self._meanwhile is not None:
            await self._meanwhile()
        self.was_cut.set()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while received := await reader.read(65536):
            writer.write(received)
        writer.close()


@asynccontextmanager
async def wire_to(url: str, folder: Path) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the server at that URL, and the URL of its near end, a socket in the folder."""
    server = conninfo_to_dict(url)
    wire = Wire(server)
    listening = await asyncio.start_unix_server(wire.relay, folder / ".s.PGSQL.5432")
    near = make_conninfo("", **(server | {"host": str(folder), "port": 5432, "sslmode": "disable"}))
    async with listening:
        yield wire, near
