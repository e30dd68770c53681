"""The governed seeds of the small working file: the simulated company's tables, in dbt's types."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from tests.companies import ROOT, VERDANT

_DISPOSITIONS = """
    create table definition.answer_dispositions as
    select disposition, precedence, disposition = 'counted' as is_counted
    from (
        select unnest([
            'quarantined', 'erased', 'preview_or_test', 'unregistered_question', 'unanswered', 'non_integer',
            'off_scale', 'in_future', 'before_invitation', 'before_event', 'staff_or_own_domain',
            'superseded', 'quarantine_window', 'counted'
        ]) as disposition, unnest(range(14)) as precedence
    )
"""


def _tables() -> Iterator[str]:
    for path in sorted((VERDANT / "definition").glob("*.csv")):
        declared = yaml.safe_load((ROOT / "dbt_project" / "seeds" / f"{path.stem}.yml").read_text("utf-8"))
        types = declared["seeds"][0]["config"]["column_types"]
        columns = ", ".join(f"'{name}': '{each}'" for name, each in types.items())
        yield (
            f"create table definition.{path.stem} as from read_csv('{path}', header = true, delim = ',',"
            f" quote = '\"', columns = {{{columns}}})"
        )


SEEDS = ("create schema definition", *_tables(), _DISPOSITIONS)
