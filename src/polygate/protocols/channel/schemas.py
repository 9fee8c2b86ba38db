"""What is asked, read from the members of a body (section 7)."""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.core.money import Money
from polygate.core.payouts import Receiver
from polygate.protocols.channel.accounts import read_account, read_receiver
from polygate.protocols.channel.amounts import read_amount
from polygate.protocols.channel.errors import bad
from polygate.protocols.channel.fields import Given, optional_id, optional_text, required_text
from polygate.protocols.reading.faults import Wrong
from polygate.protocols.reading.kinds import Url

SOURCE_NO_MAX_LENGTH: Final = 64
CALLBACK_URL: Final = Url()
PAYERS_MAX: Final = 100


class CreditRequest(msgspec.Struct, frozen=True):
    """Section 7.1."""

    amount: Money
    source_no: str
    callback_url: str
    payers: tuple[dict[str, str], ...]


class DebitRequest(msgspec.Struct, frozen=True):
    """Section 7.5."""

    amount: Money
    source_no: str
    callback_url: str
    receiver: Receiver | None


class OrderName(msgspec.Struct, frozen=True):
    """Which order is meant: by our number, by the merchant's, or by both (sections 7.3 and 7.7)."""

    order_id: int | None
    source_no: str


def read_credit(given: Given, currency: str) -> CreditRequest:
    """Raises Rejected (1103)."""
    amount, source_no, callback_url = _common(given, currency)
    payers = given.get("payerAccountDetailList")
    if payers is None:
        payers = []
    if not isinstance(payers, list) or len(payers) > PAYERS_MAX:
        raise bad("payerAccountDetailList")
    read = tuple(read_account(payer, f"payerAccountDetailList[{place}]") for place, payer in enumerate(payers))
    return CreditRequest(amount, source_no, callback_url, read)


def read_debit(given: Given, currency: str) -> DebitRequest:
    """Raises Rejected (1103)."""
    amount, source_no, callback_url = _common(given, currency)
    payee = given.get("payeeAccountDetail")
    receiver = None if payee is None else read_receiver(payee, "payeeAccountDetail")
    return DebitRequest(amount, source_no, callback_url, receiver)


def read_credit_name(given: Given, _currency: str) -> OrderName:
    return _name(given, "channelCreditOrderId")


def read_debit_name(given: Given, _currency: str) -> OrderName:
    return _name(given, "channelDebitOrderId")


def is_callback_url(text: str) -> bool:
    """Whether callbacks could be sent there; whether we are willing to is judged when they are."""
    try:
        CALLBACK_URL.accept(text)
    except Wrong:
        return False
    return True


def _common(given: Given, currency: str) -> tuple[Money, str, str]:
    try:
        amount = read_amount(given.get("amount"), currency)
    except ValueError:
        raise bad("amount") from None
    return amount, required_text(given, "sourceNo", longest=SOURCE_NO_MAX_LENGTH), _callback_url(given)


def _callback_url(given: Given) -> str:
    if given.get("callbackUrl") is None:
        return ""
    url = required_text(given, "callbackUrl", longest=CALLBACK_URL.longest)
    if not is_callback_url(url):
        raise bad("callbackUrl")
    return url


def _name(given: Given, id_name: str) -> OrderName:
    order_id = optional_id(given, id_name)
    source_no = optional_text(given, "sourceNo", longest=SOURCE_NO_MAX_LENGTH)
    if order_id is None and not source_no.strip():
        raise bad("sourceNo")
    return OrderName(order_id, source_no)
