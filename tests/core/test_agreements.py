"""Kept cards: what a payer agreed to, who may charge it, how it is renewed and how it ends (gateway contract, 9)."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest
from msgspec.structs import replace

from polygate.core import agreements, conclusions, plans
from polygate.core.agreements import Agreement, agreement_id_in, identifier
from polygate.core.attempts import AttemptKind
from polygate.core.cards import CardOnFile
from polygate.core.decisions import Decision
from polygate.core.facts import ANNOUNCED, FactKind
from polygate.core.methods import Method
from polygate.core.outcomes import Approved, Decline, Declined, NeedsPayer, NotSent, Outcome, Pending, Unknown
from polygate.core.payments import CaptureMode, Means
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import AgreementState, AttemptState, PaymentState
from tests.core.case import ANSWERS, CARD, WALLET, Case, World, an_order
from tests.core.tables import Row, table

STOLEN: Final = Declined(Decline.LOST_OR_STOLEN)


def agreed(*, capture: str = "auto") -> tuple[Agreement, World]:
    """An agreement as a first payment makes it, and the world in which it was made."""
    case = Case(an_order(keep_card="RECURRING", capture_mode=CaptureMode(capture)))
    decision = case.answer(case.charge, "approved")
    assert decision is not None
    assert decision.agreement is not None
    return decision.agreement, case.world


class Later:
    """A charge under an agreement."""

    def __init__(self, agreement: Agreement, world: World, card: CardOnFile | None = None) -> None:
        means = Means(Method.CARD, card=card or agreement.card, agreement_id=agreement.agreement_id)
        self.case = Case(an_order(order_no="order-2", three_ds="no"), world=world, means=means)
        self.planned: Decision = plans.charge_under(
            self.case.decisions[0], agreement, now_ms=world.now_ms, mint=world.mint
        )
        assert self.planned.agreement is not None
        self.agreement = self.planned.agreement

    def answer(self, outcome: Outcome) -> Decision:
        decision = conclusions.conclude(
            self.case.payment,
            self.case.charge,
            outcome,
            refund=None,
            of_card=(self.agreement,),
            now_ms=self.case.now_ms,
            mint=self.case.world.mint,
        )
        assert decision is not None
        self.agreement = next(iter(decision.revoked), self.agreement)
        return self.case.keep(decision)


@pytest.mark.parametrize("capture", ["auto", "manual"])
def test_an_agreement_keeps_what_later_charges_need(capture: str) -> None:
    """The card without its number, the currency and the plan; it lives, and the timeline says so."""
    case = Case(an_order(keep_card="INSTALMENT", capture_mode=CaptureMode(capture)))
    decision = case.answer(case.charge, "approved")

    assert decision is not None
    agreement = decision.agreement
    assert agreement is not None
    assert (agreement.card, agreement.fingerprint, agreement.currency, agreement.plan) == (
        CARD,
        CARD.fingerprint,
        "USD",
        "INSTALMENT",
    )
    assert (agreement.state, agreement.version, agreement.changed_ms) == (AgreementState.LIVE, 1, case.now_ms)
    (kept,) = [fact for fact in case.facts if fact.kind is FactKind.CARD_KEPT]
    assert kept.data == {"agreement": identifier(agreement.agreement_id), "plan": "INSTALMENT"}


def test_what_happens_to_a_card_is_not_announced() -> None:
    """Merchants hear of payments and refunds; the identifier comes with the payment."""
    assert not ANNOUNCED & {FactKind.CARD_KEPT, FactKind.CARD_RENEWED, FactKind.CARD_REVOKED}


# --- the identifier ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 204_039_467_827_202_054, 2**63 - 1])
def test_an_identifier_has_33_digits_and_is_read_back(number: int) -> None:
    """Also after a spreadsheet took the zeros away."""
    text = identifier(number)
    assert (len(text), text.isdigit(), agreement_id_in(text)) == (33, True, number)
    assert agreement_id_in(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "abcde", "12 34", "-12345", "1e5", "²²²²²", "٠١٢٣٤", str(2**63), "9" * 33, "0" * 64]
)
def test_what_we_never_issued_names_nothing(text: str) -> None:
    assert agreement_id_in(text) == 0


def test_without_an_agreement_there_is_no_identifier() -> None:
    assert identifier(0) == ""


# --- who may be charged -----------------------------------------------------------------------------------------------

CHECKS = """
    # state     given   refused
      live      -       -
      live      same    -
      live      other   card_mismatch
      revoked   -       card_not_known
      revoked   same    card_not_known
      revoked   other   card_not_known
      missing   -       card_not_known
      missing   other   card_not_known
