"""Applies the governed limits, which stop a publication even if every figure is calculated correctly.

Too much in quarantine, too many unknown ids, nothing that counts, a vanished dimension, a silent source. The
thresholds come from the guard's own definition. The observed values are counted from raw and the marts,
independently of `marts.audit_limits`, and compared with it.

Belongs here: each limit applied to each subject. Does not belong here: who may accept one that is exceeded
(`orchestration`), or how unknown ids are found (`unknown_ids`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from expectations import definition
from expectations.definition import Limit
from expectations.dimensions import governed
from expectations.raw_tables import ANSWER_TABLES, RAW_TABLES
from expectations.unknown_ids import loaded, unknown_ids

#: Dimension → its members at the last publication; none of one that had none.
Members = Mapping[str, Sequence[str]]
_TOLERANCE = 1e-6
_EXAMPLE = "arg_max(origin || ', row ' || position || ': ' || detail, (_dlt_load_id, -position))"


@dataclass(frozen=True)
class Applied:
    """A limit applied to one subject: what was observed, how many records are affected, one of them."""

    limit: Limit
    subject: str
    observed: float
    affected: int
    example: str | None = None

    @property
    def is_exceeded(self) -> bool:
        return self.observed > self.limit.maximum and self.affected >= self.limit.minimum_count

    @property
    def sentence(self) -> str:
        """One line: name, subject, observed, maximum, example, remedy."""
        said, maximum = f"{self.affected:,}", f"{self.limit.maximum:g}"
        observed = {
            "percent": f"{self.observed:.3g} % ({said} records), at most {maximum} %",
            "days": f"{self.observed:g} days, at most {maximum}",
            "sources": f"none of {said} answers received counts; such sources, at most {maximum}",
            "dimensions": f"none of its {said} members is left; such dimensions, at most {maximum}",
        }
        parts = [
            f"{self.limit.name} of {self.subject}: {observed[self.limit.unit]}",
            f"such as {self.example}" if self.example else "",
            self.limit.remedy,
        ]
        return "; ".join(part for part in parts if part)


def apply(
    warehouse: Path,
    as_of: date,
    vendors: Sequence[str],
    earlier: Members,
    versions: Sequence[definition.Version] | None = None,
) -> list[Applied]:
    """Every limit on every subject of the working file, opened read-only.

    `as_of` is exclusive; the version of the definition in force on the day before applies. `earlier` says
    which members each dimension had at the last publication. Raises duckdb.Error when the file cannot be
    read.
    """
    limits = _in_force(as_of, definition.versions() if versions is None else versions)
    with duckdb.connect(warehouse, read_only=True) as connection:
        return [
            Applied(limits[name, of], subject, observed, affected, example)
            for name, of, subject, observed, affected, example in (
                *_quarantined(connection, vendors),
                *_unknown(connection, vendors),
                *_nothing_counted(connection, vendors),
                *_vanished(connection, earlier),
                *_stale(connection, vendors, as_of),
            )
        ]


def differences(applied: Sequence[Applied], warehouse: Path) -> list[str]:
    """Where `marts.audit_limits` differs: a limit or a subject on one side only, another value."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        built = {
            (name, of, subject): dict(zip(_COMPARED, values, strict=True))
            for name, of, subject, *values in connection.execute(
                f"select limit_name, applies_to, subject, {', '.join(_COMPARED)} from marts.audit_limits"
            ).fetchall()
        }
    found = []
    for each in applied:
        if each.limit.name == "vanished_dimension":
            continue
        there = built.pop((each.limit.name, each.limit.applies_to, each.subject), None)
        if there is None:
            found.append(f"{each.limit.name} of {each.subject}: missing from audit_limits")
            continue
        here = dict(zip(_COMPARED, _values(each), strict=True))
        of = f"{each.limit.name} of {each.subject}"
        found += [
            f"{of}: {column} is {here[column]}, audit_limits says {there[column]}"
            for column in _COMPARED
            if not _is_same(here[column], there[column])
        ]
    return [*found, *(f"{name} of {subject}: in audit_limits only" for name, _, subject in built)]


_COMPARED = ("observed", "maximum", "unit", "affected", "minimum_count", "is_exceeded")


def _values(each: Applied) -> tuple[float | str, ...]:
    limit = each.limit
    return (each.observed, limit.maximum, limit.unit, each.affected, limit.minimum_count, each.is_exceeded)


def _is_same(here: float | str, there: object) -> bool:
    if isinstance(here, str) or not isinstance(there, int | float):
        return here == there
    return abs(here - there) <= _TOLERANCE


_Observation = tuple[str, str, str, float, int, str | None]


def _in_force(as_of: date, versions: Sequence[definition.Version]) -> dict[tuple[str, str], Limit]:
    """The limits of the version that is in force on the last day looked at."""
    [version] = [
        each
        for each in versions
        if each.valid_from < as_of and (each.valid_to is None or as_of <= each.valid_to)
    ]
    return {(limit.name, limit.applies_to): limit for limit in version.limits}


