"""A complete look: from a path to the findings, the mapping, and the answers classified under it."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.headers import check_columns
from ingestion.files.mapping import Mapping
from ingestion.files.mapping_checks import read_mapping
from ingestion.files.readers import open_reading
from ingestion.files.versions import Delivery
from look.columns import read_columns
from look.encoding import find_encoding
from look.findings import Findings
from look.form import Form, Row, find_form
from look.judging import Judgement, Rejects, judge
from look.portion import Portion, parquet_portion, probes, text_portion
from look.presets import Recognised, recognise
from look.proposal import Proposal
from look.proposing import RESPONSES, Said, propose
from look.sheets import find_sheets
from look.vocabulary import is_name

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".parquet", ".xlsx")


@dataclass(frozen=True)
class Look:
    """What was found in a file. `judgement` is None if there is no score or no date."""

    path: Path
    rows: int
    portion: Portion
    findings: Findings
    proposal: Proposal
    judgement: Judgement | None

    @property
    def is_sample(self) -> bool:
        return self.portion.is_sample


def look_at(path: Path, seeds: Sequence[Path], as_of: date, said: Said, everything: bool = False) -> Look:
    """Inspect a file of answers. `everything` reads all rows of a large file instead of a sample.

    Raises:
        FileNotUnderstoodError: it is not a file of answers; the message names place and remedy.
    """
    kind = _kind(path)
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="look-") as folder:
        scratch = Path(folder)
        encoding, form, sheets, top = _dialect(path, kind, said, findings)
        portion = _portion(path, kind, form, scratch, everything=False)
        known = recognise(top, findings)
        header = _header(path, kind, top, form, known, findings)
        trial = Mapping(
            encoding=encoding,
            delimiter=form.delimiter if form else None,
            sheet=sheets[0] if len(sheets) == 1 else None,
            sheets=sheets if len(sheets) > 1 else None,
            header_row=header.line if header else 1,
            quotes=None if form is None or form.quotes else False,
        )
        with _in_the_name_of(path, portion):
            contents = read_columns(portion.path, trial, known.above if known else ())
        proposal = propose(path, kind, trial, form, contents, known, said, findings)
        judgement = None
        if proposal.can_be_judged:
            portion = Portion(path) if everything else portion
            with _in_the_name_of(path, portion):
                judgement = _judged(portion, proposal, seeds, as_of, scratch)
            _doubt(judgement, findings)
    return Look(path, contents.rows, portion, findings, proposal, judgement)


@contextmanager
def _in_the_name_of(path: Path, portion: Portion) -> Iterator[None]:
    """Report an error in the sample or in the proposed mapping as an error in the file."""
    try:
        yield
    except FileNotUnderstoodError as error:
        sampled = " (the row number is that of a sample; --all gives the file's)" if portion.is_sample else ""
        raise FileNotUnderstoodError(path, f"{error.problem}{sampled}", error.remedy) from error


def _doubt(judgement: Judgement, findings: Findings) -> None:
    """Report if too much is in quarantine; a mapping that loses most rows is not the right one."""
    lost = sum(count for count, _ in judgement.quarantined.values())
    if judgement.is_over_limit:
        _, example = max(judgement.quarantined.values())
        of = f"{lost:,} of {lost + judgement.landed:,} rows"
        text = f"{of} cannot be read, more than a refresh accepts: {example}"
        remedy = "correct the file, or assign its columns with --column"
        findings.unsure("rows", text, remedy, blocks=lost > judgement.landed)


def _kind(path: Path) -> str:
    if not path.is_file():
        raise FileNotUnderstoodError(path, "there is no such file", "check the path")
    if not path.name.lower().endswith(SUFFIXES):
        raise FileNotUnderstoodError(
            path, "this format is not supported", f"save it as one of {', '.join(SUFFIXES)}"
        )
    if not path.stat().st_size:
        raise FileNotUnderstoodError(path, "it is empty", "export it again")
    return path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]


def _dialect(
    path: Path, kind: str, said: Said, findings: Findings
) -> tuple[str, Form | None, tuple[str, ...], tuple[Row, ...]]:
    """Encoding, form, sheets, and the first rows, as far as the kind of file has them."""
    if kind == "xlsx":
        sheets, top = find_sheets(path, said.sheet, findings)
        return "utf-8", None, sheets, top
    if kind == "parquet":
        return "utf-8", None, (), ()
    found = probes(path)
    encoding = find_encoding(found, findings)
    if kind == "jsonl":
        return encoding, None, (), ()
    text = found[0].decode(encoding, "replace").removeprefix("\ufeff")
    form = find_form(path, text, encoding, said.quotes, findings)
    return encoding, form, (), form.top


def _portion(path: Path, kind: str, form: Form | None, scratch: Path, everything: bool) -> Portion:
    if kind == "xlsx":
        return Portion(path)
    if kind == "parquet":
        return parquet_portion(path, scratch, everything)
    return text_portion(path, form, scratch, everything)


def _header(
    path: Path, kind: str, top: Sequence[Row], form: Form | None, known: Recognised | None, findings: Findings
) -> Row | None:
    """The header: a known tool's, else the first row that is as wide as the others."""
    if kind in ("jsonl", "parquet"):
        return None
    if known:
        header = known.header
    else:
        width = form.width if form else max(sum(cell != "" for cell in row.cells) for row in top)
        wide = (row for row in top if _is_wide(row, width))
        header = next(wide, top[0])
        if _is_data(header):
            shown = ", ".join(header.cells[:4])
            raise FileNotUnderstoodError(
                path,
                f"there is no header: the first row is data ({shown})",
                "add a row above it that names the columns",
            )
    if header.line > 1:
        what = (
            f", the last of {len(known.above) + 1} header rows"
            if known and known.above
            else "; the rows above it are skipped"
        )
        findings.sure("header", f"row {header.line}{what}")
    return header


def _is_wide(row: Row, width: int) -> bool:
    filled = sum(cell.strip() != "" for cell in row.cells)
    return len(row.cells) >= width - 1 and 2 * filled > width


def _is_data(row: Row) -> bool:
    """Whether a row holds numbers or dates, and no usual name of a column of answers."""
    named = any(is_name(cell) for cell in row.cells)
    return not named and any(re.sub(r"[-./: ]", "", cell).isdigit() for cell in row.cells)


def _judged(
    portion: Portion, proposal: Proposal, seeds: Sequence[Path], as_of: date, scratch: Path
) -> Judgement:
    """Read the rows as a load would under the proposed mapping, and classify them."""
    toml = scratch / "proposed.toml"
    toml.write_text(proposal.toml, "utf-8")
    mapping = read_mapping(toml, RESPONSES)
    reading = open_reading(portion.path, mapping)
    check_columns(portion.path, reading, mapping, RESPONSES)
    with Delivery(RESPONSES, scratch, "look") as delivery:
        delivery.add(portion.path, reading, mapping)
        held = delivery.versions(scratch / "none.duckdb", "raw_files")
        rejects: Rejects = {}
        for part in delivery.rejects():
            for row in part.select(["reason", "detail"]).to_pylist():
                count, example = rejects.get(row["reason"], (0, row["detail"]))
                rejects[row["reason"]] = (count + 1, example)
        [intake] = delivery.files
        received, left_out = intake.received, intake.left_out
        return judge(held.path, rejects, received, left_out, seeds, as_of, portion.is_sample)
