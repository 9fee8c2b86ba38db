"""Which connectors exist. A new acquirer is one line here, and its folder, whose face offers `CONNECTOR`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from polygate.connectors.contract import Connector

NAMES: Final = ("sandbox",)


def connectors() -> Mapping[str, Connector]:
    """Every connector by its name."""
    return {name: _load(name) for name in NAMES}


def _load(name: str) -> Connector:
    connector: Connector = import_module(f"polygate.connectors.{name}").CONNECTOR
    return connector
