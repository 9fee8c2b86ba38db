"""Client of the Signed API: `SignedClient` and `AsyncSignedClient`."""

import httpx

from polygate.client.calls import Awaiting, Blocking
from polygate.client.signed.answers import (
    Action,
    Balance,
    BrowserReturn,
    Payment,
    PaymentCreated,
    Payout,
    PayoutCreated,
    Refund,
    RefundCreated,
)
from polygate.client.signed.conversations import Notification, SignedCalls
from polygate.client.signed.orders import (
    Payer,
    PaymentOrder,
    PayMethod,
    PayoutMethod,
    PayoutOrder,
    RefundOrder,
    TradeEnv,
)


class SignedClient(SignedCalls[httpx.Client], Blocking):
    """For programs that wait for each answer."""


class AsyncSignedClient(SignedCalls[httpx.AsyncClient], Awaiting):
    """For programs on an event loop."""


__all__ = [
    "Action",
    "AsyncSignedClient",
    "Balance",
    "BrowserReturn",
    "Notification",
    "PayMethod",
    "Payer",
    "Payment",
    "PaymentCreated",
    "PaymentOrder",
    "Payout",
    "PayoutCreated",
    "PayoutMethod",
    "PayoutOrder",
    "Refund",
    "RefundCreated",
    "RefundOrder",
    "SignedClient",
    "TradeEnv",
]