def _quarantined(connection: duckdb.DuckDBPyConnection, vendors: Sequence[str]) -> Iterator[_Observation]:
    """Of each file's last reading, of each table in total, and of what an API sent last."""
    for vendor in vendors:
        for of, subject, records, affected, example in connection.execute(
            _OF_FILES if vendor == "files" else _of_an_api(vendor)
        ).fetchall():
            if records:
                yield "quarantine", of, subject, 100 * affected / records, affected, example


#: Records that the last reading of each file met. A table's total comes first and has also what is of files
#: never counted.
_OF_FILES = f"""
    with readings as (
        select table_name, file_name, arg_max(received, _dlt_load_id) as received
        from raw_files.intake
        where _dlt_load_id in (select load_id from raw_files._dlt_loads where status = 0)
        group by all
    ),
    set_aside as (
        select
            table_name, origin as file_name, count(*) as affected, {_EXAMPLE} as example,
            max((_dlt_load_id, -position)) as newest
        from {loaded("files", "quarantine")} group by all
    )
    select
        'source', 'files/' || table_name, sum(received)::bigint, coalesce(sum(affected), 0)::bigint,
        arg_max(example, newest)
    from readings full join set_aside using (table_name, file_name) group by table_name
    union all
    select 'file', table_name || '/' || file_name, received, coalesce(affected, 0), example
    from readings left join set_aside using (table_name, file_name)
    order by 1 desc, 2
"""


def _of_an_api(vendor: str) -> str:
    """Records ever sent, and records of a table's last load."""
    landed = " union all ".join(
        f"select '{table}' as table_name, _dlt_load_id, 0 as position, null as origin, null as detail,"
        f" false as is_set_aside from {loaded(vendor, table)}"
        for table in RAW_TABLES[vendor]
    )
    return f"""
        with sent as (
            {landed}
            union all
            select table_name, _dlt_load_id, position, origin, detail, true
            from {loaded(vendor, "quarantine")} where table_name in {RAW_TABLES[vendor]}
        ),
        parts as (
            select 'source' as applies_to, table_name as subject, * from sent
            union all
            select 'load', table_name || '/last load', * from sent
            qualify _dlt_load_id = max(_dlt_load_id) over (partition by table_name)
        )
        select
            applies_to, '{vendor}/' || subject, count(*), count(*) filter (is_set_aside),
            {_EXAMPLE} filter (is_set_aside)
        from parts group by all order by 1 desc, 2
    """


def _unknown(connection: duckdb.DuckDBPyConnection, vendors: Sequence[str]) -> Iterator[_Observation]:
    for source, records, kind, total, unknown, example in unknown_ids(connection, vendors):
        share = 100 * unknown / total
        yield ("unknown_ids", "kind", f"{source}/{records}/{kind}", share, unknown, example)


def _nothing_counted(connection: duckdb.DuckDBPyConnection, vendors: Sequence[str]) -> Iterator[_Observation]:
    received: dict[str, int] = {}
    counted: dict[str, int] = {}
    for source, records, valid in connection.execute(
        "select source, count(*), count(likelihood_score) from marts.fct_survey_responses group by 1"
    ).fetchall():
        received[source], counted[source] = records, valid
    for vendor in vendors:
        if vendor in ANSWER_TABLES:
            [(unread,)] = connection.execute(
                f"select count(*) from {loaded(vendor, 'quarantine')} where table_name = ?",
                [ANSWER_TABLES[vendor]],
            ).fetchall()
            if unread:
                received[vendor] = received.get(vendor, 0) + unread
    for source in sorted(received):
        yield ("nothing_counted", "source", source, float(not counted.get(source)), received[source], None)
    total = sum(received.values())
    yield ("nothing_counted", "company", "company", float(not any(counted.values())), total, None)


def _vanished(connection: duckdb.DuckDBPyConnection, earlier: Members) -> Iterator[_Observation]:
    """A dimension that had members when it was last published, and has none now, unless the company has
    removed it."""
    for dimension, members in earlier.items():
        if dimension not in governed().names:
            continue
        [(left,)] = connection.execute(
            f"select count(*) from publication.nps_scores where segment = ? and {dimension} <> 'Unassigned'",
            [dimension],
        ).fetchall()
        if members:
            yield (
                *("vanished_dimension", "dimension", dimension),
                *(float(not left), len(members), f"{members[0]} of the last publication"),
            )


def _stale(
    connection: duckdb.DuckDBPyConnection, vendors: Sequence[str], as_of: date
) -> Iterator[_Observation]:
    """Days from the last load that brought a new version of anything to the last day looked at."""
    for vendor in vendors:
        brought = " union ".join(
            f"select _dlt_load_id as load_id from raw_{vendor}.{table}" for table in RAW_TABLES[vendor]
        )
        [(last,)] = connection.execute(
            f"select max(cast(inserted_at at time zone 'UTC' as date)) from raw_{vendor}._dlt_loads"
            f" where status = 0 and load_id in ({brought})"
        ).fetchall()
        if last is not None:
            days = (as_of - last).days - 1
            of = "files" if vendor == "files" else "api"
            yield ("stale_source", of, vendor, float(days), 1, f"last brought something on {last}")
