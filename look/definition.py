"""The governed definition as far as it applies to one file of answers, read from dbt's seeds."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

#: Seeds and the types of their columns that are not text.
_SEEDS = {
    "nps_definitions": {"valid_from": "timestamp", "valid_to": "timestamp"},
    "nps_questions": {
        "valid_from": "timestamp", "valid_to": "timestamp", "scale_min": "double", "scale_max": "double",
    },
    "nps_score_bands": {"score": "double", "nps_weight": "double"},
    "nps_quarantine_windows": {"window_days": "integer"},
    "answer_dispositions": {"precedence": "integer"},
    "own_email_domains": {},
    "publication_limits": {"maximum": "double", "minimum_count": "integer"},
}  # fmt: skip


def load_definition(engine: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Create a table from each seed: the company's, and those that hold for every company."""
    for name, types in _SEEDS.items():
        casts = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in types.items())
        replaced = f"* replace ({casts})" if casts else "*"
        seed = next(path for folder in folders if (path := folder / f"{name}.csv").exists())
        engine.execute(
            f"create table {name} as select {replaced} from read_csv("
            "?, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')",
            [str(seed)],
        )
