"""The calls of the Signed API, for both kinds of client (section 4)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from polygate.client.calls import Caller, Conversation, Http, Request, Response, endpoint
from polygate.client.errors import ApiError, AuthenticationFailed, InvalidSignature, NetworkUnknown
from polygate.client.signed import answers, orders
from polygate.client.wire import (
    JSON_TYPE,
    amount_alone,
    decode,
    decode_notification,
    encode,
    header_lines,
    members,
    now_ms,
)
from polygate.core.cards import Secret
from polygate.core.money import Money, plain
from polygate.protocols.signed import HeaderFault, is_signed, read_header, sign, verified_return

T = TypeVar("T")

Notification = answers.Payment | answers.Payout | answers.Refund

_METHOD: Final = "POST"
_OK: Final = "OK"
_REJECTED: Final = frozenset({"Payment.Common.Rejected", "Payout.Common.Rejected"})
"""The channel declined inside the call: the trade exists, and it failed (section 8.1)."""


class _Envelope(msgspec.Struct, frozen=True, rename="camel"):
    code: str
    error_message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Numbers(msgspec.Struct, frozen=True, rename="camel"):
    """What tells the notifications apart."""

    refund_no: str = ""
    payout_no: str = ""


class _Balances(msgspec.Struct, frozen=True, rename="camel"):
    balance_list: tuple[answers.Balance, ...]


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)


def new_nonce() -> str:
    return secrets.token_hex(16)


class SignedCalls(Caller[Http], Generic[Http]):
    """A merchant's app. It signs what it asks, and believes only answers that are signed for the very question.

    Every call raises ApiError where the gateway does not carry it out (AuthenticationFailed if it does not accept the
    signature), InvalidSignature, NotSent and NetworkUnknown. Of the merchant's number and the gateway's, one is
    enough.
    """

    def __init__(
        self,
        base_url: str,
        *,
        app_id: str,
        secret: Secret,
        prefix: str = "/v2",
        http: Http | None = None,
        clock: Callable[[], int] = now_ms,
        nonce: Callable[[], str] = new_nonce,
    ) -> None:
        """`prefix` may also be `/pg/v2`."""
        super().__init__(base_url, http)
        self.app_id: Final = app_id
        self._secret: Final = secret
        self._prefix: Final = prefix
        self._clock: Final = clock
        self._nonce: Final = nonce

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r}, app_id={self.app_id!r}, secret={self._secret})"

    @endpoint
    def create_payment(self, order: orders.PaymentOrder) -> Conversation[answers.PaymentCreated]:
        """Start a payment; the answer says where the payer goes."""
        try:
            return (yield from self._ask("payment/create", members(order, amount=_amount), answers.PaymentCreated))
        except ApiError as refused:
            return answers.PaymentCreated(**_failed(refused, order.merchant_trade_no, order.amount))

    @endpoint
    def query_payment(self, *, merchant_trade_no: str = "", payment_no: str = "") -> Conversation[answers.Payment]:
        return self._ask(
            "payment/query", _named(merchantTradeNo=merchant_trade_no, paymentNo=payment_no), answers.Payment
        )

    @endpoint
    def create_payout(self, order: orders.PayoutOrder) -> Conversation[answers.PayoutCreated]:
        """Send money to a payee. Whether it arrived is told later."""
        try:
            return (yield from self._ask("payout/create", members(order, amount=_amount), answers.PayoutCreated))
        except ApiError as refused:
            return answers.PayoutCreated(**_failed(refused, order.merchant_trade_no, order.amount))

    @endpoint
    def query_payout(self, *, merchant_trade_no: str = "", payout_no: str = "") -> Conversation[answers.Payout]:
        return self._ask("payout/query", _named(merchantTradeNo=merchant_trade_no, payoutNo=payout_no), answers.Payout)

    @endpoint
    def create_refund(self, order: orders.RefundOrder) -> Conversation[answers.RefundCreated]:
        """Give money back. What becomes of it is told later."""
        return self._ask("refund/create", members(order, amount=amount_alone), answers.RefundCreated)

    @endpoint
    def query_refund(self, *, merchant_refund_no: str = "", refund_no: str = "") -> Conversation[answers.Refund]:
        return self._ask(
            "refund/query", _named(merchantRefundNo=merchant_refund_no, refundNo=refund_no), answers.Refund
        )

    @endpoint
    def query_balance(self, *currencies: str) -> Conversation[tuple[answers.Balance, ...]]:
        """What can be paid out, and what is held, in each of the currencies."""
        return (yield from self._ask("balance/query", {"currencies": currencies}, _Balances)).balance_list

    def verify_notification(
        self, headers: Mapping[str, str] | Sequence[tuple[str, str]], body: bytes, *, notify_url: str
    ) -> Notification:
        """What a notification says, as a query would. `notify_url` is as it was sent when the trade was made.

        Raises InvalidSignature.
        """
        self._believe(header_lines(headers, "Authorization"), body, url=notify_url.encode())
        data = decode_notification(body, _ENVELOPE).data
        numbers = decode_notification(data, msgspec.json.Decoder(_Numbers))
        if numbers.refund_no:
            return decode_notification(data, msgspec.json.Decoder(answers.Refund))
        if numbers.payout_no:
            return decode_notification(data, msgspec.json.Decoder(answers.Payout))
        return decode_notification(data, msgspec.json.Decoder(answers.Payment))

    def verify_return(self, url: str, *, return_url: str) -> answers.BrowserReturn:
        """What a browser brings back to `url`. `return_url` is as it was sent. Raises InvalidSignature."""
        said = verified_return(url, return_url=return_url, app_id=self.app_id, secret=self._secret)
        if said is None:
            raise InvalidSignature("the return is not signed with this secret")
        return msgspec.convert(said, answers.BrowserReturn)

    def _ask(self, path: str, body: Mapping[str, Any], kind: type[T]) -> Conversation[T]:
        url, written = f"{self.base_url}{self._prefix}/{path}", encode(body)
        proof = sign(
            app_id=self.app_id,
            secret=self._secret,
            method=_METHOD,
            url=url.encode(),
            now_ms=self._clock(),
            nonce=self._nonce(),
            body=written,
        )
        response = yield Request(_METHOD, url, {**JSON_TYPE, "Authorization": str(proof)}, written)
        return self._understood(response, kind, url=url)

    def _understood(self, response: Response, kind: type[T], *, url: str) -> T:
        """Only what was carried out is signed, and what was refused while reading it (section 1.4)."""
        if response.status >= 500:
            raise NetworkUnknown(f"HTTP {response.status}")
        if response.status == 200:
            self._believe(header_lines(response.headers, "Authorization"), response.body, url=url.encode())
        said = decode(response, _Envelope)
        if said.code == _OK:
            return decode(Response(response.status, (), bytes(said.data)), kind)
        error = AuthenticationFailed if response.status == 401 else ApiError
        raise error(
            said.code, said.error_message or "", status=response.status, answer=decode(response, dict[str, Any])
        )

    def _believe(self, lines: Sequence[str], body: bytes, *, url: bytes) -> None:
        try:
            proof = read_header(*lines)
        except HeaderFault as fault:
            raise InvalidSignature("it carries no signature of this protocol") from fault
        if proof.app_id != self.app_id or not is_signed(proof, secret=self._secret, method=_METHOD, url=url, body=body):
            raise InvalidSignature("it is not signed with this secret")
        if not proof.is_timely(self._clock()):
            raise InvalidSignature("it was not signed just now")


def _amount(amount: Money) -> Mapping[str, object]:
    return {"amount": plain(amount, decimals=2), "currency": amount.currency}


def _named(**numbers: str) -> dict[str, str]:
    return {name: number for name, number in numbers.items() if number}


def _failed(refused: ApiError, merchant_trade_no: str, amount: Money) -> dict[str, Any]:
    """A trade that the channel declined at once; raises the refusal again if it is of another kind."""
    if refused.code not in _REJECTED:
        raise refused
    return {
        "merchant_trade_no": merchant_trade_no,
        **_amount(amount),
        "status": answers.FAILED,
        "error_code": refused.code,
        "error_info": refused.message,
    }
