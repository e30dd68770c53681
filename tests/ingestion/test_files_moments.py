"""What becomes of the texts of moments and days: each row alone, and the dates of a file taken together."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.files import moments
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from ingestion.files.sql import literal
from tests.ingestion.one_file import HEADER, TABLES, load, sheet_bytes


def read(texts: list[str], mapping: Mapping) -> list[datetime | None]:
    """The texts as moments, in one batch of a session of its own."""
    with duckdb.connect() as session:
        session.execute(f"set TimeZone = {literal(mapping.timezone)}")
        session.register("texts", pa.table({"n": range(len(texts)), "x": texts}))
        rows = session.execute(
            f"""
            with parted as (select *, {moments.parts("x", mapping)} as p from texts),
            located as (select *, {moments.local("p", mapping)} as t from parted)
            select {moments.moment("x", "p", "t", mapping)} from located order by n
            """
        ).fetchall()
    return [found and found.replace(tzinfo=UTC) for (found,) in rows]


def later(there: datetime, zone: str) -> datetime:
    """The documented rule: of the two moments that a local time can be, the later."""
    both = (there.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(both)


_ZONES = ("Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo")
_DECLARED = {"BST": "Europe/London", "IST": "Asia/Kolkata"}
_STYLES = (
    *(
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y/%m/%d %I:%M:%S %p",
        "%d %b %Y %H:%M",
        "%B %d, %Y, %I:%M:%S %p",
    ),
    *(
        "%d.%m.%Y %H:%M:%S",
        "%d/%m/%Y %I:%M %p",
        "%a, %d %b %Y %H:%M:%S",
        "{0.year}-{0.month}-{0.day} {0.hour}:%M:%S",
    ),
)
# Half of them near the hours that clocks skip or repeat.
_LOCAL = st.datetimes(datetime(1970, 1, 2), datetime(2037, 12, 31)) | st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from(
        [datetime(2025, 3, 30), datetime(2025, 10, 26), datetime(2025, 3, 9), datetime(2025, 11, 2)]
    )
    | st.sampled_from(
        [datetime(2025, 4, 6), datetime(2025, 10, 5), datetime(2018, 11, 4), datetime(2018, 2, 18)]
    ),
    st.integers(0, 240),
)


@st.composite
def _written(draw: st.DrawFn, own_zone: str) -> tuple[str, datetime]:
    """A moment as somebody writes it, and what it is."""
    style = draw(st.sampled_from(_STYLES))
    there = draw(_LOCAL).replace(microsecond=0)
    if "%S" not in style:
        there = there.replace(second=0)
    text = there.strftime(style.format(there))
    zone = draw(st.sampled_from(["", " Z", " UTC", " GMT", *_ZONES, *_DECLARED]) | st.integers(-720, 840))
    if isinstance(zone, int):
        hours, minutes = divmod(abs(zone), 60)
        colon = draw(st.sampled_from(["", ":"]))
        offset = f"{'-' if zone < 0 else '+'}{hours:02}{colon}{minutes:02}"
        return f"{text}{draw(st.sampled_from(['', ' ', ' GMT', ' UTC']))}{offset}", (
            there - timedelta(minutes=zone)
        ).replace(tzinfo=UTC)
    if zone.strip() in ("Z", "UTC", "GMT"):
        return text + zone, there.replace(tzinfo=UTC)
    if zone:
        return f"{text} {zone}", later(there, _DECLARED.get(zone, zone))
    return text, later(there, own_zone)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(["UTC", *_ZONES]))
def test_a_row_is_read_as_it_would_be_alone(data: st.DataObject, own_zone: str) -> None:
    """The engine's own cast reads the rows after one that names its zone in that zone too."""
    rows = data.draw(st.lists(_written(own_zone), min_size=1, max_size=8))
    mapping = Mapping(date_order="dmy", timezone=own_zone, zones=_DECLARED)
    texts = [text for text, _ in rows]
    together = read(texts, mapping)
    assert together == [moment for _, moment in rows], texts
    assert together == [read([text], mapping)[0] for text in texts]


