"""Attempts: from the durable intention to the final answer, and when to ask again on the way."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from polygate.core import attempts
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.ids import AttemptId, PaymentId
from polygate.core.money import Money
from polygate.core.outcomes import Approved, Declined, Details, NeedsPayer, Pending
from polygate.core.schedules import ANSWER_MARGIN_MS
from polygate.core.transitions import ATTEMPT, AttemptState, NoSuchTransition
from tests.core.case import ANSWERS, BANK, MERCHANT, NOW_MS, TIMEOUT_MS
from tests.core.tables import Row, table

LATER_MS: Final = NOW_MS + 5_000
IN_DOUBT: Final = {AttemptState.ASKED, AttemptState.PENDING, AttemptState.UNKNOWN}


def an_attempt(state: str = "asked", *, asks: int = 0, planned: bool = False) -> Attempt:
    begun = attempts.begin(
        merchant_id=MERCHANT,
        attempt_id=AttemptId(11),
        payment_id=PaymentId(5),
        kind=AttemptKind.CHARGE,
        acquirer=BANK,
        why="the only one",
        amount=Money(100_00, "USD"),
        captures=True,
        now_ms=NOW_MS,
        timeout_ms=TIMEOUT_MS,
        planned=planned,
    )
    return begun if planned else msgspec.structs.replace(begun, state=AttemptState(state), asks=asks)


HEARD = """
    # state         answer          then          due      closed
      asked         approved        approved      -        yes
      asked         declined        declined      -        yes
      asked         payer_cancels   declined      -        yes
      asked         not_sent        not_sent      -        yes
      asked         pending         pending       30_000   no       # as long as the acquirer says
      asked         needs_payer     needs_payer   -        no       # nobody but the payer can move it
      asked         unknown         unknown       1_000    no       # ask soon
      pending       approved        approved      -        yes
      pending       declined        declined      -        yes
      pending       payer_cancels   declined      -        yes
      pending       not_sent        not_sent      -        yes
      pending       pending         pending       1_000    no       # from here on our own rhythm
      pending       needs_payer     needs_payer   -        no
      pending       unknown         unknown       1_000    no
      unknown       approved        approved      -        yes
      unknown       declined        declined      -        yes
      unknown       payer_cancels   declined      -        yes
      unknown       not_sent        not_sent      -        yes
      unknown       pending         pending       30_000   no
      unknown       needs_payer     needs_payer   -        no
      unknown       unknown         unknown       1_000    no
      asked         scan            needs_payer   2_000    no       # a wallet is paid out of our sight: ask
      pending       scan            needs_payer   2_000    no
      unknown       scan            needs_payer   2_000    no
      needs_payer   approved        approved      -        yes
      needs_payer   declined        declined      -        yes
      needs_payer   payer_cancels   declined      -        yes
      needs_payer   not_sent        not_sent      -        yes
      needs_payer   pending         pending       30_000   no
      needs_payer   scan            needs_payer   2_000    no
      needs_payer   needs_payer     needs_payer   -        no
      needs_payer   unknown         needs_payer   1_000    no       # an inquiry without answer changes nothing
"""


def test_every_answer_is_heard_in_every_state_of_doubt() -> None:
    """No pair is left out of the table."""
    written = {(row.state, row.answer) for row in table(HEARD)}

    hearing = {*IN_DOUBT, AttemptState.NEEDS_PAYER}
    assert {(state.value, answer) for state in hearing for answer in ANSWERS} == written


@pytest.mark.parametrize("row", table(HEARD), ids=str)
def test_hear(row: Row) -> None:
    """A yes or no closes the attempt; silence and delay say when to ask again; nothing in between is lost."""
    heard = attempts.hear(an_attempt(row.state), ANSWERS[row.answer], now_ms=LATER_MS)

    assert AttemptState(row.then) is heard.state
    assert (0 if row.due == "-" else LATER_MS + int(row.due)) == heard.due_ms
    assert (LATER_MS if row.closed == "yes" else 0) == heard.closed_ms
    assert (row.closed == "no") is heard.is_open
    assert (heard.state in IN_DOUBT) is heard.in_doubt
    assert heard.asks == 1


SURE = [
    (state, answer)
    for state in (AttemptState.PLANNED, *(s for s in AttemptState if not ATTEMPT[s]))
    for answer in ANSWERS
]


@pytest.mark.parametrize(("state", "answer"), SURE)
def test_an_answer_nobody_waits_for_is_a_mistake_of_ours(state: AttemptState, answer: str) -> None:
    """What is closed or not sent yet does not hear the acquirer."""
    with pytest.raises(NoSuchTransition):
        attempts.hear(an_attempt(state), ANSWERS[answer], now_ms=LATER_MS)


RHYTHM = """
    # asks   answer    due
      0      unknown   1_000
      1      unknown   1_000
      2      unknown   2_000
      3      unknown   3_000
      4      unknown   5_000
      9      unknown   5_000
      10     unknown   10_000
      13     unknown   30_000
      16     unknown   300_000
      17     unknown   900_000
      400    unknown   900_000
