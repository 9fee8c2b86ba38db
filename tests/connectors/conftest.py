"""What tests of connectors share."""

from __future__ import annotations

import pytest

from tests.connectors.counter import Counter


@pytest.fixture
def counter() -> Counter:
    return Counter()
