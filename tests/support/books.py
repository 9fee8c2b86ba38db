"""A gateway's books, read behind its back: straight from the database, and judged by rules written down here alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final, Protocol

import psycopg
from psycopg import IsolationLevel

IN_DOUBT: Final = ("planned", "asked", "pending", "unknown")
"""Attempts that somebody has to bring to an end; so is one that needs its payer while nobody may act any more."""
_WAITS: Final = (
    "(a.state = 'needs_payer' AND p.charge_id = a.attempt_id AND "
    "(p.state = 'pending' OR (p.state = 'expired' AND a.payer_action <> 'authenticate')))"
)
"""The latest charge of an open order; and of an expired one, where the payer may have paid from a wallet in time."""
ANNOUNCED: Final = {
    "PaymentAuthorized": None,
    "PaymentCaptured": "captured",
    "PaymentFailed": "failed",
    "PaymentCanceled": "canceled",
    "PaymentExpired": "expired",
    "RefundSucceeded": "succeeded",
    "RefundFailed": "failed",
    "PayoutPaid": "paid",
    "PayoutFailed": "failed",
    "PayoutReturned": "returned",
}
"""The facts that a merchant is told of, and the state that each of them leads to for good."""

_TRIES: Final = 60
_PAUSE_S: Final = 0.25

Row = Mapping[str, Any]
Account = tuple[int, str, str]
"""Merchant, account, currency."""


class _Cursor(Protocol):
    @property
    def description(self) -> Any: ...
    def fetchall(self) -> Sequence[Sequence[Any]]: ...


class _Connection(Protocol):
    def execute(self, query: Any, params: Any = ..., /) -> _Cursor: ...


class Books:
    """Looks into the database at `url` (SQLite or PostgreSQL) and never writes, except where time must not be waited
    for (`impatient`, `expiring`, `webhooks_due`)."""

    def __init__(self, url: str) -> None:
        self.url: Final = url

    def rows(self, sql: str, *params: Any) -> list[Row]:
        """The rows of one query, with `?` for each parameter."""
        with self._reading() as connection:
            return _rows(connection, sql, *params)

    def one(self, sql: str, *params: Any) -> Row:
        (row,) = self.rows(sql, *params)
        return row

    def payment(self, order_no: str) -> Row:
        return self.one("SELECT * FROM payments WHERE order_no = ?", order_no)

    def charges(self, order_no: str) -> list[Row]:
        """What the sandbox acquirer took or held for an order, by its own book."""
        return self.rows(
            "SELECT b.* FROM sandbox_book b JOIN attempts a ON a.attempt_id = b.attempt_id "
            "JOIN payments p ON p.payment_id = a.payment_id WHERE p.order_no = ? AND b.kind = 'charge'",
            order_no,
        )

    def announced(self, order_no: str) -> list[str]:
        """The kinds of the outbox rows about an order, oldest first."""
        found = self.rows(
            "SELECT w.kind FROM webhooks w JOIN payments p ON p.payment_id = w.payment_id "
            "WHERE p.order_no = ? ORDER BY w.webhook_id",
            order_no,
        )
        return [row["kind"] for row in found]

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Meanwhile the jobs find every attempt in doubt overdue, however recently its acquirer was asked."""
        done = threading.Event()

        # Leaving out what is just being written: waiting for rows in another order than their writer is a deadlock.
        lock = "" if self._sqlite_path else "FOR UPDATE SKIP LOCKED"
        doubtful = (
            "SELECT attempt_id FROM attempts WHERE state IN ('asked', 'pending', 'unknown') "
            f"OR (state = 'needs_payer' AND due_ms > 0) {lock}"
        )

        def hurry() -> None:
            while not done.wait(0.02):
                self._write(f"UPDATE attempts SET due_ms = 1 WHERE attempt_id IN ({doubtful})")

        hurrying = threading.Thread(target=hurry)
        hurrying.start()
        try:
            yield
        finally:
            done.set()
            hurrying.join()

    def expiring(self, order_nos: Sequence[str], *, at_ms: int) -> None:
        """Let unpaid orders run out at another time than they were opened for."""
        for order_no in order_nos:
            self._write("UPDATE payments SET due_ms = ?, expires_ms = ? WHERE order_no = ?", at_ms, at_ms, order_no)

    def webhooks_due(self) -> None:
        """Let the jobs try all webhooks now: those that a killed process had claimed would come up in a minute."""
        self._write("UPDATE webhooks SET due_ms = 1 WHERE due_ms > 0")

    # --- the audit ---

    def settle(self, within_s: float) -> None:
        """Wait until nothing is in doubt; fail with what still is."""
        give_up_at = time.monotonic() + within_s
        while left := self.in_doubt() + self.unheard():
            assert time.monotonic() < give_up_at, f"in doubt after {within_s:g} s: {left[:5]} and {len(left)} in all"
            time.sleep(0.1)

    def in_doubt(self) -> list[Row]:
        marks = ", ".join("?" * len(IN_DOUBT))
        closing = f"(a.state = 'needs_payer' AND NOT {_WAITS})"
        return self.rows(
            "SELECT a.attempt_id, a.kind, a.state, a.due_ms, a.asks, a.said, p.order_no, p.state AS payment_state "
            f"FROM attempts a JOIN payments p ON p.payment_id = a.payment_id WHERE a.state IN ({marks}) OR {closing} "
            "UNION ALL SELECT a.attempt_id, a.kind, a.state, a.due_ms, a.asks, a.said, o.number, o.state "
            f"FROM attempts a JOIN payouts o ON o.payout_id = a.payment_id WHERE a.state IN ({marks})",
            *IN_DOUBT,
            *IN_DOUBT,
        )

    def unheard(self) -> list[Row]:
        """Charges for which a wallet has done what its payer chose, while we still wait for the payer."""
        return self.rows(
            "SELECT a.attempt_id, p.order_no, p.state AS payment_state, b.state AS wallet_state "
            "FROM attempts a JOIN payments p ON p.payment_id = a.payment_id "
            "JOIN sandbox_book b ON b.merchant_id = a.merchant_id AND b.attempt_id = a.attempt_id "
            "WHERE a.state = 'needs_payer' AND b.method <> '' AND b.state <> 'awaiting'"
        )

    def audit(self) -> None:
        """Assert that everything adds up. To be called once nothing is in doubt, and while nobody pays."""
        with self._reading() as connection:
            payments = _rows(connection, "SELECT * FROM payments")
            refunds = _rows(connection, "SELECT * FROM refunds")
            attempts = _rows(connection, "SELECT * FROM attempts WHERE kind <> 'payout'")
            payouts = _rows(connection, "SELECT * FROM payouts")
            transfers = _rows(connection, "SELECT * FROM attempts WHERE kind = 'payout'")
            postings = _rows(connection, "SELECT * FROM postings")
            sandbox = _rows(connection, "SELECT * FROM sandbox_book ORDER BY attempt_id")
            facts = _rows(connection, "SELECT fact_id, payment_id, refund_id, kind FROM facts")
            webhooks = _rows(
                connection, "SELECT fact_id, payment_id, refund_id, kind, url FROM webhooks ORDER BY webhook_id"
            )
        _audit_states(payments, refunds, attempts)
        _audit_payouts(payouts, transfers)
        _audit_ledger(payments, refunds, payouts, postings)
        _audit_acquirer(
            payments, refunds, payouts, attempts=[*attempts, *transfers], postings=postings, sandbox=sandbox
        )
        _audit_wallets(payments, attempts, postings, sandbox)
        _audit_announcements(payments, refunds, payouts, facts, webhooks)

    # --- how ---

    @contextmanager
    def _reading(self) -> Iterator[_Connection]:
        """One consistent view of the database."""
        if path := self._sqlite_path:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as sqlite:
                sqlite.execute("BEGIN")
                yield sqlite
        else:
            with psycopg.connect(self.url) as postgres:
                postgres.isolation_level = IsolationLevel.REPEATABLE_READ
                postgres.read_only = True
                yield postgres

    def _write(self, sql: str, *params: Any) -> None:
        if path := self._sqlite_path:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as sqlite:
                sqlite.execute(sql, params)
        else:
            for rest in reversed(range(_TRIES)):
                try:
                    with psycopg.connect(self.url, autocommit=True) as postgres:
                        postgres.execute(sql.replace("?", "%s").encode(), params)
                    return
                except psycopg.OperationalError:
                    # Some tests stop the database now and then. Whatever is written here may be written twice.
                    if not rest:
                        raise
                    time.sleep(_PAUSE_S)

    @property
    def _sqlite_path(self) -> str:
        return self.url.removeprefix("sqlite:///") if self.url.startswith("sqlite:") else ""


