"""Parcels as merchants tell of them: when one may be added, what a repeat is, what may change (contract, 4.11 on)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import pytest

from polygate.core import shipments
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import ShipmentId
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.shipments import (
    DATA_MOST,
    DataChange,
    Direction,
    FieldChange,
    NumberType,
    Shipment,
    ShipmentChange,
    StatusChange,
    Tracking,
)
from polygate.core.transitions import PaymentState, ShipmentState
from tests.core.case import NOW_MS, World, case_in
from tests.core.tables import Row, table

PARCEL: Final = Tracking(
    tracking_no="Fb1",
    carrier="2EBOX",
    shipped_on="2025-06-09",
    direction=Direction.FORWARD,
    status=ShipmentState.SHIPPED,
    number_type=NumberType.CARRIER,
    url="https://t.example.com/Fb1",
)


def added(payment: Payment, tracking: Tracking = PARCEL) -> tuple[Shipment, Fact]:
    return shipments.add(payment, tracking, shipment_id=ShipmentId(5), now_ms=NOW_MS, mint=World().mint)


def parcel(status: str = "shipped", **data: str) -> Shipment:
    """A parcel that is somewhere, with texts of the merchant's."""
    shipment, _ = added(case_in("captured").payment)
    return msgspec.structs.replace(shipment, status=ShipmentState(status), data=data)


def changed(
    shipment: Shipment, *changes: ShipmentChange, data: Mapping[str, str] | None = None
) -> tuple[Shipment, Fact] | None:
    payment = case_in("captured").payment
    return shipments.change(payment, shipment, changes, data or {}, now_ms=NOW_MS + 1, mint=World().mint)


def refused(shipment: Shipment, *changes: ShipmentChange, **more: Any) -> Reason:
    with pytest.raises(Refused) as caught:
        changed(shipment, *changes, **more)
    return caught.value.reason


# --- adding --------------------------------------------------------------------------------------------------------

ORDERS = """
    # state         answer
      created       tracking_not_now
      pending       tracking_not_now
      authorized    added
      capturing     tracking_not_now    # nobody knows yet which of the two it will be
      voiding       tracking_not_now
      captured      added
      failed        tracking_not_now
      canceled      tracking_not_now
      expired       tracking_not_now
"""


def test_every_state_of_an_order_has_its_answer() -> None:
    assert set(PaymentState) == {row.state for row in table(ORDERS)}


@pytest.mark.parametrize("row", table(ORDERS), ids=str)
def test_what_is_paid_or_authorized_can_be_shipped(row: Row) -> None:
    """Nothing else, whoever asks."""
    payment = case_in(row.state).payment
    if row.answer == "added":
        shipment, fact = added(payment)
        assert (shipment.payment_id, shipment.version, shipment.data) == (payment.payment_id, 1, {})
        assert (shipment.created_ms, shipment.changed_ms) == (NOW_MS, NOW_MS)
        assert (fact.kind, fact.payment_id) == (FactKind.SHIPMENT_ADDED, payment.payment_id)
    else:
        with pytest.raises(Refused) as caught:
            added(payment)
        assert row.answer == caught.value.reason


def test_a_parcel_begins_in_any_state_but_canceled() -> None:
    """Before it was told of there is nothing to cancel."""
    assert set(shipments.FIRST_STATES) == set(ShipmentState) - {ShipmentState.CANCELED}


def test_an_equal_repeat_is_the_first_one() -> None:
    first, _ = added(case_in("captured").payment)

    assert first is shipments.same(first, PARCEL)


