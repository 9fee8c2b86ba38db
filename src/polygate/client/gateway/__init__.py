"""Client of the Gateway API: `GatewayClient` and `AsyncGatewayClient`."""

import httpx

from polygate.client.calls import Awaiting, Blocking
from polygate.client.gateway.answers import (
    Authentication,
    CancelAnswer,
    CaptureAnswer,
    CashierSession,
    DeviceDataForm,
    IssuerDetails,
    OrderAnswer,
    OrderInfo,
    Parcel,
    PaymentAnswer,
    RefundAnswer,
    RefundInfo,
    RefundOfOrder,
    SubscribeAnswer,
    TrackingAnswer,
    TrackingFault,
)
from polygate.client.gateway.conversations import GatewayCalls
from polygate.client.gateway.notifications import (
    Notification,
    PaymentNotification,
    RefundNotification,
    verify_notification,
)
from polygate.client.gateway.orders import (
    Address,
    Billing,
    Browser,
    Card,
    CashierOrder,
    DeviceInfo,
    Location,
    MitOrder,
    Mobile,
    PaymentOrder,
    Phone,
    ProductInfo,
    RefundOrder,
    Shipping,
    SubscriptionOrder,
    ThreeDsData,
    Tracking,
    TrackingChange,
    Wallet,
)
from polygate.core.methods import Method, Product


class GatewayClient(GatewayCalls[httpx.Client], Blocking):
    """For programs that wait for each answer."""


class AsyncGatewayClient(GatewayCalls[httpx.AsyncClient], Awaiting):
    """For programs on an event loop."""


__all__ = [
    "Address",
    "AsyncGatewayClient",
    "Authentication",
    "Billing",
    "Browser",
    "CancelAnswer",
    "CaptureAnswer",
    "Card",
    "CashierOrder",
    "CashierSession",
    "DeviceDataForm",
    "DeviceInfo",
    "GatewayClient",
    "IssuerDetails",
    "Location",
    "Method",
    "MitOrder",
    "Mobile",
    "Notification",
    "OrderAnswer",
    "OrderInfo",
    "Parcel",
    "PaymentAnswer",
    "PaymentNotification",
    "PaymentOrder",
    "Phone",
    "Product",
    "ProductInfo",
    "RefundAnswer",
    "RefundInfo",
    "RefundNotification",
    "RefundOfOrder",
    "RefundOrder",
    "Shipping",
    "SubscribeAnswer",
    "SubscriptionOrder",
    "ThreeDsData",
    "Tracking",
    "TrackingAnswer",
    "TrackingChange",
    "TrackingFault",
    "Wallet",
    "verify_notification",
]
