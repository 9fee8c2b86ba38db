"""Every row of the processor simulator's table (gateway contract, section 12) and of 3-D Secure (section 6)."""

from __future__ import annotations

import msgspec
import pytest

from polygate.connectors.sandbox.book import Choice
from polygate.connectors.sandbox.scenarios import CARDS, CODES, SCENARIOS
from polygate.core.outcomes import Approved, Authentication, Decline, Declined, NeedsPayer, Pending, Unknown
from tests.connectors.counter import RETURN_URL, Counter, HastyConnector

pytestmark = pytest.mark.anyio

PLAIN = [
    "4444333322221111",
    "6212454545454690",
    "5555555555554444",
    "3566002020360505",
    "6200000000000005",
    "378282246310005",
    "4012888888881881",
]
DECLINED = {
    "4000000000000002": Decline.NO_REASON,
    "4000000000009995": Decline.INSUFFICIENT_FUNDS,
    "4000000000000069": Decline.EXPIRED_CARD,
    "4000000000000127": Decline.WRONG_SECURITY_CODE,
    "4000000000009987": Decline.LOST_OR_STOLEN,
    "4000000000000077": Decline.NOT_PERMITTED,
    "4000000000006975": Decline.OVER_LIMIT,
    "4000000000000010": Decline.ADDRESS_MISMATCH,
    "4000000000000093": Decline.UNREACHABLE,
}
SILENT = "4000000000000119"
CHALLENGE = "4000000000003220"
FRICTIONLESS = "4000000000003055"
AUTHENTICATED_THEN_DECLINED = "4000008400001629"
RISKY = "4100000000000019"


def test_scenarios_have_names_of_their_own() -> None:
    """An entry keeps the name only, so the name must find the scenario again."""
    by_code = {scenario.name for _, scenario in CODES}
    assert len(CARDS) + 1 + len(by_code) == len(SCENARIOS)
    assert {end for end, scenario in CODES if scenario.name == "code_declined"} == {1, 1_000}


@pytest.mark.parametrize("card", PLAIN)
@pytest.mark.parametrize("three_ds", ["auto", "no"])
async def test_a_plain_card_is_approved_at_once(counter: Counter, card: str, three_ds: str) -> None:
    """Any number without a row of its own is charged without 3-D Secure unless `standard` asks for it."""
    outcome = await counter.charge(card, cvc="1234" if card.startswith("37") else "123", three_ds=three_ds)

    assert isinstance(outcome, Approved)
    assert counter.taken().net_minor == 10_000


@pytest.mark.parametrize("card", DECLINED)
@pytest.mark.parametrize("three_ds", ["auto", "no"])
async def test_a_declined_card_is_declined_for_its_reason(counter: Counter, card: str, three_ds: str) -> None:
    """The reason is told, but no authorization code; nothing is taken."""
    outcome = await counter.charge(card, three_ds=three_ds)

    assert isinstance(outcome, Declined)
    assert outcome.why is DECLINED[card]
    assert (outcome.details.auth_code, outcome.details.arn) == ("", "")
    assert counter.taken().net_minor == 0


@pytest.mark.parametrize("capture", [True, False])
async def test_the_silent_card_settles_by_itself_after_thirty_seconds(counter: Counter, capture: bool) -> None:
    """No answer; the inquiry hears "processing" to the last millisecond, and then that it is approved."""
    counter.connector = HastyConnector()
    assert isinstance(await counter.charge(SILENT, attempt=1, capture=capture), Unknown)

    pending = await counter.inquire(1)
    assert isinstance(pending, Pending)
    assert pending.check_after_ms == 30_000
    counter.now_ms += 29_999
    assert isinstance(await counter.inquire(1), Pending)
    assert counter.taken().charged_minor == 0

    counter.now_ms += 1
    assert isinstance(await counter.inquire(1), Approved)
    assert counter.taken().charged_minor == (10_000 if capture else 0)


@pytest.mark.parametrize("three_ds", ["auto", "standard"])
async def test_the_challenge_card_waits_for_the_payer(counter: Counter, three_ds: str) -> None:
    """It answers where to send the payer, and the same again when asked or told to go on too early."""
    outcome = await counter.charge(CHALLENGE, attempt=1, three_ds=three_ds)

    assert isinstance(outcome, NeedsPayer)
    assert outcome.challenge == "Y"
    assert outcome.url.startswith(f"http://pay.example:8080/sandbox/acs/{counter.entry(1).merchant_id}/1?key=")
    assert counter.entry(1).return_url == RETURN_URL
    assert await counter.inquire(1) == outcome
    assert await counter.complete(1) == outcome
    assert counter.taken().net_minor == 0


