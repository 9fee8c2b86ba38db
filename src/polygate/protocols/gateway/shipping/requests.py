"""The requests about shipments: the typed values that their bodies become (sections 4.11 to 4.14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from polygate.core.shipments import DataChange, FieldChange, ShipmentChange, StatusChange, Tracking
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.protocols.gateway.reading import decode, decode_list, read
from polygate.protocols.gateway.schemas import OrderName, order_name
from polygate.protocols.gateway.shipping.bodies import (
    ADD,
    BATCH_MOST,
    CHANGE,
    CHANGEABLE,
    DIRECTIONS,
    NUMBER_TYPES,
    RETRIEVE,
    STATUSES,
    TEXTS_PATH,
)
from polygate.protocols.reading.fields import Found, Given, absent

_ALIASES: Final = {"items": "iterms", "metadata": "matedata"}
"""The words that were meant, and accepted where the contract's own spelling is absent."""


_CHANGES: Final[Mapping[str, Callable[[str], ShipmentChange]]] = {
    "/status": lambda word: StatusChange(STATUSES[word]),
    "/shippingStatus": lambda word: StatusChange(STATUSES[word]),
    "/carrier": lambda code: FieldChange("carrier", code),
    "/trackingUrl": lambda url: FieldChange("url", url),
    "/shipmentDate": lambda day: FieldChange("shipped_on", day),
    "/shipmentDirection": lambda word: FieldChange("direction", DIRECTIONS[word]),
    "/trackingNumberType": lambda word: FieldChange("number_type", NUMBER_TYPES[word]),
}


class TrackingRequest(OrderName, frozen=True, kw_only=True):
    """A parcel nobody has told of yet."""

    tracking: Tracking


class BatchRequest(msgspec.Struct, frozen=True):
    """Many of them, each judged alone: what cannot be understood is among them as its rejection."""

    elements: tuple[TrackingRequest | Rejected, ...]

    @property
    def as_sent(self) -> dict[str, Any]:
        """Nothing: what is told about one element is told in its own place."""
        return {}


class ChangeRequest(OrderName, frozen=True, kw_only=True):
    tracking_no: str
    changes: tuple[ShipmentChange, ...]
    data: Mapping[str, str]


class TrackingName(OrderName, frozen=True, kw_only=True):
    tracking_no: str


def read_add(body: bytes) -> TrackingRequest:
    return _tracking(decode(body))


def read_batch(body: bytes) -> BatchRequest:
    return BatchRequest(tuple(_judged(element) for element in decode_list(body, longest=BATCH_MOST)))


def read_change(body: bytes) -> ChangeRequest:
    found = read(CHANGE, _with_own_names(decode(body)))
    return ChangeRequest(
        **order_name(found),
        tracking_no=found["trackingNo"],
        changes=tuple(_change(each) for each in found["iterms"]),
        data=found.get("matedata", {}),
    )


def read_retrieve(body: bytes) -> TrackingName:
    found = read(RETRIEVE, decode(body))
    return TrackingName(**order_name(found), tracking_no=found["trackingNo"])


def _judged(element: object) -> TrackingRequest | Rejected:
    if not isinstance(element, dict):
        return Rejected(Code.WRONG_SHAPE, "the element must be an object")
    try:
        return _tracking(element)
    except Rejected as rejected:
        return rejected


def _tracking(given: Given) -> TrackingRequest:
    found = read(ADD, given)
    return TrackingRequest(
        **order_name(found),
        tracking=Tracking(
            tracking_no=found["trackingNo"],
            carrier=found["carrier"],
            shipped_on=found["shipmentDate"],
            direction=DIRECTIONS[found["shipmentDirection"]],
            status=STATUSES[found["shippingStatus"]],
            number_type=NUMBER_TYPES[found["trackingNumberType"]],
            url=found.get("trackingUrl", ""),
        ),
    )


def _with_own_names(given: Given) -> Given:
    named = {
        name: given[alias]
        for alias, name in _ALIASES.items()
        if absent(given.get(name)) and not absent(given.get(alias))
    }
    return {**given, **named}


def _change(found: Found) -> ShipmentChange:
    path, value = found["path"], found["value"]
    if path not in CHANGEABLE:
        return DataChange(path.removeprefix(TEXTS_PATH), value, replaces=found["op"] == "replace")
    # The shape has judged the value by its path, and left it as it was sent.
    return _CHANGES[path](CHANGEABLE[path].accept(value))
