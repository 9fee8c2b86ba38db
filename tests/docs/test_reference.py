"""The documentation is compared with the code: it cannot fall behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest

from polygate import settings
from polygate.connectors.sandbox import scenarios
from polygate.core import ledger
from polygate.core.transitions import ATTEMPT, PAYMENT, REFUND
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.routes import ENDPOINTS
from tests.docs.diagrams import diagram

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text()


@pytest.mark.parametrize("code", Code, ids=lambda code: code.code)
def test_every_code_a_merchant_can_meet_is_documented(code: Code) -> None:
    """The reference page has a row with the code, its HTTP status and our words for it."""
    assert f"| `{code.code}` | {code.http_status} | {code.message} |" in page("reference/gateway.md")


def test_every_endpoint_is_documented() -> None:
    """Each path below the prefix stands on the reference page."""
    text = page("reference/gateway.md")

    assert [path for path in (*ENDPOINTS, "connect/token") if f"`{path}`" not in text] == []


def test_every_setting_is_documented() -> None:
    """The settings page lists the variables that are read, and no others."""
    listed = re.findall(r"^\| `(POLYGATE_\w+)` \|", page("reference/settings.md"), re.MULTILINE)

    assert sorted(settings.VARIABLES) == sorted(listed)


def test_every_account_is_in_the_chart() -> None:
    """The ledger page explains each account."""
    text = page("concepts/ledger.md")

    accounts = (*ledger.ACCOUNTS, ledger.receivable("NAME"), ledger.held_by("NAME"))
    assert [account for account in accounts if f"`{account}`" not in text] == []


def test_every_test_card_is_documented() -> None:
    """Each card number with a behavior of its own stands on the test cards page."""
    text = page("reference/test-cards.md")

    assert [number for number in scenarios.CARDS if f"`{number}`" not in text] == []


@pytest.mark.parametrize(
    ("name", "table"),
    [("payment", PAYMENT), ("attempt", ATTEMPT), ("refund", REFUND)],
    ids=["payment", "attempt", "refund"],
)
def test_the_state_diagrams_are_drawn_from_the_tables(
    name: str, table: Mapping[StrEnum, Mapping[StrEnum, StrEnum]]
) -> None:
    """The page shows exactly the diagram of the table; run `python -m tests.docs.diagrams` to draw it again."""
    assert diagram(table) in page("concepts/states.md"), f"the {name} diagram is out of date"


def test_no_link_between_the_pages_is_broken() -> None:
    """Every relative link leads to a file."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]

    links = [(file, link) for file in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text())]
    assert [(str(file), link) for file, link in links if not (file.parent / link).exists()] == []
