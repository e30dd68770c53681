"""Records that are not as the vendor documents them, over real HTTP: each is a row or in quarantine with its
text, or the load says clearly why it cannot go on."""

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
import pytest
from dlt.extract.exceptions import ResourceExtractionError

from demo.server import VendorServers
from demo.vendors.faults import Script

from .conftest import Extracted, texts
from .test_vendor_faults import cause

Extract = Callable[[str, str], Extracted]
Record = dict[str, Any]


class Case(NamedTuple):
    """A table, the path its records come by, and where in them an id, a number and a required moment are."""

    source: str
    table: str
    path: str
    record_id: str
    number: str
    moment: str
    not_a_moment: object = "2025-06-01T12:00:00"


CASES = [
    Case("salesforce", "accounts", r"/queryAll", "Id", "IsDeleted", "CreatedDate"),
    Case("stripe", "refunds", r"/v1/refunds$", "id", "amount", "created", 1_735_689_600_000),
    Case("qualtrics", "responses", r"/file$", "responseId", "values.status", "values.recordedDate"),
    Case("qualtrics", "surveys", r"/surveys$", "id", "isActive", "lastModified"),
]


def put(record: Record, dotted: str, value: object) -> None:
    *outer, name = dotted.split(".")
    for step in outer:
        record = record[step]
    record[name] = value


def rewritten(path: str, spoil: Callable[[list[Any]], None], sent: list[Any]) -> Script:
    """Spoils the first page or export that has enough records, and notes in `sent` what goes out instead."""

    def change(document: bytes) -> bytes:
        if path.endswith("/file$"):
            return b"\n".join(
                map(orjson.dumps, spoilt([orjson.loads(line) for line in document.splitlines()]))
            )
        page = orjson.loads(document)
        holder = page.get("result", page)
        spoilt(next(holder[name] for name in ("data", "records", "elements") if name in holder))
        return orjson.dumps(page)

    def spoilt(records: list[Any]) -> list[Any]:
        if not sent and len(records) > 5:
            spoil(records)
            sent.extend(records)
        return records

    return Script(path, times=None, change=change)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source} {case.table}")
def test_each_wrong_record_is_kept_with_its_reason_and_its_text(
    vendors: VendorServers, extract: Extract, case: Case
) -> None:
    def spoil(records: list[Any]) -> None:
        put(records[0], case.number, {"changed": "type"})
        put(records[1], case.record_id, None)
        put(records[2], case.moment, case.not_a_moment)
        records[3]["Colour__c"] = "a new column"
        records.append(records[4])
        records[5] = "no record"

    sent: list[Any] = []
    expected = extract(case.source, case.table)
    vendors.faults.script(rewritten(case.path, spoil, sent))
    rows, rejects = extract(case.source, case.table)
    found = [(each["reason"], orjson.loads(each["original_text"])) for each in rejects.to_pylist()]
    wrong = [("wrong_type", sent[0]), ("missing_required", sent[1]), ("bad_timestamp", sent[2])]
    assert [each for each in found if each[1] in sent[:3]] == wrong
    assert [text for reason, text in found if reason == "bad_row_shape"] == ["no record"]
    assert sum('"a new column"' in payload for payload in texts(rows, "payload")) == 1
    kept = {*rows["record_id"].to_pylist(), *filter(None, rejects["record_id"].to_pylist())}
    assert len({*expected.rows["record_id"].to_pylist()} - kept) == 2, "one without an id, one that is none"


@pytest.mark.parametrize(
    ("table", "path"), [("responses", r"/API/v3/surveys$"), ("invitations", r"/API/v3/distributions$")]
)
@pytest.mark.parametrize("element", ["no record", {"name": "has no id"}, {"id": 7}])
def test_a_list_that_leads_nowhere_is_a_clear_error(
    vendors: VendorServers, extract: Extract, table: str, path: str, element: object
) -> None:
    vendors.faults.script(rewritten(path, lambda records: records.append(element), []))
    with pytest.raises(ResourceExtractionError) as failure:
        extract("qualtrics", table)
    assert "lists something without an id" in str(cause(failure.value))
