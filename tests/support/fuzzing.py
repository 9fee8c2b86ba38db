"""schemathesis against real servers: its command line in a process of its own, and what each API's hooks share there.

An API brings a module of hooks, which says what is real on the server (numbers that exist, keys that encrypt) and which
further claims its answers have to meet, and a test that prepares the server and calls `fuzz`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from schemathesis import Case

from tests.support.server import Server

ROOT: Final = Path(__file__).parents[2]
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
PHASES: Final = "examples,coverage,fuzzing"
EXAMPLES: Final = 8
"""Random requests for each call, besides one for each limit in the document, of which there are thousands."""
RUN_TIMEOUT_S: Final = 200
TEST_TIMEOUT_S: Final = 240

_DIRECTORY: Final = "FUZZING"
"""The variable that names where the two files are."""
_KNOWN: Final = "known.json"
_SEEN: Final = "seen.txt"

Known = TypeVar("Known")
Codes = dict[str, set[str]]
"""Those that each path has answered with."""


def fuzz(
    server: Server, directory: Path, *, api: str, hooks: str, known: msgspec.Struct, authorization: str = "",
    checks: Sequence[str] = (), examples: int = EXAMPLES, phases: str = PHASES, paths: str = "",
) -> Codes:  # fmt: skip
    """Everything that the API's document allows, and much that it does not; fails at what the checks do not like.

    `hooks` is a module and `checks` names its own, besides `CHECKS`; `known` is what the module reads. Without an
    `authorization` that holds for all calls, the module gives each its own. `paths` is a pattern of those to call, for
    APIs in which others do the same.
    """
    (directory / _KNOWN).write_bytes(msgspec.json.encode(known))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.base_url}/docs/{api}/openapi.json"),
            *("--url", server.base_url, *(("--header", f"Authorization: {authorization}") if authorization else ())),
            *(("--include-path-regex", paths) if paths else ()),
            *("--phases", phases, "--max-examples", str(examples)),
            *("--checks", ",".join((*CHECKS, *checks)), "--seed", "20250703", "--generation-database", "none"),
            *("--warnings", "off", "--no-color", "--continue-on-failure"),
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_TIMEOUT_S,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": hooks, _DIRECTORY: str(directory)},
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    codes: Codes = defaultdict(set)
    for line in (directory / _SEEN).read_text().splitlines():
        path, _, code = line.rpartition(" ")
        codes[path].add(code)
    return codes


# --- for hooks, in the process of schemathesis ---


def read_known(kind: type[Known]) -> Known:
    """What there is on the server. Known as late as the first call."""
    return msgspec.json.decode((Path(os.environ[_DIRECTORY]) / _KNOWN).read_bytes(), type=kind)


def note(path: str, code: str) -> None:
    """Remember that this was answered."""
    with (Path(os.environ[_DIRECTORY]) / _SEEN).open("a") as seen:
        seen.write(f"{path} {code}\n")


def is_positive(case: Case[Any]) -> bool:
    """Whether the request fits the document."""
    return case.meta is not None and case.meta.generation.mode.is_positive
