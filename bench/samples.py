"""One measurement, and what several of the same come to."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import msgspec

from bench.cpu import Usage


class Key(NamedTuple):
    """What is measured with how many callers at once."""

    subject: str
    callers: int


class Sample(msgspec.Struct, frozen=True):
    key: Key
    per_second: float
    p50_ms: float
    p99_ms: float
    usage: Usage
    webhooks_per_second: float = 0.0
    faults: tuple[str, ...] = ()
    """Why it does not count."""


class Spread(msgspec.Struct, frozen=True):
    """The median of a figure over the rounds, and how far it went."""

    middle: float
    least: float
    most: float


class Result(msgspec.Struct, frozen=True):
    """All samples of one key."""

    samples: tuple[Sample, ...]

    @property
    def counted(self) -> Sequence[Sample]:
        """The quiet samples where there are any, else the noisy ones; none with a fault."""
        valid = [sample for sample in self.samples if not sample.faults]
        return [sample for sample in valid if not sample.usage.is_noisy] or valid

    @property
    def is_noisy(self) -> bool:
        return any(sample.usage.is_noisy for sample in self.counted)

    @property
    def per_second(self) -> Spread:
        return _spread([sample.per_second for sample in self.counted])

    @property
    def p50_ms(self) -> Spread:
        return _spread([sample.p50_ms for sample in self.counted])

    @property
    def p99_ms(self) -> Spread:
        return _spread([sample.p99_ms for sample in self.counted])

    @property
    def webhooks_per_second(self) -> Spread:
        return _spread([sample.webhooks_per_second for sample in self.counted])

    @property
    def others(self) -> float:
        """Cores used by strangers in the worst of the rounds."""
        return max(sample.usage.others for sample in self.counted)

    def cores(self, process: str) -> float:
        return median(sample.usage.ours.get(process, 0.0) for sample in self.counted)


def _spread(figures: Sequence[float]) -> Spread:
    return Spread(median(figures), min(figures), max(figures))
