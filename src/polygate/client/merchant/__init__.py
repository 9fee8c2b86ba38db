"""Client of the Merchant API: `MerchantClient` and `AsyncMerchantClient`."""

import httpx

from polygate.client.calls import Awaiting, Blocking
from polygate.client.merchant.answers import BrowserReturn, Page, Refund, Transaction, Uploaded
from polygate.client.merchant.conversations import MerchantCalls
from polygate.client.merchant.notifications import (
    ChargebackNotification,
    Notification,
    PaymentNotification,
    RefundNotification,
    verify_notification,
)
from polygate.client.merchant.orders import (
    Address,
    Browser,
    Card,
    Order,
    Plan,
    ProductInfo,
    RefundOrder,
    TrackingRow,
)


class MerchantClient(MerchantCalls[httpx.Client], Blocking):
    """For programs that wait for each answer."""


class AsyncMerchantClient(MerchantCalls[httpx.AsyncClient], Awaiting):
    """For programs on an event loop."""


__all__ = [
    "Address",
    "AsyncMerchantClient",
    "Browser",
    "BrowserReturn",
    "Card",
    "ChargebackNotification",
    "MerchantClient",
    "Notification",
    "Order",
    "Page",
    "PaymentNotification",
    "Plan",
    "ProductInfo",
    "Refund",
    "RefundNotification",
    "RefundOrder",
    "TrackingRow",
    "Transaction",
    "Uploaded",
    "verify_notification",
]
