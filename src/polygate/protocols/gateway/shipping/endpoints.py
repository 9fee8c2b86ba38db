"""The endpoints about shipments (sections 4.11 to 4.14)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from polygate.core.payments import Payment
from polygate.core.refusals import Refused
from polygate.core.shipments import Shipment
from polygate.operations.context import Context
from polygate.operations.track_shipment import add_tracking, change_tracking, find_tracking
from polygate.protocols.gateway.answers import Answer
from polygate.protocols.gateway.errors import REFUSED, Code, Rejected
from polygate.protocols.gateway.orders import find_order
from polygate.protocols.gateway.shipping.bodies import DIRECTIONS, NUMBER_TYPES, STATUSES
from polygate.protocols.gateway.shipping.requests import BatchRequest, ChangeRequest, TrackingName, TrackingRequest
from polygate.store.reads import Caller

Word = TypeVar("Word", bound=StrEnum)


async def add(context: Context, caller: Caller, asked: TrackingRequest) -> Answer:
    """Section 4.11."""
    return _accepted("1 accepted", await _add(context, caller, asked))


async def add_many(context: Context, caller: Caller, asked: BatchRequest) -> Answer:
    """Section 4.12. One after the other, so that of two with one number the first one counts."""
    accepted: list[str] = []
    rejected: list[Answer] = []
    for index, element in enumerate(asked.elements):
        if isinstance(element, Rejected):
            rejected.append(_fault(index, element.code, element.said, element.fields))
            continue
        try:
            accepted.append(await _add(context, caller, element))
        except Refused as refused:
            rejected.append(_fault(index, REFUSED[refused.reason], refused.said, element.as_sent))
    if not rejected:
        return _accepted(f"{len(accepted)} accepted", *accepted)
    answer = _accepted(f"{len(accepted)} accepted, {len(rejected)} rejected", *accepted) | {"errors": rejected}
    if not accepted:
        answer |= {"respCode": rejected[0]["respCode"], "respMsg": rejected[0]["respMsg"]}
    return answer


async def change(context: Context, caller: Caller, asked: ChangeRequest) -> Answer:
    """Section 4.13."""
    found = await find_order(context, caller, asked)
    shipment = await change_tracking(context, found, asked.tracking_no, asked.changes, asked.data)
    return _accepted("updated", _identifier(found, shipment))


async def retrieve(context: Context, caller: Caller, asked: TrackingName) -> Answer:
    """Section 4.14."""
    found = await find_order(context, caller, asked)
    shipment = await find_tracking(context, found, asked.tracking_no)
    return {
        "carrier": shipment.carrier,
        "desc": "",
        "orderNo": found.order_no,
        "respCode": Code.DONE.code,
        "respMsg": Code.DONE.message,
        "shipmentDate": shipment.shipped_on,
        "shipmentDirection": _word(DIRECTIONS, shipment.direction),
        "shippingStatus": _word(STATUSES, shipment.status),
        "trackingNo": shipment.tracking_no,
        "trackingNumberType": _word(NUMBER_TYPES, shipment.number_type),
        **({"trackingUrl": shipment.url} if shipment.url else {}),
        "tradeNo": str(found.payment_id),
        **({"matedata": shipment.data} if shipment.data else {}),
    }


async def _add(context: Context, caller: Caller, asked: TrackingRequest) -> str:
    found = await find_order(context, caller, asked)
    return _identifier(found, await add_tracking(context, found, asked.tracking))


def _identifier(payment: Payment, shipment: Shipment) -> str:
    return f"{payment.payment_id}-{shipment.tracking_no}"


def _accepted(desc: str, *trackings: str) -> Answer:
    return {
        "desc": desc,
        "respCode": Code.DONE.code,
        "respMsg": Code.DONE.message,
        "trackings": list(trackings),
    }


def _fault(index: int, code: Code, said: str, sent: Mapping[str, Any]) -> Answer:
    return {
        "index": index,
        "orderNo": sent.get("orderNo", ""),
        "trackingNo": sent.get("trackingNo", ""),
        "respCode": code.code,
        "respMsg": said,
    }


def _word(words: Mapping[str, Word], meant: Word) -> str:
    return next(word for word, value in words.items() if value is meant)
