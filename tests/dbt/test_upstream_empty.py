"""The project builds, tests included, on a working file that holds nothing yet."""

from __future__ import annotations

from typing import Any

UPSTREAM = ("staging", "intermediate.crm", "intermediate.billing", "marts.core")


def test_every_vendor_without_a_single_row(all_vendors: Any) -> None:
    all_vendors.build("--select", *UPSTREAM, "+fct_survey_responses")
    assert all_vendors.query("select count(*) from intermediate.int_survey_answers__as_of") == [(0,)]


def test_files_alone_need_no_other_vendors_tables(files_only: Any) -> None:
    files_only.build("--select", *UPSTREAM, "+fct_survey_responses")
    views = files_only.query(
        "select table_name from information_schema.tables where table_schema = 'staging'"
    )
    assert {name.split("__")[0] for (name,) in views} == {"stg_files"}
