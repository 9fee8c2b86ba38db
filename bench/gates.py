"""What must hold in the database after a run, or its figures do not count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.load import Count
from bench.payment import order_number
from polygate.core.facts import ANNOUNCED
from polygate.core.transitions import PaymentState
from polygate.store.sqlite.database import connect

_FAULTS_TOLD = 3


class Books:
    """A database to look into, without the program that filled it."""

    def __init__(self, database_url: str) -> None:
        self._url = make_url(database_url)
        self._raw = database_url

    @property
    def is_sqlite(self) -> bool:
        return self._url.drivername == "sqlite"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self.is_sqlite:
            # The gateway's own way to connect, so that its settings are what is read back.
            with closing(connect(Path(str(self._url.database)))) as sqlite:
                return sqlite.execute(sql).fetchall()
        with psycopg.connect(self._raw, autocommit=True) as postgres:
            return postgres.execute(sql.encode()).fetchall()

    def number(self, sql: str) -> int:
        return int(self.rows(sql)[0][0])


def durability(books: Books) -> dict[str, str]:
    """The settings that make a commit durable, as they are in force."""
    names = ("journal_mode", "synchronous") if books.is_sqlite else ("fsync", "synchronous_commit", "full_page_writes")
    ask = "PRAGMA" if books.is_sqlite else "SHOW"
    return {name: str(books.rows(f"{ask} {name}")[0][0]) for name in names}


def faults_of_answers(count: Count) -> Iterator[str]:
    """Every request was answered, and every answer was a captured payment."""
    if count.unanswered:
        yield f"{count.unanswered} requests were never answered"
    if count.otherwise:
        yield f"{count.otherwise} answers were not a captured payment, the first: {count.first_otherwise}"
    if not count.paid:
        yield "no payment was answered"


def faults_of_books(books: Books, answered: list[int]) -> Iterator[str]:
    """Every payment that was answered as captured is there, and the books about it are whole."""
    captured = {order for (order,) in books.rows(f"SELECT order_no FROM payments WHERE state = '{PaymentState.CAPTURED}'")}
    lost = [order for order in map(order_number, answered) if order not in captured]
    if lost:
        yield f"{len(lost)} answered payments are not captured in the database: {', '.join(lost[:_FAULTS_TOLD])}"
    if len(answered) != len(set(answered)):
        yield "an order was answered twice"
    yield from faults_of_postings(books)
    announced = ", ".join(f"'{kind}'" for kind in sorted(ANNOUNCED))
    facts = books.number(f"SELECT count(*) FROM facts WHERE kind IN ({announced})")
    joined = books.number(
        "SELECT count(*) FROM facts f JOIN webhooks w ON w.merchant_id = f.merchant_id AND w.fact_id = f.fact_id "
        f"WHERE f.kind IN ({announced})"
    )
    webhooks = books.number("SELECT count(*) FROM webhooks")
    if not facts == joined == webhooks:
        yield f"{facts} facts to announce, {webhooks} webhooks, {joined} of them for such a fact"


def faults_of_postings(books: Books) -> Iterator[str]:
    """Every captured payment has one posting of its capture, over its amount, and no other payment has any."""
    wrong = books.number(
        "SELECT count(*) FROM payments p WHERE "
        f"CASE WHEN p.state = '{PaymentState.CAPTURED}' THEN 1 ELSE 0 END <> (SELECT count(*) FROM postings s "
        "WHERE s.merchant_id = p.merchant_id AND s.payment_id = p.payment_id AND s.why = 'capture' "
        "AND s.amount_minor = p.captured_minor)"
    )
    if wrong:
        yield f"{wrong} payments do not have exactly the posting of their capture"
