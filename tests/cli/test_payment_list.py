"""Payments are listed, the newest first, of everybody or of one merchant."""

from __future__ import annotations

import pytest

from tests.cli.command import Command
from tests.doctor.story import Told


def test_payments_are_listed_newest_first_and_page_by_page(polygate: Command, told: Told) -> None:
    """Pages follow each other without a gap, and each but the last says how to go on."""
    everything = [row["tradeNo"] for row in polygate.succeed("payment", "list", "--json").json]
    assert everything == sorted(map(str, told.payments.values()), reverse=True)
    first = polygate.succeed("payment", "list", "--limit", "3", "--json")
    assert f"polygate payment list --before {everything[2]}" in first.err
    second = polygate.succeed("payment", "list", "--before", everything[2], "--json")
    assert [row["tradeNo"] for row in first.json + second.json] == everything
    assert second.err == ""


def test_a_row_tells_what_one_looks_for(polygate: Command, told: Told) -> None:
    """Whose payment it is, how it stands and how it is paid."""
    rows = {row["orderNo"]: row for row in polygate.succeed("payment", "list", "--json").json}
    wallet = rows["order-wallet"]
    assert (wallet["merchantNo"], wallet["state"], wallet["method"]) == (told.merchant_no, "captured", "wechat")
    assert (rows["order-sold-in-yen"]["amount"], rows["order-waiting"]["method"]) == ("500 JPY", "")
    page = polygate.succeed("payment", "list").out
    assert all(order_no in page for order_no in rows)


def test_payments_are_listed_by_state_and_merchant(polygate: Command, told: Told) -> None:
    """Both at once too; a merchant without payments has an empty list."""
    other = polygate.succeed("merchant", "create", "--name", "Other", "--json").json["merchantNo"]
    expired = polygate.succeed("payment", "list", "--state", "expired", "--merchant", told.merchant_no, "--json").json
    assert [row["orderNo"] for row in expired] == ["order-never-paid"]
    assert polygate.succeed("payment", "list", "--merchant", other, "--json").json == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--state", "paid"), "--state must be one of created, pending, authorized"),
        (("--merchant", "1"), "there is no merchant 1"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(polygate: Command, words: tuple[str, str], said: str) -> None:
    """Status 2, one line, nothing on stdout."""
    ran = polygate("payment", "list", *words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
