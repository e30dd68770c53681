"""Billing from a company's own database: each row and change once, typed by us, through what databases do."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dlt.extract.exceptions import ResourceExtractionError
from psycopg import sql

from expectations.payloads import Payloads
from expectations.vendors import vendor_fields
from ingestion import masking
from ingestion.errors import ConfigurationError, FinalLoadError, LoadError
from ingestion.load import LoadReport, load_source, root_cause
from tests.serving.postgresql import Server, server

from .conftest import Extracted, texts

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Extract = Callable[[str, str], Extracted]
Query = Callable[[str], list[tuple[Any, ...]]]
NAME = "billing_database"
TABLES: dict[str, dict[str, Any]] = {
    "customers": {"table": "clients", "columns": {"customer_id": "id", "account_id": "crm"}},
    "invoices": {
        "table": "bills",
        "columns": {
            **{"invoice_id": "id", "customer_id": "client", "net_minor_amount": "cents"},
            **{"issued_at": "issued", "updated_at": "changed"},
        },
        "time_zone": "Europe/Berlin",
        "statuses": {"Bezahlt": "paid"},
    },
}
MADE = """
    create table clients (id text primary key, crm text);
    insert into clients values ('c1', 'A1'), ('c2', 'A2');
    create table bills (
        id text primary key, client text, cents {number}, issued {moment}, changed {moment},
        status text, currency text
    );
    insert into bills values
        ('b1', 'c1', '1000', '2025-01-15 12:00:00', '2025-01-15 12:00:00', 'Bezahlt', 'EUR'),
        ('b2', 'c2', '2000', '2025-07-15 12:00:00', '2025-07-15 12:00:00', 'open', 'EUR')
"""


class Company:
    """The company's database, and its loader."""

    def __init__(self, execute: Callable[[str], Any]) -> None:
        self.execute = execute

    def load(self) -> LoadReport:
        return load_source(NAME)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tells the loader where the tables are."""

    def tell(url: str, tables: dict[str, Any] = TABLES) -> None:
        monkeypatch.setenv("SOURCES__BILLING_DATABASE__URL", url)
        monkeypatch.setenv("SOURCES__BILLING_DATABASE__TABLES", json.dumps(tables))

    return tell


@pytest.fixture
def small(tmp_path: Path, named: Callable[..., None]) -> Iterator[Company]:
    """A database whose columns hold whatever is put into them."""
    with sqlite3.connect(tmp_path / "billing.db", isolation_level=None) as database:
        database.executescript(MADE.format(number="", moment=""))
        named(f"sqlite:///{tmp_path}/billing.db")
        yield Company(database.execute)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with server() as started:
        yield started


@pytest.fixture
def real(postgresql: Server, named: Callable[..., None], home: Path) -> Iterator[Company]:
    name = postgresql.database(f"b{abs(hash(home))}")
    with postgresql.connect(name) as connection:
        connection.execute(MADE.format(number="bigint", moment="timestamp"))
        named(f"postgresql://postgres@/{name}?host={connection.info.get_parameters()['host']}")
        yield Company(connection.execute)


ROWS = f"""
    select
        record_id, status, net_minor_amount::bigint, cast(issued_at at time zone 'UTC' as varchar), is_deleted
    from raw_{NAME}.invoices qualify row_number() over (
        partition by record_id order by version_at desc nulls last, _dlt_load_id desc
    ) = 1
    order by record_id
