"""What merchants read about each endpoint, beside what is declared of its request and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from polygate.core.methods import Method
from polygate.protocols.gateway import answer_shapes as told
from polygate.protocols.gateway import bodies as asked
from polygate.protocols.gateway.errors import DECLINED, Code
from polygate.protocols.gateway.reading import CODES
from polygate.protocols.gateway.shipping import bodies as shipped
from polygate.protocols.gateway.stored_cards import bodies as stored
from polygate.protocols.reading.answer_fields import Body
from polygate.protocols.reading.faults import Fault
from polygate.protocols.reading.fields import AnyJson, Kind, ListOf, Scalar, Shape


class Group(StrEnum):
    ACCESS = "Access"
    CHECKOUT = "Checkout"
    PAYMENTS = "Payments"
    STORED_CARDS = "Stored cards"
    REFUNDS = "Refunds"
    SHIPMENTS = "Shipments"
    NOTIFICATIONS = "Notifications"


class Variants(msgspec.Struct, frozen=True):
    """A request whose shape depends on the payment method that one of its fields names."""

    field: str
    shapes: Mapping[Method, Shape]


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """`codes` are those that come from more than the form of the request, which tells its own."""

    title: str
    about: str
    group: Group
    request: Shape | ListOf | Variants
    answer: Body
    refusal: Body | None = None
    """For a refusal that holds more than the texts which are always there."""
    codes: tuple[Code, ...] = ()

    @property
    def all_codes(self) -> tuple[Code, ...]:
        """Every code the endpoint can answer with, in the order of the table."""
        possible = {*ANYWHERE, *(CODES[fault] for fault in _faults(self.request)), *self.codes}
        return tuple(code for code in Code if code in possible)


ANYWHERE: Final = (
    Code.DONE,
    Code.APP_DISABLED,
    Code.CALLER_NOT_ALLOWED,
    Code.WRONG_SHAPE,
    Code.INTERNAL_FAULT,
    Code.MAINTENANCE,
    Code.METHOD_NOT_POST,
    Code.BODY_TOO_LARGE,
    Code.NOT_JSON,
    Code.TOO_MANY_REQUESTS,
)
_WITH_TOKEN: Final = (Code.NO_TOKEN, Code.UNKNOWN_TOKEN, Code.EXPIRED_TOKEN)
_OF_ORDER: Final = (*_WITH_TOKEN, Code.ORDER_NOT_FOUND, Code.DIFFERENT_ORDERS)
_BY_CARD: Final = (
    *(code for code in DECLINED.values() if code not in {Code.CANCELED_BY_PAYER, Code.WRONG_PAYMENT_CODE}),
    Code.NO_ANSWER_YET,
)
"""What a call can tell of a charge; that the payer canceled comes by notification."""


def _faults(kind: Kind | Variants) -> Iterator[Fault]:
    """What a request's form may get wrong."""
    match kind:
        case Variants():
            for shape in kind.shapes.values():
                yield from _faults(shape)
        case Scalar():
            yield Fault.MALFORMED  # A control character, whatever the kind.
            yield from kind.faults
        case AnyJson():
            yield from kind.faults
        case ListOf():
            yield Fault.BAD_LIST
            yield from _faults(kind.shape)
        case Shape():
            for field in kind.fields:
                if field.required:
                    yield field.missing
                yield from _faults(field.kind)
            for rule in kind.rules:
                yield from rule.faults