def test_no_row_is_read_in_the_zone_of_another(tmp_path: Path) -> None:
    plain = "2025-01-31 23:30:00"
    texts = [plain, f"{plain} America/Los_Angeles", f"{plain}Z", f"{plain} Asia/Tokyo", plain] * 2_000
    content = HEADER + "".join(f"R{at},9,{text}\n" for at, text in enumerate(texts))
    rows, rejects = load(tmp_path, content, 'timezone = "Europe/Paris"')
    assert rejects == []
    expected = [
        later(datetime(2025, 1, 31, 23, 30), zone)
        for zone in ("Europe/Paris", _ZONES[1], "UTC", "Asia/Tokyo")
    ]
    assert [row["responded_at"] for row in rows] == [*expected, expected[0]] * 2_000


@pytest.mark.parametrize(
    ("text", "mapping", "expected"),
    [
        ("2:30:11 PM", "", None),
        ("2025-02-03 2:30:11 PM GMT+2", "", datetime(2025, 2, 3, 12, 30, 11)),
        ("2025-02-03 12:05 am", "", datetime(2025, 2, 3, 0, 5)),
        ("2025-02-03 12:05 p.m.", "", datetime(2025, 2, 3, 12, 5)),
        ("2025-02-03 14:05 PM", "", None),
        ("2025-02-03 0:05 AM", "", None),
        ("2/3/2025, 2:30:11\u202fPM", 'date_order = "mdy"', datetime(2025, 2, 3, 14, 30, 11)),
        ("2025-02-03 24:00:00", "", None),
        ("2025-02-03 10:00+05:30", "", datetime(2025, 2, 3, 4, 30)),
        ("2025-2-3 1:02:03+02", "", datetime(2025, 2, 2, 23, 2, 3)),
        ("2025-02-03 10:00:00 +15:00", "", None),
        ("2025-02-03T10:00:00,250Z", "", datetime(2025, 2, 3, 10, 0, 0, 250000)),
        ("2025-02-03T10:00:00+01:00[Europe/Paris]", "", datetime(2025, 2, 3, 9)),
        ("Mon Feb 03 2025 10:00:00 GMT+0100 (Central European Standard Time)", "", datetime(2025, 2, 3, 9)),
        ("2025-02-03 10:00:00 Europe/Nowhere", "", None),
        ("2025-07-01 02:00:00 bst", '[zones]\nBST = "Europe/London"', datetime(2025, 7, 1, 1)),
        (
            "2025-07-01 02:00 Eastern Time",
            '[zones]\n"Eastern Time" = "America/New_York"',
            datetime(2025, 7, 1, 6),
        ),
        ("3 Feb 2025", "", datetime(2025, 2, 3)),
        ("Feb 3, 2025 2:30 PM", "", datetime(2025, 2, 3, 14, 30)),
        ("3rd September 2025 08:00", 'timezone = "Europe/Paris"', datetime(2025, 9, 3, 6)),
        ("03-FEB-2025", "", datetime(2025, 2, 3)),
        ("3 Fev 2025", "", None),
        ("30 Feb 2025", "", None),
        ("2025-10-26 02:30", 'timezone = "Europe/Paris"', datetime(2025, 10, 26, 1, 30)),
        ("2025-03-30 02:30", 'timezone = "Europe/Paris"', datetime(2025, 3, 30, 1, 30)),
        ("1/9/21", 'date_order = "dmy"\ncentury = 1950', datetime(2021, 9, 1)),
        ("1/9/49 10:00", 'date_order = "dmy"\ncentury = 1950', datetime(2049, 9, 1, 10)),
        ("9/1/50", 'date_order = "mdy"\ncentury = 1950', datetime(1950, 9, 1)),
        ("03-FEB-25", "century = 1990", datetime(2025, 2, 3)),
    ],
)
def test_ways_of_writing_a_moment(tmp_path: Path, text: str, mapping: str, expected: datetime | None) -> None:
    rows, rejects = load(tmp_path, HEADER + f'R1,9,"{text}"\n', mapping)
    assert [row["responded_at"] for row in rows] == ([expected.replace(tzinfo=UTC)] if expected else [])
    assert [reject["reason"] for reject in rejects] == ([] if expected else ["bad_timestamp"])


