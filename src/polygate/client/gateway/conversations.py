"""The calls of the Gateway API, for both kinds of client (sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from polygate.client.calls import Caller, Conversation, Http, Request, Response, endpoint
from polygate.client.errors import ApiError, AuthenticationFailed, NetworkUnknown
from polygate.client.gateway import answers, orders
from polygate.client.gateway.notifications import Notification, verify_notification
from polygate.client.wire import JSON_TYPE, Amount, amount_alone, decimal_text, decode, encode, members, now_ms
from polygate.core.cards import Secret
from polygate.core.money import Money
from polygate.protocols.gateway import PREFIX, Code

T = TypeVar("T")

API_VERSION: Final = "20250703"
_RENEWS: Final = frozenset({Code.EXPIRED_TOKEN.code, Code.UNKNOWN_TOKEN.code})
"""What a new token cures. Neither call was looked at, so it may be repeated."""


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    resp_code: str
    resp_msg: str = ""


class _Token(msgspec.Struct, frozen=True, rename="camel"):
    access_token: str


class GatewayCalls(Caller[Http], Generic[Http]):
    """A merchant's app. It signs in by itself, when it must and not before; before many calls at once, `sign_in` first.

    Every call raises ApiError where the gateway does not carry it out (AuthenticationFailed for wrong credentials),
    NotSent and NetworkUnknown. `order_no` is the merchant's number of an order, `trade_no` the gateway's; of the two,
    one is enough.
    """

    def __init__(
        self,
        base_url: str,
        *,
        app_id: str,
        secret: Secret,
        http: Http | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(base_url, http)
        self.app_id: Final = app_id
        self._secret: Final = secret
        self._clock: Final = clock
        self._token: Secret | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r}, app_id={self.app_id!r}, secret={self._secret})"

    @endpoint
    def sign_in(self) -> Conversation[None]:
        """Get a token now. Of calls that start at the same moment without one, each would get its own."""
        yield from self._new_token()

    @endpoint
    def cashier_order(self, order: orders.CashierOrder) -> Conversation[answers.CashierSession]:
        """Open an order on the hosted page."""
        return self._ask("cashier/order", members(order, amount=_amount), answers.CashierSession)

    @endpoint
    def payment(self, order: orders.PaymentOrder) -> Conversation[answers.PaymentAnswer]:
        """Charge a card, or start a payment with a wallet."""
        body = members(order, amount=_amount)
        if order.wallet is not None:
            body[order.method] = body.pop("wallet")
        return self._ask("payment", body, answers.PaymentAnswer)

    @endpoint
    def capture(
        self, *, capture_amount: Amount, order_no: str = "", trade_no: str = ""
    ) -> Conversation[answers.CaptureAnswer]:
        """Take what was reserved, or a part of it."""
        body = {"captureAmount": decimal_text(capture_amount), **_named(order_no, trade_no)}
        return self._ask("capture", body, answers.CaptureAnswer)

    @endpoint
    def cancel(self, *, order_no: str = "", trade_no: str = "") -> Conversation[answers.CancelAnswer]:
        """Give back what was reserved, or close an order that nobody has paid."""
        return self._ask("cancel", _named(order_no, trade_no), answers.CancelAnswer)

    @endpoint
    def mit_payment(self, order: orders.MitOrder) -> Conversation[answers.PaymentAnswer]:
        """Charge a card while the payer is absent."""
        return self._ask("mitPayment", members(order, amount=_amount), answers.PaymentAnswer)

    @endpoint
    def subscription_payment(self, order: orders.SubscriptionOrder) -> Conversation[answers.PaymentAnswer]:
        """Charge a card that was kept."""
        return self._ask("subscriptionPayment", members(order, amount=amount_alone), answers.PaymentAnswer)

    @endpoint
    def query(self, *, order_no: str = "", trade_no: str = "") -> Conversation[answers.OrderAnswer]:
        """Everything about an order."""
        return self._ask("query", _named(order_no, trade_no), answers.OrderAnswer)

    @endpoint
    def refund(self, order: orders.RefundOrder) -> Conversation[answers.RefundAnswer]:
        """Give money back. What becomes of it is told later."""
        return self._ask("refund", members(order, amount=amount_alone), answers.RefundAnswer)

    @endpoint
    def refund_query(self, *, order_no: str = "", trade_no: str = "") -> Conversation[answers.RefundAnswer]:
        """A refund, by its own numbers or by those of its order."""
        return self._ask("refundQuery", _named(order_no, trade_no), answers.RefundAnswer)

    @endpoint
    def shipping_tracking(self, tracking: orders.Tracking) -> Conversation[answers.TrackingAnswer]:
        """Add a parcel to an order."""
        return self._ask("shipping/tracking", tracking, answers.TrackingAnswer)

    @endpoint
    def shipping_tracking_batch(self, trackings: Sequence[orders.Tracking]) -> Conversation[answers.TrackingAnswer]:
        """Add up to a hundred parcels, each judged alone: what was not accepted is in `errors`."""
        try:
            return (yield from self._ask("shipping/tracking-batch", trackings, answers.TrackingAnswer))
        except ApiError as refused:
            if not refused.answer.get("errors"):
                raise
            return msgspec.convert(refused.answer, answers.TrackingAnswer)

    @endpoint
    def shipping_tracking_modify(
        self,
        *,
        tracking_no: str,
        changes: Sequence[orders.TrackingChange],
        matedata: Mapping[str, str] | None = None,
        order_no: str = "",
        trade_no: str = "",
    ) -> Conversation[answers.TrackingAnswer]:
        """Change a parcel, by all of the changes or by none."""
        body: dict[str, Any] = {"iterms": changes}
        if matedata is not None:
            body["matedata"] = matedata
        body |= {**_named(order_no, trade_no), "trackingNo": tracking_no}
        return self._ask("shipping/tracking-modify", body, answers.TrackingAnswer)

    @endpoint
    def shipping_retrieve(
        self, *, tracking_no: str, order_no: str = "", trade_no: str = ""
    ) -> Conversation[answers.Parcel]:
        """One parcel."""
        return self._ask("shipping/retrieve", {**_named(order_no, trade_no), "trackingNo": tracking_no}, answers.Parcel)

    @endpoint
    def webhook_subscribe(self, subscribe_url: str) -> Conversation[answers.SubscribeAnswer]:
        """Where notifications go from now on, unless an order names its own place."""
        body = {"apiVersion": API_VERSION, "signMethod": "sha256", "subscribeUrl": subscribe_url}
        return self._ask("webhook/subscribe", body, answers.SubscribeAnswer)

    def verify_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """What a notification to this app says. Raises InvalidSignature."""
        return verify_notification(headers, body, secret=self._secret, now_ms=self._clock())

    def _ask(self, path: str, body: object, kind: type[T]) -> Conversation[T]:
        written = encode(body)
        token = self._token or (yield from self._new_token())
        response = yield self._post(path, written, token)
        if response.status == 401 and decode(response, _Head).resp_code in _RENEWS:
            # Somebody else may have renewed it in the meantime.
            renewed = self._token if self._token is not token else None
            response = yield self._post(path, written, renewed or (yield from self._new_token()))
        return _understood(response, kind)

    def _new_token(self) -> Conversation[Secret]:
        pair = encode({"appId": self.app_id, "secret": self._secret})
        response = yield self._post("connect/token", pair, None)
        self._token = Secret(_understood(response, _Token).access_token)
        return self._token

    def _post(self, path: str, body: bytes, token: Secret | None) -> Request:
        proof = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
        return Request("POST", f"{self.base_url}{PREFIX}/{path}", {**JSON_TYPE, **proof}, body)


def _understood(response: Response, kind: type[T]) -> T:
    """The result, or the error that the answer tells of. A decline is a result, and so is an unknown outcome.

    Of what the status says only 401 and 500 matter; `respCode` says the rest (section 1.2).
    """
    head = decode(response, _Head)
    if response.status == 500:
        raise NetworkUnknown(f"{head.resp_code}: {head.resp_msg}")
    if head.resp_code in {Code.DONE.code, Code.NO_ANSWER_YET.code} or head.resp_code.startswith("4"):
        return decode(response, kind)
    error = AuthenticationFailed if response.status == 401 else ApiError
    raise error(head.resp_code, head.resp_msg, status=response.status, answer=decode(response, dict[str, Any]))


def _named(order_no: str, trade_no: str) -> dict[str, str]:
    return {name: number for name, number in (("orderNo", order_no), ("tradeNo", trade_no)) if number}


def _amount(amount: Money) -> Mapping[str, object]:
    return {"amount": decimal_text(amount), "currency": amount.currency}
