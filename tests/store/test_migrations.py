"""From nothing to the newest schema, once, whoever else tries; and no work on any other schema."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from polygate.core.ids import NODES
from polygate.core.people import NO_MERCHANT
from polygate.core.statistics import BusinessDay, business_day
from polygate.store.contract import Unavailable
from polygate.store.direct import revision, sqlite_path, take_node
from polygate.store.engine import connected
from polygate.store.migrate import migrate
from polygate.store.opened import open_store
from polygate.store.rows import table_of, tables
from polygate.store.schema import MIGRATIONS, NewerSchema, NotMigrated, known, newest

HOUSEKEEPING = {"alembic_version", "node_counter", "writers"}
"""Tables that keep no rows of ours."""

KINDS = {
    "sqlite": {"BIGINT": "int", "TEXT": "str", "BOOLEAN": "bool", "BLOB": "bytes"},
    "postgresql": {"BIGINT": "int", "TEXT": "str", "BOOLEAN": "bool", "BYTEA": "bytes"},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database nobody has migrated."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("postgres_url"))


def schema_of(connection: Connection) -> dict[str, object]:
    """Every table with its columns, keys and indexes."""
    seen = inspect(connection)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(name)],
            seen.get_pk_constraint(name)["constrained_columns"],
            sorted(tuple(each["column_names"]) for each in seen.get_unique_constraints(name)),
            sorted(str(each["name"]) for each in seen.get_indexes(name)),
        )
        for name in seen.get_table_names()
    }


def test_an_empty_database_comes_to_the_newest_schema(empty_url: str) -> None:
    """And tells so."""
    assert revision(empty_url) is None

    assert newest() == migrate(empty_url)

    assert newest() == revision(empty_url)


def test_the_files_tell_the_order_of_the_schemas() -> None:
    """As their contents do, which only migrating reads."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()

    assert known() == [script.revision for script in scripts][::-1]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/polygate.db", Path("/srv/polygate.db")),
        ("sqlite:///data/a b%20c.db", Path("data/a b%20c.db")),
        ("sqlite:///polygate.db?timeout=5", Path("polygate.db")),
        ("postgresql://polygate@db.example/polygate", None),
        ("postgres:///polygate?host=/run", None),
    ],
)
def test_a_file_is_told_from_a_server(url: str, path: Path | None) -> None:
    """By the URL alone."""
    assert sqlite_path(url) == path


def test_commands_do_not_load_what_only_migrations_need() -> None:
    """It takes longer to load than most commands to run."""
    script = "import sys, polygate.assembly; print({'alembic', 'sqlalchemy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    """The second run finds nothing to do and loses no row."""
    migrate(empty_url)
    node = take_node(empty_url)
    with connected(empty_url) as connection:
        before = schema_of(connection)

    assert newest() == migrate(empty_url)

    with connected(empty_url) as connection:
        assert before == schema_of(connection)
    assert node + 1 == take_node(empty_url)


def test_the_tables_are_the_rows(empty_url: str) -> None:
    """Every kind of row has its table, every field its column of its kind, and nothing is left over.

    In whatever order: a migration can only add columns at the end.
    """
    migrate(empty_url)
    with connected(empty_url) as connection:
        seen = inspect(connection)
        kinds = KINDS[connection.dialect.name]

        assert {table.name for table in tables()} | HOUSEKEEPING == set(seen.get_table_names())
        for table in tables():
            columns = seen.get_columns(table.name)
            assert dict(zip(table.columns, table.kinds, strict=True)) == {
                column["name"]: kinds[str(column["type"])] for column in columns
            }, table.name
            assert not any(column["nullable"] for column in columns), table.name
            assert list(table.key) == seen.get_pk_constraint(table.name)["constrained_columns"]


def test_both_databases_have_the_same_keys_and_indexes(tmp_path: Path, postgres_url: str) -> None:
    """What is unique on one is unique on the other."""
    urls = (f"sqlite:///{tmp_path / 'polygate.db'}", postgres_url)
    schemas = []
    for url in urls:
        migrate(url)
        with connected(url) as connection:
            seen = inspect(connection)
            schemas.append(
                {
                    name: (
                        seen.get_pk_constraint(name)["constrained_columns"],
                        sorted(tuple(each["column_names"]) for each in seen.get_unique_constraints(name)),
                        # PostgreSQL lists the index of a unique constraint too.
                        sorted(
                            (str(each["name"]), tuple(each["column_names"]))
                            for each in seen.get_indexes(name)
                            # SQLite does not tell what an index of expressions is made of.
                            if not each.get("duplicates_constraint") and None not in each["column_names"]
                        ),
                    )
                    for name in seen.get_table_names()
                }
            )

    assert schemas[0] == schemas[1]


def test_both_databases_have_indexes_of_the_same_names(tmp_path: Path, postgres_url: str) -> None:
    """Those of expressions, too."""
    names = []
    for url, sql in (
        (
            f"sqlite:///{tmp_path / 'polygate.db'}",
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX %'",
        ),
        (
            postgres_url,
            "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid WHERE relkind = 'i' "
            "AND relnamespace = 'public'::regnamespace AND NOT indisunique",
        ),
    ):
        migrate(url)
        with connected(url) as connection:
            names.append(set(connection.execute(text(sql)).scalars()))

    assert names[0] == names[1] >= {"payments_card", "payments_bank"}


MIGRATE = "import sys; from polygate.store.migrate import migrate; print(migrate(sys.argv[1]))"


def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    """A fleet that starts together: one does the work, the others wait and find it done."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    results = [(process.communicate(timeout=60), process.returncode) for process in processes]

    assert [((f"{newest()}\n", ""), 0)] * 3 == results
    assert take_node(empty_url) == 1


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    """All of a schema or none: what was interrupted can simply be run again."""
    with connected(empty_url) as connection:
        connection.execute(text("CREATE TABLE node_counter (mine INTEGER)"))  # The last one the first schema makes.
        connection.commit()

    with pytest.raises(Exception, match="already exists"):
        migrate(empty_url)

    with connected(empty_url) as connection:
        assert {"node_counter"} == set(inspect(connection).get_table_names())
        connection.execute(text("DROP TABLE node_counter"))
        connection.commit()
    assert newest() == migrate(empty_url)