"""


@pytest.mark.parametrize("row", table(RHYTHM), ids=str)
@pytest.mark.parametrize("state", ["asked", "unknown"])
def test_silence_is_asked_about_ever_more_seldom(state: str, row: Row) -> None:
    """And never given up."""
    heard = attempts.hear(an_attempt(state, asks=int(row.asks)), ANSWERS[row.answer], now_ms=LATER_MS)

    assert LATER_MS + int(row.due) == heard.due_ms
    assert int(row.asks) + 1 == heard.asks


def test_what_the_acquirer_said_is_kept_for_the_timeline() -> None:
    """In its own words where it has some, else in ours."""
    asked = an_attempt()
    said = {word: attempts.hear(asked, outcome, now_ms=LATER_MS).said for word, outcome in ANSWERS.items()}

    assert said == {
        "approved": "approved",
        "declined": "no money",
        "payer_cancels": "canceled_by_payer",
        "not_sent": "the line is down",
        "pending": "taken in, not decided yet",
        "needs_payer": "the payer must authenticate",
        "scan": "the payer has not paid yet",
        "unknown": "no answer within 10 s",
    }


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_acquirers_reference_is_remembered(answer: str) -> None:
    """An answer without one does not wipe out what an earlier one told."""
    known = msgspec.structs.replace(an_attempt(), reference="B-0")
    outcome = ANSWERS[answer]
    told = outcome.reference if isinstance(outcome, Approved | Declined | Pending | NeedsPayer) else ""

    assert (told or "B-0") == attempts.hear(known, outcome, now_ms=LATER_MS).reference


def test_where_the_payer_must_go_is_kept_until_the_end() -> None:
    """The address and whether a challenge is certain, also after the payer's return."""
    waiting = attempts.hear(an_attempt(), ANSWERS["needs_payer"], now_ms=LATER_MS)
    back = attempts.send(waiting, now_ms=LATER_MS, timeout_ms=TIMEOUT_MS)

    assert (waiting.payer_url, waiting.challenge) == ("https://bank.example/acs", "Y")
    assert (waiting.payer_url, waiting.reference) == (back.payer_url, back.reference)


def test_an_attempt_asked_at_once_is_due_after_the_deadline() -> None:
    """The acquirer's deadline and the time to write its answer down; only then does anybody else ask."""
    begun = an_attempt()

    assert (begun.state, begun.due_ms) == (AttemptState.ASKED, NOW_MS + TIMEOUT_MS + ANSWER_MARGIN_MS)
    assert begun.in_doubt
    assert ANSWER_MARGIN_MS > 0


def test_a_planned_attempt_is_due_at_once_and_not_in_doubt() -> None:
    """Nobody has sent it, so no money can have moved."""
    planned = an_attempt(planned=True)
    assert (planned.state, planned.due_ms) == (AttemptState.PLANNED, NOW_MS)
    assert planned.is_open
    assert not planned.in_doubt

    sent = attempts.send(planned, now_ms=LATER_MS, timeout_ms=TIMEOUT_MS)
    assert (sent.state, sent.due_ms) == (AttemptState.ASKED, LATER_MS + TIMEOUT_MS + ANSWER_MARGIN_MS)
    assert sent.in_doubt


def test_a_charge_is_its_own_original_and_others_name_theirs() -> None:
    """With the acquirer's reference of it, so that the follow-up can be asked."""
    charge = attempts.hear(an_attempt(), ANSWERS["approved"], now_ms=LATER_MS)
    void = attempts.begin(
        merchant_id=MERCHANT,
        attempt_id=AttemptId(12),
        payment_id=PaymentId(5),
        kind=AttemptKind.VOID,
        acquirer=BANK,
        why="bank holds the charge",
        amount=Money(100_00, "USD"),
        captures=True,
        now_ms=LATER_MS,
        timeout_ms=TIMEOUT_MS,
        original=charge,
    )

    assert (AttemptId(11), "") == (charge.original_id, charge.original_reference)
    assert (AttemptId(11), "B-1") == (void.original_id, void.original_reference)


def test_an_intention_made_anew_forgets_the_answers_and_keeps_the_aim() -> None:
    """A new key, planned for later, about the same money and the same original."""
    declined = attempts.hear(an_attempt("unknown", asks=7), ANSWERS["declined"], now_ms=LATER_MS)
    again = attempts.anew(declined, AttemptId(12), now_ms=LATER_MS, due_ms=LATER_MS + 60_000)

    assert (AttemptId(12), AttemptState.PLANNED, LATER_MS + 60_000) == (again.attempt_id, again.state, again.due_ms)
    assert (again.reference, again.asks, again.closed_ms, again.said) == ("", 0, 0, "")
    assert (declined.original_id, declined.amount, declined.kind) == (again.original_id, again.amount, again.kind)


def test_details_come_with_a_yes_or_a_no() -> None:
    """All other answers have none."""
    told = {word for word, outcome in ANSWERS.items() if attempts.details_of(outcome) != Details()}

    assert told == {"approved", "declined"}
