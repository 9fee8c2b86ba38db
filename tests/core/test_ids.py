"""Identifiers: 18 digits, in the order they were made, never the same twice."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.ids import BANDS, EXACT_TICK_MS, LAST, NODES, IdSequence, age, lengthened, made_at_ms

NOW_MS = 1_750_000_000_000
PER_MS = 1_024
# A clock as seen by one process: mostly forward, sometimes not at all, sometimes back.
CLOCKS = st.lists(st.integers(-5_000, 5_000), min_size=1, max_size=60).map(
    lambda steps: [NOW_MS + sum(steps[:n]) for n in range(1, len(steps) + 1)]
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize("day", ["2023-02-01", "2025-06-15", "2038-01-20", "2049-12-31", "2050-03-01"])
@pytest.mark.parametrize("node", [0, 1, 1_023])
def test_an_identifier_has_eighteen_digits_until_2050(day: str, node: int) -> None:
    """Merchants see it as `tradeNo`, whose width does not change (gateway contract, 1.1)."""
    taken = IdSequence(node).take(at(day))

    assert len(str(taken)) == 18
    assert taken < 2**63


def test_an_identifier_tells_when_it_was_made() -> None:
    """To the millisecond."""
    assert made_at_ms(IdSequence(7).take(NOW_MS)) == NOW_MS


@given(CLOCKS)
def test_identifiers_grow_even_when_the_clock_steps_back(clock: list[int]) -> None:
    """Each is greater than the one before, so none comes twice."""
    sequence = IdSequence(3)
    taken = [sequence.take(now_ms) for now_ms in clock]

    assert all(earlier < later for earlier, later in pairwise(taken))


@given(CLOCKS)
def test_a_clock_that_steps_back_is_waited_out(clock: list[int]) -> None:
    """Identifiers stay at the latest millisecond seen and are never dated before it."""
    sequence = IdSequence(3)
    made = [made_at_ms(sequence.take(now_ms)) for now_ms in clock]

    assert made == [max(clock[:n]) for n in range(1, len(clock) + 1)]


def test_more_than_1024_in_a_millisecond_borrow_from_the_next() -> None:
    """The first 1,024 bear the time they were made at, the following ones the next millisecond, and order holds."""
    sequence = IdSequence(0)
    taken = [sequence.take(NOW_MS) for _ in range(2 * PER_MS + 1)]

    assert [made_at_ms(taken[place]) - NOW_MS for place in (0, PER_MS - 1, PER_MS, 2 * PER_MS - 1, 2 * PER_MS)] == [
        0, 0, 1, 1, 2,
    ]  # fmt: skip
    assert taken == sorted(set(taken))


@pytest.mark.parametrize("ahead_ms", [0, 1, 2, 3])
def test_borrowed_milliseconds_are_not_given_out_again(ahead_ms: int) -> None:
    """When the clock reaches what was borrowed, the sequence goes on from there."""
    sequence = IdSequence(0)
    borrowed = [sequence.take(NOW_MS) for _ in range(2 * PER_MS + 1)]
    later = [sequence.take(NOW_MS + ahead_ms) for _ in range(PER_MS)]

    assert borrowed[-1] < min(later)
    assert len({*borrowed, *later}) == len(borrowed) + len(later)


@given(st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, 2)), min_size=1, max_size=200))
def test_processes_with_different_nodes_never_collide(takes: list[tuple[int, int]]) -> None:
    """However their calls interleave and whatever their clocks say."""
    sequences = {node: IdSequence(node) for node, _ in takes}
    taken = [sequences[node].take(NOW_MS + ahead_ms) for node, ahead_ms in takes]

    assert len(set(taken)) == len(taken)


def test_a_full_millisecond_of_one_node_stays_clear_of_its_neighbor() -> None:
    """The counter never runs over into the node number."""
    first, second = IdSequence(5), IdSequence(6)
    taken = [sequence.take(NOW_MS) for sequence in (first, second) for _ in range(3 * PER_MS)]

    assert len(set(taken)) == len(taken)


def test_identifiers_of_all_nodes_are_ordered_by_time() -> None:
    """A later millisecond beats a greater node number."""
    assert IdSequence(NODES - 1).take(NOW_MS) < IdSequence(0).take(NOW_MS + 1)


@pytest.mark.parametrize("node", [-1, NODES, NODES + 1])
def test_a_node_number_out_of_range_is_refused(node: int) -> None:
    """It would spill into the time."""
    with pytest.raises(ValueError, match="node must be 0 to 1023"):
        IdSequence(node)


@pytest.mark.parametrize("day", ["2026-01-01", "2050-03-01", "2088-12-31"])
@pytest.mark.parametrize("node", [0, 1_023])
def test_exact_identifiers_are_exact_in_every_json_reader(day: str, node: int) -> None:
    """Below 2**53, where readers that know binary fractions only still tell neighbors apart (Channel API, 2)."""
    sequence = IdSequence(node, tick_ms=EXACT_TICK_MS)
    taken = [sequence.take(at(day)) for _ in range(PER_MS + 1)]

    assert all(0 < identifier < 2**53 and int(float(identifier)) == identifier for identifier in taken)
    assert all(earlier < later for earlier, later in pairwise(taken))


def test_exact_identifiers_are_never_those_of_other_orders() -> None:
    """The longer ones have 18 digits (see above)."""
    assert IdSequence(NODES - 1, tick_ms=EXACT_TICK_MS).take(at("2088-12-31")) < IdSequence(0).take(at("2023-02-01"))


@pytest.mark.parametrize("day", ["2023-02-01", "2026-11-29", "2049-12-31"])
def test_the_age_of_an_identifier_shows_whatever_its_length(day: str) -> None:
    """To the tick; of each length those made before another are below where that length ends."""
    first_ms = at(day) // EXACT_TICK_MS * EXACT_TICK_MS
    usual, exact = IdSequence(1), IdSequence(1, tick_ms=EXACT_TICK_MS)
    made = [
        each
        for number in range(9)
        for each in (exact.take(first_ms + number * 512), usual.take(first_ms + number * 512 + 300))
    ]
    made += [lengthened(usual.take(first_ms + 5_000 + number)) for number in range(3)]

    assert sorted(made, key=age) == made
    for place, one in enumerate(made):
        older = {each for band in BANDS for each in made if band.first <= each < band.below(one)}
        assert older == set(made[:place])
    assert [band.below(LAST) for band in BANDS] == [band.end for band in BANDS]
    assert made_at_ms(lengthened(usual.take(first_ms + 9_000))) == first_ms + 9_000
