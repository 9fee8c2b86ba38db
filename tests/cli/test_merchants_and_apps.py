"""Merchants and apps are made, listed and shown; their secrets are seen once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.doctor.story import Told


def test_a_new_merchant_gets_its_keys_once(polygate: Command) -> None:
    """Creating prints number and keys as data, and the warning apart; nothing shows the secret key again."""
    made = polygate.succeed("merchant", "create", "--name", "Book Shop", "--mcc", "5942", "--json")
    merchant = made.json
    assert len(merchant["merchantNo"]) == 14
    assert len(merchant["secretKey"]) == 64
    assert "not shown again" in made.err
    shown = polygate.succeed("merchant", "show", merchant["merchantNo"])
    listed = polygate.succeed("merchant", "list")
    assert "Book Shop" in shown.out
    assert merchant["merchantNo"] in listed.out
    assert merchant["secretKey"] not in shown.out + shown.err + listed.out + listed.err


def test_fees_are_shown_as_money(polygate: Command) -> None:
    """Minor units on the command line come back as decimals, so that a slip is seen."""
    fees = ("--fee-percent", "2.9", "--fee-fixed", "USD:30", "--fee-fixed", "jpy:15")
    made = polygate.succeed("merchant", "create", "--name", "Shop", *fees, "--json").json
    assert made["fees"] == {"*": "2.90%", "JPY": "2.90% + 15", "USD": "2.90% + 0.30"}
    shown = polygate.succeed("merchant", "show", made["merchantNo"])
    assert "2.90%; JPY: 2.90% + 15; USD: 2.90% + 0.30" in shown.out


def test_a_merchant_is_shown_with_balances_apps_and_no_empty_rows(polygate: Command, told: Told) -> None:
    """Currencies without any money are left out; decimals are each currency's own."""
    shown = polygate.succeed("merchant", "show", told.merchant_no, "--json").json
    balances = {row.pop("currency"): row for row in shown["balances"]}
    assert [*balances] == ["INR", "JPY", "SGD", "USD"]
    assert balances["JPY"] == {"pending": "455", "available": "5000", "paying": "0", "reserved": "0"}
    assert (balances["USD"]["available"], balances["USD"]["reserved"]) == ("1000.00", "4.00")
    # A payout that was paid, one with the bank and one that waits, each with its fee.
    assert (balances["INR"]["available"], balances["INR"]["paying"]) == ("9112.36", "35.14")
    assert [shop["appId"] for shop in shown["apps"]] == [told.app_id]


def test_merchants_are_listed_page_by_page(polygate: Command, told: Told) -> None:
    """Each page says how to go on, until there is no more."""
    numbers = [told.merchant_no]
    for name in ("Second", "Third"):
        numbers.append(polygate.succeed("merchant", "create", "--name", name, "--json").json["merchantNo"])
    first = polygate.succeed("merchant", "list", "--limit", "2", "--json")
    assert [row["merchantNo"] for row in first.json] == numbers[:2]
    assert f"--after {numbers[1]}" in first.err
    second = polygate.succeed("merchant", "list", "--limit", "2", "--after", numbers[1], "--json")
    assert [row["merchantNo"] for row in second.json] == numbers[2:]
    assert second.err == ""


def test_a_new_app_gets_its_secret_once(polygate: Command, told: Told) -> None:
    """It belongs to its merchant, has the methods named, and its secret is not listed."""
    methods = ("--method", "card", "--method", "wechat")
    made = polygate.succeed("app", "create", "--merchant", told.merchant_no, "--name", "Till", *methods, "--json").json
    assert made["methods"] == ["card", "wechat"]
    assert len(made["appSecret"]) == 34
    listed = polygate.succeed("app", "list", "--merchant", told.merchant_no, "--json")
    assert {row["appId"] for row in listed.json} == {told.app_id, made["appId"]}
    assert made["appSecret"] not in listed.out


def test_kinds_of_accounts_that_payouts_may_go_to_are_replaced(polygate: Command, told: Told) -> None:
    words = ("--payout-method", "upi", "--payout-method", "pix", "--payout-method", "upi")
    changed = polygate.succeed("app", "payout-methods", told.app_id, *words, "--json").json
    assert changed["payoutMethods"] == ["upi", "pix"]
    assert polygate.succeed("app", "payout-methods", told.app_id, "--none", "--json").json["payoutMethods"] == []


def test_an_apps_methods_are_replaced(polygate: Command, told: Told) -> None:
    """Each counts once, in the order in which they were named; lists tell them from then on."""
    words = ("--method", "card", "--method", "wechat", "--method", "card")
    changed = polygate.succeed("app", "methods", told.app_id, *words, "--json").json
    assert changed["methods"] == ["card", "wechat"]
    assert "methods           wechat" in polygate.succeed("app", "methods", told.app_id, "--method", "wechat").out
    (row,) = polygate.succeed("app", "list", "--json").json
    assert row["methods"] == ["wechat"]


def test_the_end_of_access_tokens_is_told_where_they_ended(polygate: Command, told: Told) -> None:
    """Apart from the data, and not where nothing was changed."""
    assert "its access tokens are gone" in polygate.succeed("app", "disable", told.app_id).err
    assert polygate.succeed("app", "disable", told.app_id).err == ""
    assert "with new access tokens" in polygate.succeed("app", "enable", told.app_id).err
    assert polygate.succeed("app", "enable", told.app_id).err == ""


