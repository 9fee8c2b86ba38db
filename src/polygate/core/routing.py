"""Which acquirer gets an attempt, and why. The decision is recorded on the attempt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from polygate.core.methods import Method
from polygate.core.money import Money
from polygate.core.payouts import PayoutMethod
from polygate.core.refusals import Reason, Refused

Offer = Mapping[Method, Collection[str] | Mapping[str, Money] | None]
"""What an acquirer takes: the currencies of each method, None for any. A mapping says the most of each at once, too."""

PayoutOffer = Mapping[PayoutMethod, Collection[str]]
"""What an acquirer pays out: the currencies of each method."""


NO_ACQUIRER: Final = "no acquirer is connected that takes live payments"
"""Where there is none at all, which is so for live payments only: simulated ones are always there for tests."""


class Route(msgspec.Struct, frozen=True):
    acquirer: str
    why: str
    """One sentence for the people who read the timeline."""


def choose(method: Method, amount: Money, *, offers: Mapping[str, Offer]) -> Route:
    """The acquirer for a payment; `offers` come in the order of preference. Raises Refused where none takes it."""
    if not offers:
        raise Refused(Reason.METHOD_NOT_ENABLED, NO_ACQUIRER)
    serving = [acquirer for acquirer, offer in offers.items() if method in offer]
    if not serving:
        raise Refused(Reason.METHOD_NOT_ENABLED, f"payment method {method} is not enabled")
    near = [acquirer for acquirer in serving if has_currency(offers[acquirer], method, amount.currency)]
    if not near:
        raise Refused(Reason.CURRENCY_NOT_SUPPORTED, f"currency: {method} does not take {amount.currency}")
    able = [acquirer for acquirer in near if takes(offers[acquirer], method, amount)]
    if not able:
        raise Refused(Reason.AMOUNT_TOO_LARGE, f"amount: {method} does not take as much as {amount}")
    chosen = able[0]
    only = len(serving) == 1
    return Route(chosen, f"{chosen} is the only acquirer for {method}" if only else f"{chosen} is first for {method}")


def choose_for_payout(method: PayoutMethod, currency: str, *, offers: Mapping[str, PayoutOffer]) -> Route:
    """The acquirer for a payout; `offers` come in the order of preference. Raises Refused where none pays so."""
    serving = [acquirer for acquirer, offer in offers.items() if method in offer]
    if not serving:
        raise Refused(Reason.METHOD_NOT_ENABLED, f"payout method {method} is not enabled")
    able = [acquirer for acquirer in serving if currency in offers[acquirer][method]]
    if not able:
        raise Refused(Reason.CURRENCY_NOT_SUPPORTED, f"currency: {method} does not pay {currency}")
    only = len(serving) == 1
    return Route(able[0], f"{able[0]} is the only one to pay out by {method}" if only else f"{able[0]} is first")


def has_currency(offer: Offer, method: Method, currency: str) -> bool:
    """Whether an acquirer with this offer collects payments of a method in a currency, of whatever amount."""
    if method not in offer:
        return False
    currencies = offer[method]
    return currencies is None or currency in currencies


def takes(offer: Offer, method: Method, amount: Money) -> bool:
    """Whether an acquirer with this offer collects such a payment."""
    if not has_currency(offer, method, amount.currency):
        return False
    most = offer[method]
    return not isinstance(most, Mapping) or amount <= most[amount.currency]


def offered(methods: Collection[str], amount: Money, *, offers: Mapping[str, Offer]) -> tuple[Method, ...]:
    """The methods a payer may choose from: those enabled for the app with which some acquirer takes the amount."""
    return tuple(
        method
        for method in Method
        if method in methods and any(takes(offer, method, amount) for offer in offers.values())
    )
