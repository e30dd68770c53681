"""One load under a fault, the load after it, and what raw holds then.

Belongs here: loading and digests of raw. Does not belong here: faults and vendors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from demo.server import VendorServers
from demo.vendors.faults import Script
from ingestion import registry, warehouse
from ingestion.errors import LoadError
from ingestion.load import load_source
from tests.faults.kinds import Kind
from tests.faults.outcomes import Outcome
from tests.faults.vendors import Vendor

#: A load's own: which one it was, and in what order it read.
_OF_THE_LOAD = ("_dlt_load_id", "position")
#: Tables whose versions are of the moment at which a load saw them: only their latest state is compared.
_SEEN_BY_A_LOAD = ("stages",)
#: Of a version: the text it had. A record's latest state may come as another text at another moment.
_OF_THE_VERSION = ("version_id", "content_hash", "payload", "version_at", "position")


@dataclass(frozen=True)
class Played:
    """How a load ended under a fault, what it said, and whether the fault was met."""

    outcome: Outcome
    said: str
    met: bool


def play(servers: VendorServers, vendor: Vendor, kind: Kind) -> Played:
    """A load under the fault, then one without it."""
    scripts = kind.begin(servers, vendor)
    outcome, said = Outcome.SAME_LOAD, ""
    try:
        report = load_source(vendor.name)
        if kind.outcome is Outcome.QUARANTINED and any(report.quarantined.values()):
            outcome = Outcome.QUARANTINED
    except LoadError as failure:
        outcome, said = Outcome.NEXT_LOAD, str(failure)
    met = _was_met(scripts, servers)
    servers.faults.forget()
    if outcome is Outcome.NEXT_LOAD or kind.name == "shifted pages":
        load_source(vendor.name)
    return Played(outcome, said, met)


def _was_met(scripts: Sequence[Script], servers: VendorServers) -> bool:
    if scripts:
        return all(script.seen > script.after for script in scripts)
    return servers.faults.each is not None and servers.faults.injected[servers.faults.each] > 0


def records(vendor: str) -> dict[str, set[str]]:
    """Table → every record that raw or the quarantine has."""
    found: dict[str, set[str]] = {}
    with duckdb.connect(str(warehouse.working_file()), read_only=True) as connection:
        for table in registry.source_spec(vendor).tables:
            rows = connection.execute(
                f"select record_id from raw_{vendor}.{table} union"
                f" select record_id from raw_{vendor}.quarantine where table_name = ?",
                [table],
            ).fetchall()
            found[table] = {record for (record,) in rows}
    return found


def versions(vendor: str) -> dict[str, str]:
    """Table → a digest of every version of every record, and of the quarantine, whichever load brought it."""
    every = f"select * exclude ({', '.join(_OF_THE_LOAD)}) from {{}}"
    tables = [table for table in registry.source_spec(vendor).tables if table not in _SEEN_BY_A_LOAD]
    return _digests(vendor, every, *tables, "quarantine")


def states(vendor: str) -> dict[str, str]:
    """Table → a digest of the latest state of every record."""
    own = ", ".join(dict.fromkeys((*_OF_THE_VERSION, *_OF_THE_LOAD)))
    latest = (
        f"select * exclude ({own}) from {{}} qualify row_number() over (partition by record_id order by"
        " coalesce(version_at, timestamptz '1970-01-01') desc, _dlt_load_id desc, position desc) = 1"
    )
    return _digests(vendor, latest, *registry.source_spec(vendor).tables)


def _digests(vendor: str, rows: str, *tables: str) -> dict[str, str]:
    digest = "select count(*) || ' ' || md5(coalesce(string_agg(line, '' order by line), '')) from lines"
    with duckdb.connect(str(warehouse.working_file()), read_only=True) as connection:
        return {
            table: connection.execute(
                f"with chosen as ({rows.format(f'raw_{vendor}.{table}')}),"
                f" lines as (select md5(chosen::varchar) as line from chosen) {digest}"
            ).fetchall()[0][0]
            for table in tables
        }
