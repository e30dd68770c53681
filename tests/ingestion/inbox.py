"""An inbox whose files are loaded through dlt, and what raw then says: what tests of deliveries share."""

import os
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from ingestion.load import LoadReport, load_source

HEADER = "response_id,score,responded_at\n"
_SETTLED = count(1_600_000_000)


@dataclass
class Inbox:
    """The inbox of a state folder, which `NPS_HOME` must name."""

    home: Path
    table: str = "surveys_responses"
    place: str = field(default="surveys/responses")

    def drop(self, name: str, content: str) -> None:
        """Puts a file in that looks as if it had been there for a while."""
        path = self.home / "inbox" / self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        settled = next(_SETTLED)
        os.utime(path, (settled, settled))

    def remove(self, name: str) -> None:
        (self.home / "inbox" / self.place / name).unlink()

    def load(self) -> LoadReport:
        return load_source("files")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as warehouse:
            warehouse.execute("set timezone = 'UTC'; use raw_files")
            return warehouse.execute(query).fetchall()

    def current(self, columns: str = "response_id, score") -> list[tuple[Any, ...]]:
        """The current version of each record, of those that are not withdrawn."""
        return self.ask(
            f"select {columns} from {self.table} anti join withdrawals using (record_id, version_id)"
            " qualify row_number() over (partition by record_id"
            " order by version_at desc nulls last, _dlt_load_id desc, position desc) = 1 order by all"
        )

    def quarantine(self) -> list[str]:
        """The texts in quarantine that are not withdrawn."""
        found = self.ask(
            "select original_text from quarantine"
            " anti join withdrawals using (table_name, origin, original_hash)"
            " order by position, original_hash"
        )
        return [text for (text,) in found]

    def intake(
        self, columns: str = "received, landed, known, repeated, quarantined, withdrawn"
    ) -> tuple[Any, ...]:
        """The counts of the last reading of any file."""
        return self.ask(f"select {columns} from intake order by _dlt_load_id desc, file_name desc limit 1")[0]

    def withdrawn(self) -> list[tuple[Any, ...]]:
        """What was withdrawn, by whom and why."""
        return self.ask(
            "select coalesce(record_id, 'quarantine'), file_name, reason from withdrawals order by all"
        )
