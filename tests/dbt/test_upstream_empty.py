"""The project builds, tests included, on a working file that holds nothing yet, and is described whole."""

from __future__ import annotations

import re
from typing import Any

import pytest

UPSTREAM = (
    *("staging", "intermediate.crm", "intermediate.billing", "intermediate.audit", "marts.core"),
    *("+dim_branch_hours", "+fct_survey_responses"),
)
#: A macro for one engine only is documented where it is dispatched.
OF_ONE_ENGINE = re.compile(r"^(?:default|postgres|spark|snowflake|bigquery|databricks)__")


@pytest.mark.long
def test_every_vendor_without_a_single_row(all_vendors: Any) -> None:
    all_vendors.build("--select", *UPSTREAM)
    assert all_vendors.query("select count(*) from intermediate.int_survey_answers__as_of") == [(0,)]
    built: dict[str, set[str]] = {}
    for table, column in all_vendors.query(
        "select table_name, column_name from information_schema.columns "
        "where table_schema in ('staging', 'intermediate', 'marts')"
    ):
        built.setdefault(table, set()).add(column)
    described = {
        node["name"]: set(node["columns"])
        for node in all_vendors.manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["name"] in built
    }
    assert len(described) > 60
    assert {name: said ^ built[name] for name, said in described.items() if said != built[name]} == {}


def test_everything_has_a_description(all_vendors: Any) -> None:
    assert undescribed(all_vendors.manifest()) == []


def test_a_missing_description_is_seen() -> None:
    nodes = {
        "model.p.a": {"description": "A.", "columns": {"x": {"description": "X"}, "y": {"description": ""}}},
        "seed.p.b": {"description": "", "columns": {}},
        "test.p.c": {},
    }
    macros = {
        "macro.p.d": {"package_name": "nps_warehouse", "name": "d", "description": "D.", "arguments": []}
        | {"macro_sql": "{% macro d(e) -%}"},
        "macro.p.spark__d": {"package_name": "nps_warehouse", "name": "spark__d"},
        "macro.dbt.f": {"package_name": "dbt", "name": "f"},
    }
    found = undescribed({"nodes": nodes, "sources": {}, "macros": macros})
    assert found == ["model.p.a.y", "seed.p.b", "macro.p.d(e)"]


@pytest.mark.long
def test_files_alone_need_no_other_vendors_tables(files_only: Any) -> None:
    files_only.build("--select", *UPSTREAM)
    views = files_only.query(
        "select table_name from information_schema.tables where table_schema = 'staging'"
    )
    assert {name.split("__")[0] for (name,) in views} == {"stg_files", "stg_sources"}


def undescribed(told: dict[str, Any]) -> list[str]:
    """Models, seeds, sources, columns, macros and arguments that a manifest says nothing about."""
    relations = {
        name: node
        for name, node in (told["nodes"] | told["sources"]).items()
        if name.split(".")[0] in {"model", "seed", "source"}
    }
    missing = []
    for name, node in relations.items():
        missing += [] if node["description"].strip() else [name]
        missing += [f"{name}.{c}" for c, each in node["columns"].items() if not each["description"].strip()]
    for name, macro in told["macros"].items():
        if macro["package_name"] != "nps_warehouse" or OF_ONE_ENGINE.match(macro["name"]):
            continue
        if re.search(r"\{%-?\s*test\b", macro["macro_sql"]):
            continue
        missing += [] if macro["description"].strip() else [name]
        [listed] = re.findall(rf"macro {macro['name']}\((.*?)\)", macro["macro_sql"])
        said = {each["name"] for each in macro["arguments"] if each["description"].strip()}
        missing += [f"{name}({word})" for word in re.findall(r"(\w+)(?:=[^,]*)?", listed) if word not in said]
    return missing
