"""The operators make what they are named for, and the screening tells which changes meet data."""

from pathlib import Path

import duckdb
import pytest

from tests.mutation.generated import seeds
from tests.mutation.generated.__main__ import refutations, told
from tests.mutation.generated.equivalent import reasons
from tests.mutation.generated.kept import Fate, Kept
from tests.mutation.generated.models import Model
from tests.mutation.generated.operators import changes
from tests.mutation.generated.screening import Effect, Screen
from tests.mutation.worker import ROOT

SQL = """
with answers as (
    select id, score, asked, coalesce(branch, region) as branch from t where score >= 9 and id <> 'x'
),

final as (
    select
        answers.branch,
        count(distinct answers.id) as people,
        sum(answers.score) as total,
        max(date_trunc('month', answers.asked)) as asked
    from answers
    left join u on answers.id = u.id
    group by answers.branch
)

select * from final
"""


def made(sql: str, operator: str) -> set[tuple[str, str]]:
    """What one operator makes of a statement: (before, after)."""
    return {(each.before, each.after) for each in changes(sql, {}) if each.operator == operator}


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("comparison", "score >= 9", "score > 9"),
        ("comparison", "score >= 9", "score < 9"),
        ("comparison", "answers.id = u.id", "answers.id <> u.id"),
        ("and or", "score >= 9 AND id <> 'x'", "(score >= 9 OR id <> 'x')"),
        ("dropped predicate", "score >= 9 AND id <> 'x'", "score >= 9"),
        ("join type", "LEFT JOIN u ON answers.id = u.id", "INNER JOIN u ON answers.id = u.id"),
        ("coalesce", "COALESCE(branch, region)", "COALESCE(region, branch)"),
        ("coalesce", "COALESCE(branch, region)", "branch"),
        ("constant", "9", "10"),
        ("constant", "'x'", "'xx'"),
        ("aggregate", "SUM(answers.score)", "MAX(answers.score)"),
        ("aggregate", "COUNT(DISTINCT answers.id)", "COUNT(answers.id)"),
    ],
)
def test_an_operator_makes_what_it_is_named_for(operator: str, before: str, after: str) -> None:
    assert (before, after) in made(SQL, operator)


def test_windows_dates_and_rows_that_are_alike() -> None:
    window = "select row_number() over (partition by a, b order by c desc) as n from t union all select 1"
    assert {after for _, after in made(window, "order")} == {"c ASC"}
    assert {after for _, after in made(window, "partition key")} == {
        "ROW_NUMBER() OVER (PARTITION BY b ORDER BY c DESC)",
        "ROW_NUMBER() OVER (PARTITION BY a ORDER BY c DESC)",
    }
    assert any(" UNION SELECT 1" in after for _, after in made(window, "rows alike"))
    assert made("select 'a' as k, n from t union all select 'b' as k, n from t", "rows alike") == set()
    assert len(made("select date_trunc('month', a) as m from t", "date part")) == 1


def test_a_change_is_made_alone_and_the_rest_stays() -> None:
    import sqlglot

    whole = sqlglot.parse_one(SQL, dialect="duckdb").sql("duckdb")
    for change in changes(SQL, {}):
        assert change.sql != whole
        assert sqlglot.parse_one(change.sql, dialect="duckdb") is not None


def test_a_value_takes_its_neighbours_place_only_where_their_types_are_alike() -> None:
    columns = {"final": {"branch": "VARCHAR", "people": "BIGINT", "total": "BIGINT", "asked": "DATE"}}
    [found] = [each for each in changes(SQL, columns) if each.operator == "neighbouring column"]
    assert (found.before, found.after) == (
        "COUNT(DISTINCT answers.id) AS people",
        "SUM(answers.score) AS people",
    )
    assert "SUM(answers.score) AS people, SUM(answers.score) AS total" in found.sql


def test_the_screening_tells_what_a_change_does(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table m as select i as n, i / 3 as share from range(10) as t(i)")
    sql = "select i as n, i / 3 as share from range(10) as t(i) where i < 10"
    model = Model("m", "m.sql", sql, sql, '"warehouse"."main"."m"', ())
    with Screen(path) as screen:
        assert screen.effect(model, sql) is Effect.IDLE
        assert screen.effect(model, sql.replace("< 10", "< 11")) is Effect.IDLE
        assert screen.effect(model, sql.replace("< 10", "< 9")) is Effect.CHANGES
        assert screen.effect(model, sql.replace("i < 10", "nothing < 10")) is Effect.STILLBORN
        assert screen.columns(model) == {"": {"n": "BIGINT", "share": "DOUBLE"}}


def test_a_mutant_replaces_its_file_and_keeps_what_dbt_needs(tmp_path: Path) -> None:
    folder = tmp_path / "dbt_project" / "models"
    folder.mkdir(parents=True)
    (folder / "m.sql").write_text(
        "{{ config(enabled=vendor_is_on('stripe')) }}\nselect 1 as one from {{ ref('t') }}"
    )
    model = Model("m", "dbt_project/models/m.sql", "select 1 as one from t", "", "m", ("ref('t')",))
    [change] = [each for each in changes(model.sql, {}) if each.operator == "constant"]
    mutation = model.mutation(change, tmp_path)
    mutation.apply(tmp_path)
    assert mutation.is_one_statement
    assert (folder / "m.sql").read_text().splitlines() == [
        "{{ config(enabled=vendor_is_on('stripe')) }}",
        "-- depends_on: {{ ref('t') }}",
        "{% raw %}",
        "SELECT 2 AS one FROM t",
        "{% endraw %}",
    ]


def test_seeds_and_contracts_have_mutants_of_their_own() -> None:
    governed = [change.mutation for change in seeds.of_seeds(ROOT, ROOT)]
    promised = list(seeds.of_contracts(ROOT))
    assert len({mutation.name for mutation in governed}) == len(governed) > 100
    assert len(promised) > 5
    for mutation in (*governed, *promised):
        for edit in mutation.edits:
            assert edit.applied((ROOT / edit.file).read_text("utf-8"))


def test_what_was_tried_is_not_tried_again_until_the_project_changes(tmp_path: Path) -> None:
    path = tmp_path / "mutants.jsonl"
    fate = Fate("m:constant:1", "constant", "writes 2 for 1", "stopped", "recount")
    Kept(path).keep(fate)
    assert Kept(path).fates == {fate.name: fate}
    path.write_text(path.read_text().replace(path.read_text()[:8], "00000000", 1))
    assert Kept(path).fates == {}


def test_what_a_macro_writes_is_not_the_models_own() -> None:
    written = "select\n    max(inserted_at) as loaded_at,\n    {{ trimmed('name') }} as name\nfrom t"
    model = Model("m", "m.sql", "", written, "m", ())
    assert model.writes("MAX(inserted_at) AS loaded_at")
    assert not model.writes("TRIM(name)")


def test_what_is_equivalent_is_an_argument_about_what_met_no_data() -> None:
    idle, tried = (
        Fate(name, "constant", "", verdict) for name, verdict in (("m:a", "met no data"), ("m:b", "stopped"))
    )
    fates = told({fate.name: fate for fate in (idle, tried)}, {"m:a": "", "m:b": ""})
    assert [fate.verdict for fate in fates] == ["equivalent", "stopped"]
    by_name = {fate.name: fate for fate in (idle, tried)}
    assert refutations(by_name, ["m:a", "m:b", "m:c"]) == ["m:b", "m:c"]
    assert all(len(reason) > 20 for reason in reasons().values())