@pytest.mark.parametrize("zone", ["BST", "CET", "EST", "IST", "PST", "Europe/Nowhere"])
def test_a_zone_that_has_no_one_meaning_is_asked_for(tmp_path: Path, zone: str) -> None:
    _, [reject] = load(tmp_path, HEADER + f"R1,9,2025-07-01 02:00:00 {zone}\n")
    assert reject["reason"] == "bad_timestamp"
    assert reject["detail"].endswith(
        f'; say which zone {zone} is under [zones] in the mapping, such as BST = "Europe/London"'
    )


def test_a_date_without_a_time_is_that_day_in_every_zone(tmp_path: Path) -> None:
    mapping = 'date_order = "dmy"\ntimezone = "Europe/Paris"'
    rows, _ = load(tmp_path, HEADER + "R1,9,01/02/2025\nR2,9,01/02/2025 00:00:00\n", mapping)
    days = [datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 1, 31, 23, tzinfo=UTC)]
    assert [row["responded_at"] for row in rows] == days
    sheet = sheet_bytes(
        ["response_id", "score", "responded_at"],
        ["R1", 9, date(2025, 2, 1)],
        ["R2", 9, datetime(2025, 2, 1, 10)],
    )
    rows, _ = load(tmp_path, sheet, mapping, "a.xlsx")
    assert [row["responded_at"] for row in rows] == [days[0], datetime(2025, 2, 1, 9, tzinfo=UTC)]
    lines = "".join(
        json.dumps({"response_id": text, "score": 9, "responded_at": text}) + "\n"
        for text in ("2025-02-01", "1 Feb 2025")
    )
    rows, _ = load(tmp_path, lines, mapping, "a.jsonl")
    assert [row["responded_at"] for row in rows] == [days[0]] * 2


@pytest.mark.parametrize(
    "text", ["9999-12-31", "31/12/9999", "9999-12-31T23:59:59-05:00", "12/31/9999 12:00:00 AM"]
)
def test_a_far_year_is_no_end(tmp_path: Path, text: str) -> None:
    mapping = 'date_order = "mdy"' if text.startswith("12") else 'date_order = "dmy"'
    header = "branch_id,name,closed_on,opened_on\n"
    if "T" not in text:
        [row], rejects = load(
            tmp_path, header + f"B1,North,{text},2020-01-01\n", mapping, table=TABLES["crm_branches"]
        )
        assert (row["closed_on"], row["opened_on"], rejects) == (None, date(2020, 1, 1), [])
    table = TABLES["billing_invoices"]
    header = "invoice_id,account_id,issued_at,status,net_amount,currency,updated_at,period_end\n"
    line = f"I1,A1,2025-01-01,paid,10,EUR,{{}},{text}\n"
    [invoice], _ = load(tmp_path, header + line.format("2025-01-01"), mapping, table=table)
    assert invoice["period_end"] is None
    _, [reject] = load(tmp_path, header + line.format("9999-12-31"), mapping, table=table)
    assert reject["reason"] == "bad_timestamp"


def _dates(count: int, style: str) -> str:
    first = datetime(2025, 1, 1)
    return HEADER + "".join(
        f"R{at},9,{(first + timedelta(days=at)).strftime(style)}\n" for at in range(count)
    )


