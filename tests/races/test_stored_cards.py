"""One kept card, many charges at once: renewals do not get lost, and nothing begins after its end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from typing import Any, Final

import pytest

from tests.support.crowd import Answer, Call, Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")

CHARGES: Final = 20
STOLEN_LATER: Final = "4000000000000341"
ADDRESS: Final = {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"}
REVOKED_WITHIN_S: Final = 30


async def kept(crowd: Crowd, order_no: str, **changes: Any) -> str:
    """The identifier of a card that a first payment kept until December 2035."""
    billing = {"address": ADDRESS, "storedcredentials": "store"}
    paid = await crowd.pay(f"{order_no}-first", billing=billing, **changes)
    return str(paid["transactionIdentifier"])


def charge(order_no: str, identifier: str, **changes: str) -> Call:
    return "subscriptionPayment", {"amount": "5.00", "orderNo": order_no, "transactionIdentifier": identifier} | changes


def agreement(house: House, identifier: str) -> Any:
    return house.books.one("SELECT * FROM agreements WHERE agreement_id = ?", int(identifier))


def happened(house: House, kind: str, identifier: str) -> int:
    """How often something is on a timeline about this agreement."""
    (found,) = house.books.rows(
        "SELECT COUNT(*) AS times FROM facts WHERE kind = ? AND data LIKE ?", kind, f"%{identifier}%"
    )
    return int(found["times"])


async def test_renewals_at_once_leave_the_latest_expiry(house: House, crowd: Crowd, order_no: str) -> None:
    """Whoever comes first: a charge with an earlier expiry never takes back a later one, and all are made."""
    identifier = await kept(crowd, order_no)
    years = [2036 + n % 4 for n in range(CHARGES)]
    calls = [
        charge(f"{order_no}-{n}", identifier, expiryMonth="06", expiryYear=str(year)) for n, year in enumerate(years)
    ]
    answers = await crowd.at_once(calls)
    assert {answer["respCode"] for answer in answers} == {"0000"}
    after = agreement(house, identifier)
    assert '"expiry_year":2039' in after["card"]
    assert after["version"] == 1 + CHARGES
    assert 1 <= happened(house, "CardRenewed", identifier) <= 4


async def test_equal_charges_at_once_are_one_and_renew_once(house: House, crowd: Crowd, order_no: str) -> None:
    """The others are told that the number is used, and leave the agreement alone."""
    identifier = await kept(crowd, order_no)
    call = charge(order_no, identifier, expiryMonth="06", expiryYear="2037")
    answers = await crowd.at_once([call] * CHARGES)
    assert Counter(answer["respCode"] for answer in answers) == {"0000": 1, "3002": CHARGES - 1}
    assert len(house.books.charges(order_no)) == 1
    assert agreement(house, identifier)["version"] == 2
    assert happened(house, "CardRenewed", identifier) == 1


async def test_nothing_is_charged_after_a_revocation(house: House, crowd: Crowd, order_no: str) -> None:
    """An operator revokes while merchants charge: each charge either began before, or is refused."""
    identifier = await kept(crowd, order_no)
    revoking = asyncio.create_task(asyncio.to_thread(revoke, house, identifier))
    answers: list[Answer] = []
    while not revoking.done():
        answers += await crowd.at_once([charge(f"{order_no}-{len(answers) + n}", identifier) for n in range(4)])
    await revoking
    answers += await crowd.at_once([charge(f"{order_no}-{len(answers) + n}", identifier) for n in range(4)])

    codes = [answer["respCode"] for answer in answers]
    assert set(codes) == {"0000", "3030"}
    assert codes[-4:] == ["3030"] * 4
    after = agreement(house, identifier)
    # Each charge that began made a version, and the revocation the last one.
    assert (after["state"], after["version"]) == ("revoked", 2 + codes.count("0000"))
    assert house.books.payment(f"{order_no}-first")["agreement_id"] == int(identifier)


async def test_a_stolen_card_ends_its_agreement_once(house: House, crowd: Crowd, order_no: str) -> None:
    """Those that were under way are declined as well, those that come later are not asked for."""
    identifier = await kept(crowd, order_no, card_no=STOLEN_LATER)
    answers = await crowd.at_once([charge(f"{order_no}-{n}", identifier) for n in range(CHARGES)])
    codes = Counter(answer["respCode"] for answer in answers)
    assert set(codes) <= {"4005", "3030"}
    assert codes["4005"] >= 1
    assert agreement(house, identifier)["state"] == "revoked"
    assert happened(house, "CardRevoked", identifier) == 1
    (late,) = await crowd.at_once([charge(f"{order_no}-late", identifier)])
    assert late["respCode"] == "3030"


def revoke(house: House, identifier: str) -> None:
    place = ["--data-dir", str(house.directory), "--database-url", house.database_url]
    done = subprocess.run(
        [sys.executable, "-m", "polygate", "stored-card", "revoke", identifier, *place],
        capture_output=True,
        text=True,
        check=False,
        timeout=REVOKED_WITHIN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
