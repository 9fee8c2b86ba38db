"""The same journey leaves the same ledger, whichever door it comes in by."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from polygate.assembly.doctor import examine
from polygate.client import ApiError
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.protocols.registry import NAMES, protocols
from tests.journeys.door import OPENING, Door
from tests.journeys.doors import DOORS
from tests.journeys.journeys import JOURNEYS, OFFERED, OWED, Journey, Way
from tests.support.house import MovableClock, house_at
from tests.support.moody_receiver import Receiver, answering, receiving
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio

PAIRS = [(journey, door) for journey in JOURNEYS for door in DOORS]


class Silent:
    """Watches nothing."""

    def expect(self, rows: int) -> None: ...
    def begin(self, check: str) -> None: ...
    def advance(self, rows: int) -> None: ...


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Its answer satisfies every API."""
    async with receiving() as receiver:
        receiver.behave("/", answering(body=b'{"code":"OK","respCode":"0000"}'))
        yield receiver


@pytest.fixture
async def doors(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Any]:
    """Makes a door of a house with one merchant; with it comes the address of the database."""
    clock, path = MovableClock(), tmp_path / "house.db"
    async with house_at(path, clock) as house:

        async def make(name: str) -> tuple[Door, str]:
            made = await create_merchant(house.context, name="Shop", mcc="5999", fees={}, opening_balances=(OPENING,))
            shop = await create_app(
                house.context, made.merchant, name="Shop", methods=("card", "upi"), payout_methods=("upi",)
            )
            return DOORS[name](house, clock, made, shop, notify_url=receiver.url()), f"sqlite:///{path}"

        yield make


def test_every_journey_has_its_row_and_every_door_its_column() -> None:
    assert list(OFFERED) == list(JOURNEYS)
    assert set(DOORS) == set(NAMES)
    assert {door for doors in OFFERED.values() for door in doors} == set(DOORS)


@pytest.mark.parametrize(("name", "door"), [(journey, door) for journey, door in PAIRS if door not in OFFERED[journey]])
def test_what_is_not_offered_is_not_there(name: str, door: str) -> None:
    """It needs a verb that the API has not."""
    assert not all(hasattr(DOORS[door], step.verb) for step in JOURNEYS[name].steps)


@pytest.mark.parametrize(
    ("name", "door_name"), [(journey, door) for journey, door in PAIRS if door in OFFERED[journey]]
)
async def test_a_journey(doors: Any, receiver: Receiver, name: str, door_name: str) -> None:
    """The door's own word for the end, asked and told, the postings, what is told, and a doctor with nothing to say."""
    door, url = await doors(door_name)
    journey = JOURNEYS[name]
    outbox = Outbox(door.house, protocol=protocols()[door_name], timeout_s=10)
    async with door.http:
        for step in journey.steps:
            with pytest.raises(ApiError) if step.refused else nullcontext():
                await getattr(door, step.verb)(step.minor)
            await door.work()
            await outbox.deliver()
        await outbox.close()
        assert await door.told(is_payout=journey.is_payout) == door.words[journey.ends]
    heard = [door.heard(notification) for notification in receiver.received]
    assert len(heard) == len([kind for kind in journey.announced if kind not in door.untold])
    assert [word for word in heard if word is not None][-1] == door.words[journey.ends]

    store = door.house.context.store
    rows = await store.fetch("SELECT debit, credit, amount_minor FROM postings WHERE payment_id <> 0")
    assert Counter(rows) == expected(journey, OFFERED[name][door_name])
    told = await store.fetch("SELECT kind FROM webhooks ORDER BY webhook_id")
    assert tuple(kind for (kind,) in told) == journey.announced
    findings = await examine(url, None, Silent(), clock=door.clock)
    assert {finding.check: finding.first for finding in findings if not finding.holds} == {}


def expected(journey: Journey, way: Way) -> Counter[tuple[str, str, int]]:
    owed = {OWED: way.value}
    return Counter((owed.get(debit, debit), owed.get(credit, credit), minor) for debit, credit, minor in journey.ledger)
