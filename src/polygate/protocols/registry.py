"""Which merchant-facing APIs exist. A new one is one line here, and its folder, whose face offers `PROTOCOL`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from polygate.protocols.contract import MerchantProtocol

NAMES: Final = ("gateway", "channel", "signed", "merchant")
"""The last one answers for all that the others leave of the paths they share."""


def protocols() -> Mapping[str, MerchantProtocol]:
    """Every protocol by its name."""
    return {name: _load(name) for name in NAMES}


def _load(name: str) -> MerchantProtocol:
    protocol: MerchantProtocol = import_module(f"polygate.protocols.{name}").PROTOCOL
    return protocol
