"""How long the console's lists, search and figures take over a long history: `python -m bench.console`.

Each store is filled with payments, their facts are counted by the gateway's own job, and then every question is asked
many times through the store's own doors. What is told is the time until the answer is there, decoded.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import history, machine, servers
from bench.history import DAYS, LARGE
from polygate.console.operator.home import MATTERS
from polygate.core import ids, statistics
from polygate.core.agreements import Agreement
from polygate.core.facts import Fact
from polygate.core.ids import MerchantId
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.people import NO_MERCHANT
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.webhooks import Webhook
from polygate.operations.context import wall_clock
from polygate.operations.count_facts import count_facts, note_all_counted
from polygate.store.listing import Filter
from polygate.store.migrate import migrate
from polygate.store.opened import Store, open_store

PAGE: Final = 50
_DAY_MS: Final = 86_400_000
_SPAN_MS: Final = 1_800_000
_TIMES: Final = 15
_NOTE: Final = "filled.json"


class Question(NamedTuple):
    name: str
    ask: Callable[[Store], Awaitable[Any]]


class Times(NamedTuple):
    """In milliseconds."""

    middle: float
    most: float


def questions(payments: int, *, end_ms: int, dice: random.Random) -> list[Question]:
    """What people ask of a console, each time about another part of the history."""
    found: list[Question] = []

    def anywhere() -> int:
        return ids.first_at(end_ms - dice.randrange(DAYS * _DAY_MS))

    def number() -> int:
        return dice.randrange(1, payments + 1)

    def lists(name: str, row_type: type[Any], narrowed: Filter | None = None, *, deep: bool = False) -> None:
        def ask(store: Store) -> Awaitable[Any]:
            before = anywhere() if deep else ids.LAST
            return store.listing.page(row_type, narrowed or Filter(), merchant_id=LARGE, before=before, limit=PAGE)

        found.append(Question(name, ask))

    def searches(name: str, text: Callable[[], str]) -> None:
        found.append(Question(f"search: {name}", lambda store: store.search.find(text(), merchant_id=LARGE)))

    for row_type in (Payment, Refund, Payout, Subscription, Agreement, Shipment, Webhook, Fact):
        lists(f"{row_type.__name__.lower()}s: newest page", row_type)
    lists("payments: a page deep inside", Payment, deep=True)
    lists("webhooks: a page deep inside", Webhook, deep=True)
    week = Filter(from_ms=end_ms - 40 * _DAY_MS, until_ms=end_ms - 33 * _DAY_MS)
    for name, narrowed in (
        ("captured", Filter(state=("captured",))),
        ("failed", Filter(state=("failed",))),
        ("authorized (few)", Filter(state=("authorized",))),
        ("card", Filter(method=("card",))),
        ("pix (1 in 100,000)", Filter(method=("pix",))),
        ("INR", Filter(currency=("INR",))),
        ("one app", Filter(app_id=("100000000000002",))),
        ("Channel API", Filter(protocol=("channel",))),
        ("a week", week),
        ("amount of 100.00 to 100.09", Filter(least_minor=10_000, most_minor=10_009)),
        ("an amount nobody paid", Filter(least_minor=99_999_999)),
        ("failed, card, EUR, one app", Filter(
            state=("failed",), method=("card",), currency=("EUR",), app_id=("100000000000002",)
        )),
        ("a week, failed, upi", Filter(
            state=("failed",), method=("upi",), from_ms=week.from_ms, until_ms=week.until_ms
        )),
    ):  # fmt: skip
        lists(f"payments: {name}", Payment, narrowed)
    lists("webhooks: not delivered", Webhook, Filter(state=("waiting", "given_up")))
    lists("webhooks: RefundFailed (none)", Webhook, Filter(kind=("RefundFailed",)))
    lists("refunds: failed", Refund, Filter(state=("failed",)))
    searches("order number", lambda: f"ORDER-{number()}")
    searches("trade number", lambda: str(anywhere()))
    searches("refund number", lambda: f"REFUND-{number() // 30 * 30}")
    searches("payout number", lambda: f"PAYOUT-{number() // 500 * 500 + 1}")
    searches("tracking number", lambda: f"TRACK-{number() // 50 * 50 + 1}")
    searches("acquirer's reference", lambda: f"ref-{dice.randrange(1_000_003)}-{number()}")
    searches("bank's reference", lambda: str(10**12 + number() * 7919)[1:])
    searches("last four digits of a card", lambda: f"{dice.randrange(10_000):04d}")
    searches("a number nobody has", lambda: f"none-{number()}")
    until_ms = end_ms // _SPAN_MS * _SPAN_MS + _SPAN_MS

    def figures(name: str, merchant_id: MerchantId, days: int) -> None:
        from_ms = until_ms - days * _DAY_MS

        async def ask(store: Store) -> Any:
            business = await store.statistics.business(merchant_id, from_ms=from_ms, until_ms=until_ms)
            return statistics.figures(business.days, from_ms=from_ms, until_ms=until_ms)

        found.append(Question(name, ask))

    for days in (1, 30, DAYS):
        figures(f"figures of {days} day{'s' if days > 1 else ''}", LARGE, days)
    figures(f"figures of {DAYS} days, all merchants", NO_MERCHANT, DAYS)

    def leaders(store: Store) -> Awaitable[Any]:
        return store.statistics.leaders("USD", from_ms=until_ms - DAYS * _DAY_MS, until_ms=until_ms, limit=10)

    def attention(store: Store) -> Awaitable[Any]:
        return store.attention.concerns(merchant_id=LARGE, now_ms=end_ms)

    def everybodys(store: Store) -> Awaitable[Any]:
        return store.attention.concerns(MATTERS, merchant_id=None, now_ms=end_ms)

    found.append(Question(f"merchants with most volume in {DAYS} days", leaders))
    found.append(Question("what needs attention", attention))
    found.append(Question("what needs attention, all merchants", everybodys))
    return found


class Filled(msgspec.Struct, frozen=True):
    """What a kept store holds; written beside it when it was filled to the end."""

    payments: int
    end_ms: int
    """When its history ends, in milliseconds since 1970."""


async def measure(url: str, payments: int, *, end_ms: int, on_step: Callable[[str], None]) -> dict[str, Times]:
    """Count the facts that were not counted yet, then ask everything."""
    store = await open_store(url)
    try:
        began = time.perf_counter()
        while await count_facts(store, (LARGE, history.SMALL), now_ms=end_ms):
            pass
        await note_all_counted(store, now_ms=end_ms)
        counting = (time.perf_counter() - began) * 1_000
        times = {"counting what was not counted yet, in the background": Times(counting, counting)}
        for question in questions(payments, end_ms=end_ms, dice=random.Random(1)):
            on_step(question.name)
            await question.ask(store)  # The first time it may have to come from the disk.
            took = []
            for _ in range(_TIMES):
                began = time.perf_counter()
                await question.ask(store)
                took.append((time.perf_counter() - began) * 1_000)
            times[question.name] = Times(median(took), max(took))
        return times
    finally:
        await store.close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--payments", type=int, default=200_000, help="how many are in the history (default: 200,000)")
    parser.add_argument("--only", choices=("sqlite", "postgres"), help="one store alone")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the filled stores here, or ask those that are")
    asked = parser.parse_args(arguments)
    stores = (asked.only,) if asked.only else ("sqlite", "postgres")
    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    results: dict[str, dict[str, Times]] = {}
    for name in stores:
        with ExitStack() as stack, Progress(*columns, console=console) as progress:
            folder = asked.keep.absolute() / name if asked.keep else None
            home = folder or Path(stack.enter_context(TemporaryDirectory(prefix="polygate-bench-")))
            note = home / _NOTE
            if folder and folder.exists() and not note.exists():
                parser.error(f"{folder} was not filled to its end: remove it")
            home.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{home}/polygate.db"
            if name == "postgres":
                url = stack.enter_context(servers.postgres(folder)).url
            results[name] = _of_store(name, url, note, asked.payments, progress)
    _print(results, asked.payments)
    return 0


def _of_store(name: str, url: str, note: Path, payments: int, progress: Progress) -> dict[str, Times]:
    """Fill the store unless a note says that it is filled, and measure it."""
    bar = progress.add_task(f"{name}: filling", total=payments)
    migrate(url)
    if not note.exists():
        end_ms = wall_clock()
        history.fill(url, payments, end_ms=end_ms, on_rows=lambda rows: progress.update(bar, completed=rows))
        note.write_bytes(msgspec.json.encode(Filled(payments, end_ms)))
    filled = msgspec.json.decode(note.read_bytes(), type=Filled)
    if filled.payments != payments:
        raise SystemExit(f"{note.parent} holds {filled.payments} payments: say --payments {filled.payments}")

    def say(step: str) -> None:
        progress.update(bar, description=f"{name}: {step}")

    return asyncio.run(measure(url, payments, end_ms=filled.end_ms, on_step=say))


def _print(results: dict[str, dict[str, Times]], payments: int) -> None:
    print(f"{payments:,} payments; median and worst of {_TIMES}, in milliseconds")
    for name, value in machine.facts().items():
        print(f"{name}: {value}")
    print(f"\n| Question | {' | '.join(results)} |\n| --- |{' --- |' * len(results)}")
    for question in next(iter(results.values())):
        cells = (times[question] for times in results.values())
        print(f"| {question} | {' | '.join(f'{each.middle:.1f} ({each.most:.0f})' for each in cells)} |")


if __name__ == "__main__":
    sys.exit(main())
