"""The calls of the Merchant API, for both kinds of client (section 6)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from polygate.client.calls import Caller, Conversation, Http, Request, Response, endpoint
from polygate.client.errors import ApiError, AuthenticationFailed, InvalidSignature, NetworkUnknown
from polygate.client.merchant import answers, orders
from polygate.client.merchant.notifications import Notification, verify_notification
from polygate.client.wire import JSON_TYPE, amount_alone, decimal_text, decode, encode, members
from polygate.core.cards import Secret
from polygate.core.money import Money
from polygate.protocols.merchant import verified_return

T = TypeVar("T")

_RESULTS: Final = frozenset({100, 101, 102, 103, 110, 111, 121, 141, 301})
"""Codes that tell how something stands; every other one tells why it was not done (section 3)."""
_REFUND_FAILED: Final = "112"


class _Head(msgspec.Struct, frozen=True):
    code: int
    message: str = ""


class MerchantCalls(Caller[Http], Generic[Http]):
    """A merchant, for all of its apps.

    Every call raises ApiError where the gateway does not carry it out (AuthenticationFailed for wrong credentials),
    NotSent and NetworkUnknown.
    """

    def __init__(self, base_url: str, *, merchant_no: str, secret_key: Secret, http: Http | None = None) -> None:
        super().__init__(base_url, http)
        self.merchant_no: Final = merchant_no
        self._secret_key: Final = secret_key

    def __repr__(self) -> str:
        key = self._secret_key
        return f"{type(self).__name__}({self.base_url!r}, merchant_no={self.merchant_no!r}, secret_key={key})"

    @endpoint
    def checkout_payment(self, order: orders.Order) -> Conversation[answers.Transaction]:
        """Open an order on the hosted page: the payer goes to `redirect_url`."""
        return self._post("/checkout/payment", members(order, amount=_amount), answers.Transaction)

    @endpoint
    def checkout_subscription(self, order: orders.Order) -> Conversation[answers.Transaction]:
        """The same for what is charged again later. The order needs a `plan`."""
        return self._post("/checkout/subscription", members(order, amount=_amount), answers.Transaction)

    @endpoint
    def payment(self, order: orders.Order) -> Conversation[answers.Transaction]:
        """Charge a card. The order needs a `card`."""
        return self._post("/api/payment", members(order, amount=_amount), answers.Transaction)

    @endpoint
    def subscription(self, order: orders.Order) -> Conversation[answers.Transaction]:
        """Charge a card now and again later. The order needs a `card` and a `plan`."""
        return self._post("/api/subscription", members(order, amount=_amount), answers.Transaction)

    @endpoint
    def refund(self, order: orders.RefundOrder) -> Conversation[answers.Refund]:
        """Give money back. What becomes of it is told later; one that was sent before may have failed already."""
        try:
            return (yield from self._post("/api/refund", members(order, amount=amount_alone), answers.Refund))
        except ApiError as refused:
            if refused.code != _REFUND_FAILED or "refundUniqueId" not in refused.answer:
                raise
            return msgspec.convert(refused.answer, answers.Refund)

    @endpoint
    def upload_tracking(self, rows: Sequence[orders.TrackingRow]) -> Conversation[answers.Uploaded]:
        """Up to 99 parcels, all of them or none."""
        return self._post("/upload/trackingNumber", rows, answers.Uploaded)

    @endpoint
    def list_orders(
        self,
        *,
        unique_id: str = "",
        order_id: str = "",
        transaction_id: str = "",
        start_date: str = "",
        ending_date: str = "",
        curr_page: int | None = None,
        page_size: int | None = None,
    ) -> Conversation[answers.Page[answers.Transaction]]:
        """Dates are `2026-01-31` or `2026-01-31 23:59:59`, at most a month apart."""
        query = _given(
            uniqueId=unique_id,
            orderId=order_id,
            transactionId=transaction_id,
            startDate=start_date,
            endingDate=ending_date,
            currPage=curr_page,
            pageSize=page_size,
        )
        return self._get(f"/search/list/order{query}", answers.Page[answers.Transaction])

    @endpoint
    def find_order(self, unique_id: str) -> Conversation[answers.Transaction]:
        return self._get(f"/search/order/{quote(unique_id, safe='')}", answers.Transaction)

    @endpoint
    def list_refunds(
        self,
        *,
        unique_id: str = "",
        transaction_id: str = "",
        refund_transaction_id: str = "",
        refund_unique_id: str = "",
        start_date: str = "",
        ending_date: str = "",
        curr_page: int | None = None,
        page_size: int | None = None,
    ) -> Conversation[answers.Page[answers.Refund]]:
        """Dates as in `list_orders`."""
        query = _given(
            uniqueId=unique_id,
            transactionId=transaction_id,
            refundTransactionId=refund_transaction_id,
            refundUniqueId=refund_unique_id,
            startDate=start_date,
            endingDate=ending_date,
            currPage=curr_page,
            pageSize=page_size,
        )
        return self._get(f"/search/list/refund{query}", answers.Page[answers.Refund])

    def verify_notification(self, body: bytes) -> Notification:
        """What a notification to this merchant says. Raises InvalidSignature."""
        return verify_notification(body, secret_key=self._secret_key)

    def verify_return(self, url: str) -> answers.BrowserReturn:
        """What a browser brings back to `url`. Raises InvalidSignature."""
        said = verified_return(url, self._secret_key)
        if said is None:
            raise InvalidSignature("the return is not signed with this key")
        return msgspec.convert(said, answers.BrowserReturn)

    def _post(self, path: str, body: object, kind: type[T]) -> Conversation[T]:
        response = yield Request("POST", self.base_url + path, {**JSON_TYPE, **self._proof()}, encode(body))
        return _understood(response, kind)

    def _get(self, path: str, kind: type[T]) -> Conversation[T]:
        response = yield Request("GET", self.base_url + path, {"Accept": "application/json", **self._proof()})
        return _understood(response, kind)

    def _proof(self) -> Mapping[str, str]:
        pair = f"{self.merchant_no}:{self._secret_key.reveal()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _understood(response: Response, kind: type[T]) -> T:
    head = decode(response, _Head)
    if response.status >= 500:
        raise NetworkUnknown(f"{head.code}: {head.message}")
    if head.code in _RESULTS:
        return decode(response, kind)
    error = AuthenticationFailed if response.status == 401 else ApiError
    raise error(str(head.code), head.message, status=response.status, answer=decode(response, dict[str, Any]))


def _amount(amount: Money) -> Mapping[str, object]:
    return {"currency": amount.currency, "amount": decimal_text(amount)}


def _given(**parameters: str | int | None) -> str:
    given = {name: value for name, value in parameters.items() if value not in {None, ""}}
    return f"?{urlencode(given)}" if given else ""
