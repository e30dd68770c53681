"""What the steps leave about themselves is found: of the newest build, and no test's SQL."""

import os
from pathlib import Path

from orchestration import environment, records


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_records_of_the_newest_build_are_collected(state: Path) -> None:
    home = environment.prepare()
    target = home.dbt_target
    write(target / "manifest.json", "{}")
    for age, build in ((2, "marts-1-old"), (1, "marts-1-new"), (1, "publication_models-1-new")):
        results = write(target / build / "run_results.json", build)
        os.utime(results, (1_700_000_000 - age, 1_700_000_000 - age))
        models = target / build / "compiled" / "nps_warehouse" / "models" / "marts"
        write(models / f"{build.split('-')[0]}.sql", f"select '{build}'")
        write(models / "marts.yml" / "not_null_answer_key.sql", "select 0")
    write(home.reports / "marts" / "results.json", "[]")
    assert records.collect(home) == {
        "dbt/manifest.json": b"{}",
        "dbt/run_results.marts.json": b"marts-1-new",
        "dbt/run_results.publication_models.json": b"publication_models-1-new",
        "sql/marts.sql": b"select 'marts-1-new'",
        "sql/publication_models.sql": b"select 'publication_models-1-new'",
        "guard/marts.json": b"[]",
    }


def test_a_home_without_a_build_has_none(state: Path) -> None:
    assert records.collect(environment.prepare()) == {}
