"""A company adds a dimension from a column that its files already have: one file of its folder, approved."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from publication import ledger
from publication.figure import DIMENSIONS
from tests.end_to_end.simulated import NPS, ROOT

pytestmark = [pytest.mark.xdist_group("files_only"), pytest.mark.long]

ANSWERS, ACCOUNTS = 120, 8
LINES = ("Cards", " Loans", "Savings", "")
CHANGED = date(2025, 8, 1)
DECLARED = """
[product_line]
label = "Product line"
level = "account"
source = {files = "Product line"}
segments = ["product_line", "product_line*channel"]
most_members = 10

[business]
label = "Business"
of = "product_line"
segments = ["business"]
members = {Lending = ["cards", "Loans"], Deposits = ["Savings"]}

[device]
label = "Device"
level = "answer"
source = {files = "Device used"}
segments = ["device"]
referral = ["PHONE", "pigeon"]
"""


def given_on(answer: int) -> date:
    return date(2025, 6, 1) + timedelta(days=answer)


def line_of(answer: int) -> str:
    """The product line of the answer's account when it was given: every account changed once."""
    place = answer % ACCOUNTS + (given_on(answer) >= CHANGED)
    return LINES[place % len(LINES)].strip() or "Unassigned"


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)


def deliver(inbox: Path) -> None:
    accounts = [
        {"account_id": f"A{i}", "updated_at": f"{day}T00:00:00Z", "Product line": LINES[(i + turn) % 4]}
        for turn, day in enumerate((date(2025, 1, 1), CHANGED))
        for i in range(ACCOUNTS)
    ]
    answered = [
        {
            "response_id": f"R{i}",
            "invitation_id": f"N{i}",
            "account_id": f"A{i % ACCOUNTS}",
            "respondent_email": f"p{i}@x.example",
            "responded_at": f"{given_on(i)}T10:00:00Z",
            "score": (10, 9, 7, 3)[i % 3 + (i % 5 == 0)],
            "Device used": ("phone", "web")[i % 2],
        }
        for i in range(ANSWERS)
    ]
    sent = [
        {
            **{"invitation_id": f"N{i}", "survey_id": "relationship", "sent_at": f"{given_on(i)}T08:00:00Z"},
            **{"account_id": f"A{i % ACCOUNTS}", "Device used": ("phone", "web")[i % 2]},
        }
        for i in range(ANSWERS + ACCOUNTS)
    ]
    paid = [
        {
            **{"invoice_id": f"I{i}", "account_id": f"A{i}", "issued_at": "2025-05-01T00:00:00Z"},
            **{"updated_at": "2025-05-01T00:00:00Z", "status": "paid", "net_amount": 1000, "currency": "EUR"},
        }
        for i in range(ACCOUNTS)
    ]
    write(inbox / "crm" / "accounts" / "a.csv", accounts)
    write(inbox / "surveys" / "responses" / "r.csv", answered)
    write(inbox / "surveys" / "invitations" / "i.csv", sent)
    write(inbox / "billing" / "invoices" / "b.csv", paid)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_dimension_is_declared_in_one_file_and_everything_follows(tmp_path: Path) -> None:
    home, company = tmp_path / "home", tmp_path / "acme"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SOURCES__")}
    environment |= {"NPS_HOME": str(home), "NPS_COMPANY": str(company), "NPS_AS_OF": "2025-12-01"}

    def nps(*words: str) -> str:
        done = subprocess.run([NPS, *words], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    nps("init", str(company))
    deliver(home / "inbox")
    nps("refresh")
    before, first = contents(company), contents(home / "ledger")
    old = (home / "published" / "current").resolve() / "nps.duckdb"
    (company / "definition" / "dimensions.toml").write_text(DECLARED, "utf-8")
    nps("definition", "propose", "dimensions", "--by", "Ann Lee")
    nps("definition", "approve", "dimensions", "--by", "Bo Ek", "--reason", "We steer by product line")
    assert "product_line: up to 10 members" in nps("check")
    nps("refresh")
    after = contents(company)
    changed = {
        str(path) for path in after if after[path] != before.get(path) and path.parts[0] == "definition"
    }
    assert changed == {"definition/dimensions.toml", "definition/approvals.csv"}

    with duckdb.connect(str(home / "published" / "current" / "nps.duckdb"), read_only=True) as reader:
        reader.execute(f"attach '{old}' as old (read_only)")
        reader.execute("create temp view figures as from nps_scores where measure = 'in_period'")
        wanted = Counter(map(line_of, range(ANSWERS)))
        year = "segment = '{}' and period_grain = 'trailing_365d' and period_end = date '2025-12-01'"
        found = reader.execute(
            f"select product_line, responses from figures where {year.format('product_line')}"
        )
        assert dict(found.fetchall()) == wanted
        assert len(wanted) == 4
        [(answered, delivered)] = reader.execute(
            "select sum(answered_invitations), sum(delivered_invitations) from figures"
            f" where {year.format('product_line')}"
        ).fetchall()
        assert (answered, delivered) == (ANSWERS, ANSWERS + ACCOUNTS)
        [(coverage,)] = reader.execute(
            f"select min(revenue_coverage) from figures where {year.format('product_line')}"
        ).fetchall()
        assert coverage == 1
        lending = reader.execute(
            f"select responses from figures where {year.format('business')} and business = 'Lending'"
        )
        assert lending.fetchall() == [(wanted["Cards"] + wanted["Loans"],)]
        devices = reader.execute(f"select device, responses from figures where {year.format('device')}")
        assert dict(devices.fetchall()) == {"phone": ANSWERS // 2, "web": ANSWERS // 2}
        # the figures of before are what they were, and none of them is restated
        excluded = "select * exclude (product_line, business, device) from nps_scores"
        shared = f"{excluded} where segment in (select segment from old.nps_scores)"
        assert reader.execute(f"({shared}) except (from old.nps_scores)").fetchall() == []
        assert reader.execute(f"(from old.nps_scores) except ({shared})").fetchall() == []
        assert reader.execute("select count(*) from restatements").fetchall() == [(0,)]
        [(comment,)] = reader.execute(
            "select comment from duckdb_columns() where table_name = 'nps_scores'"
            " and column_name = 'product_line' and database_name = 'nps'"
        ).fetchall()
        assert comment.startswith("Product line, ")

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as reader:
        came = reader.execute("select account_id, is_acquired_by_referral from marts.dim_accounts").fetchall()
        assert dict(came) == {f"A{i}": i % 2 == 0 for i in range(ACCOUNTS)}

    # the ledger goes on: what was written before is as it was, and its figures have the content they had
    assert {name: text for name, text in contents(home / "ledger").items() if name in first} == first
    assert ledger.verify(home / "ledger").sequence == 2
    one, two = (ledger.read(home / "ledger", sequence) for sequence in (1, 2))
    assert two.column_names[8:-8][len(DIMENSIONS) :] == ["product_line", "business", "device"]
    rows = one.set_column(0, "sequence", two.column("sequence")[: one.num_rows])
    assert {*ledger.content_hashes(rows)} < {*ledger.content_hashes(two)}

    asked = nps("metric", "responses", "--by", "product_line", "--format", "json")
    assert {row["product_line"]: row["responses"] for row in json.loads(asked)} == wanted
    assert "Savings" in nps("show", "--by", "product_line")
    pack = tmp_path / "evidence"
    said = nps("audit", "--member", "product_line=Cards", "--pack", str(pack))
    assert "the recount from the vendors' records agrees" in said
    assert "in a chain of" in nps("audit", "verify", str(pack), "--here")
