"""`python -m tests.benchmarks.erasing`: what it takes to erase many people of very many, without the refresh.

Raw is written as a load leaves it: answers of a vendor with payloads, each of a contact of its own. Prints
figures, never a verdict.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import psutil

from erasure import carrying
from erasure.carrying import Wanted
from erasure.persons import Named

_RAW: Final = """
create schema raw_crm; create schema raw_survey;
create table raw_crm._dlt_loads as select '1' as load_id, 0 as status;
create table raw_survey._dlt_loads as select '1' as load_id, 0 as status;
create table raw_crm.contacts as
with said as (
    select
        'c' || range as contact_id, 'person' || range || '@company' || range % 1000 || '.org' as email,
        range + 1 as position
    from range({people})
),
told as (
    select
        *, '{{"Id":"' || contact_id || '","Email":"' || email || '","At":"2026-01-01T00:00:00Z"}}' as payload
    from said
)
select
    contact_id as record_id, md5(payload) as content_hash, md5(payload) as version_id,
    timestamptz '2026-01-01' as version_at, payload, position, contact_id, null::varchar as account_id, email,
    null::varchar as merged_into_id, '1' as _dlt_load_id
from told;
create table raw_survey.responses as
with said as (
    select
        'r' || range as response_id, 'c' || range as contact_id, range % 11 as score, range + 1 as position,
        'What ' || range || ' said of it, in a sentence or two of usual length, and no other.' as comment
    from range({people})
),
told as (
    select
        *, '{{"id":"' || response_id || '","contact":"' || contact_id || '","text":"' || comment || '"}}'
            as payload
    from said
)
select
    response_id as record_id, md5(payload) as content_hash, md5(payload) as version_id,
    timestamptz '2026-01-01' as version_at, payload, position, response_id, contact_id,
    score::double as score, comment, null::varchar as respondent_email, '1' as _dlt_load_id
from told
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--erased", type=int, default=1_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "state"
        home.mkdir()
        os.environ["NPS_VAULT_KEYS"] = str(Path(folder) / "keys")
        with duckdb.connect(str(home / "warehouse.duckdb")) as db:
            db.execute(_RAW.format(people=given.people))
        size = (home / "warehouse.duckdb").stat().st_size / 1e6
        step = given.people // given.erased
        who = Named(contacts=frozenset(f"c{number * step}" for number in range(given.erased)))
        started, before = time.perf_counter(), psutil.Process().cpu_times()
        done = carrying.carry(home, Wanted(who, datetime.now(UTC)), "0" * 64)
        seconds, after = time.perf_counter() - started, psutil.Process().cpu_times()
        cpu = after.user + after.system - before.user - before.system
        print(
            f"{given.erased:,} of {given.people:,} people ({size:,.0f} MB): {seconds:.1f} s, {cpu:.1f} CPU s,"
            f" {done.texts:,} texts looked for, {len(done.left)} files left"
        )


if __name__ == "__main__":
    main()
