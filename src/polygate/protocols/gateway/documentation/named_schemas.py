"""What the OpenAPI document calls by a name, because several places share it or it would bury its surroundings."""

from __future__ import annotations

from typing import Final

from polygate.protocols.documenting.openapi import NamedSchemas
from polygate.protocols.gateway import answer_shapes, shapes
from polygate.protocols.gateway.descriptions import Variants
from polygate.protocols.gateway.shipping import bodies as shipping_bodies
from polygate.protocols.gateway.wallet_objects import WALLETS
from polygate.protocols.reading.fields import ListOf, Shape
from polygate.protocols.reading.json_schema import Schema, kind_schema, variants_schema
from polygate.protocols.reading.kinds import Currency

NAMED: Final = NamedSchemas(
    {
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
)


def body_schema(request: Shape | ListOf | Variants) -> Schema:
    """The body of a request."""
    match request:
        case Variants():
            return variants_schema(request.field, request.shapes, NAMED.refer)
        case ListOf():
            return kind_schema(request, NAMED.refer)
        case Shape():
            return NAMED.whole(request)