"""


@pytest.mark.parametrize("row", table(CHECKS), ids=str)
def test_only_a_living_agreement_of_the_same_card_may_be_charged(row: Row) -> None:
    """One that ended is like one that never was; a number beside the identifier must be the card's own."""
    agreement, world = agreed()
    found = {
        "live": agreement,
        "revoked": agreements.revoke(agreement, "asked to", now_ms=world.now_ms),
        "missing": None,
    }[row.state]
    given = {"-": "", "same": CARD.fingerprint, "other": "0ther"}[row.given]
    try:
        assert agreements.check(found, fingerprint=given) is agreement
        refused = "-"
    except Refused as why:
        refused = why.reason.value
    assert refused == row.refused


# --- renewal ----------------------------------------------------------------------------------------------------------

EXPIRIES = """
    # stored    told      then
      2030-12   2031-01   2031-01
      2030-12   2031-12   2031-12
      2030-11   2030-12   2030-12
      2030-12   2030-12   2030-12
      2030-12   2030-11   2030-12   # an old letter, or an old card: ours is newer
      2030-12   -         2030-12
      -         2028-01   2028-01   # the first payment told none
      -         -         -
"""


@pytest.mark.parametrize("row", table(EXPIRIES), ids=str)
def test_a_later_expiry_takes_the_place_of_the_stored_one(row: Row) -> None:
    """And is kept in the same decision as the charge; anything else leaves the agreement as it was."""
    agreement, world = agreed()
    agreement = replace(agreement, card=with_expiry(row.stored))
    world.now_ms += 1_000
    told = None if row.told == "-" else (int(row.told[:4]), int(row.told[5:]))
    later = Later(agreement, world, agreements.renewed(agreement.card, told))

    renewed = row.then != row.stored
    assert later.agreement.card == with_expiry(row.then)
    assert later.case.payment.card == with_expiry(row.then)
    assert (later.agreement.changed_ms == world.now_ms) is renewed
    facts = [fact.data["expiry"] for fact in later.planned.facts if fact.kind is FactKind.CARD_RENEWED]
    assert facts == ([row.then] if renewed else [])


def test_every_charge_makes_a_version_of_its_agreement() -> None:
    """So that of two that begin at once one decides again, and none begins beside a revocation."""
    agreement, world = agreed()
    first = Later(agreement, world)
    second = Later(first.agreement, world)

    assert [agreement.version, first.agreement.version, second.agreement.version] == [1, 2, 3]
    assert second.agreement == replace(agreement, version=3)


def test_a_wallet_has_no_card_to_charge_under_an_agreement() -> None:
    """Asking for that is a mistake of ours."""
    agreement, world = agreed()
    case = Case(an_order(), world=world, means=WALLET)
    with pytest.raises(ValueError, match="only a card"):
        plans.charge_under(case.decisions[0], agreement, now_ms=world.now_ms, mint=world.mint)


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", Decline)
def test_only_a_lost_stolen_or_blocked_card_ends_its_agreement(why: Decline) -> None:
    """In the very decision that fails the payment; every other decline may be better next month."""
    later = Later(*agreed())
    decision = later.answer(Declined(why))

    ends = why is Decline.LOST_OR_STOLEN
    assert (later.agreement.state is AgreementState.REVOKED) is ends
    assert bool(decision.revoked) is ends
    assert (FactKind.CARD_REVOKED in [fact.kind for fact in decision.facts]) is ends
    if ends:
        assert (later.agreement.version, later.agreement.why) == (3, "the card is lost, stolen or blocked")


