"""`python -m tests.benchmarks.known_keys --keys 2000000`: all that raw has comes again, by row groups.

Prints CPU seconds of the comparison alone, because a machine may have other work. Belongs here: this
measurement. Does not belong here: that the work is linear, which `tests/ingestion/test_known.py` counts.
"""

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingestion.known import KnownKeys
from ingestion.tables import GROUP_ROWS, VERSION_KEY

_HELD = """
create schema raw_shop;
create table raw_shop.things as
select 'R_' || substr(md5(number::varchar), 1, 15) as record_id, md5('v' || number) as version_id
from range({}) as numbers (number)
"""


def seconds(keys: int, folder: Path) -> float:
    """CPU seconds that it takes to find that so many keys are known, and where."""
    file = folder / "held.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(_HELD.format(keys))
    known, found, spent = KnownKeys(file, "raw_shop", "things", VERSION_KEY, False), 0, 0.0
    for start in range(0, keys, GROUP_ROWS):
        with duckdb.connect(str(file), read_only=True) as connection:
            group = f"select {', '.join(VERSION_KEY)} from raw_shop.things limit {GROUP_ROWS} offset {start}"
            rows = connection.execute(group).to_arrow_table()
        begun = time.process_time()
        found += known.leave_out(rows).known
        spent += time.process_time() - begun
    assert found == keys
    return spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=2_000_000)
    asked = parser.parse_args()
    with TemporaryDirectory() as place:
        os.environ["NPS_HOME"] = place
        print(f"{asked.keys:,} keys: {seconds(asked.keys, Path(place)):.1f} CPU s")
