"""The documentation is compared with the code: it cannot fall behind."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from polygate import settings
from polygate.connectors.sandbox import checks, scenarios, wallets
from polygate.core import ledger
from polygate.core.cards import Secret
from polygate.core.methods import PRODUCTS
from polygate.core.risk import RULES, RiskPolicy
from polygate.core.transitions import AGREEMENT, ATTEMPT, PAYMENT, PAYOUT, REFUND, SHIPMENT
from polygate.protocols import channel, merchant
from polygate.protocols.channel import routes as channel_routes
from polygate.protocols.gateway import webhook
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.methods import WALLET_METHODS
from polygate.protocols.gateway.routes import ENDPOINTS
from polygate.protocols.merchant import routes as merchant_routes
from polygate.protocols.signed import errors as signed_errors
from polygate.protocols.signed import routes as signed_routes
from tests.docs import commands
from tests.docs.diagrams import diagram
from tests.docs.test_tour import blocks

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


@pytest.mark.parametrize("code", channel.Code, ids=lambda code: str(code.code))
def test_every_code_of_the_channel_api_is_documented(code: channel.Code) -> None:
    """Likewise for the other API."""
    assert f"| {code.code} | {code.http_status} | {code.message} |" in page("reference/channel.md")


def test_every_endpoint_of_the_channel_api_is_documented() -> None:
    text = page("reference/channel.md")

    assert [path for path in (*channel_routes.ENDPOINTS, channel_routes.BALANCE) if f"`{path}`" not in text] == []


@pytest.mark.parametrize("code", merchant.Code, ids=lambda code: str(code.value))
def test_every_code_of_the_merchant_api_is_documented(code: merchant.Code) -> None:
    assert f"| {code.value} | {merchant_status(code)} | {code.message} |" in page("reference/merchant.md")


def merchant_status(code: merchant.Code) -> int:
    """What most answers with a code come with."""
    own = {merchant.Code.UNAUTHORIZED: 401, merchant.Code.NO_SUCH_INTERFACE: 404, merchant.Code.SYSTEM_ERROR: 500}
    return own.get(code, 200)


def test_every_endpoint_of_the_merchant_api_is_documented() -> None:
    text = page("reference/merchant.md")

    assert [path for path in merchant_routes.ENDPOINTS if f"`POST {path}`" not in text] == []
    assert [path for path in merchant_routes.LISTINGS if f"`GET {path}`" not in text] == []


def test_every_call_and_code_of_the_signed_api_is_documented() -> None:
    """With its status and its message."""
    text = page("reference/signed.md")

    assert [path for path in signed_routes.ENDPOINTS if f"| `{path}` |" not in text] == []
    rows = re.findall(r"^\| `((?:OK|\w+\.\w+\.\w+))` \| (\d+) \| (.*) \|$", text, re.MULTILINE)
    assert rows == [(code.code, str(code.http_status), code.message) for code in signed_errors.Code]


def test_every_setting_is_documented() -> None:
    """The settings page lists the variables that are read, and no others."""
    listed = re.findall(r"^\| `(POLYGATE_\w+)` \|", page("reference/settings.md"), re.MULTILINE)

    assert sorted(settings.VARIABLES) == sorted(listed)


def test_every_account_is_in_the_chart() -> None:
    """The ledger page explains each account."""
    text = page("concepts/ledger.md")

    accounts = (*ledger.ACCOUNTS, ledger.receivable("NAME"), ledger.held_by("NAME"), ledger.charged_back_at("NAME"))
    assert [account for account in accounts if f"`{account}`" not in text] == []


def test_every_test_card_is_documented() -> None:
    """Each card number with a behavior of its own stands on the test cards page."""
    text = page("reference/test-cards.md")

    assert [number for number in scenarios.CARDS if f"`{number}`" not in text] == []


def test_every_security_code_that_decides_is_documented() -> None:
    """Each range of them, on the page of test cards."""
    text = page("reference/test-cards.md")
    firsts = [0, *(end for end, _ in scenarios.CODES)]

    for first, (end, _) in zip(firsts, scenarios.CODES, strict=False):
        assert f"| `{first:03d}`{f' to `{end - 1:03d}`' if end - first > 1 else ''} |" in text


def test_what_issuers_do_not_match_is_documented() -> None:
    """The texts of an address that are not the holder's, the code that is wrong, and each card of another class."""
    text = page("reference/test-cards.md")

    assert all(f"`{value}`" in text for value in (checks.WRONG_STREET, checks.WRONG_POSTCODE, checks.WRONG_CVC))
    for number, kind in checks.CLASSES.items():
        assert re.search(rf"^\| .*`{number}`.* \| .*`{kind}`", text, re.MULTILINE), number


