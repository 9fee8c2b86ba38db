"""What is asked, typed (sections 4 and 6). Every `read_*` raises Rejected for the first fault.

`as_sent` is the request as it may be kept: known fields only, the card number masked, no security code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from polygate.core.cards import Card, Secret, mask
from polygate.core.ids import LAST
from polygate.core.money import Money, parse
from polygate.core.subscriptions import Cycle, Plan
from polygate.protocols.merchant import bodies, times
from polygate.protocols.merchant.errors import Code, Rejected, not_json
from polygate.protocols.reading import json_text
from polygate.protocols.reading.faults import Fault, Unreadable
from polygate.protocols.reading.fields import Found, Given, Shape

PAGE_MOST: Final = 100
_ECHOED: Final = Shape(bodies.TRANSACTION_ID)
_UNIQUE_DIGITS: Final = 19


class Creation(msgspec.Struct, frozen=True):
    """A new transaction (section 4.1)."""

    transaction_id: str
    order_id: str
    amount: Money
    client_ip: str
    app_id: str
    """Empty where only the domain is given."""
    domain: str
    callback_url: str
    notification_url: str
    secure: bool
    accept_language: str
    method: str
    """This API's name of it."""
    card: Card | None
    plan: Plan | None
    as_sent: Mapping[str, Any]


class RefundRequest(msgspec.Struct, frozen=True):
    """Section 6.5."""

    unique_id: int
    """0 for what is no number of ours."""
    amount_text: str
    number: str
    remark: str


class TrackingRow(msgspec.Struct, frozen=True):
    """Section 6.6."""

    unique_id: int
    company: str
    number: str
    remark: str


class Search(msgspec.Struct, frozen=True):
    """Sections 6.7 and 6.9. What was not asked for is not in `wanted`."""

    wanted: Mapping[str, str]
    from_ms: int | None
    to_ms: int | None
    page: int
    page_size: int


def read_creation(shape: Shape) -> Callable[[bytes], Creation]:
    def read_body(body: bytes) -> Creation:
        return _creation(read(shape, decode(body), Code.BAD_PARAMETER))

    return read_body


def read_refund(body: bytes) -> RefundRequest:
    found = read(bodies.REFUND, decode(body), Code.REFUND_FAILED)
    return RefundRequest(
        unique_id=unique_id_in(found["uniqueId"]),
        amount_text=found["amount"],
        number=found["refundTransactionId"],
        remark=found.get("remark", ""),
    )


def read_tracking(body: bytes) -> tuple[TrackingRow, ...]:
    """All rows. The first one that is wrong is named by its place, from 1."""
    try:
        rows = json_text.decode_list(body, longest=bodies.TRACKING_ROWS_MAX)
    except Unreadable as unreadable:
        (complaint,) = unreadable.complaints
        wrong = not_json() if complaint.fault is Fault.WRONG_SHAPE else Rejected(Code.NOT_UPLOADED, str(complaint))
    else:
        return tuple(_tracking(row, place) for place, row in enumerate(rows, 1))
    # Out here nothing that failed becomes the context of what is raised: it might hold the body.
    raise wrong


def read_search(shape: Shape, query: Mapping[str, str], *, now_ms: int, zone: str) -> Search:
    """`query` has the last one of parameters that were repeated."""
    found = read(shape, dict(query), Code.NOT_FOUND)
    page, size = (_page_number(found, name, default) for name, default in (("currPage", 1), ("pageSize", 10)))
    wanted = {name: text for name, text in found.items() if name not in _NOT_FILTERS}
    from_ms, to_ms = _range(found, has_filter=bool(wanted), now_ms=now_ms, zone=zone)
    return Search(wanted, from_ms, to_ms, page, min(size, PAGE_MOST))


_NOT_FILTERS: Final = frozenset({"startDate", "endingDate", "currPage", "pageSize"})


def unique_id_in(text: str) -> int:
    """A number of ours as it is written; 0 for what is none."""
    fits = len(text) == _UNIQUE_DIGITS and text.isascii() and text.isdigit()
    return int(text) if fits and int(text) <= LAST else 0


def amount_in(text: str, currency: str) -> Money:
    """A refund's amount in its transaction's currency. Raises Rejected (112)."""
    try:
        return parse(text, currency)
    except ValueError:
        raise Rejected(Code.REFUND_FAILED, f"amount has more decimals than {currency}") from None


