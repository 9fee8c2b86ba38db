"""What the simulated issuers compare with what they know of a card's holder, and what they say about it."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from msgspec.structs import replace

from polygate.connectors.sandbox.messages import ChargeOrder
from polygate.core.cards import Brand, Secret, has_expired
from polygate.core.outcomes import Authentication

WRONG_CVC: Final = "000"
WRONG_STREET: Final = "no such street"
"""A first address line that contains this, in any case, is not the holder's."""
WRONG_POSTCODE: Final = "00000"

CLASSES: Final = {
    "5555555555554444": "DEBIT",
    "4000056655665556": "DEBIT",
    "5105105105105100": "PREPAID",
}
"""Every other card is a credit card."""
_COUNTRIES: Final[dict[Brand, str]] = {Brand.UNIONPAY: "CN", Brand.JCB: "JP"}

VOUCHED: Final = ("", "Y", "A")
"""Results of a merchant's own 3-D Secure that count as authenticated (gateway contract, 6.4)."""
_CRYPTOGRAM_BYTES: Final = 20


def is_vouched(own: Authentication | None) -> bool:
    return own is not None and own.status in VOUCHED


def address(order: ChargeOrder) -> str:
    """The result of address verification: `Y` all, `A` street only, `Z` postcode only, `N` none, `U` not checked."""
    if not order.postcode:
        return "U"
    street = WRONG_STREET not in order.street.lower()
    postcode = order.postcode != WRONG_POSTCODE
    return {(True, True): "Y", (True, False): "A", (False, True): "Z", (False, False): "N"}[street, postcode]


def security_code(order: ChargeOrder) -> str:
    """`M` match, `N` no match, `P` not processed, because there was none."""
    if order.card.cvc is None:
        return "P"
    return "N" if order.card.cvc.reveal() == WRONG_CVC else "M"


def is_too_old(order: ChargeOrder, now_ms: int) -> bool:
    """Whether the card has expired, as kept ones do; without an expiry nobody can tell."""
    if not order.card.expiry:
        return False
    year, month = order.card.expiry.split("-")
    return has_expired(int(year), int(month), now_ms=now_ms)


def card_class(number: str) -> str:
    return CLASSES.get(number, "CREDIT")


def country(brand: Brand) -> str:
    """Where the issuer is, ISO 3166-1 alpha-2."""
    return _COUNTRIES.get(brand, "US")


def own_authentication(order: ChargeOrder) -> Authentication | None:
    """A merchant's own 3-D Secure result as the issuer sees it, if it counts as one."""
    own = order.authentication
    if own is None or not is_vouched(own):
        return None
    if order.cavv is None:
        return replace(own, enrolled="Y")
    genuine = _is_cryptogram(order.cavv)
    return replace(own, enrolled="Y", signature_verified="Y" if genuine else "N", cavv_algorithm="2" if genuine else "")


def _is_cryptogram(cavv: Secret) -> bool:
    try:
        return len(base64.b64decode(cavv.reveal(), validate=True)) == _CRYPTOGRAM_BYTES
    except (binascii.Error, ValueError):
        return False