def _rows(connection: _Connection, sql: str, *params: Any) -> list[Row]:
    if not isinstance(connection, sqlite3.Connection):
        cursor = connection.execute(sql.replace("?", "%s").encode(), params)
    else:
        cursor = connection.execute(sql, params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _audit_states(payments: Sequence[Row], refunds: Sequence[Row], attempts: Sequence[Row]) -> None:
    """Nothing hangs, nobody got back more than was taken."""
    payment_of = {p["payment_id"]: p for p in payments}
    open_attempts = [a for a in attempts if a["state"] in {*IN_DOUBT, "needs_payer"}]
    assert [a for a in attempts if a["due_ms"] and a not in open_attempts] == []
    assert [a for a in open_attempts if not _waits(a, payment_of[a["payment_id"]])] == []
    waiting = {a["payment_id"] for a in open_attempts}
    assert [p for p in payments if p["state"] in {"capturing", "voiding"}] == []
    assert [p for p in payments if p["state"] == "pending" and p["payment_id"] not in waiting] == []
    assert [r for r in refunds if r["state"] == "accepted"] == []
    given = _summed(refunds, "payment_id", lambda r: r["amount_minor"] if r["state"] == "succeeded" else 0)
    for payment in payments:
        assert payment["refunding_minor"] == given[payment["payment_id"]] <= payment["captured_minor"], payment
        assert 0 <= payment["captured_minor"] <= payment["amount_minor"], payment
        assert (payment["captured_minor"] > 0) is (payment["state"] == "captured"), payment


def _waits(attempt: Row, payment: Row) -> bool:
    """As `_WAITS` has it. Only a wallet is asked meanwhile; authentication ends with the payer's return."""
    latest = attempt["state"] == "needs_payer" and payment["charge_id"] == attempt["attempt_id"]
    if attempt["payer_action"] == "authenticate":
        return latest and payment["state"] == "pending" and not attempt["due_ms"]
    return latest and payment["state"] in {"pending", "expired"} and bool(attempt["due_ms"])


def _audit_payouts(payouts: Sequence[Row], transfers: Sequence[Row]) -> None:
    """Nothing hangs but what waits for its receiver, and nothing was sent twice."""
    assert [o for o in payouts if o["state"] == "sent" or (o["state"] == "waiting" and o["attempt_id"])] == []
    approved = Counter(t["payment_id"] for t in transfers if t["state"] == "approved")
    assert approved == Counter(o["payout_id"] for o in payouts if o["state"] in {"paid", "returned"})


def _audit_ledger(
    payments: Sequence[Row], refunds: Sequence[Row], payouts: Sequence[Row], postings: Sequence[Row]
) -> None:
    """The fold of the postings is what the states of payments, refunds and payouts say it must be."""
    currency_of = {p["payment_id"]: p["currency"] for p in payments}
    # Payments from account to account are settled at once.
    owed_in = {
        p["payment_id"]: "merchant:available" if p["method"] in {"upi", "pix"} else "merchant:pending" for p in payments
    }
    expected: Counter[Account] = Counter()

    def move(row: Row, debit: str, credit: str, minor: int) -> None:
        currency = currency_of[row["payment_id"]]
        expected[row["merchant_id"], debit, currency] -= minor
        expected[row["merchant_id"], credit, currency] += minor

    for payment in payments:
        assert payment["fee_basis_points"] == payment["fee_fixed_minor"] == 0, "the expectation knows no fees"
        if payment["state"] == "captured":
            move(
                payment,
                f"acquirer:{payment['acquirer']}:receivable",
                owed_in[payment["payment_id"]],
                payment["captured_minor"],
            )
        elif payment["state"] == "authorized":
            move(payment, f"acquirer:{payment['acquirer']}:held", "merchant:held", payment["amount_minor"])
    for refund in refunds:
        if refund["state"] == "succeeded":
            move(refund, owed_in[refund["payment_id"]], "acquirer:sandbox:receivable", refund["amount_minor"])
    for payout in payouts:
        assert payout["fee_minor"] == 0, "the expectation knows no fees"
        place, minor = (payout["merchant_id"], payout["currency"]), payout["amount_minor"]
        into = {"paid": f"acquirer:{payout['acquirer']}:receivable", "waiting": "merchant:paying"}.get(payout["state"])
        if into:
            expected[place[0], "merchant:available", place[1]] -= minor
            expected[place[0], into, place[1]] += minor
    fold: Counter[Account] = Counter()
    for posting in postings:
        assert posting["amount_minor"] > 0, posting
        if posting["payment_id"]:
            fold[posting["merchant_id"], posting["debit"], posting["currency"]] -= posting["amount_minor"]
            fold[posting["merchant_id"], posting["credit"], posting["currency"]] += posting["amount_minor"]
    assert _nonzero(fold) == _nonzero(expected)
    everything: Counter[Account] = Counter()
    for posting in postings:
        everything[posting["merchant_id"], posting["debit"], posting["currency"]] -= posting["amount_minor"]
        everything[posting["merchant_id"], posting["credit"], posting["currency"]] += posting["amount_minor"]
    assert [place for place, minor in everything.items() if place[1] == "merchant:available" and minor < 0] == []

    captures: defaultdict[int, list[int]] = defaultdict(list)
    for posting in postings:
        if posting["why"] == "capture" and posting["debit"].endswith(":receivable"):
            captures[posting["payment_id"]].append(posting["amount_minor"])
    assert captures == {p["payment_id"]: [p["captured_minor"]] for p in payments if p["state"] == "captured"}


def _audit_acquirer(
    payments: Sequence[Row],
    refunds: Sequence[Row],
    payouts: Sequence[Row],
    *,
    attempts: Sequence[Row],
    postings: Sequence[Row],
    sandbox: Sequence[Row],
) -> None:
    """The sandbox acquirer's book has the same money as ours, payment by payment and in all."""
    now_ms = time.time_ns() // 1_000_000
    payment_of = {a["attempt_id"]: a["payment_id"] for a in attempts}
    states = {o["payout_id"]: o["state"] for o in payouts}
    unknown = [e for e in sandbox if e["kind"] != "tombstone" and e["attempt_id"] not in payment_of]
    assert unknown == [], "the acquirer was asked before the attempt was durable"
    net: Counter[int] = Counter()
    net_in_all: Counter[tuple[int, str]] = Counter()
    held: Counter[int] = Counter()
    for entry in sandbox:
        settled = entry["state"] == "approved" or (
            entry["state"] == "processing" and entry["due_ms"] <= now_ms and not entry["decline"]
        )
        came_back = entry["kind"] == "transfer" and entry["scenario"] == "returned"
        if not settled or (came_back and states[payment_of[entry["attempt_id"]]] in {"returned", "failed"}):
            continue
        payment_id, minor = payment_of[entry["attempt_id"]], entry["amount_minor"]
        if entry["kind"] == "charge" and not entry["capture"]:
            held[payment_id] += minor
            continue
        if entry["kind"] in {"capture", "reverse"}:
            held.pop(payment_id, None)
        signed = minor if entry["kind"] in {"charge", "capture"} else -minor
        net[payment_id] += signed
        net_in_all[entry["merchant_id"], entry["currency"]] += signed
    given = _summed(refunds, "payment_id", lambda r: r["amount_minor"] if r["state"] == "succeeded" else 0)
    ours = {p["payment_id"]: p["captured_minor"] - given[p["payment_id"]] for p in payments}
    ours |= {o["payout_id"]: -o["amount_minor"] for o in payouts if o["state"] == "paid" and o["acquirer"] != "by-hand"}
    assert _nonzero(net) == _nonzero(Counter(ours))
    assert _nonzero(held) == {p["payment_id"]: p["amount_minor"] for p in payments if p["state"] == "authorized"}
    receivable: Counter[tuple[int, str]] = Counter()
    for posting in postings:
        account = posting["merchant_id"], posting["currency"]
        receivable[account] += posting["amount_minor"] * (posting["debit"] == "acquirer:sandbox:receivable")
        receivable[account] -= posting["amount_minor"] * (posting["credit"] == "acquirer:sandbox:receivable")
    assert _nonzero(receivable) == _nonzero(net_in_all)


def _audit_wallets(
    payments: Sequence[Row], attempts: Sequence[Row], postings: Sequence[Row], sandbox: Sequence[Row]
) -> None:
    """What a wallet took is the merchant's once, or was given back once, charge by charge; what it did not take was
    neither."""
    now_ms = time.time_ns() // 1_000_000
    payment_of = {p["payment_id"]: p for p in payments}
    attempt_of = {a["attempt_id"]: a for a in attempts}
    given_back: defaultdict[int, list[int]] = defaultdict(list)
    for entry in sandbox:
        if entry["kind"] == "reverse" and entry["state"] != "declined" and entry["amount_minor"]:
            given_back[entry["original_id"]].append(entry["amount_minor"])
    posted: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for posting in postings:
        original = attempt_of.get(posting["attempt_id"], {}).get("original_id", 0)
        posted[original, posting["why"]].append(posting["amount_minor"])
    for charge in sandbox:
        if charge["kind"] != "charge" or not charge["method"]:
            continue
        key, minor = charge["attempt_id"], charge["amount_minor"]
        payment = payment_of[attempt_of[key]["payment_id"]]
        processed = charge["state"] == "processing" and charge["due_ms"] <= now_ms
        taken = [minor] if charge["state"] == "approved" or processed else []
        kept = taken if payment["state"] == "captured" and payment["charge_id"] == key else []
        back = [] if kept else taken
        assert given_back[key] == posted[key, "unclaimed"] == posted[key, "given back"] == back, (charge, payment)
        assert posted[key, "capture"] == kept, (charge, payment)


def _audit_announcements(
    payments: Sequence[Row],
    refunds: Sequence[Row],
    payouts: Sequence[Row],
    facts: Sequence[Row],
    webhooks: Sequence[Row],
) -> None:
    """Each announced fact has its row in the outbox, and each final state was announced once."""
    key = ("fact_id", "payment_id", "refund_id", "kind")
    told = Counter(tuple(webhook[name] for name in key) for webhook in webhooks)
    assert told == Counter(tuple(fact[name] for name in key) for fact in facts if fact["kind"] in ANNOUNCED)
    about: defaultdict[int, list[str]] = defaultdict(list)
    for webhook in webhooks:
        about[webhook["refund_id"] or webhook["payment_id"]].append(webhook["kind"])
    for refund in refunds:
        assert [ANNOUNCED[kind] for kind in about[refund["refund_id"]]] == [refund["state"]], refund
    for payout in payouts:
        told_of = [ANNOUNCED[kind] for kind in about[payout["payout_id"]]]
        wanted = {"waiting": [], "returned": ["paid", "returned"]}.get(payout["state"], [payout["state"]])
        assert told_of == wanted, payout
    for payment in payments:
        kinds = about[payment["payment_id"]]
        assert kinds.count("PaymentAuthorized") <= (payment["capture_mode"] == "manual"), payment
        ends = [ANNOUNCED[kind] for kind in kinds if ANNOUNCED[kind]]
        if ends == ["expired", "captured"]:
            ends = ends[1:]  # Paid from a wallet in time, and heard of too late: both are told.
        assert ends == ([payment["state"]] if payment["state"] in ANNOUNCED.values() else []), payment


def _summed(rows: Sequence[Row], key: str, value: Any) -> Counter[Any]:
    sums: Counter[Any] = Counter()
    for row in rows:
        sums[row[key]] += value(row)
    return sums


def _nonzero(counter: Counter[Any]) -> dict[Any, int]:
    return {key: count for key, count in counter.items() if count}