def decode(body: bytes) -> Given:
    """The object in a body. Raises Rejected (HTTP 400)."""
    try:
        return json_text.decode(body)
    except Unreadable:
        pass
    raise not_json()


def read(shape: Shape, given: Given, code: Code) -> Found:
    """All known fields that were given. Raises Rejected for the first fault."""
    try:
        return shape.read(given)
    except Unreadable as unreadable:
        first = unreadable.complaints[0]
    raise Rejected(code, f"{first.field} {first.said}".strip())


def number_echoed(body: bytes) -> str:
    """The `transactionId` of a body that is refused, where it can be read (section 5)."""
    try:
        given = json_text.decode(body).get("transactionId")
    except Unreadable:
        return ""
    try:
        return str(_ECHOED.read({"transactionId": given})["transactionId"])
    except Unreadable:
        return ""


def _creation(found: Found) -> Creation:
    extension = found.get("extension")
    card = found.get("card")
    return Creation(
        transaction_id=found["transactionId"],
        order_id=found.get("orderId") or found["transactionId"],
        amount=parse(found["amount"], found["currency"]),
        client_ip=found["transactionIp"],
        app_id=found.get("appId", ""),
        domain=found.get("domain", "").lower(),
        callback_url=found["callbackUrl"],
        notification_url=found["notificationUrl"],
        secure=found.get("secure", False),
        accept_language=found.get("browser", {}).get("acceptLanguage", ""),
        method=found.get("transactionMethod", bodies.DEFAULT),
        card=_card(card) if card else None,
        plan=plan_in(extension) if extension else None,
        as_sent=found | ({"card": _masked(card)} if card else {}),
    )


def _card(found: Found) -> Card:
    number: Secret = found["cardNumber"]
    return Card(
        number=number,
        # One text on this API.
        first_name=found["cardholder"],
        last_name="",
        security_code=found["cvv"],
        expiry_month=int(found["expiredMonth"]),
        expiry_year=2000 + int(found["expiredYear"]),
    )


def _masked(found: Found) -> Found:
    shown = {name: value for name, value in found.items() if name != "cvv"}
    return shown | {"cardNumber": mask(found["cardNumber"].reveal())}


def plan_in(found: Mapping[str, Any]) -> Plan:
    """What an `extension` agrees on (section 4.6)."""
    return Plan(Cycle(found["subscriptionCycle"]), int(found["subscriptionPeriod"]))


def _tracking(row: object, place: int) -> TrackingRow:
    if not isinstance(row, dict):
        raise Rejected(Code.NOT_UPLOADED, f"row {place}: must be an object")
    try:
        found = read(bodies.TRACKING, row, Code.NOT_UPLOADED)
    except Rejected as rejected:
        raise Rejected(Code.NOT_UPLOADED, f"row {place}: {rejected.said}") from None
    return TrackingRow(
        unique_id=unique_id_in(found["uniqueId"]),
        company=found["company"],
        number=found.get("number") or found["trackingNumber"],
        remark=found.get("remark", ""),
    )


def _page_number(found: Found, name: str, default: int) -> int:
    text = found.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise Rejected(Code.NOT_FOUND, f"{name} must be a whole number from 1")
    return int(text)


def _range(found: Found, *, has_filter: bool, now_ms: int, zone: str) -> tuple[int | None, int | None]:
    """The first and the last millisecond, by the date rules of section 6.7; None without a bound."""
    start, ending = (_date(found, name) for name in ("startDate", "endingDate"))
    if start is None and ending is None:
        if has_filter:
            return None, None
        ending = times.local(now_ms, zone)
    if start is None:
        assert ending is not None
        start = times.months_on(ending, -1)
    elif ending is None:
        ending = times.months_on(start, 1)
    elif ending > times.months_on(start, 1):
        raise Rejected(Code.NOT_FOUND, "date range exceeds one month")
    last = times.end_of_day(ending) if times.is_day(found.get("endingDate", "")) else ending
    if last < start:
        raise Rejected(Code.NOT_FOUND, "endingDate is before startDate")
    return times.at_ms(start, zone), times.at_ms(last, zone) + 999


def _date(found: Found, name: str) -> datetime | None:
    if name not in found:
        return None
    try:
        return times.read(found[name])
    except ValueError:
        raise Rejected(Code.NOT_FOUND, f"{name} must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS") from None
