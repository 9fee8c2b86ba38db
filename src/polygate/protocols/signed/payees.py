"""Whether an account can be one at all, by the national formats (section 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from polygate.core.payouts import PayoutMethod, Receiver
from polygate.protocols.signed.errors import Code, Rejected
from polygate.protocols.signed.kinds import EMAIL, VPA

_IFSC: Final = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
_PIX_KEYS: Final[Mapping[str, re.Pattern[str]]] = {
    "CPF": re.compile(r"[0-9]{11}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"),
    "CNPJ": re.compile(r"[0-9]{14}|[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}"),
    "PHONE": re.compile(r"\+?[0-9]{8,15}"),
    "EMAIL": EMAIL.pattern or re.compile(""),
    "EVP": re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}"),
}


def check_account(receiver: Receiver, currency: str, *, is_test: bool) -> None:
    """Raises Rejected (PAYOUT_ACCOUNT). In test mode branches are made up: their codes are not checked."""
    match receiver.method:
        case PayoutMethod.UPI if VPA.pattern and not VPA.pattern.fullmatch(receiver.account):
            raise _malformed("vpa", VPA.rule)
        case PayoutMethod.PIX if not _PIX_KEYS[receiver.mode].fullmatch(receiver.account):
            raise _malformed("pixKey", f"must be a key of the type {receiver.mode}")
        case PayoutMethod.BANK_ACCOUNT if currency == "INR" and not is_test:
            if not _IFSC.fullmatch(receiver.bank_code.upper()):
                raise _malformed("bankCode", "must be an IFSC code")


def _malformed(field: str, rule: str) -> Rejected:
    return Rejected(Code.PAYOUT_ACCOUNT, f"payoutMethod.{field} {rule}")
