"""What follows a charge: captures, voids, refunds, inquiries; repeated, raced and late."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import asdict
from structlog.testing import capture_logs

from polygate.connectors.contract import Ask
from polygate.connectors.sandbox import Taken
from polygate.connectors.sandbox.book import Choice, Kind
from polygate.core.outcomes import Approved, Decline, Declined, NotSent, Outcome, Pending, Unknown
from tests.connectors.counter import MERCHANT, Counter, HastyConnector

pytestmark = pytest.mark.anyio

SILENT = "4000000000000119"
CHALLENGE = "4000000000003220"
NOT_PERMITTED = (Declined, Decline.NOT_PERMITTED)


def kind_of(outcome: Outcome) -> tuple[type[Outcome], Decline | None]:
    return type(outcome), outcome.why if isinstance(outcome, Declined) else None


async def test_a_hold_is_captured_once_and_not_beyond_it(counter: Counter) -> None:
    """One cent too much is refused; a part may be taken; the rest is released then."""
    await counter.charge(attempt=100, capture=False)
    assert counter.taken() == Taken()

    assert kind_of(await counter.capture(100, 10_001)) == NOT_PERMITTED
    assert kind_of(await counter.capture(100, 0)) == NOT_PERMITTED
    captured = await counter.capture(100, 6_000)
    assert isinstance(captured, Approved)
    assert len(captured.details.arn) == 23
    assert kind_of(await counter.capture(100, 4_000)) == NOT_PERMITTED
    assert counter.taken() == Taken(captured_minor=6_000)


async def test_what_was_not_held_is_not_captured(counter: Counter) -> None:
    """A sale, a declined charge, an unknown one and another merchant's currency cannot be captured."""
    await counter.charge(attempt=100)
    await counter.charge("4000000000000002", attempt=101, capture=False)
    await counter.charge(attempt=102, capture=False, currency="EUR")

    for original in (100, 101, 102, 999):
        assert kind_of(await counter.capture(original, 100)) == NOT_PERMITTED


async def test_a_void_releases_a_hold(counter: Counter) -> None:
    """Nothing was taken, so nothing is given back, and nothing can be captured any more."""
    await counter.charge(attempt=100, capture=False)

    assert isinstance(await counter.void(100), Approved)
    assert kind_of(await counter.capture(100, 10_000)) == NOT_PERMITTED
    assert counter.taken() == Taken()


@pytest.mark.parametrize("capture", [True, False])
async def test_a_void_gives_back_what_was_taken(counter: Counter, capture: bool) -> None:
    """A sale, or a captured part, goes back less what was refunded already; a refund afterwards is refused."""
    await counter.charge(attempt=100, capture=capture)
    if not capture:
        await counter.capture(100, 10_000)
    await counter.refund(100, 3_000)
    counter.now_ms += 2_000

    assert isinstance(await counter.void(100), Approved)
    assert kind_of(await counter.refund(100, 1)) == NOT_PERMITTED
    assert counter.taken().net_minor == 0
    assert counter.taken().reversed_minor == 7_000


async def test_a_second_void_gives_nothing_back(counter: Counter) -> None:
    """Under a key of its own it finds nothing left to reverse."""
    await counter.charge(attempt=100)

    await counter.void(100)
    assert isinstance(await counter.void(100), Approved)
    assert counter.taken().net_minor == 0


async def test_a_void_of_a_charge_that_is_still_processing_settles_with_it(counter: Counter) -> None:
    """Before it is due nothing counts, afterwards both do."""
    counter.connector = HastyConnector()
    await counter.charge(SILENT, attempt=100)

    assert isinstance(await counter.void(100, attempt=101), Pending)
    assert counter.taken() == Taken()
    counter.now_ms += 30_000
    assert isinstance(await counter.inquire(101), Approved)
    assert counter.taken() == Taken(charged_minor=10_000, reversed_minor=10_000)


async def test_a_void_keeps_a_payer_from_confirming(counter: Counter) -> None:
    """A charge given up while the payer authenticates is never made."""
    waiting = await counter.charge(CHALLENGE, attempt=100)

    assert isinstance(await counter.void(100), Approved)
    await counter.choose(waiting, Choice.PASS)
    assert isinstance(await counter.complete(100), Declined)
    assert isinstance(await counter.inquire(100), Declined)
    assert counter.taken() == Taken()


async def test_a_void_overtaking_its_charge_keeps_it_from_happening(counter: Counter) -> None:
    """The late charge is refused for good."""
    assert isinstance(await counter.void(100), Approved)
    assert isinstance(await counter.charge(attempt=100), NotSent)
    assert counter.taken() == Taken()


