"""The benchmark counts what it says it counts. How fast anything is, no test says."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench import gates
from bench.cpu import Usage
from bench.load import Count
from bench.measure import percentile
from bench.pgbench import Style, script
from bench.samples import Key, Result, Sample
from bench.statements import Recording, record
from tests.support.books import Books
from tests.support.server import Shop, demo_server

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def recording() -> Recording:
    return asyncio.run(record())


def test_a_short_run_measures_the_gateway_and_finds_every_payment_in_its_books(tmp_path: Path) -> None:
    """One second with four callers on SQLite: exit status 0 says that every answered payment was looked up."""
    report = tmp_path / "report.md"
    options = ["--only", "sqlite", "--callers", "4", "--rounds", "1", "--seconds", "1", "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = report.read_text()
    [with_webhooks] = re.findall(r"^\| sqlite \| 4 \| ([\d,]+)\*? \|", told, re.MULTILINE)
    without = re.findall(r"^\| sqlite, no webhooks(?:, no call log)? \| 4 \| ([\d,]+)\*? \|", told, re.MULTILINE)
    assert len(without) == 2
    assert all(int(figure.replace(",", "")) > 0 for figure in (with_webhooks, *without))
    assert "journal_mode = wal, synchronous = FULL" in told


def test_a_payment_that_is_missing_or_not_whole_in_the_books_fails_the_run() -> None:
    """Found out: an answer about a payment that is not there, and a capture whose posting is gone."""
    with TemporaryDirectory() as directory, demo_server(Path(directory)) as (server, demo):
        shop = Shop(server.base_url, demo)
        shop.pay(f"{7:016d}")
        shop.http.close()
        server.kill()
        books = Books(f"sqlite:///{directory}/polygate.db")
        assert list(gates.of_books(books, [7])) == []
        [fault] = gates.of_books(books, [7, 8])
        assert fault == "1 answered payments are not captured in the database: 0000000000000008"
        assert list(gates.of_script(books, 1)) == []
        assert list(gates.of_script(books, 2)) != []
        with closing(sqlite3.connect(f"{directory}/polygate.db", isolation_level=None)) as connection:
            connection.execute("DELETE FROM postings WHERE why = 'capture'")
        [fault] = gates.of_books(books, [7])
        assert fault.startswith("the audit failed: ")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"unanswered": 1}, "1 requests were never answered"),
        ({"otherwise": 2, "first_otherwise": "500 {}"}, "2 answers were not a captured payment, the first: 500 {}"),
        ({"paid": []}, "no payment was answered"),
    ],
)
def test_every_request_must_be_answered_with_a_captured_payment(changes: dict[str, object], fault: str | None) -> None:
    count = {"paid": [1], "latencies_ms": [1.0], "webhooks": 0, "statuses": {200: 1}} | {
        "otherwise": 0,
        "first_otherwise": "",
        "unanswered": 0,
    }
    assert list(gates.of_answers(Count(**(count | changes)))) == ([fault] if fault else [])  # type: ignore[arg-type]


def test_what_is_recorded_is_a_payment_in_two_commits_and_the_acquirers_own(recording: Recording) -> None:
    """The intention is durable before the acquirer hears of it, the result before the merchant does."""
    tables = [
        [re.split(r"\s+", re.sub(r"^(INSERT INTO|UPDATE) ", "", each.sql))[0] for each in transaction.statements]
        for transaction in recording.transactions
    ]
    assert [transaction.is_of_acquirer for transaction in recording.transactions] == [False, True, False]
    assert tables[0][0] == "payments"
    assert set(tables[0]) == {"payments", "attempts", "facts", "order_details"}
    assert tables[1] == ["sandbox_book"]
    assert tables[2][0] == "payments"
    assert set(tables[2]) == {"payments", "attempts", "postings", "facts", "webhooks"}


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("with_acquirer", [False, True])
def test_a_script_gives_every_payment_its_own_identifiers(
    recording: Recording, style: Style, *, with_acquirer: bool
) -> None:
    """No identifier and no order number of the recorded payment is left in it, and every value has a name."""
    made = script(recording, style, with_acquirer=with_acquirer)
    assert made.transactions == (3 if with_acquirer else 2)
    assert made.text.count("COMMIT;") == made.transactions
    assert made.text.count("\\startpipeline") == (made.transactions if style is Style.PIPELINED else 0)
    assert "?" not in made.text
    own = {str(identifier) for identifier in recording.identifiers} | {recording.order_no}
    assert own.isdisjoint(made.variables.values())
    set_in_script = set(re.findall(r"\\set (\w+)", made.text))
    assert set(re.findall(r":(\w+)", made.text)) <= set_in_script | made.variables.keys() | {"client_id"}


def test_percentiles_are_figures_that_were_measured() -> None:
    """No interpolation: half of the answers took at most the median, and 99 in 100 at most the other."""
    figures = [float(number) for number in range(1, 101)]
    assert (percentile(figures, 0.5), percentile(figures, 0.99)) == (50.0, 99.0)
    assert percentile([3.0], 0.99) == 3.0
    assert percentile([], 0.5) == 0.0


def sample(per_second: float, *, others: float = 0.0, faults: tuple[str, ...] = ()) -> Sample:
    return Sample(Key("sqlite", 1), per_second, 1.0, 1.0, Usage({}, others), faults=faults)


def test_only_sound_samples_count_and_quiet_ones_before_noisy_ones() -> None:
    """A disturbed figure is better than none, but not better than a quiet one; a faulty one is no figure."""
    quiet = Result((sample(10.0), sample(99.0, others=0.5), sample(20.0), sample(5.0, faults=("lost",))))
    assert (quiet.per_second.middle, quiet.per_second.least, quiet.per_second.most) == (15.0, 10.0, 20.0)
    assert not quiet.is_noisy
    noisy = Result((sample(99.0, others=0.5), sample(5.0, faults=("lost",))))
    assert noisy.per_second.middle == 99.0
    assert noisy.is_noisy
