"""The state tables, read line by line: what may follow what, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import pytest

from polygate.core.transitions import (
    AGREEMENT,
    ATTEMPT,
    PAYMENT,
    REFUND,
    SHIPMENT,
    AgreementEvent,
    AgreementState,
    AttemptEvent,
    AttemptState,
    NoSuchTransition,
    PaymentEvent,
    PaymentState,
    RefundEvent,
    RefundState,
    ShipmentEvent,
    ShipmentState,
    after,
    is_final,
)
from tests.core.tables import table

PAYMENTS = """
    # state         event               then
      created       asked               pending
      created       canceled            canceled
      created       expired             expired
      pending       authorized          authorized
      pending       captured            captured
      pending       declined            failed
      pending       declined_for_now    created       # the payer may try another card
      pending       method_left         created       # or another method
      pending       canceled            canceled
      pending       expired             expired
      authorized    capture_asked       capturing
      authorized    void_asked          voiding
      capturing     captured            captured
      capturing     capture_declined    authorized
      voiding       voided              canceled
      voiding       void_declined       authorized
      expired       paid_late           captured      # a wallet was paid in time, and told us too late
"""

ATTEMPTS = """
    # state         event               then
      planned       sent                asked
      planned       withdrawn           not_sent      # the operator pays it by hand
      asked         approved            approved
      asked         declined            declined
      asked         pending             pending
      asked         payer_needed        needs_payer
      asked         silence             unknown
      asked         never_sent          not_sent
      needs_payer   approved            approved      # from a wallet
      needs_payer   declined            declined
      needs_payer   pending             pending
      needs_payer   payer_needed        needs_payer
      needs_payer   silence             needs_payer
      needs_payer   never_sent          not_sent
      needs_payer   sent                asked
      pending       approved            approved
      pending       declined            declined
      pending       pending             pending
      pending       payer_needed        needs_payer
      pending       silence             unknown
      pending       never_sent          not_sent
      unknown       approved            approved
      unknown       declined            declined
      unknown       pending             pending
      unknown       payer_needed        needs_payer
      unknown       silence             unknown
      unknown       never_sent          not_sent
"""

REFUNDS = """
    # state         event               then
      accepted      approved            succeeded
      accepted      declined            failed
"""

AGREEMENTS = """
    # state         event               then
      live          charged             live
      live          revoked             revoked
"""

SHIPMENTS = """
    # state         event               then
      shipped       moved               in_transit
      shipped       held                on_hold
      shipped       kept_for_pickup     local_pickup
      shipped       delivered           delivered
      shipped       returned            returned
      shipped       canceled            canceled
      in_transit    shipped             shipped       # carriers' reports overtake each other
      in_transit    held                on_hold
      in_transit    kept_for_pickup     local_pickup
      in_transit    delivered           delivered
      in_transit    returned            returned
      in_transit    canceled            canceled
      on_hold       shipped             shipped
      on_hold       moved               in_transit
      on_hold       kept_for_pickup     local_pickup
      on_hold       delivered           delivered
      on_hold       returned            returned
      on_hold       canceled            canceled
      local_pickup  shipped             shipped
      local_pickup  moved               in_transit
      local_pickup  held                on_hold
      local_pickup  delivered           delivered
      local_pickup  returned            returned
      local_pickup  canceled            canceled
      delivered     returned            returned
"""

NOUNS: Final[Mapping[str, tuple[Mapping[Any, Mapping[Any, Any]], type[StrEnum], type[StrEnum], str, set[str]]]] = {
    "payment": (PAYMENT, PaymentState, PaymentEvent, PAYMENTS, {"captured", "failed", "canceled"}),
    "attempt": (ATTEMPT, AttemptState, AttemptEvent, ATTEMPTS, {"approved", "declined", "not_sent"}),
    "refund": (REFUND, RefundState, RefundEvent, REFUNDS, {"succeeded", "failed"}),
    "agreement": (AGREEMENT, AgreementState, AgreementEvent, AGREEMENTS, {"revoked"}),
    "shipment": (SHIPMENT, ShipmentState, ShipmentEvent, SHIPMENTS, {"returned", "canceled"}),
}
FIRST: Final[Mapping[str, set[str]]] = {
    "payment": {"created"},
    "attempt": {"planned", "asked"},
    "refund": {"accepted"},
    "agreement": {"live"},
    "shipment": {"shipped"},
}

every_noun = pytest.mark.parametrize("noun", NOUNS)


@every_noun
def test_every_state_has_a_row(noun: str) -> None:
    """A final state has an empty one, so that it is visibly final."""
    transitions, states, _, _, _ = NOUNS[noun]

    assert set(states) == set(transitions)


@every_noun
def test_final_states_lead_nowhere(noun: str) -> None:
    """And all others lead somewhere."""
    transitions, states, _, _, final = NOUNS[noun]

    assert final == {str(state) for state in states if is_final(transitions, state)}
    assert final == {str(state) for state in states if not transitions[state]}


@every_noun
def test_the_table_allows_what_is_written_here_and_nothing_else(noun: str) -> None:
    """Every event in every state either follows a line above or is a mistake of ours that surfaces."""
    transitions, states, events, text, _ = NOUNS[noun]
    allowed = {(row.state, row.event.replace("_", " ")): row.then for row in table(text)}
    for state in states:
        for event in events:
            if (then := allowed.pop((str(state), str(event)), None)) is not None:
                assert then == after(transitions, state, event)
            else:
                with pytest.raises(NoSuchTransition, match=f"{event} while {state}"):
                    after(transitions, state, event)
    assert allowed == {}


@every_noun
def test_every_event_is_used(noun: str) -> None:
    """An event without a line would be a word for nothing."""
    transitions, _, events, _, _ = NOUNS[noun]

    assert set(events) == {event for row in transitions.values() for event in row}


@every_noun
def test_every_state_can_be_reached_and_left_for_good(noun: str) -> None:
    """From the first state to each, and from each to a final one: nothing is a trap."""
    transitions, states, _, _, final = NOUNS[noun]
    reached = reachable(transitions, FIRST[noun])

    assert {str(state) for state in states} == reached
    assert all(reachable(transitions, {str(state)}) & final for state in states)


def reachable(transitions: Mapping[Any, Mapping[Any, Any]], starts: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = set(starts)
    while waiting:
        state = waiting.pop()
        seen.add(state)
        waiting |= {str(then) for then in transitions[state].values()} - seen
    return seen