def test_every_wallet_is_documented_with_its_products_and_currencies() -> None:
    """The guide's table is the matrix of the code, row for row."""
    rows = re.findall(r"^\| `(\w+)`(?: \(.*\))? \| (`.*`) \| ([\w, ]+) \|$", page("guides/wallets.md"), re.MULTILINE)
    told = {name: (products.replace("`", "").split(", "), set(taken.split(", "))) for name, products, taken in rows}

    assert told == {
        str(method): ([str(product) for product in products], set(wallets.OFFER[method] or {"any"}))
        for method, products in PRODUCTS.items()
        if method in WALLET_METHODS
    }


def test_the_codes_of_wallets_that_end_otherwise_are_documented() -> None:
    """With what their last digits mean."""
    text = page("reference/test-cards.md")
    assert f"`authCode` ending in `{wallets.WRONG_CODE_ENDING}` | wrong" in text
    assert f"`authCode` ending in `{wallets.SLOW_CODE_ENDING}` | the wallet thinks" in text
    assert f"`successed` after {wallets.SLOW_MS // 1_000} seconds" in text


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("payment", PAYMENT),
        ("attempt", ATTEMPT),
        ("refund", REFUND),
        ("agreement", AGREEMENT),
        ("payout", PAYOUT),
        ("shipment", SHIPMENT),
    ],
    ids=["payment", "attempt", "refund", "agreement", "payout", "shipment"],
)
def test_the_state_diagrams_are_drawn_from_the_tables(
    name: str, table: Mapping[StrEnum, Mapping[StrEnum, StrEnum]]
) -> None:
    """The page shows exactly the diagram of the table; run `python -m tests.docs.diagrams` to draw it again."""
    assert diagram(table) in page("concepts/states.md"), f"the {name} diagram is out of date"


def test_the_risk_guide_tells_the_rules_and_the_defaults() -> None:
    """Each rule with the most points it gives, each setting with its default, and nothing else."""
    guide = page("operating/risk.md")
    rules = re.findall(r"^\| `([a-z ]+)` \| (?:up to )?(\d+) \|", guide, re.MULTILINE)
    settings_told = re.findall(r"^\| `(--[a-z-]+)` \| (\w+) \|", guide, re.MULTILINE)

    assert rules == [(rule.name, str(rule.most)) for rule in RULES]
    defaults = msgspec.structs.asdict(RiskPolicy())
    assert settings_told == [
        (f"--{name.replace('_', '-')}", "no" if value is False else str(value)) for name, value in defaults.items()
    ]


def test_the_command_line_page_says_what_the_commands_say() -> None:
    """The page is written from the commands; run `python -m tests.docs.commands` to write it again."""
    assert commands.page() == page("reference/cli.md")


def test_the_verification_in_the_webhook_guide_accepts_what_we_sign_and_nothing_else() -> None:
    """The guide's own Python is run on a notification signed by the product, and on one with a byte changed."""
    guide: dict[str, Any] = {}
    exec("\n".join(blocks(DOCS / "guides" / "webhooks.md", "python")), guide)  # noqa: S102  # The page is ours.
    body = '{"orderNo":"退款-0001"}'.encode()
    now_ms = time.time_ns() // 1_000_000
    headers = webhook.sign(body, app_id="1", secret=Secret("s3cret"), now_ms=now_ms, nonce="0" * 32)

    assert guide["is_genuine"]("s3cret", headers, body)
    assert not guide["is_genuine"]("s3cret", headers, body.replace(b"1", b"2"))
    assert not guide["is_genuine"]("other", headers, body)


def test_every_page_is_in_the_index() -> None:
    """`docs/README.md` leads to all of them; decisions have an index of their own."""
    listed = re.findall(r"\]\(([^)#:]+\.md)\)", page("README.md"))
    pages = {str(file.relative_to(DOCS)) for file in DOCS.rglob("*.md") if "decisions" not in file.parts}

    assert sorted({*listed} - {"../README.md", "decisions/README.md"}) == sorted(pages - {"README.md"})


def test_no_link_between_the_pages_is_broken() -> None:
    """Every relative link leads to a file."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]

    links = [(file, link) for file in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text())]
    assert [(str(file), link) for file, link in links if not (file.parent / link).exists()] == []