TOKEN: Final = Description(
    title="Get an access token",
    about="Every other call carries the token in its `Authorization` header, bare or after `Bearer`. A token is good "
    "for an hour; a new one ends no other. A new secret, or the end of the app, ends them all.",
    group=Group.ACCESS,
    request=asked.TOKEN,
    answer=told.TOKEN,
    codes=(Code.WRONG_CREDENTIALS,),
)
CASHIER: Final = Description(
    title="Open an order for the hosted page",
    about="Makes an order that the payer pays on the gateway's own page: send the browser to `redirectUrl`. The same "
    "call again, with the same amount and currency, opens the same session while nobody has paid.",
    group=Group.CHECKOUT,
    request=asked.CASHIER,
    answer=told.CASHIER,
    codes=(*_WITH_TOKEN, Code.NOT_ENABLED, Code.ORDER_TAKEN),
)
PAYMENT: Final = Description(
    title="Take a payment",
    about="Charges a card, or opens a payment from a wallet. Where the payer must act, the order is `pending` and "
    "`lastEvent` says how. `captureMethod` `manual` only reserves the amount of a card.",
    group=Group.PAYMENTS,
    request=Variants("paymentMethodType", {Method.CARD: asked.PAYMENT_BY_CARD, **asked.PAYMENT_BY_WALLET}),
    answer=told.PAYMENT,
    codes=(*_WITH_TOKEN, Code.NOT_ENABLED, Code.ORDER_TAKEN, Code.WRONG_PAYMENT_CODE, *_BY_CARD),
)
CAPTURE: Final = Description(
    title="Capture",
    about="Takes an authorized amount, all or a part of it, once and within 7 days; the rest is released. The same "
    "call again gives the same answer.",
    group=Group.PAYMENTS,
    request=asked.CAPTURE,
    answer=told.CAPTURE,
    codes=(
        *_OF_ORDER,
        Code.CAPTURE_NOT_NOW,
        Code.CAPTURE_TOO_LARGE,
        Code.ALREADY_CAPTURED,
        Code.AUTHORIZATION_TOO_OLD,
        Code.NO_ANSWER_YET,
    ),
)
CANCEL: Final = Description(
    title="Void",
    about="Releases an authorization, or closes an order that nobody has paid. A captured order is refunded instead.",
    group=Group.PAYMENTS,
    request=asked.CANCEL,
    answer=told.CANCEL,
    codes=(*_OF_ORDER, Code.VOID_NOT_NOW, Code.NO_ANSWER_YET),
)
MIT_PAYMENT: Final = Description(
    title="Charge a card without its holder",
    about="A card payment that the merchant starts, with the card's full data and the holder's agreement. It is never "
    "authenticated and never waits for a payer. An operator must enable it for the app.",
    group=Group.STORED_CARDS,
    request=stored.MIT_PAYMENT,
    answer=told.CHARGE,
    codes=(*_WITH_TOKEN, Code.NOT_ENABLED, Code.ORDER_TAKEN, *_BY_CARD),
)
SUBSCRIPTION_PAYMENT: Final = Description(
    title="Charge a stored card",
    about="Charges a card that an earlier payment kept with `storedcredentials` `store`: by that payment's "
    "`transactionIdentifier`, or by the card's number. The currency is that of the earlier payment.",
    group=Group.STORED_CARDS,
    request=stored.SUBSCRIPTION_PAYMENT,
    answer=told.CHARGE,
    codes=(
        *_WITH_TOKEN,
        Code.NOT_ENABLED,
        Code.BAD_AMOUNT,
        Code.ORDER_TAKEN,
        Code.STORED_CARD_NOT_FOUND,
        Code.STORED_CARD_MISMATCH,
        *_BY_CARD,
    ),
)
QUERY: Final = Description(
    title="Query an order",
    about="Everything known about an order. `respCode` is about the query: how the order stands is in `orderStatus`.",
    group=Group.PAYMENTS,
    request=asked.QUERY,
    answer=told.QUERY,
    codes=_OF_ORDER,
)
REFUND: Final = Description(
    title="Refund",
    about="Gives back a captured amount, in any number of parts, within 365 days unless the operator sets another "
    "time. The refund is accepted at once and done later: a notification tells, and so does a query. The same "
    "`refundNumber` with the same order and amount is answered with the first refund.",
    group=Group.REFUNDS,
    request=asked.REFUND,
    answer=told.REFUND,
    codes=(
        *_OF_ORDER,
        Code.REFUND_NOT_NOW,
        Code.REFUND_TOO_LARGE,
        Code.REFUND_NUMBER_TAKEN,
        Code.REFUND_TOO_LATE,
    ),
)
REFUND_QUERY: Final = Description(
    title="Query a refund",
    about="The state of a refund by its own numbers. By the numbers of its order: the newest refund, and all of them "
    "in `refunds` if there are several.",
    group=Group.REFUNDS,
    request=asked.REFUND_QUERY,
    answer=told.REFUND_QUERY,
    codes=(*_OF_ORDER, Code.REFUND_NOT_FOUND),
)
_TRACKED: Final = (*_OF_ORDER, Code.TRACKING_NOT_NOW)
TRACKING: Final = Description(
    title="Add a parcel",
    about="Tells the tracking number of a parcel, for an order that is authorized or paid. An order may have several "
    "parcels. The same call again gives the same answer; other content under the same number is refused.",
    group=Group.SHIPMENTS,
    request=shipped.ADD,
    answer=told.TRACKINGS,
    codes=(*_TRACKED, Code.TRACKING_TAKEN),
)
TRACKING_BATCH: Final = Description(
    title="Add many parcels",
    about="A list of what one parcel takes, each judged alone: `trackings` holds those that were accepted, `errors` "
    "why the others were not. If none was, `respCode` is that of the first. A single object counts as a list of one.",
    group=Group.SHIPMENTS,
    request=ListOf(shipped.ADD, longest=shipped.BATCH_MOST, shortest=1),
    answer=told.TRACKINGS_OF_MANY,
    refusal=told.TRACKINGS_OF_MANY,
    codes=(*_TRACKED, Code.TRACKING_TAKEN),
)
TRACKING_MODIFY: Final = Description(
    title="Change a parcel",
    about="Changes or cancels a parcel: all changes of a call are made, or none. A parcel on its way may change to "
    "any state but back from `DELIVERED`, `RETURNED` and `CANCELLED`; `DELIVERED` may become `RETURNED`.",
    group=Group.SHIPMENTS,
    request=shipped.CHANGE,
    answer=told.TRACKINGS,
    codes=(*_OF_ORDER, Code.TRACKING_NOT_FOUND, Code.TRACKING_CHANGE_NOT_ALLOWED),
)
RETRIEVE: Final = Description(
    title="Read a parcel",
    about="Everything known about one parcel of an order.",
    group=Group.SHIPMENTS,
    request=shipped.RETRIEVE,
    answer=told.PARCEL,
    codes=(*_OF_ORDER, Code.TRACKING_NOT_FOUND),
)
SUBSCRIBE: Final = Description(
    title="Subscribe to notifications",
    about="Sets where the app's notifications go, unless an order or a refund names a URL of its own. A new call "
    "replaces the address in use at once. To undo that, subscribe your own again.",
    group=Group.NOTIFICATIONS,
    request=asked.SUBSCRIBE,
    answer=told.SUBSCRIBE,
    codes=_WITH_TOKEN,
)
