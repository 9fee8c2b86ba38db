"""What must hold after a run, or its figures do not count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from traceback import extract_tb

import psycopg

from bench.load import Count
from bench.payment import order_number
from polygate.core.transitions import PaymentState
from polygate.store.sqlite.database import connect
from tests.support.books import Books

_LOST_TOLD = 3
_SQLITE_LEVELS = ("OFF", "NORMAL", "FULL", "EXTRA")
_OF_POSTGRES = ["fsync", "full_page_writes", "synchronous_commit"]


def of_answers(count: Count) -> Iterator[str]:
    """Every request was answered, and every answer was a captured payment."""
    if count.unanswered:
        yield f"{count.unanswered} requests were never answered"
    if count.otherwise:
        yield f"{count.otherwise} answers were not a captured payment, the first: {count.first_otherwise}"
    if not count.paid:
        yield "no payment was answered"


def of_books(books: Books, answered: Sequence[int]) -> Iterator[str]:
    """Every payment that was answered is there as answered, and the books of all of them add up.

    Among what the audit asks: one posting for each capture, the acquirer's book equal to ours, an outbox row for each
    announced fact and no other.
    """
    captured = set(_captured(books))
    lost = [number for number in map(order_number, answered) if number not in captured]
    if lost:
        yield f"{len(lost)} answered payments are not captured in the database: {', '.join(lost[:_LOST_TOLD])}"
    try:
        books.audit()
    except AssertionError as error:
        yield f"the audit failed: {str(error) or extract_tb(error.__traceback__)[-1].line}"


def of_script(books: Books, done: int) -> Iterator[str]:
    """Every payment that pgbench counts is captured, and has the posting of its capture."""
    captured = len(_captured(books))
    sql = "SELECT count(*) AS postings, count(DISTINCT payment_id) AS payments FROM postings WHERE why = 'capture'"
    row = books.one(sql)
    if not done or not done <= captured == row["postings"] == row["payments"]:
        yield f"pgbench counts {done} payments, {captured} are captured, {row['postings']} postings are there"


def _captured(books: Books) -> list[str]:
    rows = books.rows("SELECT order_no FROM payments WHERE state = ?", PaymentState.CAPTURED.value)
    return [row["order_no"] for row in rows]


def durability(database_url: str) -> dict[str, str]:
    """The settings that make a commit durable, as they are in force on a new connection of the gateway's."""
    if database_url.startswith("sqlite:"):
        with closing(connect(Path(database_url.removeprefix("sqlite:///")))) as sqlite:
            [mode] = sqlite.execute("PRAGMA journal_mode").fetchone()
            [level] = sqlite.execute("PRAGMA synchronous").fetchone()
            return {"journal_mode": mode, "synchronous": _SQLITE_LEVELS[level]}
    with psycopg.connect(database_url) as postgres:
        found = postgres.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (_OF_POSTGRES,))
        return {str(name): str(setting) for name, setting in found}