@pytest.mark.parametrize(
    "outcome",
    [ANSWERS["approved"], Pending("B-1", 1), Unknown("silence"), NotSent("down")],
    ids=lambda o: type(o).__name__,
)
def test_an_answer_that_is_no_decline_leaves_the_agreement_alone(outcome: Outcome) -> None:
    later = Later(*agreed())
    assert not later.answer(outcome).revoked


def test_a_payment_without_an_agreement_ends_none() -> None:
    """An ordinary payment with a stolen card says nothing about what other cards' holders agreed to."""
    case = Case()
    decision = case.answer(case.charge, STOLEN)
    assert decision is not None
    assert decision.agreement is None


def test_a_stolen_card_ends_every_agreement_about_it() -> None:
    """Whatever currency and order they came from: the next charge would be declined by the same bank."""
    agreement, world = agreed()
    other = msgspec.structs.replace(agreement, agreement_id=agreement.agreement_id + 1, currency="EUR")
    case = Case(an_order(order_no="order-3"), world=world)
    decision = conclusions.conclude(
        case.payment, case.charge, STOLEN, refund=None, of_card=(agreement, other), now_ms=case.now_ms, mint=world.mint
    )

    assert decision is not None
    assert [each.state for each in decision.revoked] == [AgreementState.REVOKED] * 2
    assert [fact.kind for fact in decision.facts].count(FactKind.CARD_REVOKED) == 2


def test_a_decline_that_comes_late_ends_the_agreement_all_the_same() -> None:
    """The merchant gave the order up meanwhile; the card is stolen nevertheless."""
    later = Later(*agreed())
    later.case.answer(later.case.charge, "unknown")
    later.case.cancel()
    later.answer(STOLEN)

    assert later.case.payment.state is PaymentState.CANCELED
    assert later.agreement.state is AgreementState.REVOKED


def test_an_agreement_ends_once() -> None:
    """A second decline finds it ended; a second revocation is refused and changes no reason."""
    agreement, world = agreed()
    later = Later(agreement, world)
    ended = agreements.revoke(later.agreement, "the payer called", now_ms=world.now_ms)
    later.agreement = ended
    assert not later.answer(STOLEN).revoked
    with pytest.raises(Refused) as refused:
        agreements.revoke(ended, "again", now_ms=world.now_ms)
    assert refused.value.reason is Reason.CARD_NOT_KNOWN


def test_nothing_is_charged_under_an_agreement_that_ended() -> None:
    agreement, world = agreed()
    ended = agreements.revoke(agreement, "the payer called", now_ms=world.now_ms)
    with pytest.raises(Exception, match="charged while revoked"):
        Later(ended, world)


# --- the payer is absent ----------------------------------------------------------------------------------------------


def test_an_acquirer_that_wants_the_payer_of_a_charge_without_one_has_declined() -> None:
    """Nobody will come: the payment fails with the reason, at once, and the acquirer is told to forget it."""
    later = Later(*agreed())
    decision = later.answer(ANSWERS["needs_payer"])

    assert isinstance(ANSWERS["needs_payer"], NeedsPayer)
    assert (later.case.payment.state, later.case.payment.why_declined) == (
        PaymentState.FAILED,
        Decline.AUTHENTICATION_REQUIRED,
    )
    assert [attempt.kind for attempt in decision.attempts if attempt.state is AttemptState.PLANNED] == [
        AttemptKind.CLOSE
    ]
    assert later.agreement.state is AgreementState.LIVE


def test_what_such_an_acquirer_takes_after_all_goes_back() -> None:
    later = Later(*agreed())
    later.answer(ANSWERS["needs_payer"])
    later.answer(Approved("B-1"))

    assert later.case.payment.state is PaymentState.FAILED
    assert later.case.latest(AttemptKind.GIVE_BACK).is_open


def with_expiry(text: str) -> CardOnFile:
    year, _, month = text.partition("-")
    return replace(CARD, expiry_year=int(year) if year else None, expiry_month=int(month) if month else None)
