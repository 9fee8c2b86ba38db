"""schemathesis against real servers, its command line in a process of its own.

It looks for undocumented statuses, media types, headers and shapes, and for faults, with data that fits the schemas and
with data that does not. An API brings a module of hooks, which says what is real on the server (numbers that exist,
keys that encrypt) and which further claims its answers have to meet, and a test that prepares the server for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tests.support.server import Demo, Server

ROOT: Final = Path(__file__).parents[2]
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
PHASES: Final = {"sqlite": "examples,coverage,fuzzing", "postgres": "examples,fuzzing"}
"""One request for each limit in the document is enough on one store: what reads a body does not know the database."""
EXAMPLES: Final = 8
"""Random requests for each call, besides one for each limit, of which there are thousands."""
RUN_TIMEOUT_S: Final = 200
TEST_TIMEOUT_S: Final = 240

DIRECTORY: Final = "FUZZING"
"""The variable that names where the two files are."""
KNOWN: Final = "known.json"
SEEN: Final = "seen.txt"

Codes = dict[str, set[str]]
"""Those that each path has answered with."""


class Fuzzed(NamedTuple):
    """A server that must stand whatever it is sent."""

    server: Server
    demo: Demo
    store: str
    directory: Path

    def run(
        self, *, api: str, hooks: str, known: msgspec.Struct, authorization: str = "",
        checks: Sequence[str] = (), examples: int = EXAMPLES, paths: str = "",
    ) -> Codes:  # fmt: skip
        """Everything that the API's document allows, and much that it does not; fails at what the checks do not like.

        `hooks` is a module and `checks` names its own, besides `CHECKS`; `known` is what the module reads. Without an
        `authorization` that holds for all calls, the module gives each its own. `paths` is a pattern of those to call,
        for APIs in which others do the same.
        """
        (self.directory / KNOWN).write_bytes(msgspec.json.encode(known))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{self.server.base_url}/docs/{api}/openapi.json"),
                *("--url", self.server.base_url),
                *(("--header", f"Authorization: {authorization}") if authorization else ()),
                *(("--include-path-regex", paths) if paths else ()),
                *("--phases", PHASES[self.store], "--max-examples", str(examples)),
                *("--checks", ",".join((*CHECKS, *checks)), "--seed", "20250703", "--generation-database", "none"),
                *("--warnings", "off", "--no-color", "--continue-on-failure"),
            ],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=RUN_TIMEOUT_S,
            env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": hooks, DIRECTORY: str(self.directory)},
        )
        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
        codes: Codes = defaultdict(set)
        for line in (self.directory / SEEN).read_text().splitlines():
            path, _, code = line.rpartition(" ")
            codes[path].add(code)
        return codes
