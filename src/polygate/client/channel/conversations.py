"""The calls of the Channel API, for both kinds of client (section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from polygate.client.calls import Caller, Conversation, Http, Request, Response, endpoint
from polygate.client.channel import answers, orders
from polygate.client.errors import ApiError, AuthenticationFailed, InvalidSignature, NetworkUnknown
from polygate.client.wire import JSON_TYPE, Amount, decimal_text, decode, decode_notification, encode, members
from polygate.core.cards import Secret
from polygate.protocols.channel import InvalidData, decrypt_object, encrypt, json_number

T = TypeVar("T")

Version = Literal[1, 2]
Notification = answers.Credit | answers.Debit

_PREFIX: Final = "/api/channel/"
_ACCEPTED: Final = 0
_UNAUTHORIZED: Final = 1001
_SYSTEM_ERROR: Final = 9999


class _Envelope(msgspec.Struct, frozen=True, rename="camel"):
    code: int
    error_desc: str = ""
    result: msgspec.Raw = msgspec.Raw(b"null")


class _Callback(msgspec.Struct, frozen=True, rename="camel"):
    source_no: str
    data: str


_CALLBACK: Final = msgspec.json.Decoder(_Callback)


class ChannelCalls(Caller[Http], Generic[Http]):
    """A merchant. With `version` 2 it encrypts what it asks; with 1 it sends the key itself, over TLS.

    Every call raises ApiError where the gateway does not carry it out (AuthenticationFailed if it does not know the
    merchant or the key), NotSent and NetworkUnknown. Of the merchant's number of an order and the gateway's, one is
    enough.
    """

    def __init__(
        self, base_url: str, *, merchant_id: str, access_key: Secret, version: Version = 2, http: Http | None = None
    ) -> None:
        super().__init__(base_url, http)
        self.merchant_id: Final = merchant_id
        self.version: Final = version
        self._access_key: Final = access_key

    def __repr__(self) -> str:
        key = self._access_key
        return f"{type(self).__name__}({self.base_url!r}, merchant_id={self.merchant_id!r}, access_key={key})"

    @endpoint
    def create_credit(self, order: orders.CreditOrder) -> Conversation[answers.Credit]:
        """Collect money: the payer goes to `order.cashier_link`."""
        return self._ask("Credit/Set", "Credit/Place", members(order, amount=_amount), answers.Credit)

    @endpoint
    def query_credit(self, *, source_no: str = "", order_id: int | None = None) -> Conversation[answers.Credit]:
        body = _named("channelCreditOrderId", order_id, source_no)
        return self._ask("Credit/Get", "Credit/GetV2", body, answers.Credit)

    @endpoint
    def create_debit(self, order: orders.DebitOrder) -> Conversation[answers.Debit]:
        """Pay money out. Whether it arrived is told later."""
        return self._ask("Debit/Set", "Debit/Place", members(order, amount=_amount), answers.Debit)

    @endpoint
    def query_debit(self, *, source_no: str = "", order_id: int | None = None) -> Conversation[answers.Debit]:
        body = _named("channelDebitOrderId", order_id, source_no)
        return self._ask("Debit/Get", "Debit/GetV2", body, answers.Debit)

    @endpoint
    def balance(self) -> Conversation[answers.Balance]:
        """What can be paid out, and what is held for payouts under way."""
        proof = {"Accept": "application/json", "Authorization": self._access_key.reveal()}
        return _understood((yield Request("GET", f"{self.base_url}{_PREFIX}Merchant/Balance", proof)), answers.Balance)

    def verify_notification(self, body: bytes) -> Notification:
        """What a callback says. Raises InvalidSignature if it was not encrypted with this merchant's key.

        Encryption alone proves little: its blocks can be rearranged. Query the order before you move money.
        """
        callback = decode_notification(body, _CALLBACK)
        try:
            said = decrypt_object(callback.data, self._access_key)
            order: Notification
            if "channelCreditOrderSimpleInfo" in said:
                order = msgspec.convert(said, answers.Credit)
            else:
                order = msgspec.convert(said, answers.Debit)
        except (InvalidData, msgspec.ValidationError):
            raise InvalidSignature("the callback is not encrypted with this key") from None
        if order.order.merchant_source_no != callback.source_no:
            raise InvalidSignature("the callback speaks of two orders")
        return order

    def _ask(self, plain: str, encrypted: str, body: Mapping[str, Any], kind: type[T]) -> Conversation[T]:
        """`plain` and `encrypted` are the paths of the two versions, which answer alike."""
        written, proof, path = encode(body), self._access_key.reveal(), plain
        if self.version == 2:
            data = encrypt(written.decode(), self._access_key)
            written, proof, path = encode({"data": data}), self.merchant_id, encrypted
        headers = {**JSON_TYPE, "Authorization": proof}
        return _understood((yield Request("POST", f"{self.base_url}{_PREFIX}{path}", headers, written)), kind)


def _understood(response: Response, kind: type[T]) -> T:
    said = decode(response, _Envelope)
    if response.status >= 500 or said.code == _SYSTEM_ERROR:
        raise NetworkUnknown(f"{said.code}: {said.error_desc}")
    if said.code == _ACCEPTED:
        return decode(Response(response.status, (), bytes(said.result)), kind)
    error = AuthenticationFailed if said.code == _UNAUTHORIZED else ApiError
    raise error(str(said.code), said.error_desc, status=response.status, answer=decode(response, dict[str, Any]))


def _amount(amount: Amount) -> Mapping[str, object]:
    return {"amount": json_number(decimal_text(amount))}


def _named(id_name: str, order_id: int | None, source_no: str) -> dict[str, str | int]:
    named: dict[str, str | int] = {} if order_id is None else {id_name: order_id}
    return named | ({"sourceNo": source_no} if source_no else {})
