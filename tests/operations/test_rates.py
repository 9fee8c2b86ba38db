"""How often a caller may ask: so much at once, then at an even pace, each caller by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from polygate.operations.rates import UNBOUNDED, Rate

NOON_MS = 1_772_424_000_000


def admitted(rate: Rate, caller: str, now_ms: int, *, of: int) -> int:
    return sum(not rate.wait_ms(caller, now_ms) for _ in range(of))


def test_a_burst_and_then_an_even_pace() -> None:
    """Ten a second with two seconds' worth at once: twenty, then one every tenth of a second."""
    rate = Rate(10, burst_s=2)
    assert admitted(rate, "a", NOON_MS, of=30) == 20
    assert rate.wait_ms("a", NOON_MS) == 100
    assert rate.wait_ms("a", NOON_MS + 99) == 1
    assert admitted(rate, "a", NOON_MS + 100, of=5) == 1
    assert admitted(rate, "a", NOON_MS + 600, of=10) == 5


def test_after_a_pause_the_burst_is_back_but_no_more() -> None:
    rate = Rate(10, burst_s=2)
    assert admitted(rate, "a", NOON_MS, of=20) == 20
    assert admitted(rate, "a", NOON_MS + 86_400_000, of=50) == 20


def test_callers_do_not_use_up_each_others_turns() -> None:
    rate = Rate(1, burst_s=1)
    assert [admitted(rate, caller, NOON_MS, of=3) for caller in "abc"] == [1, 1, 1]


def test_a_refused_request_costs_nothing() -> None:
    """Who asks too often is not shut out for longer by it."""
    rate = Rate(1, burst_s=1)
    assert admitted(rate, "a", NOON_MS, of=1_000) == 1
    assert admitted(rate, "a", NOON_MS + 1_000, of=1_000) == 1


def test_a_clock_that_is_set_back_shuts_nobody_out() -> None:
    """An hour earlier it is a matter of one pace."""
    rate = Rate(1, burst_s=2)
    assert admitted(rate, "a", NOON_MS, of=5) == 2
    assert rate.wait_ms("a", NOON_MS - 3_600_000) == 1_000
    assert rate.wait_ms("a", NOON_MS - 3_599_000) == 0


def test_what_is_remembered_is_bounded() -> None:
    """Whoever was quiet longest is forgotten; who asks again and again is not."""
    rate = Rate(1, burst_s=1)
    assert admitted(rate, "busy", NOON_MS, of=1) == 1
    for number in range(30_000):
        rate.wait_ms(str(number), NOON_MS)
        if number % 5_000 == 0:
            assert rate.wait_ms("busy", NOON_MS) == 1_000
    assert len(rate._busy_until) == 10_000
    assert "0" not in rate._busy_until


def test_nothing_a_second_is_no_bound() -> None:
    assert admitted(UNBOUNDED, "a", NOON_MS, of=10_000) == 10_000


@given(st.integers(1, 50), st.integers(1, 5), st.lists(st.integers(0, 2_000), max_size=200))
def test_no_span_of_time_sees_more_than_its_share(per_second: int, burst_s: int, gaps_ms: list[int]) -> None:
    """However the requests come: at most the burst and what the pace allows since the first of them."""
    rate = Rate(per_second, burst_s=burst_s)
    now_ms, taken = NOON_MS, 0
    for gap_ms in gaps_ms:
        now_ms += gap_ms
        taken += not rate.wait_ms("a", now_ms)
        assert taken <= per_second * burst_s + per_second * (now_ms - NOON_MS) / 1_000 + 1e-3