async def test_a_refund_takes_two_seconds(counter: Counter) -> None:
    """Taken in first, done later, and only then counted."""
    await counter.charge(attempt=100)

    taken_in = await counter.refund(100, 5_000, attempt=101)
    assert isinstance(taken_in, Pending)
    assert taken_in.check_after_ms == 2_000
    counter.now_ms += 1_999
    assert isinstance(await counter.inquire(101), Pending)
    assert counter.taken().refunded_minor == 0
    counter.now_ms += 1
    assert isinstance(await counter.inquire(101), Approved)
    assert counter.taken().refunded_minor == 5_000


@pytest.mark.parametrize(
    ("minor", "currency", "refused"),
    [
        (1_013, "USD", True),
        (13, "USD", True),
        (1_130, "USD", False),
        (1_014, "USD", False),
        (1_130, "KWD", True),
        (1_013, "KWD", False),
        (1_013, "JPY", False),
    ],
)
async def test_a_refund_ending_in_13_is_refused_later(
    counter: Counter, minor: int, currency: str, refused: bool
) -> None:
    """The amount as written counts, whatever the currency's decimals; what was refused may be refunded again."""
    await counter.charge(attempt=100, minor=minor, currency=currency)
    await counter.refund(100, minor, currency, attempt=101)
    counter.now_ms += 2_000

    outcome = await counter.inquire(101, currency)

    assert isinstance(outcome, Declined if refused else Approved)
    again = await counter.refund(100, minor, currency)
    assert isinstance(again, Pending if refused else Declined)


async def test_refunds_together_stay_within_what_was_captured(counter: Counter) -> None:
    """The captured part counts, not the hold; the last cent may go, one more may not."""
    await counter.charge(attempt=100, capture=False)
    assert kind_of(await counter.refund(100, 1)) == NOT_PERMITTED
    await counter.capture(100, 6_000)

    assert isinstance(await counter.refund(100, 4_000), Pending)
    assert kind_of(await counter.refund(100, 2_001)) == NOT_PERMITTED
    assert kind_of(await counter.refund(100, 0)) == NOT_PERMITTED
    assert isinstance(await counter.refund(100, 2_000), Pending)
    counter.now_ms += 2_000
    assert counter.taken().net_minor == 0


async def test_sixty_four_refunds_of_sixty_percent_enter_once(counter: Counter) -> None:
    """All at once, under keys of their own: one is taken in, the others are refused."""
    await counter.charge(attempt=100)

    outcomes = await asyncio.gather(*(counter.refund(100, 6_000, attempt=200 + n) for n in range(64)))

    assert [Pending] == [type(outcome) for outcome in outcomes if kind_of(outcome) != NOT_PERMITTED]
    counter.now_ms += 2_000
    assert counter.taken().refunded_minor == 6_000


async def test_sixty_four_small_refunds_all_enter_until_the_money_is_used_up(counter: Counter) -> None:
    """Losing a race is no reason to be refused while there is something left."""
    await counter.charge(attempt=100)

    outcomes = await asyncio.gather(*(counter.refund(100, 200, attempt=200 + n) for n in range(64)))

    assert sum(isinstance(outcome, Pending) for outcome in outcomes) == 50
    counter.now_ms += 2_000
    assert counter.taken().net_minor == 0


async def test_capture_and_void_at_once_leave_no_doubt(counter: Counter) -> None:
    """Whichever comes second sees the first: either nothing was captured, or it was given back."""
    await counter.charge(attempt=100, capture=False)

    captured, voided = await asyncio.gather(counter.capture(100, 10_000), counter.void(100))

    assert isinstance(voided, Approved)
    assert counter.taken().reversed_minor == (10_000 if isinstance(captured, Approved) else 0)
    assert counter.taken().net_minor == 0


async def test_a_repeated_order_hears_the_same_and_acts_once(counter: Counter) -> None:
    """Forty equal charges, captures, refunds and voids at once are one of each."""
    charges = await asyncio.gather(*(counter.charge(attempt=100, capture=False) for _ in range(40)))
    captures = await asyncio.gather(*(counter.capture(100, 9_000, attempt=101) for _ in range(40)))
    refunds = await asyncio.gather(*(counter.refund(100, 9_000, attempt=102) for _ in range(40)))
    counter.now_ms += 2_000
    voids = await asyncio.gather(*(counter.void(100, attempt=103) for _ in range(40)))

    for outcomes in (charges, captures, refunds, voids):
        assert [outcomes[0]] * 40 == outcomes
    assert [attempt for _, attempt in counter.book.entries] == [100, 101, 102, 103]
    assert counter.taken() == Taken(captured_minor=9_000, refunded_minor=9_000)


async def test_a_refused_order_stays_refused(counter: Counter) -> None:
    """The same key hears the same, even if the order would be possible by now."""
    await counter.charge(attempt=100, capture=False)
    assert kind_of(await counter.refund(100, 100, attempt=101)) == NOT_PERMITTED
    await counter.capture(100, 10_000)

    assert kind_of(await counter.refund(100, 100, attempt=101)) == NOT_PERMITTED


