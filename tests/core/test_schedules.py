"""How long to wait before asking or trying again."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.schedules import inquiry_delay_ms, retry_delay_s, send_again_delay_ms
from tests.core.tables import Row, table

# The Gateway API's own delays (gateway contract, 10.2).
DELAYS_S = (15, 60, 300, 900, 3_600, 10_800, 21_600, 86_400)


def test_inquiries_are_dense_while_a_payer_may_still_wait() -> None:
    """At least ten in the first minute, the first after a second, never more than ten seconds apart."""
    delays = [inquiry_delay_ms(asked_before) for asked_before in range(40)]
    in_a_minute = [at_ms for at_ms in accumulate(delays) if at_ms <= 60_000]

    assert delays[0] == 1_000
    assert len(in_a_minute) >= 10
    assert max(delays[: len(in_a_minute)]) <= 10_000


@given(st.integers(0, 10**9))
def test_inquiries_never_end(asked_before: int) -> None:
    """Money in doubt is asked about at least four times an hour, forever."""
    assert 1_000 <= inquiry_delay_ms(asked_before) <= 900_000


def test_inquiries_never_become_denser() -> None:
    """Each pause is at least as long as the one before."""
    delays = [inquiry_delay_ms(asked_before) for asked_before in range(100)]

    assert all(shorter <= longer for shorter, longer in pairwise(delays))


SENT_AGAIN = """
    # age          pause
      0            5_000
      9_000        5_000
      60_000       30_000
      7_200_000    3_600_000
      86_400_000   3_600_000
"""


@pytest.mark.parametrize("row", table(SENT_AGAIN), ids=str)
def test_what_was_not_sent_is_sent_again_soon_and_then_ever_more_seldom(row: Row) -> None:
    """After half of its age, which makes some twenty tries on the first day without an acquirer."""
    assert int(row.pause) == send_again_delay_ms(int(row.age))


RETRIES = """
    # tries   next
      1       15
      2       60
      3       300
      4       900
      5       3_600
      6       10_800
      7       21_600
      8       86_400
      9       never     # nine tries in all
      10      never
"""


@pytest.mark.parametrize("row", table(RETRIES), ids=str)
def test_a_webhook_is_tried_once_more_than_there_are_delays(row: Row) -> None:
    """Each delay counts from the previous try; after the last one it is given up."""
    expected = None if row.next == "never" else int(row.next)

    assert expected == retry_delay_s(DELAYS_S, int(row.tries))


def test_without_delays_there_is_one_try() -> None:
    """An empty schedule means: do not try again."""
    assert retry_delay_s((), 1) is None
