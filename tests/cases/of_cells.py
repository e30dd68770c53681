"""What the text in a cell is: moments, days and ids."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ingestion.files.errors import FileNotUnderstoodError
from tests.cases.case import Case, Section
from tests.ingestion.one_file import HEADER, TABLES, load, sheet_bytes

_COLUMNS = HEADER.strip().split(",")


def _moments(folder: Path, content: bytes | str, mapping: str = "", name: str = "a.csv") -> str:
    """When the answers were given, and why the others have no moment."""
    rows, rejects = load(folder, content, mapping, name)
    found = [f"{row['response_id']} {row['responded_at'].astimezone(UTC):%Y-%m-%d %H:%MZ}" for row in rows]
    return " · ".join(found + [f"{reject['reason']}: {reject['detail']}" for reject in rejects])


def _refusal(folder: Path, content: bytes | str, mapping: str = "") -> str:
    """The message of a file that is refused, without its folder."""
    try:
        load(folder, content, mapping, "a.csv")
    except FileNotUnderstoodError as error:
        return "refused: " + str(error).replace(f"{folder}/", "").removeprefix("files: ")
    return "read"


def _answers(dates: list[str]) -> str:
    return HEADER + "".join(f"R{at},9,{text}\n" for at, text in enumerate(dates, start=1))


def _leak(folder: Path) -> str:
    plain = "2025-01-31 23:30:00"
    return _moments(folder, _answers([plain, f"{plain} America/Los_Angeles", plain]))


def _abbreviation(folder: Path) -> str:
    content = _answers(["2025-07-01 02:00:00 BST"])
    without = _moments(folder, content)
    return f"{without}; then: " + _moments(folder, content, '[zones]\nBST = "Europe/London"')


def _rounded(folder: Path) -> str:
    ids = ["1.18452E+11"] * 4 + ["1.18453E+11"] * 3
    content = HEADER + "".join(f"{text},9,2025-01-0{day}\n" for day, text in enumerate(ids, start=1))
    sheet = sheet_bytes(_COLUMNS, [1184521234567890, 9, "2025-01-01"], [118452123456, 9, "2025-01-01"])
    parts = []
    for name, given in (("a.csv", content), ("a.xlsx", sheet)):
        rows, rejects = load(folder, given, name=name)
        reasons = {reject["reason"] for reject in rejects}
        parts.append(f"{name}: {len(rows)} answers, {len(rejects)} in quarantine as {', '.join(reasons)}")
    return "; ".join(parts)


def _fraction(folder: Path) -> str:
    header = "response_id,score,responded_at,account_id\n"
    [row], _ = load(folder, header + "R1,9,2025-01-01,1001.0\n")
    return f"account {row['account_id']}"


def _day(folder: Path) -> str:
    mapping = 'date_order = "dmy"\ntimezone = "Europe/Paris"'
    sheet = sheet_bytes(_COLUMNS, ["R2", 9, date(2025, 2, 1)], ["R3", 9, datetime(2025, 2, 1, 10)])
    text = _moments(folder, _answers(["01/02/2025"]), mapping)
    return f"{text} · " + _moments(folder, sheet, mapping, "a.xlsx")


def _two_digits(folder: Path) -> str:
    content = _answers(["1/9/21"])
    refused = _refusal(folder, content, 'date_order = "dmy"')
    return f"{refused}; then: " + _moments(folder, content, 'date_order = "dmy"\ncentury = 1950')


def _order(folder: Path) -> str:
    days = [f"{day:02}/{month:02}/2025" for month in range(1, 13) for day in range(1, 29)]
    return _refusal(folder, _answers(days), 'date_order = "mdy"')


def _no_end(folder: Path) -> str:
    content = "branch_id,name,closed_on\nB1,North,9999-12-31\nB2,South,2025-01-31\n"
    rows, _ = load(folder, content, table=TABLES["crm_branches"])
    return " · ".join(f"{row['branch_id']} {row['closed_on'] or 'open'}" for row in rows)


def _region(folder: Path) -> str:
    rows, _ = load(folder, "branch_id,name,region\nB1,Boston,NA\n", table=TABLES["crm_branches"])
    return f"region {rows[0]['region']}"


def _case(
    kind: str, given: str, right: str, got: str, now: str, prove: Any, section: Section = Section.READING
) -> Case:
    return Case(section, kind, given, right, got, now, prove)


CASES = [
    _case(
        "a zone in one row leaks into later rows",
        "`R1,10,2025-01-31 23:30:00` · `R2,9,2025-01-31 23:30:00 America/Los_Angeles` · "
        "`R3,2,2025-01-31 23:30:00`",
        "R3 as R1: 31 January 23:30Z, or in the mapping's zone",
        "R3 on 1 February 07:30Z, in another month: the engine's cast does it, within a batch",
        "R1 2025-01-31 23:30Z · R2 2025-02-01 07:30Z · R3 2025-01-31 23:30Z",
        _leak,
    ),
    _case(
        "zone abbreviations",
        "`2025-07-01 02:00:00 BST`",
        "01:00Z, or refused as ambiguous, with the remedy",
        "2025-06-30 20:00Z (Dhaka)",
        'bad_timestamp: column "responded_at": "2025-07-01 02:00:00 BST" is not a date and time '
        "between 1900 and 2199 (iso); "
        'say which zone BST is under [zones] in the mapping, such as BST = "Europe/London"; '
        "then: R1 2025-07-01 01:00Z",
        _abbreviation,
    ),
    _case(
        "ids that a spreadsheet has rounded",
        "four rows `1.18452E+11`, three `1.18453E+11`; XLSX numbers of 1e15 or more",
        "7 answers, or refused: these are not ids",
        "2 answers",
        "a.csv: 0 answers, 7 in quarantine as rounded_id; a.xlsx: 1 answers, 1 in quarantine as rounded_id",
        _rounded,
    ),
    _case(
        "ids as fractions",
        "`account_id` `1001.0` beside accounts `1001`",
        "the same account",
        "an unknown account and the branch Unassigned, without a message",
        "account 1001",
        _fraction,
    ),
    _case(
        "a date without a time",
        "`01/02/2025`, dmy, zone Europe/Paris; XLSX dates",
        "1 February",
        "January",
        "R1 2025-02-01 00:00Z · R2 2025-02-01 00:00Z · R3 2025-02-01 09:00Z",
        _day,
    ),
    _case(
        "two-digit years",
        "`1/9/21`, dmy",
        "2021-09-01 by a declared pivot, or refused with the remedy",
        "days 1 to 12 of each month lost, and 60 % published as reportable",
        'refused: a.csv: column "responded_at": 1 of 1 dates have two-digit years, '
        'such as "1/9/21" in row 1; write century = 1950 if '
        "two digits mean 1950 to 2049, or years of four "
        "digits (in mapping.toml); then: R1 2021-09-01 00:00Z",
        _two_digits,
    ),
    _case(
        "a wrong date_order",
        "a day-first file read month-first",
        "refused: most dates fit another order",
        "published with exit code 0: 2,014 dates swapped, 2,986 in quarantine",
        'refused: a.csv: column "responded_at": 336 of 336 dates can be read if the day comes first, '
        '144 of them if the month does, such as "13/01/2025" in row 13; '
        'write date_order = "dmy" (in mapping.toml)',
        _order,
    ),
    _case(
        "a date that means no end",
        "a branch with `closed_on` `9999-12-31`",
        "open",
        "in quarantine",
        "B1 open · B2 2025-01-31",
        _no_end,
    ),
    _case(
        "12-hour times with a zone, and month names",
        "`2025-02-03 2:30:11 PM GMT+2` · `Feb 3, 2025 2:30 PM`",
        "12:30Z and 14:30Z",
        "in quarantine",
        "R1 2025-02-03 12:30Z · R2 2025-02-03 14:30Z",
        lambda folder: _moments(folder, _answers(["2025-02-03 2:30:11 PM GMT+2", '"Feb 3, 2025 2:30 PM"'])),
    ),
    _case(
        '"NA" as a region',
        "`crm/branches` with `region` `NA`",
        "the region NA",
        "no region",
        "region NA",
        _region,
        Section.UNCLEAR,
    ),
]
