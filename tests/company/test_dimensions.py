"""The declaration of dimensions: what `nps check` says of each mistake, and of what a dimension costs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from company import checking, dimensions
from company.dimensions import FILE
from tests.companies import ROOT, seal

GOOD = """
[product_line]
label = "Product line"
level = "account"
source = {files = "Product line"}
segments = ["product_line", "product_line*journey_stage"]
most_members = 40

[cluster]
label = "Cluster of branches"
of = "branch"
segments = ["cluster"]
members = {North = ["b1", "b2"], South = ["b3"]}
"""

# what somebody wrote instead → the problem and the remedy
SPOILT = {
    "two of one name": (("[cluster]", "[product_line]"), "two dimensions called product_line", "rename one"),
    "a name that is built in": (("[cluster]", "[branch]"), "called branch: one is built in", "rename yours"),
    "a name that is a column": (("[cluster]", "[industry]"), 'can be called "industry"', "lower-case"),
    "a name in capitals": (("[cluster]", "[Cluster]"), 'can be called "Cluster"', "lower-case"),
    "a key that nobody reads": (("most_members", "members_at_most"), "nobody reads", "most_members"),
    "no label": (('label = "Product line"', 'label = ""'), "no label", "label ="),
    "another as-of rule": (("level =", 'as_of = "today"\nlevel ='), "as of 'today'", 'as_of = "moment"'),
    "no origin": (('of = "branch"', ""), "cluster has no origin", "source ="),
    "two origins": (('of = "branch"', 'of = "branch"\nsource = {files = "x"}'), "two origins", "or of ="),
    "an unknown level": (('"account"', '"contact"'), "the level of product_line is 'contact'", "answer"),
    "no vendor": (('{files = "Product line"}', "{}"), "comes from no vendor", "its field"),
    "an unknown vendor": (
        ("{files =", "{stripe ="),
        'no source of accounts is called "stripe"',
        "salesforce",
    ),
    "a quote in a field": (('"Product line"}', "'a\"b'}"), "cannot have a field", "without quotes"),
    "a vendor that is off": (
        ("{files =", "{salesforce ="),
        "nobody delivers product_line",
        "connect salesforce",
    ),
    "far too many members": (("= 40", "= 100_000"), "up to 100000 members", "2 to 1,000"),
    "published nowhere": (('segments = ["cluster"]', "segments = []"), "published nowhere", "cluster"),
    "a pair of an unknown one": (
        ("product_line*journey_stage", "product_line*country"),
        'names the dimension "country"',
        "customer_value_tier",
    ),
    "a pair of others": (
        ("product_line*journey_stage", "plan*channel"),
        "not product_line or a pair",
        "pair",
    ),
    "only pairs": (('["product_line", ', "["), "published in pairs only", 'add "product_line"'),
    "a pair that is there already": (
        ('["cluster"]', '["cluster", "cluster*product_line"]\n# "'),
        None,
        None,
    ),
    "the same pair twice": (
        ('["cluster"]', '["cluster", "cluster*plan", "plan*cluster"]'),
        "plan*cluster is published already (cluster: cluster*plan)",
        "remove one",
    ),
    "who came by referral, of accounts": (
        ("most_members = 40", 'referral = ["A friend"]'),
        "product_line is nothing that an answer says",
        'level = "answer"',
    ),
    "who came by referral, without a list": (
        ("most_members = 40", 'referral = "A friend"'),
        "referral of product_line is no list of texts",
        "referral =",
    ),
    "who came by referral, twice": (
        ('of = "branch"', 'of = "branch"\nreferral = ["North"]\n[z]\nreferral = ["x"]\nof = "plan"'),
        "cluster says already who came by referral",
        "remove one",
    ),
    "who is left alone, of accounts": (
        ("most_members = 40", 'no_contact = ["No"]'),
        "product_line is nothing that an answer says",
        'level = "answer"',
    ),
    "who is left alone, without a list": (
        ("most_members = 40", "no_contact = true"),
        "no_contact of product_line is no list of texts",
        'no_contact = ["No"]',
    ),
    "of an unknown one": (('of = "branch"', 'of = "country"'), 'of "country"', "branch"),
    "a level of its own": (
        ('of = "branch"', 'of = "branch"\nlevel = "account"'),
        "level of branch",
        "remove level",
    ),
    "no members": (("members = {North", "# {North"), "cluster has no members", "members ="),
    "members that are no lists": (('["b3"]', '"b3"'), "no list of texts", "member ="),
    "a member in two": (('["b3"]', '["B2"]'), "B2 belongs to South and to North", "one"),
    "the unknown as a member": (
        ('["b3"]', '["Unassigned"]'),
        "Unassigned belongs to South and to nobody",
        "one",
    ),
}


@pytest.mark.parametrize(("change", "problem", "remedy"), SPOILT.values(), ids=[*SPOILT])
def test_a_mistake_is_named(
    folder: Path, change: tuple[str, str], problem: str | None, remedy: str | None
) -> None:
    assert change[0] in GOOD
    (folder / FILE).write_text(GOOD.replace(*change, 1), "utf-8")
    found = [mistake for mistake in checking.judge(folder) if mistake.file == FILE]
    if problem is None:
        assert not found
        return
    assert [each for each in found if problem in each.problem and str(remedy) in each.remedy], found
    assert all(each.line for each in found)
    assert dimensions.declared(folder) == () or "nobody delivers" in problem


def test_a_source_that_is_asked_for_some_fields_must_be_asked_for_this_one(folder: Path) -> None:
    (folder / FILE).write_text(GOOD.replace("{files =", "{salesforce =").replace("Product line", "Line__c"))
    config = folder / "config.toml"
    sources = '\n[sources.salesforce]\nbase_url = "https://acme.example"\n'
    config.write_text(config.read_text("utf-8") + sources, "utf-8")
    (mistake,) = checking.judge(folder)
    assert mistake.problem == "nobody delivers product_line: salesforce is not asked for Line__c"
    assert mistake.remedy == 'add "Line__c" to further_fields under [sources.salesforce] of config.toml'
    config.write_text(f'{config.read_text("utf-8")}further_fields = ["Line__c"]\n', "utf-8")
    seal(folder, "dimensions")
    assert checking.judge(folder) == []


def test_what_a_dimension_costs_is_said(folder: Path) -> None:
    (folder / FILE).write_text(GOOD, "utf-8")
    line, cluster = dimensions.declared(folder)
    assert line.cost().startswith("product_line: up to 40 members. A member needs 5 answers in a period")
    assert "from 1,200 answers on" in line.cost()
    assert "product_line*journey_stage" in line.cost()
    assert cluster.level == "account"
    assert cluster.most_members == 3  # and Unassigned


def test_no_dimension_takes_the_name_of_a_column_beside_it() -> None:
    taken = (ROOT / "company" / "taken_names.txt").read_text("utf-8").split()
    beside = set()
    for path in (ROOT / "dbt_project" / "models").rglob("*.yml"):
        text = path.read_text("utf-8")
        if "# declared:" in text:
            for model in text.split("\n  - name: ")[1:]:
                if "# declared:" in model and "\n    columns:\n" in model:
                    columns = model.partition("\n    columns:\n")[2].partition("\n\n")[0]
                    beside |= {column["name"] for column in yaml.safe_load(columns)}
    assert len(beside) > 100
    assert beside <= {*taken, *dimensions.BUILT_IN}