@pytest.mark.anyio
async def test_a_database_that_was_not_migrated_is_refused(empty_url: str) -> None:
    """With the command that mends it."""
    with pytest.raises(NotMigrated, match=r"schema none.*polygate migrate"):
        await open_store(empty_url)


@pytest.mark.anyio
async def test_a_database_of_a_newer_version_is_refused(empty_url: str) -> None:
    """An old program must not write into it, and migrating would not help."""
    migrate(empty_url)
    with connected(empty_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()

    with pytest.raises(NewerSchema, match=r"schema 9999.*newer version"):
        await open_store(empty_url)
    with pytest.raises(NewerSchema, match="9999"):
        migrate(empty_url)


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Somebody named the wrong file."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 50)

    with pytest.raises(Unavailable, match="not a database"):
        await open_store(f"sqlite:///{path}")


@pytest.mark.anyio
async def test_a_database_out_of_reach_is_told_in_a_sentence(tmp_path: Path) -> None:
    """No server, no folder: one line that says so."""
    with pytest.raises(Unavailable, match="unable to open"):
        await open_store(f"sqlite:///{tmp_path}/nowhere/polygate.db")
    with pytest.raises(Unavailable, match=r"(?i)connection") as caught:
        await open_store(f"postgresql://postgres@/polygate?host={tmp_path}")
    assert "\n" not in str(caught.value)


def test_processes_that_start_at_once_take_different_nodes(database_url: str) -> None:
    """The node number keeps their identifiers apart."""
    taken: list[int] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(take_node(database_url) for _ in range(5))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 30 == len(taken) == len(set(taken))


def test_node_numbers_start_again_after_the_last(database_url: str) -> None:
    """There are as many as an identifier has room for."""
    with connected(database_url) as connection:
        connection.execute(text("UPDATE node_counter SET value = :value"), {"value": NODES - 2})
        connection.commit()

    assert [take_node(database_url) for _ in range(3)] == [NODES - 1, 0, 1]


def test_what_was_counted_before_there_were_days_is_kept(empty_url: str) -> None:
    """By merchant, and added up for all of them."""
    with connected(empty_url) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        spans = [0] * 47
        for merchant_id, kind, count, amount in (
            (7, "PaymentCaptured", 2, 500), (7, "PaymentFailed", 1, 90), (8, "PaymentCaptured", 3, 40),
        ):  # fmt: skip
            row = {"merchant_id": merchant_id, "kind": kind, "counts": [count, *spans], "amounts": [*spans, amount]}
            connection.execute(
                text(
                    "INSERT INTO statistics (merchant_id, day, kind, method, currency, held, why, counts, amounts) "
                    "VALUES (:merchant_id, 20000, :kind, 'card', 'USD', false, '', :counts, :amounts)"
                ),
                {name: str(value) if isinstance(value, list) else value for name, value in row.items()},
            )
            connection.execute(text("DELETE FROM counted_facts WHERE merchant_id = :id"), {"id": merchant_id})
            connection.execute(text("INSERT INTO counted_facts VALUES (:id, :to, 4)"), {"id": merchant_id, "to": count})
        connection.commit()
    migrate(empty_url)
    table = table_of(BusinessDay)
    with connected(empty_url) as connection:
        rows = connection.execute(text(f"SELECT {table.column_list} FROM {table.name} ORDER BY merchant_id")).all()
        guard = connection.execute(text("SELECT counted_to, version FROM counted_facts WHERE merchant_id = 0")).all()
    everybody, first, second = [table.decode(row) for row in rows]
    assert (first.merchant_id, first.facts, first.paid, first.volume_minor, first.declines) == (7, 3, 2, 500, 1)
    assert (second.merchant_id, second.facts, second.approvals, second.volume_minor) == (8, 3, 3, 40)
    assert everybody == business_day(NO_MERCHANT, 20_000, "USD", [*first.lines, *second.lines])
    assert [tuple(row) for row in guard] == [(1, 1)]
