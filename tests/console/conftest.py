"""What tests of the console share: a house with two merchants, and a clock that stands still until it is moved."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from polygate.assembly import House
from polygate.core.merchants import Merchant
from polygate.operations import passwords
from tests.support.house import NAMES


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its least: how long a real one takes is the claim of one test, and the waste of all others."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
async def merchants(house: House) -> tuple[Merchant, Merchant]:
    """The two that every house has."""
    found = {merchant.name: merchant for merchant in await house.context.reads.merchants()}
    return found[NAMES[0]], found[NAMES[1]]
