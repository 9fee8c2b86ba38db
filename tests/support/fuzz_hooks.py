"""What each API's hooks share in the process of schemathesis."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from schemathesis import Case

from tests.support.fuzzing import DIRECTORY, KNOWN, SEEN

Known = TypeVar("Known")


def read_known(kind: type[Known]) -> Known:
    """What there is on the server. Known as late as the first call."""
    return msgspec.json.decode((Path(os.environ[DIRECTORY]) / KNOWN).read_bytes(), type=kind)


def note(path: str, code: str) -> None:
    """Remember that this was answered."""
    with (Path(os.environ[DIRECTORY]) / SEEN).open("a") as seen:
        seen.write(f"{path} {code}\n")


def is_positive(case: Case[Any]) -> bool:
    """Whether the request fits the document."""
    return case.meta is not None and case.meta.generation.mode.is_positive
