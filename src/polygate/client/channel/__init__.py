"""Client of the Channel API: `ChannelClient` and `AsyncChannelClient`."""

import httpx

from polygate.client.calls import Awaiting, Blocking
from polygate.client.channel.answers import (
    Balance,
    Credit,
    CreditOrderInfo,
    Debit,
    DebitOrderInfo,
    Deeplink,
    PaymentRecord,
    ProcessCode,
)
from polygate.client.channel.conversations import ChannelCalls, Notification
from polygate.client.channel.orders import AccountDetail, CreditOrder, DebitOrder


class ChannelClient(ChannelCalls[httpx.Client], Blocking):
    """For programs that wait for each answer."""


class AsyncChannelClient(ChannelCalls[httpx.AsyncClient], Awaiting):
    """For programs on an event loop."""


__all__ = [
    "AccountDetail",
    "AsyncChannelClient",
    "Balance",
    "ChannelClient",
    "Credit",
    "CreditOrder",
    "CreditOrderInfo",
    "Debit",
    "DebitOrder",
    "DebitOrderInfo",
    "Deeplink",
    "Notification",
    "PaymentRecord",
    "ProcessCode",
]
