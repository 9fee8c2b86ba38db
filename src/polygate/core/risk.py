"""The fraud check: small rules that each look at the evidence about a payment and say in a sentence what they see.

Nothing is learned and nothing is random: the same evidence under the same policy gives the same score and sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from polygate.core import addresses
from polygate.core.blocks import Block, BlockKind
from polygate.core.ids import MerchantId

WINDOW_MS: Final = 3_600_000
"""How far back payments are counted."""
MAX_SCORE: Final = 100


class RiskPolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an operator allows a merchant's payers within an hour, and what the score decides."""

    per_card: int = 5
    """Payments with one card; 0 for no limit, as in the two below."""
    per_address: int = 20
    """Payments from one address: an IPv4 address, or a /64 network of IPv6."""
    per_app: int = 10_000
    """Payments of one app."""
    authenticate_at: int = 50
    """The score from which a card is authenticated where the order leaves that open; 0 for never."""
    stop_at: int = 80
    """The score from which a payment is stopped, 1 to 100."""
    always: bool = False
    """Check also the payments for which the merchant asked no check."""


class Counts(msgspec.Struct, frozen=True):
    """Payments of one merchant that were checked, and not stopped, within the last hour."""

    of_card: int = 0
    of_address: int = 0
    of_app: int = 0
    declines: int = 0
    """How many of the card's were declined."""
    cards: int = 0
    """How many other cards were used from the address."""

    def __bool__(self) -> bool:
        """Whether there were any."""
        return self != _NONE


_NONE: Final = Counts()


class Evidence(msgspec.Struct, frozen=True):
    """All that the rules look at. What is not known speaks neither for nor against a payment."""

    blocks: tuple[Block, ...] = ()
    """Those that the payment is under."""
    counts: Counts = Counts()
    address: str = ""
    has_code: bool = True
    """False for a card that came without its security code."""
    billing_country: str = ""
    shipping_country: str = ""


class RiskEvent(msgspec.Struct, frozen=True):
    """A payment that was checked, as later checks count it."""

    merchant_id: MerchantId
    event_id: int
    at_ms: int
    app_id: str
    payment_id: int
    fingerprint: str
    """The card's; empty for a wallet."""
    client_ip: str
    """Whom the address belongs to, see `addresses.subscriber`; empty where it is not known."""
    score: int
    stopped: bool


Finding = tuple[int, str]
"""Points and a sentence; no points, no sentence."""
NOTHING: Final[Finding] = (0, "")


class Rule(msgspec.Struct, frozen=True):
    name: str
    most: int
    """The most points it gives."""
    judge: Callable[[Evidence, RiskPolicy], Finding]


class Reason(msgspec.Struct, frozen=True):
    """What one rule saw."""

    rule: str
    points: int
    said: str


class Verdict(StrEnum):
    PASSED = "passed"
    AUTHENTICATE = "authenticate"
    STOPPED = "stopped"


class Assessment(msgspec.Struct, frozen=True):
    score: int
    """0 to 100."""
    verdict: Verdict
    reasons: tuple[Reason, ...]
    """In the order of the rules."""


def assess(evidence: Evidence, policy: RiskPolicy) -> Assessment:
    """The points of all rules together, and what the policy makes of them."""
    found = [(rule.name, *rule.judge(evidence, policy)) for rule in RULES]
    reasons = tuple(Reason(name, points, said) for name, points, said in found if points)
    score = min(sum(reason.points for reason in reasons), MAX_SCORE)
    return Assessment(score, _verdict(score, policy), reasons)


def _verdict(score: int, policy: RiskPolicy) -> Verdict:
    if score >= policy.stop_at:
        return Verdict.STOPPED
    return Verdict.AUTHENTICATE if 0 < policy.authenticate_at <= score else Verdict.PASSED


_NEAR_LIMIT: Final = 20
_DECLINE: Final = 15
_DECLINES_MAX: Final = 45
_FURTHER_CARD: Final = 10
_FURTHER_CARDS_MAX: Final = 50
_NO_CODE: Final = 10
_COUNTRIES_DIFFER: Final = 15
_NOT_PUBLIC: Final = 10

_KIND_WORDS: Final = {
    BlockKind.CARD: "card",
    BlockKind.ADDRESS: "address",
    BlockKind.EMAIL: "e-mail address",
    BlockKind.COUNTRY: "billing country",
}


def _blocked(evidence: Evidence, policy: RiskPolicy) -> Finding:
    if not evidence.blocks:
        return NOTHING
    told = (
        f"{_KIND_WORDS[each.kind]} {each.shown}" + (f" ({each.why})" if each.why else "") for each in evidence.blocks
    )
    return MAX_SCORE, f"blocked by the operator: {', '.join(told)}"


def _limited(count: int, limit: int, whose: str) -> Finding:
    """A limit that is used up stops the payment by itself; from half of it on there are points for coming near."""
    if not limit or 2 * count < limit:
        return NOTHING
    if count >= limit:
        return MAX_SCORE, f"{whose} has used up its {limit} payments an hour"
    return _NEAR_LIMIT * count // limit, f"{whose} has used {count} of its {limit} payments an hour"


def _declined(evidence: Evidence, policy: RiskPolicy) -> Finding:
    count = evidence.counts.declines
    times = "once" if count == 1 else f"{count} times"
    return min(_DECLINE * count, _DECLINES_MAX), f"the card was declined {times} within the hour"


def _many_cards(evidence: Evidence, policy: RiskPolicy) -> Finding:
    """One other card is a second try, as anybody makes it."""
    count = evidence.counts.cards
    points = min(_FURTHER_CARD * max(count - 1, 0), _FURTHER_CARDS_MAX)
    return points, f"{count} other cards were used from the address within the hour"


def _no_code(evidence: Evidence, policy: RiskPolicy) -> Finding:
    return NOTHING if evidence.has_code else (_NO_CODE, "the card came without its security code")


def _countries_differ(evidence: Evidence, policy: RiskPolicy) -> Finding:
    billed, shipped = evidence.billing_country, evidence.shipping_country
    if not billed or not shipped or billed == shipped:
        return NOTHING
    return _COUNTRIES_DIFFER, f"the bill goes to {billed}, the goods go to {shipped}"


def _not_public(evidence: Evidence, policy: RiskPolicy) -> Finding:
    if not evidence.address or addresses.is_public(evidence.address):
        return NOTHING
    return _NOT_PUBLIC, f"the address {evidence.address} is not one of the public internet"


RULES: Final = (
    Rule("block list", MAX_SCORE, _blocked),
    Rule("card limit", MAX_SCORE, lambda seen, policy: _limited(seen.counts.of_card, policy.per_card, "the card")),
    Rule(
        "address limit",
        MAX_SCORE,
        lambda seen, policy: _limited(seen.counts.of_address, policy.per_address, "the address"),
    ),
    Rule("app limit", MAX_SCORE, lambda seen, policy: _limited(seen.counts.of_app, policy.per_app, "the app")),
    Rule("declines", _DECLINES_MAX, _declined),
    Rule("many cards", _FURTHER_CARDS_MAX, _many_cards),
    Rule("no security code", _NO_CODE, _no_code),
    Rule("countries differ", _COUNTRIES_DIFFER, _countries_differ),
    Rule("address not public", _NOT_PUBLIC, _not_public),
)
"""In the order in which their sentences are told."""
