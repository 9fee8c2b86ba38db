"""What a round measures, one after the other, so that a slow minute of the machine falls on all of it alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from bench import pgbench
from bench.measure import measure_bare_http, measure_gateway
from bench.pgbench import Style
from bench.samples import Key, Sample
from bench.servers import Postgres
from bench.statements import Recording

CALLERS: Final = (1, 16, 64)
PGBENCH_CALLERS: Final = (1, 8, 16, 64)


class Part(StrEnum):
    """What can be measured alone."""

    FLOOR = "floor"
    SQLITE = "sqlite"
    POSTGRES = "postgres"
    PGBENCH = "pgbench"


FLOOR: Final = "bare HTTP"
UNHEARD: Final = ", no webhooks"
"""Added where payments name no address for webhooks: each is closed in the outbox, and nothing is sent."""
UNLOGGED: Final = f"{UNHEARD}, no call log"
"""Added where, besides, calls are not written down: the difference is what the log of calls costs."""


def pgbench_subject(style: Style, *, with_acquirer: bool) -> str:
    return f"pgbench {3 if with_acquirer else 2}T, {style}"


class Case(NamedTuple):
    key: Key
    run: Callable[[], Sample]


class Plan:
    """`durable` is filled, store by store, with what the databases say of themselves."""

    def __init__(self, *, seconds: float, callers: Sequence[int] | None, quick: bool) -> None:
        """`callers` replaces the usual numbers of callers; `quick` leaves out what no ratio needs."""
        self._seconds = seconds
        self._callers = tuple(callers or CALLERS)
        self._clients = tuple(callers or ((1, 16, 64) if quick else PGBENCH_CALLERS))
        self.durable: dict[str, dict[str, str]] = {}

    def cases(self, parts: Collection[Part], postgres: Postgres | None, recording: Recording | None) -> list[Case]:
        """The cases of one round. The parts on PostgreSQL need one, and pgbench a recorded payment."""
        cases: list[Case] = []
        if Part.FLOOR in parts:
            cases += [self._floor(Key(FLOOR, callers)) for callers in self._callers]
        if Part.SQLITE in parts:
            cases += self._gateway(Part.SQLITE, None)
        if Part.POSTGRES in parts and postgres is not None:
            cases += self._gateway(Part.POSTGRES, postgres)
        if Part.PGBENCH in parts and postgres is not None and recording is not None:
            cases += self._pgbench(postgres, recording)
        return cases

    def _floor(self, key: Key) -> Case:
        return Case(key, lambda: measure_bare_http(key, seconds=self._seconds))

    def _gateway(self, part: Part, postgres: Postgres | None) -> list[Case]:
        durable = self.durable.setdefault(part, {})

        def case(key: Key, **how: bool) -> Case:
            return Case(
                key,
                lambda: measure_gateway(key, postgres=postgres, seconds=self._seconds, durable=durable, **how),
            )

        most = self._callers[-1]
        heard = [case(Key(part, callers), hears_webhooks=True) for callers in self._callers]
        return [*heard, case(Key(part + UNHEARD, most)), case(Key(part + UNLOGGED, most), logs_calls=False)]

    def _pgbench(self, postgres: Postgres, recording: Recording) -> list[Case]:
        cases = []
        for with_acquirer in (False, True):
            for style in Style:
                script = pgbench.script(recording, style, with_acquirer=with_acquirer)
                cases += [
                    self._script(Key(pgbench_subject(style, with_acquirer=with_acquirer), clients), script, postgres)
                    for clients in self._clients
                ]
        return cases

    def _script(self, key: Key, script: pgbench.Script, postgres: Postgres) -> Case:
        return Case(key, lambda: pgbench.measure(key, script, postgres=postgres, seconds=self._seconds))