@pytest.mark.parametrize(
    ("choice", "why"),
    [(Choice.FAIL, Decline.AUTHENTICATION_FAILED), (Choice.CANCEL, Decline.CANCELED_BY_PAYER)],
)
async def test_a_challenge_not_passed_declines(counter: Counter, choice: Choice, why: Decline) -> None:
    """Fail and cancel are told apart, and nothing is taken."""
    await counter.choose(await counter.charge(CHALLENGE, attempt=1), choice)

    outcome = await counter.complete(1)

    assert isinstance(outcome, Declined)
    assert outcome.why is why
    assert await counter.inquire(1) == outcome
    assert counter.taken().net_minor == 0


@pytest.mark.parametrize(
    ("card", "three_ds", "eci"),
    [
        (CHALLENGE, "auto", "05"),
        (FRICTIONLESS, "auto", "05"),
        ("4444333322221111", "standard", "05"),
        ("5555555555554444", "standard", "02"),
        ("2223003122003222", "standard", "02"),
    ],
)
async def test_a_passed_authentication_is_charged_and_told(
    counter: Counter, card: str, three_ds: str, eci: str
) -> None:
    """The money moves with `complete`, once, and the result of 3-D Secure comes with the approval."""
    await counter.choose(await counter.charge(card, attempt=1, three_ds=three_ds), Choice.PASS)
    assert counter.taken().net_minor == 0

    outcome = await counter.complete(1)

    assert isinstance(outcome, Approved)
    assert outcome.details.authentication == Authentication("Y", eci, "2.2.0", "Y", "Y", "2")
    assert await counter.complete(1) == outcome
    assert await counter.inquire(1) == outcome
    assert counter.taken().net_minor == 10_000


async def test_the_first_choice_counts(counter: Counter) -> None:
    """A payer who goes back and presses another button changes nothing."""
    outcome = await counter.charge(CHALLENGE, attempt=1)

    await counter.choose(outcome, Choice.FAIL)
    await counter.choose(outcome, Choice.PASS)

    assert isinstance(await counter.complete(1), Declined)


@pytest.mark.parametrize("card", [FRICTIONLESS, AUTHENTICATED_THEN_DECLINED])
async def test_no_challenge_is_expected_of_the_frictionless_cards(counter: Counter, card: str) -> None:
    """The payer passes through the page unseen."""
    outcome = await counter.charge(card)

    assert isinstance(outcome, NeedsPayer)
    assert outcome.challenge == "N"


async def test_a_card_may_be_declined_although_the_payer_passed(counter: Counter) -> None:
    """The issuer declines, and still tells that the authentication went well."""
    await counter.choose(await counter.charge(AUTHENTICATED_THEN_DECLINED, attempt=1), Choice.PASS)

    outcome = await counter.complete(1)

    assert isinstance(outcome, Declined)
    assert outcome.why is Decline.NO_REASON
    assert outcome.details.authentication is not None
    assert outcome.details.authentication.status == "Y"


@pytest.mark.parametrize("card", [*PLAIN, *DECLINED, SILENT, CHALLENGE, FRICTIONLESS, RISKY])
async def test_standard_sends_every_card_to_the_page(counter: Counter, card: str) -> None:
    """Always authenticate first; only one card gets a challenge."""
    outcome = await counter.charge(card, three_ds="standard", fraud_check=True)

    assert isinstance(outcome, NeedsPayer)
    assert outcome.challenge == ("Y" if card == CHALLENGE else "N")


@pytest.mark.parametrize("card", DECLINED)
async def test_a_declined_card_is_declined_after_authentication_too(counter: Counter, card: str) -> None:
    """Authentication proves the payer, not the funds."""
    await counter.choose(await counter.charge(card, attempt=1, three_ds="standard"), Choice.PASS)

    outcome = await counter.complete(1)

    assert isinstance(outcome, Declined)
    assert outcome.why is DECLINED[card]


async def test_the_silent_card_is_silent_after_authentication_too(counter: Counter) -> None:
    """Thirty seconds count from the moment the charge was to be made."""
    counter.connector = HastyConnector()
    await counter.choose(await counter.charge(SILENT, attempt=1, three_ds="standard"), Choice.PASS)
    counter.now_ms += 60_000

    assert isinstance(await counter.complete(1), Unknown)
    assert isinstance(await counter.inquire(1), Pending)
    counter.now_ms += 30_000
    assert isinstance(await counter.inquire(1), Approved)


async def test_without_authentication_the_issuer_that_insists_declines(counter: Counter) -> None:
    """Mode `no` never authenticates, and one issuer does not go along; nor can a payer without a browser be asked."""
    for outcome in (await counter.charge(CHALLENGE, three_ds="no"), await counter.charge(CHALLENGE, return_url="")):
        assert isinstance(outcome, Declined)
        assert outcome.why is Decline.AUTHENTICATION_REQUIRED