def test_apps_are_listed_page_by_page_over_all_merchants(polygate: Command, told: Told) -> None:
    """In the order of their ids, each with its merchant's number."""
    other = polygate.succeed("merchant", "create", "--name", "Other", "--json").json["merchantNo"]
    made = polygate.succeed("app", "create", "--merchant", other, "--name", "Till", "--json").json
    pages = []
    after = ""
    for _ in range(2):
        (row,) = polygate.succeed("app", "list", "--limit", "1", "--after", after, "--json").json
        pages.append((row["appId"], row["merchantNo"]))
        after = row["appId"]
    assert pages == sorted([(told.app_id, told.merchant_no), (made["appId"], other)])
    assert polygate.succeed("app", "list", "--after", after, "--json").json == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("merchant", "show", "12345678901234"), "there is no merchant 12345678901234"),
        (("merchant", "list", "--after", "1"), "there is no merchant 1"),
        (("merchant", "create", "--name", " "), "--name must have 1 to 128 printable characters"),
        (("merchant", "create", "--name", "a\nb"), "--name must have"),
        (("merchant", "create", "--name", "A", "--mcc", "59"), "--mcc must be 4 digits"),
        (("merchant", "create", "--name", "A", "--fee-percent", "2.999"), "--fee-percent must be a number"),
        (("merchant", "create", "--name", "A", "--fee-percent", "-1"), "--fee-percent must be a number"),
        (("merchant", "create", "--name", "A", "--fee-percent", "101"), "at most 100"),
        (("merchant", "create", "--name", "A", "--fee-fixed", "USD"), "USD:30 for 0.30 USD"),
        (("merchant", "create", "--name", "A", "--fee-fixed", "XXX:30"), "--fee-fixed XXX:30"),
        (("app", "create", "--merchant", "1", "--name", "A"), "there is no merchant 1"),
        (("app", "create", "--merchant", "1", "--name", "A", "--method", "cash"), "--method cash: must be one of card"),
        (("app", "methods", "1", "--method", "cash"), "--method cash: must be one of card"),
        (("app", "methods", "1", "--method", "card"), "there is no app 1"),
        (("app", "methods", "1"), "give --method, once for each: card"),
        (("app", "payout-methods", "1"), "give either --payout-method, once for each, or --none: bank_account"),
        (
            ("app", "payout-methods", "1", "--payout-method", "cash"),
            "--payout-method cash: must be one of bank_account",
        ),
        (("app", "initiate", "1"), "give either --grant or --withdraw"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(polygate: Command, words: tuple[str, ...], said: str) -> None:
    """Status 2, one line that names what is wrong, nothing on stdout."""
    ran = polygate(*words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_looking_needs_no_master_key(polygate: Command, data_dir: Path) -> None:
    """Whoever may only look is not asked for the key; whoever makes secrets is."""
    (data_dir / "master.key").unlink()
    polygate.succeed("merchant", "list")
    polygate.succeed("app", "list")
    made = polygate("merchant", "create", "--name", "Shop")
    assert made.status == 2
    assert "POLYGATE_MASTER_KEY is not set" in made.err


def test_a_new_secret_is_shown_once_and_the_statement_text_can_be_taken_back(polygate: Command, told: Told) -> None:
    """The old secret opens nothing from then on, which the operations' own tests show over the wire."""
    made = polygate.succeed("app", "create", "--merchant", told.merchant_no, "--name", "Till", "--json").json
    renewed = polygate.succeed("app", "rotate-secret", made["appId"], "--overlap", "0", "--json")
    assert renewed.json["appSecret"] != made["appSecret"]
    assert "not shown again" in renewed.err
    assert polygate.succeed("app", "statement", made["appId"], "--withdraw", "--json").json["appId"] == made["appId"]
    for refused in (("rotate-secret", "123456789012345"), ("statement", made["appId"])):
        ran = polygate("app", *refused)
        assert ran.status == 2
        assert ran.err.strip()


def test_old_keys_go_on_for_the_overlap_and_can_be_ended(polygate: Command, told: Told) -> None:
    """Until when is told with the new ones, and by whatever shows the merchant and its apps."""

    def shown() -> tuple[str, str, str]:
        merchant = polygate.succeed("merchant", "show", told.merchant_no, "--json").json
        (app,) = [each for each in polygate.succeed("app", "list", "--json").json if each["appId"] == told.app_id]
        return merchant["secretKeyBeforeUntil"], merchant["accessKeyBeforeUntil"], app["secretBeforeUntil"]

    of_secret = polygate.succeed("merchant", "rotate-secret-key", told.merchant_no, "--overlap", "2", "--json").json
    of_access = polygate.succeed("merchant", "rotate-access-key", told.merchant_no, "--json").json
    of_app = polygate.succeed("app", "rotate-secret", told.app_id, "--json").json
    untils = of_secret["beforeUntil"], of_access["beforeUntil"], of_app["beforeUntil"]
    assert untils == shown()
    assert untils[0] < untils[1]
    assert all(untils)
    assert len(of_secret["secretKey"]) == 64

    assert polygate.succeed("merchant", "end-overlap", told.merchant_no, "--json").json == {
        "merchantNo": told.merchant_no
    }
    polygate.succeed("app", "end-overlap", told.app_id)
    assert shown() == ("", "", "")
