"""Whatever a file holds, the loader and the second reading read it alike."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.files.errors import FileNotUnderstoodError
from tests.expectations.read_twice import read_twice
from tests.ingestion.one_file import TABLES

_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_IDS = [
    "R1",
    "1001.0",
    "1001",
    "007",
    "1.18452E+11",
    "1,2e5",
    "12E4",
    "1e5",
    "1.0.0",
    " 7 ",
    "-1.0",
    "1.00",
    "NA",
]
_NUMBERS = [
    *(
        "9",
        "10",
        "0",
        "-1",
        "+7",
        "9.5",
        "9,5",
        "1.234,5",
        "1e1",
        "1e400",
        "1e-400",
        ".5",
        "5.",
        "1_0",
        "٣",
        "9 ",
    ),
    *(
        "inf",
        "nan",
        "NA",
        "-",
        "",
        "ten",
        "99999999999999.99995",
        "0.00005",
        "-2.00005",
        "1e3",
        "12345.67895",
    ),
]
_DAYS = [
    *(
        "2024-03-01",
        "2024-3-1",
        "2024/03/01",
        "2024.03.01",
        "20240301",
        "01/02/2024",
        "1.2.2024",
        "13/02/2024",
    ),
    *(
        "02-13-2024",
        "2024-02-30",
        "31/12/99",
        "1/9/21",
        "9999-12-31",
        "1899-12-31",
        "2199-12-31",
        "2200-01-01",
    ),
    *(
        "2024-10-27",
        "2024-03-31",
        "0001-01-01",
        "45356",
        "2024-03-01T00:00:00",
        "",
        "NA",
        "2024-13-01",
        " 2024-01-01",
    ),
]
_TIMES = [
    *(
        "",
        "10:30",
        "T10:30:15",
        " 10:30:15.25",
        "T10:30:15.1234567",
        " 9:05",
        "T02:30:00",
        " 01:30",
        " 24:00",
        "T7",
    ),
    *(
        " 2:30 PM",
        " 12:30:15 AM",
        " 12:00 pm",
        " 13:30 PM",
        " 0:30 AM",
        " 2:30:11 PM",
        "T23:59:60",
        " 00:00",
        "T",
        " ",
    ),
]
_ZONES = [
    *(
        "",
        "",
        "Z",
        " Z",
        "z",
        "+02:00",
        " +0200",
        "+02",
        "-09:30",
        "+2",
        " UTC",
        " GMT",
        " GMT+2",
        " UTC+02:00",
    ),
    *(
        " BST",
        " CET",
        " EST",
        " PST",
        " Europe/Paris",
        " America/New_York",
        " Mars/Phobos",
        "+14:00",
        "+25:00",
        "+02:00:30",
    ),
]
_FLAGS = ["true", "TRUE", "Yes", "no", "1", "0", "t", "maybe", "", "NA", "y ", "on"]

_MOMENT = st.builds(
    "{}{}{}".format,
    st.sampled_from(_DAYS),
    st.one_of(st.just(""), st.sampled_from(_TIMES)),
    st.sampled_from(_ZONES),
) | st.builds("{} {}{}".format, st.just("2024-07-01"), st.sampled_from(_TIMES), st.sampled_from(_ZONES))
_CELLS = {
    "response_id": st.sampled_from(_IDS) | _ANY,
    "score": st.sampled_from(_NUMBERS) | _ANY,
    "responded_at": _MOMENT | _ANY,
    "comment": _ANY,
    "is_test": st.sampled_from(_FLAGS) | _ANY,
    "account_id": st.sampled_from(_IDS) | _ANY,
}
_INVOICE = {
    "invoice_id": st.sampled_from(_IDS),
    "account_id": st.just("A1"),
    "issued_at": st.just("2024-01-01T00:00:00Z"),
    "status": st.just("paid"),
    "net_amount": st.sampled_from(_NUMBERS),
    "currency": st.just("EUR"),
    "updated_at": _MOMENT,
    "period_end": _MOMENT,
}
_BRANCH = {
    "branch_id": st.sampled_from(_IDS),
    "name": _ANY,
    "region": st.sampled_from(["NA", "North", "", "-", "null"]),
    "closed_on": _MOMENT,
}
_SHAPES = {
    "surveys_responses": _CELLS,
    "billing_invoices": _INVOICE,
    "crm_branches": _BRANCH,
}


@st.composite
def _mappings(draw: st.DrawFn) -> dict[str, Any]:
    """The settings of a mapping, those that are not the usual ones."""
    return draw(
        st.fixed_dictionaries(
            {},
            optional={
                "date_order": st.sampled_from(["iso", "dmy", "mdy"]),
                "timezone": st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata"]),
                "decimal": st.just(","),
                "delimiter": st.sampled_from([";", "|"]),
                "null_tokens": st.just(["", "NA"]),
                "encoding": st.sampled_from(["utf-16", "utf-8"]),
            },
        )
    )


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_wild_cells_are_read_alike(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(_SHAPES)), "table")
    columns = _SHAPES[table]
    rows = data.draw(st.lists(st.tuples(*columns.values()), min_size=1, max_size=12, unique=True), "rows")
    mapping = data.draw(_mappings(), "mapping")
    suffix = data.draw(st.sampled_from(["csv", "csv", "csv", "jsonl"]), "suffix")
    buffer = io.StringIO(newline="")
    if suffix == "csv":
        dialect = data.draw(st.sampled_from(["excel", "unix"]), "dialect")  # where needed, everywhere
        writer = csv.writer(buffer, dialect, delimiter=mapping.get("delimiter", ","))
        writer.writerows([list(columns), *rows])
    else:
        buffer.writelines(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
    encoded = buffer.getvalue().encode(mapping.get("encoding", "utf-8"))
    toml = "".join(f"{key} = {json.dumps(value)}\n" for key, value in mapping.items())
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read_twice(Path(folder), encoded, toml, f"answers.{suffix}", TABLES[table])
        except FileNotUnderstoodError:
            return  # refused aloud
    assert [str(difference) for difference in found] == []
