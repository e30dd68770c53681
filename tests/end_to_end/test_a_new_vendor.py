"""Vendors of surveys, CRM and billing that are added as the how-tos say load, are recounted and published.

One that is turned off is no part of any figure; one that the models leave out by mistake stops the refresh.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.companies import seal
from tests.vendors.added import KEY, REGISTRY, ROOT, files_of, product, serving

HOW_TO = {
    "askly": ("add-a-survey-vendor.md", 6),
    "dealbook": ("add-a-crm-vendor.md", 8),
    "tally": ("add-a-billing-vendor.md", 8),
}
LATER = "2025-11-01T00:00:00Z"
NPS = Path(sys.executable).with_name("nps")


def account(key: str, tier: str) -> dict[str, Any]:
    return {"id": key, "name": key, "tier": tier, "stage": "adoption", "office": "N", "updated_at": LATER}


def answers() -> Iterator[dict[str, Any]]:
    """By company and score; `A-1` is an account of both CRMs."""
    given = [
        *[("dealbook:A-1", 9, "2025-05-01")] * 20,  # before its plan changed
        *[("dealbook:A-1", 9, "2025-10-01")] * 10,
        *[("rolodex:A-1", 3, "2025-10-01")] * 15,
        *[("A-2", 10, "2025-10-01")] * 10,  # only one CRM knows it
        ("A-1", 8, "2025-10-01"),  # both do, so it names neither
        (None, 7, "2025-10-01"),
        ("A-2", "nine", "2025-10-01"),
        ("A-2", 9, "2025-10-01"),
    ]
    for number, (company, score, day) in enumerate(given):
        yield {
            "uuid": f"r{number}",
            "survey": "s1",
            "answer": {"value": score},
            "company": company,
            "email": "c1@b.example" if company is None else None,
            "invitation": "i1" if company is None else None,
            "test": number == len(given) - 1,
            "answered_at": f"{day}T12:00:00Z",
            "updated_at": LATER,
        }


SENT: Mapping[str, Mapping[str, list[dict[str, Any]]]] = {
    "askly": {
        "responses": list(answers()),
        "invitations": [
            {"uuid": "i1", "survey": "s1", "email": "c1@b.example", "state": "sent"}
            | {"sent_at": "2025-09-01T00:00:00Z", "updated_at": LATER},
        ],
    },
    "dealbook": {
        "accounts": [account("A-1", "Gold"), account("A-2", "Bronze")],
        "account_history": [
            {"id": "h1", "account": "A-1", "field": "tier", "from": "Trial", "to": "Gold"}
            | {"at": "2025-06-01T00:00:00Z", "updated_at": LATER},
        ],
        "contacts": [{"id": "C-1", "account": "A-1", "email": "c1@a.example", "updated_at": LATER}],
        "branches": [{"id": "N", "name": "North", "region": "Up", "updated_at": LATER}],
    },
    "rolodex": {
        "accounts": [account("A-1", "Silver"), account("B-1", "Copper")],
        "account_history": [],
        "contacts": [{"id": "C-1", "account": "B-1", "email": "c1@b.example", "updated_at": LATER}],
        "branches": [],
    },
    "tally": {
        "invoices": [
            {"number": number, "client": client, "state": state, "currency": "EUR", "net": net}
            | {"issued_at": "2025-01-01T00:00:00Z", "updated_at": LATER}
            | {"period": {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}}
            for number, client, state, net in (
                ("1", "dealbook:A-1", "paid", "150000.00"),
                ("2", "A-2", "paid", "9000.00"),
                ("3", "rolodex:A-1", "void", "500000.00"),
            )
        ],
    },
    "till": {
        "invoices": [
            {"number": "1", "client": "rolodex:B-1", "state": "paid", "currency": "EUR", "net": "200000.00"}
            | {"issued_at": "2025-01-01T00:00:00Z", "updated_at": LATER}
            | {"period": {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}}
        ],
    },
}


@pytest.mark.parametrize("vendor", HOW_TO)
def test_a_vendor_is_few_files_and_the_how_to_names_each(vendor: str) -> None:
    document, at_most = HOW_TO[vendor]
    text = (ROOT / "docs" / "how-to" / document).read_text("utf-8")
    found = files_of(vendor)
    assert len(found) <= at_most
    for path in found:
        named = "ingestion/vendors.yml" if path.name == REGISTRY else path.name
        assert named in text, f"{document} does not name {path}"


def customers(published: Path) -> int:
    """How many accounts pay at as-of, as is published."""
    with duckdb.connect(str(published), read_only=True) as connection:
        [(accounts,)] = connection.execute(
            "select sum(accounts) from revenue_coverage where segment = 'company'"
        ).fetchall()
    return int(accounts)


def leave_out(product: Path, vendor: str) -> None:
    """A mistake in the models: they take a vendor for one that is turned off."""
    macros = product / "dbt_project" / "macros" / "vendors.sql"
    text = macros.read_text("utf-8")
    assert text.count("vendor in vendors_on") == 1
    macros.write_text(text.replace("vendor in vendors_on", f"vendor in vendors_on and vendor != '{vendor}'"))


@pytest.mark.long
def test_vendors_that_are_added_are_published(tmp_path: Path) -> None:
    added = product(
        tmp_path / "product",
        {"askly": "askly", "dealbook": "dealbook", "rolodex": "dealbook", "tally": "tally", "till": "tally"},
    )
    company = tmp_path / "company"
    shutil.copytree(ROOT / "company" / "starter", company)
    with (company / "definition" / "nps_questions.csv").open("a", encoding="utf-8") as questions:
        questions.write("askly,s1,nps,0,10,1,relationship,,company,2000-01-01,,Test,Added\n")
    seal(company, "nps_questions")
    ours = ("SOURCES__", "NPS_")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    environment |= {"NPS_HOME": str(tmp_path / "home"), "NPS_COMPANY": str(company), "COLUMNS": "140"}
    environment |= {"NPS_AS_OF": "2025-12-01", "PYTHONPATH": str(added)}

    def refresh(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [NPS, "refresh"], cwd=added, env=environment | settings, capture_output=True, text=True
        )

    published_in = tmp_path / "home" / "published" / "current" / "nps.duckdb"
    with serving(SENT) as (settings, asked):
        done = refresh(settings)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "/askly/v1/responses?page=2" in asked
        assert KEY not in done.stdout
        assert customers(published_in) == 3
        without_till = {key: value for key, value in settings.items() if "__TILL__" not in key}
        done = refresh(without_till)
        assert done.returncode == 0, done.stdout + done.stderr
        assert customers(published_in) == 2
        leave_out(added, "till")
        done = refresh(settings)
        assert done.returncode != 0
        assert "recount_of_money" in done.stdout + done.stderr
        assert customers(published_in) == 2
    with duckdb.connect(str(published_in)) as published:
        version = (tmp_path / "home" / "published" / "current").resolve().name
        found = published.execute(
            "select plan, region, customer_value_tier, nps_band"
            f" from '{tmp_path / 'home' / 'answers' / version}.parquet'"
        )
        assert Counter(found.fetchall()) == {
            ("Trial", "Up", "key", "promoter"): 20,  # four months of the invoice
            ("Gold", "Up", "strategic", "promoter"): 10,
            ("Silver", "Up", "starter", "detractor"): 15,
            ("Bronze", "Up", "core", "promoter"): 10,
            ("Unassigned", "Unassigned", "Unassigned", "passive"): 1,
            ("Copper", "Up", "starter", "passive"): 1,
        }
        excluded = published.execute(
            "select disposition, sum(answers) from response_dispositions group by all"
        )
        assert dict(excluded.fetchall()) == {"counted": 57, "preview_or_test": 1, "quarantined": 1}
