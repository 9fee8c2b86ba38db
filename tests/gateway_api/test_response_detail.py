"""What an answer and a query tell beside yes and no: reasons in words, address and code checks, 3-D Secure (4.8)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from polygate.core.outcomes import ABOUT_RECEIVERS, Decline
from polygate.protocols.gateway.errors import DECLINED
from tests.protocols.gateway.examples import ADDRESS, THREE_DS_DATA
from tests.support.house import Shop

pytestmark = pytest.mark.anyio


def billing(line1: str = "109 Test Rd", postcode: str = "98102") -> dict[str, Any]:
    return {"address": ADDRESS | {"line1": line1, "postcode": postcode}}


async def extend(shop: Shop, order_no: str) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.query(order_no))["extend"]
    return found


# --- why not ----------------------------------------------------------------------------------------------------------

REASONS = [
    ("4000000000000002", {}, "4001", "no reason given"),
    ("4000000000009995", {}, "4002", "insufficient funds"),
    ("4000000000000069", {}, "4003", "card expired"),
    ("4000000000000127", {}, "4004", "security code wrong"),
    ("4000000000009987", {}, "4005", "card lost, stolen or blocked"),
    ("4000000000003220", {"threeDsMode": "no"}, "4009", "3-D Secure required by the issuer"),
    ("4444333322221111", {"billing": billing("No such street", "00000")}, "4011", "billing address does not match"),
]


@pytest.mark.parametrize(("card_no", "changes", "code", "words"), REASONS)
async def test_a_decline_says_why_in_plain_words(
    shop: Shop, card_no: str, changes: dict[str, Any], code: str, words: str
) -> None:
    """In `desc` alone, in `respMsg` after "declined", and in the query's `orderStatusDesc`."""
    paid = await shop.pay("why-00001", card_no=card_no, **changes)
    assert (paid["respCode"], paid["respMsg"], paid["desc"]) == (code, f"declined: {words}", words)
    assert (await shop.query("why-00001"))["order"]["orderStatusDesc"] == words


def test_every_reason_has_words_of_its_own() -> None:
    """Short enough for a support page, and no two the same."""
    words = [DECLINED[why].message for why in Decline if why not in ABOUT_RECEIVERS]
    assert len(set(words)) == len(words)
    assert all(0 < len(said) < 50 for said in words)


# --- address, code and card -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("billed", "result", "code"),
    [
        (None, "U", "0000"),
        (billing(), "Y", "0000"),
        (billing(postcode="00000"), "A", "0000"),
        (billing(line1="5 No Such Street"), "Z", "0000"),
        (billing("5 No Such Street", "00000"), "N", "4011"),
    ],
)
async def test_the_address_check_is_told(shop: Shop, billed: dict[str, Any] | None, result: str, code: str) -> None:
    """Street and postcode, as the bank knows them; declined only where neither is right."""
    assert (await shop.pay("avs-00001", billing=billed))["respCode"] == code
    assert (await extend(shop, "avs-00001"))["avsResult"] == result


@pytest.mark.parametrize(
    ("card_no", "kind", "country"),
    [
        ("4444333322221111", "CREDIT", "US"),
        ("5555555555554444", "DEBIT", "US"),
        ("5105105105105100", "PREPAID", "US"),
        ("6212454545454690", "CREDIT", "CN"),
    ],
)
async def test_class_and_home_of_the_card_are_told(shop: Shop, card_no: str, kind: str, country: str) -> None:
    await shop.pay("class-0001", card_no=card_no)
    told = await extend(shop, "class-0001")
    assert (told["cardClass"], told["issuerCountryCode"], told["bin"]) == (kind, country, card_no[:6])


async def test_the_acquirers_reference_comes_with_the_capture(shop: Shop) -> None:
    """23 digits for a sale and for a captured authorization; a hold has none, nor a void."""
    await shop.pay("arn-00001")
    assert len((await extend(shop, "arn-00001"))["arn"]) == 23
    for order_no, path, more in (("arn-00002", "capture", {"captureAmount": "60"}), ("arn-00003", "cancel", {})):
        await shop.pay(order_no, capture="manual")
        assert "arn" not in await extend(shop, order_no)
        assert await shop.code(path, {"orderNo": order_no, **more}) == "0000"
        assert ("arn" in await extend(shop, order_no)) is (path == "capture")


# --- 3-D Secure of the merchant's own ---------------------------------------------------------------------------------

OWN = [
    (THREE_DS_DATA, "0000", {"authenticationStatus": "Y", "eci": "05", "enrolled": "Y", "threeDsVersion": "2.2.0"}),
    (
        THREE_DS_DATA | {"authenticationResultCode": "A", "eci": "06"},
        "0000",
        {"authenticationStatus": "A", "eci": "06", "enrolled": "Y", "threeDsVersion": "2.2.0"},
    ),
    ({"eci": "02"}, "0000", {"authenticationStatus": "Y", "eci": "02", "enrolled": "Y"}),
    (
        THREE_DS_DATA | {"authenticationResultCode": "N", "eci": "07"},
        "4008",
        {"authenticationStatus": "N", "eci": "07", "enrolled": "U", "threeDsVersion": "2.2.0"},
    ),
]


@pytest.mark.parametrize(("data", "code", "told"), OWN)
async def test_the_merchants_own_result_is_told_again(
    shop: Shop, data: dict[str, str], code: str, told: dict[str, str]
) -> None:
    """With what the issuer made of the cryptogram; a failed one reached no issuer, and is shown for what it was."""
    assert (await shop.pay("own-00001", threeDsData=data))["respCode"] == code
    verified = {"cavvAlgorithm": "2", "signatureVerification": "Y"} if "cavv" in data and code == "0000" else {}
    assert (await extend(shop, "own-00001"))["dsInfo"] == told | verified


async def test_a_cryptogram_that_cannot_be_one_is_told_as_such(shop: Shop) -> None:
    """Accepted all the same: it is the issuer's to judge."""
    data = THREE_DS_DATA | {"cavv": "a772a34d-d58a-4896-bf22-40b2af96eabd"}
    assert (await shop.pay("own-00002", threeDsData=data))["respCode"] == "0000"
    assert (await extend(shop, "own-00002"))["dsInfo"]["signatureVerification"] == "N"


@pytest.mark.parametrize("data", [None, THREE_DS_DATA | {"authenticationResultCode": "U"}])
async def test_without_3d_secure_there_is_nothing_to_tell(shop: Shop, data: dict[str, str] | None) -> None:
    await shop.pay("own-00003", threeDsData=data)
    assert "dsInfo" not in await extend(shop, "own-00003")


async def test_the_cryptogram_is_kept_nowhere(shop: Shop, tmp_path: Path) -> None:
    """Handed on and forgotten, in every table and in the acquirer's book; its indicator stays."""
    await shop.pay("own-00004", threeDsData=THREE_DS_DATA)
    kept = "\n".join(sqlite3.connect(tmp_path / "house.db").iterdump())
    assert THREE_DS_DATA["dsTransId"] in kept, "the rest shows that this test looks in the right place"
    assert THREE_DS_DATA["cavv"] not in kept
