"""The sockets a server listens on: taken before it says that it serves, and refused in a sentence."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import ExitStack

from polygate.cli.mistakes import Mistake


def listen(host: str, port: int) -> list[socket.socket]:
    """One socket for each address of the host; whoever connects from now on waits for the server. Raises Mistake."""
    with ExitStack() as opened:
        try:
            found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            places = dict.fromkeys((family, address) for family, _, _, _, address in found)
            sockets = [opened.enter_context(socket.create_server(address, family=family)) for family, address in places]
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Mistake(f"{shown(host, port)} is in use; give --port") from None
            number = error.errno or 0
            said = os.strerror(number) if number in errno.errorcode else error.strerror
            raise Mistake(f"cannot listen on {shown(host, port)}: {said}; give --host or --port") from None
        opened.pop_all()
        return sockets


def shown(host: str, port: int) -> str:
    """`127.0.0.1:8080`, `[::1]:8080`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