@pytest.mark.parametrize(
    "other",
    [
        {"carrier": "UPS"},
        {"shipped_on": "2025-06-10"},
        {"direction": Direction.RETURN},
        {"status": ShipmentState.DELIVERED},
        {"number_type": NumberType.PARTNER},
        {"url": ""},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_repeat_with_other_content_is_refused(other: dict[str, Any]) -> None:
    """Whichever field differs: a change is asked for as one."""
    first, _ = added(case_in("captured").payment)

    with pytest.raises(Refused) as caught:
        shipments.same(first, msgspec.structs.replace(PARCEL, **other))
    assert caught.value.reason is Reason.TRACKING_TAKEN


# --- changing ------------------------------------------------------------------------------------------------------

STATUSES = """
    # from          shipped  in_transit  on_hold  local_pickup  delivered  returned  canceled
      shipped       same     yes         yes      yes           yes        yes       yes
      in_transit    yes      same        yes      yes           yes        yes       yes
      on_hold       yes      yes         same     yes           yes        yes       yes
      local_pickup  yes      yes         yes      same          yes        yes       yes
      delivered     no       no          no       no            same       yes       no
      returned      no       no          no       no            no         same      no
      canceled      no       no          no       no            no         no        same
"""


@pytest.mark.parametrize("row", table(STATUSES), ids=lambda row: getattr(row, "from"))
@pytest.mark.parametrize("wanted", ShipmentState)
def test_every_state_may_follow_or_not(row: Row, wanted: ShipmentState) -> None:
    """The same one again is fine, and no change."""
    here = parcel(getattr(row, "from"))
    match getattr(row, wanted):
        case "yes":
            result = changed(here, StatusChange(wanted))
            assert result is not None
            assert result[0].status is wanted
        case "same":
            assert changed(here, StatusChange(wanted)) is None
        case _:
            assert refused(here, StatusChange(wanted)) is Reason.TRACKING_CHANGE_NOT_ALLOWED


def test_a_change_makes_the_next_version_and_tells_what_was_and_what_is() -> None:
    here = parcel(ticket="76", box="A")
    result = changed(
        here,
        StatusChange(ShipmentState.DELIVERED),
        FieldChange("carrier", "UPS"),
        DataChange("ticket", "77", replaces=True),
        data={"shelf": "9", "box": "A"},
    )

    assert result is not None
    shipment, fact = result
    expected = msgspec.structs.replace(
        here,
        status=ShipmentState.DELIVERED,
        carrier="UPS",
        data={"ticket": "77", "box": "A", "shelf": "9"},
        changed_ms=NOW_MS + 1,
        version=2,
    )
    assert expected == shipment
    assert (fact.kind, fact.at_ms) == (FactKind.SHIPMENT_CHANGED, NOW_MS + 1)
    assert fact.data == {
        "tracking_no": "Fb1",
        "changes": {
            "carrier": ["2EBOX", "UPS"],
            "status": ["shipped", "delivered"],
            "data.ticket": ["76", "77"],
            "data.shelf": ["", "9"],
        },
    }


def test_facts_about_parcels_can_be_kept() -> None:
    """As JSON, plain."""
    result = changed(parcel(), StatusChange(ShipmentState.DELIVERED))
    assert result is not None
    for fact in (added(case_in("captured").payment)[1], result[1]):
        assert msgspec.json.decode(msgspec.json.encode(fact.data)) == fact.data


@pytest.mark.parametrize(
    "changes",
    [
        [FieldChange("carrier", "2EBOX")],
        [StatusChange(ShipmentState.SHIPPED), DataChange("ticket", "76", replaces=True)],
        [FieldChange("carrier", "UPS"), FieldChange("carrier", "2EBOX")],
    ],
    ids=["the same value", "the same state and text", "there and back"],
)
def test_what_changes_nothing_is_no_change(changes: Sequence[ShipmentChange]) -> None:
    """No new version, no fact."""
    assert changed(parcel(ticket="76"), *changes, data={"ticket": "76"}) is None


def test_changes_are_made_in_their_order() -> None:
    """What follows the last is judged by the last: on the way to the buyer, then there, then back."""
    way = [StatusChange(ShipmentState(state)) for state in ("in_transit", "delivered", "returned")]

    result = changed(parcel(), *way)
    assert result is not None
    assert result[0].status is ShipmentState.RETURNED
    assert refused(parcel(), *reversed(way)) is Reason.TRACKING_CHANGE_NOT_ALLOWED


def test_a_text_is_replaced_only_where_there_is_one() -> None:
    """One that is added may be there or not, and can be replaced in the same call."""
    replacing, adding = DataChange("ticket", "77", replaces=True), DataChange("ticket", "76", replaces=False)

    assert refused(parcel(), replacing) is Reason.TRACKING_DATA_NOT_ALLOWED
    assert refused(parcel(), replacing, data={"ticket": "1"}) is Reason.TRACKING_DATA_NOT_ALLOWED
    for here, changes in ((parcel(), [adding, replacing]), (parcel(ticket="75"), [adding, replacing])):
        result = changed(here, *changes)
        assert result is not None
        assert result[0].data == {"ticket": "77"}


def test_texts_do_not_pile_up_for_ever() -> None:
    """The last key that fits is kept, and the next one refused, however it comes."""
    full = parcel(**{f"k{n}": "x" for n in range(DATA_MOST - 1)})

    result = changed(full, data={"last": "x"})
    assert result is not None
    assert len(result[0].data) == DATA_MOST
    assert changed(result[0], data={"last": "y"}) is not None
    assert refused(result[0], data={"more": "x"}) is Reason.TRACKING_DATA_NOT_ALLOWED
    assert refused(result[0], DataChange("more", "x", replaces=False)) is Reason.TRACKING_DATA_NOT_ALLOWED
