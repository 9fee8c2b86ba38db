"""The request bodies about shipments, declared (sections 4.11 to 4.14)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from polygate.core.shipments import DATA_MOST, FIRST_STATES, Direction, NumberType
from polygate.core.transitions import ShipmentState
from polygate.protocols.gateway.shapes import ORDER_NAME
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import (
    CLEAN_TEXT,
    TEXT_PATTERN,
    AnyJson,
    Found,
    Given,
    ListOf,
    Reading,
    Scalar,
    Shape,
    optional,
    required,
    rule,
    text_of,
)
from polygate.protocols.reading.kinds import Choice, Date, Text, Url

STATUSES: Final[Mapping[str, ShipmentState]] = {
    "SHIPPED": ShipmentState.SHIPPED,
    "IN_TRANSIT": ShipmentState.IN_TRANSIT,
    "ON_HOLD": ShipmentState.ON_HOLD,
    "LOCAL_PICKUP": ShipmentState.LOCAL_PICKUP,
    "DELIVERED": ShipmentState.DELIVERED,
    "RETURNED": ShipmentState.RETURNED,
    "CANCELLED": ShipmentState.CANCELED,
}
DIRECTIONS: Final[Mapping[str, Direction]] = {"FORWARD": Direction.FORWARD, "RETURN": Direction.RETURN}
NUMBER_TYPES: Final[Mapping[str, NumberType]] = {
    "CARRIER_PROVIDED": NumberType.CARRIER,
    "E2E_PARTNER_PROVIDED": NumberType.PARTNER,
}

BATCH_MOST: Final = 100
CHANGES_MOST: Final = 20
FREE_TEXT: Final = "text"
"""The key under which `matedata` is kept that is no object."""

TEXTS_PATH: Final = "/matedata/"
_KEY_MOST: Final = 64

_CARRIER: Final = Text(1, 64)
_STATUS: Final = Choice(tuple(STATUSES))
_FIRST_STATUS: Final = Choice(tuple(word for word, state in STATUSES.items() if state in FIRST_STATES))
_DIRECTION: Final = Choice(tuple(DIRECTIONS))
_NUMBER_TYPE: Final = Choice(tuple(NUMBER_TYPES))
_TEXT: Final = Text(1, 255)

CHANGEABLE: Final[Mapping[str, Scalar]] = {
    "/status": _STATUS,
    "/shippingStatus": _STATUS,
    "/carrier": _CARRIER,
    "/trackingUrl": Url(),
    "/shipmentDate": Date(),
    "/shipmentDirection": _DIRECTION,
    "/trackingNumberType": _NUMBER_TYPE,
}
"""What the value of a change must be, by its path; every other path is that of a text under `TEXTS_PATH`."""


class ChangePath(Text, frozen=True):
    """Where a change goes."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.NOT_ALLOWED,)

    def accept(self, text: str) -> Any:
        try:
            return super().accept(text)
        except Wrong:
            raise Wrong(Fault.NOT_ALLOWED, self.rule) from None


class Texts(AnyJson, frozen=True):
    """A merchant's own texts by their keys. Whatever else is sent is kept as the text of its JSON."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.MALFORMED, Fault.BAD_LIST)
    schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "maxProperties": DATA_MOST,
        "propertyNames": {"minLength": 1, "maxLength": _KEY_MOST, "pattern": TEXT_PATTERN},
        "additionalProperties": {"type": "string", "maxLength": _TEXT.longest, "pattern": TEXT_PATTERN},
    }
    rule: ClassVar[str] = (
        f"at most {DATA_MOST} keys of 1 to {_KEY_MOST} characters, each with a text of at most {_TEXT.longest}; "
        f"a value that is no object is kept under the key `{FREE_TEXT}`"
    )

    def enter(self, value: object, path: str, reading: Reading) -> dict[str, str]:
        texts = value if isinstance(value, dict) else {FREE_TEXT: value}
        if len(texts) > DATA_MOST:
            reading.note(Fault.BAD_LIST, path, f"must have at most {DATA_MOST} keys")
            return {}
        found = {}
        for key, each in texts.items():
            where = path
            try:
                name = text_of(key)
                if not 1 <= len(name) <= _KEY_MOST:
                    raise Wrong(Fault.MALFORMED, f"a key must have 1 to {_KEY_MOST} characters")
                where = f"{path}.{name}" if isinstance(value, dict) else path
                if text := _as_text(each):
                    found[name] = _TEXT.accept(text)
            except Wrong as wrong:
                reading.note(wrong.fault, where, wrong.said)
        return found


class Ignored(AnyJson, frozen=True):
    """Accepted and not looked at."""

    rule: ClassVar[str] = "anything"

    def enter(self, value: object, path: str, reading: Reading) -> None:
        """Nothing is read."""


def _as_text(value: object) -> str:
    if isinstance(value, dict | list):
        try:
            value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            raise Wrong(Fault.MALFORMED, "is nested too deeply") from None
    return text_of(value)


@rule(Fault.MALFORMED, Fault.NOT_ALLOWED, Fault.BAD_URL)
def value_fits_path(given: Given, found: Found, now_ms: int) -> None:
    """The value must be one that the field of its path may have."""
    if {"path", "value"} <= found.keys():
        try:
            CHANGEABLE.get(found["path"], _TEXT).accept(found["value"])
        except Wrong as wrong:
            raise Wrong(wrong.fault, wrong.said, "value") from None


_NUMBER: Final = required("trackingNo", Text(1, 64), "The parcel's number, unique within its order.")

ADD: Final = Shape(
    required("carrier", _CARRIER, "The carrier's code."),
    *ORDER_NAME,
    required("shipmentDate", Date(), "When the parcel was sent."),
    required("shipmentDirection", _DIRECTION, "To the buyer, or back to the merchant."),
    required("shippingStatus", _FIRST_STATUS, "Where the parcel is."),
    _NUMBER,
    required("trackingNumberType", _NUMBER_TYPE, "Who gave the parcel its number."),
    optional("trackingUrl", Url(), "Where the payer can follow the parcel."),
)

CHANGE: Final = Shape(
    required(
        "iterms",
        ListOf(
            Shape(
                required("op", Choice(("replace", "add")), "`replace` needs a key of `matedata` to be there already."),
                required(
                    "path",
                    ChangePath(
                        1,
                        len(TEXTS_PATH) + _KEY_MOST,
                        re.compile(rf"{'|'.join(CHANGEABLE)}|{TEXTS_PATH}{CLEAN_TEXT}"),
                        f"must be one of {', '.join(CHANGEABLE)} and {TEXTS_PATH}<key>",
                    ),
                    "What is changed.",
                ),
                # Wide enough that a long URL is told as a bad one: the rule after it has the limit of each path.
                required("value", Text(1, 2048), "What it becomes."),
                value_fits_path,
            ),
            shortest=1,
            longest=CHANGES_MOST,
        ),
        "The changes, all of which are made, or none; `items` is the same.",
    ),
    optional("matedata", Texts(), "The merchant's own texts, added to those that are kept; `metadata` is the same."),
    *ORDER_NAME,
    _NUMBER,
)

RETRIEVE: Final = Shape(
    optional("matedata", Ignored(), "Accepted, and not looked at."),
    *ORDER_NAME,
    _NUMBER,
)
