"""What an acquirer said. A decline is an ordinary answer; silence is one too."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec


class Decline(StrEnum):
    """Why a payment was not taken, in the payer's and the issuer's terms; every protocol has its own words for each."""

    NO_REASON = "no_reason"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    WRONG_SECURITY_CODE = "wrong_security_code"
    LOST_OR_STOLEN = "lost_or_stolen"
    NOT_PERMITTED = "not_permitted"
    OVER_LIMIT = "over_limit"
    AUTHENTICATION_FAILED = "authentication_failed"
    AUTHENTICATION_REQUIRED = "authentication_required"
    SUSPECTED_FRAUD = "suspected_fraud"
    ADDRESS_MISMATCH = "address_mismatch"
    CANCELED_BY_PAYER = "canceled_by_payer"
    WRONG_CODE = "wrong_code"
    UNREACHABLE = "unreachable"
    ACCOUNT_NOT_FOUND = "account_not_found"
    """The receiver of a payout has no such account."""
    NAME_MISMATCH = "name_mismatch"
    """The receiver's account belongs to somebody of another name."""


ABOUT_RECEIVERS: Final = frozenset({Decline.ACCOUNT_NOT_FOUND, Decline.NAME_MISMATCH})
"""What only a payout can be refused for."""


class Authentication(msgspec.Struct, frozen=True, omit_defaults=True):
    """The result of 3-D Secure, as the schemes write it (EMV 3-D Secure transStatus and ECI)."""

    status: str
    eci: str = ""
    version: str = ""
    enrolled: str = "U"
    signature_verified: str = ""
    cavv_algorithm: str = ""


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an acquirer tells about a payment besides yes or no; empty text where it says nothing."""

    auth_code: str = ""
    arn: str = ""
    avs_result: str = ""
    cvc_result: str = ""
    card_class: str = ""
    issuer_country: str = ""
    risk_score: str = ""
    network_transaction_id: str = ""
    payer: str = ""
    """Who paid from a wallet, as the wallet shows it."""
    bank_reference: str = ""
    """The banks' number of a transfer from account to account: UTR or RRN in India, 12 digits."""
    authentication: Authentication | None = None


class Approved(msgspec.Struct, frozen=True, tag=True):
    """Done as asked."""

    reference: str
    details: Details = Details()


class Declined(msgspec.Struct, frozen=True, tag=True):
    """Refused for good: asking again with the same data is a new attempt."""

    why: Decline
    said: str = ""
    reference: str = ""
    details: Details = Details()


class Pending(msgspec.Struct, frozen=True, tag=True):
    """Taken in; the answer comes later. `check_after_ms` is how long to wait before asking."""

    reference: str
    check_after_ms: int


class PayerAction(StrEnum):
    """What the payer has to do before the acquirer goes on."""

    AUTHENTICATE = "authenticate"
    """3-D Secure; no money moves before we say that the payer is back."""
    SCAN = "scan"
    """Scan a code with the wallet's app."""
    OPEN = "open"
    """Pay on the wallet's page."""
    START = "start"
    """Pay in the wallet's app, which the merchant's program starts."""


class NeedsPayer(msgspec.Struct, frozen=True, tag=True):
    """The payer must act at `url` before the acquirer goes on.

    `challenge`, for authentication only, is `Y` (certain), `N` (none expected) or `U` (not known yet).
    """

    reference: str
    url: str
    challenge: str = ""
    action: PayerAction = PayerAction.AUTHENTICATE
    code: str = ""
    """What the code to scan says, where the scheme prescribes it; otherwise it is a link to us."""
    info: Mapping[str, str] = {}
    """What the merchant's program hands to the wallet's."""


class Unknown(msgspec.Struct, frozen=True, tag=True):
    """It was asked and nothing intelligible came back: money may have moved. Never a decline."""

    said: str


class NotSent(msgspec.Struct, frozen=True, tag=True):
    """It certainly never reached the acquirer, or the acquirer certifies that it never will be carried out."""

    said: str


Outcome = Approved | Declined | Pending | NeedsPayer | Unknown | NotSent