async def test_without_authentication_the_issuer_that_only_asks_goes_along(counter: Counter) -> None:
    """Mode `no`: the frictionless card is approved, the other one declined for its own reason."""
    assert isinstance(await counter.charge(FRICTIONLESS, three_ds="no"), Approved)
    declined = await counter.charge(AUTHENTICATED_THEN_DECLINED, three_ds="no")
    assert isinstance(declined, Declined)
    assert declined.why is Decline.NO_REASON


@pytest.mark.parametrize("three_ds", ["no", "auto", "standard"])
@pytest.mark.parametrize("status", ["", "Y", "A"])
async def test_a_result_of_the_merchants_own_beats_the_mode(counter: Counter, status: str, three_ds: str) -> None:
    """No page, even for the card that insists; the result is told as it came, and that the card was enrolled."""
    own = Authentication(status=status, eci="05", version="2.1.0")

    outcome = await counter.charge(CHALLENGE, three_ds=three_ds, own=own)

    assert isinstance(outcome, Approved)
    assert outcome.details.authentication == msgspec.structs.replace(own, enrolled="Y")


@pytest.mark.parametrize("three_ds", ["no", "auto", "standard"])
async def test_a_result_that_could_not_be_had_continues_without(counter: Counter, three_ds: str) -> None:
    """`U` is as good as none: no page, approved, unless the issuer insists."""
    own = Authentication(status="U", eci="07")

    outcome = await counter.charge(three_ds=three_ds, own=own)
    insisting = await counter.charge(CHALLENGE, three_ds=three_ds, own=own)

    assert isinstance(outcome, Approved)
    assert outcome.details.authentication is None
    assert isinstance(insisting, Declined)
    assert insisting.why is Decline.AUTHENTICATION_REQUIRED


@pytest.mark.parametrize("status", ["N", "R"])
async def test_a_failed_result_of_the_merchants_own_declines(counter: Counter, status: str) -> None:
    """Whoever failed elsewhere is not charged here."""
    outcome = await counter.charge(own=Authentication(status=status, eci="07"))

    assert isinstance(outcome, Declined)
    assert outcome.why is Decline.AUTHENTICATION_FAILED


async def test_the_risky_card_is_stopped_only_by_a_fraud_check(counter: Counter) -> None:
    """Without one it is approved, and no score is told."""
    checked = await counter.charge(RISKY, fraud_check=True)
    unchecked = await counter.charge(RISKY, fraud_check=False)

    assert isinstance(checked, Declined)
    assert (checked.why, checked.details.risk_score) == (Decline.SUSPECTED_FRAUD, "95")
    assert isinstance(unchecked, Approved)
    assert unchecked.details.risk_score == ""


async def test_a_wrong_security_code_declines(counter: Counter) -> None:
    """The code 000 never matches."""
    outcome = await counter.charge(cvc="000")

    assert isinstance(outcome, Declined)
    assert (outcome.why, outcome.details.cvc_result) == (Decline.WRONG_SECURITY_CODE, "N")


async def test_an_approval_tells_what_issuers_tell(counter: Counter) -> None:
    """Code, reference number, address and code checks, card class and country are there and well formed; no score."""
    billing = {"address": {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102"}}

    outcome = await counter.charge(attempt=1, fraud_check=True, billing=billing)

    assert isinstance(outcome, Approved)
    details = outcome.details
    assert (len(details.auth_code), details.auth_code.isalnum()) == (6, True)
    assert (len(details.arn), details.arn.isdigit()) == (23, True)
    assert (details.avs_result, details.cvc_result) == ("Y", "M")
    assert (details.card_class, details.issuer_country) == ("CREDIT", "US")
    assert details.risk_score == ""
    assert details.authentication is None


async def test_nothing_is_told_that_was_not_given_or_not_done(counter: Counter) -> None:
    """No postcode, no code, no fraud check, no capture: unchecked, unprocessed, no score, no reference number."""
    outcome = await counter.charge("5555555555554444", cvc=None, capture=False)

    assert isinstance(outcome, Approved)
    details = outcome.details
    assert (details.avs_result, details.cvc_result, details.risk_score, details.arn) == ("U", "P", "", "")
    assert details.card_class == "DEBIT"


async def test_what_the_issuer_makes_up_depends_on_the_attempt_alone() -> None:
    """Two runs of the same orders tell the same; two attempts do not."""
    first, again, other = [await Counter().charge(attempt=attempt) for attempt in (1, 1, 2)]

    assert first == again
    assert first != other
