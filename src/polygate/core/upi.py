"""Links that open a payer's UPI app with everything filled in (NPCI's linking specification), also drawn as codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import msgspec

from polygate.core.money import Money, plain

SCHEME: Final = "upi://pay"
APPS: Final[Mapping[str, str]] = {"gpay": "tez://upi/pay", "phonepe": "phonepe://pay", "paytmmp": "paytmmp://pay"}
"""Apps that want to be opened by a scheme of their own; what follows it is the same."""


class Payee(msgspec.Struct, frozen=True):
    address: str
    name: str


def pay_link(payee: Payee, *, amount: Money, reference: str, note: str = "") -> str:
    """A link that pays exactly this amount; the bank reports it under `reference`, the app shows the `note`.

    The order of its parts means nothing. It is the one in which the APIs that hand out such links print them.
    """
    whom = {"pa": payee.address, "pn": payee.name, "am": plain(amount, decimals=2)}
    if note:
        asked = whom | {"cu": amount.currency, "tr": reference, "tn": note}
    else:
        asked = whom | {"tr": reference, "cu": amount.currency}
    return f"{SCHEME}?{urlencode(asked, quote_via=quote, safe='')}"


def app_links(link: str) -> Mapping[str, str]:
    """The same payment for each app of `APPS`."""
    return {app: scheme + link.removeprefix(SCHEME) for app, scheme in APPS.items()}


def payee_in(link: str) -> Payee:
    """Whom a link pays; empty texts where it does not say, or is none."""
    return Payee(_in(link, "pa"), _in(link, "pn"))


def reference_in(link: str) -> str:
    """The number under which the bank reports the payment; empty where there is none."""
    return _in(link, "tr")


def _in(link: str, name: str) -> str:
    if not link.startswith(f"{SCHEME}?"):
        return ""
    return parse_qs(urlsplit(link).query, keep_blank_values=True).get(name, [""])[0]