async def test_completing_at_once_from_all_sides_charges_once(counter: Counter) -> None:
    """The browser's return, a poll and an inquiry meet: one conclusion."""
    await counter.choose(await counter.charge(CHALLENGE, attempt=100), Choice.PASS)

    outcomes = await asyncio.gather(*(counter.complete(100) for _ in range(20)))

    assert [outcomes[0]] * 20 == outcomes
    assert isinstance(outcomes[0], Approved)
    assert counter.entry(100).version == 3
    assert counter.taken() == Taken(charged_minor=10_000)


async def test_a_key_used_for_two_different_orders_is_no_answer(counter: Counter) -> None:
    """Whatever is true of one order says nothing about the other."""
    await counter.charge(attempt=100)
    await counter.refund(100, 100, attempt=101)

    assert isinstance(await counter.charge(attempt=100, minor=9_999), Unknown)
    assert isinstance(await counter.charge(attempt=101), Unknown)
    assert isinstance(await counter.refund(100, 101, attempt=101), Unknown)
    assert isinstance(await counter.void(100, attempt=101), Unknown)
    assert isinstance(await counter.complete(101), Unknown)


async def test_an_inquiry_about_an_unseen_attempt_forbids_it_for_good(counter: Counter) -> None:
    """The acquirer never saw it and promises never to carry it out: a charge arriving later is refused."""
    assert isinstance(await counter.inquire(100), NotSent)

    assert isinstance(await counter.charge(attempt=100), NotSent)
    assert isinstance(await counter.inquire(100), NotSent)
    assert counter.entry(100).kind == Kind.TOMBSTONE
    assert counter.taken() == Taken()


async def test_a_tombstone_also_stops_late_captures_refunds_and_voids(counter: Counter) -> None:
    """The promise holds for every kind of order."""
    await counter.charge(attempt=100)
    for attempt in (101, 102, 103, 104):
        await counter.inquire(attempt)

    assert isinstance(await counter.refund(100, 100, attempt=101), NotSent)
    assert isinstance(await counter.capture(100, 100, attempt=102), NotSent)
    assert isinstance(await counter.void(100, attempt=103), NotSent)
    assert isinstance(await counter.complete(104), NotSent)
    counter.now_ms += 2_000
    assert counter.taken() == Taken(charged_minor=10_000)


async def test_a_charge_and_an_inquiry_about_it_at_once_agree(counter: Counter) -> None:
    """Either both say it was made, or both say it never will be."""
    outcomes: set[type[Outcome]] = set()
    for attempt in range(100, 120):
        charged, inquired = await asyncio.gather(counter.charge(attempt=attempt), counter.inquire(attempt))
        assert type(charged) is type(inquired)
        outcomes.add(type(charged))

    assert outcomes <= {Approved, NotSent}


async def test_the_silent_charge_repeated_is_still_one_charge(counter: Counter) -> None:
    """Silent until it is due, then approved, and charged once."""
    counter.connector = HastyConnector()
    assert isinstance(await counter.charge(SILENT, attempt=100), Unknown)
    assert isinstance(await counter.charge(SILENT, attempt=100), Unknown)
    counter.now_ms += 30_000

    assert isinstance(await counter.charge(SILENT, attempt=100), Approved)
    assert counter.taken() == Taken(charged_minor=10_000)


async def test_merchants_do_not_meet(counter: Counter) -> None:
    """The same attempt number of another merchant is another order."""
    await counter.charge(attempt=100)
    body = dict(counter.asks[0].body) | {"merchant": MERCHANT + 1}

    answer = await counter.acquirer.answer(Ask("charge", body, moves_money=True))

    assert answer.body["status"] == "approved"
    assert {(MERCHANT, 100), (MERCHANT + 1, 100)} == set(counter.book.entries)


@pytest.mark.parametrize(
    "ask",
    [
        Ask("donate", {}),
        Ask("charge", {}),
        Ask("status", {"merchant": "x"}),
        Ask("refund", {"merchant": 1, "key": 2, "original": 1, "reference": "", "amountMinor": -1, "currency": "USD"}),
    ],
)
async def test_what_the_acquirer_cannot_read_is_not_entered(counter: Counter, ask: Ask) -> None:
    """It says so, and its book stays as it was."""
    assert (await counter.acquirer.answer(ask)).body == {"status": "bad request"}
    assert counter.book.entries == {}


async def test_no_card_number_or_code_is_kept_or_logged(counter: Counter) -> None:
    """Entries, messages and log lines hold the masked number at most, on every path a card can take."""
    counter.connector = HastyConnector()
    cards = {"4444333322221111": "9071", "4000000000000002": "9072", SILENT: "9073", CHALLENGE: "9074"}
    with capture_logs() as logs:
        for card, cvc in cards.items():
            await counter.charge(card, cvc=cvc)

    shown = repr([asdict(entry) for entry in counter.book.entries.values()]) + repr(counter.asks) + repr(logs)
    assert "444433******1111" in shown
    assert [word for card in cards.items() for word in card if word in shown] == []