"""


def test_each_row_and_change_is_there_once_and_what_is_gone_is_said(real: Company, query: Query) -> None:
    assert real.load().rows == {table: 2 * (table in TABLES) for table in vendor_fields()[NAME]}
    first = ("b1", "paid", 1000, "2025-01-15 11:00:00", None)
    second = ("b2", "open", 2000, "2025-07-15 10:00:00", None)
    assert query(ROWS) == [first, second]
    real.execute("delete from clients where id = 'c2'")
    real.execute("update bills set cents = 5, changed = '2025-07-15 12:30:00' where id = 'b1'")
    assert real.load().rows == {**dict.fromkeys(vendor_fields()[NAME], 0), "customers": 1, "invoices": 1}
    # Committed after a newer row was read, as a long transaction does: one within the lag of an hour.
    for key, changed in (("b3", "11:45"), ("b4", "11:00")):
        moment = f"2025-07-15 {changed}:00"
        real.execute(f"insert into bills values ('{key}', 'c1', 1, '{moment}', '{moment}', 'paid', 'EUR')")
    real.execute("delete from bills where id = 'b2'")
    real.execute("insert into clients values ('c2', 'A2')")
    assert real.load().rows["invoices"] == 2
    assert query(ROWS) == [
        (*first[:2], 5, *first[3:]),
        (*second[:4], True),
        ("b3", "paid", 1, "2025-07-15 09:45:00", None),
    ]
    assert query(f"select count(*), count(is_deleted) from raw_{NAME}.customers") == [(4, 1)]
    the_second_hand_reads_the_same(query)


def the_second_hand_reads_the_same(query: Query) -> None:
    for table in TABLES:
        fields = vendor_fields({NAME: {"tables": TABLES}})[NAME][table]
        columns = ", ".join(f"epoch_us({name})" if name.endswith("_at") else name for name in fields)
        loaded = query(f"select payload, {columns} from raw_{NAME}.{table}")
        payloads = Payloads([row[0] for row in loaded])
        for at, (name, field) in enumerate(fields.items(), start=1):
            assert payloads.values(field) == [row[at] for row in loaded], name


def test_without_a_time_of_its_own_a_row_is_compared_with_its_last_version(
    small: Company, query: Query
) -> None:
    small.load()
    for account, rows in (("B", 1), ("A1", 1), ("A1", 0)):
        small.execute(f"update clients set crm = '{account}' where id = 'c1'")
        assert small.load().rows["customers"] == rows
    found = query(
        f"select account_id from raw_{NAME}.customers where record_id = 'c1'"
        " order by version_at nulls first, _dlt_load_id"
    )
    assert found == [("A1",), ("B",), ("A1",)]
    small.execute("delete from bills")
    with pytest.raises(LoadError, match="has no row of invoices any more"):
        small.load()
    assert [row[-1] for row in query(ROWS)] == [None, None]


def test_a_column_that_says_deleted_is_believed(small: Company, extract: Extract) -> None:
    small.execute("alter table bills add column is_deleted")
    small.execute("update bills set is_deleted = 1 where id = 'b1'")
    assert extract(NAME, "invoices").rows["is_deleted"].to_pylist() == [True, None]


WILD = [
    ("cents", "12,50 €", "wrong_type"),
    ("cents", None, "missing_required"),
    ("cents", str(10**20), "wrong_type"),
    ("issued", "yesterday", "bad_timestamp"),
    ("issued", "2025-02-30 10:00:00", "bad_timestamp"),
    ("issued", "1736938800", "bad_timestamp"),
    ("status", "who knows", "unknown_status"),
    ("client", "  ", "missing_required"),
    ("client", None, "missing_required"),
    ("currency", None, "missing_required"),
]


def test_a_wild_value_goes_to_quarantine_with_its_row(small: Company, extract: Extract) -> None:
    for at, (column, value, _) in enumerate(WILD):
        small.execute(
            f"insert into bills select 'w{at}', client, cents, issued, changed, status, currency"
            " from bills limit 1"
        )
        written = "null" if value is None else f"'{value}'"
        small.execute(f"update bills set {column} = {written} where id = 'w{at}'")
    rows, rejects = extract(NAME, "invoices")
    assert rows["record_id"].to_pylist() == ["b1", "b2"]
    assert rejects["reason"].to_pylist() == [reason for *_, reason in WILD]
    kept = [json.loads(text) for text in texts(rejects, "original_text")]
    assert [text[column] for text, (column, *_) in zip(kept, WILD, strict=True)] == [each[1] for each in WILD]
    assert len(set(rejects["original_hash"].to_pylist())) == len(WILD)


def test_texts_come_through_as_they_are(real: Company, extract: Extract) -> None:
    wild = ["", '"', 'a,"b"\n\r\tc', "\\N", "\\", "Zoë 🙂 \u202e", "x" * 100_000, "null", "'"]
    real.execute("alter table clients add column name text")
    for at, text in enumerate(wild):
        real.execute(sql.SQL("insert into clients values ({}, 'A', {})").format(f"w{at}", text))  # type: ignore[arg-type]
    rows, rejects = extract(NAME, "customers")
    found = dict(zip(rows["record_id"].to_pylist(), rows["name"].to_pylist(), strict=True))
    assert [found[f"w{at}"] or "" for at in range(len(wild))] == wild
    assert rejects.num_rows == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"invoices": {"table": "nowhere", "columns": {}}},
            r"the table nowhere of \[sources.billing_database",
        ),
        (
            {"invoices": {**TABLES["invoices"], "columns": {"invoice_id": "no"}}},
            "has no column `no` for `invoice_id`",
        ),
        ({"invoices": {"table": "bills"}}, "has no column `invoice_id`; name it under `columns`"),
        ({"invoices": {"query": "selec 1"}}, "the query of .* cannot be read"),
        ({"invoices": {"table": "a", "query": "b"}}, "names one `table` or one `query`"),
        ({"invoices": {"table": "bills", "time_zone": "Berlin"}}, "there is no `time_zone` 'Berlin'"),
        ({"invoices": {"table": "bills", "lag_minutes": -1}}, "`lag_minutes` is a number of minutes"),
        ({"invoices": {"table": "bills", "columns": {"total": "x"}}}, "there is no column `total`"),
        ({"invoices": {"table": "bills", "statuses": {"x": "bezahlt"}}}, "`statuses` are a table of words"),
        ({"bills": {}}, "there is no table `bills`"),
        ({"customers": {"query": "select 1 as customer_id union all select 1"}}, "has several rows with"),
    ],
)
def test_a_wrong_name_is_a_clear_error(
    small: Company,
    extract: Extract,
    named: Callable[..., None],
    tmp_path: Path,
    change: dict[str, Any],
    said: str,
) -> None:
    named(f"sqlite:///{tmp_path}/billing.db", TABLES | change)
    with pytest.raises((ConfigurationError, ResourceExtractionError)) as failure:
        extract(NAME, "customers" if "customers" in change else "invoices")
    cause = root_cause(failure.value)
    assert isinstance(cause, ConfigurationError)
    assert re.search(said, str(cause))


def test_a_password_is_asked_for_and_shown_nowhere(
    postgresql: Server, named: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The server trusts everybody, so a rule of its own asks this login for its password."""
    with postgresql.connect("postgres") as connection:
        connection.execute("create role asked login password 'right-hush'")
        [rules] = connection.execute("show hba_file").fetchone() or ("",)
        path = Path(rules)
        before = path.read_text()
        path.write_text(f"local all asked scram-sha-256\n{before}")
        connection.execute("select pg_reload_conf()")
        host = connection.info.get_parameters()["host"]
    url = f"postgresql://asked@/postgres?host={host}"
    named(url)
    monkeypatch.setenv("SOURCES__BILLING_DATABASE__PASSWORD", "wrong-hush")
    with pytest.raises(FinalLoadError, match="password authentication failed") as failure:
        load_source(NAME)
    assert "wrong-hush" not in str(failure.value)
    assert masking.shown("wrong-hush") == masking.MASK
    named(url.replace("asked@", "asked:inline-hush@"))
    with pytest.raises(ConfigurationError, match="`url` holds a password") as refused:
        load_source(NAME)
    assert "inline-hush" not in str(refused.value)
    held = [path for path in tmp_path.rglob("*") if path.is_file() and b"wrong-hush" in path.read_bytes()]
    assert held == []


def test_a_server_that_is_off_is_a_clear_error(named: Callable[..., None]) -> None:
    named("postgresql://reader@127.0.0.1:1/billing")
    with pytest.raises(LoadError, match=r"127\.0\.0\.1:1/billing could not be opened: .*refused"):
        load_source(NAME)
