"""Everything is rebuilt from raw: no vendor answers, no credentials are there, and nothing built is left."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.simulated import NPS, ROOT, Company

pytestmark = pytest.mark.xdist_group("end_to_end")


def emptied(home: Path) -> None:
    """Only raw and views of it are left in the working file, and nothing of what was published."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        built = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not starts_with(schema_name, 'raw_')"
        ).fetchall()
        assert len(built) > 50
        for schema, table in built:
            connection.execute(f'drop table "{schema}"."{table}"')
    for left in ("published", "ledger", "heads", "inbox"):
        shutil.rmtree(home / left)
    (home / "last_refresh.json").unlink()


def content(home: Path) -> dict[str, str]:
    said = json.loads((home / "published" / "current" / "manifest.json").read_text("utf-8"))
    return {name: table["content_hash"] for name, table in said["tables"].items()}


@pytest.mark.long
def test_without_vendors_and_credentials_a_replay_publishes_the_same(
    refreshed: Company, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    left_out = shutil.ignore_patterns("dagster", "reports", "logs", "dbt_project")
    shutil.copytree(refreshed.home, home, symlinks=True, ignore=left_out)
    before = content(home)
    emptied(home)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOURCES__")}
    environment |= {"NPS_HOME": str(home), "NPS_AS_OF": refreshed.today.isoformat(), "PYTHONPATH": str(ROOT)}
    environment |= {"NPS_COMPANY": str(ROOT / "demo" / "verdant"), "NPS_PAGES": "off"}
    done = subprocess.run(
        [NPS, "replay"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert content(home) == before