@pytest.mark.parametrize(
    ("content", "mapping", "message"),
    [
        (
            _dates(365, "%d/%m/%Y"),
            'date_order = "mdy"',
            r'"responded_at": 365 of 365 dates can be read if the day comes first, 144 of them if the month '
            r'does, such as "13/01/2025" in row 13; write date_order = "dmy"',
        ),
        (
            _dates(40, "%m/%d/%Y %H:%M"),
            'date_order = "dmy"',
            r'40 of 40.*"01/13/2025 00:00" in row 13; .*"mdy"',
        ),
        (_dates(40, "%m/%d/%Y %I:%M %p"), 'date_order = "dmy"', r'40 of 40.*"mdy"'),
        (
            _dates(40, "%d.%m.%Y"),
            "",
            r'0 of them if the year does, such as "01.01.2025" in row 1; write.*"dmy"',
        ),
        (_dates(9, "%d/%m/%Y"), "", r'if the day or the month comes first.*"dmy" or date_order = "mdy"'),
        (_dates(40, "%m/%d/%y"), 'date_order = "dmy"\ncentury = 1950', r'"01/13/25" in row 13; .*"mdy"'),
        (
            _dates(40, "%d/%m/%y"),
            'date_order = "dmy"',
            r'40 of 40 dates have two-digit years, such as "01/01/25" in row 1; write century = 1950 if '
            "two digits mean 1950 to 2049",
        ),
        (
            _dates(98, "%Y-%m-%d") + "X1,9,1/9/21\nX2,9,2/9/21\n",
            'date_order = "dmy"',
            "2 of 100 dates have two-digit years",
        ),
        (_dates(3, "%d/%m/%y"), "", 'write date_order = "dmy" or "mdy" and century = 1950'),
        (_dates(3, "%y-%m-%d"), "century = 1950", "years of four digits"),
    ],
    ids=range(10),
)
def test_a_file_whose_dates_speak_for_another_mapping_is_refused(
    tmp_path: Path, content: str, mapping: str, message: str
) -> None:
    with pytest.raises(FileNotUnderstoodError, match=message):
        load(tmp_path, content, mapping)


@pytest.mark.parametrize("name", ["a.jsonl", "a.xlsx"])
def test_the_order_is_judged_in_every_format(tmp_path: Path, name: str) -> None:
    rows = [[f"R{day}", 9, f"{day}.1.2025"] for day in range(1, 32)]
    header = HEADER.strip().split(",")
    lines = "".join(json.dumps(dict(zip(header, row, strict=True))) + "\n" for row in rows)
    content = sheet_bytes(header, *rows) if name == "a.xlsx" else lines
    with pytest.raises(FileNotUnderstoodError, match=r'31 of 31.*12 of them.*"13.1.2025" in row 13'):
        load(tmp_path, content, 'date_order = "mdy"', name)
    assert len(load(tmp_path, content, 'date_order = "dmy"', name)[0]) == 31


def test_some_odd_dates_do_not_speak_against_the_mapping(tmp_path: Path) -> None:
    odd = "X1,9,12/31/2025\nX2,9,1/9/21\nX3,9,\nX4,9,31/02/2025\n"
    rows, rejects = load(tmp_path, _dates(98, "%d/%m/%Y") + odd, 'date_order = "dmy"')
    assert len(rows) == 98
    assert [reject["reason"] for reject in rejects] == ["bad_timestamp"] * 2 + [
        "missing_required",
        "bad_timestamp",
    ]
    assert rejects[1]["detail"].endswith(
        "(dmy); write century = 1950 if two digits mean 1950 to 2049, or years of four digits"
    )


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("century = 21", '"century" is 21'),
        ('century = "1950"', "write century = 1950"),
        ('[zones]\nBST = "GMT+1"', "'GMT\\+1', which is not a time zone"),
        ('zones = "BST"', "write it as"),
        ('timezone = "BST"', '"timezone" is "BST", which is unknown'),
    ],
)
def test_a_mapping_of_zones_and_years_is_checked(tmp_path: Path, mapping: str, message: str) -> None:
    with pytest.raises(FileNotUnderstoodError, match=message):
        load(tmp_path, HEADER, mapping)
