"""How long to wait before asking or trying again."""

from __future__ import annotations

from typing import Final

_INQUIRY_DELAYS_S: Final = (1, 1, 2, 3, 5, 5, 5, 5, 5, 5, 10, 10, 15, 30, 60, 120, 300)
"""Dense while a payer may still be waiting, sparse once only the books are."""

_INQUIRY_DELAY_LATER_S: Final = 900

ANSWER_MARGIN_MS: Final = 3_000
"""After the acquirer's deadline, the time the asking process gets to write the answer down before anyone else asks."""


def inquiry_delay_ms(asked_before: int) -> int:
    """The pause before the next inquiry about an attempt, given how many there were. There is no last one."""
    if asked_before < len(_INQUIRY_DELAYS_S):
        return _INQUIRY_DELAYS_S[asked_before] * 1_000
    return _INQUIRY_DELAY_LATER_S * 1_000


def payer_delay_ms(age_ms: int) -> int:
    """The pause before asking again whether the payer has paid from a wallet, by how long that has taken.

    Two seconds at first: wallets tell us, and asking only makes up for what they could not tell. An hour at most.
    """
    return min(max(age_ms // 20, 2_000), 3_600_000)


def send_again_delay_ms(age_ms: int) -> int:
    """The pause before an order that certainly was not carried out is given anew, by its age: five seconds to an hour.

    Half of the age makes the first ones come soon after a crash, and few while an acquirer is out of reach.
    """
    return min(max(age_ms // 2, 5_000), 3_600_000)


def retry_delay_s(delays_s: tuple[int, ...], tries: int) -> int | None:
    """Seconds until the next try of a webhook after `tries` tries, None when it is given up."""
    return delays_s[tries - 1] if tries <= len(delays_s) else None
