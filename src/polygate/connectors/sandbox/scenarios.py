"""How the simulated issuers behave: the tables of gateway contract, section 12, and merchant contract, section 10, and
what they tell besides yes and no.

Nothing is random: whatever an issuer makes up (codes, references, scores) is derived from the attempt.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from polygate.connectors.sandbox import checks
from polygate.connectors.sandbox.messages import ChargeOrder
from polygate.core.cards import Brand, brand_of
from polygate.core.money import EXPONENTS, Money
from polygate.core.outcomes import Authentication, Decline, Details


class Scenario(msgspec.Struct, frozen=True):
    """What the issuer of one card does."""

    name: str
    decline: Decline | None = None
    asks: bool = False
    """Wants 3-D Secure in mode `auto`."""
    insists: bool = False
    """Declines without 3-D Secure, and has the payer answer a challenge."""
    risky: bool = False
    """Stopped by a fraud check, if there is one."""
    later: Decline | None = None
    """Why it declines once it is a kept card that is charged again."""
    late_ms: int = 0
    """Never answers the charge, which settles this much later."""
    waits: bool = False
    """Says that the charge is not decided yet; it is approved after a time that the operator sets."""
    may_cancel: bool = True
    """Whether the payer can also give up instead of answering a challenge."""


PLAIN: Final = Scenario("plain")

CARDS: Final[dict[str, Scenario]] = {
    "4000000000000002": Scenario("declined", Decline.NO_REASON),
    "4000000000009995": Scenario("no_funds", Decline.INSUFFICIENT_FUNDS),
    "4000000000000069": Scenario("expired", Decline.EXPIRED_CARD),
    "4000000000000127": Scenario("wrong_code", Decline.WRONG_SECURITY_CODE),
    "4000000000009987": Scenario("stolen", Decline.LOST_OR_STOLEN),
    "4000000000000077": Scenario("not_permitted", Decline.NOT_PERMITTED),
    "4000000000006975": Scenario("over_limit", Decline.OVER_LIMIT),
    "4000000000000010": Scenario("wrong_address", Decline.ADDRESS_MISMATCH),
    "4000000000000093": Scenario("unreachable", Decline.UNREACHABLE),
    "4000000000000341": Scenario("stolen_later", later=Decline.LOST_OR_STOLEN),
    "4000000000000119": Scenario("silent", late_ms=30_000),
    "4000000000003220": Scenario("challenge", asks=True, insists=True),
    "4000000000003055": Scenario("frictionless", asks=True),
    "4000008400001629": Scenario("authenticated_then_declined", Decline.NO_REASON, asks=True),
    "4100000000000019": Scenario("risky", risky=True),
}
"""Cards with a will of their own; every other number is PLAIN."""

CODES: Final[tuple[tuple[int, Scenario], ...]] = (
    (1, Scenario("code_declined", Decline.NO_REASON)),
    (600, Scenario("code_approved")),
    (700, Scenario("code_pending", waits=True)),
    (800, Scenario("code_challenge", insists=True, may_cancel=False)),
    (1_000, Scenario("code_declined", Decline.NO_REASON)),
)
"""What the last three digits of a security code do, up to but without a number; for APIs that go by the code."""

SCENARIOS: Final[dict[str, Scenario]] = {
    scenario.name: scenario for scenario in (PLAIN, *CARDS.values(), *(scenario for _, scenario in CODES))
}

REFUND_DELAY_MS: Final = 2_000
REFUND_DELAY_BY_CODE_MS: Final = 5_000
FAILING_REMARK: Final = "FAIL"
"""A refund with this remark is refused, for the same APIs."""


def goes_by_code(order: ChargeOrder) -> bool:
    """A kept card comes without its code, and is judged by its number on every API."""
    return order.by_code and order.card.cvc is not None


def scenario_of(order: ChargeOrder) -> Scenario:
    if order.by_code and order.card.cvc is not None:
        code = int(order.card.cvc.reveal()[-3:])
        return next(scenario for end, scenario in CODES if code < end)
    return CARDS.get(order.card.number.reveal(), PLAIN)


def needs_payer(order: ChargeOrder) -> bool:
    """Whether the payer is sent to the authentication page before the card is charged (gateway contract, 6.1).

    A result the merchant brings along beats the mode, and without a browser to send back nobody can be asked.
    """
    if order.authentication or not order.return_url:
        return False
    scenario = scenario_of(order)
    if goes_by_code(order):
        return scenario.insists
    return order.three_ds == "standard" or (order.three_ds == "auto" and scenario.asks)


def verdict(order: ChargeOrder, now_ms: int) -> Decline | None:
    """Why the issuer declines, if it does, provided that the payer passes any authentication it is sent to."""
    scenario = scenario_of(order)
    own = order.authentication
    if own and own.status != "U" and not checks.is_vouched(own):
        return Decline.AUTHENTICATION_FAILED
    if scenario.risky and order.fraud_check:
        return Decline.SUSPECTED_FRAUD
    # Whoever authenticated in the first payment need not be there for those that follow from it.
    is_known = needs_payer(order) or checks.is_vouched(own) or bool(order.first_reference)
    if scenario.insists and not is_known:
        return Decline.AUTHENTICATION_REQUIRED
    if checks.is_too_old(order, now_ms):
        return Decline.EXPIRED_CARD
    if goes_by_code(order):
        return scenario.decline
    if checks.security_code(order) == "N":
        return Decline.WRONG_SECURITY_CODE
    if checks.address(order) == "N":
        return Decline.ADDRESS_MISMATCH
    return (scenario.later if order.first_reference else None) or scenario.decline


def refund_verdict(amount: Money, remark: str) -> Decline | None:
    """Amounts ending in .13 are refused, and so is what says that it is to fail."""
    unit: int = 10 ** EXPONENTS[amount.currency]
    if remark == FAILING_REMARK:
        return Decline.NO_REASON
    return Decline.NO_REASON if amount.minor % unit * 100 == 13 * unit else None


def details_of(order: ChargeOrder) -> Details:
    """What an approval of this charge tells, authentication by the payer not yet included."""
    number = order.card.number.reveal()
    return Details(
        auth_code=digits(order.merchant, order.key, "authorization", 6),
        arn=arn(order.merchant, order.key) if order.capture else "",
        avs_result="N" if scenario_of(order).decline is Decline.ADDRESS_MISMATCH else checks.address(order),
        cvc_result=checks.security_code(order),
        card_class=checks.card_class(number),
        issuer_country=checks.country(brand_of(number)),
        risk_score=_risk_score(order) if order.fraud_check else "",
        network_transaction_id=digits(order.merchant, order.key, "network", 15),
        authentication=checks.own_authentication(order),
    )


def authentication_of(masked: str, *, passed: bool) -> Authentication:
    """The result of the payer's own authentication, in the words of the card's scheme."""
    mastercard = brand_of(masked[:6]) is Brand.MASTERCARD
    return Authentication(
        status="Y" if passed else "N",
        eci=("02" if mastercard else "05") if passed else ("00" if mastercard else "07"),
        version="2.2.0",
        enrolled="Y",
        signature_verified="Y",
        cavv_algorithm="2" if passed else "",
    )


def arn(merchant: int, charge: int) -> str:
    """The acquirer reference number of a captured charge: 23 digits, the first one 7."""
    return "7" + digits(merchant, charge, "arn", 22)


def reference(merchant: int, attempt: int) -> str:
    """The acquirer's own name for an order."""
    return "sbx" + digits(merchant, attempt, "reference", 17)


def _risk_score(order: ChargeOrder) -> str:
    """Nothing about a card of no interest: an invented score would hide the gateway's own."""
    return "95" if scenario_of(order).risky else ""


def digits(merchant: int, attempt: int, purpose: str, count: int) -> str:
    """As many digits, made up for one purpose and always the same."""
    number = int.from_bytes(sha256(f"{merchant}:{attempt}:{purpose}".encode()).digest())
    return f"{number % 10**count:0{count}d}"
