"""What the OpenAPI document calls by a name, because several places share it or it would bury its surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.protocols.gateway import answer_shapes, shapes
from polygate.protocols.gateway.descriptions import Variants
from polygate.protocols.gateway.shipping import bodies as shipping_bodies
from polygate.protocols.gateway.wallet_objects import WALLETS
from polygate.protocols.reading.answer_fields import Body
from polygate.protocols.reading.fields import ListOf, Shape
from polygate.protocols.reading.json_schema import (
    Named,
    Schema,
    answer_schema,
    kind_schema,
    request_schema,
    scalar_schema,
    variants_schema,
)
from polygate.protocols.reading.kinds import Currency

NAMES: Final[Mapping[Named, str]] = {
    Currency(): "Currency",
    shapes.ADDRESS: "Address",
    shapes.PHONE: "Phone",
    shapes.BILLING: "Billing",
    shapes.SHIPPING: "Shipping",
    shapes.PRODUCT: "Product",
    shapes.CARD: "Card",
    shapes.BROWSER: "Browser",
    shapes.DEVICE: "Device",
    shapes.THREE_DS_DATA: "ThreeDsData",
    **{shape: "Wallet" + method[0].upper() + method[1:] for method, shape in WALLETS.items()},
    shipping_bodies.ADD: "Parcel",
    answer_shapes.DEVICE_DATA: "DeviceDataCollection",
    answer_shapes.SDK: "WalletStart",
    answer_shapes.ORDER: "Order",
    answer_shapes.DETAILS: "IssuerDetails",
    answer_shapes.AUTHENTICATION: "Authentication",
    answer_shapes.REFUND_OF_ORDER: "RefundOfOrder",
}


def body_schema(request: Shape | ListOf | Variants) -> Schema:
    """The body of a request."""
    match request:
        case Variants():
            return variants_schema(request.field, request.shapes, refer)
        case ListOf():
            return kind_schema(request, refer)
        case Shape():
            return whole(request)


def whole(named: Named) -> Schema:
    """The thing itself, referring to the named things inside it."""
    match named:
        case Shape():
            return request_schema(named, refer)
        case Body():
            return answer_schema(named, refer)
        case Currency():
            return scalar_schema(named)


def refer(named: Named) -> Schema:
    """A reference to it if it has a name, else the thing itself."""
    name = NAMES.get(named)
    return {"$ref": f"#/components/schemas/{name}"} if name else whole(named)
